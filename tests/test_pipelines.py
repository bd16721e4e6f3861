"""The pipeline problems: their spaces, how candidates are scored, and the catalog that lists them."""

import json
import math
import random
import subprocess
import sys
import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from inlay.problems import MissingExtra, UnknownProblem, entries, names, problem
from inlay.problems.pipelines import pipeline_problem
from inlay.problems.pipelines.data_sets import DATA_SETS, split
from inlay.problems.pipelines.learning_curve import nested_part
from inlay.problems.pipelines.validation import CrossValidation
from inlay.search import GeneticAlgorithm, Problem, Strategy, Study
from inlay.search.successive_halving import SuccessiveHalving
from inlay.spaces import Program, program

CLASSIFICATION = ["breast_cancer", "digits", "wine"]
REGRESSION = ["diabetes"]
TASKS = ["wine", "diabetes"]  # one of each kind, the small ones


def part(pipeline: Any, step: str) -> Any:
    """The program of a step."""
    return next(item[1] for item in pipeline["steps"] if item[0] == step)


def samples(data: str, n: int) -> list[Any]:
    return list(problem(f"pipelines/{data}").space.sample_many(n, random.Random(0)))


# -- spaces ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", CLASSIFICATION + REGRESSION)
def test_default_pipeline_is_a_member(data: str) -> None:
    made = problem(f"pipelines/{data}")
    default = made.published["default pipeline"]
    assert made.space.contains(default)
    assert made.space.size() == math.inf
    assert str(default).startswith("Pipeline(steps=[('scale', StandardScaler()), ('select', 'passthrough'), ('model', ")


@pytest.mark.parametrize(("data", "model"), [("wine", "LogisticRegression"), ("diabetes", "Ridge")])
def test_default_pipeline_has_the_default_parameters(data: str, model: str) -> None:
    default = problem(f"pipelines/{data}").published["default pipeline"]
    built = default.build()[-1]
    assert type(built).__name__ == model
    assert built.get_params() == type(built)().get_params()


@pytest.mark.parametrize("data", TASKS)
def test_random_members_build_and_fit(data: str) -> None:
    made = problem(f"pipelines/{data}")
    assert made.held_out is not None
    for candidate in samples(data, 50):
        (score,) = made.held_out(candidate.build()).values()
        assert math.isfinite(score), candidate


@pytest.mark.parametrize("data", TASKS)
def test_random_members_survive_json_and_moves(data: str) -> None:
    space, rng = problem(f"pipelines/{data}").space, random.Random(1)
    for first, second in zip(samples(data, 40)[::2], samples(data, 40)[1::2], strict=True):
        assert space.from_json(json.loads(json.dumps(first.to_json()))) == first
        assert space.contains(space.mutate(first, rng))
        assert space.contains(space.crossover(first, second, rng))


@pytest.mark.parametrize("data", TASKS)
def test_every_family_is_drawn(data: str) -> None:
    families = {part(candidate, "model").head.__name__ for candidate in samples(data, 300)}
    scalers = {str(part(candidate, "scale")).partition("(")[0] for candidate in samples(data, 300)}
    assert len(families) >= 6
    assert len(scalers) == 5


@pytest.mark.parametrize("data", TASKS)
def test_parameters_are_absent_where_they_mean_nothing(data: str) -> None:
    extra = {"linear": set[str](), "rbf": {"gamma"}, "poly": {"gamma", "degree", "coef0"}}
    seen = set()
    for candidate in samples(data, 300):
        model = part(candidate, "model")
        if model.head.__name__ not in ("SVC", "SVR"):
            continue
        seen.add(model["kernel"])
        assert set(model.keys()) & {"gamma", "degree", "coef0"} == extra[model["kernel"]]
    assert seen == extra.keys()


def test_only_legal_penalties_are_members() -> None:
    from sklearn.svm import LinearSVC

    space = problem("pipelines/wine").space
    pairs = {
        (model["penalty"], model["loss"], model["dual"])
        for model in (part(candidate, "model") for candidate in samples("wine", 400))
        if model.head is LinearSVC
    }
    legal = {("l1", "squared_hinge", False), ("l2", "squared_hinge", False), ("l2", "hinge", True)}
    assert pairs == legal
    default = problem("pipelines/wine").published["default pipeline"]
    model = program(LinearSVC, penalty="l1", loss="hinge", dual=True, C=1.0, random_state=0)
    assert not space.contains(default.replace({("steps", 2, 1): model}))


