"""The peers' optimizers on our problems: each function spends a budget of evaluations and knows nothing of the problem.

A peer sees a vector of bits, an order, or numbers in a box, as its own documentation recommends for them. A violated
constraint is a loss beyond the worst possible one, in proportion to the violation.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from inlay.search import Outcome, Problem
from inlay.spaces import Mask, Permutation

PENALTY = 1e6


class Spent(Exception):
    """The budget of evaluations is used up."""


@dataclass
class Task:
    """A problem as a peer sees it: its kind, its dimension, and a loss that counts what it is asked."""

    problem: Problem
    budget: int
    best: float = float("inf")
    asked: int = 0

    def __post_init__(self) -> None:
        space = self.problem.members
        if isinstance(space, Mask):
            self.kind, self.n = "bits", space.n
        elif isinstance(space, Permutation):
            self.kind, self.n = "permutations", len(space.items)
        else:
            holes = [hole for _, hole in space.children()]
            self.kind, self.n = "continuous", len(holes)
            self.low, self.high = holes[0].bounds()

    def __call__(self, x: Any) -> float:
        """The loss of a vector; raises `Spent` when nothing is left."""
        if self.asked >= self.budget:
            raise Spent
        self.asked += 1
        if self.kind == "continuous":
            x = [float(v) for v in np.clip(x, self.low, self.high)]
        elif self.kind == "bits":
            x = np.asarray(x).astype(bool)
        else:
            x = [int(v) for v in x]
        found = self.problem.evaluate(x)
        outcome = found if isinstance(found, Outcome) else Outcome({"loss": float(found)})
        violation = sum(v for v in outcome.violations if v > 0)
        if violation:
            return PENALTY * (1 + violation)
        loss = float(outcome.objectives["loss"])
        self.best = min(self.best, loss)
        return loss

    def by_keys(self, keys: Any) -> float:
        """The loss of the order that random keys give, for peers without permutations."""
        return self(np.argsort(keys, kind="stable"))


# -- Nevergrad -------------------------------------------------------------------------------------------------------


def nevergrad(task: Task, seed: int, name: str) -> None:
    """An optimizer of Nevergrad by its registered name."""
    import nevergrad as ng

    np.random.seed(seed)  # noqa: NPY002 - some of its optimizers draw from the global state
    random.seed(seed)
    if task.kind == "bits":
        space: Any = ng.p.TransitionChoice([0, 1], repetitions=task.n)  # far better here than its unordered Choice
    elif task.kind == "permutations":
        space = ng.p.Array(init=np.random.RandomState(seed).rand(task.n), lower=0.0, upper=1.0)
    else:
        space = ng.p.Array(shape=(task.n,), lower=task.low, upper=task.high)
    space.random_state.seed(seed)
    optimizer = ng.optimizers.registry[name](parametrization=space, budget=task.budget, num_workers=1)
    loss = task.by_keys if task.kind == "permutations" else task
    while True:
        candidate = optimizer.ask()
        optimizer.tell(candidate, loss(candidate.value))


# -- Optuna ----------------------------------------------------------------------------------------------------------


def optuna(task: Task, seed: int, name: str) -> None:
    """A sampler of Optuna by its class."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = getattr(optuna.samplers, name)(seed=seed)
    study = optuna.create_study(sampler=sampler)

    def objective(trial: Any) -> float:
        if task.kind == "bits":
            if name == "CmaEsSampler":
                return task([trial.suggest_int(f"x{i}", 0, 1) for i in range(task.n)])
            return task([trial.suggest_categorical(f"x{i}", [0, 1]) for i in range(task.n)])
        low, high = (0.0, 1.0) if task.kind == "permutations" else (task.low, task.high)
        x = [trial.suggest_float(f"x{i}", low, high) for i in range(task.n)]
        return task.by_keys(x) if task.kind == "permutations" else task(x)

    study.optimize(objective, n_trials=task.budget)
    raise Spent


# -- DEAP ------------------------------------------------------------------------------------------------------------


