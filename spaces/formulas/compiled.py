"""Compilation: kernels that Numba compiles where it is installed, and that run as plain Python where it is not."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Timer
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])
#: A whole number: of Python, or of NumPy, as the elements of arrays are.
Whole: TypeAlias = int | np.integer[Any]

logger = logging.getLogger("inlay")

#: Whether Numba is there.
NUMBA = find_spec("numba") is not None
#: Options of what only kernels call: there is no way in from Python, and nothing to keep.
INSIDE: dict[str, Any] = {"cache": False, "no_cpython_wrapper": True}
#: The versions of Numba whose insides `kernel_compiler` is known to fit; others compile as they do by themselves.
KNOWN_VERSIONS = ("0.68.",)
#: After how many seconds a person is told what they wait for.
PATIENCE = 1.5


def compiled(function: F) -> F:
    """The function compiled by Numba, or itself without Numba: the same results, more slowly.

    What is compiled is kept on disk beside the module, and runs without holding Python's global lock. It must neither
    make arrays nor hold closures (see `kernel_compiler`). The function as it was written stays at hand as `py_func`.

    >>> @compiled
    ... def twice(x: float) -> float:
    ...     return 2 * x
    >>> twice(1.5)
    3.0
    """
    return _compiled(function)


def compiled_inside(function: F) -> F:
    """As `compiled`, for what only other kernels call: it becomes part of each, and Python cannot call it by itself.

    >>> @compiled_inside
    ... def twice(x: float) -> float:
    ...     return 2 * x
    """
    return _compiled(function, "PartCompiler", forceinline=True, **INSIDE)


def compiled_beneath(function: F) -> F:
    """As `compiled_inside`, for longer ones: it stands alone and is called, which compiles faster.

    >>> @compiled_beneath
    ... def twice(x: float) -> float:
    ...     return 2 * x
    """
    return _compiled(function, "PartCompiler", **INSIDE)


def compiled_arithmetic(function: F) -> F:
    """As `compiled`, for numbers that may overflow: division by zero gives infinity, and a * b + c may be rounded once.

    >>> @compiled_arithmetic
    ... def inverse(x: float) -> float:
    ...     return 1.0 / x
    >>> inverse(0.0) if NUMBA else float("inf")
    inf
    """
    return _compiled(function, error_model="numpy", fastmath={"contract"})


def allocating_arithmetic(function: F) -> F:
    """As `compiled_arithmetic`, for kernels that make arrays."""
    return _compiled(function, error_model="numpy", fastmath={"contract"}, _nrt=True)


def arithmetic_by_address(function: F) -> F:
    """As `compiled_arithmetic`, for what `by_address` takes: Python cannot call it."""
    return _compiled(
        function, error_model="numpy", fastmath={"contract"}, no_cpython_wrapper=True, no_cfunc_wrapper=False
    )


def arithmetic_inside(function: F) -> F:
    """As `compiled_arithmetic`, for what only other kernels call, and Python cannot."""
    return _compiled(function, "PartCompiler", error_model="numpy", fastmath={"contract"}, **INSIDE)


def loops_inside(function: F) -> F:
    """As `arithmetic_inside`, for loops over rows, which become vector code."""
    return _compiled(function, "LoopCompiler", error_model="numpy", fastmath={"contract"}, **INSIDE)


def sums_inside(function: F) -> F:
    """As `loops_inside`, for sums whose terms are added several at a time; in one order on one machine."""
    return _compiled(function, "LoopCompiler", error_model="numpy", fastmath={"contract", "reassoc"}, **INSIDE)


def by_address(function: F, signature: str) -> F:
    """A compiled function, for other kernels to take as an argument and to call by its address.

    Functions that a kernel names become part of it and are compiled again with each; this one is compiled once, for
    one signature.
    """
    if not NUMBA:
        return function
    types = import_module("numba").types
    kernel: Any = function
    kernel.compile(signature)
    made = kernel.overloads[import_module("numba.core.sigutils").normalize_signature(signature)[0]]
    place = int(made.library.get_pointer_to_function(made.fndesc.llvm_cfunc_wrapper_name))
    kind = types.FunctionType(made.signature)

    class ByAddress(types.WrapperAddressProtocol):  # type: ignore[misc, name-defined]
        kept = made  # for the code lives as long as this

        def __wrapper_address__(self) -> int:
            return place

        def signature(self) -> Any:
            return made.signature

    import_module("numba.extending").typeof_impl.register(ByAddress)(lambda value, context: kind)
    found: F = cast(Any, ByAddress())
    return found


def _compiled(function: F, compiler: str = "WholeCompiler", **options: Any) -> F:
    """The compiled function, kept on disk where its source lies there, until any kernel changes.

    `compiler` is one of `kernel_compiler`.
    """
    if not NUMBA:
        return function
    source, numba = Path(function.__code__.co_filename), import_module("numba")
    common = {"cache": source.exists(), "nogil": True, "no_cfunc_wrapper": True}
    if numba.__version__.startswith(KNOWN_VERSIONS):
        common["_nrt"] = False  # nothing is allocated, so that no references need to be counted
        common["pipeline_class"] = getattr(import_module(".kernel_compiler", __package__), compiler)
    else:
        options.pop("_nrt", None)
    made: F = numba.njit(**common | options)(function)
    kept = getattr(getattr(made, "_cache", None), "_cache_file", None)
    if kept is not None:
        kept._source_stamp = _stamp(source)
    return made


@cache
def _stamp(source: Path) -> str:
    """Names the state of a file of kernels, of all that it imports, and of how they are compiled.

    Numba alone sees only changes of the file.
    """
    texts: dict[Path, str] = {}
    waiting = [source, Path(__file__).with_name("kernel_compiler.py")]
    while waiting:
        path = waiting.pop()
        texts[path] = path.read_text(encoding="utf-8")
        for dots, name in re.findall(r"^from (\.+)([\w.]+) import", texts[path], re.MULTILINE):
            target = path.parents[len(dots) - 1].joinpath(*name.split(".")).with_suffix(".py")
            if target not in texts and target.exists():
                waiting.append(target)
    text = "".join([texts[path] for path in sorted(texts)])
    return blake2b(text.encode(), digest_size=16).hexdigest()


_announced: set[str] = set()


@contextmanager
def first_use(what: str) -> Iterator[None]:
    """Announces that kernels may be compiled now, once for each `what`: in the log, and aloud where it takes long."""
    if what in _announced or not NUMBA:
        yield
        return
    _announced.add(what)
    logger.info("loading the compiled %s; the first time they are compiled, which takes seconds", what)
    told = Timer(PATIENCE, lambda: print(f"inlay: compiling the {what}; this happens once", file=sys.stderr))
    told.daemon = True
    told.start()
    try:
        yield
    finally:
        told.cancel()
