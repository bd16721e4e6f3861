"""Pictures of studies."""

import math
import sys

import pytest

from inlay.search import Outcome, Problem, RandomSearch, Study
from inlay.search.plots import best_so_far, plot_studies
from inlay.spaces import Integer

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


def study_of(evaluate: object = float, **options: object) -> Study:
    return Study(Problem("p", Integer(0, 99), evaluate, **options), RandomSearch(), seed=0)  # type: ignore[arg-type]


def test_the_best_so_far_falls_for_losses_and_rises_for_scores() -> None:
    down = best_so_far(study_of().run(trials=30, progress=False))
    assert down == sorted(down, reverse=True)
    up = best_so_far(study_of(objectives={"score": "maximize"}).run(trials=30, progress=False))
    assert up == sorted(up)
    assert up[-1] > up[0]


def test_failures_and_infeasible_trials_set_no_best() -> None:
    study = study_of()
    study.tell(1, error="broke")
    study.tell(2, loss=-5, violations=[1])
    study.tell(3, loss=4)
    study.tell(4, loss=5)
    first, second, *rest = best_so_far(study)
    assert math.isnan(first)
    assert math.isnan(second)
    assert rest == [4, 4]
    assert best_so_far(study_of()) == []


def test_a_study_draws_its_curve_or_its_front() -> None:
    axes = study_of().run(trials=9, progress=False).plot()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("trials", "loss (minimize)")
    two = study_of(lambda x: {"a": x, "b": -x}, objectives={"a": "minimize", "b": "minimize"})
    axes = two.run(trials=9, progress=False).plot()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a", "b")
    assert len(axes.lines[-1].get_xdata()) == len(two.pareto)
    matplotlib.pyplot.close("all")


def test_a_picture_is_drawn_where_it_is_wanted_and_of_empty_studies_too() -> None:
    _, axes = matplotlib.pyplot.subplots()
    assert study_of().plot(axes) is axes
    assert (
        plot_studies([study_of(), study_of(lambda x: Outcome(error="no")).run(trials=2, progress=False)], axes) is axes
    )
    matplotlib.pyplot.close("all")


def test_without_matplotlib_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'inlay\[plots\]'"):
        study_of().plot()
