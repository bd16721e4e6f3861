"""The elementary holes: one of several options, an integer, a real number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from random import Random
from typing import Any

from .abstract import ABSENT, Position, Record, Space, equal
from .choosers import Chooser, weighted_index
from .errors import NoOtherMember, OutsideSpace, SpaceError
from .paths import Step
from .programs import Program, head_name, is_open, symbolize

_STEPS = (0.1, 0.01, 0.001)


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
        self.options = tuple([symbolize(option) for option in options])
        self.holed = tuple([is_open(option) for option in self.options])
        self.closed = self._index_closed()
        self.weights = None if weights is None else _checked_weights(weights, len(options))

    def _index_closed(self) -> dict[tuple[type, Any], int]:
        closed: dict[tuple[type, Any], int] = {}
        for i, option in enumerate(self.options):
            if self.holed[i]:
                continue
            try:
                first = closed.setdefault((option.__class__, option), i)
            except TypeError:  # unhashable options are looked up one by one
                first = next((j for j in range(i) if equal(self.options[j], option)), i)
            if first != i:
                raise SpaceError(f"Choice has the option {option!r} twice: options must differ")
        return closed

    def decide(self, choose: Chooser) -> Any:
        i = choose.index(len(self.options), self, self.weights) if len(self.options) > 1 else 0
        option = self.options[i]
        return option.decide(choose) if self.holed[i] else option

    def recognize(self, value: Any, record: Record) -> None:
        i = self._closed_index(value)
        if i is not None:
            if len(self.options) > 1:
                record.append((self, i))
            return
        candidates = self._candidates(value)
        refusals = []
        for i in candidates:
            mark, scope = len(record), dict(record.scope)
            if len(self.options) > 1:
                record.append((self, i))
            try:
                self.options[i].recognize(value, record)
                return
            except OutsideSpace as refusal:
                del record[mark:]
                record.scope = scope
                refusals.append(refusal)
        raise refusals[0] if len(refusals) == 1 else OutsideSpace(value, f"it fits no option of {self!r}")

    def _closed_index(self, value: Any) -> int | None:
        try:
            return self.closed.get((value.__class__, value))
        except TypeError:
            matches = (i for i, option in enumerate(self.options) if not self.holed[i] and equal(option, value))
            return next(matches, None)

    def _candidates(self, value: Any) -> Sequence[int]:
        """The open options that may have made `value`: programs by their head, and every other hole."""
        if value.__class__ is Program:
            return self._open_by_head.get(value.head, self._open_holes)
        return self._open_holes

    @cached_property
    def _open_holes(self) -> list[int]:
        return [i for i, option in enumerate(self.options) if self.holed[i] and option.__class__ is not Program]

    @cached_property
    def _open_by_head(self) -> dict[Any, list[int]]:
        programs = [(i, option) for i, option in enumerate(self.options) if option.__class__ is Program]
        heads = {option.head: None for i, option in programs if self.holed[i]}
        fitting = {head: [i for i, o in programs if self.holed[i] and o.head is head] for head in heads}
        return {head: sorted([*indices, *self._open_holes]) for head, indices in fitting.items()}

    def which(self, value: Any) -> int:
        """The index of the option that made `value`, a member."""
        i = self._closed_index(value)
        if i is not None:
            return i
        candidates = self._candidates(value)
        if len(candidates) == 1:
            return candidates[0]
        for i in candidates:
            if self.options[i].contains(value):
                return i
        raise OutsideSpace(value, f"it fits no option of {self!r}")

    def children(self) -> Sequence[tuple[Step, Any]]:
        """The options, named by their heads (the second of the same head is `head_2`) and otherwise by their index."""
        names: list[Step] = []
        for i, option in enumerate(self.options):
            name = head_name(option.head) if option.__class__ is Program else i
            same_head = sum(1 for other in self.options[:i] if option.__class__ is Program is other.__class__ and
                            other.head is option.head)  # fmt: skip
            names.append(f"{name}_{same_head + 1}" if same_head else name)
        return tuple(zip(names, self.options, strict=True))

    @cached_property
    def entangled(self) -> bool:  # type: ignore[override]
        return any(option.entangled for option, is_hole in zip(self.options, self.holed, strict=True) if is_hole)

    @cached_property
    def finite(self) -> bool:  # type: ignore[override]
        return all(option.finite for option, is_hole in zip(self.options, self.holed, strict=True) if is_hole)

    @cached_property
    def overlapping(self) -> bool:
        """Whether two options may share a member."""
        from .counting import may_overlap

        options = [o for o, is_hole in zip(self.options, self.holed, strict=True) if is_hole]
        others = [o for o, is_hole in zip(self.options, self.holed, strict=True) if not is_hole]
        pairs = [(a, b) for i, a in enumerate(options) for b in [*options[:i], *others]]
        return any(may_overlap(a, b) for a, b in pairs)

    @cached_property
    def _size(self) -> int | float:
        from .counting import count_distinct

        if self.overlapping:
            return count_distinct(self)
        return sum(
            option.own_size() if is_hole else 1 for option, is_hole in zip(self.options, self.holed, strict=True)
        )

    def own_size(self) -> int | float:
        return self._size

    @property
    def leaf(self) -> bool:
        return len(self.options) > 1 and True not in self.holed

    def kinds(self) -> frozenset[Any] | None:
        known = [_kinds_of(option) for option in self.options]
        return None if None in known else frozenset().union(*(kinds for kinds in known if kinds))

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        return ((scope, [option]) for option in self.options)

    def with_parts(self, parts: Sequence[Any]) -> Choice:
        return Choice(*parts, weights=self.weights)

    def places(self, value: Any, position: Position, out: list[tuple[Position, Space]]) -> None:
        if len(self.options) > 1:
            out.append((position, self))
        if True in self.holed:
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
            i = int(rng.random() * (len(self.options) - 1))
            return i + (i >= old)
        rest = [0.0 if i == old else weight for i, weight in enumerate(self.weights)]
        return weighted_index(rest, rng.random())

    def alternatives(self, value: Any) -> Iterator[Any]:
        old = self.which(value)
        for i, option in enumerate(self.options):
            if i != old:
                other = option.simplest() if self.holed[i] else option
                if not equal(other, value):
                    yield other

    def cross(self, first: Any, second: Any, rng: Random) -> Any:
        if True in self.holed:
            i = self.which(first)
            if self.holed[i] and i == self.which(second):
                return self.options[i].cross(first, second, rng)
        return first if rng.random() < 0.5 else second

    def encode(self, value: Any, out: list[float]) -> None:
        chosen = None if value is ABSENT else self.which(value)
        if len(self.options) > 1:
            out.extend(1.0 if i == chosen else 0.0 for i in range(len(self.options)))
        for i, option in enumerate(self.options):
            if self.holed[i]:
                option.encode(value if i == chosen else ABSENT, out)

    def title(self) -> str:
        return "Choice" if self.weights is None else f"Choice, weights {list(self.weights)}"

    def __repr__(self) -> str:
        weights = "" if self.weights is None else f", weights={list(self.weights)}"
        return f"Choice({', '.join(map(repr, self.options))}{weights})"


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


def jump(u: float, low: float, high: float, rng: Random) -> float:
    """A step from `u` within `[low, high]`: Gaussian, its scale log-uniform from 0.1 % to 100 % of the range.

    Small scales refine, large ones explore; steps beyond a bound are reflected.
    """
    width = high - low
    step = (u - low + rng.gauss(0.0, width * 10 ** (-3 * rng.random()))) % (2 * width)
    return low + (step if step <= width else 2 * width - step)


class Integer(Space):
    """An integer from `low` to `high`, both included; `log` draws in log space, `step` keeps every step-th.

    Raises `SpaceError` for bounds that are no integers or the wrong way round.

    >>> list(Integer(2, 8, step=3).enumerate())
    [2, 5, 8]
    """

    def __init__(self, low: int, high: int, *, step: int = 1, log: bool = False) -> None:
        for name, bound in (("low", low), ("high", high), ("step", step)):
            if isinstance(bound, bool) or not hasattr(bound, "__index__"):
                raise SpaceError(f"Integer({low!r}, {high!r}): {name} must be an integer, not {bound!r}")
        self.low, self.step, self.log = int(low), int(step), log
        if high < low or step < 1:
            raise SpaceError(f"Integer({low}, {high}, step={step}): the bounds are the wrong way round, or no step")
        if log and (low < 1 or step != 1):
            raise SpaceError(f"Integer({low}, {high}, log=True): low must be at least 1, and step 1")
        self.n = (int(high) - self.low) // self.step + 1
        self.high = self.low + (self.n - 1) * self.step
        if log:
            self._log_low, self._log_high = math.log(self.low - 0.5), math.log(self.high + 0.5)

    def decide(self, choose: Chooser) -> int:
        if self.n == 1:
            return self.low
        if self.log:
            return self._rounded(choose.real(self._log_low, self._log_high, self))
        return self.low + self.step * choose.index(self.n, self)

    def _rounded(self, u: float) -> int:
        return min(max(round(math.exp(u)), self.low), self.high)

    def recognize(self, value: Any, record: Record) -> None:
        if value.__class__ is not int:
            raise OutsideSpace(value, f"{self!r} holds integers")
        if not self.low <= value <= self.high or (value - self.low) % self.step:
            raise OutsideSpace(value, f"it is not in {self!r}")
        if self.n > 1:
            record.append((self, math.log(value) if self.log else (value - self.low) // self.step))

    def own_size(self) -> int:
        return self.n

    def kinds(self) -> frozenset[Any]:
        return frozenset({int})

    def change(self, value: int, rng: Random) -> int:
        if self.log:
            new = self._rounded(jump(math.log(value), self._log_low, self._log_high, rng))
        else:
            i = (value - self.low) // self.step
            new = self.low + self.step * round(jump(float(i), -0.5, self.n - 0.5, rng))
        new = min(max(new, self.low), self.high)
        return new if new != value else self._adjacent(value, rng)

    def _adjacent(self, value: int, rng: Random) -> int:
        nearest = [v for v in (value - self.step, value + self.step) if self.low <= v <= self.high]
        return nearest[int(rng.random() * len(nearest))]

    def alternatives(self, value: int) -> Iterator[int]:
        strides = [1, *(round(self.n * share) for share in reversed(_STEPS) if self.n * share >= 2)]
        offsets = [sign * stride * self.step for stride in strides for sign in (-1, 1)]
        return iter(dict.fromkeys(value + d for d in offsets if self.low <= value + d <= self.high))

    def enumerate(self) -> Iterator[int]:
        return iter(range(self.low, self.high + 1, self.step))

    def encode(self, value: Any, out: list[float]) -> None:
        if value is ABSENT or self.n == 1:
            out.append(0.0)
        elif self.log:
            out.append((math.log(value) - self._log_low) / (self._log_high - self._log_low))
        else:
            out.append((value - self.low) / (self.high - self.low))

    def __repr__(self) -> str:
        extra = (f", step={self.step}" if self.step != 1 else "") + (", log=True" if self.log else "")
        return f"Integer({self.low}, {self.high}{extra})"


class LogDecision(float):
    """A decision in log space that remembers the number it came from, so that tracing and deciding invert exactly."""

    __slots__ = ("number",)
    number: float

    def __new__(cls, number: float) -> LogDecision:
        self = super().__new__(cls, math.log(number))
        self.number = number
        return self


class Real(Space):
    """A real number from `low` to `high`; `log` decides in log space, `step` keeps a grid.

    Raises `SpaceError` for bounds that are infinite or the wrong way round.

    >>> list(Real(0, 1, step=0.25).enumerate())
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """

    def __init__(self, low: float, high: float, *, log: bool = False, step: float | None = None) -> None:
        try:
            self.low, self.high = float(low), float(high)
        except (TypeError, ValueError):
            raise SpaceError(f"Real({low!r}, {high!r}): the bounds must be numbers") from None
        self.log, self.step = log, None if step is None else float(step)
        described = f"Real({low!r}, {high!r}{', log=True' if log else ''}{f', step={step!r}' if step else ''})"
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise SpaceError(f"{described}: the bounds must be finite")
        if self.high < self.low:
            raise SpaceError(f"{described}: the bounds are the wrong way round")
        if log and self.low <= 0:
            raise SpaceError(f"{described}: a logarithmic range must lie above 0")
        if self.step is not None and (log or not self.step > 0):
            raise SpaceError(f"{described}: a step must be positive, and has no meaning in log space")
        self.n = None if self.step is None else math.floor((self.high - self.low) / self.step + 1e-9) + 1
        if self.low == self.high:
            self.n = 1
        self._u_low, self._u_high = (math.log(self.low), math.log(self.high)) if log else (self.low, self.high)

    def decide(self, choose: Chooser) -> float:
        if self.n is not None:
            return self._grid(choose.index(self.n, self) if self.n > 1 else 0)
        return self._number(choose.real(self._u_low, self._u_high, self))

    def _grid(self, i: int) -> float:
        return round(self.low + i * self.step, 12) if i and self.step else self.low

    def _number(self, u: float) -> float:
        if not self.log:
            return float(u)
        if isinstance(u, LogDecision):
            return u.number
        return min(max(math.exp(u), self.low), self.high)

    def recognize(self, value: Any, record: Record) -> None:
        if value.__class__ is not float and value.__class__ is not int:
            raise OutsideSpace(value, f"{self!r} holds numbers")
        if not self.low <= value <= self.high:
            raise OutsideSpace(value, f"it is not in {self!r}")
        if self.n is None:
            record.append((self, LogDecision(float(value)) if self.log else float(value)))
            return
        i = round((value - self.low) / self.step) if self.step else 0
        if self._grid(i) != value:
            raise OutsideSpace(value, f"it is not on the grid of {self!r}")
        if self.n > 1:
            record.append((self, i))

    @property
    def finite(self) -> bool:
        return self.n is not None

    def own_size(self) -> int | float:
        return math.inf if self.n is None else self.n

    def kinds(self) -> frozenset[Any]:
        return frozenset({int, float})

    def change(self, value: float, rng: Random) -> float:
        if self.n is not None:
            i = round((value - self.low) / (self.step or 1))
            return self._grid(Integer(0, self.n - 1).change(i, rng))
        u = math.log(value) if self.log else value
        for _ in range(100):
            new = self._number(min(max(jump(u, self._u_low, self._u_high, rng), self._u_low), self._u_high))
            if new != value:
                return new
        return self.low if value != self.low else self.high

    def alternatives(self, value: float) -> Iterator[float]:
        if self.n is not None:
            i = round((value - self.low) / (self.step or 1))
            return (self._grid(j) for j in Integer(0, self.n - 1).alternatives(i))
        u, width = math.log(value) if self.log else value, self._u_high - self._u_low
        moves = [u + sign * width * share for share in _STEPS for sign in (-1, 1)]
        found = [self._number(min(max(v, self._u_low), self._u_high)) for v in moves]
        return iter(dict.fromkeys(v for v in found if v != value))

    def encode(self, value: Any, out: list[float]) -> None:
        if value is ABSENT or self._u_low == self._u_high:
            out.append(0.0)
        else:
            out.append(((math.log(value) if self.log else value) - self._u_low) / (self._u_high - self._u_low))

    def __repr__(self) -> str:
        extra = (", log=True" if self.log else "") + (f", step={self.step!r}" if self.step is not None else "")
        return f"Real({self.low!r}, {self.high!r}{extra})"
