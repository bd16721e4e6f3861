"""Sparse matrices: traffic of dataflows beside SciPy's times, break-even densities on this machine, and searches."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from measure import Figure, facts, significant, table, write_section

from inlay.problems.hardware import Device, Gemm
from inlay.problems.hardware.calibration import Measured, fit, rank_correlation
from inlay.problems.hardware.candidates import together
from inlay.problems.hardware.machine import bare_machine, least_seconds, one_thread
from inlay.problems.hardware.machine_kernels import Kernel
from inlay.problems.hardware.sparse_cpu import break_even_density, csr, measured_break_even, sparse_cpu_problem
from inlay.problems.hardware.spgemm import CSR, DATAFLOWS, counted, rmat, spgemm_problem, traffic, uniform, whole
from inlay.search import (
    NSGA2,
    GeneticAlgorithm,
    HillClimb,
    LocalSearch,
    RandomSearch,
    RestartedLocalSearch,
    Study,
    hypervolume,
)
from inlay.spaces import build

#: Shapes (m, k, n) of which the break-even density is foretold and measured; none of them is fitted to.
SHAPES = ((1024, 1024, 256), (512, 512, 128), (768, 768, 64), (1024, 512, 128), (512, 2048, 256), (1536, 768, 128))
#: Shares of numbers at which sparse products are timed, and how many shapes of a kind the model is fitted to.
GRID = (0.06, 0.1, 0.13, 0.16, 0.2, 0.25, 0.32, 0.45)
FITTED, HELD_OUT, ROUNDS = 24, 8, 8
#: Bytes of a scratchpad for matrices of 16,384 rows, and of one for the matrices that SciPy multiplies.
SCRATCHPAD, SMALL = 256 * 1024, 32 * 1024


def table_rows() -> Iterator[list[str]]:
    """Traffic of the three dataflows for matrices of the size that was published."""
    matrices = {"R-MAT": rmat(14), "R-MAT, 18 drawn a row": rmat(14, 18.3), "uniform 0.1 %": uniform(16384, 0.001)}
    for name, a in matrices.items():
        start = time.thread_time()
        tiles = counted(a, a)
        spent = time.thread_time() - start
        inner, outer, row = (traffic(flow, tiles, whole(SCRATCHPAD)).total / 1e6 for flow in DATAFLOWS)
        numbers = [a.numbers, tiles[0].products.sum(), tiles[0].result.sum()]
        sizes = [f"{size:,.0f}" for size in (*numbers, inner, outer, row)]
        yield [name, *sizes, f"{significant(inner / row)}×", f"{significant(outer / row)}×", f"{spent:.1f} s"]


def multiplied_matrices() -> list[tuple[str, CSR]]:
    """R-MATs and uniform matrices from some 1,000 to 500,000 products and more."""
    skewed = [(f"R-MAT 2^{scale}, {n}", rmat(scale, n, seed=scale)) for scale in (9, 10, 11, 12) for n in (2, 5, 12)]
    even = [(f"uniform {n}, {d}", uniform(n, d, n)) for n in (512, 1024, 2048, 4096) for d in (0.001, 0.004, 0.01)]
    return skewed + even


def scipy_seconds(matrices: list[CSR]) -> list[float]:
    """CPU seconds of SciPy's product of each with itself, the least of rounds over all."""
    from scipy.sparse import csr_array

    made = [csr_array((a.values, a.indices, a.starts), shape=(a.rows, a.columns)) for a in matrices]
    calls: list[Callable[[], Any]] = [lambda a=a: a @ a for a in made]  # type: ignore[misc]
    return np.min([[least_seconds(call, 0.03, 3) for call in calls] for _ in range(3)], axis=0).tolist()


# -- break-even ------------------------------------------------------------------------------------------------------


