"""Beam search and best-first search over partial programs."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from random import Random
from statistics import median
from typing import Any

import pytest

from inlay.search import CannotAct, Outcome, Problem, RandomSearch, Strategy, Study, Trial
from inlay.search.beam_search import BeamSearch
from inlay.search.best_first import BestFirst
from inlay.search.frontier import Bound, best_completion, mean_completion
from inlay.search.partial_programs import next_question
from inlay.search.rollouts import GibbsRollout
from inlay.spaces import Choice, Integer, Permutation, Real, Space, space

COSTS = [[7, 2, 9], [4, 8, 1], [6, 3, 5], [2, 9, 7]]


def told(loss: float | None, *violations: float) -> Trial:
    trial = Trial(0, None)
    trial.state = "failed" if loss is None else "done"
    trial.losses = () if loss is None else (loss,)
    trial.violations = violations
    return trial


def cost(picks: Any) -> float:
    """A sum of which each term depends on two decisions, so that the greedy way is not the best one."""
    near = sum(3 for a, b in pairwise(picks) if a == b)
    return float(sum(row[pick] for row, pick in zip(COSTS, picks, strict=True)) + near)


def lower_bound(part: Any) -> float:
    """The costs of what is decided, and of the cheapest picks for the rest."""
    return sum(min(row) if isinstance(pick, Space) else row[pick] for row, pick in zip(COSTS, part.args, strict=True))


PICKS = space([Choice(0, 1, 2) for _ in range(4)])
LEAST = min(cost(list(member.args)) for member in PICKS.enumerate())


def study_of(strategy: Strategy, loss: Callable[[Any], Any] = cost, of: Any = PICKS, trials: int = 10**4) -> Study:
    return Study(Problem("picks", of, loss), strategy, seed=0).run(trials=trials, progress=False)


def shuffled(groups: list[list[Trial]]) -> list[list[Trial]]:
    return Random(1).sample(groups, len(groups))


# --- Scores ----------------------------------------------------------------------------------------


def test_completions_are_ordered_by_failure_violation_and_loss() -> None:
    ordered = [[told(1.0), told(9.0)], [told(2.0)], [told(0.0, 3.0)], [told(None)]]
    assert sorted(shuffled(ordered), key=best_completion) == ordered
    assert best_completion([]) == best_completion([told(None)])[:2]
    assert mean_completion([told(1.0), told(9.0)]) == (0.0, 0.0, 5.0)
    ordered = [[told(2.0)], [told(1.0), told(9.0)], [told(0.0, 2.0), told(0.0)], [told(0.0), told(None)], [told(None)]]
    assert sorted(shuffled(ordered), key=mean_completion) == ordered


# --- Beam search -----------------------------------------------------------------------------------


@pytest.mark.parametrize("score", [best_completion, mean_completion, Bound(lower_bound)])
def test_a_beam_as_wide_as_the_space_is_exact(score: Any) -> None:
    study = study_of(BeamSearch(81, score=score, wider=None))
    assert study.stop_reason == "exhausted"
    assert len({trial.key for trial in study.trials}) == 81 == len(study.trials)
    assert study.best.loss == LEAST


def test_a_beam_keeps_the_best_of_each_length() -> None:
    """By hand: of the children's bounds, the two least survive each time."""
    strategy = BeamSearch(2, score=Bound(lower_bound), wider=None)
    study = study_of(strategy)
    kept: list[tuple[int, ...]] = [()]
    for _ in range(4):
        children = [(*prefix, pick) for prefix in kept for pick in range(3)]
        places = {child: lower_bound(PICKS.after(list(child))) for child in children}
        last, kept = children, sorted(children, key=places.__getitem__)[:2]
    assert [tuple(trial.program.args) for trial in study.trials] == last
    assert study.stop_reason == "exhausted"


def test_a_narrow_beam_begins_again_wider_until_nothing_is_cut_off() -> None:
    study = study_of(BeamSearch(1))
    assert study.stop_reason == "exhausted"
    assert len(study.trials) == 81
    once = study_of(BeamSearch(1, wider=None))
    assert once.stop_reason == "exhausted"
    assert len(once.trials) < 40


def test_completions_of_a_parent_count_for_the_child() -> None:
    """Three children with two completions each; of the nine that follow, every one lacks what it did not inherit."""
    strategy = BeamSearch(3, completions=2, wider=None)
    strategy.start(space([Choice(0, 1, 2) for _ in range(20)]), Random(0), {"loss": "minimize"})
    first = strategy.ask(100)
    assert [p.value[0] for p in first] == [0, 0, 1, 1, 2, 2]
    assert strategy.ask(100) == []
    for p in reversed(first):
        trial = told(1.0)
        trial.program, trial.origin = p.value, p.origin
        strategy.tell([trial])
    wanted = Counter({(a, b): 2 for a in range(3) for b in range(3)})
    wanted.subtract(Counter((p.value[0], p.value[1]) for p in first))
    assert Counter((p.value[0], p.value[1]) for p in strategy.ask(100)) == +wanted


