"""Continued fractions in exact integers."""

from fractions import Fraction
from itertools import islice, pairwise
from math import isqrt, prod
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inlay.optimizers.continued_fractions import convergents, signed_terms

SIGNS = st.lists(st.sampled_from([1, -1]), min_size=1, max_size=4)


def folded(terms: list[int], numerators: list[int]) -> Fraction:
    """The value of a continued fraction, from the inside."""
    value = Fraction(terms[-1])
    for a, b in zip(reversed(terms[:-1]), reversed(numerators[: len(terms) - 1]), strict=True):
        value = a + b / value
    return value


def repeated(signs: list[int], count: int) -> list[int]:
    return (signs * count)[:count]


@given(st.integers(0, 10**12), st.integers(1, 10**9), SIGNS)
def test_an_expansion_has_the_value_that_it_expands(above: int, below: int, signs: list[int]) -> None:
    terms = list(islice(signed_terms(above, below, signs), 400))
    numerators = repeated(signs, len(terms))
    *_, (p, q) = convergents(terms, numerators)
    if len(terms) < 400:  # else the fraction was cut: minus signs may converge slowly
        assert Fraction(p, q) == Fraction(above, below)
    assert p * folded(terms, numerators).denominator == q * folded(terms, numerators).numerator


@given(st.integers(0, 10**12), st.integers(1, 10**9), SIGNS)
def test_terms_are_floors_and_ceilings(above: int, below: int, signs: list[int]) -> None:
    terms = list(islice(signed_terms(above, below, signs), 50))
    assert terms[0] == (above // below if signs[0] == 1 else -(-above // below))
    assert all(term >= 1 for term in terms[1:])
    assert all(term >= 2 for term, sign in zip(terms[1:], repeated(signs, 50)[1:], strict=False) if sign == -1)


def test_signs_of_numerator_and_denominator_cancel() -> None:
    assert list(signed_terms(-43, -30, [1])) == [1, 2, 3, 4]


def test_known_expansions() -> None:
    root = isqrt(2 * 10**80), 10**40
    assert list(islice(signed_terms(*root, [1]), 12)) == [1, *[2] * 11]
    assert list(islice(signed_terms(*root, [-1]), 9)) == [2, 2, 4, 2, 4, 2, 4, 2, 4]


@pytest.mark.parametrize("signs", [[1], [-1], [1, -1], [-1, 1, 1]])
def test_an_approximation_gives_only_terms_that_it_determines(signs: list[int]) -> None:
    digits = 60
    few = list(signed_terms(isqrt(7 * 10 ** (2 * digits)), 10**digits, signs, least=10 ** (digits // 2 + 10)))
    many = list(islice(signed_terms(isqrt(7 * 10**800), 10**400, signs), len(few)))
    assert len(few) > 10
    assert few == many


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        signed_terms(-1, 2, [1])
    for signs in ([], [0], [1, 2]):
        with pytest.raises(ValueError, match="a period of 1 and -1"):
            signed_terms(1, 2, signs)


@pytest.mark.parametrize("seed", range(20))
def test_convergents_are_the_values_of_the_fraction_cut_short(seed: int) -> None:
    rng = Random(seed)
    terms = [rng.randint(1, 9) for _ in range(12)]
    numerators = [rng.choice([1, 2, 3, 4]) for _ in range(12)]
    found = list(convergents(terms, numerators))
    assert len(found) == 12
    for n, (p, q) in enumerate(found, start=1):
        assert Fraction(p, q) == folded(terms[:n], numerators)
    for n, ((p0, q0), (p1, q1)) in enumerate(pairwise(found), start=1):
        assert p1 * q0 - p0 * q1 == (-1) ** (n + 1) * prod(numerators[:n])


def test_convergents_end_with_what_ends_first_and_may_be_infinite() -> None:
    assert list(convergents([], [])) == []
    assert list(convergents([5], [])) == [(5, 1)]
    assert list(convergents([1, 2, 3], [1])) == [(1, 1), (3, 2)]
    assert list(convergents([1, 1, 1], [1, -1])) == [(1, 1), (2, 1), (1, 0)]
