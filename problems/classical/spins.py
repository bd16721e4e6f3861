"""Ising models: spins on a ring or a torus, bound to their neighbours by bonds that want them alike or unlike."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from ...search import Problem
from ...spaces import Mask
from ..instance_names import instance_name
from .instances import Bits, Floats, Integers, at_least

_WIDEST = 10  # columns up to which the ground state is found by dynamic programming over rows


def unlike_neighbours(bits: Bits) -> int:
    """How many spins of a ring differ from the next one."""
    return int(np.count_nonzero(bits[1:] != bits[:-1])) + int(bits[0] != bits[-1])


@dataclass(frozen=True, eq=False)
class SpinGlass:
    """Bonds of +1 or -1 on a torus; the loss is the number of bonds that are not satisfied.

    A bond J between spins s and t (each -1 or 1) is satisfied where J s t = 1, so the energy -sum J s t is
    2 loss - bonds. Shapes: `right` (rows, columns) binds each spin to the next in its row, `down` to the next row.
    """

    right: Integers
    down: Integers

    def __call__(self, bits: Bits) -> int:
        spins = np.where(bits, 1, -1).reshape(self.right.shape)
        satisfied = np.sum(self.right * spins * np.roll(spins, -1, 1) + self.down * spins * np.roll(spins, -1, 0))
        return int(2 * spins.size - satisfied) // 2

    def ground_loss(self) -> int:
        """The least loss, by dynamic programming over rows: the best for each first row and each last one."""
        rows, columns = self.right.shape
        states = np.where(np.arange(1 << columns)[:, None] >> np.arange(columns) & 1, 1, -1)
        within = [(states * np.roll(states, -1, 1) != self.right[row]).sum(axis=1) for row in range(rows)]
        least = np.full((len(states), len(states)), np.inf)
        np.fill_diagonal(least, within[0])
        for row in range(rows - 1):
            least = _next_row(least, self.down[row]) + within[row + 1]
        closing = np.array([(state * states != self.down[-1]).sum(axis=1) for state in states])
        return int((least + closing).min())


def _next_row(least: Floats, bonds: Integers) -> Floats:
    """The best losses when another row follows the last one, bound to it by `bonds`: one spin after the other."""
    for column, bond in enumerate(bonds):
        halves = least.reshape(len(least), -1, 2, 1 << column)  # the third axis is the spin of this column
        same, other = (0, 1) if bond == 1 else (1, 0)
        least = np.stack(
            [np.minimum(halves[:, :, s] + same, halves[:, :, 1 - s] + other) for s in (0, 1)], axis=2
        ).reshape(least.shape)
    return least


def ising_ring(n: int = 64) -> Problem:
    """A ring of `n` spins that all want to be like their neighbours; the loss is the number of unlike pairs.

    Two optima that are each other's opposite, and walls between them that move without cost.
    Source: Ising, 1925, Beitrag zur Theorie des Ferromagnetismus, Zeitschrift für Physik 31.

    >>> ising_ring(4).evaluate(np.array([True, True, False, False]))
    2
    """
    at_least(3, n=n)
    source = "Ising, 1925, Zeitschrift für Physik 31"
    return Problem(
        instance_name("classical/ising_ring", n=(n, 64)), Mask(n), unlike_neighbours, best_known=0.0, source=source
    )


def spin_glass(side: int = 8, seed: int = 0) -> Problem:
    """A torus of `side` x `side` spins with random bonds of +1 or -1; the loss is the number of unsatisfied bonds.

    The energy is 2 loss - 2 side^2. The ground state is exact up to a side of 10, and not known beyond.
    Source: Edwards, Anderson, 1975, Theory of spin glasses, Journal of Physics F 5.

    >>> spin_glass(4).best_known
    5.0
    """
    at_least(3, side=side)
    rng = Random(seed)
    right, down = (np.array([[rng.choice((-1, 1)) for _ in range(side)] for _ in range(side)]) for _ in range(2))
    glass = SpinGlass(right, down)
    return Problem(
        instance_name("classical/spin_glass", side=(side, 8), seed=(seed, 0)),
        Mask(side * side),
        glass,
        best_known=float(glass.ground_loss()) if side <= _WIDEST else None,
        source="Edwards, Anderson, 1975, Journal of Physics F 5",
    )
