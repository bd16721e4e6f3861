"""Traces, the moves of one and of several sites, and Metropolis-Hastings chains."""

import math
from collections.abc import Sequence
from itertools import islice, pairwise
from random import Random
from typing import Any

import pytest

from inlay.search import CannotAct, Outcome, Problem, Proposal, Study, Trial
from inlay.search.metropolis import accepts, metropolis_chain
from inlay.search.metropolis_hastings import MetropolisHastings, log_likelihood_ratio
from inlay.search.sequential import particle_filter, tempered
from inlay.search.site_moves import Block, Redrawing, SingleSite
from inlay.search.tempering import Cooling
from inlay.search.traced_programs import draw_trace, trace_of
from inlay.spaces import Choice, Integer, Mask, OutsideSpace, Permutation, Real, Repeat, Subset, Unsatisfied, space

BITS = space({f"x{i}": Choice(0, 1) for i in range(20)})
LISTS = Choice("none", Repeat(Choice("a", "b", "c", weights=[1, 1, 2]), 1, 3), weights=[1, 3])
MIXED = space(
    {
        "n": Integer(1, 9),
        "rate": Real(1e-3, 1, log=True),
        "mask": Mask(6, ones=2),
        "items": Repeat(Choice("a", Subset("uvw", 1)), 0, 3),
        "order": Permutation("pqr"),
    }
)


# --- Traces ----------------------------------------------------------------------------------------


def test_the_prior_of_a_trace_is_the_product_of_its_decisions() -> None:
    assert math.exp(trace_of(LISTS, ["c", "a"]).log_prior) == pytest.approx(3 / 4 * 1 / 3 * 2 / 4 * 1 / 4)
    assert math.exp(trace_of(LISTS, "none").log_prior) == pytest.approx(1 / 4)
    assert math.exp(trace_of(Mask(5, ones=2), Mask(5, ones=2).sample(Random(0))).log_prior) == pytest.approx(1 / 10)
    assert trace_of(Real(0, 4), 1.5).log_prior == pytest.approx(-math.log(4))


def test_the_prior_of_a_subset_is_uniform_although_its_decisions_are_weighted() -> None:
    subsets = Subset(range(6), 1, 4)
    priors = [trace_of(subsets, value).log_prior for value in subsets.enumerate()]
    assert priors == pytest.approx([-math.log(len(priors))] * len(priors))


def test_tracing_a_drawn_program_gives_its_trace() -> None:
    rng = Random(0)
    for _ in range(50):
        drawn = draw_trace(MIXED, rng)
        again = trace_of(MIXED, drawn.program)
        assert MIXED.key(again.program) == MIXED.key(drawn.program)
        assert list(again.sites) == list(drawn.sites)
        assert again.log_prior == pytest.approx(drawn.log_prior)


def test_a_stranger_has_no_trace() -> None:
    with pytest.raises(OutsideSpace):
        trace_of(LISTS, ["z"])


def test_a_constraint_is_met_by_whole_draws_and_else_on_its_own() -> None:
    odd = Integer(0, 9).where(lambda n: n % 2 == 1)
    rng = Random(1)
    assert {draw_trace(odd, rng).program for _ in range(100)} == {1, 3, 5, 7, 9}
    rare = space([Integer(0, 999).where(lambda n: n < 10)] * 3)
    assert rare.contains(draw_trace(rare, rng).program)
    with pytest.raises(Unsatisfied):
        draw_trace(Integer(0, 9).where(lambda n: n > 9), rng)


# --- Moves -----------------------------------------------------------------------------------------


def test_a_replay_with_nothing_redrawn_is_the_same_program() -> None:
    old = draw_trace(MIXED, Random(2))
    redrawing = Redrawing(old, (), Random(3))
    new = redrawing.of(MIXED)
    assert new is not None
    assert (new.program, list(new.sites), redrawing.changed) == (old.program, list(old.sites), False)
    assert (redrawing.kept, redrawing.redrawn, redrawing.log_ratio) == (len(old), 0, 0.0)


