"""Hyperband: brackets of successive halving that begin at different fidelities."""

from __future__ import annotations

from .random_search import RandomSearch
from .strategies import Strategy
from .successive_halving import Halving, Plan


def hyperband_plan(rungs: int, eta: int, bracket: int) -> Plan:
    """Bracket after bracket begins one rung higher, with ceil(rungs / r eta^(r - 1)) candidates for r rungs to go.

    >>> [hyperband_plan(3, eta=3, bracket=bracket) for bracket in range(4)]
    [(0, (9, 3, 1)), (1, (5, 1)), (2, (3,)), (0, (9, 3, 1))]
    """
    first = bracket % rungs
    left = rungs - first
    candidates = -(-rungs * eta ** (left - 1) // left)
    return first, tuple(candidates // eta**i for i in range(left))


def Hyperband(inner: Strategy | None = None, eta: int = 3) -> Halving:  # noqa: N802
    """Successive halving in brackets that begin at every fidelity in turn, for those who cannot trust the lowest one.

    With an `inner` that learns (BOHB's idea) it learns from the rungs; else candidates are drawn at random.
    Source: L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar (2018), Hyperband: a novel bandit-based
    approach to hyperparameter optimization, arXiv:1603.06560; S. Falkner, A. Klein, F. Hutter (2018), BOHB,
    arXiv:1807.01774.
    Differs: the rungs are the fidelities of the problem, whatever their ratios.

    >>> Hyperband().plan is hyperband_plan
    True
    """
    return Halving(hyperband_plan, RandomSearch() if inner is None else inner, eta)
