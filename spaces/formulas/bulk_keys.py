"""Kernels for the keys of many formulas: the field arithmetic of `identity`, with exactly its bytes.

Elements of the field of the integers modulo P = 2^61 - 1 are signed 64-bit numbers below P; P itself is undefined. They
run compiled only: plain Python has whole numbers of any size, for which `identity` is the shorter way.
"""

from __future__ import annotations

import math

import numpy as np

from .bulk_tables import Floats, Integers
from .compiled import compiled, compiled_beneath, compiled_inside
from .identity import EVEN, ODD, POINTS, UNDEFINED, P
from .operators import BY_NAME, CONSTANT, LITERAL, VARIABLE

ADD, SUBTRACT, MULTIPLY, DIVIDE = (BY_NAME[name].code for name in ("add", "subtract", "multiply", "divide"))
NEGATIVE, RECIPROCAL, SQUARE, CUBE = (BY_NAME[name].code for name in ("negative", "reciprocal", "square", "cube"))
POWER, MINIMUM, MAXIMUM = (BY_NAME[name].code for name in ("power", "minimum", "maximum"))  # the last two side by side

#: For each common operator what it does with the sign of its operand: -1 keeps it, 1 loses it, 0 neither.
PARITY = np.array([-1 if code in ODD else code in EVEN for code in range(LITERAL)], dtype=np.int64)
SEEDS = np.array(POINTS, dtype=np.uint64)
_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_MODULUS, _30, _27, _31, _61 = np.uint64(P), np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(61)


@compiled_inside
def scrambled(value: np.uint64, seed: np.uint64) -> np.uint64:
    """As in `identity`."""
    z = value + seed * _GOLDEN
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return z ^ (z >> _31)


@compiled_inside
def reduced(value: np.uint64) -> int:
    """A 64-bit number modulo P."""
    z = int(np.int64((value & _MODULUS) + (value >> _61)))
    return z - P if z >= P else z


@compiled_inside
def product(a: int, b: int) -> int:
    """a b modulo P, from halves whose products fit 63 bits: 2^61 is 1."""
    a_high, a_low, b_high, b_low = a >> 31, a & 0x7FFFFFFF, b >> 31, b & 0x7FFFFFFF
    middle = a_low * b_high + a_high * b_low
    z = 2 * a_high * b_high + (middle >> 30) + ((middle & 0x3FFFFFFF) << 31) + a_low * b_low
    z = (z & P) + (z >> 61)
    return z - P if z >= P else z


@compiled_inside
def total(a: int, b: int) -> int:
    """a + b modulo P."""
    return a + b - P if a + b >= P else a + b


@compiled_inside
def opposite(a: int) -> int:
    """-a modulo P."""
    return P - a if a > 0 else 0


@compiled_beneath
def raised(a: int, exponent: int) -> int:
    """a to a whole power that is not negative, modulo P."""
    found, square = a - a + 1, a
    while exponent > 0:
        if exponent & 1:
            found = product(found, square)
        square = product(square, square)
        exponent >>= 1
    return found


@compiled_beneath
def inverse(a: int) -> int:
    """1 / a = a^(P - 2) modulo P, undefined for 0; P - 2 is 4 (2^59 - 1) + 1."""
    if a == 0:
        return UNDEFINED
    found = a  # a^(2^run - 1), with run from 1 to 59
    for run, more in ((1, 1), (3, 1), (7, 0), (14, 1), (29, 1)):
        doubled = found
        for _ in range(run):
            doubled = product(doubled, doubled)
        found = product(doubled, found)
        if more > 0:
            found = product(product(found, found), a)
    found = product(found, found)
    return product(product(found, found), a)


@compiled_beneath
def power(base: int, exponent: int, seed: np.uint64) -> int:
    """As in `identity`."""
    if exponent <= 64:
        return raised(base, exponent)
    if P - exponent <= 64:
        return inverse(raised(base, P - exponent))
    return reduced(scrambled(scrambled(np.uint64(base), seed) ^ np.uint64(exponent), seed))


@compiled_beneath
def in_field(number: float) -> int:
    """As in `identity`."""
    if not math.isfinite(number):
        return UNDEFINED
    mantissa, exponent = math.frexp(abs(number))
    whole = product(int(mantissa * 9007199254740992.0), 1 << (exponent - 53) % 61)
    return opposite(whole) if number < 0 else whole


