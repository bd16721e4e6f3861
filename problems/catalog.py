"""The catalog: every problem that ships with Inlay, by name; made, and its libraries imported, when asked for."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..search import Problem
from .formulas.named import titles


class UnknownProblem(LookupError):
    """The catalog has no problem of this name."""


class MissingExtra(ImportError):
    """A problem needs a library that is not installed."""


@dataclass(frozen=True)
class Entry:
    """A problem of the catalog: its name, one line about it, and the function that makes it."""

    name: str
    title: str
    make: Callable[[], Problem]


def _pipelines(data: str) -> Problem:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise MissingExtra(f"the problem pipelines/{data} needs scikit-learn: pip install 'inlay[sklearn]'") from None
    from .pipelines import pipeline_problem

    return pipeline_problem(data)


_ENTRIES = [
    Entry(
        "pipelines/breast_cancer",
        "scikit-learn pipelines that tell malignant from benign tumours (569 samples, 30 features)",
        partial(_pipelines, "breast_cancer"),
    ),
    Entry(
        "pipelines/digits",
        "scikit-learn pipelines that read handwritten digits (1,797 samples, 64 features, 10 classes)",
        partial(_pipelines, "digits"),
    ),
    Entry(
        "pipelines/wine",
        "scikit-learn pipelines that tell three cultivars of wine apart (178 samples, 13 features)",
        partial(_pipelines, "wine"),
    ),
    Entry(
        "pipelines/diabetes",
        "scikit-learn pipelines that predict the progression of diabetes (442 samples, 10 features)",
        partial(_pipelines, "diabetes"),
    ),
]
_CLASSICAL = {
    "one_max": "make 64 bits ones",
    "leading_ones": "make a run of ones from the left of 64 bits",
    "concatenated_traps": "16 blocks of 4 bits whose slopes lead away from the optimum",
    "low_autocorrelation": "64 bits whose autocorrelations are low (least energy 208)",
    "nk_landscape": "a rugged landscape of 64 bits, each depending on the next 4 in a ring",
    "ising_ring": "a ring of 64 spins that want to be like their neighbours",
    "spin_glass": "a torus of 8 x 8 spins with random bonds of either sign",
    "independent_set": "the largest set of vertices without neighbours in a random graph of 64",
    "knapsack": "the most valuable of 64 items that fit, with a constraint",
    "maximum_satisfiability": "satisfy 256 random clauses of three of 64 variables",
    "n_queens": "32 queens none of which attacks another",
    "quadratic_assignment": "12 facilities on a grid, so that what flows between them travels little",
    "travelling_salesman": "the shortest closed tour through 64 random points",
    "flow_shop": "the shortest schedule of 20 jobs on 5 machines (ta001 of the published benchmark)",
    "sphere": "a bowl in 5 dimensions, shifted",
    "ellipsoid": "a bowl in 5 dimensions a thousand times longer than wide, rotated and shifted",
    "rosenbrock": "a long bent valley in 5 dimensions, rotated and shifted",
    "rastrigin": "a bowl with a grid of dents in 5 dimensions, rotated and shifted",
    "schwefel": "deep dents far from the optimum in 5 dimensions, rotated and shifted",
}


def _classical(kind: str) -> Problem:
    from . import classical

    make: Callable[[], Problem] = getattr(classical, kind)
    return make()


_ENTRIES += [Entry(f"classical/{kind}", title, partial(_classical, kind)) for kind, title in _CLASSICAL.items()]
_CONSTANTS = {
    "e": "e",
    "e_squared": "e^2",
    "tan_1": "tan 1",
    "bessel_ratio": "I1(1)/I0(1)",
    "sqrt_2": "the root of 2",
    "pi": "pi",
    "zeta_3": "zeta(3)",
}


def _constant(name: str) -> Problem:
    from .formulas.constants import constant_problem

    return constant_problem(name)


_ENTRIES += [
    Entry(
        f"constants/{name}",
        f"continued fractions that give {what} fast: conjectures checked to 100 digits",
        partial(_constant, name),
    )
    for name, what in _CONSTANTS.items()
]


def _formulas(name: str) -> Problem:
    from .formulas.named import named_problem

    try:
        return named_problem(name)
    except ImportError as error:
        raise MissingExtra(f"the problem formulas/{name} needs more: pip install 'inlay[formulas]' ({error})") from None


_ENTRIES += [Entry(f"formulas/{name}", title, partial(_formulas, name)) for name, title in titles().items()]


def _zeta() -> Problem:
    from .formulas.zeta import zeta_problem

    return zeta_problem()


_ENTRIES.append(
    Entry(
        "formulas/zeta",
        "a zero of the Riemann zeta function in a box: a numerical search, which proves nothing",
        _zeta,
    )
)
_HARDWARE = {
    "moe_schedule": "three mixture-of-experts layers in training: chunks, order of streams, gradients in gaps (FSMoE)",
    "moe_schedule_slow_network": "the same, with links between nodes three times slower",
    "npu_pim": "a batch of requests decoded on matrix units and on units in memory (NeuPIMs)",
    "spgemm": "an R-MAT matrix times itself: dataflow, windows, tiles, hash table, scratchpad (SMASH)",
    "sparse_cpu": "blocks pruned from a network that reads digits: seconds on a processor, and error",
    "draft_tree": "the tree of 80 guesses that gives most tokens a step (Token Recycling, prompt decoding)",
    "draft_tree_h100": "the tree of at most 128 guesses that gives most tokens a second on an H100, batch 4",
    "context_tree": "the tree of drafts after two words of Python that accepts most (ADED)",
    "speculation": "how Llama-2-7B drafts for Llama-2-70B: when to stop, which layers together (SpecDec++, EasySpec)",
    "stopping_threshold": "the threshold at which drafting stops, learned request by request: noisy",
    "attention_patterns": "sparse patterns of attention for twelve heads within a budget of blocks (MInference)",
    "moe_inference": "a mixture of experts served: gate, bits, placement, cache, ...; latency, quality and devices",
    "codesign": "the machine of at most 60 square millimetres on which the best network runs fastest: nested",
}


def _hardware(name: str) -> Problem:
    from .hardware.named import named_problem

    return named_problem(name)


_ENTRIES += [Entry(f"hardware/{name}", title, partial(_hardware, name)) for name, title in _HARDWARE.items()]
_CATALOG = {entry.name: entry for entry in _ENTRIES}


def entries() -> list[Entry]:
    """Every entry of the catalog, in its order."""
    return list(_CATALOG.values())


def names() -> list[str]:
    """The names of all problems.

    >>> names()[0]
    'pipelines/breast_cancer'
    """
    return list(_CATALOG)


def problem(name: str) -> Problem:
    """The problem of that name, made afresh.

    Raises `UnknownProblem` listing near matches, and `MissingExtra` naming the extra to install.

    >>> problem("pipelines/vine")
    Traceback (most recent call last):
    ...
    inlay.problems.catalog.UnknownProblem: there is no problem 'pipelines/vine'; did you mean pipelines/wine?
    """
    if name not in _CATALOG:
        raise UnknownProblem(f"there is no problem {name!r}; {_suggestion(name)}")
    return _CATALOG[name].make()


def _suggestion(name: str) -> str:
    """What may have been meant: names that end much like the given one; else all names."""
    ends: dict[str, list[str]] = {}
    for known in _CATALOG:
        ends.setdefault(known.rpartition("/")[2], []).append(known)
    close = difflib.get_close_matches(name.rpartition("/")[2], ends, n=3, cutoff=0.7)
    if close:
        return f"did you mean {' or '.join(known for end in close for known in ends[end])}?"
    return f"there are {', '.join(_CATALOG)}"
