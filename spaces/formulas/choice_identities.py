"""Identities of choices: least and greatest, cases and conditions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce

from .exact_numbers import number_of
from .folding import applied, fold, joined, leaf, operands_of
from .formula import Formula
from .identities import Identity
from .like_terms import Assembly, head
from .operators import BY_NAME

_CHAINS = {"minimum": min, "maximum": max, "both": None, "either": None}


def _chains(part: Formula, assembly: Assembly) -> Formula | None:
    """min(min(x, y), x) = min(x, y), likewise for max, both and either; numbers are joined."""
    name = head(part)
    if name not in _CHAINS:
        return None
    links, rest = list[Formula](), [part]
    while rest:
        link = rest.pop()
        if head(link) == name:
            rest += reversed(operands_of(link))
        elif link not in links:
            links.append(link)
    return reduce(lambda made, link: applied(name, made, link), _one_number(links, _CHAINS[name]))


def _one_number(links: list[Formula], extreme: Callable[..., Formula] | None) -> list[Formula]:
    """The operands with the least or greatest number alone."""
    numbers = [link for link in links if number_of(link) is not None]
    if extreme is None or len(numbers) < 2:
        return links
    kept = extreme(numbers, key=number_of)
    return [link for link in links if link not in numbers or link is kept]


def _cases(part: Formula, assembly: Assembly) -> Formula | None:
    """A choice between equal parts, by a known condition, or by a contrary one."""
    if head(part) != "where":
        return None
    condition, value, other = operands_of(part)
    known = _truth(condition)
    if known is not None or value == other:
        return value if known in (True, None) else other
    return applied("where", *operands_of(condition), other, value) if head(condition) == "contrary" else None


def _settled(part: Formula, assembly: Assembly) -> Formula | None:
    """A conjunction or disjunction of which one side says nothing."""
    if head(part) not in ("both", "either"):
        return None
    first, second = operands_of(part)
    idle = head(part) == "both"
    return second if _truth(first) is idle else first if _truth(second) is idle else None


def _truth(condition: Formula) -> bool | None:
    """Whether a condition holds everywhere or nowhere, as far as is easily seen."""
    made = fold(condition, partial(_leaf, condition), _judged)
    return made if isinstance(made, bool) else None


def _leaf(formula: Formula, code: int, number: float) -> Formula | bool | None:
    return leaf(code, formula.vocabulary, number)


def _judged(code: int, operands: list[Formula | bool | None]) -> Formula | bool | None:
    """The truth of a condition from those of its parts, where it is known; numbers stay formulas."""
    parts = [operand for operand in operands if isinstance(operand, Formula)]
    if code == BY_NAME["contrary"].code:
        return None if operands[0] is None else not operands[0]
    if code in (BY_NAME["both"].code, BY_NAME["either"].code):
        decisive = code == BY_NAME["either"].code
        return decisive if decisive in operands else None if None in operands else not decisive
    if len(parts) < len(operands):
        return None
    return _is_less(*parts) if code == BY_NAME["less"].code else joined(code, parts)


def _is_less(first: Formula, second: Formula) -> bool | None:
    if first == second:
        return False
    x, y = number_of(first), number_of(second)
    return None if x is None or y is None else x < y


#: All of them, tried in turn.
CHOICE_IDENTITIES: tuple[Identity, ...] = (_chains, _cases, _settled)