def shape(rng: np.random.Generator) -> tuple[int, int, int]:
    """A random shape, of the sizes of layers; none is one of `SHAPES`."""
    m, k = (int(np.exp(rng.uniform(np.log(384), np.log(2048)))) for _ in range(2))
    return m, k, int(np.exp(rng.uniform(np.log(48), np.log(320))))


def dense_kernel(rng: np.random.Generator) -> Kernel:
    """A dense product."""
    m, k, n = shape(rng)
    a, b, out = rng.random((m, k), dtype=np.float32), rng.random((k, n), dtype=np.float32), np.empty((m, n), np.float32)
    return Kernel(Gemm(m, k, n, dtype="fp32"), lambda: np.matmul(a, b, out=out))


def sparse_kernel(rng: np.random.Generator) -> Kernel:
    """Compressed rows of a share of numbers near that at which they are as slow."""
    from scipy.sparse import random_array

    m, k, n = shape(rng)
    density, moving = float(rng.uniform(0.08, 0.35)), rng.random((k, n), dtype=np.float32)
    a = random_array((m, k), density=density, format="csr", dtype=np.float32, rng=rng)
    return Kernel(csr(m, k, n)(a.nnz / (m * k)), lambda: a @ moving)


def crossing_kernels(m: int, k: int, n: int) -> list[Kernel]:
    """The dense product of a shape, and compressed rows of all shares of `GRID`."""
    from scipy.sparse import random_array

    rng = np.random.default_rng(m + k + n)
    dense, moving = rng.random((m, k), dtype=np.float32), rng.random((k, n), dtype=np.float32)
    out = np.empty((m, n), np.float32)
    sparse = [random_array((m, k), density=d, format="csr", dtype=np.float32, rng=rng) for d in GRID]
    kernels = [Kernel(Gemm(m, k, n, dtype="fp32"), lambda: np.matmul(dense, moving, out=out))]
    return kernels + [Kernel(csr(m, k, n)(d), lambda a=a: a @ moving) for d, a in zip(GRID, sparse, strict=True)]


def break_even() -> tuple[Device, dict[tuple[int, int, int], float], dict[tuple[int, int, int], float]]:
    """This machine as it was fitted to random shapes, and the densities that it foretells and that were measured.

    All are timed in turn, and the least of the rounds counts: others share the machine, which is slower at times.
    """
    rng = np.random.default_rng(7)
    drawn = [[make(rng) for _ in range(n)] for make in (dense_kernel, sparse_kernel) for n in (FITTED, HELD_OUT)]
    groups = drawn + [crossing_kernels(*each) for each in SHAPES]
    rounds = [[[least_seconds(k.run, 0.02, 3) for k in group] for group in groups] for _ in range(ROUNDS)]
    seconds = [np.min(each, axis=0) for each in zip(*rounds, strict=True)]
    machine = bare_machine(3.0)
    for first in (0, 2):
        measured = [Measured(together([k.operator for k in groups[i]]), seconds[i]) for i in (first, first + 1)]
        machine = fit(machine, measured[:1], measured[1:])
    crossed = {
        each: measured_break_even(list(GRID), times[1:].tolist(), float(times[0]))
        for each, times in zip(SHAPES, seconds[4:], strict=True)
    }
    foretold = {each: break_even_density(Gemm(*each, dtype="fp32"), csr(*each), machine) for each in SHAPES}
    return machine, foretold, crossed


