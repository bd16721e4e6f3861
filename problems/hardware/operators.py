"""Operators: what a network asks of a machine, with the work of each in closed form; every size may be an array."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: A number, or one for each candidate.
Numbers = float | NDArray[Any]
#: Bytes of a number.
BYTES = {"fp64": 8.0, "fp32": 4.0, "fp16": 2.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.5}
#: Bytes of an index of a sparse matrix.
INDEX = 4.0


class Work(NamedTuple):
    """What an operator does: each a number or an array (candidates,)."""

    #: Floating-point operations, two for a multiply-add, with padding where the machine pads.
    flops: Numbers
    #: Bytes that must come from memory or go there, each once.
    moved: Numbers
    #: Bytes of weights, which stay in memory.
    stored: Numbers = 0.0
    #: Bytes of operands and results, which live while the operator runs.
    live: Numbers = 0.0
    #: Whether numbers are computed one at a time, in one lane of the vector units.
    scalar: bool = False
    #: Bytes that a member of a group sends over its link.
    sent: Numbers = 0.0
    #: How many messages follow one another on the link.
    messages: Numbers = 0.0


class Operator(ABC):
    """A step of a computation: its sizes, each positive, and the type of its numbers.

    Raises `ValueError`, naming operator and field, for sizes that are not positive or do not go together, and for a
    type that is not in `BYTES`.
    """

    kind: ClassVar[str]
    #: Fields that may be zero.
    may_be_zero: ClassVar[tuple[str, ...]] = ()
    dtype: str

    def __post_init__(self) -> None:
        shapes = set()
        for name, size in vars(self).items():
            if isinstance(size, np.ndarray):
                shapes.add(size.shape)
                low = np.minimum.reduce(size, axis=None) if size.size else np.nan
                self._check(name, low)
            elif not isinstance(size, str):
                self._check(name, size)
        if self.dtype not in BYTES:
            raise ValueError(f"{self.called}.dtype={self.dtype!r}: known are {', '.join(BYTES)}")
        if len(shapes) > 1:
            self._check_together()

    def _check(self, name: str, low: Any) -> None:
        if not (low > 0 or isinstance(low, bool) or (low == 0 and name in self.may_be_zero)):
            needed = "at least 0" if name in self.may_be_zero else "positive"
            raise ValueError(f"{self.called}.{name}={low}: a size must be {needed}")

    def _check_together(self) -> None:
        shapes = {name: size.shape for name, size in vars(self).items() if isinstance(size, np.ndarray)}
        try:
            np.broadcast_shapes(*shapes.values())
        except ValueError:
            raise ValueError(f"{self.called}: sizes for different numbers of candidates: {shapes}") from None

    @property
    def called(self) -> str:
        """How the operator is called in messages."""
        return type(self).__name__

    @property
    def size(self) -> float:
        """Bytes of one of its numbers."""
        return BYTES[self.dtype]

    @abstractmethod
    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        """The work; the result of a matrix product is computed in whole tiles of rows x columns."""

    @property
    def takes(self) -> tuple[Numbers, Numbers] | None:
        """Rows and columns of what it reads from the operator before it, where that is one matrix."""
        return None

    @property
    def gives(self) -> tuple[Numbers, Numbers] | None:
        """Rows and columns of its result, where that is one matrix."""
        return self.takes


def rounded_up(size: Numbers, step: Numbers) -> Numbers:
    """The least multiple of a step that is not below a size.

    >>> float(rounded_up(130, 128))
    256.0
    """
    rounded: Numbers = np.ceil(np.asarray(size) / step) * step
    return rounded


@dataclass(frozen=True)
class Gemm(Operator):
    """A dense product of (m, k) with the weights (k, n), `count` times with weights of its own.

    flops = 2 m k n, bytes moved = k n + m k + m n numbers.

    >>> Gemm(m=1, k=4096, n=4096).work().moved
    33570816.0
    """

    m: Numbers
    k: Numbers
    n: Numbers
    count: Numbers = 1
    dtype: str = "fp16"

    kind = "gemm"

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        m, k, n = self.m, self.k, self.n
        padded = m * n if tile == (1, 1) else rounded_up(m, tile[0]) * rounded_up(n, tile[1])
        size = self.size * self.count
        weights, live = size * k * n, size * m * (k + n)
        return Work(2.0 * self.count * k * padded, weights + live, weights, live)

    @property
    def takes(self) -> tuple[Numbers, Numbers]:
        return self.m, self.k

    @property
    def gives(self) -> tuple[Numbers, Numbers]:
        return self.m, self.n


@dataclass(frozen=True)
class Gemv(Operator):
    """A dense product of one row (1, k) with the weights (k, n): a `Gemm` whose m is 1 and which is not padded."""

    k: Numbers
    n: Numbers
    dtype: str = "fp16"

    kind = "gemv"

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        weights, live = self.size * self.k * self.n, self.size * (self.k + self.n)
        return Work(2.0 * self.k * self.n, weights + live, weights, live)

    @property
    def takes(self) -> tuple[Numbers, Numbers]:
        return 1, self.k

    @property
    def gives(self) -> tuple[Numbers, Numbers]:
        return 1, self.n


@dataclass(frozen=True)
class Elementwise(Operator):
    """A function of each number of a matrix (rows, columns): `operands` are read, and one is written.

    flops = rows columns `per_number`; bytes moved = (operands + 1) rows columns numbers.
    """

    rows: Numbers
    columns: Numbers
    operands: Numbers = 1
    per_number: Numbers = 1
    dtype: str = "fp16"

    kind = "elementwise"

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        numbers = self.rows * self.columns
        moved = self.size * (self.operands + 1) * numbers
        return Work(self.per_number * numbers, moved, 0.0, moved)

    @property
    def takes(self) -> tuple[Numbers, Numbers]:
        return self.rows, self.columns


@dataclass(frozen=True)
class Gather(Operator):
    """Rows picked from a table of `entries` rows, such as embeddings of tokens: read, and written."""

    rows: Numbers
    columns: Numbers
    entries: Numbers
    dtype: str = "fp16"

    kind = "gather"

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        picked = self.size * self.rows * self.columns
        return Work(0.0, 2.0 * picked, self.size * self.entries * self.columns, picked)

    @property
    def gives(self) -> tuple[Numbers, Numbers]:
        return self.rows, self.columns


@dataclass(frozen=True)
class SpMM(Operator):
    """A sparse matrix (m, k) with a share `density` of numbers, times a dense one (k, n).

    flops = 2 nnz n, with nnz = density m k `padding`; bytes moved = (number + index) nnz + (k n + m n) numbers.
    """

    m: Numbers
    k: Numbers
    n: Numbers
    density: Numbers
    padding: Numbers = 1
    dtype: str = "fp16"

    kind = "spmm"

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        stored_numbers = self.density * self.m * self.k * self.padding
        sparse, live = (self.size + INDEX) * stored_numbers, self.size * (self.k + self.m) * self.n
        return Work(2.0 * stored_numbers * self.n, sparse + live, sparse, live)


@dataclass(frozen=True)
class SpGEMM(Operator):
    """A product of two sparse matrices, by its counts: numbers of A, B and C, and intermediate products.

    flops = 2 products; bytes moved are those of a row-wise product whose B fits near the processor, or `traffic`
    where that is given. One number is computed at a time, so one of the vector lanes is used.
    """

    first: Numbers
    second: Numbers
    products: Numbers
    result: Numbers
    traffic: Numbers = 0
    dtype: str = "fp32"

    kind = "spgemm"
    may_be_zero = ("traffic", "result")

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        entry = self.size + INDEX
        stored, live = entry * (self.first + self.second), entry * self.result
        moved = np.where(np.asarray(self.traffic) > 0, self.traffic, stored + live)
        return Work(2.0 * self.products, moved, stored, live, scalar=True)


@dataclass(frozen=True)
class Attention(Operator):
    """Attention of `queries` new tokens to `keys` tokens, for a batch of sequences.

    flops = 4 batch heads head_size pairs, where pairs = density queries (keys - queries / 2) with a causal mask and
    density queries keys without; bytes moved = 2 batch head_size (heads queries + kv_heads keys) numbers. `density`
    is the share of the allowed pairs that a pattern keeps, counted in whole blocks of the kernel (see
    `attention_patterns`); `kv_heads` of 0 are as many as heads.

    >>> Attention(queries=4, keys=4, heads=1, head_size=8).work().flops
    256.0
    """

    queries: Numbers
    keys: Numbers
    heads: Numbers
    head_size: Numbers
    kv_heads: Numbers = 0
    batch: Numbers = 1
    density: Numbers = 1
    causal: bool = True
    dtype: str = "fp16"

    kind = "attention"
    may_be_zero = ("kv_heads",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.causal and np.any(np.asarray(self.keys) < self.queries):
            raise ValueError(
                f"Attention.keys={np.min(self.keys)}: with a causal mask a query attends to itself and what is before "
                f"it, so that there must be at least as many keys as the {np.max(self.queries)} queries"
            )
        if np.any(np.asarray(self.density) > 1):
            raise ValueError(f"Attention.density={np.max(self.density)}: a share is at most 1")

    @property
    def groups(self) -> Numbers:
        """The heads that have keys and values of their own."""
        groups: Numbers = np.where(np.asarray(self.kv_heads) > 0, self.kv_heads, self.heads)
        return groups

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        seen = self.keys - self.queries / 2 if self.causal else self.keys
        pairs = self.density * self.queries * seen
        cached = 2.0 * self.size * self.batch * self.head_size * self.groups * self.keys
        live = 2.0 * self.size * self.batch * self.head_size * self.heads * self.queries
        read = live + cached * np.minimum(1.0, np.asarray(self.density) * self.queries)
        flops = 4.0 * self.batch * self.heads * self.head_size * pairs
        return Work(flops, read, cached, live)

    @property
    def takes(self) -> tuple[Numbers, Numbers]:
        return self.batch * self.queries, (self.heads + 2 * self.groups) * self.head_size

    @property
    def gives(self) -> tuple[Numbers, Numbers]:
        return self.batch * self.queries, self.heads * self.head_size
