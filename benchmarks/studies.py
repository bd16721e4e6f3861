"""The study loop per trial beside PyGlove, Optuna, DEAP and Nevergrad, every run in a process of its own, in turn."""

from __future__ import annotations

import itertools
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from measure import Figure, at_least_times, duration, facts, in_new_process, medians, significant, table, write_section

#: Makes that many further trials of a search that was set up before.
Step = Callable[[int], object]

TEN = {f"x{i}": (0, 1, 2, 3) for i in range(10)}
FIVE = {f"x{i}": (0, 1, 2, 3) for i in range(5)}
POPULATION, TOURNAMENT = 100, 10

#: Trials made before the measurement, while modules that are loaded on first use are loaded.
WARM = 10


# -- Inlay -----------------------------------------------------------------------------------------------------------


def inlay_study(strategy: str, choices: dict[str, Any], store: str | None = None, noisy: bool = False) -> Any:
    """A study that minimises the sum of the choices."""
    from inlay import search
    from inlay.spaces import Choice, space

    made = {
        "random": search.RandomSearch,
        "evolution": lambda: search.RegularizedEvolution(POPULATION, TOURNAMENT),
        "genetic": lambda: search.GeneticAlgorithm(50, crossover=0.5, mutation=0.2),
        "climb": search.HillClimb,
    }[strategy]()
    net = space({name: Choice(*options) for name, options in choices.items()})
    problem = search.Problem("sum", net, lambda value: float(sum(value.values())), noisy=noisy)
    return search.Study(problem, made, seed=0, store=store)


def inlay_run(strategy: str, choices: dict[str, Any], **options: Any) -> Step:
    """`study.run`, as most users call it."""
    study = inlay_study(strategy, choices, **options)
    return lambda n: study.run(trials=n, progress=False)


def inlay_ask_and_tell(strategy: str) -> Step:
    """`study.ask` and `study.tell`, the loop by hand."""
    study = inlay_study(strategy, TEN)

    def step(n: int) -> None:
        for _ in range(n):
            trial = study.ask()
            study.tell(trial, float(sum(trial.value.values())))

    return step


# -- PyGlove ---------------------------------------------------------------------------------------------------------


def pyglove_algorithm(name: str) -> Any:
    """One of PyGlove's algorithms."""
    import pyglove as pg

    if name == "random":
        return pg.geno.Random(0)
    return pg.evolution.regularized_evolution(population_size=POPULATION, tournament_size=TOURNAMENT, seed=0)


def pyglove_sample(algorithm: str) -> Step:
    """The loop of `pg.sample`."""
    import pyglove as pg

    net = pg.Dict({name: pg.oneof(list(options)) for name, options in FIVE.items()})
    return pyglove_step(pg.sample(net, pyglove_algorithm(algorithm)))


def pyglove_iter(algorithm: str) -> Step:
    """The loop of `pg.iter`, which keeps no trials."""
    import pyglove as pg

    net = pg.Dict({name: pg.oneof(list(options)) for name, options in FIVE.items()})
    return pyglove_step(pg.iter(net, None, pyglove_algorithm(algorithm), force_feedback=True))


def pyglove_step(pairs: Iterator[Any]) -> Step:
    """Report the sum of further examples."""

    def step(n: int) -> None:
        for example, feedback in itertools.islice(pairs, n):
            feedback(float(sum(example.values())))

    return step


# -- Optuna ----------------------------------------------------------------------------------------------------------


def optuna_study(store: str | None) -> Any:
    """A random study, in memory or in an SQLite file, which logs nothing."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0), storage=store)


def optuna_optimize(store: str | None = None) -> Step:
    """`study.optimize`."""
    study = optuna_study(store)

    def objective(trial: Any) -> float:
        return float(sum(trial.suggest_categorical(name, options) for name, options in TEN.items()))

    return lambda n: study.optimize(objective, n_trials=n)


def optuna_ask_and_tell() -> Step:
    """`study.ask` with all distributions at once, and `study.tell`."""
    import optuna

    study = optuna_study(None)
    distributions = {name: optuna.distributions.CategoricalDistribution(options) for name, options in TEN.items()}

    def step(n: int) -> None:
        for _ in range(n):
            trial = study.ask(distributions)
            study.tell(trial, float(sum(trial.params.values())))

    return step


# -- DEAP ------------------------------------------------------------------------------------------------------------


def deap_toolbox() -> Any:
    """Individuals of ten choices of 4, and the operators of a genetic algorithm."""
    from deap import base, creator, tools

    random.seed(0)
    creator.create("Loss", base.Fitness, weights=(-1.0,))
    creator.create("Individual", list, fitness=creator.Loss)
    toolbox = base.Toolbox()
    toolbox.register("gene", random.randrange, 4)
    toolbox.register("individual", tools.initRepeat, creator.Individual, toolbox.gene, 10)
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register("evaluate", lambda individual: (float(sum(individual)),))
    toolbox.register("mate", tools.cxUniform, indpb=0.5)
    toolbox.register("mutate", tools.mutUniformInt, low=0, up=3, indpb=0.1)
    toolbox.register("select", tools.selTournament, tournsize=3)
    return toolbox


def deap_random() -> Step:
    """Random individuals, the best of them kept; no trial is."""
    from deap import tools

    toolbox, best = deap_toolbox(), tools.HallOfFame(1)

    def step(n: int) -> None:
        for _ in range(n):
            individual = toolbox.individual()
            individual.fitness.values = toolbox.evaluate(individual)
            best.update([individual])

    return step


def deap_genetic() -> Step:
    """`eaSimple` with a population of 50, where every child is changed and so evaluated."""
    from deap import algorithms, tools

    toolbox, best = deap_toolbox(), tools.HallOfFame(1)
    population = toolbox.population(50)

    def step(n: int) -> None:
        algorithms.eaSimple(population, toolbox, 0.5, 1.0, n // 50, halloffame=best, verbose=False)

    return step


# -- Nevergrad -------------------------------------------------------------------------------------------------------


def nevergrad_ask_and_tell(optimizer: str) -> Step:
    """`ask` and `tell` with one choice repeated ten times, the fastest of Nevergrad's containers."""
    import nevergrad as ng

    parametrization = ng.p.Choice([0, 1, 2, 3], repetitions=10)
    parametrization.random_state.seed(0)
    made = ng.optimizers.registry[optimizer](parametrization=parametrization, budget=10_000)

    def step(n: int) -> None:
        for _ in range(n):
            candidate = made.ask()
            made.tell(candidate, float(sum(candidate.value)))

    return step


