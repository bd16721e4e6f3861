"""What a product with packed blocks asks of a processor's vector units, and where it is faster than a dense one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..costs import estimate
from ..device_table import as_device
from ..device_table import device as named_device
from ..devices import Device, Efficiency, Memory
from ..operators import INDEX, Gemm, Numbers, Operator, SpMM, Work
from .block_packing import width


def share_of_dot_products(rows: Numbers, dtype: str) -> Numbers:
    """The share of the peak that a kernel for blocks of so many rows can reach where loads are as fast as products.

    r / (r + w): a group of w columns loads w rows of activations and r broadcast weights for its r dot products, and
    a core begins as many loads a cycle as products.

    >>> [round(share_of_dot_products(rows, "int8"), 3) for rows in (4, 2, 1)]
    [0.5, 0.333, 0.2]
    """
    return rows / (rows + width(dtype))


@dataclass(frozen=True)
class BlockSpMM(Operator):
    """Packed blocks of `rows` rows, `padded` numbers of a matrix (m, k), times a dense one (k, n).

    flops = 2 padded n / share, with the share of `share_of_dot_products`; bytes moved = padded (number + index / rows)
    + (k n + m n) numbers.

    >>> work = BlockSpMM(m=64, k=64, n=16, padded=512, rows=4, dtype="int8").work()
    >>> work.flops, work.stored
    (32768.0, 1024.0)
    """

    m: Numbers
    k: Numbers
    n: Numbers
    padded: Numbers
    rows: Numbers = 4
    dtype: str = "int8"

    kind = "block_spmm"

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        stored = self.padded * (self.size + INDEX / self.rows)
        live = self.size * (self.k + self.m) * self.n
        flops = 2.0 * self.padded * self.n / share_of_dot_products(self.rows, self.dtype)
        return Work(flops, stored + live, stored, live)


def vector_core(cores: int = 1) -> Device:
    """Cores of the table's Xeon without its matrix units, as of the generations that the kernels were written for.

    Two dot products of 64 bytes a cycle and core at 2 GHz, and a core's part of caches and memory; 0.2 us until a
    kernel begins is assumed. Raises `ValueError` for no core, and for more than 56.

    >>> vector_core().peak["int8"] / 1e9
    512.0
    """
    if not 1 <= cores <= 56:
        raise ValueError(f"vector_core(cores={cores}): the processor has 56")
    whole, share = named_device("xeon-8480"), cores / 56
    peaks = {name: cores * 2 * 16 * width(name) * 2 * 2e9 for name in ("int8", "bf16", "fp32")}
    memory = [Memory(m.name, m.capacity * share, m.bandwidth * share, m.energy) for m in whole.memory]
    return replace(
        whole,
        name=f"xeon-8480, vector units of {cores} core{'s' if cores > 1 else ''}",
        peak=peaks,
        memory=tuple(memory),
        otherwise=Efficiency(2e-7, 0.7, 0.8),
        energy={},
        power=whole.power * share,
    )


def break_even_density(
    dense: Gemm, sparse: Callable[[float], Operator], device: Device | str, least: float = 1e-4
) -> float:
    """The share of kept numbers at which a sparse product takes as long as the dense one; more of them are slower.

    By bisection in logarithms, between `least` and 1; 1 where the sparse one is faster even when full, and `least`
    where it is slower even then.

    >>> from ..device_table import datasheet
    >>> m = k = n = 4096
    >>> machine = replace(datasheet("xeon-8480"), efficiency={"spmm": Efficiency(0.0, 0.25, 1.0)})
    >>> round(break_even_density(Gemm(m, k, n, dtype="fp32"), csr(m, k, n), machine), 3)
    0.25
    """
    machine = as_device(device)
    limit = float(estimate(dense, machine).time[0])
    low, high = np.log(least), 0.0
    if estimate(sparse(1.0), machine).time[0] <= limit:
        return 1.0
    for _ in range(50):
        middle = (low + high) / 2
        slower = estimate(sparse(float(np.exp(middle))), machine).time[0] > limit
        low, high = (low, middle) if slower else (middle, high)
    return float(np.exp(low))


def csr(m: int, k: int, n: int, dtype: str = "fp32") -> Callable[[float], SpMM]:
    """Products of compressed rows (m, k) with a dense matrix (k, n), by the share of numbers."""
    return lambda density: SpMM(m, k, n, density, dtype=dtype)


def full_blocks(m: int, k: int, n: int, rows: int = 4, dtype: str = "int8") -> Callable[[float], BlockSpMM]:
    """Products of packed blocks by their share, where no group is unfinished."""
    return lambda density: BlockSpMM(m, k, n, density * m * k, rows, dtype)


def measured_break_even(densities: list[float], sparse_seconds: list[float], dense_seconds: float) -> float:
    """Where measured times of a sparse product, at ascending densities, cross that of the dense one.

    Between the two densities around it time is linear in the density. Raises `ValueError` where they do not cross.

    >>> round(measured_break_even([0.1, 0.2, 0.4], [1.0, 2.0, 4.0], 3.0), 3)
    0.3
    """
    slower = [seconds > dense_seconds for seconds in sparse_seconds]
    if slower[0] or not slower[-1]:
        raise ValueError(
            f"measured_break_even: {sparse_seconds} s at {densities} do not cross {dense_seconds} s: measure at more"
        )
    at = slower.index(True)
    (x, y), (s, t) = densities[at - 1 : at + 1], sparse_seconds[at - 1 : at + 1]
    return x + (y - x) * (dense_seconds - s) / (t - s)
