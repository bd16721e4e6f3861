"""Semantic moves: parts of formulas replaced by short ones that give nearly what the data want in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from random import Random

import numpy as np

from ..spaces import Space
from ..spaces.formulas import Formula, Formulas
from ..spaces.formulas.data import Data
from ..spaces.formulas.desired_values import Floats, desired_values, values_of_parts
from ..spaces.formulas.library import Library
from ..spaces.formulas.operators import OWN
from .brood_moves import BroodMove, Children, Crossing, Fresh, Mutation, check_share
from .genetic_programming import GeneticProgramming
from .many_parents import PickMany
from .objectives import Objectives
from .strategies import cannot_act
from .trials import Trial

#: How much of a brood the usual moves make, for once that desired parts make theirs.
USUAL = (Crossing(0.35), Mutation(0.3), Fresh(0.05))
#: How many of the nearest functions are tried before the move gives up.
TRIED = 4


@dataclass
class DesiredParts:
    """Replaces a random part of a parent by the function of a library that comes nearest to its desired values.

    The library lists the `functions` shortest functions, each once, on at most `rows` rows; desired values are found by
    undoing the operators above the part. With `scaling`, for a loss that fits a slope and an intercept, every other
    child is made for the target scaled and shifted to what its parent gives. Where nothing fits the parent is handed
    back, which a strategy that knows it changes otherwise. Constants that evaluations fitted (in the feedback, under
    "constants") are used, and inherited. Acts on `Formulas` over the columns of the data only.

    Source: Pawlak, Wieloch, Krawiec, 2015, Semantic Backpropagation for Designing Search Operators in Genetic
    Programming, doi:10.1109/TEVC.2014.2321259 (random desired operator).

    >>> x = np.linspace(0.1, 2, 20)
    >>> space = Formulas(["x"], ["add", "multiply", "exp"], literals=[1])
    >>> move = DesiredParts(Data({"x": x}, np.exp(x * x) + x))
    >>> move.changed(space, space.adopt("exp(1) + x"), 2, Random(0))  # the node 1 in exp(1)
    parse_formula('exp(x*x) + x', ['x'])
    """

    data: Data
    share: float = 1.0
    scaling: bool = False
    functions: int = 2000
    rows: int = 24

    def __post_init__(self) -> None:
        check_share(self)
        if self.functions < 1 or self.rows < 2:
            raise ValueError(f"{self!r}: a function and two rows are needed")
        self._library: Library | None = None

    def check(self, space: Space, objectives: Objectives) -> None:
        if not isinstance(space, Formulas):
            raise cannot_act(self, f"{space!r} is no space of formulas", "Mutation")
        if space.vocabulary.variables != self.data.names:
            told = f"{', '.join(space.vocabulary.variables)} and {', '.join(self.data.names)}"
            raise cannot_act(self, f"its variables and the columns of the data differ: {told}")

    def __call__(self, space: Space, pick: PickMany, n: int, rng: Random) -> Children:
        assert isinstance(space, Formulas)
        parents = pick(n)
        programs = [as_fitted(trial) for trial in parents]
        values = [self.changed(space, program, int(rng.random() * program.size), rng) for program in programs]
        return Children(values, [(trial,) for trial in parents])

    def changed(self, space: Formulas, parent: Formula, node: int, rng: Random) -> Formula:
        """The parent with a better part at a node; itself where none is found."""
        library = self._listed(space)
        with np.errstate(all="ignore"):
            parts = values_of_parts(parent, library.columns)
            target = self._target(parts[0], self.scaling and rng.random() < 0.5)
            wanted = desired_values(parent, node, parts, target)
        old = parent.part(node)
        for i in nearest(library.values[: len(library)], self._squares, wanted, TRIED):
            part = library.formula(i)
            child = parent.spliced(node, part)
            if part != old and _is_member(space, child):
                return child
        return parent

    # -- what is known of the data -----------------------------------------------------------------------------------

    def _listed(self, space: Formulas) -> Library:
        """The library, listed at the first use."""
        if self._library is None:
            generator = np.random.Generator(np.random.PCG64(0))
            self._rows = np.sort(generator.permutation(self.data.rows)[: self.rows])
            names = [s.name for s in space.grammar.symbols if 0 < len(s.takes) < 3 and s.code < OWN and not s.gives]
            literals = list(space.grammar.by_number)
            columns = self.data.columns[:, self._rows]
            self._library = Library(columns, space.vocabulary, names, literals, self.functions)
            while not self._library.full and self._library.size < space.grammar.max_size:
                if not self._library.grow() and self._library.size > 2:
                    break
            self._squares = self._library.values[: len(self._library)] ** 2
        return self._library

    def _target(self, values: Floats, scaled: bool) -> Floats:
        """What the root should give, on the rows of the library: the target, or as the values of the parent lie."""
        y = self.data.y[self._rows]
        centred = values - values.mean()
        slope = (centred @ y) / (centred @ centred)
        if not scaled or not np.isfinite(slope) or slope == 0:
            return y
        return np.asarray((y - y.mean()) / slope + values.mean())


def as_fitted(trial: Trial) -> Formula:
    """The formula of a trial with the constants that its evaluation fitted, where its feedback has them.

    >>> trial = Trial(0, Formulas(["x"], constants="fitted").adopt("x + 1.5"))
    >>> trial.feedback = {"constants": [2.5]}
    >>> str(as_fitted(trial))
    'x + 2.5'
    """
    formula: Formula = trial.program
    found = trial.feedback.get("constants") if isinstance(trial.feedback, Mapping) else None
    if not found or len(found) != len(formula.constants) or not all(map(isfinite, found)):
        return formula
    return formula.with_constants(found)


def _is_member(space: Formulas, child: Formula) -> bool:
    """Whether a member with another part is one; a part of the library has no constants of its own."""
    grammar = space.grammar
    ruled = grammar.forbidden or grammar.max_depth < grammar.max_size or grammar.units is not None
    return child.size <= grammar.max_size and (not ruled or space.contains(child))


def nearest(rows: Floats, squares: Floats, wanted: Floats, most: int) -> list[int]:
    """The rows with the least squared distance where values are wanted, the nearest first; none where few are wanted.

    `squares` holds the squared entries of the rows.

    >>> rows = np.array([[0.0, 9.0], [1.0, 0.0], [0.5, 7.0]])
    >>> nearest(rows, rows**2, np.array([0.9, np.nan]), 2)
    [1, 2]
    """
    known = np.isfinite(wanted)
    if 2 * known.sum() < len(wanted):
        return []
    target = np.where(known, wanted, 0.0)
    with np.errstate(all="ignore"):
        roughly = squares @ known.astype(np.float64) - 2 * (rows @ target)  # but for a constant, and rounding
        found = np.argpartition(roughly, min(2 * most, len(rows) - 1))[: 2 * most]
        exactly = ((rows[found] - target) ** 2) @ known
    return [int(i) for i in found[np.argsort(exactly, kind="stable")[:most]]]


def SemanticProgramming(  # noqa: N802
    data: Data, population: int = 500, *, share: float = 0.3, scaling: bool = False
) -> GeneticProgramming:
    """Genetic programming in which `share` of every brood comes from the desired values of parts.

    `scaling` is for a loss that fits a slope and an intercept to each formula. Raises `ValueError` for a share that
    leaves the usual moves nothing.
    """
    if not 0 <= share < 1:
        raise ValueError(f"SemanticProgramming(share={share}): it must lie in [0, 1)")
    moves: list[BroodMove] = [
        *USUAL,
        DesiredParts(data, share * sum(move.share for move in USUAL) / (1 - share), scaling),
    ]
    return GeneticProgramming(population, moves=moves)