# -- runs ------------------------------------------------------------------------------------------------------------


def in_file(make: Callable[[str], Step], name: str) -> Step:
    """A search that is stored in a new file."""
    folder = tempfile.TemporaryDirectory()
    inner = make(str(Path(folder.name) / name))

    def step(n: int) -> None:
        inner(n)
        assert folder.name  # keeps the folder as long as the search

    return step


RUNS: dict[str, Callable[[], Step]] = {
    "inlay evolution, 5": lambda: inlay_run("evolution", FIVE),
    "inlay evolution, 5, noisy": lambda: inlay_run("evolution", FIVE, noisy=True),
    "inlay random, 5": lambda: inlay_run("random", FIVE),
    "inlay random": lambda: inlay_run("random", TEN),
    "inlay random, ask": lambda: inlay_ask_and_tell("random"),
    "inlay random, SQLite": lambda: in_file(lambda file: inlay_run("random", TEN, store=file), "inlay.db"),
    "inlay genetic": lambda: inlay_run("genetic", TEN),
    "inlay climb, ask": lambda: inlay_ask_and_tell("climb"),
    "PyGlove sample, evolution": lambda: pyglove_sample("evolution"),
    "PyGlove iter, evolution": lambda: pyglove_iter("evolution"),
    "PyGlove sample, random": lambda: pyglove_sample("random"),
    "PyGlove iter, random": lambda: pyglove_iter("random"),
    "Optuna optimize": optuna_optimize,
    "Optuna ask": optuna_ask_and_tell,
    "Optuna SQLite": lambda: in_file(lambda file: optuna_optimize(f"sqlite:///{file}"), "optuna.db"),
    "DEAP random": deap_random,
    "DEAP genetic": deap_genetic,
    "Nevergrad random": lambda: nevergrad_ask_and_tell("RandomSearch"),
    "Nevergrad one-plus-one": lambda: nevergrad_ask_and_tell("DiscreteOnePlusOne"),
}


def run_alone(name: str, chunk: int, chunks: int) -> list[float]:
    """CPU seconds per trial in each chunk of trials, then the wall-clock seconds per trial of them all."""
    step = RUNS[name]()
    step(WARM)
    spent, wall = [], perf_counter()
    for _ in range(chunks):
        start = process_time()
        step(chunk)
        spent.append((process_time() - start) / chunk)
    return [*spent, (perf_counter() - wall) / (chunk * chunks)]


def compare(names: dict[str, tuple[int, int]], repeats: int = 3) -> dict[str, list[float]]:
    """The runs in turn, each in a new process: the medians of what `run_alone` gives."""
    measures = {
        name: lambda name=name, size=size: in_new_process(__file__, name, *map(str, size))
        for name, size in names.items()
    }
    return medians(measures, repeats)


# -- the report ------------------------------------------------------------------------------------------------------


