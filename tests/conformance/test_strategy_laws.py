"""The laws of strategies, each over every strategy and every space."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from space_table import SPACES
from strategy_table import PAIRS, REFUSALS, REFUSED, STRATEGIES, fair, nasty, number, problem_for, table

from inlay.search import (
    CannotAct,
    NoSuccess,
    ProcessPool,
    Proposal,
    Strategy,
    Study,
    Trial,
    better,
)
from inlay.search.evaluation import evaluate
from inlay.search.store import Store
from inlay.spaces import Space, SpaceError, build

TRIALS = 24

every_pair = pytest.mark.parametrize(("strategy", "space"), PAIRS, ids=[f"{a}-{b}" for a, b in PAIRS])
synchronous_pairs = [pair for pair in PAIRS if STRATEGIES[pair[0]].synchronous]
every_synchronous_pair = pytest.mark.parametrize(
    ("strategy", "space"), synchronous_pairs, ids=[f"{a}-{b}" for a, b in synchronous_pairs]
)


def study_of(
    strategy: str, space: str, evaluate: Callable[[Any], Any] = nasty, made: Strategy | None = None, **options: Any
) -> Study:
    """A study of a fresh space, so that no law holds only because two runs share their objects."""
    entry = STRATEGIES[strategy]
    problem = problem_for(entry, SPACES[space](), evaluate)
    return Study(problem, entry.make() if made is None else made, **{"seed": 7} | options)


def run(
    strategy: str,
    space: str,
    evaluate: Callable[[Any], Any] = nasty,
    made: Strategy | None = None,
    n: int = TRIALS,
) -> Study:
    return study_of(strategy, space, evaluate, made).run(trials=n, progress=False)


COMPARED = [
    name for name in Trial.__slots__ if name not in ("finished", "key", "program", "report_to", "seconds", "told")
]


def contents(study: Study) -> list[Any]:
    """All that a run decides; programs by their keys, since a value such as an array may have no equality."""
    key = study.space.key
    return [[key(trial.program), *(getattr(trial, name) for name in COMPARED)] for trial in study.trials]


@cache
def plain_run(strategy: str, space: str) -> list[Any]:
    """What an ordinary run decides, to which the laws compare others."""
    return contents(run(strategy, space))


def tell(study: Study, trials: Sequence[Trial]) -> None:
    """Tell several trials as one event, as a run on workers does."""
    for trial in trials:
        study.settle(trial, evaluate(study.problem, trial.program, trial.fidelity).outcome, 0.0)
    if trials:
        study.tell_settled(trials)


def tell_foreign(study: Study, rng: random.Random, **outcome: Any) -> None:
    """Tell a trial that the strategy never asked for."""
    study.tell(study.space.sample(rng), **outcome, feedback={"hash": 50, "length": 20})


# --- Which strategy acts on which space ------------------------------------------------------------


def test_the_table_names_every_pair() -> None:
    assert sorted([*PAIRS, *REFUSED]) == sorted((a, b) for a in STRATEGIES for b in SPACES)
    lines = list(table())
    assert sum(line.count("·") for line in lines[: len(SPACES) + len(STRATEGIES)]) == len(PAIRS)


@pytest.mark.parametrize(("strategy", "space"), REFUSED)
def test_a_refused_pair_says_why_before_anything_happens(strategy: str, space: str) -> None:
    with pytest.raises(CannotAct) as caught:
        study_of(strategy, space)
    assert re.match(r"\w+ cannot act on this space, because ", str(caught.value))
    assert len(str(caught.value)) > 60


@pytest.mark.parametrize("space", list(SPACES))
def test_exhaustive_refuses_exactly_the_infinite_spaces(space: str) -> None:
    assert bool(REFUSALS["exhaustive", space]) == (not SPACES[space]().finite)


# --- Proposals -------------------------------------------------------------------------------------


@every_pair
def test_proposals_lie_in_the_space(strategy: str, space: str) -> None:
    study = run(strategy, space)
    assert study.trials
    assert all(study.space.contains(trial.program) for trial in study.trials)
    for trial in study.trials:  # a trial below full fidelity has that in its key
        key = study.space.key(study.space.adopt(trial.program))
        assert trial.key in (key, (key, trial.fidelity)), "it is not canonical"


@every_pair
def test_the_same_seed_reproduces_every_strategy(strategy: str, space: str) -> None:
    random.seed(1)
    first = run(strategy, space)
    random.seed(2)
    assert contents(first) == plain_run(strategy, space)


def is_large(space: str) -> bool:
    try:
        return SPACES[space]().size() > 1000
    except SpaceError:  # too many to count
        return True


LARGE = [pair for pair in PAIRS if STRATEGIES[pair[0]].random and is_large(pair[1])]


@pytest.mark.parametrize(("strategy", "space"), LARGE, ids=[f"{a}-{b}" for a, b in LARGE])
def test_another_seed_makes_another_run(strategy: str, space: str) -> None:
    first, second = (study_of(strategy, space, seed=seed).run(trials=10, progress=False) for seed in (1, 2))
    assert [t.key for t in first.trials] != [t.key for t in second.trials]


@every_pair
def test_asking_in_pieces_equals_asking_at_once(strategy: str, space: str) -> None:
    whole, pieces = study_of(strategy, space), study_of(strategy, space)
    for n in (9, 1, 8):
        at_once = whole.ask(n)
        one_by_one: list[Trial] = []
        while len(one_by_one) < n and (asked := pieces.ask(min(n - len(one_by_one), 1 + len(one_by_one) % 3))):
            one_by_one += asked
        assert len(at_once) <= n
        assert [t.key for t in one_by_one] == [t.key for t in at_once]
        tell(whole, at_once)
        tell(pieces, one_by_one)
    assert contents(pieces) == contents(whole)


@every_pair
def test_an_ask_that_proposes_nothing_changes_nothing(strategy: str, space: str) -> None:
    plain, pestered = study_of(strategy, space), study_of(strategy, space)
    for n in (7, 20, 5):
        expected, asked = plain.ask(n), pestered.ask(n)
        assert pestered.ask(0) == []
        if len(asked) < n:
            assert [pestered.ask(k) for k in (1, 5, 100)] == [[], [], []]
        tell(plain, expected)
        tell(pestered, asked)
        assert pestered.ask(0) == []
    assert contents(pestered) == contents(plain)


# --- Tells -----------------------------------------------------------------------------------------


@every_pair
def test_tells_in_any_order_of_any_size_and_of_foreign_trials_are_accepted(strategy: str, space: str) -> None:
    rng = random.Random(f"{strategy} {space}")
    study, pending = study_of(strategy, space), []
    tell_foreign(study, rng, loss=-1.0)
    while len(study.trials) < TRIALS:
        pending += study.ask(rng.randint(1, 8))
        rng.shuffle(pending)
        size = rng.randint(0, 6)
        batch, pending = pending[:size], pending[size:]
        tell(study, batch)
        tell_foreign(study, rng, **rng.choice([{"loss": rng.random()}, {"error": "foreign failure"}]))
    tell(study, pending)
    assert [t.number for t in study.trials] == sorted(t.number for t in study.trials)
    assert all(study.space.contains(t.program) for t in study.trials)
    assert study.problem.noisy or study.best.loss == -1.0 or better(study.best, study.trials[0])


@every_pair
def test_more_asks_than_tells_are_legal(strategy: str, space: str) -> None:
    study, pending = study_of(strategy, space), []
    for n in (1, 5, 3, 6, 3):
        asked = study.ask(n)
        assert len(asked) <= n
        pending += asked
    assert len({trial.number for trial in pending}) == len(pending)
    for trial in reversed(pending):
        tell(study, [trial])
    study.run(trials=TRIALS - len(pending), progress=False)
    assert study.stop_reason == ("trials" if len(study.trials) == TRIALS else "exhausted")


# --- Failures --------------------------------------------------------------------------------------


@every_pair
def test_failures_and_nan_survive_and_are_never_best(strategy: str, space: str) -> None:
    calls = iter(range(10**6))

    def failing(value: Any) -> Any:
        if (call := next(calls)) < 12:
            return float("nan") if call % 2 else 1 / 0
        return nasty(value)

    study = study_of(strategy, space, failing).run(trials=12, progress=False)
    with pytest.raises(NoSuccess):
        _ = study.best
    study.run(trials=12, progress=False)
    done = [trial for trial in study.trials if trial.state == "done"]
    assert all(trial.losses[0] == trial.losses[0] for trial in done)
    assert not any(map(study.is_full, done)) or study.best.state == "done"


@every_pair
def test_infeasible_never_beats_feasible(strategy: str, space: str) -> None:
    study = run(strategy, space)
    done = [trial for trial in study.trials if trial.state == "done" and study.is_full(trial)]
    least = min((trial.violation for trial in done), default=0.0)
    rivals = [trial for trial in done if trial.violation == least]
    assert not rivals or study.best.violation == least
    if rivals and not study.problem.noisy:  # else means count, and how well they are known
        assert study.best.loss == min(trial.loss for trial in rivals)


# --- Runs ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("laws") / "laws.db") as opened:
        yield opened


@every_pair
def test_resume_equals_uninterrupted(strategy: str, space: str, store: Store) -> None:
    rng = random.Random(f"{strategy} {space}")
    name = f"{strategy} {space}"
    cuts = [0, *sorted(rng.sample(range(1, TRIALS), 2)), TRIALS]
    for start, end in pairwise(cuts):
        study_of(strategy, space, store=store, name=name).run(trials=end - start, progress=False)
    assert contents(study_of(strategy, space, store=store, name=name)) == plain_run(strategy, space)


@dataclass
class Wrapper(Strategy):
    """Hands everything on to another strategy."""

    inner: Strategy

    def start(self, space: Space, rng: random.Random, objectives: Mapping[str, str]) -> None:
        self.inner.start(space, rng, objectives)

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(p.value, p.origin, p.fidelity) for p in self.inner.ask(n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        self.inner.tell(tuple(trials))


@every_pair
def test_a_wrapper_around_a_strategy_equals_it(strategy: str, space: str) -> None:
    assert contents(run(strategy, space, made=Wrapper(STRATEGIES[strategy].make()))) == plain_run(strategy, space)


@every_pair
def test_one_configured_strategy_serves_two_studies_alike(strategy: str, space: str) -> None:
    made = STRATEGIES[strategy].make()
    first, second = study_of(strategy, space, made=made), study_of(strategy, space, made=made)
    for n in (13, 9):
        first.run(trials=n, progress=False)
        second.run(trials=n, progress=False)
    assert contents(first) == contents(second) == plain_run(strategy, space)[:22]


# --- Workers ---------------------------------------------------------------------------------------


def slow(value: Any) -> Any:
    """Some take longer than others, so that results overtake one another."""
    time.sleep(number(value) % 3 * 0.0004)
    return nasty(value)


@every_synchronous_pair
def test_the_number_of_threads_changes_no_trial(strategy: str, space: str) -> None:
    with ThreadPoolExecutor(3) as executor:
        threaded = study_of(strategy, space, slow).run(trials=TRIALS, workers=executor, progress=False)
    assert contents(threaded) == plain_run(strategy, space)


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPool]:
    pool = ProcessPool(3)
    yield pool
    pool.kill()


#: Processes differ from threads in what travels to them, which one large space shows as well as all of them.
processed_pairs = list({strategy: (strategy, space) for strategy, space in synchronous_pairs}.values())


@pytest.mark.parametrize(("strategy", "space"), processed_pairs, ids=[f"{a}-{b}" for a, b in processed_pairs])
def test_the_number_of_processes_changes_no_trial(strategy: str, space: str, processes: ProcessPool) -> None:
    parallel = study_of(strategy, space).run(trials=TRIALS, workers=processes, progress=False)
    assert contents(parallel) == plain_run(strategy, space)


@every_synchronous_pair
def test_the_order_of_completion_changes_no_trial(strategy: str, space: str) -> None:
    rng = random.Random(f"{strategy} {space}")
    study, flying = study_of(strategy, space), []
    while True:
        flying += study.ask(min(3, TRIALS - len(study.trials) - len(flying)))
        if not flying:
            break
        tell(study, [flying.pop(rng.randrange(len(flying)))])
    assert [t.key for t in study.trials] == [t.key for t in run(strategy, space).trials]


# --- Exhaustive search -----------------------------------------------------------------------------


SMALL = [space for space in SPACES if not is_large(space)]


@pytest.mark.parametrize("space", SMALL)
def test_exhaustive_search_finds_the_exact_optimum_and_stops(space: str) -> None:
    study = study_of("exhaustive", space, fair).run(trials=10**6, progress=False)
    assert study.stop_reason == "exhausted"
    assert len(study.trials) == study.space.size()
    assert study.space.aliased or len({trial.key for trial in study.trials}) == len(study.trials)
    sampled = (study.space.sample(random.Random(seed)) for seed in range(50))
    assert {study.space.key(value) for value in sampled} <= {trial.key for trial in study.trials}
    assert study.best.loss == min(fair(build(trial.program)) for trial in study.trials)
