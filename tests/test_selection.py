"""Selection: probabilities against their formulas, and who may never win."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.search import CannotAct, Evolution, Mutate, Plus, Tournament, Trial, Truncation
from inlay.search.lexicase import Lexicase, case_errors, deviations
from inlay.search.objectives import Objectives
from inlay.search.selection import Proportional, Ranking, drawing
from inlay.spaces import Choice

ONE, TWO = {"loss": "minimize"}, {"a": "minimize", "b": "maximize"}


def told(number: int, *losses: float, violation: float = 0.0, feedback: Any = None) -> Trial:
    trial = Trial(number, number)
    trial.state, trial.losses = "done", losses
    trial.violations, trial.feedback = (violation,) if violation else (), feedback
    return trial


def shares(select: Any, population: Sequence[Trial], n: int = 6000) -> dict[int, float]:
    rng, draw = Random(0), drawing(select, population)
    drawn = Counter(draw(rng).number for _ in range(n))
    return {trial.number: drawn[trial.number] / n for trial in population}


POPULATION = [told(i, loss) for i, loss in enumerate([-5.0, 1.0, -4.0, 1e6, -3.0])]
BY_LOSS = [0, 2, 4, 1, 3]


@pytest.mark.parametrize("pressure", [1.2, 1.5, 2.0])
def test_linear_ranking_draws_by_its_formula_whatever_the_losses_are(pressure: float) -> None:
    wanted = [(2 - pressure + 2 * (pressure - 1) * i / 4) / 5 for i in (4, 3, 2, 1, 0)]
    assert Ranking(pressure).shares(5) == pytest.approx(wanted)
    assert sum(wanted) == pytest.approx(1)
    assert wanted[0] * 5 == pytest.approx(pressure)
    found = shares(Ranking(pressure), POPULATION)
    assert [found[number] for number in BY_LOSS] == pytest.approx(wanted, abs=0.025)
    assert Ranking().shares(1) == [1.0]


def test_proportional_selection_draws_by_the_distance_from_the_worst() -> None:
    population = [told(i, loss) for i, loss in enumerate([-2.0, 0.0, 2.0])]
    assert list(shares(Proportional(0.0), population).values()) == pytest.approx([2 / 3, 1 / 3, 0], abs=0.025)
    assert list(shares(Proportional(0.5), population).values()) == pytest.approx([4 / 9, 3 / 9, 2 / 9], abs=0.025)
    alike = [told(i, -7.0) for i in range(4)]
    assert list(shares(Proportional(), alike).values()) == pytest.approx([0.25] * 4, abs=0.025)


def test_the_wheel_turns_with_infinite_losses_too() -> None:
    population = [told(0, 1.0), told(1, 3.0), told(2, float("inf"))]
    assert shares(Proportional(0.0), population) == pytest.approx({0: 1.0, 1: 0.0, 2: 0.0}, abs=1e-9)


@pytest.mark.parametrize(
    "select", [Tournament(40), Truncation(0.3), Ranking(2.0), Proportional(), Proportional(0.0), Lexicase("cases")]
)
def test_a_tempting_infeasible_member_is_the_last_choice(select: Any) -> None:
    population = [told(0, 5.0), told(1, -100.0, violation=2.0), told(2, 6.0)]
    found = shares(select, population, 500)
    assert found[1] == 0
    assert found[0] >= found[2]
    lone = [told(0, -100.0, violation=2.0), told(1, 5.0, violation=1.0)]
    assert shares(select, lone, 500)[1] >= 0.5


def test_a_prepared_tournament_draws_as_one_that_compares() -> None:
    rng = Random(1)
    population = [told(i, float(rng.randrange(4)), violation=rng.choice([0.0, 0.0, 1.0])) for i in range(12)]
    for size in (1, 2, 5):
        select, one, other = Tournament(size), Random(7), Random(7)
        draw = select.among(population)
        assert [draw(one).number for _ in range(300)] == [select(population, other).number for _ in range(300)]


def test_a_tournament_with_several_objectives_is_won_by_one_that_none_beats() -> None:
    population = [told(0, 1.0, 9.0), told(1, 9.0, 1.0), told(2, 9.0, 9.0)]
    found = shares(Tournament(30), population, 300)
    assert found[2] == 0
    assert min(found[0], found[1]) > 0.3


# --- Lexicase --------------------------------------------------------------------------------------

SPECIALISTS = [
    told(0, 1.0, feedback={"cases": [0, 9, 9]}),
    told(1, 1.0, feedback={"cases": [9, 0, 9]}),
    told(2, 1.0, feedback={"cases": [9, 9, 0]}),
    told(3, 0.1, feedback={"cases": [1, 1, 1]}),
]


def test_lexicase_draws_specialists_and_not_the_best_on_average() -> None:
    found = shares(Lexicase("cases", epsilon=False), SPECIALISTS)
    assert found == pytest.approx({0: 1 / 3, 1: 1 / 3, 2: 1 / 3, 3: 0}, abs=0.03)


def test_lexicase_goes_on_to_further_cases_among_equals() -> None:
    population = [told(0, 0, feedback={"cases": [1, 5]}), told(1, 0, feedback={"cases": [1, 4]}),
                  told(2, 0, feedback={"cases": [2, 0]})]  # fmt: skip
    assert shares(Lexicase("cases", epsilon=False), population) == pytest.approx({0: 0, 1: 0.5, 2: 0.5}, abs=0.03)


def test_epsilon_is_the_median_absolute_deviation_of_each_case() -> None:
    errors = np.array([[0.0, 10.0], [1.0, 10.0], [3.0, 10.0], [7.0, 50.0]])
    assert deviations(errors).tolist() == [1.5, 0.0]  # |x - 2| is 2, 1, 1, 5


def test_epsilon_lets_the_nearly_best_pass() -> None:
    errors = [[0.0], [1.0], [3.0], [7.0]]  # the median is 2, its deviation 1.5
    population = [told(i, 0, feedback={"cases": row}) for i, row in enumerate(errors)]
    found = shares(Lexicase("cases"), population)
    assert found == pytest.approx({0: 0.5, 1: 0.5, 2: 0, 3: 0}, abs=0.03)
    assert shares(Lexicase("cases", epsilon=False), population)[0] == 1


def test_several_objectives_are_cases_and_missing_cases_lose() -> None:
    population = [told(0, 0.0, 9.0), told(1, 9.0, 0.0), told(2, 5.0, 5.0)]
    found = shares(Lexicase(epsilon=False), population)
    assert found == pytest.approx({0: 0.5, 1: 0.5, 2: 0}, abs=0.03)
    rows = case_errors([told(0, 1.0, feedback={"cases": [1, 2]}), told(1, 3.0), told(2, float("inf"))], "cases")
    assert rows[:2, 0].tolist() == [1, 3]
    assert rows[1, 1] == rows[2, 0] == np.finfo(float).max


# --- What does not fit -----------------------------------------------------------------------------


def evolution(select: Any) -> Evolution:
    return Evolution(4, select, Mutate(), Plus())


def test_selections_that_do_not_fit_the_objectives_say_so_at_the_start() -> None:
    with pytest.raises(CannotAct, match=r'Lexicase cannot act .* one objective .*Lexicase\("cases"\).*Tournament'):
        evolution(Lexicase()).start(Choice(1, 2), Random(0), ONE)
    with pytest.raises(CannotAct, match=r"Proportional cannot act .* 2 objectives.*Lexicase would fit"):
        evolution(Proportional()).start(Choice(1, 2), Random(0), Objectives(TWO))
    evolution(Lexicase()).start(Choice(1, 2), Random(0), TWO)
    evolution(Lexicase("cases")).start(Choice(1, 2), Random(0), ONE)


@pytest.mark.parametrize(
    "make", [lambda: Ranking(1.0), lambda: Ranking(2.1), lambda: Proportional(-0.1), lambda: Proportional(1.1)]
)
def test_settings_out_of_range_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        make()
