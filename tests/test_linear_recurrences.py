"""Linear recurrences: the shortest one that a sequence obeys, and what comes next."""

from itertools import product
from random import Random

import pytest

from inlay.optimizers.linear_recurrences import LinearRecurrence, extended, shortest_recurrence


def obeys(terms: list[int], recurrence: LinearRecurrence, prime: int) -> bool:
    c = recurrence.coefficients
    places = range(recurrence.order, len(terms))
    return all(sum(c[i] * terms[n - i] for i in range(len(c))) % prime == 0 for n in places)


def least_order(terms: list[int], prime: int) -> int:
    """The smallest order for which some law of that many coefficients holds, by trying all."""
    for order in range(len(terms)):
        for tail in product(range(prime), repeat=order):
            if obeys(terms, LinearRecurrence((1, *tail), order), prime):
                return order
    return len(terms)


@pytest.mark.parametrize(("prime", "length"), [(2, 8), (3, 5), (5, 4)])
def test_no_shorter_recurrence_exists(prime: int, length: int) -> None:
    for terms in map(list, product(range(prime), repeat=length)):
        found = shortest_recurrence(terms, prime)
        assert found.order == least_order(terms, prime), terms
        assert obeys(terms, found, prime), terms


@pytest.mark.parametrize("seed", range(30))
def test_a_random_recurrence_over_the_integers_is_recovered(seed: int) -> None:
    rng = Random(seed)
    degree = rng.randint(1, 8)
    law = LinearRecurrence((1, *[rng.randint(-9, 9) for _ in range(degree - 1)], rng.choice([-2, -1, 1, 2])), degree)
    terms = extended(law, [rng.randint(-50, 50) for _ in range(degree)], 60)
    found = shortest_recurrence(terms[:40], 10**9 + 7).lifted(10**9 + 7)
    assert found.order <= degree
    if found.order == degree:  # else the initial terms obey a shorter law
        assert found == law
    assert extended(found, terms[: found.order], 60) == terms


@pytest.mark.parametrize("seed", range(10))
def test_random_terms_have_about_half_as_many_coefficients(seed: int) -> None:
    rng = Random(seed)
    terms = [rng.randrange(199) for _ in range(100)]
    found = shortest_recurrence(terms, 199)
    assert 49 <= found.order <= 52
    assert obeys(terms, found, 199)


def test_irregular_terms_count_in_the_order_and_not_in_the_degree() -> None:
    found = shortest_recurrence([7, 5, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1], 199).lifted(199)
    assert (found.coefficients, found.order, found.degree) == ((1, -1), 4, 1)


def test_zeros_and_nothing_obey_the_empty_law() -> None:
    assert shortest_recurrence([], 199) == shortest_recurrence([0] * 9, 199) == LinearRecurrence((1,), 0)
    assert extended(LinearRecurrence((1,), 0), [], 3) == [0, 0, 0]


def test_terms_count_modulo_the_prime() -> None:
    assert shortest_recurrence([-1, 199, 5 * 199 - 1, 0, -1, 0], 199) == shortest_recurrence([198, 0] * 3, 199)


@pytest.mark.parametrize("prime", [2, 3, 37, 41, 199, 1009, 2**31 - 1, 2**61 - 1])
def test_primes_are_taken(prime: int) -> None:
    assert shortest_recurrence([1, 1, 1, 1], prime).lifted(prime).order == 1


@pytest.mark.parametrize("number", [-7, 0, 1, 4, 91, 561, 41 * 43, 199 * 211, 3215031751, (2**31 - 1) * (2**61 - 1)])
def test_numbers_that_are_no_primes_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f"{number} is no prime"):
        shortest_recurrence([1, 2, 3], number)


def test_lifting_takes_the_nearest_to_zero() -> None:
    lifted = LinearRecurrence((1, 0, 3, 4, 6), 5).lifted(7)
    assert lifted == LinearRecurrence((1, 0, 3, -3, -1), 5)


def test_a_sequence_goes_on_over_the_integers() -> None:
    doubling = LinearRecurrence((1, -2), 1)
    assert extended(doubling, [1], 200)[-1] == 2**199
    assert extended(doubling, [1], 200, largest=100) == [1, 2, 4, 8, 16, 32, 64, 128]
    assert extended(doubling, [5, 1, 3], 5) == [5, 1, 3, 6, 12]
    assert extended(doubling, [5, 1, 3], 2) == [5, 1]


def test_a_sequence_needs_as_many_terms_as_the_degree() -> None:
    with pytest.raises(ValueError, match="degree 2 needs as many initial terms, not 1"):
        extended(LinearRecurrence((1, -1, -1), 2), [1], 5)
