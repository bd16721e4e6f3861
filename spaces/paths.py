"""Paths into programs, as tuples of steps and as text: `layers[0].filters`."""

from __future__ import annotations

import re
from collections.abc import Hashable

Step = Hashable
Path = tuple[Step, ...]

_NAME = re.compile(r"[^\W\d]\w*")
_STEP = re.compile(
    r"""\.?([^\W\d]\w*) | \[(-?\d+)\] | \[\*\] | \["((?:[^"\\]|\\.)*)"\] | \['((?:[^'\\]|\\.)*)'\]""",
    re.VERBOSE | re.DOTALL,
)


def format_path(path: Path) -> str:
    """The path as text.

    >>> format_path(("layers", 0, "learning rate"))
    'layers[0]["learning rate"]'
    """
    text = ""
    for step in path:
        if isinstance(step, str) and _NAME.fullmatch(step):
            text += f".{step}" if text else step
        elif step == "*":
            text += "[*]"
        elif isinstance(step, str):
            text += '["' + step.replace("\\", "\\\\").replace('"', '\\"') + '"]'
        else:
            text += f"[{step!r}]"
    return text or "the root"


def parse_path(text: str) -> Path:
    """The steps that a text names; a text that is no path is a single step.

    >>> parse_path('layers[0].filters')
    ('layers', 0, 'filters')
    """
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None or (position == 0 and text[0] == "."):
            return (text,)
        steps.append(_read_step(match))
        position = match.end()
    return tuple(steps)


def _read_step(match: re.Match[str]) -> Step:
    name, number, double, single = match.groups()
    if name is not None:
        return name
    if number is not None:
        return int(number)
    quoted = double if double is not None else single
    return "*" if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def as_path(key: Step) -> Path:
    """A tuple is a path already; a text is read as one; anything else is a single step."""
    if isinstance(key, tuple):
        return key
    return parse_path(key) if isinstance(key, str) else (key,)
