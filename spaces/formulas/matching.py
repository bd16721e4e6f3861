"""Matching: the formulas that give wanted values exactly, found by meeting a library in the middle.

A wanted column y is taken apart by undoing one operator at a time (y = exp(t), y = g + t, y = g * t, ...), and what
remains is looked up in a library of short formulas, up to a factor and a shift. So formulas twice as long as those of
the library are found without being listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .formula import Formula, whole
from .library import Floats, Library, joined, lengths, weighted
from .operators import BY_NAME, CONSTANT, LITERAL

Bools = NDArray[np.bool_]
#: How closely the values of a match must agree with those wanted, in proportion to their spread.
TOLERANCE = 1e-7
#: How many pairs of a sweep are looked at together.
SWEEP = 50_000


class Target(NamedTuple):
    """Values that are wanted, and how the whole formula is made of one that has them, which takes `cost` nodes."""

    values: Floats
    finish: Callable[[Formula], Formula]
    cost: int


def _code(name: str) -> int:
    return BY_NAME[name].code


@dataclass(frozen=True)
class Inverse:
    """An operator of one argument, and what undoes it where that is defined."""

    name: str
    undo: Callable[[Floats], Floats]
    defined: Callable[[Floats], Bools]


#: Operators that can be undone.
INVERSES = (
    Inverse("exp", np.log, lambda y: y > 0),
    Inverse("sqrt", np.square, lambda y: y >= 0),
    Inverse("log", np.exp, lambda y: np.abs(y) < 30),
    Inverse("square", np.sqrt, lambda y: y >= 0),
    Inverse("sin", np.arcsin, lambda y: np.abs(y) <= 1),
    Inverse("cos", np.arccos, lambda y: np.abs(y) <= 1),
    Inverse("tanh", np.arctanh, lambda y: np.abs(y) < 1),
    Inverse("arctan", np.tan, lambda y: np.abs(y) < 1.5),
)


@dataclass(frozen=True)
class Split:
    """An operator of two arguments: what must stand beside a known g so that the wanted values come out."""

    rest: Callable[[Floats, Floats], Floats]
    join: Callable[[Formula, Formula], Formula]
    needs: str


#: Ways in which a target y may be made of a known g and an unknown h.
SPLITS = (
    Split(lambda y, g: y - g, lambda g, h: joined(_code("add"), g, h), "add"),
    Split(lambda y, g: y + g, lambda g, h: joined(_code("subtract"), h, g), "subtract"),
    Split(lambda y, g: y / g, lambda g, h: joined(_code("multiply"), g, h), "multiply"),
    Split(lambda y, g: y * g, lambda g, h: joined(_code("divide"), h, g), "divide"),
    Split(lambda y, g: g / y, lambda g, h: joined(_code("divide"), g, h), "divide"),
)


class Match(NamedTuple):
    """A formula that has the wanted values, and how many nodes it has."""

    formula: Formula
    size: int


@dataclass
class Matcher:
    """Finds formulas with the values `wanted` (on the rows of the library), step by step, short ones first.

    Each look-up allows a factor and a shift, which enter as literals where they are round and as constants elsewhere.
    """

    library: Library
    wanted: Floats

    def __post_init__(self) -> None:
        names = set(self.library.operators)
        self.inverses = [inverse for inverse in INVERSES if inverse.name in names]
        self.splits = [split for split in SPLITS if split.needs in names]
        self.whole = Target(self.wanted, lambda formula: formula, 0)

    # -- targets -----------------------------------------------------------------------------------------------------

    def undone(self, target: Target) -> Iterator[Target]:
        """The targets one operator below a target, where it can be undone."""
        if "divide" in self.library.operators and (target.values != 0).all():
            one = whole(LITERAL.to_bytes(2, "little"), (1.0,), self.library.vocabulary)
            finish = _after(target, lambda part: joined(_code("divide"), one, part))
            yield Target(1 / target.values, finish, target.cost + 2)
        for inverse in self.inverses:
            if inverse.defined(target.values).all():
                code = _code(inverse.name)
                finish = _after(target, lambda part, code=code: joined(code, part))  # type: ignore[misc]
                yield Target(inverse.undo(target.values), finish, target.cost + 1)

    def beside(self, target: Target, functions: range) -> Iterator[Target]:
        """The targets that remain beside each of some functions of the library."""
        for i in functions:
            for split in self.splits:
                with np.errstate(all="ignore"):
                    values = split.rest(target.values, self.library.values[i])
                if np.isfinite(values).all():
                    finish = _after(target, lambda part, i=i, s=split: s.join(self.library.formula(i), part))  # type: ignore[misc]
                    yield Target(values, finish, target.cost + 2)

    # -- looking up --------------------------------------------------------------------------------------------------

    def index(self) -> None:
        """Bring the look-up table up to what the library holds now."""
        affine = self.library.affine
        self.order = np.argsort(affine, kind="stable")
        self.sorted = affine[self.order]

    def found(self, values: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which rows of values are a function of the library up to factor and shift, and which function."""
        hashes = self.library.hashing.affine(values)
        places = np.minimum(np.searchsorted(self.sorted, hashes), len(self.sorted) - 1)
        hits = np.flatnonzero((self.sorted[places] == hashes) & (hashes != 0))
        return hits, self.order[places[hits]]

    def direct(self, target: Target) -> Iterator[Match]:
        """The function of the library that a target is, up to factor and shift."""
        for _, h in zip(*self.found(target.values[None, :]), strict=True):
            yield from self._completed(target, int(h), target.values, lambda part: part)

    def sweep(self, target: Target, functions: range) -> Iterator[Match | None]:
        """The matches y = g o h with g among some functions and h in the whole library; None after each piece."""
        for start in range(functions.start, functions.stop, SWEEP):
            part = slice(start, min(functions.stop, start + SWEEP))
            for split in self.splits:
                with np.errstate(all="ignore"):
                    rest = split.rest(target.values, self.library.values[part])
                hits = zip(*self.found(rest), strict=True)
                for g, h in sorted(hits, key=lambda pair: (pair[0] + pair[1], pair[0]))[:3]:
                    known = self.library.formula(start + int(g))
                    join = lambda part, known=known, s=split: s.join(known, part)  # noqa: E731
                    yield from self._completed(target, int(h), rest[g], join)
            yield None

    def _completed(self, target: Target, h: int, values: Floats, join: Callable[[Formula], Formula]) -> Iterator[Match]:
        """The whole formula of a match, where factor and shift really give the values."""
        basis = np.stack([self.library.values[h], np.ones(len(values))], axis=1)
        (factor, shift), *_ = np.linalg.lstsq(basis, values, rcond=None)
        off = np.abs(basis @ [factor, shift] - values).max()
        if off <= TOLERANCE * max(np.ptp(values), 1e-12):
            small = abs(shift) <= 1e-8 * np.abs(values).max()
            formula = target.finish(
                join(scaled(self.library.formula(h), float(factor), 0.0 if small else float(shift)))
            )
            yield Match(formula, formula.size)

    # -- linear combinations -----------------------------------------------------------------------------------------

    def spanned(self, target: Target, basis: Sequence[int], functions: range) -> Iterator[Match]:
        """The matches y = a h + sum of b_i g_i + c with the g_i given and h among some functions, for any factors.

        Random weights that are orthogonal to a constant and to the g_i see of a function only what those do not
        explain; where that of h and of y have one direction, h explains it.
        """
        known = [np.ones(len(target.values)), *[self.library.values[i] for i in basis]]
        q, r = np.linalg.qr(np.stack(known, axis=1))
        if np.abs(np.diag(r)).min() <= 1e-9 * np.abs(r).max():
            return
        weights = self.library.hashing.weights
        weights = weights - q @ (q.T @ weights)
        wanted = target.values @ weights
        sums = weighted(self.library.values[functions.start : functions.stop], weights)
        for h in _alike(sums, wanted)[:3]:
            yield from self._combined(target, [functions.start + int(h), *basis])

    def _combined(self, target: Target, terms: Sequence[int]) -> Iterator[Match]:
        """The linear combination of functions that is the target, where it is one."""
        columns = np.stack([*[self.library.values[i] for i in terms], np.ones(len(target.values))], axis=1)
        factors, *_ = np.linalg.lstsq(columns, target.values, rcond=None)
        off = np.abs(columns @ factors - target.values).max()
        if off > TOLERANCE * max(np.ptp(target.values), 1e-12):
            return
        largest = np.abs(target.values).max()
        parts = [
            scaled(self.library.formula(i), float(factor), 0.0)
            for i, factor in zip(terms, factors[:-1], strict=True)
            if abs(factor) * np.abs(self.library.values[i]).max() > 1e-8 * largest
        ]
        if parts:
            shift = float(factors[-1]) if abs(factors[-1]) > 1e-8 * largest else 0.0
            total = scaled(reduce(lambda a, b: joined(_code("add"), a, b), parts), 1.0, shift)
            yield Match(target.finish(total), total.size)

    def closest(self, target: Target, functions: range, most: int) -> list[int]:
        """The functions that are closest to a target up to factor and shift: those of largest correlation."""
        if not functions:
            return []
        wanted = target.values - target.values.mean()
        values = self.library.values[functions.start : functions.stop]
        with np.errstate(all="ignore"):
            sums = values @ wanted
            spread = np.sqrt(np.maximum((values**2).sum(axis=1) - values.sum(axis=1) ** 2 / values.shape[1], 0))
            correlation = np.nan_to_num(np.abs(sums) / spread, nan=0.0, posinf=0.0)
        best = np.argsort(-correlation, kind="stable")[:most]
        return [functions.start + int(i) for i in best]


