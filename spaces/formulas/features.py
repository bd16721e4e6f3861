"""Formulas as numbers between 0 and 1, for surrogates and archives."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .formula import Formula
from .grammar import Grammar
from .operators import CONSTANT, LITERAL


def formula_features(grammar: Grammar, formula: Formula | None) -> list[float]:
    """How often each symbol stands, by the largest size; size and depth by their largest; mean and spread of constants.

    The length depends on the grammar alone: one number for each symbol, two, and two more where constants may stand.
    Mean and standard deviation of the constants are squashed into [0, 1], a mean of 0 to 1/2; without a formula all
    numbers are zero.

    >>> from inlay.spaces.formulas import Formulas, parse_formula
    >>> space = Formulas(["x"], ["add", "sin"], literals=[], max_size=4)
    >>> formula_features(space.grammar, parse_formula("x + sin(x)", ["x"]))
    [0.25, 0.25, 0.5, 1.0, 0.75]
    """
    constants = CONSTANT in grammar.by_code
    if formula is None:
        return [0.0] * (len(grammar.symbols) + 2 + 2 * constants)
    features = [count / grammar.max_size for count in _counts(grammar, formula)]
    features += [formula.size / grammar.max_size, formula.depth / grammar.max_depth]
    return features + (_spread(formula.constants) if constants else [])


def _counts(grammar: Grammar, formula: Formula) -> list[int]:
    """How often each symbol stands in a formula; what the grammar lacks is not counted."""
    counts, numbers = [0] * len(grammar.symbols), iter(formula.numbers)
    for code in formula.symbols():
        symbol = grammar.symbol_of(code, next(numbers) if code in (LITERAL, CONSTANT) else 0.0)
        if symbol is not None:
            counts[symbol] += 1
    return counts


def _spread(constants: Sequence[float]) -> list[float]:
    """The mean and standard deviation of finite constants, squashed by the arc tangent; (1/2, 0) without any."""
    finite = [number for number in constants if math.isfinite(number)]
    if not finite:
        return [0.5, 0.0]
    mean = math.fsum(number / len(finite) for number in finite)
    deviation = math.hypot(*[number - mean for number in finite]) / math.sqrt(len(finite))
    return [0.5 + math.atan(mean) / math.pi, 2.0 * math.atan(deviation) / math.pi]
