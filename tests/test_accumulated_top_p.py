"""Accumulated top-p: the decoding by itself and against its special cases, the policies, and the strategy."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from random import Random
from statistics import median
from typing import Any

import numpy as np
import pytest

from inlay.search import CannotAct, Problem, Study, Trial
from inlay.search.accumulated_top_p import AccumulatedTopP, PartialPrograms, likeliest
from inlay.search.decision_codes import code_of, coded, decision_of, own_shares
from inlay.search.decision_tables import DecisionTable, NextDecision, OwnWeights
from inlay.search.nucleus_decoding import Path, Proposer, decode, drawn, nucleus
from inlay.search.partial_programs import next_question
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Repeat, Space, Subset, space
from inlay.spaces.choosers import Question, weighted_index

#: A chain of three steps over two states; the likelier beginning is not that of the likeliest path.
START, FROM = [0.6, 0.4], [[0.5, 0.5], [0.05, 0.95]]
BEST, BEST_CHANCE = (1, 1, 1), 0.4 * 0.95 * 0.95


def chain(prefix: tuple[int, ...]) -> list[float] | None:
    if len(prefix) == 3:
        return None
    return [math.log(p) for p in (FROM[prefix[-1]] if prefix else START)]


def random_chain(seed: int) -> Proposer:
    """A tree of paths of different lengths, with 1 to 4 answers everywhere."""

    @cache
    def proposer(prefix: tuple[int, ...]) -> Sequence[float] | None:
        rng = Random(f"{seed} {prefix}")
        if len(prefix) == 6 or (prefix and rng.random() < 0.15):
            return None
        weights = [rng.random() ** 3 for _ in range(rng.randint(1, 4))]
        return [math.log(weight / sum(weights)) for weight in weights]

    return proposer


# --- Decoding --------------------------------------------------------------------------------------


def test_a_nucleus_is_the_smallest_set_that_reaches_its_share() -> None:
    paths = [Path((i,), math.log(p)) for i, p in enumerate([0.25, 0.5, 0.125, 0.125])]
    sizes = {top_p: [path.answers[0] for path in nucleus(paths, top_p)] for top_p in (0.1, 0.5, 0.51, 0.75, 0.8, 1.0)}
    assert sizes == {0.1: [1], 0.5: [1], 0.51: [1, 0], 0.75: [1, 0], 0.8: [1, 0, 2], 1.0: [1, 0, 2, 3]}
    assert [path.answers[0] for path in nucleus(paths, 0.5, temperature=10.0)] == [1, 0]
    assert nucleus(paths[:1], 0.9, total=0.0) == paths[:1]  # less than that is there
    assert nucleus([], 0.9) == []


def test_the_greedy_path_is_not_the_best_one() -> None:
    greedy = decode(chain, 1, top_p=0.01)[0]
    assert greedy.answers == (0, 0, 0)
    assert math.exp(greedy.log_probability) == pytest.approx(0.15)


@pytest.mark.parametrize(("top_p", "chance"), [(1.0, BEST_CHANCE), (0.9, 0.4)])
def test_one_path_finds_the_best_one_with_its_exact_probability(top_p: float, chance: float) -> None:
    """At 0.9 the nucleus after state 1 holds state 1 alone."""
    rng, n = Random(0), 4000
    found = [decode(chain, 1, top_p=top_p, rng=rng)[0] for _ in range(n)]
    hits = [path for path in found if path.answers == BEST]
    assert abs(len(hits) / n - chance) < 4 * math.sqrt(chance * (1 - chance) / n)
    assert {path.log_probability for path in hits} == {math.log(0.4) + math.log(0.95) + math.log(0.95)}


def test_four_paths_always_find_the_best_one() -> None:
    for top_p in (0.9, 1.0):
        assert decode(chain, 4, top_p=top_p)[0].answers == BEST
    for seed in range(200):
        assert BEST in [path.answers for path in decode(chain, 4, top_p=0.9, rng=Random(seed))]


def plain_top_p(proposer: Proposer, top_p: float, temperature: float, rng: Random) -> Path:
    """Sampling as Holtzman et al. have it, one answer after the other."""
    prefix: tuple[int, ...] = ()
    accumulated = 0.0
    while (logs := proposer(prefix)) is not None:
        weights = [math.exp(log / temperature) for log in logs]
        order = sorted(range(len(logs)), key=lambda i: -weights[i])
        kept: list[int] = []
        for i in order:
            kept.append(i)
            if sum(weights[j] for j in kept) / sum(weights) >= top_p - 1e-12:
                break
        answer = kept[weighted_index([weights[i] for i in kept], rng.random())]
        prefix, accumulated = (*prefix, answer), accumulated + logs[answer]
    return Path(prefix, accumulated)


def beam_search(proposer: Proposer, k: int) -> list[Path]:
    """The k likeliest extensions of each length, and whole paths among them."""
    beam = [Path((), 0.0)]
    while any(proposer(path.answers) is not None for path in beam):
        children = []
        for prefix, accumulated in beam:
            logs = proposer(prefix)
            found = [Path(prefix, accumulated)] if logs is None else []
            children += found or [Path((*prefix, i), accumulated + log) for i, log in enumerate(logs or ())]
        beam = sorted(children, key=lambda path: path.log_probability, reverse=True)[:k]
    return beam


@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
@pytest.mark.parametrize("top_p", [0.5, 0.9, 1.0])
def test_one_path_is_plain_top_p_bit_for_bit(top_p: float, temperature: float) -> None:
    for seed in range(60):
        proposer = random_chain(seed)
        found = decode(proposer, 1, top_p=top_p, temperature=temperature, rng=Random(seed))
        assert found == [plain_top_p(proposer, top_p, temperature, Random(seed))]


@pytest.mark.parametrize("k", [1, 3, 8])
def test_without_a_nucleus_and_draws_it_is_beam_search_bit_for_bit(k: int) -> None:
    for seed in range(60):
        assert decode(random_chain(seed), k, top_p=1.0) == beam_search(random_chain(seed), k)


def test_decisions_before_count_in_the_pool() -> None:
    """Each of two prefixes has a nucleus of two, but of the pool only the extensions of the likelier one stay."""
    table = {(): [0.95, 0.05], (0,): [0.5, 0.5], (1,): [0.5, 0.5]}

    def proposer(prefix: tuple[int, ...]) -> list[float] | None:
        return [math.log(p) for p in table[prefix]] if len(prefix) < 2 else None

    assert {path.answers for path in decode(proposer, 4, top_p=1.0)} == set(product((0, 1), repeat=2))
    assert [path.answers for path in decode(proposer, 4, top_p=0.96)] == [(0, 0), (0, 1), (1, 0)]
    assert [path.answers for path in decode(proposer, 4, top_p=0.9)] == [(0, 0), (0, 1)]


def test_draws_are_without_replacement_and_by_share() -> None:
    pool, rng = [Path((i,), math.log(p)) for i, p in enumerate([0.5, 0.3, 0.2])], Random(0)
    pairs = Counter(tuple(path.answers[0] for path in drawn(pool, 2, 1.0, rng)) for _ in range(6000))
    exact = {(i, j): p * q / (1 - p) for i, p in enumerate((0.5, 0.3, 0.2)) for j, q in enumerate((0.5, 0.3, 0.2))}
    for pair, times in pairs.items():
        assert pair[0] != pair[1]
        assert times / 6000 == pytest.approx(exact[pair], abs=0.025)
    assert sorted(path.answers[0] for path in drawn(pool, 9, 1.0, rng)) == [0, 1, 2]


def test_dead_ends_and_impossible_answers_end_a_path() -> None:
    def proposer(prefix: tuple[int, ...]) -> list[float] | None:
        return None if len(prefix) == 2 else [] if prefix == (0,) else [math.log(0.7), math.log(0.3), -math.inf]

    assert decode(proposer, 1, top_p=1.0) == []
    assert [path.answers for path in decode(proposer, 4, top_p=1.0)] == [(1, 0), (1, 1)]


@pytest.mark.parametrize("bad", [{"k": 0}, {"top_p": 0.0}, {"top_p": 1.1}, {"temperature": 0.0}])
def test_settings_that_cannot_work(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="top_p lie in"):
        decode(chain, **bad)
    with pytest.raises(ValueError, match="top_p lie in"):
        AccumulatedTopP(**bad)
    for also_bad in ({"bins": 1}, {"together": 0}):
        with pytest.raises(ValueError, match=r"AccumulatedTopP\("):
            AccumulatedTopP(**also_bad)


# --- Codes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        Question(Integer(0, 9), options=10),
        Question(Integer(0, 99), options=100),
        Question(Integer(0, 10**9), options=10**9 + 1),
        Question(Real(-1, 3), low=-1.0, high=3.0),
    ],
)
def test_decisions_have_the_codes_that_they_are_drawn_for(question: Question) -> None:
    rng, own = Random(0), own_shares(question, 16)
    assert sum(own) == pytest.approx(1)
    for code in range(len(own)):
        assert {code_of(question, decision_of(question, code, len(own), rng), len(own)) for _ in range(20)} == {code}


def test_every_number_has_a_code() -> None:
    wide = Question(Integer(0, 99), options=100)
    codes = [code_of(wide, i, 16) for i in range(100)]
    assert codes == sorted(codes)
    assert set(codes) == set(range(16))
    assert code_of(Question(Real(0, 1), low=0.0, high=1.0), 1.0, 16) == 15


def test_weights_of_a_hole_are_its_own_shares() -> None:
    question = Question(Choice(*range(20), weights=[1] * 19 + [81]), options=20, weights=[1] * 19 + [81])
    assert own_shares(question, 16) == pytest.approx([0.01] * 19 + [0.81])


def test_members_are_coded_decision_by_decision() -> None:
    of = space({"kind": Choice("a", {"n": Integer(0, 99)}), "on": Mask(3), "rate": Real(1e-4, 1, log=True)})
    found = coded(of, {"kind": {"n": 50}, "on": np.array([True, False, True]), "rate": 0.011}, bins=4)
    assert [code for _, _, code in found] == [1, 2, 1, 0, 1, 2]
    assert [codes for _, codes, _ in found] == [2, 4, 2, 2, 2, 4]


# --- Policies --------------------------------------------------------------------------------------

BITS = space([Choice(0, 1)] * 3)


def told(program: Any, loss: float, number: int = 0) -> Trial:
    trial = Trial(number, program)
    trial.state, trial.losses = "done", (loss,)
    return trial


def table_after(programs: Sequence[Any], of: Space = BITS, **settings: Any) -> DecisionTable:
    table = DecisionTable(**{"thompson": False} | settings)
    table.start(of, 16, Random(0))
    table.learn([told(of.adopt(program), float(i), i) for i, program in enumerate(programs)])
    return table


def shares_at(table: NextDecision, prefix: tuple[int, ...], of: Space = BITS) -> list[float]:
    opened = next_question(of, prefix)
    assert opened is not None
    return list(table.shares(opened.address, prefix, own_shares(opened.question, 16)))


def test_a_table_counts_the_elite_over_the_own_shares() -> None:
    table = table_after([[1, 0, 0], [1, 1, 0], [0, 0, 0]], elite=2, strength=2.0)
    assert shares_at(table, ()) == [1 / 4, 3 / 4]
    assert shares_at(table, (0,)) == [2 / 4, 2 / 4]
    assert shares_at(table, (1, 1)) == [3 / 4, 1 / 4]


def test_the_elite_are_the_best_distinct_members_told_so_far() -> None:
    table = table_after([[1, 1, 1], [0, 0, 0]], elite=2)
    table.learn([told(BITS.adopt([1, 1, 1]), 0.2, 8), told(BITS.adopt([0, 1, 0]), 0.5, 9)])
    assert [list(trial.program.args) for trial in table.best] == [[1, 1, 1], [0, 1, 0]]
    assert shares_at(table, ()) == [1.5 / 3, 1.5 / 3]


def test_with_context_a_table_is_an_n_gram() -> None:
    table = table_after([[0, 1, 0], [1, 0, 1], [0, 1, 1]], context=1)
    assert shares_at(table, (0,)) == pytest.approx([0.5 / 3, 2.5 / 3])
    assert shares_at(table, (1,)) == pytest.approx([1.5 / 2, 0.5 / 2])
    assert shares_at(table, (0, 1)) == shares_at(table, (1, 1))


def test_shares_are_drawn_anew_for_every_decoding_from_their_posterior() -> None:
    table = table_after([[1, 0, 0], [1, 1, 0]], elite=2, thompson=True)
    draws = []
    for _ in range(3000):
        table.begin()
        draws.append(shares_at(table, ())[1])
        assert shares_at(table, ())[1] == draws[-1]
    mean = sum(draws) / len(draws)
    assert mean == pytest.approx(2.5 / 3, abs=0.02)  # Beta(2.5, 0.5), whose variance is 1.25 / (9 * 4)
    assert sum((draw - mean) ** 2 for draw in draws) / len(draws) == pytest.approx(1.25 / 36, abs=0.005)


def test_very_many_options_and_options_of_weight_zero_have_shares() -> None:
    table = DecisionTable(strength=1e-9)
    table.start(BITS, 16, Random(0))
    assert table.shares((BITS, 0), (), [0.5, 0.5, 0.0])[2] == 0.0
    assert sum(table.shares((BITS, 1), (), [0.001] * 1000)) == pytest.approx(1)


class Watched(OwnWeights):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []
        self.decodings = 0

    def begin(self) -> None:
        self.decodings += 1

    def shares(self, address: Any, before: tuple[int, ...], own: Sequence[float]) -> Sequence[float]:
        self.seen.append(before)
        return own


# --- Partial programs as paths ---------------------------------------------------------------------


def test_paths_through_a_space_have_the_probability_of_a_random_draw() -> None:
    of = space([Choice("a", "b", weights=[3, 1]), Choice({"x": Choice(1, 2)}, "none"), Permutation("pqr")])
    programs = PartialPrograms(of, OwnWeights(), Random(0))
    paths = decode(programs, 1000, top_p=1.0)
    assert len(paths) == of.size() == len({of.key(programs.program(path.answers)) for path in paths})
    assert math.fsum(math.exp(path.log_probability) for path in paths) == pytest.approx(1)
    by_key = {of.key(programs.program(path.answers)): math.exp(path.log_probability) for path in paths}
    assert by_key[of.key(of.adopt(["a", {"x": 2}, ["q", "p", "r"]]))] == pytest.approx(3 / 4 / 2 / 2 / 6)


def test_constraints_close_paths() -> None:
    of = space([Integer(0, 3), Integer(0, 3)]).where(lambda pair: pair.args[0] == pair.args[1])
    programs = PartialPrograms(of, OwnWeights(), Random(0))
    found = [programs.program(path.answers) for path in decode(programs, 16, top_p=1.0)]
    assert [list(pair.args) for pair in found] == [[i, i] for i in range(4)]


def test_beyond_the_common_part_a_path_goes_on_alone() -> None:
    bits = space([Choice(0, 1)] * 6)
    table = table_after([[1, 0, 1, 1, 0, 1]], bits)
    programs = PartialPrograms(bits, table, Random(0), together=2)
    paths = decode(programs, 2)
    assert [path.answers for path in paths] == [(1, 0), (1, 1)]
    assert [list(programs.program(path.answers).args) for path in paths] == [[1, 0, 1, 1, 0, 1], [1, 1, 1, 1, 0, 1]]
    assert likeliest([-1.0, -0.5, -0.5]) == 1


def test_alone_it_asks_again_where_a_constraint_refuses() -> None:
    of = space([Choice(0, 1)] * 4).where(lambda bits: sum(bits.args) == 2)
    rng, policy = Random(0), Watched()
    programs = PartialPrograms(of, policy, rng, together=1)
    found = [programs.program((1,), lambda logs: rng.randrange(len(logs))) for _ in range(10)]
    assert {sum(bits.args) for bits in found} == {2}
    assert len(policy.seen) > 40
    assert {len(before) for before in policy.seen} == {1, 2, 3}
    assert {before[0] for before in policy.seen} == {1}


# --- The strategy ----------------------------------------------------------------------------------


class Markov(NextDecision):
    """The toy chain as a policy."""

    def shares(self, address: Any, before: tuple[int, ...], own: Sequence[float]) -> list[float]:
        return FROM[before[-1]] if before else START


def run(strategy: AccumulatedTopP, of: Any, loss: Callable[[Any], float], trials: int, seed: int = 0) -> Study:
    return Study(Problem("p", of, loss), strategy, seed=seed).run(trials=trials, progress=False)


def test_it_proposes_the_paths_of_one_decoding_after_the_other() -> None:
    study = run(AccumulatedTopP(4, 1.0, sample=False, policy=Markov()), BITS, sum, 8)
    wanted = [list(path.answers) for path in decode(chain, 4, top_p=1.0)]
    assert [list(trial.program.args) for trial in study.trials] == wanted * 2


def test_the_policy_knows_when_a_decoding_begins() -> None:
    study = run(AccumulatedTopP(4, 1.0, policy=Watched()), BITS, sum, 9)
    assert study.strategy.policy.decodings == 3  # type: ignore[attr-defined]


def test_it_learns_from_foreign_trials() -> None:
    bits = space([Choice(0, 1)] * 10)
    study = Study(Problem("p", bits, sum), AccumulatedTopP(1, policy=DecisionTable(1, 0.01)), seed=0)
    study.tell([0, 1] * 5, loss=-1.0)
    assert sum(list(trial.program.args) == [0, 1] * 5 for trial in study.ask(20)) > 15


def test_deep_and_continuous_spaces_are_searched() -> None:
    long = space([Choice(0, 1)] * 100)
    assert run(AccumulatedTopP(together=20), long, sum, 150).best.loss < 30
    of = space({"rate": Real(1e-6, 1, log=True), "more": Repeat(Real(0, 1), 0, 3), "some": Subset(range(12), 3)})

    def loss(value: dict[str, Any]) -> float:
        return abs(math.log10(value["rate"]) + 3) + sum(value["more"]) + len(set(value["some"]) - {2, 5, 7})

    assert run(AccumulatedTopP(), of, loss, 300).best.loss < 0.1


def test_where_every_path_ends_dead_random_members_are_proposed() -> None:
    of = space([Integer(0, 99), Integer(0, 99)]).where(lambda pair: abs(pair.args[0] - pair.args[1]) < 2)
    study = run(AccumulatedTopP(1), of, lambda pair: float(pair[0]), 40)
    assert len(study.trials) == 40
    assert all(of.contains(trial.program) for trial in study.trials)


def test_tables_that_are_not_drawn_anew_find_nothing_new() -> None:
    """Why `thompson` is the default: paths that share a nucleus keep to what is likely."""
    bits = space([Choice(0, 1)] * 24)
    drawn_anew, fixed = (
        median(
            run(AccumulatedTopP(policy=DecisionTable(thompson=thompson)), bits, sum, 150, seed).best.loss
            for seed in range(5)
        )
        for thompson in (True, False)
    )
    assert drawn_anew <= 3
    assert fixed >= 6


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(CannotAct, match="NSGA2 would fit"):
        AccumulatedTopP().start(BITS, Random(0), {"a": "minimize", "b": "maximize"})
    with pytest.raises(CannotAct, match="one by one"):
        AccumulatedTopP().start(space(Mask(5000)), Random(0), {"loss": "minimize"})
    for bad in ({"elite": 0}, {"strength": 0.0}, {"context": -1}):
        with pytest.raises(ValueError, match=r"DecisionTable\("):
            DecisionTable(**bad)  # type: ignore[arg-type]
