"""Evaluation of random formulas beside pyoperon: node-rows per CPU second, everything of a call included."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from random import Random
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from measure import Figure, duration, facts, in_new_process, significant, table, write_section

ROWS, VARIABLES, TREES = 1000, 5, 500
SMALLEST, LARGEST = 5, 60
ARITHMETIC = ["add", "subtract", "multiply", "divide"]
#: Operators to draw from, how deep the trees are, and how often a node above that depth is an operator: about 19 nodes
#: a tree with arithmetic, about 14 with 5 of 13 draws from functions.
MIXES = {
    "arithmetic": (ARITHMETIC, 5, 0.64),
    "full mix": (2 * ARITHMETIC + ["sin", "cos", "exp", "log", "sqrt"], 5, 0.74),
}


def random_formulas(mix: str) -> list[Any]:
    """Trees grown from the root, with a constant in every fifth leaf."""
    from inlay.spaces.formulas import Vocabulary
    from inlay.spaces.formulas.formula import Formula
    from inlay.spaces.formulas.operators import CONSTANT, VARIABLE

    operators, depth, growth = MIXES[mix]
    vocabulary, rng, found = Vocabulary([f"x{i}" for i in range(VARIABLES)]), Random(0), []

    def grow(left: int, codes: list[int], numbers: list[float]) -> None:
        if left and (left == depth or rng.random() < growth):
            code = vocabulary.codes[rng.choice(operators)]
            codes.append(code)
            for _ in range(vocabulary.arity(code)):
                grow(left - 1, codes, numbers)
        elif rng.random() < 0.2:
            codes.append(CONSTANT)
            numbers.append(rng.uniform(-3, 3))
        else:
            codes.append(VARIABLE + rng.randrange(VARIABLES))

    while len(found) < TREES:
        codes: list[int] = []
        numbers: list[float] = []
        grow(depth, codes, numbers)
        if SMALLEST <= len(codes) <= LARGEST:
            found.append(Formula(np.array(codes, dtype="<i2").tobytes(), numbers, vocabulary))
    return found


def points() -> Any:
    """The rows on which all are evaluated."""
    return np.random.default_rng(0).uniform(-3, 3, (ROWS, VARIABLES))


# -- both sides ------------------------------------------------------------------------------------------------------


def pyoperon(formulas: list[Any]) -> Callable[[], Any]:
    """`EvaluateTrees` on trees that were made before; its wheel computes in single precision."""
    import pyoperon as operon

    from inlay.spaces.formulas.operators import CONSTANT, VARIABLE

    names = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div"}
    data = operon.Dataset(np.asfortranarray(points()))
    hashes = [variable.Hash for variable in sorted(data.Variables, key=lambda variable: variable.Index)]

    def node(code: int, numbers: list[float], vocabulary: Any) -> Any:
        if code >= VARIABLE:
            made = operon.Node(operon.NodeType.Variable)
            made.HashValue = made.CalculatedHashValue = hashes[code - VARIABLE]
            made.Value = 1.0
        elif code == CONSTANT:
            made = operon.Node(operon.NodeType.Constant)
            made.Value = numbers.pop()
        else:
            name = vocabulary.name(code)
            made = getattr(operon.Node, names.get(name, name.capitalize()))()
        return made

    trees = []
    for formula in formulas:
        numbers = list(formula.numbers)
        trees.append(operon.Tree([node(c, numbers, formula.vocabulary) for c in formula.symbols()[::-1]]).UpdateNodes())
    out, rows = np.empty((TREES, ROWS), dtype=np.float32), operon.Range(0, ROWS)

    def call() -> Any:
        operon.EvaluateTrees(trees, data, rows, out, 1)
        return out

    return call


def inlay(formulas: list[Any], dtype: str = "float64", threads: int = 1) -> Callable[[], Any]:
    """`evaluate` on the formulas, into an array that is there: the batch is laid out anew in every call."""
    from inlay.spaces.formulas.evaluation import evaluate

    X, out = points(), np.empty((TREES, ROWS), dtype=dtype)
    return lambda: evaluate(formulas, X, dtype=dtype, threads=threads, out=out)


def numpy_alone(formulas: list[Any]) -> Callable[[], Any]:
    """The same without the compiled kernels."""
    from inlay.spaces.formulas import evaluation

    X = points()

    def call() -> Any:
        evaluation.NUMBA, kept = False, evaluation.NUMBA
        try:
            return evaluation.evaluate(formulas, X)
        finally:
            evaluation.NUMBA = kept

    return call


def losses(formulas: list[Any]) -> Callable[[], Any]:
    """The scaled squared loss instead of values: a formula ends where it is not finite."""
    from inlay.spaces.formulas.data import Data
    from inlay.spaces.formulas.evaluation import scaled_losses

    X = points()
    data = Data(X, X[:, 0] * X[:, 1] + np.sin(X[:, 2]))
    return lambda: scaled_losses(formulas, data)


SIDES: dict[str, Callable[[list[Any]], Callable[[], Any]]] = {
    "inlay, float64": inlay,
    "inlay, float32": lambda formulas: inlay(formulas, "float32"),
    "inlay, float64, 2 threads": lambda formulas: inlay(formulas, threads=2),
    "inlay, losses with scaling": losses,
    "inlay, NumPy alone": numpy_alone,
    "pyoperon, float32": pyoperon,
}


# -- measuring -------------------------------------------------------------------------------------------------------


def node_rows(repeats: int = 15) -> dict[str, dict[str, float]]:
    """For each mix and side the median node-rows per CPU second; the sides take turns, call by call."""
    found = {}
    for mix in MIXES:
        formulas = random_formulas(mix)
        work = sum(formula.size for formula in formulas) * ROWS
        calls = {side: make(formulas) for side, make in SIDES.items()}
        agree(calls["inlay, float64"](), calls["pyoperon, float32"]())
        spent: dict[str, list[float]] = {side: [] for side in calls}
        for _ in range(repeats):
            for side, call in calls.items():
                start = process_time()
                call()
                spent[side].append(process_time() - start)
        found[mix] = {side: work / median(times) for side, times in spent.items()}
    return found


def agree(ours: Any, theirs: Any) -> None:
    """Refuse to compare what does not compute the same."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    if both.mean() < 0.5 or np.median(np.abs(ours[both] - theirs[both]) / (1e-6 + np.abs(ours[both]))) > 1e-5:
        raise AssertionError("the two sides compute different values")