def deap_genetic(task: Task, seed: int, population: int = 50) -> None:
    """The simple genetic algorithm of DEAP."""
    from deap import algorithms, base, creator, tools

    random.seed(seed)
    if not hasattr(creator, "Least"):
        creator.create("Least", base.Fitness, weights=(-1.0,))
        creator.create("Individual", list, fitness=creator.Least)
    box = base.Toolbox()
    if task.kind == "bits":
        box.register("one", lambda: creator.Individual(random.randint(0, 1) for _ in range(task.n)))
        box.register("mate", tools.cxTwoPoint)
        box.register("mutate", tools.mutFlipBit, indpb=1 / task.n)
    elif task.kind == "permutations":
        box.register("one", lambda: creator.Individual(random.sample(range(task.n), task.n)))
        box.register("mate", tools.cxPartialyMatched)
        box.register("mutate", tools.mutShuffleIndexes, indpb=1 / task.n)
    else:
        box.register("one", lambda: creator.Individual(random.uniform(task.low, task.high) for _ in range(task.n)))
        bounds = {"eta": 15.0, "low": task.low, "up": task.high}
        box.register("mate", tools.cxSimulatedBinaryBounded, **bounds)
        box.register("mutate", tools.mutPolynomialBounded, **bounds, indpb=1 / task.n)
    box.register("population", tools.initRepeat, list, box.one)
    box.register("select", tools.selTournament, tournsize=3)
    box.register("evaluate", lambda one: (task(one),))
    algorithms.eaSimple(box.population(population), box, cxpb=0.7, mutpb=0.5, ngen=10**6, verbose=False)


def deap_covariance(task: Task, seed: int) -> None:
    """CMA-ES as DEAP has it."""
    from deap import base, cma, creator

    np.random.seed(seed)  # noqa: NPY002 - it draws from the global state
    if not hasattr(creator, "Least"):
        creator.create("Least", base.Fitness, weights=(-1.0,))
    if not hasattr(creator, "Vector"):
        creator.create("Vector", list, fitness=creator.Least)
    start = np.random.default_rng(seed).uniform(task.low, task.high, task.n)
    strategy = cma.Strategy(centroid=start, sigma=0.3 * (task.high - task.low), lambda_=4 + int(3 * np.log(task.n)))
    while True:
        population = strategy.generate(creator.Vector)
        for one in population:
            one.fitness.values = (task(one),)
        strategy.update(population)


# -- pymoo -----------------------------------------------------------------------------------------------------------


