"""The laws of distribution: what samples a density over programs must agree with exact enumeration.

The space has strong changes of dimension: from no decision beside the first to eight. Three mistakes, built from the
same parts, show that the laws can fail.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.search import Problem, Study
from inlay.search.metropolis import metropolis_chain
from inlay.search.metropolis_hastings import MetropolisHastings
from inlay.search.population import Population, Resample, multinomial, residual, stratified, systematic
from inlay.search.sequential import Sequential, particle_filter, tempered
from inlay.search.sequential_monte_carlo import SequentialMonteCarlo
from inlay.search.site_moves import Block, Move, Moved, Redrawing, SingleSite
from inlay.search.tempering import Adaptive, Ladder
from inlay.search.traced_programs import Trace
from inlay.search.weighted import Weighted
from inlay.spaces import (
    Choice,
    Chooser,
    Dependent,
    Integer,
    Permutation,
    Repeat,
    Shared,
    Space,
    Subset,
    Unsatisfied,
    space,
)

SHAPES = Choice(
    "empty",
    {"items": Repeat(Choice("a", "b", "c", weights=[1, 2, 4]), 0, 3)},
    {"nest": Choice("leaf", {"deep": Choice(0, 1, 2), "more": Repeat(Choice("u", "v"), 1, 2)}, weights=[1, 4])},
    weights=[3, 2, 1],
)
RESAMPLERS = [multinomial, systematic, stratified, residual]


def loss(value: Any) -> float:
    """Prefers programs whose prior is small: `nest` to `items`, and both to `empty`."""
    if value == "empty":
        return 1.5
    if "items" in value:
        return 0.5 + 0.4 * value["items"].count("a") - 0.3 * value["items"].count("b")
    if value["nest"] == "leaf":
        return 0.2
    return -0.5 + 0.5 * value["nest"]["deep"] - 0.4 * value["nest"]["more"].count("u")


def log_likelihood(value: Any) -> float:
    return -loss(value)


# --- Exact enumeration -----------------------------------------------------------------------------


class Ask(Exception):
    """The next decision of a prefix has n options with these shares."""


class Walk(Chooser):
    """Replays a prefix of indices, then asks; `share` is the prior of the prefix."""

    def __init__(self, prefix: Sequence[int]) -> None:
        super().__init__()
        self.rest, self.share = list(prefix), 1.0

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        if not self.rest:
            raise Ask(n)
        chosen = self.rest.pop(0)
        self.share *= 1 / n if weights is None else weights[chosen] / sum(weights)
        return chosen


def priors(where: Space, prefix: tuple[int, ...] = ()) -> Iterator[tuple[Any, float]]:
    """Every way to decide a program that no constraint refuses, with its prior."""
    walk = Walk(prefix)
    try:
        program = where.decide(walk)
    except Unsatisfied:
        return
    except Ask as ask:
        for chosen in range(ask.args[0]):
            yield from priors(where, (*prefix, chosen))
    else:
        yield program, walk.share


@cache
def exact(where: Space, scored: Callable[[Any], float] = log_likelihood) -> tuple[dict[Any, float], float]:
    """The share of every program under prior times likelihood, and the evidence."""
    weights: dict[Any, float] = defaultdict(float)
    for program, prior in priors(where):
        value = Trace(program, {}).value
        weights[where.key(program)] += prior * math.exp(scored(value))
    evidence = sum(weights.values())
    return {key: weight / evidence for key, weight in weights.items()}, evidence


def variation(found: dict[Any, float], wanted: dict[Any, float]) -> float:
    """The total variation distance of two distributions."""
    return sum(abs(found.get(key, 0.0) - wanted.get(key, 0.0)) for key in found.keys() | wanted.keys()) / 2


def reference(wanted: dict[Any, float], n: int) -> float:
    """The mean total variation distance of n independent draws."""
    generator = np.random.default_rng(0)
    shares = np.array(list(wanted.values()))
    return float(np.mean(np.abs(generator.multinomial(n, shares, size=200) / n - shares).sum(axis=1)) / 2)


def test_the_enumeration_is_the_prior() -> None:
    wanted = exact(SHAPES, lambda value: 0.0)[0]
    assert (len(wanted), sum(wanted.values())) == (1 + 40 + 19, pytest.approx(1.0))
    rng = Random(0)
    drawn = Counter(SHAPES.key(SHAPES.sample(rng)) for _ in range(5000))
    assert variation({key: n / 5000 for key, n in drawn.items()}, wanted) < 1.5 * reference(wanted, 5000)


# --- Sequential Monte Carlo ------------------------------------------------------------------------


@dataclass
class Estimates:
    """Many independent populations: by how many standard errors the mean evidence is off, and the distribution."""

    off: float
    distance: float
    reference: float

    @property
    def lawful(self) -> bool:
        return abs(self.off) < 4 and self.distance < 2 * self.reference


def summarize(populations: Sequence[Population[Any]]) -> Estimates:
    wanted, evidence = exact(SHAPES)
    found = np.exp([population.log_evidence for population in populations])
    weights: dict[Any, float] = defaultdict(float)
    for population in populations:
        for program, log_weight in zip(population.values, population.log_weights, strict=True):
            weights[SHAPES.key(program)] += math.exp(log_weight)
    shares = {key: weight / sum(weights.values()) for key, weight in weights.items()}
    error = float(found.std(ddof=1)) / math.sqrt(len(found))
    n = sum(map(len, populations))
    return Estimates((float(found.mean()) - evidence) / error, variation(shares, wanted), reference(wanted, n))


LADDER = (0.25, 0.6, 1.0)


def run_many(program: Sequential[Any], resample: Resample, n: int = 30, times: int = 100) -> Estimates:
    rng = Random(1)
    runs = [particle_filter(program, n, rng, resample=resample, threshold=0.9) for _ in range(times)]
    return summarize([run.mapped(lambda state: state.trace.program) for run in runs])


@pytest.mark.parametrize("resample", RESAMPLERS)
def test_every_resampler_gives_the_evidence_and_proper_weights(resample: Resample) -> None:
    assert run_many(tempered(SHAPES, log_likelihood, LADDER), resample).lawful


@pytest.mark.parametrize("move", [SingleSite(), Block(2)])
def test_moves_between_the_steps_keep_both(move: Move) -> None:
    assert run_many(tempered(SHAPES, log_likelihood, LADDER, move=move, moves=1), systematic).lawful


@dataclass(frozen=True)
class Dull:
    """A mistake: every weight is raised to the power 0.8."""

    step: Any

    def __call__(self, state: Any, rng: Random) -> Weighted[Any]:
        new = self.step(state, rng)
        return Weighted(new.value, 0.8 * new.log_weight)


def test_the_law_catches_wrong_weights() -> None:
    program = tempered(SHAPES, log_likelihood, LADDER)
    assert not run_many(Sequential(program.draw, list(map(Dull, program.steps))), systematic, times=300).lawful


def keeps_weights(population: Population[Any], rng: Random) -> Population[Any]:
    """A mistake: the offspring keep the weights of their ancestors, and so count twice."""
    index = dict(zip(map(id, population.values), population.log_weights, strict=True))
    values = systematic(population, rng).values
    return Population(values, [index[id(value)] for value in values])


def loses_the_total(population: Population[Any], rng: Random) -> Population[Any]:
    """A mistake: the total weight is 1 after resampling."""
    return Population.spawn(systematic(population, rng).values)


@pytest.mark.parametrize("resample", [keeps_weights, loses_the_total])
def test_the_law_catches_resampling_with_wrong_weights(resample: Resample) -> None:
    assert not run_many(tempered(SHAPES, log_likelihood, LADDER), resample).lawful


# --- Markov chains ---------------------------------------------------------------------------------


@dataclass
class Agreement:
    """How far a chain is from its law: z scores by batch means, of every program with a share above 0.3 %."""

    largest: float
    mean_square: float

    @property
    def lawful(self) -> bool:
        return self.largest < 4.5 and self.mean_square < 2


def agreement(visits: Sequence[Any], wanted: dict[Any, float], batches: int = 40) -> Agreement:
    keys = [key for key, share in wanted.items() if share > 0.003]
    size = len(visits) // batches
    counts = [Counter(visits[b * size : (b + 1) * size]) for b in range(batches)]
    found = np.array([[count[key] / size for key in keys] for count in counts])
    shares = np.array([wanted[key] for key in keys])
    least = np.sqrt(shares * (1 - shares) / len(visits))  # no chain is worth more than independent draws, nearly
    errors = np.maximum(found.std(axis=0, ddof=1) / math.sqrt(batches), least / 2)
    scores = (found.mean(axis=0) - shares) / errors
    return Agreement(float(np.abs(scores).max()), float((scores**2).mean()))


def walk(
    move: Move, where: Space = SHAPES, scored: Callable[[Any], float] = log_likelihood, n: int = 20000
) -> Agreement:
    chain = islice(metropolis_chain(where, scored, Random(2), move=move), n)
    return agreement([where.key(trace.program) for trace in chain], exact(where, scored)[0])


@pytest.mark.parametrize("move", [SingleSite(), Block(2), Block(0.7)])
def test_a_chain_visits_every_program_by_its_density(move: Move) -> None:
    assert walk(move).lawful


def rough(value: Any) -> float:
    """A log likelihood without structure."""
    return -(sum(map(ord, str(value))) % 5) / 2


def tilted(n: int) -> Choice:
    """A choice whose weights follow from another decision."""
    return Choice("a", "b", weights=[n * n, 4])


WIDTH = Shared(Integer(1, 4), "width")
OTHERS: dict[str, Space] = {
    "numbers": space({"a": Integer(0, 6), "b": Choice(1, Integer(2, 5))}),
    "weights that follow from other decisions": space({"width": WIDTH, "then": [Dependent(tilted, WIDTH)] * 2}),
    "subset": Subset(range(5), 1, 3),
    "questions that follow from other decisions": space(
        {"width": WIDTH, "exit": Dependent(lambda n: Integer(1, n), WIDTH),
         "more": Dependent(lambda n: Repeat(Choice(*range(n + 1)), 0, 1), WIDTH)}
    ),
    "constraint": space({"a": Integer(0, 3), "b": Integer(0, 3), "c": Choice(1, 2)}).where(lambda p: p["a"] < p["b"]),
    "constraint that no single change gets past": space([Choice(0, 1, 2)] * 2).where(lambda p: p[0] == p[1]),
    "order": Permutation(range(4)),
}  # fmt: skip


@pytest.mark.parametrize("where", list(OTHERS))
@pytest.mark.parametrize("move", [SingleSite(), Block(2)])
def test_the_law_holds_where_decisions_depend_on_one_another(move: Move, where: str) -> None:
    assert walk(move, OTHERS[where], rough, n=10000).lawful


@dataclass(frozen=True)
class Dimensionless:
    """A mistake: the ratio n/n' of the numbers of sites is left out."""

    move: Move

    def __call__(self, where: Space, trace: Trace, rng: Random) -> Moved | None:
        moved = self.move(where, trace, rng)
        return moved and moved._replace(log_ratio=moved.log_ratio - math.log(len(trace) / len(moved.trace)))


