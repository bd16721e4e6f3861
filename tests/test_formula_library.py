"""The library of short formulas: each function once, complete, and matched exactly in the middle."""

from __future__ import annotations

import numpy as np
import pytest

from inlay.search import CannotAct, FormulaMatching, Portfolio, Problem, RandomSearch, Study
from inlay.search.fixed_shares import FixedShares
from inlay.spaces import Integer
from inlay.spaces.formulas import Formulas, Vocabulary, parse_formula
from inlay.spaces.formulas.data import Data
from inlay.spaces.formulas.evaluation import evaluate, losses
from inlay.spaces.formulas.library import Hashing, Library
from inlay.spaces.formulas.matching import Matcher, Target, scaled, snapped

OPERATORS = ["add", "subtract", "multiply", "divide", "sin", "cos", "exp", "log", "sqrt"]
X = np.random.default_rng(5).uniform(0.4, 2.5, (2, 24))


def grown(size: int, operators: list[str] | None = None, columns: np.ndarray = X) -> Library:
    names = ["x", "y"][: len(columns)]
    library = Library(columns, Vocabulary(names), operators or OPERATORS, [1.0])
    for _ in range(size):
        library.grow()
    return library


def test_every_function_of_the_space_stands_once() -> None:
    """Against the space itself: the distinct columns of all its formulas of at most 5 nodes."""
    operators = ["add", "subtract", "multiply", "sin"]
    library = grown(5, operators)
    space = Formulas(["x", "y"], operators, literals=[1], max_size=5)
    values = evaluate(list(space.enumerate()), X.T)
    length = np.sqrt((values**2).sum(axis=1))
    varied = np.ptp(values, axis=1) > 1e-9 * length
    found = library.values[: len(library)]
    apart = [np.abs(found - row).max(axis=1) for row in values[(length > 1e-9) & varied]]
    assert max(distances.min() for distances in apart) < 1e-9
    assert min(np.sort(np.abs(found - row).max(axis=1))[1] for row in found) > 1e-9


def test_formulas_have_the_values_that_are_listed() -> None:
    library = grown(4)
    formulas = [library.formula(i) for i in range(len(library))]
    assert np.allclose(evaluate(formulas, X.T), library.values[: len(library)])
    assert [f.size for f in formulas if f.size <= 2] == sorted(f.size for f in formulas if f.size <= 2)


def test_it_ends_at_its_bound() -> None:
    library = Library(X, Vocabulary(["x", "y"]), OPERATORS, [1.0], most=500)
    while not library.full:
        library.grow()
    assert len(library) == 500


def test_affine_hashes_see_neither_factor_nor_shift_and_nothing_else() -> None:
    hashing = Hashing(24)
    rows = np.random.default_rng(1).normal(size=(50, 24))
    hashes = hashing.affine(rows)
    assert (hashing.affine(-3.7 * rows + 11.0) == hashes).mean() > 0.99
    assert len(set(hashes.tolist())) == 50
    assert hashing.affine(np.ones((1, 24))).tolist() == [0]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("3*sin(x*y) - 2", 4),  # direct
        ("exp(2*x/y)", 3),  # undone
        ("sin(x) + log(y + x)", 4),  # beside
        ("x*y/(1 + exp(x))", 4),
        ("sqrt(exp(x) + y*y)", 4),
        ("1/(x + sin(y))", 4),
    ],
)
def test_a_formula_longer_than_the_library_is_found(text: str, size: int) -> None:
    wanted = parse_formula(text, ["x", "y"])(X.T)
    matcher = Matcher(grown(size), wanted)
    matcher.index()
    targets = [matcher.whole, *matcher.undone(matcher.whole)]
    found = [match for target in targets for match in matcher.direct(target)]
    for target in targets:
        found += [match for match in matcher.sweep(target, range(len(matcher.library))) if match is not None]
    assert found
    for match in found:
        assert np.allclose(match.formula(X.T), wanted)