def first_uses() -> dict[str, float]:
    """CPU seconds of the first values, and of the first fit after them: with nothing kept, and in a later process."""
    with tempfile.TemporaryDirectory() as folder:
        cold, warm = (in_new_process(__file__, "first use", NUMBA_CACHE_DIR=folder) for _ in range(2))
    return {f"{kind}, {what}": spent for kind, both in (("cold", cold), ("warm", warm)) for what, spent in both.items()}


def first_use() -> dict[str, float]:
    """CPU seconds of the first call of each, in this process."""
    from inlay.optimizers.constant_fitting import fit_constants
    from inlay.spaces.formulas import parse_formula
    from inlay.spaces.formulas.data import Data
    from inlay.spaces.formulas.evaluation import evaluate

    X = points()
    formula = parse_formula("1.5*x0 + sin(2.5*x1)", [f"x{i}" for i in range(VARIABLES)])
    start = process_time()
    y = evaluate([formula], X)[0]
    evaluated = process_time()
    fit_constants([formula], Data(X, y))
    return {"values": evaluated - start, "fit": process_time() - evaluated}


def at_least(mix: str, times: float, found: dict[str, float]) -> Figure:
    """The figure "at least `times` pyoperon's node-rows"."""
    ours, theirs = found["inlay, float64"] / 1e6, found["pyoperon, float32"] / 1e6
    return Figure(
        f"evaluation of random formulas, {mix}, million node-rows per CPU second",
        f"≥ {times}×",
        f"{ours:,.0f}",
        ours >= times * theirs,
        f"pyoperon {theirs:,.0f}",
        f"{significant(ours / theirs)}×",
    )


EXPLANATION = f"""{TREES} random trees on {ROWS:,} rows of {VARIABLES} variables, one thread unless said otherwise. A
node on a row is one node-row, leaves included. Inlay's calls begin with formulas as Python values and a plain array,
and check both; pyoperon's trees and data were made before. The sides take turns, call by call; medians. Losses with
scaling stop at the first tile of rows where a formula is not finite. First uses are CPU seconds in new processes,
import of Inlay not included; "cold" compiles everything."""


def main() -> None:
    """Measure everything and write the section."""
    started = time.time()
    found, first = node_rows(), first_uses()
    rows = [[side, *(f"{found[mix][side] / 1e6:,.0f}" for mix in MIXES)] for side in SIDES]
    shown = table(["million node-rows per CPU second", *MIXES], rows)
    uses = table(["first use", "CPU time"], [[name, duration(spent)] for name, spent in first.items()])
    sizes = ", ".join(f"{mix}: {np.mean([f.size for f in random_formulas(mix)]):.1f} nodes" for mix in MIXES)
    print(shown, uses, f"{time.time() - started:.0f} s", sep="\n\n")
    cold, warm = (first[f"{kind}, values"] + first[f"{kind}, fit"] for kind in ("cold", "warm"))
    figures = [
        at_least("arithmetic", 1.5, found["arithmetic"]),
        at_least("full mix", 1.2, found["full mix"]),
        Figure("first use of the kernels for formulas, values and fit", "< 10 s", duration(cold), cold < 10),
        Figure("the same in a later process", "< 600 ms", duration(warm), warm < 0.6),
    ]
    text = "\n\n".join(
        [facts(["inlay", "numba", "numpy", "pyoperon"]), EXPLANATION, f"Mean sizes: {sizes}.", shown, uses]
    )
    write_section("formula_throughput.py", "Evaluation of formulas beside pyoperon", text, figures)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(first_use()))
    else:
        main()
