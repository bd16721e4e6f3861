"""Choices: one of several options, which may be programs with holes of their own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from random import Random
from typing import Any

from .abstract import ABSENT, Features, Position, Record, Space, equal
from .choosers import Chooser, Replay, weighted_index
from .counting import count_distinct, may_overlap
from .display import python_text
from .errors import NoOtherMember, OutsideSpace, SpaceError, Unsatisfied
from .paths import Step, format_path
from .programs import Program, head_name, is_open, symbolize
from .values import ATOMIC, PLAIN, identity


class Choice(Space):
    """One of several options; options may be programs with holes, which makes the space conditional.

    `weights` (positive, any scale) say how a random draw prefers the options. Raises `SpaceError` for no options, for
    an option written twice, and for weights that do not fit.

    >>> from random import Random
    >>> Choice("relu", "gelu", "silu").sample(Random(1))
    'relu'
    """

    def __init__(self, *options: Any, weights: Sequence[float] | None = None) -> None:
        if len(options) == 1 and isinstance(options[0], list | tuple | set | frozenset | range):
            raise SpaceError(f"Choice({options[0]!r}) has one option, the collection itself: write Choice(*options)")
        if not options:
            raise SpaceError("Choice() has no options: give at least one")
        self._set(options, weights)

    def _set(self, options: Sequence[Any], weights: Sequence[float] | None) -> None:
        self.options: tuple[Any, ...] = tuple([o if o.__class__ in ATOMIC else symbolize(o) for o in options])
        self.n = len(options)
        self.holed = tuple([o.__class__ not in ATOMIC and is_open(o) for o in self.options])
        self.conditional = True in self.holed
        self.closed = self._index_closed()
        self.weights = None if weights is None else _checked_weights(weights, self.n)
        self.fair = self.options if weights is None and self.n > 1 and not self.conditional else None

    def _index_closed(self) -> dict[Any, int]:
        closed: dict[Any, int] = {}
        for i, option in enumerate(self.options):
            if self.holed[i]:
                continue
            kind = option.__class__
            known = (kind, option) if kind in PLAIN or kind is Program else identity(option)
            if closed.setdefault(known, i) != i:
                raise SpaceError(f"Choice has the option {option!r} twice: options must differ")
        return closed

    def decide(self, choose: Chooser) -> Any:
        i = choose.index(self.n, self, self.weights) if self.n > 1 else 0
        option = self.options[i]
        return option.decide(choose) if self.conditional and self.holed[i] else option

    def recognize(self, value: Any, record: Record) -> None:
        kind = value.__class__
        i = self.closed.get((kind, value) if kind in PLAIN or kind is Program else identity(value))
        if i is None:
            self._recognize_open(value, record)
        elif self.n > 1:
            record.append((self, i))

    def _recognize_open(self, value: Any, record: Record) -> None:
        """Record the first open option that made `value` exactly as it is written, or else the first that fits."""
        candidates = self._candidates(value) if self.conditional else ()
        if len(candidates) == 1 and not self._closed_alike(value):
            if self.n > 1:
                record.append((self, candidates[0]))
            self.options[candidates[0]].recognize(value, record)
            return
        refusals, loose = [], None
        start, spans, scope = len(record), len(record.spans), dict(record.scope)
        for i in candidates:
            if self.n > 1:
                record.append((self, i))
            try:
                self.options[i].recognize(value, record)
            except OutsideSpace as refusal:
                refusals.append(refusal)
            else:
                if self._is_exact(i, value, record[start + (self.n > 1) :], scope):
                    return
                loose = i if loose is None else loose
            del record[start:], record.spans[spans:]
            record.scope.clear()
            record.scope.update(scope)
        if loose is None:
            raise OutsideSpace(value, f"it fits no option of {self!r}{_reasons(refusals)}")
        if self.n > 1:
            record.append((self, loose))
        self.options[loose].recognize(value, record)

    def _is_exact(self, i: int, value: Any, found: Record | list[Any], scope: dict[Space, Any]) -> bool:
        """Whether an option that fits is the one that writes the value as it is, and not in another form."""
        if not self.options[i].loose:
            return True
        replay = Replay([decision for _, decision in found])
        replay.scope = dict(scope)
        return equal(self.options[i].decide(replay), value)

    def _candidates(self, value: Any) -> Sequence[int]:
        """The open options that may have made `value`: programs by their head, and every other hole."""
        if value.__class__ is Program:
            return self._open_by_head.get(value.head, self._open_holes)
        return self._open_holes

    def _closed_alike(self, value: Any) -> bool:
        """Whether a closed option has the same head, so that it may have been meant as well."""
        heads = self._closed_heads
        return bool(heads) and value.__class__ is Program and value.head in heads

    @cached_property
    def _closed_heads(self) -> list[Any]:
        options = zip(self.options, self.holed, strict=True)
        return [option.head for option, is_hole in options if option.__class__ is Program and not is_hole]

    @cached_property
    def _open_holes(self) -> list[int]:
        return [i for i, option in enumerate(self.options) if self.holed[i] and option.__class__ is not Program]

    @cached_property
    def _open_by_head(self) -> dict[Any, list[int]]:
        programs = [(i, option) for i, option in enumerate(self.options) if option.__class__ is Program]
        heads = {option.head: None for i, option in programs if self.holed[i]}
        fitting = {head: [i for i, o in programs if self.holed[i] and o.head is head] for head in heads}
        return {head: sorted([*indices, *self._open_holes]) for head, indices in fitting.items()}

    def which(self, value: Any, scope: dict[Space, Any] | None = None) -> int:
        """The index of the option that made `value`, a member; `scope` has the shared values that options need.

        Raises `OutsideSpace` when `value` is no member.
        """
        kind = value.__class__
        i = self.closed.get((kind, value) if kind in PLAIN or kind is Program else identity(value))
        if i is not None:
            return i
        if self.conditional and len(candidates := self._candidates(value)) == 1:
            return candidates[0]
        record = Record(dict(scope or {}))
        self._recognize_open(value, record)
        return record[0][1] if self.n > 1 else 0  # type: ignore[return-value]

    def children(self) -> Sequence[tuple[Step, Any]]:
        """The options, named by their heads (the second of the same head is `head_2`) and otherwise by their index."""
        names: list[Step] = []
        seen: dict[str, int] = {}
        for i, option in enumerate(self.options):
            if option.__class__ is not Program:
                names.append(i)
                continue
            name = head_name(option.head)
            seen[name] = seen.get(name, 0) + 1
            names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
        return tuple(zip(names, self.options, strict=True))

    @cached_property
    def open_options(self) -> list[Any]:
        """The options that hold holes."""
        return [option for option, is_hole in zip(self.options, self.holed, strict=True) if is_hole]

    @cached_property
    def entangled(self) -> bool:
        return any(option.entangled for option in self.open_options)

    @cached_property
    def constrained(self) -> bool:
        return any(option.constrained for option in self.open_options)

    @cached_property
    def loose(self) -> bool:
        return any(option.loose for option in self.open_options)

    @cached_property
    def finite(self) -> bool:
        return all(option.finite for option in self.open_options)

    @property
    def varies(self) -> bool:
        return self.n > 1 or any(option.varies for option in self.open_options)

    def canonical(self, value: Any) -> Any:
        i = self.which(value)
        return self.options[i].canonical(value) if self.holed[i] else value

    @cached_property
    def overlapping(self) -> bool:
        """Whether two options may share a member."""
        options = self.open_options
        others = [o for o, is_hole in zip(self.options, self.holed, strict=True) if not is_hole]
        pairs = [(a, b) for i, a in enumerate(options) for b in [*options[:i], *others]]
        return any(may_overlap(a, b) for a, b in pairs)

    @cached_property
    def _size(self) -> int | float:
        if self.overlapping:
            return count_distinct(self)
        return sum(
            option.own_size() if is_hole else 1 for option, is_hole in zip(self.options, self.holed, strict=True)
        )

    def own_size(self) -> int | float:
        return self._size

    @property
    def leaf(self) -> bool:
        return self.n > 1 and not self.conditional

    def kinds(self) -> frozenset[Any] | None:
        known = [_kinds_of(option) for option in self.options]
        return None if None in known else frozenset().union(*(kinds for kinds in known if kinds))

    def alternative_spaces(self) -> Sequence[Any]:
        return self.options

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        return ((scope, [option]) for option in self.options)

    def with_parts(self, parts: Sequence[Any]) -> Choice:
        """The same choice with other options; those that have become the same are taken together."""
        merged: dict[Any, tuple[Any, float]] = {}
        for i, part in enumerate(parts):
            key = i if is_open(part) else (Program, part) if part.__class__ is Program else identity(part)
            weight = 1.0 if self.weights is None else self.weights[i]
            merged[key] = (part, merged.get(key, (part, 0.0))[1] + weight)
        made = Choice.__new__(Choice)
        made._set([part for part, _ in merged.values()], self.weights and [weight for _, weight in merged.values()])
        return made

    def places(self, value: Any, position: Position, out: list[tuple[Position, Space]]) -> None:
        if self.n > 1:
            out.append((position, self))
        if self.conditional:
            i = self.which(value)
            if self.holed[i]:
                self.options[i].places(value, position, out)

    def change(self, value: Any, rng: Random) -> Any:
        for _ in range(100):  # a second turn is needed only where options overlap
            i = self._other_index(self.which(value), rng)
            other = self.options[i].sample(rng) if self.holed[i] else self.options[i]
            if not equal(other, value):
                return other
        raise NoOtherMember(f"{self!r}: 100 draws gave no other filling than {value!r}")

    def _other_index(self, old: int, rng: Random) -> int:
        if self.weights is None:
            i = int(rng.random() * (self.n - 1))
            return i + (i >= old)
        rest = [0.0 if i == old else weight for i, weight in enumerate(self.weights)]
        return weighted_index(rest, rng.random())

    def alternatives(self, value: Any) -> Iterator[Any]:
        old = self.which(value)
        for i, option in enumerate(self.options):
            if i != old:
                try:
                    other = option.simplest() if self.holed[i] else option
                except Unsatisfied:
                    continue
                if not equal(other, value):
                    yield other

    def cross(self, first: Any, second: Any, rng: Random) -> Any:
        if self.conditional:
            i = self.which(first)
            if self.holed[i] and i == self.which(second):
                return self.options[i].cross(first, second, rng)
        return first if rng.random() < 0.5 else second

    def encode(self, value: Any, out: Features) -> None:
        chosen = None if value is ABSENT else self.which(value, out.scope)
        if self.n > 1:
            out.extend(1.0 if i == chosen else 0.0 for i in range(self.n))
        for i, option in enumerate(self.options):
            if self.holed[i]:
                option.encode(value if i == chosen else ABSENT, out)

    def setting(self) -> str:
        return self.title()

    def title(self) -> str:
        return "Choice" if self.weights is None else f"Choice, weights {list(self.weights)}"

    def __repr__(self) -> str:
        weights = "" if self.weights is None else f", weights={list(self.weights)}"
        return f"Choice({', '.join(map(python_text, self.options))}{weights})"


def only(value: Any) -> Choice:
    """The space of one plain value."""
    made = Choice.__new__(Choice)
    made._set((value,), None)
    return made


def _reasons(refusals: Sequence[OutsideSpace]) -> str:
    """Why each of several options refused a value."""
    return "".join(f"; {format_path(error.path)}: {error.why}" for error in refusals[:4])


def _kinds_of(option: Any) -> frozenset[Any] | None:
    if option.__class__ is Program or isinstance(option, Space):
        return option.kinds()
    return frozenset({option.__class__})


def _checked_weights(weights: Sequence[float], n: int) -> tuple[float, ...]:
    if len(weights) != n:
        raise SpaceError(f"Choice has {n} options and {len(weights)} weights: give one weight for each option")
    if not all(math.isfinite(weight) and weight > 0 for weight in weights):
        raise SpaceError(f"weights {list(weights)} must be positive: leave an option out instead of giving it none")
    return tuple(float(weight) for weight in weights)
