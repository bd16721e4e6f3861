"""Hardware costs: errors beside measured kernels and published times, candidates estimated per second, this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from measure import Figure, facts, significant, table, write_section

from inlay.problems.hardware import Device, Error, datasheet, decoder_layer, device, estimate, systolic_cycles
from inlay.problems.hardware.calibration import error_of
from inlay.problems.hardware.machine import machine_error, measure_machine
from inlay.problems.hardware.measured_kernels import (
    FITTED,
    MEASURED_DEVICES,
    MEASURED_LINKS,
    fitted_link,
    fitted_to_kernels,
    kernels,
)
from inlay.problems.hardware.published_tables import OVERHEAD, PUBLISHED_TIMES, published_error

#: Seeds with which this machine is measured.
SEEDS = (0, 1)
#: Candidates estimated at once.
BATCHES = (1, 16, 256, 1000, 4096)


def percent(share: float) -> str:
    """A share as a percentage."""
    return f"{100 * share:.1f} %"


def cells(error: Error) -> list[str]:
    """The error, the rank correlation, the share within a factor of two and the number of measurements."""
    return [
        percent(error.relative),
        f"{error.rank_correlation:.4f}",
        f"{error.within_twice:.0%}",
        str(error.measurements),
    ]


HEADS = ["error", "Spearman", "within 2×", "held out"]


def kernel_errors() -> Iterator[tuple[str, str, Error, Error]]:
    """Of each device and kind the errors of the fit and of the datasheet, on networks that were not fitted to."""
    for name in MEASURED_DEVICES:
        fitted = fitted_to_kernels(name)
        for kind in ("gemm", "elementwise"):
            held_out = [measured for network, measured in kernels(name, kind).items() if network != FITTED]
            yield name, kind, error_of(fitted, held_out), error_of(datasheet(name), held_out)


def link_rows() -> Iterator[list[str]]:
    """Latency, bandwidth and error of each link, and of the node that is left out."""
    left_out = {("none: left out", ""): ("a100_dgx", (2, 4, 8, 16))}
    for (name, link), (node, members) in (MEASURED_LINKS | left_out).items():
        found, reached = fitted_link(node, members)
        assert reached.error is not None
        speed = [f"{found.latency * 1e6:.1f} µs", f"{found.bandwidth / 1e9:.1f} GB/s"]
        yield [f"{name} {link}", f"{node}, {', '.join(map(str, members))}", *speed, *cells(reached.error)]


def published_rows() -> Iterator[list[str]]:
    """Each published number, the estimate, and how far it is off."""
    for point in (*PUBLISHED_TIMES, OVERHEAD):
        ours, unit = point.estimated(), "tokens/s" if point.phase == "throughput" else "ms"
        what = f"{point.phase}, {point.prompt:,}{f' + {point.output:,}' if point.output else ''} tokens"
        off = f"{100 * (ours / point.published - 1):+.1f} %"
        yield [
            point.source.partition(":")[0] + (" (left out)" if point is OVERHEAD else ""), what, str(point.batch),
            str(point.members), f"{point.published:,.1f} {unit}", f"{ours:,.1f} {unit}", off,
        ]  # fmt: skip


def layers(n: int) -> Callable[[], Any]:
    """A call that makes the 8 operators of n decoder layers of different sizes, and estimates them."""
    rng = np.random.default_rng(0)
    heads = rng.integers(4, 64, n).astype(float)
    tokens, hidden = (rng.integers(64, 4096, n).astype(float) for _ in range(2))
    batch, machine = rng.integers(1, 8, n).astype(float), device("a100-80g")
    return lambda: estimate(decoder_layer(tokens, tokens, 64 * heads, heads, hidden, heads, batch), machine)


def per_millisecond(n: int) -> float:
    """Layers estimated in a millisecond of CPU time, the best of many calls: others share the machine."""
    call, best = layers(n), np.inf
    for _ in range(300):
        start = time.thread_time()
        call()
        best = min(best, time.thread_time() - start)
    return n / best / 1e3


def stepped_cycles(m: int, k: int, n: int, rows: int, columns: int) -> int:
    """Cycles counted tile by tile: weights move in, and the last row of the operand passes the last cell."""
    tiles = [(i, j) for i in range(0, n, columns) for j in range(0, k, rows)]
    return sum(rows + (m - 1) + (rows - 1) + (columns - 1) + 1 for _ in tiles) - 1


def machine_rows(machines: dict[int, Device]) -> Iterator[list[str]]:
    """What each kind reaches with each seed, and its error on the shapes that were held out."""
    for seed, machine in machines.items():
        for kind, reached in machine.efficiency.items():
            assert reached.error is not None
            shares = [f"{reached.start * 1e6:.1f} µs", f"{reached.compute:.3f}", f"{reached.stream:.3f}"]
            yield [str(seed), kind, *shares, *cells(reached.error)]


def report() -> None:
    """Measure all, and write the section."""
    errors = list(kernel_errors())
    speeds = {n: per_millisecond(n) for n in BATCHES}
    machines, spent = {}, []
    for seed in SEEDS:
        start = time.process_time()
        machines[seed] = measure_machine(seed)
        spent.append(time.process_time() - start)
    fresh = {seed: machine_error(machine, seed) for seed, machine in machines.items()}
    sizes = np.random.default_rng(0).integers(1, 500, (200, 3)).tolist()
    equal = sum(
        float(systolic_cycles(*size, rows, columns)) == stepped_cycles(*size, rows, columns)
        for size in sizes
        for rows, columns in ((32, 32), (16, 64))
    )
    published, with_overhead = published_error(), published_error((*PUBLISHED_TIMES, OVERHEAD))
    peaks = "; ".join(
        f"seed {seed}: "
        + ", ".join(f"{dtype} {peak / 1e9:.0f} GFLOP/s" for dtype, peak in machine.peak.items())
        + ", "
        + ", ".join(f"{m.name} {m.bandwidth / 1e9:.0f} GB/s up to {m.capacity / 1e6:,.0f} MB" for m in machine.memory)
        for seed, machine in machines.items()
    )
    text = f"""{facts(["inlay", "numpy", "scipy"])}

