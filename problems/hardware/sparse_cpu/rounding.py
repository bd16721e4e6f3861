"""Numbers as a kernel holds them: rounded to eight bits with a scale, or to the upper half of a float."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def to_int8(values: Floats, by_row: bool = False) -> tuple[NDArray[np.int8], Any]:
    """The nearest of scale {-127 ... 127}, and the scale: one, or one for each row (rows, 1); 1 for zeros.

    >>> whole, scale = to_int8(np.array([[-2.54, 1.0]], dtype=np.float32))
    >>> whole.tolist(), round(float(scale), 3)
    ([[-127, 50]], 0.02)
    """
    largest = np.abs(values).max(axis=1, keepdims=True) if by_row else np.abs(values).max()
    scale = np.where(largest > 0, largest, 127.0).astype(np.float32) / np.float32(127.0)
    return np.rint(values / scale).astype(np.int8), scale


def to_bf16(values: Floats) -> Floats:
    """The nearest numbers with 8 bits of mantissa, ties to the even one, as floats.

    >>> to_bf16(np.array([1.0, 1.004], dtype=np.float32)).tolist()
    [1.0, 1.0078125]
    """
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    even = (bits >> np.uint32(16)) & np.uint32(1)
    rounded = (bits + np.uint32(0x7FFF) + even) & np.uint32(0xFFFF0000)
    return rounded.view(np.float32)


def product(weights: Floats, x: Floats, dtype: str) -> Floats:
    """x (samples, inputs) times the transposed weights (outputs, inputs), both rounded to a type of number.

    Sums of int8 products are exact: up to 1,000 inputs they are integers below 2^24. Raises `ValueError` for a type
    that is not "fp32", "bf16" or "int8", and for more inputs of int8.
    """
    if dtype == "fp32":
        return x @ weights.T
    if dtype == "bf16":
        return to_bf16(x) @ to_bf16(weights).T
    if dtype != "int8" or weights.shape[1] > 1000:
        raise ValueError(f"product(dtype={dtype!r}) of {weights.shape[1]} inputs: fp32, bf16, or int8 of at most 1,000")
    (w, rows), (moving, scale) = to_int8(weights, by_row=True), to_int8(x)
    sums: Floats = (moving.astype(np.float32) @ w.T.astype(np.float32)) * (scale * rows.T)
    return sums