# -- scores ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", TASKS)
def test_the_test_samples_are_apart_and_stratified(data: str) -> None:
    parts = split(data)
    rows = {tuple(row) for row in parts.X_search}
    assert not any(tuple(row) in rows for row in parts.X_test)
    assert len(parts.y_test) / (len(parts.y_test) + len(parts.y_search)) == pytest.approx(0.25, abs=0.01)
    if DATA_SETS[data].classification:
        for label in set(parts.y_search):
            assert (parts.y_test == label).mean() == pytest.approx((parts.y_search == label).mean(), abs=0.02)


@pytest.mark.parametrize("data", TASKS)
def test_the_searched_score_is_the_mean_over_the_folds(data: str) -> None:
    made = problem(f"pipelines/{data}")
    assert made.evaluate is not None
    outcome = made.evaluate(made.published["default pipeline"].build())
    (score,) = outcome.objectives.values()
    assert len(outcome.feedback["folds"]) == DATA_SETS[data].folds
    assert score == pytest.approx(sum(outcome.feedback["folds"]) / DATA_SETS[data].folds)
    assert json.loads(json.dumps(outcome.feedback)) == outcome.feedback


def test_held_out_is_the_score_on_the_test_samples() -> None:
    made = problem("pipelines/diabetes")
    default, parts = made.published["default pipeline"], split("diabetes")
    fitted = default.build().fit(parts.X_search, parts.y_search)
    assert made.held_out is not None
    assert made.held_out(default.build()) == {"r2": pytest.approx(fitted.score(parts.X_test, parts.y_test))}


SCORE = """
import json, sys
from inlay.problems import problem
made = problem("pipelines/wine")
for text in json.load(sys.stdin):
    value = made.space.from_json(text)
    print(repr(made.evaluate(value.build()).objectives["accuracy"]), value.digest())
"""


def test_a_candidate_has_the_same_score_in_every_process() -> None:
    made = problem("pipelines/wine")
    assert made.evaluate is not None
    candidates = samples("wine", 8)
    here = [f"{made.evaluate(c.build()).objectives['accuracy']!r} {c.digest()}" for c in candidates]
    written = json.dumps([candidate.to_json() for candidate in candidates])
    there = subprocess.run([sys.executable, "-c", SCORE], input=written, capture_output=True, text=True, check=True)
    assert there.stdout.splitlines() == here


def test_warnings_are_silenced_in_the_evaluation_only() -> None:
    made = problem("pipelines/wine")
    network = next(c for c in samples("wine", 300) if part(c, "model").head.__name__ == "MLPClassifier")
    short = network.replace({("steps", 2, 1, "max_iter"): 2})  # no member, and far from convergence
    assert isinstance(short, Program)
    assert made.evaluate is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.evaluate(short.build())
        with pytest.raises(UserWarning, match="still here"):
            warnings.warn("still here", UserWarning, stacklevel=1)


def test_a_pipeline_that_cannot_be_fitted_raises() -> None:
    made = problem("pipelines/wine")
    broken = made.published["default pipeline"].replace({("steps", 2, 1, "C"): -1.0})
    assert made.evaluate is not None
    with pytest.raises(ValueError, match="C"):
        made.evaluate(broken.build())


# -- fidelities ------------------------------------------------------------------------------------------------------


def test_parts_are_nested_stratified_and_the_same_every_time() -> None:
    classes = np.array([0] * 60 + [1] * 30 + [2] * 9)
    np.random.default_rng(5).shuffle(classes)
    parts = [nested_part(classes, fraction) for fraction in (1 / 9, 1 / 3, 0.5, 1.0)]
    assert [len(part) for part in parts] == [11, 33, 50, 99]
    for small, large in pairwise(parts):
        assert set(small.tolist()) < set(large.tolist())
    for part in parts:
        counts = np.bincount(classes[part], minlength=3)
        assert np.abs(counts - np.array([60, 30, 9]) * len(part) / 99).max() <= 1
        assert (np.diff(part) > 0).all()
    assert parts[1].tolist() == nested_part(classes, 1 / 3).tolist() != nested_part(classes, 1 / 3, seed=1).tolist()


def test_a_part_is_a_random_one() -> None:
    parts = [nested_part(np.zeros(30), 0.1, seed) for seed in range(300)]
    drawn = np.bincount(np.concatenate(parts), minlength=30)
    assert 12 <= drawn.min() <= drawn.max() <= 54  # 30 on average


@pytest.mark.parametrize("fraction", [0.0, -0.5, 1.01, float("nan")])
def test_a_fraction_outside_the_unit_interval_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="lies in"):
        nested_part(np.zeros(9), fraction)