def test_beams_of_infinite_spaces_go_on() -> None:
    of = space([Real(0, 1), Integer(0, 10**6)])
    for strategy in (BeamSearch(2, 4, rollout=GibbsRollout()), BestFirst(4, rollout=GibbsRollout())):
        study = study_of(strategy, lambda v: v[0] + v[1] / 1e6, of, trials=400)
        assert len(study.trials) == 400
        assert study.best.loss < 0.1


def test_a_constraint_prunes_partial_programs_and_loses_no_member() -> None:
    of = space([Integer(0, 5) for _ in range(3)]).where(lambda p: sum(p.args) == 5)
    for strategy in (BeamSearch(3), BestFirst(), BestFirst(score=Bound(lambda part: 0.0))):
        study = study_of(strategy, lambda v: float(v[0]), of)
        assert {trial.key for trial in study.trials} == {of.key(member) for member in of.enumerate()}
        assert study.stop_reason == "exhausted"


def test_infeasible_completions_do_not_tempt() -> None:
    bits = space([Choice(0, 1) for _ in range(12)])

    def evaluate(value: list[int]) -> Outcome:
        return Outcome({"loss": -float(sum(value))}, violations=[sum(value) - 4])

    for score in (best_completion, mean_completion):
        study = study_of(BeamSearch(4, score=score), evaluate, bits, 300)
        assert study.best.loss == -4


# --- Best-first search -------------------------------------------------------------------------------


@pytest.mark.parametrize("score", [best_completion, mean_completion, Bound(lower_bound)])
def test_best_first_search_ends_with_every_member(score: Any) -> None:
    study = study_of(BestFirst(score=score))
    assert study.stop_reason == "exhausted"
    assert len({trial.key for trial in study.trials}) == 81 == len(study.trials)


def test_with_a_bound_the_first_whole_members_hold_a_best_one() -> None:
    """Additive costs, for which the bound of a whole member is its loss: A* proposes a best one at its first turn."""

    def additive(picks: list[int]) -> float:
        return float(sum(row[pick] for row, pick in zip(COSTS, picks, strict=True)))

    study = study_of(BestFirst(score=Bound(lower_bound)), additive, trials=3)
    assert study.best.loss == sum(map(min, COSTS))


def test_the_best_open_partial_program_is_extended() -> None:
    strategy = BestFirst(completions=1)
    strategy.start(PICKS, Random(0), {"loss": "minimize"})
    for p, loss in zip(first := strategy.ask(9), (5.0, 1.0, 3.0), strict=True):
        trial = told(loss)
        trial.program, trial.origin = p.value, p.origin
        strategy.tell([trial])
    inherited = first[1].value[1]  # the completion that counts for this child already
    assert [tuple(p.value.args[:2]) for p in strategy.ask(2)] == [(1, pick) for pick in range(3) if pick != inherited]


def test_wide_questions_are_widened_until_every_answer_was_listed() -> None:
    study = study_of(BestFirst(branching=4), lambda v: float(v), Integer(0, 40))
    assert study.stop_reason == "exhausted"
    assert len({trial.key for trial in study.trials}) == 41
    assert len(study_of(BestFirst(branching=4, wider=None), lambda v: float(v), Integer(0, 40)).trials) <= 4


def test_the_order_of_a_permutation_is_found() -> None:
    order = Permutation(range(6))

    def disorder(found: list[int]) -> float:
        return float(sum(a > b for i, a in enumerate(found) for b in found[i + 1 :]))

    for strategy in (BeamSearch(6), BestFirst()):
        assert study_of(strategy, disorder, order, 250).best.loss <= 1


def test_best_first_search_beats_random_search_where_decisions_are_discrete() -> None:
    bits, order = space([Choice(0, 1) for _ in range(40)]), Permutation(range(12))

    def disorder(found: list[int]) -> float:
        return float(sum(a > b for i, a in enumerate(found) for b in found[i + 1 :]))

    def typical(make: Callable[[], Strategy], loss: Callable[[Any], float], of: Space) -> float:
        runs = [Study(Problem("p", of, loss), make(), seed=seed).run(trials=500, progress=False) for seed in range(5)]
        return median(study.best.loss for study in runs)

    def best_first() -> Strategy:
        return BestFirst(8, 1, rollout=GibbsRollout(0.02))

    for loss, of in ((sum, bits), (disorder, order)):
        assert typical(best_first, loss, of) <= typical(RandomSearch, loss, of) / 2


# --- Refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [{"width": 0}, {"branching": 0}, {"completions": 0}, {"wider": 1.0}])
def test_settings_that_cannot_work(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"BeamSearch\("):
        BeamSearch(**bad)
    if "width" not in bad:
        with pytest.raises(ValueError, match=r"BestFirst\("):
            BestFirst(**bad)


def test_several_objectives_are_refused() -> None:
    for strategy in (BeamSearch(), BestFirst()):
        with pytest.raises(CannotAct, match="NSGA2 would fit"):
            strategy.start(PICKS, Random(0), {"a": "minimize", "b": "maximize"})


def test_what_is_asked_next_is_known_without_a_completion() -> None:
    opened = next_question(PICKS, (0, 1))
    assert opened is not None
    assert opened.question.options == 3
    assert opened.address[1] == 0 or opened.address[0] is PICKS.args[2]
