"""Codesign: a network searched inside the search for the machine that runs it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...search import Nested, Outcome, Problem, RegularizedEvolution, Strategy
from ...spaces import Choice, Integer, build, space
from .costs import estimate
from .devices import Device, Efficiency, Memory, SystolicArray
from .layers import decoder_layer
from .operators import Numbers

#: Square millimetres of a multiply-add cell with its registers, of a megabyte of SRAM, and of GB/s to DRAM, at 7 nm.
CELL, MEGABYTE, GIGABYTE_PER_SECOND = 6e-4, 0.45, 0.35
#: Square millimetres that there are.
AREA = 60.0
#: The clock in hertz.
CLOCK = 1e9
#: Parameters of layers that a network needs at least.
PARAMETERS = 60e6
#: Tokens of a prompt.
TOKENS = 128
#: What `least_latency` finds: seconds.
LEAST_LATENCY = 0.00130048

HARDWARE = {
    "rows": Choice(16, 32, 48, 64, 96, 128, 192, 256),
    "columns": Choice(16, 32, 48, 64, 96, 128, 192, 256),
    "megabytes": Choice(1, 2, 4, 8, 16, 32),
    "gigabytes_per_second": Choice(8, 16, 32, 64, 96, 128),
}
NETWORK = {"layers": Integer(4, 24), "width": Choice(256, 384, 512, 768, 1024, 1280), "ratio": Choice(2, 3, 4, 6)}


def area(machine: dict[str, Any]) -> float:
    """Square millimetres of a machine: cells, SRAM and the interface to DRAM.

    >>> round(area({"rows": 64, "columns": 64, "megabytes": 8, "gigabytes_per_second": 32}), 2)
    17.26
    """
    cells = machine["rows"] * machine["columns"] * CELL
    memory: float = machine["megabytes"] * MEGABYTE + machine["gigabytes_per_second"] * GIGABYTE_PER_SECOND
    return float(cells + memory)


def made_device(machine: dict[str, Any]) -> Device:
    """The device: one systolic array of int8 cells, SRAM and DRAM."""
    array = SystolicArray(machine["rows"], machine["columns"], 1, CLOCK)
    return Device(
        f"{array.rows} x {array.columns}",
        peak={"int8": 2 * array.rows * array.columns * CLOCK},
        memory=(
            Memory("sram", machine["megabytes"] * 1e6, 4 * (array.rows + array.columns) * CLOCK, 1e-12),
            Memory("dram", 8e9, machine["gigabytes_per_second"] * 1e9, 1.6e-10),
        ),
        otherwise=Efficiency(start=1e-6, compute=0.9, stream=0.8),
        energy={"int8": 0.4e-12},
        power=0.1 + 0.01 * area(machine),
        array=array,
    )


def parameters(layers: Numbers, width: Numbers, ratio: Numbers) -> Numbers:
    """The weights of all layers: four matrices of attention and three of the feed-forward part."""
    return layers * (4 + 3 * ratio) * width**2


def latencies(device: Device, networks: list[dict[str, Any]]) -> list[Outcome]:
    """Seconds that a prompt takes; a network of too few parameters violates the constraint by their shortage."""
    layers, width, ratio = (np.array([network[name] for network in networks], float) for name in NETWORK)
    layer = decoder_layer(TOKENS, TOKENS, width, width // 64, ratio * width, dtype="int8")
    seconds = layers * estimate(layer, device).time
    shortage = 1.0 - parameters(layers, width, ratio) / PARAMETERS
    pairs = zip(seconds.tolist(), np.asarray(shortage).tolist(), strict=True)
    return [Outcome({"latency": time}, violations=(missing,)) for time, missing in pairs]


def network_problem(machine: dict[str, Any]) -> Problem:
    """The inner problem: the network of enough parameters that runs fastest on a machine."""
    return Problem(
        "network",
        NETWORK,
        evaluate_many=partial(latencies, made_device(machine)),
        objectives={"latency": "minimize"},
        published={"twelve layers of 768": {"layers": 12, "width": 768, "ratio": 4}},
    )


def least_latency() -> float:
    """The least latency of any network on any machine that is small enough, by trying all of both."""
    networks = [build(network) for network in space(NETWORK).enumerate()]
    least = np.inf
    for machine in map(build, space(HARDWARE).enumerate()):
        if area(machine) <= AREA:
            found = latencies(made_device(machine), networks)
            least = min(least, *(each.objectives["latency"] for each in found if each.violations[0] <= 0))
    return float(least)


class _Designed:
    """The latency of the best network on a machine; a machine that is too large violates the constraint."""

    def __init__(self, strategy: Strategy, trials: int) -> None:
        self.nested = Nested(network_problem, strategy, trials)

    def __call__(self, machine: dict[str, Any]) -> Outcome:
        found = self.nested(machine)
        return Outcome(found.objectives, (*found.violations, area(machine) / AREA - 1.0), found.cost, found.feedback)


def codesign_problem(strategy: Strategy | None = None, trials: int = 60) -> Problem:
    """The machine within `AREA` on which the best network that `strategy` finds within `trials` is fastest.

    The feedback of a trial holds that network. Areas are rough: they make cells, memory and bandwidth compete.

    >>> outcome = codesign_problem(trials=20).evaluate(
    ...     {"rows": 64, "columns": 64, "megabytes": 8, "gigabytes_per_second": 32})
    >>> sorted(outcome.feedback["program"]), outcome.violations[-1] < 0
    (['layers', 'ratio', 'width'], True)
    """
    inner = RegularizedEvolution(population=15, tournament=5) if strategy is None else strategy
    return Problem(
        "hardware/codesign",
        HARDWARE,
        _Designed(inner, trials),
        objectives={"latency": "minimize"},
        published={
            "square": {"rows": 128, "columns": 128, "megabytes": 8, "gigabytes_per_second": 64},
            "edge": {"rows": 64, "columns": 64, "megabytes": 8, "gigabytes_per_second": 16},
        },
        best_known=LEAST_LATENCY,
        source="hardware and network searched together, as in Zhou et al., 2021, arXiv:2102.08619",
    )
