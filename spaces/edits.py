"""Edits of spaces: fill, restrict, extend and drop at a path, and what is left after some decisions.

Paths into a space go through argument names, `[*]` for the element of a `Repeat`, and the head's name (or the index) of
an option of a `Choice`: `layers[*].Conv.kernel`. Constraints and shared holes are passed through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .abstract import Record, Space, equal
from .choices import Choice
from .choosers import Decision, Prefix, Replay
from .constraints import Where
from .errors import OutsideSpace, PathError, SpaceError, Undecided, Unsatisfied
from .paths import Path, as_path, format_path
from .permutations import Permutation
from .programs import Program, is_open, space_of, symbolize
from .ranges import Integer, Real
from .sequences import Repeat, Subset
from .sharing import Dependent, Shared

Edit = Callable[[Any], Any]


def fill(space: Space, values: Mapping[Any, Any]) -> Space:
    """Fill the hole at each path; all of them or, with an error, none.

    A shared hole inside a filled one is thereby decided for its other uses too.
    """
    filled: Any = space
    for key, value in values.items():
        path, decided = _path(space, key), Record()

        def put(hole: Any, value: Any = value, path: Path = path, decided: Record = decided) -> Any:
            try:
                space_of(hole).recognize(symbolize(value), decided)
            except OutsideSpace as error:
                error.path = (*path, *error.path)
                raise
            return space_of(hole).decide(Replay([decision for _, decision in decided]))

        filled = edit_at(filled, path, put)
        filled = substitute(filled, {hole: settled(hole, value) for hole, value in decided.scope.items()})
    made = as_space(filled)
    if made.constrained and not made.varies:
        _require_member(made)
    return made


def _require_member(made: Space) -> None:
    """Refuse a space of which a constraint leaves nothing, where that is easy to see."""
    try:
        made.decide(Replay([]))
    except Unsatisfied as refusal:
        raise OutsideSpace(made, str(refusal)) from None


def settled(hole: Space, value: Any) -> Shared:
    """A shared hole that holds the given value, and no other."""
    return Shared(value, getattr(hole, "name", ""))


def restrict(space: Space, path: Any, options: Any) -> Space:
    """Keep only some options of a choice, some items of a subset, or a part `(low, high)` of a range or of lengths."""

    def keep(hole: Any) -> Any:
        if isinstance(hole, Integer | Real | Repeat):
            return _narrowed(hole, options)
        wanted = [_option_index(hole, option) for option in options]
        return _kept(hole, lambda i: i in wanted)

    return as_space(edit_at(space, _path(space, path), keep))


def drop(space: Space, path: Any, *options: Any) -> Space:
    """Remove options from a choice, or items from a subset."""

    def remove(hole: Any) -> Any:
        unwanted = [_option_index(hole, option) for option in options]
        return _kept(hole, lambda i: i not in unwanted)

    return as_space(edit_at(space, _path(space, path), remove))


def extend(space: Space, path: Any, *options: Any, weights: Sequence[float] | None = None) -> Space:
    """Add options to a choice, or items to a subset or permutation."""

    def add(hole: Any) -> Any:
        if isinstance(hole, Subset):
            return Subset([*hole.items, *options], hole.low, hole.high)
        if isinstance(hole, Permutation):
            return Permutation([*hole.items, *options])
        if not isinstance(hole, Choice):
            raise SpaceError(f"{hole!r} has no options to extend")
        if hole.weights is not None and weights is None:
            raise SpaceError(f"{hole!r} has weights: give weights=[...], one for each new option")
        old = hole.weights or [1.0] * len(hole.options)
        return Choice(*hole.options, *options, weights=None if weights is None else [*old, *weights])

    return as_space(edit_at(space, _path(space, path), add))


def as_space(value: Any) -> Space:
    """A symbolic value as a space: a plain one is the space of that one member."""
    made: Space = space_of(value)
    return made


def _path(space: Space, key: Any) -> Path:
    return (key,) if isinstance(space, Program) and isinstance(key, str) and key in space.names else as_path(key)


def _narrowed(hole: Integer | Real | Repeat, options: Any) -> Any:
    try:
        low, high = options
        inside = bool(hole.low <= low <= high <= hole.high)
    except (TypeError, ValueError):
        raise SpaceError(f"{hole!r} is restricted to a range (low, high), not {options!r}") from None
    if not inside:
        raise SpaceError(f"({low}, {high}) does not lie inside {hole!r}")
    if isinstance(hole, Repeat):
        return Repeat(hole.element, low, high)
    if isinstance(hole, Integer):
        start = hole.low + -((hole.low - low) // hole.step) * hole.step
        if start > high:
            raise SpaceError(f"({low}, {high}) holds no member of {hole!r}")
        return Integer(start, high, step=hole.step, log=hole.log)
    return hole.narrowed(low, high)


def _option_index(hole: Any, option: Any) -> int:
    """The index of an option, given as it was written, by its head, or by its name in paths."""
    if not isinstance(hole, Choice | Subset | Permutation):
        raise SpaceError(f"{hole!r} has no options to keep or drop")
    wanted = symbolize(option)
    options = hole.options if isinstance(hole, Choice) else hole.items
    for i, known in enumerate(options):
        if equal(known, wanted) or (known.__class__ is Program and known.head is option):
            return i
    for i, (name, _) in enumerate(hole.children()):
        if isinstance(option, str) and name == option:  # the name of an option with a head, in paths
            return i
    raise SpaceError(f"{option!r} is not an option of {hole!r}")


def _kept(hole: Any, keep: Callable[[int], bool]) -> Any:
    items = [item for i, item in enumerate(hole.constants()) if keep(i)]
    if isinstance(hole, Subset):
        return Subset(items, hole.low, hole.high)
    if isinstance(hole, Permutation):
        return Permutation(items)
    kept = [i for i in range(len(hole.options)) if keep(i)]
    weights = None if hole.weights is None else [hole.weights[i] for i in kept]
    if not kept:
        raise SpaceError(f"{hole!r} would lose its last option")
    return Choice(*(hole.options[i] for i in kept), weights=weights)


# -- editing one place -----------------------------------------------------------------------------------------------


def edit_at(root: Any, path: Path, edit: Edit) -> Any:
    """`root` with the hole at `path` replaced by `edit(hole)`; a shared hole is replaced in all its uses."""
    replaced: dict[Space, Any] = {}
    result = _edited(root, path, edit, replaced, ())
    return substitute(result, _settled_forms(replaced))


def _edited(space: Any, path: Path, edit: Edit, replaced: dict[Space, Any], before: Path) -> Any:
    if isinstance(space, Shared):
        replaced[space] = Shared(_edited(space.part, path, edit, replaced, before), space.name)
        return space
    if isinstance(space, Where):
        changed = _edited(space.part, path, edit, replaced, before)
        return space.with_parts([changed]) if is_open(changed) else _checked(space, changed)
    if not path:
        return edit(space)
    parts = list(space.children()) if isinstance(space, Space) else []
    i = _child(space, [name for name, _ in parts], path[0])
    if i is None:
        there = ", ".join(format_path((name,)) for name, _ in parts[:20]) or "nothing"
        raise PathError(
            f"{format_path((*before, *path))} does not exist: {format_path(before)} of the space has {there}"
        )
    changed = _edited(parts[i][1], path[1:], edit, replaced, (*before, parts[i][0]))
    return space.with_parts([changed if j == i else other for j, (_, other) in enumerate(parts)])


def _child(space: Any, names: list[Any], step: Any) -> int | None:
    """Which child a step of a path means: by its name, and for an option of a choice also by its index."""
    for i, name in enumerate(names):
        if name == step and type(name) is type(step):
            return i
    countable = isinstance(space, Choice) or (space.__class__ is Program and space.head is not dict)
    if countable and step.__class__ is int and -len(names) <= step < len(names):
        i = step % len(names)
        return i if isinstance(space, Choice) or names[i] == i else None
    return None


def _checked(space: Where, value: Any) -> Any:
    if not space.holds(value):
        raise OutsideSpace(value, f"the constraint of {space!r} does not hold")
    return value


def substitute(space: Any, new: dict[Space, Any]) -> Any:
    """`space` with shared holes replaced in all their uses, also inside one another and where others depend on them.

    `new` says what replaces a hole; further holes that change because of what is inside them are added to it.
    """
    if not is_open(space) or not new:
        return space
    if space in new:
        return new[space]
    if isinstance(space, Dependent):
        on = [substitute(hole, new) for hole in space.on]
        return space if on == list(space.on) else Dependent(space.function, *on)
    parts = [part for _, part in space.children()]
    changed = [substitute(part, new) for part in parts]
    if all(a is b for a, b in zip(parts, changed, strict=True)):
        return space
    made = space.with_parts(changed)
    if isinstance(space, Shared):
        new[space] = made
    return made


def after(space: Space, decisions: Iterable[Decision]) -> Space:
    """The space in which the first decisions are taken; what holes share is linked again where it was decided."""
    prefix = Prefix(decisions)
    try:
        left = space.decide(prefix)
    except Undecided:
        left = space
    decided = {hole: value for hole, value in prefix.scope.items() if value is not hole}
    return as_space(substitute(left, _settled_forms(decided)))


def _settled_forms(new: Mapping[Space, Any]) -> dict[Space, Any]:
    """Shared holes and what replaces them, replaced inside one another too; inner ones come before outer ones."""
    forms: dict[Space, Any] = {}
    for hole, value in new.items():
        form = settled(hole, substitute(value.part if isinstance(value, Shared) else value, forms))
        forms[hole] = form
        if isinstance(value, Shared):
            forms[value] = form
    return forms
