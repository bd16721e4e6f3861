"""Programs as Python source that can be pasted and run: imports, then the program over several lines."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..spaces import Program
from ..spaces.display import python_text
from ..spaces.heads import CONSTRUCT, head_name

_WIDTH = 100
_LARGEST_ARRAY = 1000
_BRACKETS = {list: ("[", "]"), tuple: ("(", ")"), dict: ("{", "}"), set: ("{", "}"), frozenset: ("frozenset({", "})")}


def source_code(program: Any, name: str = "candidate") -> str:
    """Python that builds the program and calls it `name`; what cannot be imported is named in a comment.

    >>> from fractions import Fraction
    >>> print(source_code(Program(Fraction, numerator=1, denominator=3)), end="")
    from fractions import Fraction
    <BLANKLINE>
    candidate = Fraction(numerator=1, denominator=3)
    """
    writer = _Writer()
    if any(hasattr(part.head, CONSTRUCT) for part in _programs(program)):  # a call of such a head writes a program
        writer.imports.add(("inlay.spaces", "build"))
        writer.imports.add(("inlay.spaces", "symbolize"))
        text = f"build(symbolize({writer.block(program, 0, len(name) + 20)}))"
    else:
        text = writer.block(program, 0, len(name) + 3)
    return "\n".join([*writer.header(), f"{name} = {text}", ""])


def _programs(value: Any) -> list[Program]:
    return [part for _, part in value.walk() if isinstance(part, Program)] if isinstance(value, Program) else []


class _Writer:
    """Writes values as source and collects what they need."""

    def __init__(self) -> None:
        self.imports: set[tuple[str, str]] = set()
        self.missing: dict[str, None] = {}

    def header(self) -> list[str]:
        """The import lines, a comment for each thing that they cannot provide, and an empty line."""
        modules = sorted({module for module, _ in self.imports})
        names = {module: sorted(name for where, name in self.imports if where == module) for module in modules}
        lines = [f"from {module} import {', '.join(names[module])}" for module in modules]
        lines += [f"# {remark}" for remark in self.missing]
        return [*lines, ""] if lines else []

    def block(self, value: Any, indent: int, taken: int) -> str:
        """The source of a value whose first line begins after `taken` characters; broken where it is too long."""
        line = self.line(value)
        if taken + len(line) <= _WIDTH or not isinstance(value, Program) or not value.args:
            return line
        opening, closing = self._brackets(value)
        inner = " " * (indent + 4)
        parts = []
        for name, arg in value.items():
            label = self._label(value, name)
            parts.append(f"{inner}{label}{self.block(arg, indent + 4, indent + 5 + len(label))},\n")
        return f"{opening}\n{''.join(parts)}{' ' * indent}{closing}"

    def line(self, value: Any) -> str:
        """The source of a value on one line."""
        if not isinstance(value, Program):
            return self._atom(value)
        if value.head in (set, frozenset) and not value.args:
            return f"{value.head.__name__}()"
        opening, closing = self._brackets(value)
        parts = [self._label(value, name) + self.line(arg) for name, arg in value.items()]
        comma = "," if value.head is tuple and len(parts) == 1 else ""
        return f"{opening}{', '.join(parts)}{comma}{closing}"

    def _brackets(self, value: Program) -> Sequence[str]:
        return _BRACKETS.get(value.head) or (f"{self._named(value.head)}(", ")")

    def _label(self, value: Program, name: Any) -> str:
        """What stands before an argument."""
        if value.head is dict:
            return f"{self._atom(name)}: "
        return "" if isinstance(name, int) else f"{name}="

    def _atom(self, value: Any) -> str:
        if isinstance(value, float) and not math.isfinite(value):
            return f"float({str(value)!r})"
        if isinstance(value, np.ndarray):
            return self._array(value)
        if callable(value) and hasattr(value, "__qualname__"):
            return self._named(value)
        text = python_text(value)
        if text.startswith("<"):
            self.missing[f"{text} has no source of its own: put the object in its place"] = None
            return "..."
        return text

    def _array(self, value: np.ndarray[Any, Any]) -> str:
        self.imports.add(("numpy", "array"))
        if value.size > _LARGEST_ARRAY:
            self.missing[f"arrays of more than {_LARGEST_ARRAY} entries are left out here: read the stored program"] = (
                None
            )
            return "array(...)"
        return f"array({value.tolist()!r}, dtype={str(value.dtype)!r})"

    def _named(self, item: Any) -> str:
        """The name of a class or function, imported from where it is public."""
        qualified = str(getattr(item, "__qualname__", head_name(item)))
        module = str(getattr(item, "__module__", None) or "__main__")
        if module == "builtins":
            return qualified
        first = qualified.partition(".")[0]
        if module == "__main__" or "<" in qualified:
            short = head_name(item)
            self.missing[f"{short} comes from {module}.{qualified}: define it here"] = None
            return short
        self.imports.add((_public_module(module, first), first))
        return qualified


def _public_module(module: str, name: str) -> str:
    """The shortest parent of `module` that offers the same object: `sklearn.svm`, not `sklearn.svm._classes`."""
    item = getattr(sys.modules.get(module), name, None)
    steps = module.split(".")
    parents = [".".join(steps[:depth]) for depth in range(1, len(steps) + 1)]
    same = (parent for parent in parents if item is not None and getattr(sys.modules.get(parent), name, None) is item)
    return next(same, module)
