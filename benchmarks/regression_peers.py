"""The peers of symbolic regression: each gives a formula for the rows of a table, in a budget of CPU seconds.

A peer is a function of X (rows, variables), y (rows,), the seconds and a seed, and gives a text in the syntax of SymPy
over x0, x1, ... It is offered + - * / sin cos exp log sqrt and numbers, has one thread, and knows no problem. What it
imports is loaded by `warm` before its time begins.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from time import process_time
from typing import Any

import numpy as np

#: A training error of less than this share of the variance ends a fit: nothing is left to find.
SOLVED = 1e-14

Peer = Callable[[Any, Any, float, int], str]


# -- Operon ----------------------------------------------------------------------------------------------------------

#: Evaluations of one run before it is begun anew (400,000 recover half as many), and of the first: for the speed.
RESTART, PILOT = 100_000, 20_000


def operon(X: Any, y: Any, seconds: float, seed: int) -> str:
    """Operon: 1,000 individuals of at most 40 nodes, 5 iterations of Levenberg-Marquardt, begun anew till the end."""
    from pyoperon.sklearn import SymbolicRegressor

    start, best, most, run = process_time(), (np.inf, "0"), PILOT, 0
    while process_time() - start < seconds - 0.05 and best[0] > SOLVED:
        model = SymbolicRegressor(
            allowed_symbols="add,sub,mul,div,sin,cos,exp,log,sqrt,constant,variable",
            population_size=1000,
            pool_size=1000,
            max_length=40,
            optimizer_iterations=5,
            generations=10_000,
            max_evaluations=most,
            max_time=100_000,  # it counts the time of the clock: here evaluations are counted instead
            n_threads=1,
            random_state=1000 * seed + run,
        )
        began, run = process_time(), run + 1
        model.fit(X, y)
        rate = (model.stats_["residual_evaluations"] + model.stats_["jacobian_evaluations"]) / (process_time() - began)
        most = max(2000, min(RESTART, int(rate * (seconds - (process_time() - start)))))
        error = float(np.mean((model.predict(X) - y) ** 2) / np.var(y))
        if error < best[0]:
            best = error, model.get_model_string(model.model_, 12, _names(X))
    return best[1]


def _names(X: Any) -> list[str]:
    return [f"x{i}" for i in range(X.shape[1])]


# -- gplearn ---------------------------------------------------------------------------------------------------------


def gplearn(X: Any, y: Any, seconds: float, seed: int) -> str:
    """gplearn: 1,000 programs, parsimony 0.001, generation after generation till time is up."""
    from gplearn.functions import make_function
    from gplearn.genetic import SymbolicRegressor

    start = process_time()
    exp = make_function(function=_clipped_exp, name="exp", arity=1)
    model = SymbolicRegressor(
        population_size=1000,
        function_set=("add", "sub", "mul", "div", "sin", "cos", "log", "sqrt", exp),
        parsimony_coefficient=0.001,
        metric="mse",
        generations=1,
        warm_start=True,
        low_memory=True,
        random_state=seed,
    )
    best, solved = (np.inf, "0"), SOLVED * float(np.var(y))
    while best[0] > solved:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X, y)
        program = model._program
        if program.raw_fitness_ < best[0]:
            best = program.raw_fitness_, _prefix_to_sympy(str(program))
        if process_time() - start >= seconds:
            break
        model.set_params(generations=model.generations + 1)
    return best[1]


def _clipped_exp(x: Any) -> Any:
    with np.errstate(over="ignore"):
        return np.where(x < 80, np.exp(np.minimum(x, 80)), 0.0)


#: How protected functions read where their arguments are not near zero; roots and logarithms act on absolute values.
_WRITTEN = {
    "add": "(({0}) + ({1}))",
    "sub": "(({0}) - ({1}))",
    "mul": "(({0}) * ({1}))",
    "div": "(({0}) / ({1}))",
    "log": "log(Abs({0}))",
    "sqrt": "sqrt(Abs({0}))",
}


def _prefix_to_sympy(text: str, written: dict[str, str] | None = None) -> str:
    """A program such as add(X0, mul(X0, 0.5)) in the syntax of SymPy."""
    forms = _WRITTEN if written is None else written
    tokens = text.replace("(", " ( ").replace(",", " ").replace(")", " ) ").split()[::-1]

    def read() -> str:
        name, operands = tokens.pop(), []
        if tokens and tokens[-1] == "(":
            tokens.pop()
            while tokens[-1] != ")":
                operands.append(read())
            tokens.pop()
            return forms.get(name, f"{name}({{0}})").format(*operands)
        return f"x{name[1:]}" if name.startswith("X") else name

    return read()


# -- DEAP ------------------------------------------------------------------------------------------------------------


def deap(X: Any, y: Any, seconds: float, seed: int) -> str:
    """DEAP: 500 trees of height up to 10, a double tournament for error and size, till time is up."""
    from deap import base, gp, tools

    start = process_time()
    random.seed(seed)
    primitives, individual = _deap_grammar(X.shape[1])
    columns, variance = list(X.T), float(np.var(y))
    box = base.Toolbox()
    box.register("tree", gp.genHalfAndHalf, pset=primitives, min_=1, max_=4)
    box.register("one", tools.initIterate, individual, box.tree)
    box.register("mate", gp.cxOnePoint)
    box.register("new_part", gp.genFull, min_=0, max_=2)
    box.register("mutate", gp.mutUniform, expr=box.new_part, pset=primitives)
    box.register("select", tools.selDoubleTournament, fitness_size=7, parsimony_size=1.4, fitness_first=True)
    for move in ("mate", "mutate"):
        box.decorate(move, gp.staticLimit(attrgetter("height"), 10))

    def judge(one: Any) -> None:
        values = gp.compile(one, primitives)(*columns)
        error = float(np.mean((values - y) ** 2) / variance)
        one.fitness.values = (error if error == error else np.inf,)

    population = [box.one() for _ in range(500)]
    best = None
    with np.errstate(all="ignore"):
        while True:
            for one in population:
                if not one.fitness.valid:
                    judge(one)
                    if process_time() - start >= seconds:
                        break
            judged = [one for one in population if one.fitness.valid]
            best = min([*judged, *([best] if best else [])], key=_error_of)
            if process_time() - start >= seconds or _error_of(best) <= SOLVED:
                return _prefix_to_sympy(str(best), {**_WRITTEN, "log": "log({0})", "sqrt": "sqrt({0})"})
            best = box.clone(best)
            population = _deap_children(box, judged)


def _error_of(one: Any) -> float:
    return float(one.fitness.values[0])


def _deap_children(box: Any, population: list[Any]) -> list[Any]:
    """The next generation: the best one, and children of selected parents, crossed (0.8) and mutated (0.2)."""
    from deap.algorithms import varAnd

    elite = box.clone(min(population, key=_error_of))
    return [elite, *varAnd(box.select(population, 499), box, cxpb=0.8, mutpb=0.2)]


@lru_cache
def _deap_grammar(variables: int) -> tuple[Any, Any]:
    """The primitives and the class of individuals; made once, since DEAP keeps them by name."""
    from deap import base, creator, gp

    primitives = gp.PrimitiveSet(f"MAIN{variables}", variables, prefix="x")
    for function, arity, name in (
        (np.add, 2, "add"),
        (np.subtract, 2, "sub"),
        (np.multiply, 2, "mul"),
        (np.divide, 2, "div"),
        (np.sin, 1, "sin"),
        (np.cos, 1, "cos"),
        (np.exp, 1, "exp"),
        (np.log, 1, "log"),
        (np.sqrt, 1, "sqrt"),
    ):
        primitives.addPrimitive(function, arity, name=name)
    primitives.addEphemeralConstant(f"number{variables}", _number)
    if not hasattr(creator, "Error"):
        creator.create("Error", base.Fitness, weights=(-1.0,))
        creator.create("Tree", gp.PrimitiveTree, fitness=creator.Error)
    return primitives, creator.Tree


def _number() -> float:
    return random.uniform(-1, 1)


# -- the table -------------------------------------------------------------------------------------------------------

PEERS: dict[str, Peer] = {"Operon": operon, "gplearn": gplearn, "DEAP": deap}


def warm(fit: Peer) -> None:
    """A short fit, so that neither imports nor compilations count."""
    X = np.linspace(1.0, 2.0, 20)[:, None]
    fit(X, X[:, 0] + 1.0 / X[:, 0], 0.3, 0)
