"""Constraints between decisions, met by bounded rejection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from .abstract import Features, Position, Record, Space
from .choosers import Chooser
from .counting import MustList, count_distinct
from .errors import OutsideSpace, SpaceError, Unsatisfied
from .moves import FROM_AFAR, from_afar
from .paths import Step
from .programs import head_name, is_open, shorten
from .values import qualified_name


class Where(Space):
    """The members of a space for which a predicate holds; made by `space.where(predicate)`.

    The predicate is given the program (which reads like the value it builds: `p["a"]`, `len(p["layers"])`) and must be
    deterministic. A random draw is repeated up to `attempts` times, then `Unsatisfied` says what was tried.

    >>> from inlay.spaces import Integer, space
    >>> pairs = space({"a": Integer(1, 3), "b": Integer(1, 3)}).where(lambda p: p["a"] < p["b"])
    >>> pairs.size(), pairs.contains({"a": 3, "b": 1})
    (3, False)
    """

    def __init__(self, part: Space, predicate: Callable[[Any], bool], *, attempts: int = 1000) -> None:
        if not callable(predicate):
            raise SpaceError(f"where({predicate!r}): a constraint is a function of the program that returns a bool")
        if attempts < 1:
            raise SpaceError(f"where(..., attempts={attempts}): at least one attempt is needed")
        self.part, self.predicate, self.attempts = part, predicate, attempts

    def holds(self, value: Any) -> bool:
        """Whether the predicate holds; an exception of the predicate says on which program it happened."""
        try:
            return bool(self.predicate(value))
        except Exception as error:
            error.add_note(f"while the constraint {head_name(self.predicate)} looked at {shorten(repr(value))}")
            raise

    def decide(self, choose: Chooser) -> Any:
        attempts = min(choose.attempts, self.attempts)
        mark = choose.mark()
        for attempt in range(attempts):
            if attempt:
                choose.rewind(mark)
            value = self.part.decide(choose)
            if choose.leaves_open and is_open(value):
                return self.with_parts([value])
            if self.holds(value):
                return value
        raise Unsatisfied(
            f"the constraint {head_name(self.predicate)} refused {attempts} of {attempts} fillings, the last one "
            f"{shorten(repr(value))}: loosen it, or describe the space so that more fillings satisfy it"
        )

    def recognize(self, value: Any, record: Record) -> None:
        self.part.recognize(value, record)
        if not self.holds(value):
            raise OutsideSpace(value, f"the constraint {head_name(self.predicate)} does not hold")

    def children(self) -> Sequence[tuple[Step, Any]]:
        return (("where", self.part),)

    @property
    def entangled(self) -> bool:
        return self.part.entangled

    @property
    def constrained(self) -> bool:
        return True

    @property
    def loose(self) -> bool:
        return self.part.loose

    def canonical(self, value: Any) -> Any:
        return self.part.canonical(value)

    @property
    def finite(self) -> bool:
        return self.part.finite

    def own_size(self) -> int | float:
        return count_distinct(self)

    @property
    def varies(self) -> bool:
        """Whether the part does: what the constraint leaves of it is not known without listing."""
        return self.part.varies

    def kinds(self) -> frozenset[Any] | None:
        return self.part.kinds()

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        raise MustList

    def with_parts(self, parts: Sequence[Any]) -> Where:
        return Where(parts[0], self.predicate, attempts=self.attempts)

    def places(self, value: Any, position: Position, out: list[tuple[Position, Space]]) -> None:
        inner: list[tuple[Position, Space]] = []
        self.part.places(value, position, inner)
        out.extend((position, self) for _ in inner)  # as many chances as the part has, each behind the constraint

    def change(self, value: Any, rng: Random) -> Any:
        """A change of the part that the constraint allows; at times, or where there is none, a member from afar."""
        for _ in range(min(self.attempts, 200) if rng.random() >= FROM_AFAR else 0):
            other = self.part.mutate(value, rng)
            if self.holds(other):
                return other
        return from_afar(self, value, rng)

    def alternatives(self, value: Any) -> Iterator[Any]:
        return (other for other in self.part.neighbors(value) if self.holds(other))

    def cross(self, first: Any, second: Any, rng: Random) -> Any:
        for _ in range(20):
            child = self.part.cross(first, second, rng)
            if self.holds(child):
                return child
        return first if rng.random() < 0.5 else second

    def encode(self, value: Any, out: Features) -> None:
        self.part.encode(value, out)

    def title(self) -> str:
        return f"Where {head_name(self.predicate)}"

    def setting(self) -> str:
        return f"Where {qualified_name(self.predicate)}"

    def __repr__(self) -> str:
        attempts = "" if self.attempts == 1000 else f", attempts={self.attempts}"
        return f"Where({self.part!r}, {head_name(self.predicate)}{attempts})"
