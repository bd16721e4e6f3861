"""Methods that are local search with certain parts: iterated, in varied neighbourhoods, from random starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .local_search import Afresh, Kick, LocalSearch, accept_better, accept_level
from .trials import Trial


def IteratedLocalSearch(  # noqa: N802
    strength: int = 4,
    *,
    accept: Callable[[Trial, Trial], bool] = accept_level,
    sideways: int = 20,
    patience: int | None = 50,
    kinds: Sequence[str] = (),
    sample: int | None = None,
) -> LocalSearch:
    """Descends to a local optimum, kicks it by `strength` changes, and descends again; the better optimum is kept.

    After `patience` descents without improvement it starts afresh.
    Source: Lourenço, Martin, Stützle, 2003, Iterated Local Search, doi:10.1007/0-306-48056-5_11.
    Differs: candidates whose outcome is known are not proposed again.
    """
    return LocalSearch(
        sideways=sideways, kinds=kinds, sample=sample, leave=Kick(strength), accept=accept, patience=patience
    )


def RestartedLocalSearch(  # noqa: N802
    *, steepest: bool = False, sideways: int = 0, kinds: Sequence[str] = (), sample: int | None = None
) -> LocalSearch:
    """Descends from one random member after the other."""
    return LocalSearch(steepest=steepest, sideways=sideways, kinds=kinds, sample=sample, leave=Afresh())


def VariableNeighborhoodDescent(  # noqa: N802
    kinds: Sequence[str] = (), *, steepest: bool = False, strength: int = 3, patience: int | None = 50
) -> LocalSearch:
    """Searches one kind of neighbourhood after the other, and turns back to the first at every improvement.

    A local optimum of all kinds is kicked. The kinds follow in the given order, else in that of the space.
    Source: Mladenović, Hansen, 1997, Variable Neighborhood Search, doi:10.1016/S0305-0548(97)00031-2.
    """
    return LocalSearch(
        steepest=steepest, kinds=kinds, in_order=True, leave=Kick(strength), accept=accept_better, patience=patience
    )
