"""Edits of spaces: fill, restrict, extend and drop at a path, and reopening a hole of a member.

Paths into a space go through argument names, `[*]` for the element of a `Repeat`, and the head's name (or the index) of
an option of a `Choice`: `layers[*].Conv.kernel`. Constraints and shared holes are passed through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .abstract import Record, Space, equal
from .constraints import Where
from .errors import OutsideSpace, PathError, SpaceError
from .holes import Choice, Integer, Real
from .paths import Path, as_path, format_path
from .programs import Program, is_open, make, space_of, symbolize
from .sequences import Subset
from .sharing import Dependent, Shared

Edit = Callable[[Any], Any]


def fill(space: Space, values: Mapping[Any, Any]) -> Space:
    """Fill the hole at each path; all of them or, with an error, none."""
    filled: Any = space
    for key, value in values.items():

        def put(hole: Any, value: Any = value, key: Any = key) -> Any:
            try:
                return hole.adopt(value) if isinstance(hole, Space) else symbolize(value)
            except OutsideSpace as error:
                for step in reversed(as_path(key)):
                    error.inside(step)
                raise

        filled = edit_at(filled, _path(space, key), put)
    return _as_space(filled)


def restrict(space: Space, path: Any, options: Any) -> Space:
    """Keep only some options of a choice, some items of a subset, or a part `(low, high)` of a range."""

    def keep(hole: Any) -> Any:
        if isinstance(hole, Integer | Real):
            return _narrowed(hole, options)
        wanted = [_option_index(hole, option) for option in options]
        return _kept(hole, lambda i: i in wanted)

    return _as_space(edit_at(space, _path(space, path), keep))


def drop(space: Space, path: Any, *options: Any) -> Space:
    """Remove options from a choice, or items from a subset."""

    def remove(hole: Any) -> Any:
        unwanted = [_option_index(hole, option) for option in options]
        return _kept(hole, lambda i: i not in unwanted)

    return _as_space(edit_at(space, _path(space, path), remove))


def extend(space: Space, path: Any, *options: Any) -> Space:
    """Add options to a choice, or items to a subset."""

    def add(hole: Any) -> Any:
        if isinstance(hole, Subset):
            return Subset([*hole.items, *options], hole.low, hole.high)
        if not isinstance(hole, Choice):
            raise SpaceError(f"{hole!r} has no options to extend")
        if hole.weights is not None:
            raise SpaceError(f"{hole!r} has weights: write a new Choice with weights for all options")
        return Choice(*hole.options, *map(symbolize, options))

    return _as_space(edit_at(space, _path(space, path), add))


def _as_space(value: Any) -> Space:
    made: Space = space_of(value)
    return made


def _path(space: Space, key: Any) -> Path:
    return (key,) if isinstance(space, Program) and isinstance(key, str) and key in space.names else as_path(key)


def _narrowed(hole: Integer | Real, options: Any) -> Any:
    try:
        low, high = options
    except (TypeError, ValueError):
        raise SpaceError(f"{hole!r} is restricted to a range (low, high), not {options!r}") from None
    if not hole.low <= low <= high <= hole.high:
        raise SpaceError(f"({low}, {high}) does not lie inside {hole!r}")
    if isinstance(hole, Integer):
        start = hole.low + -((hole.low - low) // hole.step) * hole.step
        return Integer(start, high, step=hole.step, log=hole.log)
    return Real(low, high, log=hole.log, step=hole.step)


def _option_index(hole: Any, option: Any) -> int:
    """The index of an option, given as it was written, by its head, or by its name in paths."""
    if not isinstance(hole, Choice | Subset):
        raise SpaceError(f"{hole!r} has no options to keep or drop")
    wanted = symbolize(option)
    options = hole.options if isinstance(hole, Choice) else hole.items
    for i, known in enumerate(options):
        if equal(known, wanted) or (known.__class__ is Program and known.head is option):
            return i
    for i, (name, _) in enumerate(hole.children()):
        if isinstance(option, str) and name == option:
            return i
    raise SpaceError(f"{option!r} is not an option of {hole!r}")


def _kept(hole: Any, keep: Callable[[int], bool]) -> Any:
    if isinstance(hole, Subset):
        return Subset([item for i, item in enumerate(hole.items) if keep(i)], hole.low, hole.high)
    kept = [i for i in range(len(hole.options)) if keep(i)]
    weights = None if hole.weights is None else [hole.weights[i] for i in kept]
    if not kept:
        raise SpaceError(f"{hole!r} would lose its last option")
    return Choice(*(hole.options[i] for i in kept), weights=weights)


# -- editing one place -----------------------------------------------------------------------------------------------


def edit_at(root: Any, path: Path, edit: Edit) -> Any:
    """`root` with the hole at `path` replaced by `edit(hole)`; a shared hole is replaced in all its uses."""
    replaced: dict[Shared, Any] = {}
    result = _edited(root, path, edit, replaced, ())
    for old, new in replaced.items():
        result = substitute(result, old, new)
    return result


def _edited(space: Any, path: Path, edit: Edit, replaced: dict[Shared, Any], before: Path) -> Any:
    if isinstance(space, Shared):
        replaced[space] = Shared(_edited(space.part, path, edit, replaced, before), space.name)
        return space
    if isinstance(space, Where) and isinstance(part := space.part, Space):
        changed = _edited(part, path, edit, replaced, before)
        return (
            Where(changed, space.predicate, attempts=space.attempts) if is_open(changed) else _checked(space, changed)
        )
    if not path:
        return edit(space)
    parts = list(space.children()) if isinstance(space, Space) else []
    for i, (name, part) in enumerate(parts):
        if name == path[0] and type(name) is type(path[0]):
            changed = _edited(part, path[1:], edit, replaced, (*before, name))
            return space.with_parts([changed if j == i else other for j, (_, other) in enumerate(parts)])
    there = ", ".join(format_path((name,)) for name, _ in parts[:20]) or "nothing"
    raise PathError(f"{format_path((*before, *path))} does not exist: {format_path(before)} of the space has {there}")


def _checked(space: Where, value: Any) -> Any:
    if not space.holds(value):
        raise OutsideSpace(value, f"the constraint of {space!r} does not hold")
    return value


def substitute(space: Any, old: Shared, new: Shared) -> Any:
    """`space` with every use of a shared hole replaced, also where other holes depend on it."""
    if space is old:
        return new
    if isinstance(space, Dependent) and old in space.on:
        return Dependent(space.function, *(new if hole is old else hole for hole in space.on))
    if not is_open(space):
        return space
    parts = [part for _, part in space.children()]
    changed = [substitute(part, old, new) for part in parts]
    return space if all(a is b for a, b in zip(parts, changed, strict=True)) else space.with_parts(changed)


# -- reopening -------------------------------------------------------------------------------------------------------


def reopen(space: Space, value: Any, key: Any) -> Space:
    """The space whose members agree with `value` but for the hole at `path`, which is open again."""
    value = symbolize(value)
    record = space.record(value)
    path = value._path(key) if value.__class__ is Program else as_path(key)
    shared: dict[Shared, Any] = {}
    result = _reopened(space, value, path, record, shared, ())
    for hole, opened in shared.items():
        result = _open_uses(space, result, hole, opened, record)
    return _as_space(result)


def _reopened(space: Any, value: Any, path: Path, record: Record, shared: dict[Shared, Any], before: Path) -> Any:
    if isinstance(space, Shared):
        part = _reopened(space.part, value, path, record, shared, before)
        shared[space] = space if not path else Shared(part, space.name)
        return value
    if isinstance(space, Dependent):
        return _reopened(space.resolve(record.scope), value, path, record, shared, before)
    if isinstance(space, Where) and path:
        part = _reopened(space.part, value, path, record, shared, before)
        return space.with_parts([part]) if is_open(part) else part
    if not is_open(space):
        raise SpaceError(f"{format_path((*before, *path))} lies in a fixed part of the space: there is no hole to open")
    if not path:
        return space
    if isinstance(space, Choice):
        return _reopened(space.options[space.which(value)], value, path, record, shared, before)
    if value.__class__ is not Program:
        raise PathError(f"{format_path((*before, *path))} does not exist: {format_path(before)} is {value!r}")
    i = value.position(path[0], before)
    part = dict(space.children()).get("*") if space.__class__ is not Program else space.args[space.position(path[0])]
    if part is None:
        raise SpaceError(f"{format_path(before)} is decided as a whole by {space!r}: open it at {format_path(before)}")
    opened = _reopened(part, value.args[i], path[1:], record, shared, (*before, value.names[i]))
    return make(value.head, value.names, tuple(opened if j == i else arg for j, arg in enumerate(value.args)))


def _open_uses(space: Any, value: Any, hole: Shared, opened: Any, record: Record) -> Any:
    """`value` with every use of a shared hole opened, and every hole that depends on it."""
    if space is hole:
        return opened
    if isinstance(space, Dependent):
        if hole in space.on:
            return Dependent(space.function, *(opened if on is hole else _settled(on, record) for on in space.on))
        return _open_uses(space.resolve(record.scope), value, hole, opened, record)
    if not is_open(space) or not isinstance(space, Space):
        return value
    if isinstance(space, Where):
        inner = value.part if isinstance(value, Where) else value
        part = _open_uses(space.part, inner, hole, opened, record)
        return space.with_parts([part]) if is_open(part) else part
    if isinstance(space, Shared):
        return _open_uses(space.part, value, hole, opened, record)
    if isinstance(space, Choice):
        return value if is_open(value) and value.__class__ is not Program else _open_uses(
            space.options[space.which(value)], value, hole, opened, record
        )  # fmt: skip
    if value.__class__ is not Program:
        return value
    parts = list(_aligned(space, value))
    return make(value.head, value.names, tuple(_open_uses(p, arg, hole, opened, record) for p, arg in parts))


def _settled(hole: Shared, record: Record) -> Shared:
    """A shared hole that stays as it was decided."""
    return Shared(space_of(record.scope[hole]), hole.name)


def _aligned(space: Any, value: Program) -> Iterator[tuple[Any, Any]]:
    """The arguments of a member, each with the part of the space that governs it."""
    element = dict(space.children()).get("*") if space.__class__ is not Program else None
    for name, arg in value.items():
        yield (element if space.__class__ is not Program else space.args[space.position(name)]), arg
