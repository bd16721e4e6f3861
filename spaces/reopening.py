"""Reopening a hole of a member: the smaller space in which one part is undecided again and the rest stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .abstract import Record, Space
from .choices import Choice
from .constraints import Where
from .counting import parts_within
from .edits import as_space, settled, substitute
from .errors import PathError, SpaceError
from .paths import Path, as_path, format_path
from .programs import Program, is_open, make, symbolize
from .sequences import Repeat
from .sharing import Dependent, Shared


def reopen(space: Space, value: Any, key: Any) -> Space:
    """The space whose members agree with `value` but for the hole at `path`, which is open again.

    A shared hole opens in all its uses, and with it what depends on it. Raises `PathError` for a path that does not
    exist, `SpaceError` for one that leads to no hole, `OutsideSpace` when `value` is no member.
    """
    value = symbolize(value)
    path = value._path(key) if value.__class__ is Program else as_path(key)
    return _Reopening(space, value).at(path)


class _Uses(dict[Space, Any]):
    """Shared values that notices which of them are looked up by another use of the hole."""

    def __init__(self, scope: dict[Space, Any]) -> None:
        super().__init__(scope)
        self.used: set[Space] = set()

    def __contains__(self, hole: object) -> bool:
        self.used.add(hole)  # type: ignore[arg-type]
        return super().__contains__(hole)


class _Reopening:
    """Opens one hole of a member again."""

    def __init__(self, space: Space, value: Any) -> None:
        self.space, self.value = space, value
        self.scope = space.record(value).scope
        self.outside = Record(_Uses(self.scope))  # the uses of shared holes outside the hole that is opened
        self.forms: dict[Space, Shared] = {}  # shared holes that open, each with what it opens to
        self.hole: Any = None

    def at(self, path: Path) -> Space:
        """The space with the hole at `path` open."""
        result = self._opened(self.space, self.value, path, ())
        inside = {part for part in parts_within(self.hole) if isinstance(part, Shared) and part in self.scope}
        used: set[Space] = self.outside.scope.used  # type: ignore[attr-defined]
        self.forms |= {hole: hole for hole in inside - used if hole not in self.forms}
        found = -1
        while len(self.forms) > found:  # an opened hole may open others, which hold it
            found = len(self.forms)
            result = self._linked(self.space, self.value, result)
        fixed: dict[Space, Any] = {hole: settled(hole, value) for hole, value in self.scope.items()}
        for hole in self.forms:
            fixed.pop(hole, None)
        return as_space(substitute(result, fixed))

    def _opened(self, space: Any, value: Any, path: Path, before: Path) -> Any:
        if isinstance(space, Shared):
            part = self._opened(space.part, value, path, before)
            if not path:
                self.forms[space] = space
            elif is_open(part):
                self.forms[space] = Shared(part, space.name)
            return value
        if isinstance(space, Dependent):
            return self._opened(space.resolve(self.scope), value, path, before)
        if isinstance(space, Where) and path:
            part = self._opened(space.part, value, path, before)
            return space.with_parts([part]) if is_open(part) else part
        if not is_open(space):
            place = format_path((*before, *path))
            raise SpaceError(f"{place} lies in a fixed part of the space: there is no hole to open")
        if not path:
            self.hole = space
            return space
        if isinstance(space, Choice):
            return self._opened(space.options[space.which(value, self.scope)], value, path, before)
        return self._opened_inside(space, value, path, before)

    def _opened_inside(self, space: Any, value: Any, path: Path, before: Path) -> Any:
        if value.__class__ is not Program:
            raise PathError(f"{format_path((*before, *path))} does not exist: {format_path(before)} is {value!r}")
        i = value.position(path[0], before)
        parts = _aligned(space, value)
        if parts is None:
            raise SpaceError(
                f"{format_path(before)} is decided as a whole by {space!r}: open it at {format_path(before)}"
            )
        for j, (part, arg) in enumerate(zip(parts, value.args, strict=True)):
            if j != i and isinstance(part, Space):
                part.recognize(arg, self.outside)
        opened = self._opened(parts[i], value.args[i], path[1:], (*before, value.names[i]))
        return make(value.head, value.names, tuple([opened if j == i else arg for j, arg in enumerate(value.args)]))

    def _linked(self, space: Any, value: Any, now: Any) -> Any:
        """`now`, which came from `value`, with all uses of the opened shared holes open, and what depends on them."""
        if isinstance(space, Shared) and space in self.forms:
            return self.forms[space]
        if not is_open(space) or space is now:
            return now
        if isinstance(space, Shared):
            part = self._linked(space.part, value, now)
            if not is_open(part):
                return now
            self.forms[space] = Shared(part, space.name)
            return self.forms[space]
        if isinstance(space, Dependent):
            if any(hole in self.forms for hole in space.on):
                return Dependent(space.function, *map(self._form, space.on))
            return self._linked(space.resolve(self.scope), value, now)
        if isinstance(space, Where):
            inner = now.part if isinstance(now, Where) and now.predicate is space.predicate else now
            part = self._linked(space.part, value, inner)
            return space.with_parts([part]) if is_open(part) else part
        if isinstance(space, Choice):
            return self._linked(space.options[space.which(value, self.scope)], value, now)
        return self._linked_inside(space, value, now)

    def _linked_inside(self, space: Any, value: Any, now: Any) -> Any:
        parts = _aligned(space, value)
        if parts is None or now.__class__ is not Program:
            return now
        args = [self._linked(*three) for three in zip(parts, value.args, now.args, strict=True)]
        return make(value.head, value.names, tuple(args))

    def _form(self, hole: Shared) -> Shared:
        return self.forms[hole] if hole in self.forms else settled(hole, self.scope[hole])


def _aligned(space: Any, value: Program) -> Sequence[Any] | None:
    """The parts of a space that govern the arguments of a member; None where it is decided as a whole."""
    if space.__class__ is Program:
        return [space.args[space.position(name)] for name in value.names]
    return [space.element] * len(value.args) if isinstance(space, Repeat) else None
