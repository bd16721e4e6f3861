"""Equations: known formulas with the ranges of their variables, and data drawn from them, the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...spaces.formulas import Formula, Formulas, parse_formula
from ...spaces.formulas.numpy_evaluation import numpy_values
from ...spaces.formulas.units import Unit

Floats = NDArray[np.float64]

#: The operators that the benchmarks of symbolic regression offer.
OPERATORS = ("add", "subtract", "multiply", "divide", "sin", "cos", "exp", "log", "sqrt")

#: The streams of random numbers of one seed.
_VARIABLES, _NOISE, _HELD_OUT = range(3)
#: How many nodes a space offers beyond those of the equation, and the least that it offers.
_MARGIN, _LEAST = 4, 20


@dataclass(frozen=True)
class Sampling:
    """How a variable is sampled: uniformly between two numbers, or in even steps from the one to the other.

    Raises `ValueError` for a range that is empty or infinite.

    >>> Sampling(-1, 1, even=True).column(np.zeros(3)).tolist()
    [-1.0, 0.0, 1.0]
    """

    low: float
    high: float
    even: bool = False

    def __post_init__(self) -> None:
        if not -math.inf < self.low < self.high < math.inf:
            raise ValueError(f"a variable cannot be sampled from {self.low} to {self.high}: give finite low < high")

    def column(self, uniform: Floats) -> Floats:
        """One number for each of the uniform numbers in [0, 1); even steps do not look at them."""
        if self.even:
            return np.linspace(self.low, self.high, len(uniform))
        width = (self.high - self.low) * uniform  # in two steps: fused ones would round otherwise on other machines
        return np.asarray(self.low + width)

    def stretched(self, times: float) -> Sampling:
        """The range about the same middle, `times` as wide."""
        middle, half = (self.low + self.high) / 2, times * (self.high - self.low) / 2
        return Sampling(middle - half, middle + half, self.even)


@dataclass(frozen=True)
class Equation:
    """A formula that data came from: its text, the ranges of its variables, and the operators to look for it with.

    `rows` is how many rows its source draws, `tested` the ranges of held-out rows where they differ. `units` maps
    variables and the target to their units, powers of base units or a text such as "kg m/s2", where they are known.

    >>> law = Equation("line", "2*x + 1", {"x": Sampling(0, 1)}, ("add", "multiply"))
    >>> X, y = law.sample(3, seed=0)
    >>> bool((y == 2 * X[:, 0] + 1).all()), law.space().contains(law.formula)
    (True, True)
    """

    name: str
    text: str
    ranges: Mapping[str, Sampling] = field(hash=False)
    operators: tuple[str, ...] = OPERATORS
    rows: int = 20
    target: str = "y"
    tested: Mapping[str, Sampling] = field(default_factory=dict, hash=False)
    units: Mapping[str, Unit] = field(default_factory=dict, hash=False)
    source: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in the order of the columns."""
        return tuple(self.ranges)

    @cached_property
    def formula(self) -> Formula:
        """The equation as a formula; its numbers are literals."""
        numbers = parse_formula(self.text, self.variables).numbers
        return parse_formula(self.text, self.variables, literals=numbers)

    @property
    def positive(self) -> bool:
        """Whether no variable is ever negative."""
        return all(sampling.low >= 0 for sampling in self.ranges.values())

    # -- data --------------------------------------------------------------------------------------------------------

    def sample(self, rows: int | None = None, seed: int = 0, noise: float = 0.0) -> tuple[Floats, Floats]:
        """Rows of the variables, (rows, variables), and the target, (rows,), the same on every machine.

        A larger sample of uniform variables begins with the smaller ones of its seed. Normal noise is added with
        `noise` times the standard deviation of the target. Raises `ValueError` for no rows, negative noise, and where
        the equation is not finite.
        """
        if not 0 <= noise < math.inf:
            raise ValueError(f"noise={noise}: it is a share of the standard deviation of the target, 0 or more")
        X, y = self._drawn(self.ranges, self.rows if rows is None else rows, seed, _VARIABLES)
        if noise:
            y = y + noise * float(np.std(y)) * _generator(seed, _NOISE).standard_normal(len(y))
        return X, y

    def held_out(self, rows: int = 1000, seed: int = 0) -> tuple[Floats, Floats]:
        """Other rows, without noise: from the ranges that the source tests on where it names some, else the same."""
        return self._drawn({**self.ranges, **self.tested}, rows, seed, _HELD_OUT)

    def _drawn(self, ranges: Mapping[str, Sampling], rows: int, seed: int, stream: int) -> tuple[Floats, Floats]:
        if rows < 1:
            raise ValueError(f"rows={rows}: a sample of {self.name!r} needs at least one row")
        uniform = _generator(seed, stream).random((rows, len(ranges)))
        X = np.column_stack([ranges[name].column(uniform[:, i]) for i, name in enumerate(self.variables)])
        y = plain_values(self.formula, X)
        if not np.isfinite(y).all():
            row = dict(zip(self.variables, X[int(np.argmin(np.isfinite(y)))].tolist(), strict=True))
            raise ValueError(f"the equation {self.name!r}, {self.text}, is not finite at {row}: narrow its ranges")
        return X, y

    # -- space -------------------------------------------------------------------------------------------------------

    @property
    def literals(self) -> tuple[float, ...]:
        """1 and the numbers of the equation, ascending."""
        return tuple(sorted({1.0, *self.formula.numbers}))

    def space(self, *, balanced: bool = False, **settings: Any) -> Formulas:
        """The space in which the equation is looked for: its variables, operators and numbers, and a few nodes more.

        Operators that only the equation itself has are added to those of its set. `balanced`: only formulas whose units
        are right. `settings` are those of `Formulas`. Raises `ValueError` for an equation whose units are not known.
        """
        own = [part for part in _names(self.formula) if part not in self.operators]
        given = {"literals": self.literals, "max_size": max(_LEAST, self.formula.size + _MARGIN), **settings}
        if balanced:
            given = {**self._balance(), **given}
        return Formulas(self.variables, given.pop("operators", (*self.operators, *own)), **given)

    def _balance(self) -> dict[str, Any]:
        if not self.units:
            raise ValueError(f"the units of {self.name!r} are not known: leave out balanced=True, or give it units")
        return {"units": {name: self.units[name] for name in self.variables}, "target": self.units[self.target]}


def _names(formula: Formula) -> Iterable[str]:
    """The names of the operators of a formula, each once."""
    vocabulary = formula.vocabulary
    return dict.fromkeys(vocabulary.name(code) for code in formula.symbols() if vocabulary.arity(code))


def plain_values(formula: Formula, X: Floats) -> Floats:
    """The values of a formula for rows of its variables by NumPy alone, whatever else is installed: (rows,)."""
    with np.errstate(all="ignore"):
        return np.array(numpy_values(formula.symbols(), formula.numbers, X.T, own=formula.vocabulary.own))


def _generator(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([seed, stream]))


def uniform(**ranges: tuple[float, float]) -> dict[str, Sampling]:
    """Variables that are sampled uniformly.

    >>> uniform(x=(-1, 1))
    {'x': Sampling(low=-1, high=1, even=False)}
    """
    return {name: Sampling(*ends) for name, ends in ranges.items()}


def even(**ranges: tuple[float, float]) -> dict[str, Sampling]:
    """Variables that are sampled in even steps, ends included."""
    return {name: Sampling(*ends, even=True) for name, ends in ranges.items()}
