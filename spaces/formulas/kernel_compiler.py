"""How Numba compiles kernels here: with the passes that they need, and their parts optimized with the whole, once.

Numba by itself optimizes a function and makes machine code of it before it becomes part of others, where both are done
again; and it finds the type of `a + b` anew wherever one is written. Kernels hold no closures, `with` blocks or array
expressions, so that they can do without most of what else Numba does.
"""
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any

from numba.core import compiler, typed_passes, types, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_machinery import PassManager

PASSES = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    untyped_passes.GenericRewrites,
    untyped_passes.ReconstructSSA,
    typed_passes.NopythonTypeInference,
    typed_passes.PreLowerStripPhis,
    typed_passes.IRLegalization,
    typed_passes.AnnotateTypes,
    typed_passes.NativeLowering,
    typed_passes.NoPythonBackend,
)
#: The types of operations that were found, by the operation and the types of its operands.
_signatures: dict[tuple[Any, ...], Any] = {}


class WholeCompiler(compiler.CompilerBase):
    """Compiles kernels that Python calls."""

    def define_pipelines(self) -> list[PassManager]:
        """The passes, in their order."""
        self.state.typingctx = RememberingContext(self.state.typingctx)
        passes = PassManager("kernel")
        for each in PASSES:
            passes.add_pass(each, each.__name__)
        passes.finalize()
        return [passes]


class PartLibrary(JITCodeLibrary):
    """Code that waits, not yet optimized, for the kernels of which it becomes part."""

    def add_llvm_module(self, ll_module: Any) -> None:
        """Add code as it is."""
        ll_module.data_layout = self._codegen._data_layout
        self._final_module.link_in(ll_module)

    def finalize(self) -> None:
        """Add what the code calls."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True


class LoopLibrary(PartLibrary):
    """Code whose loops become vector code now, while they stand alone: within a large kernel they do so less well."""

    def finalize(self) -> None:
        """Add what the code calls, and optimize both."""
        super().finalize()
        self._optimize_final_module()


class PartCompiler(WholeCompiler):
    """Compiles what only kernels call, as far as the form in which it becomes part of them."""

    _library_class = PartLibrary

    def define_pipelines(self) -> list[PassManager]:
        """The passes, in their order; they make no machine code."""
        self.state.library = self._library_class(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.flags.no_compile = True
        return super().define_pipelines()

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        """What was compiled; it is known to Numba by a builtin function of its own, as there is no machine code."""
        made = super().compile_extra(func)
        stand_in = object().__reduce__
        self.state.targetctx.insert_user_function(stand_in, made.fndesc, [made.library])
        return made._replace(entry_point=stand_in)


class LoopCompiler(PartCompiler):
    """Compiles loops over rows that only kernels call."""

    _library_class = LoopLibrary


class RememberingContext:
    """Numba's knowledge of types, which remembers those of operations on numbers and arrays."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def resolve_function_type(self, func: Any, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        """The signature of a call."""
        if kws or not isinstance(func, (types.Function, BuiltinFunctionType)):
            return self._context.resolve_function_type(func, args, kws)
        return _remembered(lambda: self._context.resolve_function_type(func, args, kws), func, *args)


def _remembered(find: Callable[[], Any], operation: Any, *operands: Any) -> Any:
    """The signature of an operation, which is looked for once where its operands are numbers and arrays."""
    if not all(isinstance(each, (types.Number, types.Boolean, types.Array)) for each in operands):
        return find()
    key = (operation, *operands)
    found = _signatures.get(key)
    if found is None:
        found = _signatures[key] = find()
    return found