def pymoo(task: Task, seed: int, make: Callable[[], Any]) -> None:
    """An algorithm of pymoo."""
    from pymoo.core.problem import ElementwiseProblem
    from pymoo.optimize import minimize

    low, high = {"bits": (0, 1), "permutations": (0, task.n - 1)}.get(task.kind) or (task.low, task.high)

    class Wrapped(ElementwiseProblem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(n_var=task.n, n_obj=1, xl=low, xu=high)

        def _evaluate(self, x: Any, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
            out["F"] = task(x)

    minimize(Wrapped(), make(), ("n_eval", 10**6), seed=seed, verbose=False)


def pymoo_genetic(kind: str) -> Any:
    """The genetic algorithm of pymoo with the operators that it recommends for the kind."""
    from pymoo.algorithms.soo.nonconvex.ga import GA

    if kind == "bits":
        from pymoo.operators.crossover.pntx import TwoPointCrossover
        from pymoo.operators.mutation.bitflip import BitflipMutation
        from pymoo.operators.sampling.rnd import BinaryRandomSampling

        parts = {"sampling": BinaryRandomSampling(), "crossover": TwoPointCrossover(), "mutation": BitflipMutation()}
        return GA(pop_size=50, eliminate_duplicates=True, **parts)
    if kind == "permutations":
        from pymoo.operators.crossover.ox import OrderCrossover
        from pymoo.operators.mutation.inversion import InversionMutation
        from pymoo.operators.sampling.rnd import PermutationRandomSampling

        parts = {
            "sampling": PermutationRandomSampling(),
            "crossover": OrderCrossover(),
            "mutation": InversionMutation(),
        }
        return GA(pop_size=50, eliminate_duplicates=True, **parts)
    return GA(pop_size=50, eliminate_duplicates=True)


def pymoo_class(path: str, **settings: Any) -> Any:
    """An algorithm of pymoo by its module and class."""
    from importlib import import_module

    module, _, name = path.rpartition(".")
    return getattr(import_module(f"pymoo.algorithms.soo.nonconvex.{module}"), name)(**settings)


# -- the table -------------------------------------------------------------------------------------------------------

Peer = Callable[[Task, int], None]

DISCRETE: dict[str, Peer] = {
    "Nevergrad DiscreteOnePlusOne": partial(nevergrad, name="DiscreteOnePlusOne"),
    "Nevergrad DoubleFastGA": partial(nevergrad, name="DoubleFastGADiscreteOnePlusOne"),
    "Nevergrad Lengler": partial(nevergrad, name="DiscreteLenglerOnePlusOne"),
    "Nevergrad NGOpt": partial(nevergrad, name="NGOpt"),
    "Optuna NSGA-II": partial(optuna, name="NSGAIISampler"),
    "Optuna CMA-ES": partial(optuna, name="CmaEsSampler"),
    "DEAP GA": deap_genetic,
    "pymoo GA": lambda task, seed: pymoo(task, seed, partial(pymoo_genetic, task.kind)),
}
ORDERS: dict[str, Peer] = {
    "Nevergrad OnePlusOne": partial(nevergrad, name="OnePlusOne"),
    "Nevergrad CMA": partial(nevergrad, name="CMA"),
    "Nevergrad TwoPointsDE": partial(nevergrad, name="TwoPointsDE"),
    "Nevergrad NGOpt": partial(nevergrad, name="NGOpt"),
    "Optuna CMA-ES": partial(optuna, name="CmaEsSampler"),
    "Optuna NSGA-II": partial(optuna, name="NSGAIISampler"),
    "DEAP GA": deap_genetic,
    "pymoo GA": lambda task, seed: pymoo(task, seed, partial(pymoo_genetic, task.kind)),
}
CONTINUOUS: dict[str, Peer] = {
    "Nevergrad CMA": partial(nevergrad, name="CMA"),
    "Nevergrad TwoPointsDE": partial(nevergrad, name="TwoPointsDE"),
    "Nevergrad OnePlusOne": partial(nevergrad, name="OnePlusOne"),
    "Nevergrad PSO": partial(nevergrad, name="PSO"),
    "Nevergrad Cobyla": partial(nevergrad, name="Cobyla"),
    "Nevergrad NGOpt": partial(nevergrad, name="NGOpt"),
    "Optuna TPE": partial(optuna, name="TPESampler"),
    "Optuna CMA-ES": partial(optuna, name="CmaEsSampler"),
    "DEAP GA": deap_genetic,
    "DEAP CMA-ES": deap_covariance,
    "pymoo GA": lambda task, seed: pymoo(task, seed, partial(pymoo_genetic, task.kind)),
    "pymoo DE": lambda task, seed: pymoo(task, seed, partial(pymoo_class, "de.DE", pop_size=50)),
    "pymoo CMA-ES": lambda task, seed: pymoo(task, seed, partial(pymoo_class, "cmaes.CMAES", restarts=5)),
    "pymoo Nelder-Mead": lambda task, seed: pymoo(task, seed, partial(pymoo_class, "nelder.NelderMead")),
    "pymoo pattern search": lambda task, seed: pymoo(task, seed, partial(pymoo_class, "pattern.PatternSearch")),
}
PEERS = {"bits": DISCRETE, "permutations": ORDERS, "continuous": CONTINUOUS}


def best_of_peer(peer: Peer, problem: Problem, budget: int, seed: int) -> tuple[float, str]:
    """The best feasible loss that a peer finds, and what stopped it before the budget was spent."""
    task, trouble = Task(problem, budget), ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            peer(task, seed)
        except Spent:
            pass
        except Exception as error:
            trouble = f"{type(error).__name__} after {task.asked} evaluations"
    if not trouble and task.asked < budget:
        trouble = f"stopped after {task.asked} evaluations"
    return task.best, trouble