def _alike(sums: Floats, wanted: Floats) -> NDArray[np.intp]:
    """Which rows have the direction of the wanted one, or the opposite."""
    with np.errstate(all="ignore"):
        size = lengths(sums)
        cosine = np.abs(sums @ wanted) / (size * np.sqrt(wanted @ wanted))
    return np.flatnonzero((cosine > 1 - 1e-13) & (size > 1e-12))


def _after(target: Target, finish: Callable[[Formula], Formula]) -> Callable[[Formula], Formula]:
    return lambda part: target.finish(finish(part))


# -- factors and shifts ----------------------------------------------------------------------------------------------


def scaled(formula: Formula, factor: float, shift: float) -> Formula:
    """factor * formula + shift, with what is round as literals, and without what changes nothing.

    >>> from inlay.spaces.formulas import parse_formula
    >>> x = parse_formula("x", ["x"])
    >>> str(scaled(x, 2.0000000001, 0.0)), str(scaled(x, -1.0, 3.0)), str(scaled(x, 1.0, 0.0))
    ('2*x', '3 - x', 'x')
    """
    factor, shift = snapped(factor), snapped(shift)
    if factor == -1 and shift:
        return joined(_code("subtract"), number(shift, formula), formula)
    if factor != 1:
        formula = joined(_code("multiply"), number(factor, formula), formula)
    if not shift:
        return formula
    if shift < 0:
        return joined(_code("subtract"), formula, number(-shift, formula))
    return joined(_code("add"), formula, number(shift, formula))


def number(value: float, beside: Formula) -> Formula:
    """A number as a formula: a literal where it is round, else a constant."""
    code = LITERAL if is_round(value) else CONSTANT
    return whole(code.to_bytes(2, "little"), (value,), beside.vocabulary)


#: Denominators, and factors that may stand beside a fraction, of numbers that count as round.
DENOMINATORS = (1, 2, 3, 4, 5, 6, 8, 10)


def snapped(value: float) -> float:
    """The round number within rounding errors of a value, else the value.

    >>> snapped(0.3333333333), snapped(0.123456)
    (0.3333333333333333, 0.123456)
    """
    for denominator in DENOMINATORS:
        for unit in (1.0, np.pi):
            near = round(value / unit * denominator) * unit / denominator
            if near and abs(near) <= 1000 and abs(value - near) <= 1e-8 * abs(near):
                return float(near)
    return value


def is_round(value: float) -> bool:
    """Whether a number is a small fraction, of 1 or of pi."""
    return any(
        abs(value * denominator / unit - round(value * denominator / unit)) < 1e-12 and abs(value / unit) <= 1000
        for denominator in DENOMINATORS
        for unit in (1.0, np.pi)
    )
