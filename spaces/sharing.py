"""One decision in several places, and holes whose options follow from earlier decisions."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cached_property
from itertools import product as tuples
from random import Random
from typing import Any

from .abstract import ABSENT, Features, Record, Space, equal, exact_key
from .choosers import Chooser, Draw
from .counting import LISTING_LIMIT, parts_within
from .errors import OutsideSpace, SpaceError, Undecided, Unsatisfied
from .paths import Step
from .programs import build, head_name, is_open, shorten, space_of, symbolize
from .values import qualified_name


class Shared(Space):
    """One decision used in several places: every use of the same `Shared` object holds the same value.

    >>> from random import Random
    >>> from inlay.spaces import Integer, space
    >>> width = Shared(Integer(1, 100))
    >>> net = space({"encoder": width, "decoder": width})
    >>> p = net.sample(Random(0))
    >>> p["encoder"] == p["decoder"], net.size()
    (True, 100)
    """

    def __init__(self, part: Any, name: str = "") -> None:
        self.part: Space = space_of(symbolize(part))
        self.name = name

    def decide(self, choose: Chooser) -> Any:
        if self not in choose.scope:
            choose.scope[self] = self._decide_first(choose) if choose.leaves_open else self.part.decide(choose)
        value = choose.scope[self]
        if value is self:
            raise Undecided
        return value

    def _decide_first(self, choose: Chooser) -> Any:
        """What the chooser makes of this hole: itself while it is open, a smaller shared hole where it is in part."""
        try:
            value = self.part.decide(choose)
        except Undecided:
            return self
        return Shared(value, self.name) if is_open(value) else value

    def recognize(self, value: Any, record: Record) -> None:
        if self not in record.scope:
            self.part.recognize(value, record)
            record.scope[self] = self._canonical(value)
        elif not equal(record.scope[self], value) and not self._means(value, record.scope[self]):
            raise OutsideSpace(value, f"another use of {self!r} holds {record.scope[self]!r}")

    def _canonical(self, value: Any) -> Any:
        return self.part.canonical(value) if self.part.loose and not self.part.entangled else value

    def _means(self, value: Any, known: Any) -> bool:
        """Whether a value that is written differently is the same member of the part."""
        if not self.part.loose or self.part.entangled or not self.part.contains(value):
            return False
        return equal(self._canonical(value), known)

    def children(self) -> Sequence[tuple[Step, Any]]:
        return (("shared", self.part),)

    def kinds(self) -> frozenset[Any] | None:
        return self.part.kinds()

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        if self in scope:
            return iter([(scope, ())])
        if (size := self.part.size()) > LISTING_LIMIT:
            raise SpaceError(
                f"{shorten(repr(self))} has {size:,} values on which other holes depend: too many to count"
            )
        return (({**scope, self: value}, ()) for value in self.part.enumerate())

    def title(self) -> str:
        return f"Shared {self.name}".strip()

    def setting(self) -> str:
        return self.title()

    def with_parts(self, parts: Sequence[Any]) -> Shared:
        return Shared(parts[0], self.name)

    @property
    def shared(self) -> bool:
        return True

    @property
    def entangled(self) -> bool:
        return True

    @property
    def constrained(self) -> bool:
        return self.part.constrained

    @property
    def loose(self) -> bool:
        return self.part.loose

    @property
    def finite(self) -> bool:
        return self.part.finite

    @property
    def varies(self) -> bool:
        return self.part.varies

    def encode(self, value: Any, out: Features) -> None:
        self.part.encode(value, out)

    def __repr__(self) -> str:
        return f"Shared({self.part!r}{f', {self.name!r}' if self.name else ''})"


class Dependent(Space):
    """A hole whose space is a function of the values of earlier `Shared` holes.

    `function` is given the built values and returns a hole, a program with holes, or a value; it must be
    deterministic. Raises `SpaceError` when a value it needs has not been decided earlier in the program.

    >>> from inlay.spaces import Integer, space
    >>> layers = Shared(Integer(1, 3))
    >>> net = space({"layers": layers, "exit": Dependent(lambda n: Integer(1, n), layers)})
    >>> net.size(), net.contains({"layers": 2, "exit": 3})
    (6, False)
    """

    width = 16

    def __init__(self, function: Callable[..., Any], *on: Shared) -> None:
        if not on or not all(isinstance(hole, Shared) for hole in on):
            raise SpaceError("Dependent(function, *on): name at least one Shared hole that it depends on")
        if not callable(function):
            raise SpaceError(f"Dependent({function!r}, ...): the first argument is a function of the shared values")
        self.function, self.on = function, on
        self._resolved: dict[tuple[Hashable, ...], Space] = {}

    def resolve(self, scope: dict[Space, Any]) -> Space:
        """The space that the decided values in `scope` make of this hole."""
        values = tuple([scope[hole] if hole in scope else self._settled(hole) for hole in self.on])
        key = tuple(map(exact_key, values))
        known = self._resolved.get(key)
        if known is None:
            if len(self._resolved) >= 4096:
                self._resolved.clear()
            known = self._resolved[key] = space_of(symbolize(self.function(*map(build, values))))
        return known

    def _settled(self, hole: Shared) -> Any:
        """The value of a shared hole that has only one, wherever it stands."""
        if hole.varies:
            raise SpaceError(
                f"{self!r} needs the value of {hole!r}, which no earlier part of the program decides: "
                "use that same Shared object before the hole that depends on it"
            )
        return hole.part.simplest()

    def decide(self, choose: Chooser) -> Any:
        if choose.leaves_open and any(is_open(choose.scope.get(hole, hole)) and hole.varies for hole in self.on):
            raise Undecided
        outermost = choose.owner is None
        if outermost:
            choose.owner = self
        try:
            return self.resolve(choose.scope).decide(choose)
        finally:
            if outermost:
                choose.owner = None

    def recognize(self, value: Any, record: Record) -> None:
        start = len(record)
        self.resolve(record.scope).recognize(value, record)
        record.spans.append((start, len(record), self))

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        yield scope, [self.resolve(scope)]

    def depends_on(self) -> Sequence[Space]:
        return self.on

    def setting(self) -> str:
        return f"Dependent {qualified_name(self.function)}"

    def title(self) -> str:
        return f"Dependent {head_name(self.function)}"

    @property
    def entangled(self) -> bool:
        return True

    @cached_property
    def constrained(self) -> bool:
        return any(space.constrained for space in self.examples())

    @property
    def loose(self) -> bool:
        """What the values lead to cannot all be known beforehand."""
        return True

    @cached_property
    def finite(self) -> bool:
        """Whether the values that it depends on are finite, and the spaces to which they lead, as far as looked at."""
        return all(hole.finite for hole in self.on) and all(space.finite for space in self.examples())

    def examples(self) -> Iterator[Space]:
        """The spaces to which the shared values lead: all of them where that are few, or else a sample."""
        scopes = self._few_scopes()
        return map(self.resolve, self._drawn_scopes() if scopes is None else scopes)

    def _few_scopes(self) -> Iterator[dict[Space, Any]] | None:
        parts = [hole.part for hole in self.on]
        if any(part.entangled or not part.finite for part in parts) or math.prod(part.size() for part in parts) > 1000:
            return None
        return (dict(zip(self.on, values, strict=True)) for values in tuples(*(part.enumerate() for part in parts)))

    def _drawn_scopes(self) -> Iterator[dict[Space, Any]]:
        rng = Random(0)
        for _ in range(50):
            choose = Draw(rng)
            try:
                for hole in self.on:
                    _decide(hole, choose)
            except Unsatisfied:
                continue
            yield choose.scope

    def encode(self, value: Any, out: Features) -> None:
        """The features of the value in a fixed number of slots, since the space behind them varies."""
        slots = [0.0] * self.width
        if value is not ABSENT:
            inner = Features(out.scope)
            self.resolve(out.scope).encode(value, inner)
            for i, number in enumerate(inner):
                slots[i % self.width] += number
        out.extend(slots)

    def __repr__(self) -> str:
        return f"Dependent({head_name(self.function)}, {', '.join(map(repr, self.on))})"


def _decide(hole: Shared, choose: Chooser) -> None:
    """Decide a shared hole, after those on which something inside it depends."""
    for part in parts_within(hole.part):
        for needed in part.depends_on():
            if isinstance(needed, Shared):
                _decide(needed, choose)
    hole.decide(choose)