@dataclass(frozen=True)
class Priorless:
    """A mistake: what the repeated decisions have for a prior after the move is left out."""

    def __call__(self, where: Space, trace: Trace, rng: Random) -> Moved | None:
        moved = SingleSite()(where, trace, rng)
        return moved and moved._replace(log_ratio=math.log(len(trace) / len(moved.trace)))


class Clinging(Redrawing):
    """A mistake: an old decision is repeated wherever it fits, also where another question is asked on the way back."""

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        address = hole if self.owner is None else self.owner, self.seen.get(self.owner or hole, -1) + 1
        old: Any = self.old.get(address)
        if old is not None and old[1] != n and isinstance(old[1], int) and old[0] < n:
            self.old = {**self.old, address: (old[0], n, old[2])}
        return super().index(n, hole, weights)


@dataclass(frozen=True)
class Cling:
    """The move with that mistake."""

    def __call__(self, where: Space, trace: Trace, rng: Random) -> Moved | None:
        redrawing = Clinging(trace, (rng.choice(list(trace.sites)),), rng)
        moved = redrawing.of(where)
        return moved and Moved(moved, redrawing.log_ratio + math.log(len(trace) / len(moved)), redrawing.changed)


def test_the_law_catches_a_missing_ratio_of_dimensions() -> None:
    assert not walk(Dimensionless(SingleSite())).lawful