def test_missing_decisions_are_drawn_and_surplus_ones_dropped() -> None:
    old = trace_of(LISTS, ["c", "b"])
    length = list(old.sites)[1]
    seen = {2: 0, 3: 0, 4: 0, 1: 0}
    for seed in range(60):
        redrawing = Redrawing(old, (length,), Random(seed))
        new = redrawing.of(LISTS)
        assert new is not None
        items = list(new.value)
        assert items[:2] == ["c", "b"][: len(items)]
        assert redrawing.kept == 1 + min(2, len(items))
        seen[len(new) - 1] += 1
    assert all(seen[n] > 5 for n in (2, 3, 4))


def test_a_single_site_move_changes_one_decision_and_gives_the_ratio_of_dimensions() -> None:
    rng, old = Random(4), trace_of(BITS, {f"x{i}": 0 for i in range(20)})
    for _ in range(50):
        moved = SingleSite()(BITS, old, rng)
        assert moved is not None
        assert len(moved.trace.program.diff(old.program)) == moved.changed
        assert moved.log_ratio == 0.0
    lists = trace_of(LISTS, ["a"])
    ratios = {len(m.trace): m.log_ratio for m in (SingleSite()(LISTS, lists, rng) for _ in range(200)) if m}
    assert ratios == {n: pytest.approx(math.log(3 / n)) for n in (1, 3, 4, 5)}


def test_a_block_redraws_as_many_sites_as_it_says_in_the_mean() -> None:
    rng, old = Random(5), draw_trace(BITS, Random(5))
    sizes = [len(m.trace.program.diff(old.program)) for m in (Block(4)(BITS, old, rng) for _ in range(500)) if m]
    assert sum(sizes) / 500 == pytest.approx(2, abs=0.2)  # a redrawn bit is another one half of the time
    assert max(sizes) > 4


def test_a_block_larger_than_the_program_redraws_all_of_it() -> None:
    old = trace_of(LISTS, ["a"])
    moved = [Block(50)(LISTS, old, Random(seed)) for seed in range(100)]
    assert {m.log_ratio for m in moved if m} == {0.0}  # a draw from the prior, whatever there was
    assert sum(m.trace.program == "none" for m in moved if m) == pytest.approx(25, abs=15)


def test_local_steps_of_numbers_and_masks_are_small_and_stay_inside() -> None:
    rng = Random(6)
    for where in (Real(-1, 1), Real(1e-3, 1, log=True), Integer(0, 1000), Mask(50), Mask(50, ones=10)):
        old = draw_trace(where, rng)
        for _ in range(200):
            moved = SingleSite(0.9)(where, old, rng)
            assert moved is not None
            assert where.contains(moved.trace.program)
    wide = Integer(0, 1000)
    moves = [SingleSite(0.9)(wide, trace_of(wide, 500), rng) for _ in range(300)]
    steps = [abs(moved.trace.program - 500) for moved in moves if moved]
    assert sorted(steps)[150] < 80  # from the prior it would be 250


def test_a_program_without_decisions_stays() -> None:
    only = Choice("only")
    for move in (SingleSite(), Block()):
        moved = move(only, draw_trace(only, Random(0)), Random(0))
        assert moved is not None
        assert (moved.changed, moved.trace.program) == (False, "only")


# --- Chains ----------------------------------------------------------------------------------------


def test_acceptance_is_the_least_of_one_and_the_ratio() -> None:
    rng = Random(7)
    assert sum(accepts(math.log(0.3), rng.random()) for _ in range(4000)) / 4000 == pytest.approx(0.3, abs=0.03)
    assert accepts(0.0, 0.999999)
    assert not accepts(-math.inf, 0.0)
    assert log_likelihood_ratio(3.0, 5.0, 2.0) == -1.0
    assert log_likelihood_ratio(3.0, 3.0, 0.0) == 0.0
    assert log_likelihood_ratio(3.0, 2.0, 0.0) == math.inf