# -- formulas --------------------------------------------------------------------------------------------------------


@compiled_beneath
def of_one(code: int, a: int, seed: np.uint64) -> int:
    """The value of an operator of one operand."""
    if code == NEGATIVE:
        return opposite(a)
    if code == RECIPROCAL:
        return inverse(a)
    if code == SQUARE:
        return product(a, a)
    if code == CUBE:
        return product(product(a, a), a)
    parity = PARITY[code]
    salt = seed + np.uint64(code)
    if parity == 0:
        return reduced(scrambled(np.uint64(code) ^ np.uint64(a), salt))
    half = min(a, P - a)
    found = reduced(scrambled(np.uint64(half), salt)) if half > 0 or parity > 0 else 0
    return P - found if parity < 0 and half != a else found


@compiled_beneath
def of_two(code: int, a: int, b: int, seed: np.uint64) -> int:
    """The value of an operator of two operands."""
    if code == ADD:
        return total(a, b)
    if code == SUBTRACT:
        return total(a, opposite(b))
    if code == MULTIPLY:
        return product(a, b)
    if code == DIVIDE:
        return product(a, inverse(b)) if b > 0 else UNDEFINED
    if code == POWER:
        return power(a, b, seed)
    if MINIMUM <= code <= MAXIMUM and a > b:
        a, b = b, a
    return reduced(mixed(mixed(np.uint64(code), a, code, seed), b, code, seed))


@compiled_inside
def mixed(before: np.uint64, operand: int, code: int, seed: np.uint64) -> np.uint64:
    """What an unknown function of several operands is so far, with one operand more."""
    return scrambled(before ^ np.uint64(operand), seed + np.uint64(code))


@compiled_beneath
def of_three(code: int, a: int, b: int, c: int, seed: np.uint64) -> int:
    """The value of an operator of three operands, which is always an unknown function."""
    two = mixed(mixed(np.uint64(code), a, code, seed), b, code, seed)
    return reduced(mixed(two, c, code, seed))


@compiled_beneath
def leaf_value(code: int, number: float, place: int, abstract: bool, seed: np.uint64) -> int:
    """The value of a variable, literal or constant; `place` counts the numbers of the formula."""
    if code >= VARIABLE:
        return reduced(scrambled(np.uint64(code), seed))
    if abstract and code == CONSTANT:
        return reduced(scrambled(np.uint64(place), ~seed))
    return in_field(number)


@compiled_beneath
def operator_value(code: int, arity: int, top: int, stack: Integers, seed: np.uint64) -> int:
    """The value of an operator whose first operand is the entry `top` of a stack, the others below it."""
    for i in range(arity):
        if stack[top - i] == UNDEFINED:
            return UNDEFINED
    if arity == 1:
        return of_one(code, stack[top], seed)
    if arity == 2:
        return of_two(code, stack[top], stack[top - 1], seed)
    return of_three(code, stack[top], stack[top - 1], stack[top - 2], seed)


@compiled_beneath
def field_value(
    codes: Integers, numbers: Floats, first: int, last: int, arities: Integers, abstract: bool, seed: np.uint64,
    stack: Integers,
) -> int:  # fmt: skip
    """The value at one point of the formula of some nodes: a walk from the last one to the first."""
    top, place = -1, 0
    for i in range(first, last):
        place += codes[i] == LITERAL or codes[i] == CONSTANT
    for i in range(last - 1, first - 1, -1):
        code = codes[i]
        if code >= LITERAL:
            place -= code < VARIABLE
            top += 1
            stack[top] = leaf_value(code, numbers[i], place, abstract, seed)
        else:
            value = operator_value(code, arities[code], top, stack, seed)
            top += 1 - arities[code]
            stack[top] = value
    return int(stack[0])


@compiled
def key_rows(
    codes: Integers, numbers: Floats, starts: Integers, arities: Integers, abstract: bool, stack: Integers,
    out: Integers,
) -> None:  # fmt: skip
    """The values of formulas that stand end to end, at both points; `stack` is memory for as many nodes as one has."""
    for i in range(len(starts) - 1):
        for j in range(len(SEEDS)):
            out[i, j] = field_value(codes, numbers, starts[i], starts[i + 1], arities, abstract, SEEDS[j], stack)
