"""The problem: which blocks of which layers to keep, and in which type of number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ....search import Outcome, Problem
from ....spaces import Choice
from ...instance_names import instance_name
from ..device_table import as_device
from ..devices import Device
from .block_kernel import vector_core
from .pruned_network import Misread, PrunedNetwork, RelativeError, as_plans
from .small_network import Layers, Samples, digits, random_layers, trained

#: Layers (outputs, inputs) are between these widths; the last is not pruned.
SIZES = (64, 256, 256, 128, 10)
BLOCKS = ("1x1", "2x1", "4x1", "8x1", "16x1", "1x4", "4x4")
DENSITIES = (1.0, 0.5, 0.3, 0.2, 0.1, 0.05)
DTYPES = ("fp32", "bf16", "int8")
#: Up to how many plans `best_known` is found by enumeration.
ENUMERATED = 2000
#: Published speed-ups of the kernels: over oneDNN's dense ones at most, and over DeepSparse. Quoted, not computed.
PUBLISHED_GAINS = {"oneDNN dense": 5.0, "DeepSparse": 1.5}
NETWORKS = ("digits", "random")


class PlanLoss:
    """Seconds and error of a plan; with `at_most` seconds alone, and an error above it violates the constraint."""

    def __init__(self, network: PrunedNetwork, at_most: float | None) -> None:
        self.network, self.at_most = network, at_most

    def __call__(self, value: Mapping[str, Any]) -> Outcome:
        plan = as_plans(value)
        seconds, error = self.network.seconds(*plan), self.network.error(*plan)
        if self.at_most is None:
            return Outcome({"seconds": seconds, "error": error})
        return Outcome({"seconds": seconds}, violations=(error - self.at_most,), feedback={"error": error})


class HeldOut:
    """The share of test samples that are misread."""

    def __init__(self, network: PrunedNetwork, samples: Samples) -> None:
        self.network, self.samples = network, samples

    def __call__(self, value: Mapping[str, Any]) -> Mapping[str, float]:
        return {"error": self.network.error(*as_plans(value), self.samples.x, Misread(self.samples))}


def sparse_cpu_problem(
    network: str = "digits",
    at_most: float | None = None,
    device: Device | str | None = None,
    blocks: Sequence[str] = BLOCKS,
    densities: Sequence[float] = DENSITIES,
    dtypes: Sequence[str] = DTYPES,
    seed: int = 0,
) -> Problem:
    """Prune and round the layers of a small network: modelled seconds on a processor, and error.

    One block shape for all layers, and for each a share of blocks and a type of number; 1 is a dense product. The
    network "digits" is trained on scikit-learn's digits, and its error is the share of samples misread; "random" has
    fixed heavy-tailed weights, and its error is that of its outputs. With `at_most` the error is a constraint, and
    `best_known` is given where the plans can be enumerated. The device is one core of `vector_core` where none is
    given. Published points are left out where the options do not hold them. Raises `MissingExtra` without
    scikit-learn for "digits", and `ValueError` for another network.

    >>> problem = sparse_cpu_problem("random", blocks=["4x1"], densities=[1.0, 0.1], dtypes=["int8"], at_most=0.9)
    >>> problem.members.size(), problem.best_known > 0, sorted(problem.published)
    (8, True, ['4x1 int8, 90 % sparse', 'dense int8'])

    Source: Shen et al., 2023, An Efficient Sparse Inference Software Accelerator for Transformer-based Language Models
    on CPUs, arXiv:2306.16601.
    Differs: pruned once, after training, and only the last layer is fitted anew, where the paper prunes while it trains
    on; times are modelled.
    """
    if network not in NETWORKS:
        raise ValueError(f"sparse_cpu_problem(network={network!r}): known are {', '.join(NETWORKS)}")
    machine = vector_core() if device is None else as_device(device)
    made, test = _digits_network(machine, seed) if network == "digits" else (_random_network(machine, seed), None)
    space = plan_space(made.planned, blocks, densities, dtypes)
    few = at_most is not None and len(blocks) * (len(densities) * len(dtypes)) ** made.planned <= ENUMERATED
    return Problem(
        instance_name(
            "hardware/sparse_cpu",
            network=(network, "digits"),
            at_most=(at_most, None),
            device=(machine.name, vector_core().name),
            blocks=(tuple(blocks), BLOCKS),
            densities=(tuple(densities), DENSITIES),
            dtypes=(tuple(dtypes), DTYPES),
            seed=(seed, 0),
        ),
        space,
        evaluate=PlanLoss(made, at_most),
        objectives={"seconds": "minimize"} | ({"error": "minimize"} if at_most is None else {}),
        published=published_plans(made.planned, blocks, densities, dtypes),
        best_known=least_seconds(made, at_most, blocks, densities, dtypes) if few and at_most is not None else None,
        held_out=None if test is None else HeldOut(made, test),
        source="Shen et al., 2023, arXiv:2306.16601",
    )


def plan_space(layers: int, blocks: Sequence[str], densities: Sequence[float], dtypes: Sequence[str]) -> dict[str, Any]:
    """All plans."""
    layer = {"density": Choice(*densities), "dtype": Choice(*dtypes)}
    return {"block": Choice(*blocks), "layers": [layer] * layers}


def published_plans(
    layers: int, blocks: Sequence[str], densities: Sequence[float], dtypes: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """4 x 1 blocks of int8 at two sparsities, and dense networks, as far as the options hold them."""
    named = {
        "4x1 int8, 90 % sparse": ("4x1", 0.1, "int8"),
        "4x1 int8, 80 % sparse": ("4x1", 0.2, "int8"),
        "dense int8": (blocks[0], 1.0, "int8"),
        "dense fp32": (blocks[0], 1.0, "fp32"),
    }
    return {
        name: {"block": block, "layers": [{"density": density, "dtype": dtype}] * layers}
        for name, (block, density, dtype) in named.items()
        if block in blocks and density in densities and dtype in dtypes
    }


def least_seconds(
    network: PrunedNetwork, at_most: float, blocks: Sequence[str], densities: Sequence[float], dtypes: Sequence[str]
) -> float | None:
    """The least seconds of all plans whose error is at most so much, by enumeration; None where there is none."""
    shapes = [as_plans({"block": block, "layers": []})[0] for block in blocks]
    fitting = [spent for spent, error in network.enumerated(shapes, densities, dtypes) if error <= at_most]
    return min(fitting, default=None)


def _digits_network(device: Device, seed: int) -> tuple[PrunedNetwork, Samples]:
    layers, train, search, test = _trained_on_digits(seed)
    return PrunedNetwork(layers, train.x, search.x, Misread(search), device), test


@lru_cache(maxsize=4)
def _trained_on_digits(seed: int) -> tuple[Layers, Samples, Samples, Samples]:
    """The network that reads digits, and the samples, which nobody changes."""
    train, search, test = digits(seed)
    return trained(random_layers(SIZES, seed), train, seed=seed), train, search, test


def _random_network(device: Device, seed: int) -> PrunedNetwork:
    layers = random_layers(SIZES, seed, tail=3.0)
    x = np.random.default_rng([seed, 1]).standard_normal((384, SIZES[0])).astype(np.float32)
    return PrunedNetwork(layers, x[:256], x[256:], RelativeError(layers.outputs(x[256:])), device)