def test_the_law_catches_decisions_that_are_repeated_one_way_only() -> None:
    assert not walk(Cling(), OTHERS["questions that follow from other decisions"], rough).lawful


def test_the_law_catches_a_missing_prior_of_what_is_repeated() -> None:
    assert not walk(Priorless(), OTHERS["weights that follow from other decisions"], rough).lawful


# --- Studies ---------------------------------------------------------------------------------------


def visits(study: Study) -> list[Any]:
    assert isinstance(study.strategy, MetropolisHastings)
    steps = [visit for chain in study.strategy.running for visit in chain.visits]
    return [SHAPES.key(program) for program, times in steps for _ in range(times)]


@pytest.mark.parametrize("move", [SingleSite(), Block(2)])
@pytest.mark.parametrize("chains", [1, 4])
def test_a_study_samples_the_density(move: Move, chains: int) -> None:
    strategy = MetropolisHastings(1.0, move, chains)
    study = Study(Problem("law", SHAPES, loss), strategy, seed=3).run(trials=5000, progress=False)
    assert agreement(visits(study), exact(SHAPES)[0]).lawful


def test_a_study_with_the_mistake_breaks_the_law() -> None:
    strategy = MetropolisHastings(1.0, Dimensionless(SingleSite()))
    study = Study(Problem("law", SHAPES, loss), strategy, seed=3).run(trials=5000, progress=False)
    assert not agreement(visits(study), exact(SHAPES)[0]).lawful


