"""Programs and spaces as Python text, as trees in the terminal and the notebook, and the differences between two."""

from __future__ import annotations

import hashlib
import html
import math
from collections.abc import Iterator
from keyword import iskeyword
from typing import Any, NamedTuple

import numpy as np

from .abstract import Space, equal
from .paths import Path, Step, format_path
from .programs import Program, head_name, is_open, shorten, symbolize
from .values import qualified_name, stable_repr, stable_text


def python_text(value: Any) -> str:
    """The Python that would write a program, a hole or a plain value."""
    if value.__class__ is not Program:
        return _atom_text(value)
    head, items = value.head, list(value.items())
    if head is dict:
        return "{" + ", ".join([f"{python_text(name)}: {python_text(arg)}" for name, arg in items]) + "}"
    if head not in _BRACKETS:
        return f"{head_name(head)}({', '.join([_argument_text(name, arg) for name, arg in items])})"
    before, after = _BRACKETS[head]
    if head is not list and head is not tuple and not items:
        return f"{head_name(head)}()"
    written = ", ".join([python_text(arg) for _, arg in items])
    return f"{before}{written}{',' if head is tuple and len(items) == 1 else ''}{after}"


_BRACKETS: dict[Any, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}


def _argument_text(name: Step, value: Any) -> str:
    if isinstance(name, int):
        return python_text(value)
    if isinstance(name, str) and name.isidentifier() and not iskeyword(name):
        return f"{name}={python_text(value)}"
    return f"**{{{name!r}: {python_text(value)}}}"


def _atom_text(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > 64:
        ones = f", {int(value.sum())} ones" if value.dtype == np.bool_ else ""
        return f"<array {value.dtype} {'x'.join(map(str, value.shape))}{ones}>"
    if isinstance(value, np.ndarray):
        return f"array({value.tolist()!r})"
    if value.__class__ is float and not math.isfinite(value):
        return f"float('{value}')"
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    try:
        return repr(value)
    except Exception:  # a foreign object may do anything
        return stable_repr(value)


class Difference(NamedTuple):
    """A part that differs between two programs; a side that lacks the part holds `MISSING`."""

    path: Path
    left: Any
    right: Any

    def __str__(self) -> str:
        return f"{format_path(self.path)}: {self.left!r} -> {self.right!r}"


class Missing:
    """Stands for a part that one of two compared programs does not have."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


def differences(left: Any, right: Any, path: Path = ()) -> list[Difference]:
    """The smallest parts in which two programs differ."""
    if equal(left, right):
        return []
    if left.__class__ is not Program or right.__class__ is not Program or left.head is not right.head:
        return [Difference(path, left, right)]
    rights = dict(right.items())
    found = []
    for name, part in left.items():
        found += differences(part, rights.pop(name, MISSING), (*path, name))
    return found + [Difference((*path, name), MISSING, part) for name, part in rights.items()]


def _title(value: Any) -> str:
    """One node of a tree, without its parts."""
    if value.__class__ is Program:
        return head_name(value.head)
    if not isinstance(value, Space):
        return shorten(_atom_text(value), 100)
    return value.title()


def _parts(value: Any) -> list[tuple[Step, Any]]:
    """The parts worth a line of their own."""
    if not isinstance(value, Space) or (value.__class__ is not Program and not any_open(value)):
        return []
    return list(value.children())


def any_open(value: Any) -> bool:
    """Whether a child of a hole is a program or a hole, so that the hole does not fit on one line."""
    return any(part.__class__ is Program or is_open(part) for _, part in value.children())


class _Tree:
    """Draws a space; the second use of a shared hole refers to the first."""

    def __init__(self) -> None:
        self.numbers: dict[Space, int] = {}

    def node(self, value: Any) -> tuple[str, list[tuple[Step, Any]]]:
        """The title of one node and the parts that are drawn below it."""
        if isinstance(value, Space) and value.shared:
            known = value in self.numbers
            number = self.numbers.setdefault(value, len(self.numbers) + 1)
            title = f"{value.title()} #{number}"
            return (f"{title}, as above", []) if known else (title, list(value.children()))
        if isinstance(value, Space) and (on := value.depends_on()):
            numbers = [f"#{self.numbers.setdefault(hole, len(self.numbers) + 1)}" for hole in on]
            return f"{value.title()} on {', '.join(numbers)}", []
        parts = _parts(value)
        title = _title(value) if parts or value.__class__ is Program else shorten(repr_part(value), 160)
        return title, parts

    def lines(self, label: str, value: Any, lead: str, follow: str) -> Iterator[str]:
        """The lines of a tree of text."""
        title, parts = self.node(value)
        yield f"{lead}{_worth(label, title)}{title}"
        for i, (name, part) in enumerate(parts):
            last = i == len(parts) - 1
            yield from self.lines(
                _label(value, name), part, follow + ("└─ " if last else "├─ "), follow + ("   " if last else "│  ")
            )

    def html(self, label: str, value: Any) -> str:
        """A node of HTML with its parts inside, which fold."""
        title, parts = self.node(value)
        label = _worth(label, title)
        name = f'<span style="opacity: 0.6">{html.escape(label)}</span>' if label else ""
        if not parts:
            return f"<div>{name}{html.escape(title)}</div>"
        inner = "".join(self.html(_label(value, step), part) for step, part in parts)
        folded = f'<div style="margin-left: 1.2em">{inner}</div>'
        return f"<details open><summary>{name}<b>{html.escape(title)}</b></summary>{folded}</details>"


def _label(parent: Any, name: Step) -> str:
    """What stands before a part: its name, but not the index of an option."""
    if isinstance(name, str):
        return f"{name}: "
    return f"{python_text(name)}: " if parent.__class__ is Program else ""


def _worth(label: str, title: str) -> str:
    """The label, unless it only repeats the title."""
    return "" if label == f"{title}: " else label


def repr_part(value: Any) -> str:
    """A leaf of a tree: a hole without open parts, or a plain value."""
    return repr(value) if isinstance(value, Space) else _atom_text(value)


def text_tree(value: Any) -> str:
    """A program or space as a tree of text.

    >>> from inlay.spaces import Choice, program
    >>> print(text_tree(program(complex, real=Choice(1.0, 2.0), imag=0.5)))
    complex
    ├─ real: Choice(1.0, 2.0)
    └─ imag: 0.5
    """
    return "\n".join(_Tree().lines("", value, "", ""))


def html_tree(value: Any) -> str:
    """A program or space as a tree of HTML for notebooks, with parts that fold."""
    return f'<div style="font-family: monospace; line-height: 1.4">{_Tree().html("", value)}</div>'


def fingerprint(space: Space) -> str:
    """A digest of the whole structure of a space: heads, names, holes with their settings, plain values."""
    numbers: dict[Space, int] = {}
    text = _structure(space, numbers)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _structure(value: Any, numbers: dict[Space, int]) -> str:
    if not isinstance(value, Space):
        return stable_text(value)
    if value.shared and value in numbers:
        return f"#{numbers[value]}"
    if value.shared:
        numbers[value] = len(numbers)
    title = qualified_name(value.head) if value.__class__ is Program else value.setting()
    parts = [f"{_structure(symbolize(name), numbers)}={_structure(part, numbers)}" for name, part in value.children()]
    parts += [_structure(part, numbers) for part in (*value.constants(), *value.depends_on())]
    return f"{title}({','.join(parts)})"
