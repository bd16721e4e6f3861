"""The identity of formulas: their value at random points of a finite field, where equal expressions must agree.

In the field of the integers modulo the prime p = 2^61 - 1 the laws of arithmetic hold exactly. So two formulas that are
equal as rational expressions have the same value wherever both have one, and two that differ agree at a random point
with a probability of about (degree / p). Two points together leave less than 2^-100.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import frexp, isfinite

from .formula import Formula
from .operators import BY_NAME, CONSTANT, LITERAL, OWN, VARIABLE

#: A Mersenne prime, 2^61 - 1.
P = (1 << 61) - 1
#: The value of what is undefined, such as 1 / (x - x).
UNDEFINED = P
#: The seeds of the two points.
POINTS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)
_MASK = (1 << 64) - 1

#: Functions with f(-x) = -f(x) and with f(-x) = f(x).
ODD = frozenset(BY_NAME[name].code for name in ("sin", "tan", "arcsin", "arctan", "sinh", "tanh"))
EVEN = frozenset(BY_NAME[name].code for name in ("cos", "cosh", "abs"))


def field_key(formula: Formula, abstract: bool = False) -> bytes:
    """The key of a formula: 16 bytes, the same in every process.

    Rational expressions that are equal have one key; other functions count as unknown, but for odd and even ones, and
    maxima and minima do not mind the order. With `abstract` constants are unknowns instead of numbers, each one apart.

    >>> from inlay.spaces.formulas import parse_formula
    >>> same = [field_key(parse_formula(text, ["x"])) for text in ("x*(x + 1)", "x/(1/x) + x", "x + x**2")]
    >>> len(set(same))
    1

    Source: Schwartz, 1980, Fast probabilistic algorithms for verification of polynomial identities,
    doi:10.1145/322217.322225.
    """
    values = [_value(formula, seed, abstract) for seed in POINTS]
    return b"".join([value.to_bytes(8, "little") for value in values])


def _value(formula: Formula, seed: int, abstract: bool) -> int:
    """The value of a formula at one point: a stack walk over the nodes from the last to the first."""
    stack: list[int] = []
    at = len(formula.numbers)
    for code in reversed(formula.symbols()):
        if code >= VARIABLE:
            stack.append(scrambled(code, seed) % P)
        elif code >= LITERAL:
            at -= 1
            unknown = abstract and code == CONSTANT
            stack.append(scrambled(at, ~seed & _MASK) % P if unknown else as_field(formula.numbers[at]))
        else:
            operands = [stack.pop() for _ in range(formula.vocabulary.arity(code))]
            stack.append(UNDEFINED if UNDEFINED in operands else _applied(code, operands, seed))
    return stack[0]


def _applied(code: int, operands: list[int], seed: int) -> int:
    exact = _EXACT.get(code) if code < OWN else None
    if exact is not None:
        return exact(*operands)
    if code == BY_NAME["power"].code:
        return _power(operands[0], operands[1], seed)
    if code in (BY_NAME["minimum"].code, BY_NAME["maximum"].code):
        operands = sorted(operands)
    if code in ODD or code in EVEN:
        half = min(operands[0], P - operands[0])
        found = scrambled(half, seed + code) % P if half or code in EVEN else 0
        return P - found if code in ODD and half != operands[0] else found
    mixed = code
    for operand in operands:
        mixed = scrambled(mixed ^ operand, seed + code)
    return mixed % P


def _power(base: int, exponent: int, seed: int) -> int:
    """A power with a small whole exponent is exact; any other is an unknown function of both."""
    if exponent <= 64:
        return pow(base, exponent, P)
    if P - exponent <= 64:
        return pow(base, -(P - exponent) % (P - 1), P) if base else UNDEFINED
    return scrambled(scrambled(base, seed) ^ exponent, seed) % P


def _divided(a: int, b: int) -> int:
    return a * pow(b, P - 2, P) % P if b else UNDEFINED


_EXACT: dict[int, Callable[..., int]] = {
    BY_NAME["add"].code: lambda a, b: (a + b) % P,
    BY_NAME["subtract"].code: lambda a, b: (a - b) % P,
    BY_NAME["multiply"].code: lambda a, b: a * b % P,
    BY_NAME["divide"].code: _divided,
    BY_NAME["negative"].code: lambda a: -a % P,
    BY_NAME["reciprocal"].code: lambda a: _divided(1, a),
    BY_NAME["square"].code: lambda a: a * a % P,
    BY_NAME["cube"].code: lambda a: a * a * a % P,
}


@lru_cache(maxsize=1 << 14)
def as_field(number: float) -> int:
    """A number as an element of the field: m 2^e exactly, since a float is one; what is not finite is undefined.

    >>> as_field(3.0), as_field(0.5) * 2 % P
    (3, 1)
    """
    if not isfinite(number):
        return UNDEFINED
    mantissa, exponent = frexp(number)
    whole = int(mantissa * (1 << 53))
    return whole * (1 << (exponent - 53) % 61) % P  # 2 to the power of 61 is 1 here


def scrambled(value: int, seed: int) -> int:
    """A 64-bit number that looks random, the same for the same arguments (the finalizer of SplitMix64)."""
    z = (value + seed * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
