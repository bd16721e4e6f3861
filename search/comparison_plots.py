"""Pictures of a comparison with matplotlib: performance profiles and anytime curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .anytime_curves import Curve
    from .comparison_result import Comparison

_COLUMNS = 3
_DASHES = ("-", "--", "-.", ":")
_MOST_BANDS = 8  # strategies beyond which bands would hide the curves
_COLORS = 10  # of the cycle, before another dash distinguishes


def plot_comparison(comparison: Comparison) -> Any:
    """A figure with the performance profile and the curves of every problem; raises `ImportError` with the remedy."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("plots need matplotlib: pip install 'inlay[plots]'") from None
    panels = len(comparison.problems) + 1
    rows = -(-panels // _COLUMNS)
    figure = Figure(figsize=(5 * _COLUMNS, 3.4 * rows), layout="constrained")
    axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    plot_profile(comparison, axes[0])
    for place, facts in zip(axes[1:], comparison.problems, strict=False):
        plot_curves(comparison, facts.name, place)
    for place in axes[panels:]:
        place.set_visible(False)
    return figure


def plot_profile(comparison: Comparison, axes: Any) -> None:
    """Draw the share of problems within each slowdown on the given axes."""
    for i, (label, points) in enumerate(comparison.profile().items()):
        axes.step(*zip(*points, strict=True), where="post", label=label, **_look(i))
    axes.set(xlabel="times slower than the fastest", ylabel="share of problems", ylim=(-0.02, 1.02))
    axes.set_title("performance profile")
    axes.legend(fontsize="small")


def plot_curves(comparison: Comparison, problem: str, axes: Any) -> None:
    """Draw the median best value over what was spent, with the band of the middle half, on the given axes."""
    places = {label: i for i, label in enumerate(comparison.strategies)}
    for label, curve in comparison.curves(problem).items():
        look, at = _look(places[label]), _corners(curve)
        axes.step(curve.spent[at], curve.median[at], where="post", label=label, **look)
        if len(places) <= _MOST_BANDS:
            band = {"step": "post", "alpha": 0.15, "color": look["color"], "linewidth": 0}
            axes.fill_between(curve.spent[at], curve.low[at], curve.high[at], **band)
    for run in comparison.no_search(problem):
        if run.curve:
            value = comparison.facts(problem).sign * run.loss
            axes.axhline(value, color="0.5", linestyle=":", linewidth=1, label=run.strategy)
    if _spreads(comparison, problem):
        axes.set_yscale("log")
    axes.set(xlabel=comparison.budget.unit, ylabel=comparison.facts(problem).objective, title=problem)
    axes.legend(fontsize="small")


def _corners(curve: Curve) -> NDArray[np.bool_]:
    """Where a curve or its band has a step, and both ends: the rest of its points change nothing in the picture."""
    rows = np.nan_to_num(np.stack([curve.median, curve.low, curve.high]), nan=np.inf)
    steps = (rows[:, 1:] != rows[:, :-1]).any(axis=0)
    at = np.concatenate([[True], steps])
    at[-1] = True
    return np.asarray(at)


def _spreads(comparison: Comparison, problem: str) -> bool:
    """Whether the values are positive and span so many powers of ten that a linear axis would hide most of them."""
    medians = np.concatenate([curve.median for curve in comparison.curves(problem).values()] or [np.ones(1)])
    shown = medians[np.isfinite(medians)]
    return bool(shown.size and shown.min() > 0 and shown.max() > 300 * shown.min())


def _look(i: int) -> dict[str, Any]:
    return {"color": f"C{i % _COLORS}", "linestyle": _DASHES[i // _COLORS % len(_DASHES)], "linewidth": 1.5}