Measured kernels (Vidur's profiles, thinned): fitted to those of Llama-2-7B, errors on those of CodeLlama-34B. An error
is the mean of |estimated / measured - 1|. Element-wise kernels differ in what they reach (a sum 1.8 TB/s of an A100, a
norm 0.7), so that one number for all is far off.

{
        table(
            ["device", "kind", *HEADS, "datasheet: error", "Spearman"],
            [
                [name, kind, *cells(fitted), percent(bare.relative), f"{bare.rank_correlation:.4f}"]
                for name, kind, fitted, bare in errors
            ],
        )
    }

All-reduces: latency and bandwidth fitted to every second size, errors on the others. The node that is left out mixes
layouts of its groups within and between machines.

{table(["link", "node, members", "latency", "bandwidth", *HEADS], link_rows())}

Published times of whole models, with one set of A100 numbers, of which attention's alone are not of Vidur (half of the
peak: the lower end of what FlashAttention-2 states, and known beforehand to suit the times of Transformers here).

{table(["system", "what", "batch", "devices", "published", "ours", "off"], published_rows())}

All but what is left out: {percent(published.relative)}; with it {percent(with_overhead.relative)}: at a thousand tokens
Transformers spends its time in Python.

Decoder layers (8 operators, made and estimated) per millisecond of CPU time, the best of 300 calls:
{", ".join(f"{n:,} at once {significant(speed)}" for n, speed in speeds.items())}.

Cycles of systolic arrays: the formula equals stepping through the tiles in {equal} of {
        2 * len(sizes)
    } products on arrays of
32 × 32 and 16 × 64.

This machine, one thread, CPU clock ({", ".join(f"{s:.1f} s" for s in spent)} of CPU): {peaks}.

{table(["seed", "kind", "start", "of the peak", "of the bandwidth", *HEADS], machine_rows(machines))}

New shapes of all kinds together: {
        "; ".join(
            f"seed {seed}: error {percent(e.relative)}, Spearman {e.rank_correlation:.3f}" for seed, e in fresh.items()
        )
    }.
"""
    figures = [
        figure
        for name, kind, fitted, bare in errors
        if kind == "gemm"
        for figure in (
            Figure(
                f"hardware: matrix products on {name}, error", "≤ 12 %", percent(fitted.relative),
                fitted.relative <= 0.12, f"datasheet {percent(bare.relative)}",
            ),
            Figure(
                f"hardware: matrix products on {name}, Spearman", "≥ 0.99", f"{fitted.rank_correlation:.4f}",
                fitted.rank_correlation >= 0.99, f"datasheet {bare.rank_correlation:.4f}",
            ),
        )
    ]  # fmt: skip
    worst, layers_per_ms = min(error.rank_correlation for error in fresh.values()), speeds[1000]
    for name, target, found, reached in (
        ("published times of whole models, error", "≤ 20 %", percent(published.relative), published.relative <= 0.2),
        ("decoder layers per ms, 1,000 at once", "≥ 1,000", significant(layers_per_ms), layers_per_ms >= 1000),
        ("systolic cycles equal to stepping", f"= {2 * len(sizes)}", str(equal), equal == 2 * len(sizes)),
        ("this machine, Spearman on new shapes, the worse of two seeds", "≥ 0.97", f"{worst:.3f}", worst >= 0.97),
    ):
        figures.append(Figure(f"hardware: {name}", target, found, reached))
    write_section("hardware_costs.py", "Hardware costs", text, figures)


if __name__ == "__main__":
    report()