POPULATIONS = {
    "moves": SequentialMonteCarlo(30, Ladder((4, 5 / 3, 1))),
    "blocks": SequentialMonteCarlo(30, Ladder((3, 1)), resample=residual, move=Block(2), moves=2),
    "adaptive": SequentialMonteCarlo(30, Adaptive(final=1.0)),
    "importance": SequentialMonteCarlo(30, Ladder((1,)), threshold=0, moves=0),
}


def populations(study: Study) -> list[Population[Any]]:
    assert isinstance(study.strategy, SequentialMonteCarlo)
    kept = [kept for kept, _ in study.strategy.finished]
    return [Population([program for program, _ in one], [weight for _, weight in one]) for one in kept]


@pytest.mark.parametrize("name", list(POPULATIONS))
def test_a_study_estimates_the_evidence_and_weighs_properly(name: str) -> None:
    study = Study(Problem("law", SHAPES, loss), POPULATIONS[name], seed=1).run(trials=4800, progress=False)
    assert summarize(populations(study)).lawful


def test_a_study_with_resampling_that_loses_the_total_breaks_the_law() -> None:
    strategy = SequentialMonteCarlo(30, Ladder((4, 5 / 3, 1)), resample=loses_the_total)
    study = Study(Problem("law", SHAPES, loss), strategy, seed=1).run(trials=4800, progress=False)
    assert not summarize(populations(study)).lawful
