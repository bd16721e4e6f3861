"""Formulas from their parts, and anything else from formulas: without recursion, since formulas may be deep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from .formula import Formula, whole
from .operators import BY_NAME, LITERAL, VARIABLE
from .vocabulary import Vocabulary

T = TypeVar("T")


def fold(formula: Formula, leaf: Callable[[int, float], T], join: Callable[[int, list[T]], T]) -> T:
    """What a formula becomes from its leaves up: `leaf(code, number)`, then `join(code, operands)` at each operator.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> fold(parse_formula("x + sin(2)", ["x"]), lambda code, number: 1, lambda code, operands: 1 + max(operands))
    3
    """
    numbers, made = list(formula.numbers), list[T]()
    for code in reversed(formula.symbols()):
        if code >= LITERAL:
            made.append(leaf(code, numbers.pop() if code < VARIABLE else 0.0))
        else:
            made.append(join(code, [made.pop() for _ in range(formula.vocabulary.arity(code))]))
    return made[0]


def leaf(code: int, vocabulary: Vocabulary, number: float = 0.0) -> Formula:
    """The formula of one variable, or of one number."""
    return whole(code.to_bytes(2, "little"), () if code >= VARIABLE else (number,), vocabulary)


def joined(code: int, operands: Sequence[Formula]) -> Formula:
    """The formula that applies an operator to formulas of one vocabulary."""
    codes = b"".join([code.to_bytes(2, "little"), *[operand.code for operand in operands]])
    return whole(codes, sum([operand.numbers for operand in operands], ()), operands[0].vocabulary)


def applied(name: str, *operands: Formula) -> Formula:
    """The formula that applies a common operator, by its name.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> print(applied("sin", parse_formula("x + 1", ["x"])))
    sin(x + 1)
    """
    return joined(BY_NAME[name].code, operands)


def operands_of(formula: Formula) -> list[Formula]:
    """The formulas to which the outermost operator is applied."""
    return [formula.part(node) for node in formula.operands()]
