"""Continued fractions in exact integers: expanding a number with given signs, and the convergents of any fraction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle


def signed_terms(numerator: int, denominator: int, signs: Sequence[int], least: int = 0) -> Iterator[int]:
    """The terms of x = a_0 + s_0/(a_1 + s_1/(a_2 + ...)) for x = N/D and a period of signs s_n, each 1 or -1.

    With x_n = N/D, a_n is its floor where s_n = 1 and its ceiling where s_n = -1, then (N, D) becomes
    (D, s_n (N - a_n D)); only integers, no rounding. Ends where D is at most `least`: 0 for a rational number. Where
    N/D stands for a number to within 10^-k and D is 10^k, a `least` well above 10^(k/2) leaves out the terms that this
    does not determine. Raises `ValueError` for a negative N/D and for other signs.

    >>> list(signed_terms(43, 30, [1])), list(signed_terms(43, 30, [-1]))
    ([1, 2, 3, 4], [2, 2, 5, 2, 2, 2])

    Source: Perron, 1954, Die Lehre von den Kettenbrüchen I, on half-regular continued fractions.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    if numerator < 0:
        raise ValueError("signed_terms: the number is negative: expand its absolute value")
    if not signs or any(sign not in (1, -1) for sign in signs):
        raise ValueError(f"signed_terms(signs={signs!r}): signs are a period of 1 and -1, like [1, -1]")
    return _terms(numerator, denominator, signs, least)


def _terms(numerator: int, denominator: int, signs: Sequence[int], least: int) -> Iterator[int]:
    for sign in cycle(signs):
        if denominator <= least:
            return
        term, rest = divmod(numerator, denominator)
        if sign < 0 and rest:
            term, rest = term + 1, denominator - rest
        yield term
        numerator, denominator = denominator, rest


def convergents(terms: Iterable[int], numerators: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The convergents p_n / q_n of a_0 + b_1/(a_1 + b_2/(a_2 + ...)), not reduced, for a_0, a_1, ... and b_1, b_2, ...

    (p_n, q_n) = a_n (p_(n-1), q_(n-1)) + b_n (p_(n-2), q_(n-2)), beginning with (a_0, 1) after (1, 0). A q_n may be 0.
    There are as many as terms, or one more than numerators where these end first.

    >>> list(convergents([1, 2, 3, 4], [1, 1, 1]))
    [(1, 1), (3, 2), (10, 7), (43, 30)]
    """
    rest = iter(terms)
    p, q, p_before, q_before = next(rest, None), 1, 1, 0
    if p is None:
        return
    yield p, q
    for a, b in zip(rest, numerators, strict=False):
        p, p_before = a * p + b * p_before, p
        q, q_before = a * q + b * q_before, q
        yield p, q
