"""Pictures of studies with matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .study import Study


def best_so_far(study: Study) -> list[float]:
    """The best value of the only objective after each trial, NaN before the first feasible success."""
    sign = study.problem.signs[0]
    losses = [t.losses[0] if t.violation == 0.0 and study.is_full(t) else np.inf for t in study.trials]
    running = np.minimum.accumulate(losses) if losses else np.array([])
    return [sign * float(value) if np.isfinite(value) else float("nan") for value in running]


def plot_study(study: Study, axes: Any = None) -> Any:
    """Draw one study: its best value over the trials, or its Pareto front; returns the axes."""
    axes = axes_or_new(axes)
    names = list(study.problem.objectives)
    if len(names) == 1:
        values = [t.objectives.get(names[0], float("nan")) for t in study.trials]
        axes.plot(range(1, len(values) + 1), values, ".", color="0.75", markersize=4, label="trials")
        return plot_studies([study], axes)
    done = [t for t in study.trials if t.state == "done"]
    axes.plot(*([t.objectives[name] for t in done] for name in names[:2]), ".", color="0.75", label="trials")
    front = sorted(study.pareto, key=lambda t: t.objectives[names[0]])
    axes.plot(*([t.objectives[name] for t in front] for name in names[:2]), "o-", label="Pareto front")
    axes.set(xlabel=names[0], ylabel=names[1], title=study.name)
    axes.legend()
    return axes


def plot_studies(studies: Sequence[Study], axes: Any = None) -> Any:
    """Draw the best value so far of several studies of one problem; returns the axes."""
    axes = axes_or_new(axes)
    for study in studies:
        curve = best_so_far(study)
        axes.step(range(1, len(curve) + 1), curve, where="post", label=study.name)
    objective, direction = next(iter(studies[0].problem.objectives.items()))
    axes.set(xlabel="trials", ylabel=f"{objective} ({direction})", title=studies[0].problem.name)
    axes.legend()
    return axes


def axes_or_new(axes: Any, size: tuple[float, float] = (7, 4)) -> Any:
    """The axes, where there are some, else new ones of a figure of so many inches; raises `ImportError`."""
    if axes is not None:
        return axes
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("plots need matplotlib: pip install 'inlay[plots]'") from None
    return pyplot.subplots(figsize=size, layout="constrained")[1]
