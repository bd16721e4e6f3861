"""One decision in several places, and holes whose options follow from earlier decisions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from .abstract import ABSENT, Record, Space, equal
from .choosers import Chooser
from .errors import OutsideSpace, SpaceError
from .paths import Step
from .programs import build, head_name, space_of, symbolize


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
            choose.scope[self] = self.part.decide(choose)
        return choose.scope[self]

    def recognize(self, value: Any, record: Record) -> None:
        if self not in record.scope:
            self.part.recognize(value, record)
            record.scope[self] = value
        elif not equal(record.scope[self], value):
            raise OutsideSpace(value, f"another use of {self!r} holds {record.scope[self]!r}")

    def children(self) -> Sequence[tuple[Step, Any]]:
        return (("shared", self.part),)

    def kinds(self) -> frozenset[Any] | None:
        return self.part.kinds()

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        if self in scope:
            return iter([(scope, ())])
        return (({**scope, self: value}, ()) for value in self.part.enumerate())

    def with_parts(self, parts: Sequence[Any]) -> Shared:
        return Shared(parts[0], self.name)

    @property
    def entangled(self) -> bool:
        return True

    @property
    def finite(self) -> bool:
        return self.part.finite

    def encode(self, value: Any, out: list[float]) -> None:
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
        self.function, self.on = function, on
        self._resolved: dict[tuple[Hashable, ...], Space] = {}

    def resolve(self, scope: dict[Space, Any]) -> Space:
        """The space that the decided values in `scope` make of this hole."""
        missing = [hole for hole in self.on if hole not in scope]
        if missing:
            raise SpaceError(f"{self!r} needs {missing[0]!r}, which no earlier part of the program decides")
        values = tuple(scope[hole] for hole in self.on)
        key = tuple(hole.key(value) for hole, value in zip(self.on, values, strict=True))
        known = self._resolved.get(key)
        if known is None:
            if len(self._resolved) >= 4096:
                self._resolved.clear()
            known = self._resolved[key] = space_of(symbolize(self.function(*map(build, values))))
        return known

    def decide(self, choose: Chooser) -> Any:
        return self.resolve(choose.scope).decide(choose)

    def recognize(self, value: Any, record: Record) -> None:
        self.resolve(record.scope).recognize(value, record)

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        yield scope, [self.resolve(scope)]

    @property
    def entangled(self) -> bool:
        return True

    @property
    def finite(self) -> bool:
        """Whether every space that the values can lead to is finite; where that cannot be listed, no."""
        return all(hole.finite for hole in self.on) and all(space.finite for space in self._possible())

    def _possible(self) -> Iterator[Space]:
        from itertools import product

        free = [hole.part for hole in self.on if not hole.part.entangled]
        if len(free) < len(self.on):
            return
        for values in product(*(part.enumerate() for part in free)):
            yield self.resolve(dict(zip(self.on, values, strict=True)))

    def encode(self, value: Any, out: list[float]) -> None:
        """The decisions of the value in a fixed number of slots, since the space behind them varies."""
        slots = [0.0] * self.width
        if value is not ABSENT:
            for i, (_, part) in enumerate(_leaves(value)):
                number = part if isinstance(part, int | float) else (hash(space_of(part)) % 1009) / 1009
                slots[i % self.width] += float(number)
        out.extend(slots)

    def __repr__(self) -> str:
        return f"Dependent({head_name(self.function)}, {', '.join(map(repr, self.on))})"


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    from .programs import Program

    parts = value.walk() if value.__class__ is Program else iter([((), value)])
    return ((path, part) for path, part in parts if part.__class__ is not Program)
