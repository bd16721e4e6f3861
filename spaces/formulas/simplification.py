"""Simplification: rewriting a formula from its leaves up to an equal one that is no larger."""

from __future__ import annotations

from .choice_identities import CHOICE_IDENTITIES
from .folding import fold, joined, leaf
from .formula import Formula
from .identities import IDENTITIES, Identity, is_simpler
from .like_terms import Assembly
from .operators import OWN


def simplified(formula: Formula) -> Formula:
    """An equal formula with no more nodes: numbers folded, like terms joined, neutral and cancelling parts removed.

    Literals are computed exactly or left alone (2/3 and sqrt(2) stay), constants as floats at their present values;
    operators of one's own are left alone. Of forms of one size the shortest text wins; depth may grow.

    The value is the same, up to rounding, at every point where all parts of the formula are finite. It may differ
    where one is not: x/x, x*0 and x - x become numbers also at 0 and at infinity, exp(log(x)) and sqrt(x)*sqrt(x)
    become x also below 0, and log(exp(x)) becomes x also where exp overflows.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> for text in "x*3 - (x + x)/x*x + 2/4", "sqrt(x*x)*y^2/y - 0*y", "log(exp(--x)) + 1.5*2":
    ...     print(simplified(parse_formula(text)))
    x + 0.5
    abs(x)*y
    x + 3.0
    """
    while True:
        shorter = _rewritten(formula)
        if not is_simpler(shorter, formula):
            return formula
        formula = shorter


def _rewritten(formula: Formula) -> Formula:
    """The formula with the simplest form that is known of each part, from the leaves up."""
    vocabulary = formula.vocabulary
    assembly = Assembly(vocabulary, {vocabulary.name(code) for code in formula.symbols() if code < OWN})

    def join(code: int, operands: list[Formula]) -> Formula:
        best = part = joined(code, operands)
        for identity in (*IDENTITIES, *CHOICE_IDENTITIES) if code < OWN else ():
            other = _applied(identity, part, assembly)
            best = other if other is not None and is_simpler(other, best) else best
        return best

    return fold(formula, lambda code, number: leaf(code, vocabulary, number), join)


def _applied(identity: Identity, part: Formula, assembly: Assembly) -> Formula | None:
    """What an identity makes of a part; nothing where a number of it is too large for a float."""
    try:
        return identity(part, assembly)
    except OverflowError:
        return None
