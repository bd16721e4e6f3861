"""Masks: arrays of booleans, up to millions of entries, with a free or a fixed number of ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from itertools import product as tuples
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .abstract import ABSENT, Features, Record, Space
from .choosers import Chooser
from .errors import OutsideSpace, SpaceError
from .move_sets import Moves

Bits = NDArray[np.bool_]


class Mask(Space):
    """An array of booleans of a given shape, with exactly `ones` true entries where that is given.

    The value is a read-only NumPy array; building hands out a copy. The decision is the whole mask at once; choosers
    that cannot take it so are asked bit by bit.

    >>> Mask((2, 3), ones=2).size()
    15
    """

    def __init__(self, shape: int | Sequence[int], *, ones: int | None = None) -> None:
        sides = tuple(shape) if isinstance(shape, Sequence) else (shape,)
        for number in (*sides, *(() if ones is None else (ones,))):
            if isinstance(number, bool) or not hasattr(number, "__index__"):
                raise SpaceError(f"Mask({shape!r}, ones={ones!r}): {number!r} is not an integer")
        self.shape = tuple(int(n) for n in sides)
        self.n, self.ones = math.prod(self.shape), None if ones is None else int(ones)
        if not self.shape or min(self.shape) < 1:
            raise SpaceError(f"Mask({shape!r}) has no entries: every side must be at least 1")
        if ones is not None and not 0 <= ones <= self.n:
            raise SpaceError(f"Mask({shape!r}, ones={ones}): there are only {self.n} entries")

    def decide(self, choose: Chooser) -> Bits:
        return self._value(choose.bits(self) if self.varies else np.full(self.n, bool(self.ones)))

    def _value(self, flat: Bits) -> Bits:
        """A mask of its own, write-protected."""
        return self._sealed(np.array(flat, dtype=np.bool_))

    def _sealed(self, flat: Bits) -> Bits:
        """A flat array that nobody else holds as a value, write-protected."""
        flat.setflags(write=False)
        return flat if len(self.shape) == 1 else flat.reshape(self.shape)

    def checked_bits(self, decision: Any) -> Bits:
        """A whole mask as a decision; raises `OutsideSpace` when it is none of this hole."""
        flat = np.asarray(decision).reshape(-1)
        if not self.takes(flat):
            raise OutsideSpace(decision, f"the decision of {self!r} must be a mask of this hole, flat")
        return flat

    def takes(self, flat: Any) -> bool:
        """Whether a flat array of booleans is a whole mask of this hole."""
        return flat.dtype == np.bool_ and flat.size == self.n and self.ones in (None, int(flat.sum()))

    def bit_by_bit(self, choose: Chooser) -> Bits:
        """The flat mask, asked for one bit after the other."""
        flat, left = np.zeros(self.n, dtype=np.bool_), self.ones
        for i in range(self.n):
            rest = self.n - i
            if left is None:
                flat[i] = choose.index(2, self)
            elif left == rest or left == 0:
                flat[i] = left == rest
            else:
                flat[i] = choose.index(2, self, (rest - left, left))
            if left is not None:
                left -= int(flat[i])
        return flat

    def draw_bits(self, rng: Random) -> Bits:
        """A uniform flat mask."""
        if self.ones is None:
            data = np.frombuffer(rng.randbytes((self.n + 7) // 8), dtype=np.uint8)
            return np.unpackbits(data, count=self.n).view(np.bool_)
        return _uniform_with_ones(self.n, self.ones, rng)

    def recognize(self, value: Any, record: Record) -> None:
        if not isinstance(value, np.ndarray) or value.dtype != np.bool_:
            raise OutsideSpace(value, f"{self!r} holds arrays of booleans")
        if value.shape != self.shape:
            raise OutsideSpace(value, f"its shape must be {self.shape}")
        if self.ones is not None and (count := int(value.sum())) != self.ones:
            raise OutsideSpace(value, f"it must have {self.ones} ones, not {count}")
        if self.varies:
            record.append((self, value.reshape(-1)))

    def own_size(self) -> int:
        return 1 << self.n if self.ones is None else math.comb(self.n, self.ones)

    @property
    def varies(self) -> bool:
        return self.ones is None or 0 < self.ones < self.n

    @property
    def leaf(self) -> bool:
        return self.varies

    def kinds(self) -> frozenset[Any]:
        return frozenset({np.ndarray})

    def change(self, value: Bits, rng: Random) -> Bits:
        """Flip one entry, or swap a one for a zero where the number of ones is fixed."""
        return self.change_several(value, 1, rng)

    @property
    def changes_at_once(self) -> int:
        """How many entries can be flipped, or ones swapped for zeros, without touching one twice."""
        return self.n if self.ones is None else min(self.ones, self.n - self.ones)

    def change_several(self, value: Bits, k: int, rng: Random) -> Bits:
        """Flip `k` distinct entries, or swap `k` ones for `k` zeros; as many as there are where `k` is more.

        >>> mask = Mask(100)
        >>> a = mask.sample(Random(0))
        >>> int((mask.change_several(a, 7, Random(1)) != a).sum())
        7
        """
        flat = value.flatten()
        if self.ones is None:
            _flip(flat, min(k, self.n), rng)
        elif k == 1:
            out, into = _position_of(flat, True, rng), _position_of(flat, False, rng)
            flat[out], flat[into] = False, True
        else:
            _swap(flat, min(k, self.changes_at_once), rng)
        return self._sealed(flat)

    def own_neighborhoods(self) -> tuple[str, ...]:
        return ("flip" if self.ones is None else "swap",) if self.varies else ()

    def moves(self, value: Bits, kind: str, rng: Random | None = None) -> Moves:
        """Every flip, or every swap of a one for a zero; none is made before it is asked for."""
        flat = value.reshape(-1)
        if kind == "flip":
            return Moves(self.n, lambda i: self._turned(flat, [i]))
        ones, zeros = np.flatnonzero(flat), np.flatnonzero(~flat)
        width = max(1, len(zeros))
        return Moves(len(ones) * len(zeros), lambda i: self._turned(flat, [ones[i // width], zeros[i % width]]))

    def _turned(self, flat: Bits, positions: Any) -> Bits:
        """The mask with some entries turned."""
        changed = flat.copy()
        changed[positions] ^= True
        return self._value(changed)

    def alternatives(self, value: Bits) -> Iterator[Bits]:
        """Every flip, or every swap where the number of ones is fixed."""
        flat = value.reshape(-1)
        ones, zeros = np.flatnonzero(flat), np.flatnonzero(~flat)
        moves: Iterator[list[int]] = (
            ([i] for i in range(self.n)) if self.ones is None else ([int(i), int(j)] for i in ones for j in zeros)
        )
        for move in moves:
            changed = flat.copy()
            changed[move] ^= True
            yield self._value(changed)

    def cross(self, first: Bits, second: Bits, rng: Random) -> Bits:
        """Each entry from either parent; with a fixed number of ones, a draw among where the parents differ."""
        a, b = first.reshape(-1), second.reshape(-1)
        if self.ones is None:
            return self._sealed(((a ^ b) & self.draw_bits(rng)) ^ b)  # the bit of a where drawn, else that of b
        differing = np.flatnonzero(a != b)
        picked = _draw_positions(len(differing), len(differing) // 2, rng)
        child = a & b
        child[differing[picked]] = True
        return self._sealed(child)

    def enumerate(self) -> Iterator[Bits]:
        if self.ones is None:
            return (self._value(np.array(bits, dtype=np.bool_)) for bits in tuples((False, True), repeat=self.n))
        places = combinations(range(self.n), self.ones)
        return (self._value(_with_ones(self.n, list(picked))) for picked in places)

    def encode(self, value: Any, out: Features) -> None:
        out.extend([0.0] * self.n if value is ABSENT else value.reshape(-1).astype(float).tolist())

    def __repr__(self) -> str:
        shape = self.shape[0] if len(self.shape) == 1 else self.shape
        return f"Mask({shape}{'' if self.ones is None else f', ones={self.ones}'})"


def _with_ones(n: int, positions: Any) -> Bits:
    flat = np.zeros(n, dtype=np.bool_)
    flat[positions] = True
    return flat


def _draw_positions(n: int, k: int, rng: Random) -> Any:
    """`k` distinct positions below `n`, uniformly: by hand while few, by NumPy seeded from `rng` when many."""
    if k < 64:
        return rng.sample(range(n), k)
    generator = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
    return generator.permutation(n)[:k]


def _flip(flat: Bits, k: int, rng: Random) -> None:
    """Turn `k` distinct entries: one by one while few, since an array of places costs more than they do."""
    n = len(flat)
    if k > 16 or 4 * k > n > 4:
        flat[_draw_positions(n, k, rng)] ^= True
        return
    turned: set[int] = set()
    while len(turned) < k:
        i = int(rng.random() * n)
        if i not in turned:
            turned.add(i)
            flat[i] = not flat[i]


def _swap(flat: Bits, k: int, rng: Random) -> None:
    """Turn `k` ones to zeros and as many zeros to ones."""
    ones, zeros = np.flatnonzero(flat), np.flatnonzero(~flat)
    flat[ones[_draw_positions(len(ones), k, rng)]] = False
    flat[zeros[_draw_positions(len(zeros), k, rng)]] = True


def _uniform_with_ones(n: int, k: int, rng: Random) -> Bits:
    """A uniform mask with `k` ones: independent bits first, then a uniform correction of their number."""
    if min(k, n - k) < 64:
        flat = _with_ones(n, rng.sample(range(n), min(k, n - k)))
        return flat if k <= n - k else ~flat
    generator = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
    flat = generator.random(n, dtype=np.float32) < k / n
    surplus = int(np.count_nonzero(flat)) - k
    candidates = np.flatnonzero(flat == (surplus > 0))
    flat[generator.choice(candidates, abs(surplus), replace=False, shuffle=False)] = surplus <= 0
    return flat


def _position_of(flat: Bits, wanted: bool, rng: Random) -> int:
    """A uniform position whose entry is `wanted`: a few darts first, a full list when they miss."""
    for _ in range(20):
        i = int(rng.random() * len(flat))
        if flat[i] == wanted:
            return i
    positions = np.flatnonzero(flat == wanted)
    return int(positions[int(rng.random() * len(positions))])