def test_a_chain_never_enters_what_the_likelihood_excludes() -> None:
    digits = Integer(0, 9)
    outside = trace_of(digits, 9)
    chain = metropolis_chain(digits, lambda x: 0.0 if x in (2, 3, 7) else -math.inf, Random(8), start=outside)
    visited = [trace.program for trace in islice(chain, 3000)]
    inside = visited[next(i for i, x in enumerate(visited) if x in (2, 3, 7)) :]
    assert set(inside) == {2, 3, 7}
    assert [inside.count(x) / len(inside) for x in (2, 3, 7)] == pytest.approx([1 / 3] * 3, abs=0.06)


def test_the_density_of_a_number_is_sampled() -> None:
    """A Gaussian that is cut off at 0: its mean is sqrt(2 / pi)."""
    chain = metropolis_chain(Real(0, 8), lambda x: -x * x / 2, Random(9))
    found = [trace.value for trace in islice(chain, 20000)]
    assert sum(found) / len(found) == pytest.approx(math.sqrt(2 / math.pi), abs=0.05)


def test_an_estimate_of_the_likelihood_may_stand_in_for_it() -> None:
    """Pseudo-marginal: a coin's bias by the evidence of a population; by Bayes' rule the shares are known."""
    biases, rng = {"low": 0.2, "high": 0.7}, Random(10)

    def evidence(name: str) -> float:
        inner = tempered(Choice(0, 1), lambda side: math.log(biases[name] if side else 0.1), (1.0,))
        return particle_filter(inner, 4, rng).log_evidence

    visits = [trace.value for trace in islice(metropolis_chain(Choice("low", "high"), evidence, Random(11)), 6000)]
    assert visits.count("high") / 6000 == pytest.approx((0.7 + 0.1) / (0.7 + 0.1 + 0.2 + 0.1), abs=0.05)


# --- The strategy ----------------------------------------------------------------------------------


def study_of(strategy: MetropolisHastings, evaluate: Any = None, where: Any = BITS) -> Study:
    return Study(Problem("p", where, evaluate or (lambda value: -float(sum(value.values())))), strategy, seed=0)


def chains_of(study: Study) -> Any:
    assert isinstance(study.strategy, MetropolisHastings)
    return study.strategy.running


def test_every_chain_awaits_its_own_result_only() -> None:
    study = study_of(MetropolisHastings(1.0, chains=3))
    first = study.ask(10)
    assert len(first) == 3
    study.tell(first[1], 5.0)
    again = study.ask(10)
    assert [trial.origin for trial in again] == [[1, 2]]
    assert len(again[0].program.diff(first[1].program)) == 1


def test_at_a_low_temperature_nothing_worse_is_accepted_and_at_a_high_one_nearly_everything() -> None:
    for temperature, expected in ((1e-9, 0), (1e9, 1.0)):
        study = study_of(MetropolisHastings(temperature)).run(trials=200, progress=False)
        (chain,) = chains_of(study)
        ones = [-sum(program["x" + str(i)] for i in range(20)) for program, _ in chain.visits]
        worse = sum(b > a for a, b in pairwise(ones))
        assert worse == 0 if not expected else worse > 60


def test_a_failed_trial_is_never_entered() -> None:
    def evaluate(value: dict[str, int]) -> float:
        if value["x0"]:
            raise ArithmeticError("no")
        return 0.0

    for seed in range(4):  # some begin with a failure
        problem = Problem("p", BITS, evaluate)
        study = Study(problem, MetropolisHastings(1.0), seed=seed).run(trials=100, progress=False)
        (chain,) = chains_of(study)
        assert len(chain.visits) > 20
        assert all(program["x0"] == 0 for program, _ in chain.visits)


def test_an_infeasible_chain_moves_to_less_violation_and_never_back() -> None:
    def evaluate(value: dict[str, int]) -> Outcome:
        ones = sum(value.values())
        return Outcome({"loss": -ones}, violations=[ones - 5])

    study = study_of(MetropolisHastings(5.0), evaluate).run(trials=300, progress=False)
    (chain,) = chains_of(study)
    violations = [max(0, sum(p["x" + str(i)] for i in range(20)) - 5) for p, _ in chain.visits]
    assert violations == sorted(violations, reverse=True)
    assert violations[-1] == 0