def test_sums_with_any_factors_are_found_and_others_not() -> None:
    library = grown(3)
    matcher = Matcher(library, 2.5 * np.sin(X[0]) - 0.3 * X[1] * X[1] + 4)
    basis = next(i for i in range(len(library)) if str(library.formula(i)) == "y*y")
    found = list(matcher.spanned(matcher.whole, [basis], range(len(library))))
    assert [str(match.formula) for match in found][:1] == ["2.5*sin(x) + (-0.3*(y*y)) + 4"]
    noise = Target(np.random.default_rng(0).normal(size=24), lambda formula: formula, 0)
    assert not list(matcher.spanned(noise, [basis], range(len(library))))


def test_nothing_matches_noise() -> None:
    matcher = Matcher(grown(5), np.random.default_rng(0).normal(size=24))
    matcher.index()
    assert not list(matcher.direct(matcher.whole))
    assert not [match for match in matcher.sweep(matcher.whole, range(len(matcher.library))) if match]


def test_round_numbers_are_found_and_others_left() -> None:
    assert snapped(1 / 3 + 1e-12) == 1 / 3
    assert snapped(np.pi / 2 * (1 + 1e-12)) == np.pi / 2
    assert snapped(0.3334) == 0.3334
    assert str(scaled(parse_formula("x", ["x"]), 1.0, -2.0)) == "x - 2"


# -- the strategy ------------------------------------------------------------------------------------------------------


def matching_study(target: np.ndarray, **settings: object) -> Study:
    data = Data({"x": X[0], "y": X[1]}, target)
    space = Formulas(["x", "y"], OPERATORS, constants="fitted", max_size=25)
    problem = Problem("match", space, evaluate_many=lambda formulas: losses(formulas, data, scaling=True))
    return Study(problem, FormulaMatching(data, functions=20_000, **settings), seed=0)  # type: ignore[arg-type]


def test_the_strategy_finds_a_law_and_proposes_members_once() -> None:
    wanted = np.log(X[0] + 1) * np.sin(X[1] * X[1]) / X[0]
    study = matching_study(wanted).run(trials=3000, target=1e-20, progress=False)
    assert study.stop_reason == "target"
    keys = [trial.key for trial in study.trials]
    assert len(set(keys)) == len(keys)
    assert all(study.space.contains(trial.program) for trial in study.trials)


def test_without_a_match_it_proposes_what_correlates_and_ends() -> None:
    rng = np.random.default_rng(0)
    study = matching_study(np.sin(X[0] * X[1]) + 0.2 * rng.normal(size=24)).run(trials=5000, progress=False)
    assert study.stop_reason == "exhausted"
    assert "sin" in str(study.best.program)
    assert study.best.loss < 0.25 * np.var(np.sin(X[0] * X[1]))


def test_it_refuses_what_it_cannot_match() -> None:
    data = Data({"x": X[0], "y": X[1]}, X[0])
    for space, why in ((Integer(0, 9), "no space of formulas"), (Formulas(["a"]), "the columns of the data differ")):
        with pytest.raises(CannotAct, match=why):
            Study(Problem("p", space, lambda value: 0.0), FormulaMatching(data))
    few = Data({"x": X[0][:4], "y": X[1][:4]}, X[0][:4])
    with pytest.raises(CannotAct, match="4 rows match too much"):
        Study(Problem("p", Formulas(["x", "y"]), lambda value: 0.0), FormulaMatching(few))
    with pytest.raises(ValueError, match="at least 6 rows"):
        FormulaMatching(data, rows=3)


def test_fixed_shares_pull_in_proportion() -> None:
    study = Study(
        Problem("far", Integer(0, 10**6), float), Portfolio([RandomSearch(), RandomSearch()], FixedShares((1, 4)))
    )
    study.run(trials=100, progress=False)
    assert [trial.origin[0] for trial in study.trials].count(0) == 20
    with pytest.raises(ValueError, match="positive share"):
        FixedShares((1, 0))
    with pytest.raises(ValueError, match="3 shares for 2 arms"):
        Study(Problem("p", Integer(0, 9), float), Portfolio([RandomSearch()] * 2, FixedShares((1, 1, 1))))
