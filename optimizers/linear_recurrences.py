"""Linear recurrences: the shortest one that a sequence obeys modulo a prime, and the sequence continued by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul

#: With these bases the test of Miller and Rabin is exact below 3.3e24.
_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


@dataclass(frozen=True)
class LinearRecurrence:
    """The law c_0 a_n + c_1 a_(n-1) + ... + c_d a_(n-d) = 0 for n >= order, with c_0 = 1 and c_d not 0.

    `order` is the linear complexity, at least the degree d: the first `order` - d terms of the sequence are irregular.
    """

    coefficients: tuple[int, ...]
    order: int

    @property
    def degree(self) -> int:
        """The number d of terms that determine the next one."""
        return len(self.coefficients) - 1

    def lifted(self, prime: int) -> LinearRecurrence:
        """The same law with every coefficient c mod p as the integer nearest to 0, between -p/2 and p/2.

        >>> LinearRecurrence((1, 198, 198), 2).lifted(199).coefficients
        (1, -1, -1)
        """
        signed = tuple([c - prime if 2 * c > prime else c for c in self.coefficients])
        return LinearRecurrence(signed, self.order)


def shortest_recurrence(terms: Sequence[int], prime: int) -> LinearRecurrence:
    """The shortest linear recurrence that the terms obey modulo a prime, by the algorithm of Berlekamp and Massey.

    Coefficients lie between 0 and p - 1. It is unique where there are at least twice as many terms as its order.
    Takes O(n^2). Raises `ValueError` where the modulus is no prime, in which not every number has an inverse.

    >>> shortest_recurrence([1, 1, 2, 3, 5, 8, 13, 21], 199).lifted(199)
    LinearRecurrence(coefficients=(1, -1, -1), order=2)

    Source: Massey, 1969, Shift-register synthesis and BCH decoding, doi:10.1109/TIT.1969.1054260.
    """
    _check_prime(prime)
    backwards = [term % prime for term in reversed(terms)]
    current, previous, order = [1], [1], 0
    shift, inverse = 1, 1  # of `previous`: how long ago it failed, and one over its discrepancy
    for n in range(len(terms)):
        discrepancy = sum(map(mul, current, backwards[len(terms) - 1 - n :])) % prime
        if discrepancy == 0:
            shift += 1
            continue
        corrected = _corrected(current, previous, shift, discrepancy * inverse, prime)
        if 2 * order <= n:
            previous, order = current, n + 1 - order
            shift, inverse = 0, pow(discrepancy, -1, prime)
        current, shift = corrected, shift + 1
    while current[-1] == 0:
        current.pop()
    return LinearRecurrence(tuple(current), order)


def _corrected(current: list[int], previous: list[int], shift: int, factor: int, prime: int) -> list[int]:
    """current(z) - factor z^shift previous(z), modulo the prime."""
    length = max(len(current), len(previous) + shift)
    left = current + [0] * (length - len(current))
    right = [0] * shift + previous + [0] * (length - len(previous) - shift)
    return [(a - factor * b) % prime for a, b in zip(left, right, strict=True)]


def extended(
    recurrence: LinearRecurrence, initial: Sequence[int], length: int, largest: int | None = None
) -> list[int]:
    """The sequence that begins with the initial terms and goes on by the law, over the integers: `length` terms.

    It ends early after the first term beyond `largest` in absolute value. Raises `ValueError` for fewer initial terms
    than the degree.

    >>> extended(LinearRecurrence((1, -1, -1), 2), [1, 1], 8)
    [1, 1, 2, 3, 5, 8, 13, 21]
    """
    degree = recurrence.degree
    if len(initial) < degree:
        raise ValueError(f"extended: a recurrence of degree {degree} needs as many initial terms, not {len(initial)}")
    terms = list(initial[:length])
    taps = [(-lag, -c) for lag, c in enumerate(recurrence.coefficients) if lag and c]
    for _ in range(length - len(terms)):
        term = 0
        for lag, weight in taps:  # most laws have few
            term += terms[lag] * weight
        terms.append(term)
        if largest is not None and abs(term) > largest:
            break
    return terms


@lru_cache(maxsize=64)
def _check_prime(number: int) -> None:
    if not _is_prime(number):
        raise ValueError(f"{number} is no prime: modulo {number} not every number has an inverse; 199 is one")


def _is_prime(number: int) -> bool:
    """Whether a number is prime, by the test of Miller and Rabin."""
    if number < 2 or any(number % base == 0 for base in _BASES):
        return number in _BASES
    twos = ((number - 1) & (1 - number)).bit_length() - 1
    odd = (number - 1) >> twos
    return all(_passes(number, base, odd, twos) for base in _BASES)


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    """Whether base^odd is 1, or a square of it is -1, modulo the number."""
    power = pow(base, odd, number)
    return power == 1 or any(pow(power, 1 << k, number) == number - 1 for k in range(twos))
