"""Ranges of numbers: integers and reals, linear or logarithmic, on a grid or continuous."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from typing import Any

from .abstract import ABSENT, Features, Record, Space
from .choosers import Chooser, Decision
from .errors import OutsideSpace, SpaceError

_STEPS = (0.1, 0.01, 0.001)
_LARGEST = 10**300  # integers up to here have a logarithm that floats can undo
_FINEST = 1e-13  # of a number's size: numbers on a finer grid than this read the same


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
        if log and (low < 1 or step != 1 or high > _LARGEST):
            raise SpaceError(f"Integer({low}, {high}, log=True): the bounds must lie from 1 to 1e300, and step be 1")
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
        if isinstance(u, LogDecision) and u.number.__class__ is int and self.low <= u.number <= self.high:
            return u.number
        return min(max(round(math.exp(u)), self.low), self.high)

    def recognize(self, value: Any, record: Record) -> None:
        if value.__class__ is not int:
            raise OutsideSpace(value, f"{self!r} holds integers")
        if not self.low <= value <= self.high or (value - self.low) % self.step:
            raise OutsideSpace(value, f"it is not in {self!r}")
        if self.n > 1:
            record.append((self, LogDecision(value) if self.log else (value - self.low) // self.step))

    def own_size(self) -> int:
        return self.n

    @property
    def varies(self) -> bool:
        return self.n > 1

    @property
    def leaf(self) -> bool:
        return self.n > 1

    def kinds(self) -> frozenset[Any]:
        return frozenset({int})

    def bounds(self) -> tuple[float, float]:
        return self.low, self.high

    def decision_at(self, i: int) -> Decision:
        return LogDecision(self.low + i) if self.log else i

    def change(self, value: int, rng: Random) -> int:
        """A Gaussian step of random scale, at least to the next integer."""
        if self.n > _LARGEST:
            new = self.low + self.step * rng.randrange(self.n)
        elif self.log:
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

    def encode(self, value: Any, out: Features) -> None:
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

    def __getnewargs__(self) -> tuple[float]:
        return (self.number,)


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
        if not math.isfinite(self.high - self.low):
            raise SpaceError(f"{described}: the bounds, and the width between them, must be finite")
        if self.high < self.low:
            raise SpaceError(f"{described}: the bounds are the wrong way round")
        if log and self.low <= 0:
            raise SpaceError(f"{described}: a logarithmic range must lie above 0")
        if self.step is not None and (log or not 0 < self.step < math.inf):
            raise SpaceError(f"{described}: a step must be positive, and has no meaning in log space")
        self.n = None if self.step is None else self._count_steps(described)
        if self.low == self.high:
            self.n = 1
        self._u_low, self._u_high = (math.log(self.low), math.log(self.high)) if log else (self.low, self.high)

    def _count_steps(self, described: str) -> int:
        steps = (self.high - self.low) / (self.step or 1.0)
        if steps > 1e15 or (self.step or 1.0) < _FINEST * max(abs(self.low), abs(self.high)):
            raise SpaceError(f"{described}: the step is too small for the range: numbers cannot tell the grid apart")
        return math.floor(steps * (1 + 1e-12) + 1e-9) + 1

    def decide(self, choose: Chooser) -> float:
        if self.n is not None:
            return self._grid(choose.index(self.n, self) if self.n > 1 else 0)
        return self._number(choose.real(self._u_low, self._u_high, self))

    def _grid(self, i: int) -> float:
        """The `i`-th number of the grid, as short as its 15 certain digits allow: 0.3, not 0.30000000000000004."""
        return min(float(f"{self.low + i * self.step:.15g}"), self.high) if i and self.step else self.low

    def _number(self, u: float) -> float:
        if self.log:
            u = u.number if isinstance(u, LogDecision) else math.exp(u)
        return float(min(max(u, self.low), self.high))

    def recognize(self, value: Any, record: Record) -> None:
        if value.__class__ is not float and value.__class__ is not int:
            raise OutsideSpace(value, f"{self!r} holds numbers")
        if not self.low <= value <= self.high:
            raise OutsideSpace(value, f"it is not in {self!r}")
        if self.n is None:
            record.append((self, LogDecision(float(value)) if self.log else float(value)))
            return
        i = self._index(value)
        if self.step and abs(self._grid(i) - value) > 1e-9 * self.step:
            raise OutsideSpace(value, f"it is not on the grid of {self!r}")
        if self.n > 1:
            record.append((self, i))

    def narrowed(self, low: float, high: float) -> Real:
        """The part of this range from `low` to `high`, on the same grid; raises `SpaceError` where that is empty."""
        if self.n is None or not self.step:
            return Real(low, high, log=self.log)
        first = math.ceil((low - self.low) / self.step - 1e-9)
        if first >= self.n or self._grid(first) > high:
            raise SpaceError(f"({low}, {high}) holds no member of {self!r}")
        return Real(self._grid(first), high, step=self.step)

    def _index(self, value: float) -> int:
        return min(round((value - self.low) / self.step), (self.n or 1) - 1) if self.step else 0

    @property
    def loose(self) -> bool:
        """Integers and sums of steps are recognised as the numbers that they are."""
        return True

    def canonical(self, value: Any) -> float:
        return float(value) if self.n is None else self._grid(self._index(value))

    @property
    def finite(self) -> bool:
        return self.n is not None

    def own_size(self) -> int | float:
        return math.inf if self.n is None else self.n

    @property
    def varies(self) -> bool:
        return self.n != 1

    @property
    def leaf(self) -> bool:
        return self.n != 1

    def kinds(self) -> frozenset[Any]:
        return frozenset({int, float})

    def bounds(self) -> tuple[float, float]:
        return self.low, self.high

    def change(self, value: float, rng: Random) -> float:
        if self.n is not None:
            return self._grid(Integer(0, self.n - 1).change(self._index(value), rng))
        u = math.log(value) if self.log else value
        for _ in range(100):
            new = self._number(min(max(jump(u, self._u_low, self._u_high, rng), self._u_low), self._u_high))
            if new != value:
                return new
        return self.low if value != self.low else self.high

    def alternatives(self, value: float) -> Iterator[float]:
        if self.n is not None:
            return (self._grid(j) for j in Integer(0, self.n - 1).alternatives(self._index(value)))
        u, width = math.log(value) if self.log else value, self._u_high - self._u_low
        moves = [u + sign * width * share for share in _STEPS for sign in (-1, 1)]
        found = [self._number(min(max(v, self._u_low), self._u_high)) for v in moves]
        return iter(dict.fromkeys(v for v in found if v != value))

    def encode(self, value: Any, out: Features) -> None:
        if value is ABSENT or self._u_low == self._u_high:
            out.append(0.0)
        else:
            out.append(((math.log(value) if self.log else value) - self._u_low) / (self._u_high - self._u_low))

    def __repr__(self) -> str:
        extra = (", log=True" if self.log else "") + (f", step={self.step!r}" if self.step is not None else "")
        return f"Real({self.low!r}, {self.high!r}{extra})"