@pytest.mark.parametrize("data", DATA_SETS)
def test_a_fidelity_takes_away_training_samples_only(data: str) -> None:
    scoring, y = CrossValidation(data), split(data).y_search
    full = scoring._folds(1.0)
    assert sorted(i for _, score in full for i in score) == list(range(len(y)))
    for fidelity in DATA_SETS[data].fidelities:
        for (fit, score), (fit_all, score_all) in zip(scoring._folds(fidelity), full, strict=True):
            assert score.tolist() == score_all.tolist()
            assert set(fit.tolist()) <= set(fit_all.tolist())
            assert len(fit) == math.ceil(fidelity * len(fit_all))
            assert len(fit) >= 30  # the most neighbours that a pipeline of the space asks for
            if DATA_SETS[data].classification:
                assert set(y[fit]) == set(y)


@pytest.mark.parametrize("data", TASKS)
def test_every_family_is_fitted_at_the_lowest_fidelity(data: str) -> None:
    made = problem(f"pipelines/{data}")
    families = {part(candidate, "model").head: candidate for candidate in samples(data, 150)}
    assert made.evaluate is not None
    for candidate in families.values():
        outcome = made.evaluate(candidate.build(), made.fidelities[0])
        assert all(math.isfinite(score) for score in outcome.objectives.values()), candidate
        assert outcome.cost == made.fidelities[0]
        assert len(outcome.feedback["folds"]) == DATA_SETS[data].folds


def test_the_full_fidelity_is_the_ordinary_score() -> None:
    made, plain = problem("pipelines/diabetes"), pipeline_problem("diabetes", fidelities=())
    assert made.evaluate is not None
    assert plain.evaluate is not None
    assert made.fidelities == (1 / 9, 1 / 3, 1.0)
    assert plain.fidelities == ()
    default = made.published["default pipeline"]
    low, full, ordinary = (made.evaluate(default.build(), 1 / 9), made.evaluate(default.build(), 1.0),
                           plain.evaluate(default.build()))  # fmt: skip
    assert full == ordinary
    assert full.cost == 1.0
    assert low.objectives["r2"] < full.objectives["r2"] - 0.02


def found(made: Problem, strategy: Strategy) -> list[Any]:
    study = Study(made, strategy, seed=4).run(trials=4, progress=False)
    return [(trial.program, trial.losses, trial.cost, study.is_full(trial)) for trial in study.trials]


def test_offering_fidelities_changes_nothing_for_who_does_not_ask() -> None:
    strategy = GeneticAlgorithm(2)
    assert found(problem("pipelines/diabetes"), strategy) == found(pipeline_problem("diabetes", ()), strategy)


def test_a_search_over_fidelities_spends_their_cost() -> None:
    made = pipeline_problem("wine", fidelities=(0.3, 1.0))
    study = Study(made, SuccessiveHalving(), seed=0).run(trials=8, progress=False)
    costs = [trial.cost for trial in study.trials]
    assert {0.3, 1.0} == set(costs)
    assert all(cost == trial.fidelity for cost, trial in zip(costs, study.trials, strict=True))
    assert study.is_full(study.best)


@pytest.mark.parametrize("fidelities", [(0.5,), (1.0, 0.5), (0.0, 1.0), (0.5, 0.5, 1.0), (0.5, 2.0)])
def test_fidelities_that_are_no_fractions_are_refused(fidelities: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="fractions of the data above 0, ascending"):
        pipeline_problem("wine", fidelities)


# -- catalog ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("pipelines/")])
def test_every_problem_is_complete(name: str) -> None:
    made = problem(name)
    assert made.name == name
    assert made.published
    assert made.source
    assert made.held_out is not None


def test_entries_say_what_they_are() -> None:
    assert [entry.name for entry in entries()] == names()
    assert names()[: len(DATA_SETS)] == [f"pipelines/{data}" for data in DATA_SETS]
    assert all(entry.title for entry in entries())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pipelines/vine", "did you mean pipelines/wine?"),
        ("wine", "did you mean pipelines/wine?"),
        ("diabetis", "did you mean pipelines/diabetes or formulas/diabetes?"),
        ("zzz", "there are pipelines/breast_cancer, "),
        ("", "there are pipelines/breast_cancer, "),
    ],
)
def test_an_unknown_problem_has_near_matches(name: str, hint: str) -> None:
    with pytest.raises(UnknownProblem, match="there is no problem") as caught:
        problem(name)
    assert hint in str(caught.value)


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtra, match=r"pip install 'inlay\[sklearn\]'"):
        problem("pipelines/wine")


def test_listing_imports_no_library() -> None:
    code = "import sys, inlay.problems; inlay.problems.names(); print('sklearn' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
