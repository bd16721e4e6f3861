"""Elementary functions without branches: compilers turn loops over them into vector code, unlike calls of libm.

All compute in double precision, to about two units in the last place. Infinities, NaN, zeros and subnormal numbers give
what NumPy gives. The polynomials interpolate at Chebyshev's points; their own errors are below 1e-17.
"""

from __future__ import annotations

import math

import numpy as np

from .compiled import Whole, arithmetic_inside

#: Adding it rounds a number below 2**51 to a whole one, and leaves that in the last bits.
ROUNDING = 6755399441055744.0  # 1.5 * 2**52
ROUNDING_BITS = 0x4338000000000000
LOG2_E = 1.4426950408889634
#: ln 2 and pi in parts, the first short enough that its product with a whole number is exact.
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149288430703e-10
PI_HIGH, PI_MIDDLE, PI_LOW = 3.141592651605606, 1.9841871583270443e-09, 1.034036596358821e-18
SMALLEST_NORMAL = 2.2250738585072014e-308
TWO_54 = 18014398509481984.0
#: The bits of sqrt(1/2), from which mantissas are counted.
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
#: Beyond this an angle is left to libm.
LARGEST_ANGLE = 1e6


@arithmetic_inside
def power_of_two(n: Whole) -> float:
    """2**n for n from -1022 to 1023."""
    return np.int64((n + 1023) << 52).view(np.float64)


@arithmetic_inside
def reduced_exp(r: float) -> float:
    """exp(r) - 1 for |r| <= ln(2) / 2."""
    p = 2.510038549551032e-08
    p = p * r + 2.7620088445409746e-07
    p = p * r + 2.7557268459997064e-06
    p = p * r + 2.4801521295954376e-05
    p = p * r + 0.00019841269863053618
    p = p * r + 0.0013888888917213717
    p = p * r + 0.008333333333330062
    p = p * r + 0.04166666666662413
    p = p * r + 0.16666666666666669
    p = p * r + 0.5000000000000001
    return r + r * r * p


@arithmetic_inside
def exp_times(x: float, extra: Whole) -> float:
    """exp(x) * 2**extra for |extra| <= 2: x = k ln 2 + r, so that exp(x) = 2**k exp(r)."""
    x = 712.0 if x > 712.0 else x
    x = -750.0 if x < -750.0 else x
    shifted = x * LOG2_E + ROUNDING
    k = shifted - ROUNDING
    r = x - k * LN2_HIGH - k * LN2_LOW
    n = np.float64(shifted).view(np.int64) - np.int64(ROUNDING_BITS) + extra
    half = n >> 1  # 2**n alone may be too large or too small
    return (1.0 + reduced_exp(r)) * power_of_two(half) * power_of_two(n - half)


@arithmetic_inside
def expm1_of(x: float) -> float:
    """exp(x) - 1 for |x| <= 700, precise near zero."""
    shifted = x * LOG2_E + ROUNDING
    k = shifted - ROUNDING
    r = x - k * LN2_HIGH - k * LN2_LOW
    two_k = power_of_two(np.float64(shifted).view(np.int64) - np.int64(ROUNDING_BITS))
    return reduced_exp(r) * two_k + (two_k - 1.0)


@arithmetic_inside
def log_of(x: float) -> float:
    """The natural logarithm: x = 2**k (1 + f), and log(1 + f) = 2 artanh(s) with s = f / (2 + f)."""
    tiny = x < SMALLEST_NORMAL
    bits = np.float64(x * TWO_54 if tiny else x).view(np.int64)
    k = (bits - np.int64(SQRT_HALF_BITS)) >> 52
    f = np.int64(bits - (k << 52)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = 0.14616721179861816
    p = p * z + 0.15331699633543858
    p = p * z + 0.18182889786191042
    p = p * z + 0.2222221112572281
    p = p * z + 0.28571428626031065
    p = p * z + 0.3999999999989938
    p = p * z + 0.666666666666667
    two_k = np.int64(k + np.int64(ROUNDING_BITS)).view(np.float64) - ROUNDING - (54.0 if tiny else 0.0)
    y: float = two_k * LN2_HIGH + (2.0 * s + (s * z * p + two_k * LN2_LOW))
    y = y if x < math.inf else x  # infinity, and NaN
    return y if x > 0.0 else (-math.inf if x == 0.0 else math.nan)


@arithmetic_inside
def reduced_sin(r: float, odd: Whole) -> float:
    """sin(r) for |r| <= pi / 2; its sign changes where the whole number `odd` is odd."""
    z = r * r
    p = 2.7314431889670642e-15
    p = p * z - 7.643970170240761e-13
    p = p * z + 1.605897730850011e-10
    p = p * z - 2.5052107616935044e-08
    p = p * z + 2.755731921916275e-06
    p = p * z - 0.00019841269841254971
    p = p * z + 0.008333333333333316
    p = p * z - 0.16666666666666666
    return np.int64(np.float64(r + r * z * p).view(np.int64) ^ (odd << 63)).view(np.float64)


@arithmetic_inside
def sin_of(x: float) -> float:
    """The sine up to `LARGEST_ANGLE`: x = q pi + r, and the sign changes with q."""
    shifted = x * (1 / math.pi) + ROUNDING
    q = shifted - ROUNDING
    r = x - q * PI_HIGH - q * PI_MIDDLE - q * PI_LOW
    return reduced_sin(r, np.float64(shifted).view(np.int64))


@arithmetic_inside
def cos_of(x: float) -> float:
    """The cosine up to `LARGEST_ANGLE`: x = (q + 1/2) pi + r, and cos(x) = -sin(r) for even q."""
    shifted = x * (1 / math.pi) - 0.5 + ROUNDING
    q = shifted - ROUNDING + 0.5
    r = x - q * PI_HIGH - q * PI_MIDDLE - q * PI_LOW
    return reduced_sin(r, np.float64(shifted).view(np.int64) + 1)


@arithmetic_inside
def tanh_of(x: float) -> float:
    """The hyperbolic tangent e / (e + 2) with e = exp(2 x) - 1."""
    x = 22.0 if x > 22.0 else x
    x = -22.0 if x < -22.0 else x
    e = expm1_of(2.0 * x)
    return e / (e + 2.0)


@arithmetic_inside
def sinh_of(x: float) -> float:
    """The hyperbolic sine, from exp(|x|) - 1 where x is small and from exp(|x|) / 2 elsewhere."""
    size = abs(x)
    e = expm1_of(min(size, 1.0))
    half = exp_times(size, np.int64(-1))
    y = 0.5 * (e + e / (e + 1.0)) if size < 1.0 else half - 0.25 / half
    return -y if x < 0.0 else y


@arithmetic_inside
def cosh_of(x: float) -> float:
    """The hyperbolic cosine."""
    half = exp_times(abs(x), np.int64(-1))
    return half + 0.25 / half


@arithmetic_inside
def power_of(x: float, y: float) -> float:
    """x**y = exp(y log|x|), with the sign of x for odd y and NaN for a negative x where y is not whole.

    The relative error grows with |y log x|, to 1e-13 where the result is near the limits.
    """
    size = exp_times(y * log_of(abs(x)), np.int64(0))
    whole = np.rint(y) == y
    odd = whole and np.rint(0.5 * y) != 0.5 * y
    negative = np.float64(x).view(np.int64) < 0
    size = -size if odd and negative else size
    size = math.nan if x < 0.0 and x > -math.inf and not whole else size
    return 1.0 if y == 0.0 or x == 1.0 or (x == -1.0 and abs(y) == math.inf) else size
