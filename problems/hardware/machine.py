"""This machine as a device: measured by one thread and its own CPU clock, fitted, and checked on shapes held out."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from ..catalog import MissingExtra
from .calibration import Measured, error, fit
from .candidates import together
from .costs import operator_cost
from .devices import Device, Error, Memory
from .machine_kernels import MACHINE_KERNELS, Kernel

#: Shapes of each kind that are fitted to, and that are held out.
FITTED, HELD_OUT = 40, 5
#: How often all shapes of a kind are measured, one after the other.
ROUNDS = 3
#: Working sets in bytes: within every cache, beyond every cache, and between, where its edge is looked for.
SMALL, LARGE = 1e6, 256e6
BETWEEN = tuple(float(2 ** (i / 2) * 1e6) for i in range(2, 15))
#: Numbers in one lane of the vector units; a compute share of kinds without lanes counts against it.
LANES = 16
DTYPES: dict[str, Any] = {"fp32": np.float32, "fp64": np.float64}

Watch = Callable[[str, int, int], None]


def measure_machine(seed: int = 0, seconds: float = 20.0, watch: Watch | None = None) -> Device:
    """This machine, run by one thread: peaks, cache and memory, and what 7 kinds of operators reach.

    Times are of the thread's CPU clock, the least of several calls, of shapes drawn with `seed`; `seconds` of CPU are
    spent on them at most, about. The error of each kind is measured on `HELD_OUT` shapes that the fit never saw.
    `watch` is called with what has been measured, how much is done, and of how much. Raises `MissingExtra` without
    SciPy and threadpoolctl, `ValueError` for seconds that are not positive.
    """
    if not seconds > 0:
        raise ValueError(f"measure_machine(seconds={seconds}): give it a positive number of seconds")
    with one_thread():
        machine = bare_machine(seconds / 5)
        return calibrated_machine(machine, seed, seconds * 4 / 5, watch)


def machine_error(machine: Device, seed: int, seconds: float = 5.0) -> Error:
    """How far estimates for a measured machine are from `HELD_OUT` new shapes of each kind, all kinds together; for no
    seed are they shapes that `measure_machine` draws. Raises `MissingExtra` as that does."""
    with one_thread():
        rng, share = np.random.default_rng([seed, 1]), seconds / (HELD_OUT * len(MACHINE_KERNELS))
        kernels = [make(rng) for make in MACHINE_KERNELS.values() for _ in range(HELD_OUT)]
        measured = rounds_of(kernels, share)
    return error([np.max(operator_cost(kernel.operator, machine).seconds) for kernel in kernels], measured)


def one_thread() -> AbstractContextManager[Any]:
    """Holds the libraries that compute to one thread; raises `MissingExtra` without threadpoolctl and SciPy."""
    try:
        import scipy.sparse  # noqa: F401
        import threadpoolctl
    except ImportError as error:
        raise MissingExtra(
            f"measuring this machine needs {error.name}; install it with: pip install 'inlay[sklearn]'"
        ) from None
    limits: AbstractContextManager[Any] = threadpoolctl.threadpool_limits(1)
    return limits


def least_seconds(run: Callable[[], Any], at_most: float, repeats: int = 7) -> float:
    """CPU seconds of a call: the least of several means, each over calls of at least a fifth of a millisecond."""
    run()
    began, calls, least, done = time.thread_time(), 1, np.inf, 0
    while done < repeats and (done == 0 or time.thread_time() - began < at_most):
        start = time.thread_time()
        for _ in range(calls):
            run()
        spent = time.thread_time() - start
        if spent < 2e-4:  # too short for the clock: more calls, and nothing is counted
            calls = max(2 * calls, round(calls * 2.5e-4 / max(spent, 1e-8)))
            continue
        least, done = min(least, spent / calls), done + 1
    return least


def bare_machine(seconds: float) -> Device:
    """Peaks by type of number and bandwidths, without what any kind reaches."""
    share = seconds / (2 + len(DTYPES) + len(BETWEEN))
    return Device(
        "this machine",
        peak={dtype: _peak(number, share) for dtype, number in DTYPES.items()},
        memory=_levels(share),
        lanes=LANES,
        warm=True,
        source=f"measured by one thread with NumPy {np.__version__} on {platform.machine()}",
    )


def _levels(share: float) -> tuple[Memory, ...]:
    """The cache, its edge, in which only a part of a working set is found, where there is one, and the memory.

    The cache ends where copying falls below four fifths of its bandwidth, the edge where it falls below the geometric
    mean of cache and memory, which is its bandwidth.
    """
    near, far = copy_bandwidth(SMALL, share), copy_bandwidth(LARGE, share)
    middle = float(np.sqrt(near * far))
    ends = {0.8 * near: SMALL, middle: SMALL}
    for size in BETWEEN:
        reached = copy_bandwidth(size, share)
        ends = {least: size if reached >= least else end for least, end in ends.items()}
        if reached < min(ends):
            break
    cache, edge = (Memory("cache", ends[0.8 * near], near), Memory("edge", ends[middle], middle))
    dram = Memory("dram", _bytes_of_memory(), far)
    return (cache, edge, dram) if edge.capacity > cache.capacity else (cache, dram)


def copy_bandwidth(size: float, seconds: float) -> float:
    """Bytes per second, read and written, of copying within a working set of so many bytes."""
    source = np.ones(int(size / 8), np.float32)
    target = np.zeros_like(source)
    return 2 * source.nbytes / least_seconds(lambda: np.copyto(target, source), seconds)


def _peak(number: Any, seconds: float) -> float:
    """Operations per second of a product of square matrices that fit into the cache."""
    a, b = (np.full((512, 512), 0.5, number) for _ in range(2))
    c = np.empty_like(a)
    return 2 * 512.0**3 / least_seconds(lambda: np.matmul(a, b, out=c), seconds)


def _bytes_of_memory() -> float:
    try:
        return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # where the system does not tell
        return 8e9


def calibrated_machine(machine: Device, seed: int, seconds: float, watch: Watch | None = None) -> Device:
    """The machine with what each kind was measured to reach."""
    rng, share = np.random.default_rng([seed, 0]), seconds / ((FITTED + HELD_OUT) * len(MACHINE_KERNELS))
    for i, (kind, make) in enumerate(MACHINE_KERNELS.items()):
        fitted = _measured([make(rng) for _ in range(FITTED)], share)
        machine = fit(machine, [fitted], [_measured([make(rng) for _ in range(HELD_OUT)], share)])
        if watch is not None:
            watch(kind, i + 1, len(MACHINE_KERNELS))
    return machine


def _measured(kernels: Sequence[Kernel], share: float) -> Measured:
    return Measured(together([kernel.operator for kernel in kernels]), rounds_of(kernels, share))


def rounds_of(kernels: Sequence[Kernel], share: float) -> Any:
    """CPU seconds of each kernel, the least of `ROUNDS` over all: others do not disturb the same one in each."""
    return np.min([[least_seconds(kernel.run, share / ROUNDS) for kernel in kernels] for _ in range(ROUNDS)], axis=0)