def rates(m: int = 1024, k: int = 1024, n: int = 256, density: float = 0.1) -> dict[str, float]:
    """GFLOP/s of SciPy's formats at one density."""
    from scipy.sparse import bsr_array, random_array

    moving = np.random.default_rng(0).random((k, n), dtype=np.float32)
    rows = random_array((m, k), density=density, format="csr", dtype=np.float32, rng=np.random.default_rng(1))
    kept = np.random.default_rng(2).random((m // 4, k)) < density
    blocks = bsr_array(kept.repeat(4, axis=0).astype(np.float32), blocksize=(4, 1))
    formats = {"compressed rows": rows, "blocks of 4 x 1": blocks}
    return {name: 2 * a.nnz * n / least_seconds(lambda a=a: a @ moving, 0.2) / 1e9 for name, a in formats.items()}


# -- searches --------------------------------------------------------------------------------------------------------


def spgemm_rows(trials: int = 1000, seeds: int = 10) -> Iterator[list[str]]:
    """Mean and worst regret of strategies, and of the published designs."""
    problem = spgemm_problem()
    assert problem.evaluate is not None
    assert problem.best_known is not None
    for name, point in problem.published.items():
        yield [name, "1", f"{problem.evaluate(build(point)).objectives['seconds'] / problem.best_known - 1:.2f}", ""]
    strategies: dict[str, Any] = {
        "RandomSearch": RandomSearch(),
        "HillClimb(30)": HillClimb(30),
        "RestartedLocalSearch": RestartedLocalSearch(),
        "GeneticAlgorithm(20)": GeneticAlgorithm(20),
    }
    for name, strategy in strategies.items():
        runs = [Study(problem, strategy, seed=s).run(trials=trials, progress=False) for s in range(seeds)]
        regrets = [run.best.loss / problem.best_known - 1 for run in runs]
        yield [name, f"{trials:,}", f"{np.mean(regrets):.2f}", f"{np.max(regrets):.2f}"]


def cpu_rows(trials: int = 300) -> Iterator[list[str]]:
    """Seconds, error and held-out error of published plans, and of the plans of a front that are hardly worse."""
    problem = sparse_cpu_problem()
    assert problem.evaluate is not None
    assert problem.held_out is not None
    found = {name: problem.evaluate(build(point)).objectives for name, point in problem.published.items()}
    for name, cost in found.items():
        held_out = problem.held_out(build(problem.published[name]))["error"]
        yield [name, f"{cost['seconds'] * 1e6:.1f} µs", f"{cost['error']:.1%}", f"{held_out:.1%}"]
    study = Study(problem, NSGA2(32), seed=0)
    study.enqueue(*problem.published.values())
    study.run(trials=trials, progress=False)
    for most in (0.035, 0.05, 0.07):
        fitting = [trial for trial in study.pareto if trial.objectives["error"] <= most]
        best = min(fitting, key=lambda trial: trial.objectives["seconds"])
        cost, held_out = best.objectives, problem.held_out(build(best.program))["error"]
        name = f"front of {trials} trials, error at most {most:.1%}"
        yield [name, f"{cost['seconds'] * 1e6:.1f} µs", f"{cost['error']:.1%}", f"{held_out:.1%}"]


def front_shares(trials: int = 200, seeds: int = 5) -> dict[str, float]:
    """Mean hypervolume of the fronts of strategies, beside seconds of dense fp32 and an error of 1."""
    problem = sparse_cpu_problem()
    assert problem.evaluate is not None
    slowest = problem.evaluate(build(problem.published["dense fp32"])).objectives["seconds"]

    def volume(strategy: Any, seed: int) -> float:
        study = Study(problem, strategy, seed=seed).run(trials=trials, progress=False)
        points = [(t.objectives["seconds"] / slowest, t.objectives["error"]) for t in study.pareto]
        return float(hypervolume(np.array(points), (1.0, 1.0)))

    strategies = {"RandomSearch": RandomSearch(), "NSGA2(32)": NSGA2(32), "LocalSearch": LocalSearch()}
    return {name: float(np.mean([volume(s, seed) for seed in range(seeds)])) for name, s in strategies.items()}


def report() -> None:
    """Measure all, and write the section."""
    matrices = multiplied_matrices()
    counts = [counted(a, a) for _, a in matrices]
    row = [traffic("row", tiles, whole(SMALL)).total for tiles in counts]
    products = [int(tiles[0].products.sum()) for tiles in counts]
    with one_thread():
        seconds = scipy_seconds([a for _, a in matrices])
        machine, foretold, measured = break_even()
        formats = rates()
    ranks, by_products = rank_correlation(row, seconds), rank_correlation(products, seconds)
    off = {shape: abs(foretold[shape] - measured[shape]) for shape in SHAPES}
    worst = max(off.values())
    reached = "; ".join(
        f"{kind} {each.start * 1e6:.1f} µs, {each.compute:.3f} of {machine.peak['fp32'] / 1e9:.0f} GFLOP/s, "
        f"{each.stream:.2f} of the bandwidths, error {each.error.relative:.1%}"
        for kind, each in machine.efficiency.items()
        if each.error is not None
    )
    traffics = list(table_rows())
    inner, outer = (float(traffics[0][place].rstrip("×")) for place in (7, 8))
    text = f"""{facts(["inlay", "numpy", "scipy", "scikit-learn"])}

Traffic in MB of the three dataflows for A A with 16,384 rows and a scratchpad of {
        SCRATCHPAD // 1024
    } KB; published for an
R-MAT of 258 K numbers: inner 35,416, outer 1,862, row-wise 1,071 (33× and 1.74×); uniform: 52,832, 164 and 108. The
last column is the CPU time of counting.

{
        table(
            [
                "matrix",
                "numbers",
                "products",
                "numbers of C",
                "inner",
                "outer",
                "row-wise",
                "inner / row",
                "outer / row",
                "counted in",
            ],
            traffics,
        )
    }

{
        len(matrices)
    } matrices times themselves by SciPy, one thread, CPU clock: Spearman's correlation of its times with the traffic
of the row-wise product (scratchpad {SMALL // 1024} KB) is {ranks:.3f}, with the number of products {by_products:.3f}.

{
        table(
            ["matrix", "numbers", "products", "row-wise traffic", "SciPy"],
            [
                [name, f"{a.numbers:,}", f"{p:,}", f"{r / 1e6:.2f} MB", f"{s * 1e3:.3f} ms"]
                for (name, a), p, r, s in zip(matrices, products, row, seconds, strict=True)
            ],
        )
    }

The share of numbers at which SciPy's compressed rows are as slow as NumPy's dense product in fp32, one thread, CPU
clock; the model is fitted to {FITTED} random shapes of each kind, none of them these ({reached}).

{
        table(
            ["m, k, n", "foretold", "measured", "off"],
            [[", ".join(map(str, s)), f"{foretold[s]:.3f}", f"{measured[s]:.3f}", f"{off[s]:.3f}"] for s in SHAPES],
        )
    }

SciPy at a tenth of the numbers, 1024 × 1024 × 256: {
        ", ".join(f"{name} {rate:.1f} GFLOP/s" for name, rate in formats.items())
    }:
there is no fast kernel for blocks here, so that block sparsity is modelled and not measured.

Designs of a sparse product, regret against the least of all 38,400 designs by enumeration; 10 seeds.

{table(["design or strategy", "trials", "mean regret", "worst"], spgemm_rows())}

Pruned layers of a network that reads digits, modelled on the vector units of one core.

{table(["plan", "seconds", "error", "held-out error"], cpu_rows())}

Hypervolume of the fronts of 200 trials, 5 seeds: {", ".join(f"{name} {v:.4f}" for name, v in front_shares().items())}.
"""
    figures = [
        Figure("sparse: traffic and SciPy's times, Spearman", "≥ 0.9", f"{ranks:.3f}", ranks >= 0.9),
        Figure("sparse: break-even density foretold, worst of 6 shapes", "± 0.03", f"{worst:.3f}", worst <= 0.03),
        Figure("sparse: R-MAT, inner and outer over row-wise", "33× and 1.74×",
               f"{inner}× and {outer}×", 25 < inner < 45 and 1.5 < outer < 2),
    ]  # fmt: skip
    write_section("sparse_matrices.py", "Sparse matrices", text, figures)


if __name__ == "__main__":
    report()
