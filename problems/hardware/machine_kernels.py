"""Machine kernels: operators of random sizes that this machine can run, in NumPy and SciPy, by one thread."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .operators import Attention, Elementwise, Gather, Gemm, Gemv, Operator, SpGEMM, SpMM


class Kernel(NamedTuple):
    """An operator and a call that does what it describes."""

    operator: Operator
    run: Callable[[], Any]


def _size(rng: np.random.Generator, low: int, high: int) -> int:
    """A size, drawn evenly in logarithms."""
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def _numbers(rng: np.random.Generator, *shape: int) -> Any:
    return rng.random(shape, dtype=np.float32)


def gemm(rng: np.random.Generator) -> Kernel:
    """A product of dense matrices."""
    m, k, n = (_size(rng, 32, 1024) for _ in range(3))
    a, b, c = _numbers(rng, m, k), _numbers(rng, k, n), np.empty((m, n), np.float32)
    return Kernel(Gemm(m, k, n, dtype="fp32"), lambda: np.matmul(a, b, out=c))


def gemv(rng: np.random.Generator) -> Kernel:
    """A row times a dense matrix."""
    k, n = _size(rng, 128, 4096), _size(rng, 128, 4096)
    a, b, c = _numbers(rng, k), _numbers(rng, k, n), np.empty(n, np.float32)
    return Kernel(Gemv(k, n, dtype="fp32"), lambda: np.matmul(a, b, out=c))


def elementwise(rng: np.random.Generator) -> Kernel:
    """Softmax of each row, in place of a result that is there already."""
    rows, columns = _size(rng, 16, 2048), _size(rng, 64, 4096)
    x, y = _numbers(rng, rows, columns), np.empty((rows, columns), np.float32)
    return Kernel(Elementwise(rows, columns, per_number=5, dtype="fp32"), lambda: _softmax(x, y))


def _softmax(x: Any, out: Any) -> None:
    np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    np.divide(out, out.sum(axis=-1, keepdims=True), out=out)


def gather(rng: np.random.Generator) -> Kernel:
    """Rows of a table, picked at random, others in each call: so that what is near is the table and not the picked."""
    rows, columns, entries = _size(rng, 16, 4096), _size(rng, 64, 1024), _size(rng, 256, 16384)
    table, out = _numbers(rng, entries, columns), np.empty((rows, columns), np.float32)
    picks = itertools.cycle(rng.integers(entries, size=(max(2, 2 * entries // rows), rows)))
    return Kernel(Gather(rows, columns, entries, dtype="fp32"), lambda: np.take(table, next(picks), 0, out, "clip"))


def attention(rng: np.random.Generator) -> Kernel:
    """Attention of all queries to all keys, with the matrix of scores in memory."""
    queries, keys, heads, head_size = _size(rng, 32, 512), _size(rng, 64, 1024), _size(rng, 1, 8), 64
    q, k, v = (_numbers(rng, heads, n, head_size) for n in (queries, keys, keys))
    scores, out = np.empty((heads, queries, keys), np.float32), np.empty_like(q)

    def run() -> None:
        np.matmul(q, k.transpose(0, 2, 1), out=scores)
        _softmax(scores, scores)
        np.matmul(scores, v, out=out)

    return Kernel(Attention(queries, keys, heads, head_size, causal=False, dtype="fp32"), run)


def spmm(rng: np.random.Generator) -> Kernel:
    """A sparse matrix times a dense one."""
    m, k, n = _size(rng, 256, 2048), _size(rng, 256, 2048), _size(rng, 8, 256)
    a, b = _sparse(rng, m, k, float(np.exp(rng.uniform(np.log(0.003), np.log(0.2))))), _numbers(rng, k, n)
    return Kernel(SpMM(m, k, n, a.nnz / (m * k), dtype="fp32"), lambda: a @ b)


def spgemm(rng: np.random.Generator) -> Kernel:
    """A product of two sparse matrices; its intermediate products and its numbers are counted."""
    m, k, n = (_size(rng, 256, 2048) for _ in range(3))
    a, b = (_sparse(rng, *shape, float(np.exp(rng.uniform(np.log(0.001), np.log(0.05))))) for shape in ((m, k), (k, n)))
    products = np.bincount(a.indices, minlength=k) @ np.diff(b.indptr)
    work = SpGEMM(max(a.nnz, 1), max(b.nnz, 1), max(int(products), 1), (a @ b).nnz, dtype="fp32")
    return Kernel(work, lambda: a @ b)


def _sparse(rng: np.random.Generator, rows: int, columns: int, density: float) -> Any:
    from scipy.sparse import csr_array

    count = max(1, rng.binomial(rows * columns, density))
    places = rng.integers(rows * columns, size=count)
    values = _numbers(rng, count) + np.float32(0.5)
    return csr_array((values, (places // columns, places % columns)), shape=(rows, columns))


#: The classes of operators that are measured, by kind.
MACHINE_KERNELS: dict[str, Callable[[np.random.Generator], Kernel]] = {
    "gemm": gemm,
    "gemv": gemv,
    "elementwise": elementwise,
    "gather": gather,
    "attention": attention,
    "spmm": spmm,
    "spgemm": spgemm,
}
