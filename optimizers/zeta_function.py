"""The Riemann zeta function of many numbers at once, and the theta function of Riemann and Siegel."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from math import ceil, comb, factorial, pi
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]

_BERNOULLI = 12  # terms of the series in Bernoulli numbers
_LEAST_TERMS, _TERMS_PER_HEIGHT = 60, 0.6
_HIGHEST, _LEFTMOST = 1e5, -2.0
_BLOCK = 1 << 15  # so many powers stay in the processor's cache
_SHIFT = 10  # where Stirling's series of the logarithm of the gamma function is good to the last digit


def zeta(s: Any) -> Complexes:
    """The Riemann zeta function by the summation of Euler and Maclaurin; s of any shape, the values of the same.

    zeta(s) = sum_{n<N} n^-s + N^(1-s) / (s-1) + N^-s / 2 + sum_{k<=12} B_2k / (2k)! s (s+1) ... (s+2k-2) N^(1-s-2k)
    with N = 60, and 0.6 |t| where |t| > 100. For |t| <= 99 the error is below 8e-15 where Re s >= 1/2, 2e-14 where
    Re s >= 0, and grows to 2e-11 at Re s = -2. The pole gives infinity. Raises `ValueError` for Re s < -2,
    |t| > 100,000, and what is not finite.

    >>> float(zeta(2.0).real.round(12)), bool(abs(zeta(0.5 + 14.134725141734695j)) < 1e-14)  # pi^2 / 6, and a zero
    (1.644934066848, True)

    Source: H. M. Edwards (1974), Riemann's Zeta Function, section 6.4.
    Differs: powers of primes are multiplied to those of other numbers; angles t log p have more digits than a float.
    """
    flat = np.atleast_1d(np.asarray(s, dtype=np.complex128)).reshape(-1)
    terms = _terms(flat)
    each = max(1, _BLOCK // terms)
    values = [_euler_maclaurin(flat[i : i + each], terms) for i in range(0, len(flat), each)]
    found: Complexes = np.concatenate(values or [flat]).reshape(np.shape(s))[()]
    return found


def _terms(s: Complexes) -> int:
    """N; as many for all numbers as the highest of them needs."""
    height, left = np.abs(s.imag).max(initial=0.0), s.real.min(initial=0.0)
    if not (height <= _HIGHEST and left >= _LEFTMOST and np.isfinite(s).all()):
        raise ValueError(
            f"zeta needs finite numbers with a real part of at least {_LEFTMOST} and an imaginary part up to "
            f"{_HIGHEST:,.0f}: left of it use the functional equation, above it the formula of Riemann and Siegel"
        )
    return max(_LEAST_TERMS, ceil(_TERMS_PER_HEIGHT * float(height)))


def _euler_maclaurin(s: Complexes, terms: int) -> Complexes:
    powers = _powers(s, terms)
    last = powers[terms]
    rising = s * last / terms  # s (s+1) ... (s+2k-2) N^(1-s-2k)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = powers[:terms].sum(axis=0) + last * (terms / (s - 1) + 0.5)
    for k, coefficient in enumerate(_coefficients(), 1):
        total += coefficient * rising
        rising *= (s + (2 * k - 1)) * (s + 2 * k) / terms**2
    return np.where(s == 1, np.inf, total)


def _powers(s: Complexes, terms: int) -> Complexes:
    """The powers n^-s of n = 0 ... N, with 0 for n = 0: shape (N + 1, m)."""
    table = _table(terms)
    powers = np.empty((terms + 1, len(s)), dtype=np.complex128)
    powers[0], powers[1] = 0, 1
    coarse = s.imag.astype(np.float32).astype(np.float64)
    exact, rest = coarse * table.high, (s.imag - coarse) * table.high + s.imag * table.low
    angle = exact + rest
    lost = exact - angle + rest  # what rounding took from the angle
    powers[table.primes] = np.exp(-s.real * (table.high + table.low) - 1j * angle) * (1 - 1j * lost)
    for n, factor in table.composites:
        np.multiply(powers[factor], powers[n // factor], out=powers[n])
    return powers


class _Table(NamedTuple):
    """The primes up to a number, their logarithms in two parts (p, 1), and the other numbers with a factor each."""

    primes: list[int]
    high: Floats
    low: Floats
    composites: list[tuple[int, int]]


@cache
def _table(most: int) -> _Table:
    factors = list(range(most + 1))
    for p in range(int(most**0.5), 1, -1):  # the least factor is written last
        factors[p * p :: p] = [p] * len(factors[p * p :: p])
    primes = [n for n in range(2, most + 1) if factors[n] == n]
    parts = np.array([_split_logarithm(p) for p in primes])
    composites = [(n, factors[n]) for n in range(2, most + 1) if factors[n] < n]
    return _Table(primes, parts[:, :1].copy(), parts[:, 1:].copy(), composites)


def _split_logarithm(n: int) -> tuple[float, float]:
    """log n as the sum of a float32, whose product with another one is exact, and of what that leaves."""
    exact = Decimal(n).ln(Context(prec=40))
    high = float(np.float32(float(exact)))
    return high, float(exact - Decimal(high))


@cache
def _bernoulli_numbers() -> list[Fraction]:
    """B_0 ... B_24, by sum_{j<=m} C(m+1, j) B_j = 0."""
    numbers = [Fraction(1)]
    for m in range(1, 2 * _BERNOULLI + 1):
        numbers.append(-sum((comb(m + 1, j) * numbers[j] for j in range(m)), Fraction(0)) / (m + 1))
    return numbers


@cache
def _coefficients() -> list[float]:
    """B_2k / (2k)! for k = 1 ... 12."""
    return [float(_bernoulli_numbers()[2 * k] / factorial(2 * k)) for k in range(1, _BERNOULLI + 1)]


def riemann_siegel_theta(t: Any) -> Floats:
    """The angle theta(t) = Im log Gamma(1/4 + it/2) - t/2 log pi, by which exp(i theta(t)) zeta(1/2 + it) is real.

    t is real, of any shape; the values have the same. The logarithm is the continuous one, 0 at t = 0.

    >>> float(riemann_siegel_theta(17.8455995405).round(8))  # the first Gram point: theta is 0 there
    0.0

    Source: H. M. Edwards (1974), Riemann's Zeta Function, section 6.5.
    """
    t = np.asarray(t, dtype=np.float64)
    z = 0.25 + 0.5j * t
    shift = sum(np.angle(z + k) for k in range(_SHIFT))  # Gamma(z + 10) = z (z+1) ... (z+9) Gamma(z)
    angle: Floats = _stirling(z + _SHIFT).imag - shift - t / 2 * np.log(pi)
    return angle


def _stirling(z: Any) -> Any:
    """log Gamma(z) = (z - 1/2) log z - z + log(2 pi) / 2 + sum_k B_2k / (2k (2k-1) z^(2k-1)) for Re z >= 10."""
    numbers = _bernoulli_numbers()
    series = sum(float(numbers[2 * k]) / (2 * k * (2 * k - 1)) / z ** (2 * k - 1) for k in range(1, 9))
    return (z - 0.5) * np.log(z) - z + 0.5 * np.log(2 * pi) + series
