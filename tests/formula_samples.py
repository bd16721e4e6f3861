"""Random formulas of several spaces, and their values by a walk over the tree that shares no code with the kernels."""

from __future__ import annotations

import math
from random import Random
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from inlay.spaces.formulas import OPERATORS, Formula, Formulas
from inlay.spaces.formulas.folding import fold
from inlay.spaces.formulas.operators import VARIABLE

EVERY = [operator.name for operator in OPERATORS]
ALGEBRA = ["+", "-", "*", "/", "power", "negative", "square", "cube", "sqrt", "abs", "reciprocal"]
CHOICES = ["min", "max", "where", "less", "both", "either", "contrary", "+", "-", "*"]

SPACES = [
    Formulas(2, EVERY, literals=[1, 2, -1, 0.5, math.pi, 0, 1e20], constants=(-3, 3), max_size=25),
    Formulas(2, ALGEBRA, literals=[1, 2, -2, -0.5, 3], max_size=15),
    Formulas(["theta", "x_1"], ["+", "-", "*", "/", "sin", "exp", "log"], literals=[], constants=(0, 2), max_size=30),
    Formulas(1, ["-", "*", "/", "sqrt", "square", "abs", "negative"], literals=[2], max_size=12),
    Formulas(2, CHOICES, literals=[1, 2], max_size=20),
]

#: A space and one of its members.
MEMBERS = st.builds(
    lambda space, seed: (space, space.sample(Random(seed))), st.sampled_from(SPACES), st.integers(0, 10**9)
)

POINTS = np.random.default_rng(0).normal(size=(2, 40)) * 2


class Values(NamedTuple):
    """The values of a formula at points, and where all its parts are finite."""

    values: Any
    finite: Any


def values(formula: Formula, noise: float = 0.0) -> Values:
    """The values at `POINTS`; with noise every operation errs by that share."""
    rng = np.random.default_rng(1)

    def leaf(code: int, number: float) -> Values:
        column = POINTS[code - VARIABLE] if code >= VARIABLE else np.full(POINTS.shape[1], number)
        return Values(column, np.isfinite(column))

    def join(code: int, operands: list[Values]) -> Values:
        made = formula.vocabulary.operator(code).function(*[operand.values for operand in operands])
        finite = np.isfinite(made) & np.all([operand.finite for operand in operands], axis=0)
        return Values(
            made * (1 + noise * rng.normal(size=made.shape)) if noise and made.dtype != bool else made, finite
        )

    with np.errstate(all="ignore"):
        return fold(formula, leaf, join)
