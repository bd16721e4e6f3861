"""Programs and spaces as Python text, as trees in the terminal and the notebook, and the differences between two."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .abstract import Space, equal
from .paths import Path, Step, format_path
from .programs import Program, head_name, is_open, shorten


def python_text(value: Any) -> str:
    """The Python that would write a program or plain value."""
    if value.__class__ is not Program:
        return _atom_text(value)
    items = list(value.items())
    if value.head is list:
        return f"[{', '.join(python_text(arg) for _, arg in items)}]"
    if value.head is tuple:
        return f"({', '.join(python_text(arg) for _, arg in items)}{',' if len(items) == 1 else ''})"
    if value.head is dict:
        return "{" + ", ".join(f"{name!r}: {python_text(arg)}" for name, arg in items) + "}"
    if value.head in (set, frozenset):
        inner = "{" + ", ".join(python_text(arg) for _, arg in items) + "}" if items else ""
        return inner if value.head is set and items else f"{head_name(value.head)}({inner})"
    written = [python_text(arg) if isinstance(name, int) else f"{name}={python_text(arg)}" for name, arg in items]
    return f"{head_name(value.head)}({', '.join(written)})"


def _atom_text(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > 64:
        ones = f", {int(value.sum())} ones" if value.dtype == np.bool_ else ""
        return f"<array {value.dtype} {'x'.join(map(str, value.shape))}{ones}>"
    if isinstance(value, np.ndarray):
        return f"array({value.tolist()!r})"
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    return repr(value)


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


def _lines(label: str, value: Any, lead: str, follow: str) -> Iterator[str]:
    parts = _parts(value)
    title = _title(value) if parts or value.__class__ is Program else shorten(repr_part(value), 160)
    yield f"{lead}{label}{title}"
    for i, (name, part) in enumerate(parts):
        last = i == len(parts) - 1
        step = "" if value.__class__ is not Program and isinstance(name, int) else f"{name}: "
        yield from _lines(step, part, follow + ("└─ " if last else "├─ "), follow + ("   " if last else "│  "))


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
    return "\n".join(_lines("", value, "", ""))


def html_tree(value: Any) -> str:
    """A program or space as a tree of HTML for notebooks, with parts that fold."""
    return f'<div style="font-family: monospace; line-height: 1.4">{_html("", value)}</div>'


def _html(label: str, value: Any) -> str:
    parts = _parts(value)
    name = f'<span style="opacity: 0.6">{html.escape(label)}</span>' if label else ""
    if not parts:
        title = _title(value) if value.__class__ is Program else shorten(repr_part(value), 160)
        return f"<div>{name}{html.escape(title)}</div>"
    inner = "".join(_html(f"{step}: ", part) for step, part in parts)
    folded = f'<div style="margin-left: 1.2em">{inner}</div>'
    return f"<details open><summary>{name}<b>{html.escape(_title(value))}</b></summary>{folded}</details>"