def test_a_chain_starts_at_the_best_foreign_trial_and_lets_no_other_one_in() -> None:
    good = {f"x{i}": int(i > 2) for i in range(20)}
    study = study_of(MetropolisHastings(1e-9))
    study.tell(BITS.simplest(), 0.0)
    study.tell(good, -17.0)
    (first,) = study.ask(1)
    assert len(first.program.diff(BITS.adopt(good))) == 1
    study.tell({f"x{i}": 1 for i in range(20)}, -20.0)
    study.tell(first, -16.0)
    (second,) = study.ask(1)
    assert len(second.program.diff(BITS.adopt(good))) == 1


def test_what_was_visited_is_sampled_with_the_burn_in_left_out() -> None:
    study = study_of(MetropolisHastings(1.0), float, Integer(0, 3)).run(trials=2000, progress=False)
    assert isinstance(study.strategy, MetropolisHastings)
    shares = dict(study.strategy.sample())
    total = sum(math.exp(-x) for x in range(4))
    assert sum(shares.values()) == pytest.approx(1.0)
    assert [shares[x] for x in range(4)] == pytest.approx([math.exp(-x) / total for x in range(4)], abs=0.04)
    (chain,) = chains_of(study)
    steps = sum(times for _, times in chain.visits)
    assert sum(times for _, times in chain.after(0.25)) == steps - steps // 4


def test_a_cooling_chain_has_no_law_to_sample() -> None:
    study = study_of(MetropolisHastings()).run(trials=5, progress=False)
    assert isinstance(study.strategy, MetropolisHastings)
    with pytest.raises(ValueError, match="give temperature=a number"):
        study.strategy.sample()
    strategy = MetropolisHastings(1.0)
    strategy.start(BITS, Random(0), {"loss": "minimize"})
    with pytest.raises(ValueError, match="run the study first"):
        strategy.sample()


def test_cooling_is_free_of_the_scale_of_the_losses() -> None:
    def programs(scale: float) -> list[Any]:
        found = study_of(MetropolisHastings(), lambda value: scale * float(sum(value.values()))).run(
            trials=80, progress=False
        )
        return [trial.key for trial in found.trials]

    assert programs(1.0) == programs(2.0**20) == programs(2.0**-20)


def test_infinite_losses_are_no_trap() -> None:
    for extreme in (math.inf, -math.inf):
        study = study_of(MetropolisHastings(), lambda value, loss=extreme: loss if value["x0"] else 1.0)
        assert len(study.run(trials=60, progress=False).trials) == 60


def test_a_result_that_is_told_twice_counts_once() -> None:
    strategy = MetropolisHastings(1.0)
    strategy.start(Integer(0, 9), Random(0), {"loss": "minimize"})

    def told(proposal: Proposal) -> Sequence[Trial]:
        trial = Trial(0, proposal.value, proposal.origin)
        trial.state, trial.losses = "done", (1.0,)
        return [trial]

    (first,) = strategy.ask(1)
    strategy.tell(told(first))
    (second,) = strategy.ask(1)
    strategy.tell(told(first))
    assert strategy.ask(1) == []
    strategy.tell(told(second))
    assert len(strategy.ask(1)) == 1


def test_several_objectives_are_refused() -> None:
    with pytest.raises(CannotAct, match="NSGA2 would fit"):
        MetropolisHastings().start(BITS, Random(0), {"a": "minimize", "b": "maximize"})


@pytest.mark.parametrize(
    "make",
    [
        lambda: MetropolisHastings(0.0),
        lambda: MetropolisHastings(math.inf),
        lambda: MetropolisHastings(chains=0),
        lambda: SingleSite(1.0),
        lambda: SingleSite(-0.1),
        lambda: Block(0),
        lambda: Cooling(-1),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must"):
        make()
