"""Edits of spaces: fill, restrict, extend and drop at a path, and reopening a hole of a member.

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
from .counting import parts_within
from .errors import OutsideSpace, PathError, SpaceError, Undecided, Unsatisfied
from .paths import Path, as_path, format_path
from .programs import Program, is_open, make, space_of, symbolize
from .ranges import Integer, Real
from .sequences import Permutation, Repeat, Subset
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
    made = _as_space(filled)
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

    return _as_space(edit_at(space, _path(space, path), keep))


def drop(space: Space, path: Any, *options: Any) -> Space:
    """Remove options from a choice, or items from a subset."""

    def remove(hole: Any) -> Any:
        unwanted = [_option_index(hole, option) for option in options]
        return _kept(hole, lambda i: i not in unwanted)

    return _as_space(edit_at(space, _path(space, path), remove))


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

    return _as_space(edit_at(space, _path(space, path), add))


def _as_space(value: Any) -> Space:
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
    return _as_space(substitute(left, _settled_forms(decided)))


def _settled_forms(new: Mapping[Space, Any]) -> dict[Space, Any]:
    """Shared holes and what replaces them, replaced inside one another too; inner ones come before outer ones."""
    forms: dict[Space, Any] = {}
    for hole, value in new.items():
        form = settled(hole, substitute(value.part if isinstance(value, Shared) else value, forms))
        forms[hole] = form
        if isinstance(value, Shared):
            forms[value] = form
    return forms


# -- reopening -------------------------------------------------------------------------------------------------------


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
        return _as_space(substitute(result, fixed))

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