def per_trial(spent: list[float], trials: int, chunk: int) -> float | None:
    """The mean CPU seconds of the trials just before that one: of the chunk that ends there; None past the end."""
    chunks = spent[:-1]
    return chunks[trials // chunk - 1] if trials // chunk <= len(chunks) else None


def rows_beside(found: dict[str, list[float]], pairs: dict[str, list[str]], sizes: list[int]) -> Iterator[list[str]]:
    """A line for each pair of a run with Inlay and one with a peer: both and their ratio at each number of trials."""
    for inlay, peers in pairs.items():
        for peer in peers:
            yield [peer, inlay, *(cell for size in sizes for cell in cells(found, inlay, peer, size, sizes[0]))]


def cells(found: dict[str, list[float]], inlay: str, peer: str, trials: int, chunk: int) -> list[str]:
    """Peer, Inlay and their ratio as text, empty where the peer was not run so far."""
    a, b = per_trial(found[inlay], trials, chunk), per_trial(found[peer], trials, chunk)
    return ["", "", ""] if a is None or b is None else [duration(b), duration(a), f"{significant(b / a)}×"]


def head(sizes: list[int]) -> list[str]:
    """The first line of a table of `rows_beside`."""
    return ["peer", "inlay", *(f"{side}, {size:,}" for size in sizes for side in ("peer", "inlay", "ratio"))]


def flat_figure(spent: list[float]) -> tuple[Figure, str]:
    """Whether a late trial costs what an early one does, from the CPU seconds of 100 chunks of 1,000."""
    early, late = median(spent[:5]), median(spent[95:100])
    ratio = late / early
    name = "random search, trial 100,000 against trial 1,000"
    figure = Figure(name, "≤ 1.2×", duration(late), ratio <= 1.2, f"early {duration(early)}", f"{significant(ratio)}×")
    means = [duration(sum(spent[:n]) / n) for n in (1, 10, 100)]
    return (
        figure,
        f"Inlay in memory: {means[0]} a trial over 1,000 trials, {means[1]} over 10,000, {means[2]} over 100,000.",
    )


BESIDE_PYGLOVE = {
    "inlay evolution, 5": ["PyGlove sample, evolution", "PyGlove iter, evolution"],
    "inlay evolution, 5, noisy": ["PyGlove sample, evolution", "PyGlove iter, evolution"],
    "inlay random, 5": ["PyGlove sample, random", "PyGlove iter, random"],
}
BESIDE_OTHERS = {
    "inlay random": ["Optuna optimize", "DEAP random"],
    "inlay random, ask": ["Optuna ask", "Nevergrad random"],
    "inlay genetic": ["DEAP genetic"],
    "inlay climb, ask": ["Nevergrad one-plus-one"],
}
SHORT = {"Optuna ask", "Nevergrad one-plus-one"}


def runs_of(pairs: dict[str, list[str]]) -> list[str]:
    """All runs of a table, those that stand beside each other next to each other."""
    return list(dict.fromkeys(name for inlay, peers in pairs.items() for name in (inlay, *peers)))


def main() -> None:
    """Measure everything and write the section."""
    five = compare(dict.fromkeys(runs_of(BESIDE_PYGLOVE), (300, 1)))
    ten = compare({name: (1000, 1 if name in SHORT else 10) for name in runs_of(BESIDE_OTHERS)})
    stored = compare({"inlay random, SQLite": (200, 5), "Optuna SQLite": (100, 1)}, repeats=7)
    flat, means = flat_figure(compare({"inlay random": (1000, 100)})["inlay random"])
    sqlite, optuna = stored["inlay random, SQLite"], stored["Optuna SQLite"]
    evolution = five["inlay evolution, 5"][0], five["PyGlove sample, evolution"][0]
    figures = [
        at_least_times("a trial of regularized evolution, 5 choices", 150, *evolution, "PyGlove"),
        at_least_times("a trial of random search in memory, 10 choices of 4", 20, ten["inlay random"][0],
                       ten["Optuna optimize"][0], "Optuna"),
        at_least_times("the same with an SQLite file", 200, median(sqlite[:-1]), optuna[0], "Optuna"),
        flat,
    ]  # fmt: skip
    files = [["Optuna SQLite", duration(optuna[0]), duration(optuna[1]), "100"],
             ["inlay random, SQLite", duration(median(sqlite[:-1])), duration(sqlite[-1]), "1,000"]]  # fmt: skip
    parts = [
        facts(["inlay", "pyglove", "optuna", "sqlalchemy", "deap", "nevergrad", "numpy"]),
        EXPLANATION,
        "### Beside PyGlove: CPU time of a trial, 5 choices of 4, the first 300 trials",
        table(head([300]), rows_beside(five, BESIDE_PYGLOVE, [300])),
        "### Beside Optuna, DEAP and Nevergrad: CPU time of a trial, 10 choices of 4, the last thousand trials",
        table(head([1000, 10_000]), rows_beside(ten, BESIDE_OTHERS, [1000, 10_000])),
        means,
        "### In an SQLite file on the same disk, 10 choices of 4",
        table(["run", "CPU time of a trial", "wall-clock time", "trials"], files),
    ]
    write_section("studies.py", "The study loop beside its peers", "\n\n".join(parts), figures)


EXPLANATION = f"""Every run is a process of its own, the runs take turns, three times (seven with files);
garbage collection is on, as users have it. The objective is the sum of the choices. The evolutions have a
population of {POPULATION} and tournaments of {TOURNAMENT}; "noisy" evaluates equal programs again, which Inlay
otherwise does not and the peers always do. The genetic algorithms have a population of 50. Inlay keeps every trial
and recognises equal ones; DEAP keeps only the population and the best. "ask" is the loop by hand; the others are
the peers' own loops: `pg.sample` (`pg.iter` keeps no trials), `study.optimize`, `eaSimple`. Nevergrad's ten choices
are `ng.p.Choice(..., repetitions=10)`, its fastest container."""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run_alone(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
