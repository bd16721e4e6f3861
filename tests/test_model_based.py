"""Model-based search: its surrogates, its acquisition, and what it promises."""

from __future__ import annotations

from collections.abc import Mapping
from math import erf, exp, pi, sqrt
from random import Random
from statistics import median
from typing import Any

import numpy as np
import pytest

from inlay.search import CannotAct, Problem, RandomSearch, Strategy, Study
from inlay.search.acquisition import ExpectedImprovement, LowerConfidenceBound, normal_scores
from inlay.search.model_based import ModelBased
from inlay.search.surrogates import Forest, GaussianProcess, representative
from inlay.spaces import Choice, Permutation, Real, Space, space


def test_expected_improvement_is_its_formula_and_what_draws_give() -> None:
    draws = np.random.default_rng(0)
    for mean, deviation, best in [(0.0, 1.0, 0.0), (1.0, 0.5, 0.2), (-2.0, 2.0, 0.0), (0.3, 0.01, 0.5)]:
        score = (best - mean) / deviation
        share, density = 0.5 * (1 + erf(score / sqrt(2))), exp(-score * score / 2) / sqrt(2 * pi)
        exact = (best - mean) * share + deviation * density
        found = float(ExpectedImprovement()(np.array([mean]), np.array([deviation]), best)[0])
        assert found == pytest.approx(exact, abs=1e-6)
        simulated = np.maximum(0, best - draws.normal(mean, deviation, 200_000)).mean()
        assert found == pytest.approx(simulated, abs=0.02 * deviation)


def test_a_margin_asks_for_more_and_a_bound_rewards_doubt() -> None:
    mean, deviation = np.array([0.0, 0.0]), np.array([1.0, 2.0])
    assert (ExpectedImprovement(0.5)(mean, deviation, 0.0) < ExpectedImprovement()(mean, deviation, 0.0)).all()
    assert LowerConfidenceBound(2.0)(mean, deviation, 0.0).tolist() == [2.0, 4.0]


def test_normal_scores_ascend_and_are_symmetric() -> None:
    scores = normal_scores(9)
    assert (np.diff(scores) > 0).all()
    assert np.allclose(scores, -scores[::-1])
    assert scores[4] == 0


def test_the_kept_rows_are_the_best_and_the_latest() -> None:
    targets = np.array([9.0, 1.0, 8.0, 7.0, 0.0, 6.0, 5.0])
    assert representative(targets, 7).tolist() == list(range(7))
    assert representative(targets, 4).tolist() == [1, 4, 5, 6]


@pytest.mark.parametrize("surrogate", [Forest(), GaussianProcess()])
def test_a_surrogate_predicts_what_it_has_not_seen_and_doubts_what_is_far(surrogate: Any) -> None:
    draws = np.random.default_rng(1)
    rows = draws.random((150, 2))
    model = surrogate.fit(rows, (rows[:, 0] - 0.3) ** 2 + rows[:, 1], Random(0))
    fresh = draws.random((50, 2))
    mean, deviation = model.predict(fresh)
    truth = (fresh[:, 0] - 0.3) ** 2 + fresh[:, 1]
    assert np.corrcoef(mean, truth)[0, 1] > 0.95
    assert (deviation >= 0).all()
    assert deviation.max() > 0


def test_a_gaussian_process_is_unsure_away_from_its_data() -> None:
    rows = np.random.default_rng(2).random((40, 1)) * 0.3
    model = GaussianProcess().fit(rows, np.sin(20 * rows[:, 0]), Random(0))
    _, deviation = model.predict(np.array([[0.15], [0.95]]))
    assert deviation[1] > 5 * deviation[0]


def mixed() -> Space:
    kernel = Choice(
        {"name": "linear"}, {"name": "rbf", "width": Real(1e-3, 1e3, log=True)}, {"name": "poly", "n": Choice(2, 3, 4)}
    )
    return space({"kernel": kernel, "penalty": Real(1e-3, 1e3, log=True)})  # fmt: skip


def quality(value: Mapping[str, Any]) -> float:
    kernel, penalty = value["kernel"], np.log10(value["penalty"])
    offset = {"linear": 3.0, "poly": 2.0}.get(kernel["name"], 0.0)
    return float(offset + (penalty - 1) ** 2 + (abs(np.log10(kernel["width"]) + 1) if "width" in kernel else 0.0))


@pytest.mark.parametrize("surrogate", [Forest(12), GaussianProcess(80)])
def test_it_learns_on_a_conditional_space_in_few_trials(surrogate: Any) -> None:
    def best(strategy: Strategy, seed: int) -> float:
        return Study(Problem("p", mixed(), quality), strategy, seed=seed).run(trials=60, progress=False).best.loss

    modelled = median(best(ModelBased(surrogate, initial=15, pool=40, refit=0.15), seed) for seed in range(5))
    assert modelled <= 0.5 * median(best(RandomSearch(), seed) for seed in range(5))


def test_no_candidate_is_proposed_twice_while_there_are_others() -> None:
    wide = space([Choice(*range(5))] * 2)
    study = Study(Problem("p", wide, lambda v: sum(v)), ModelBased(Forest(4), initial=5), seed=0)
    study.run(trials=25, progress=False)
    assert len({trial.key for trial in study.trials}) >= 24  # the first five are plain draws
    study.run(trials=10, progress=False)  # and then it goes on


def test_failures_and_violations_are_learned_as_worst() -> None:
    from inlay.search import Outcome

    def evaluate(value: list[float]) -> Any:
        if value[0] < 0.3:
            raise ArithmeticError("out of its domain")
        return Outcome({"loss": value[0]}, violations=[0.5 - value[0]])

    study = Study(Problem("p", space([Real(0, 1)]), evaluate), ModelBased(Forest(8), initial=10, pool=40), seed=0)
    study.run(trials=60, progress=False)
    assert study.best.violation == 0
    assert study.best.loss == pytest.approx(0.5, abs=0.01)
    assert sum(trial.state == "failed" for trial in study.trials[-30:]) <= 10


def test_memory_and_refits_are_bounded() -> None:
    fits: list[int] = []

    class Counting:
        def fit(self, features: Any, targets: Any, rng: Random) -> Any:
            fits.append(len(targets))
            return Forest(2).fit(features, targets, rng)

    strategy = ModelBased(Counting(), initial=10, pool=2, memory=50, refit=0.2)
    study = Study(Problem("p", space([Real(0, 1)] * 2), sum), strategy, seed=0).run(trials=400, progress=False)
    assert max(fits) == 50
    assert len(fits) < 60
    assert len(study.strategy.told) <= 62


def test_bad_settings_and_several_losses_explain_themselves() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ModelBased(initial=0)
    with pytest.raises(ValueError, match="at least 2 trees"):
        Forest(1)
    two = Problem("p", Permutation(range(3)), lambda v: {"a": 1, "b": 2}, objectives={"a": "minimize", "b": "minimize"})
    with pytest.raises(CannotAct, match=r"one loss, not 2; NSGA2 .* would fit"):
        Study(two, ModelBased())


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'inlay\[sklearn\]'"):
        Study(Problem("p", Permutation(range(3)), sum), ModelBased())
