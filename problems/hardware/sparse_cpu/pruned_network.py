"""A network with pruned, rounded layers: the seconds that its products take on a device, and how wrong it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product as pairs
from typing import Any, NamedTuple

import numpy as np

from ..costs import estimate
from ..devices import Device
from ..operators import Gemm
from .block_kernel import BlockSpMM
from .block_packing import padded_numbers, width
from .block_pruning import Block, kept_blocks, pruned
from .rounding import product
from .small_network import Floats, Layers, Samples

#: How wrong outputs (samples, outputs) are.
Wrong = Callable[[Floats], float]
#: The ridge, relative to the mean square of what the last layer is given.
RIDGE = 1e-3


class LayerPlan(NamedTuple):
    """The share of blocks that is kept, 1 for a dense layer, and the type of its numbers."""

    density: float
    dtype: str


class Misread:
    """The share of samples whose largest output is not that of their class."""

    def __init__(self, samples: Samples) -> None:
        self.classes = samples.y

    def __call__(self, outputs: Floats) -> float:
        return float(np.mean(outputs.argmax(axis=1) != self.classes))


class RelativeError:
    """The norm of the difference from the outputs of the whole network, relative to their norm."""

    def __init__(self, whole: Floats) -> None:
        self.whole = whole

    def __call__(self, outputs: Floats) -> float:
        return float(np.linalg.norm(outputs - self.whole) / np.linalg.norm(self.whole))


class PrunedNetwork:
    """What plans for the layers of a network make of it; the last layer stays dense, in fp32.

    seconds are the modelled ones of all products for `batch` inputs, the last layer's too; a layer of density 1 is a
    dense product. After pruning only the last layer is fitted anew: by ridge regression, with `RIDGE` of the mean
    square of its inputs, to the outputs of the whole network for `fitted` (samples, inputs). `wrong` judges the
    outputs for `x`.
    """

    def __init__(
        self, layers: Layers, fitted: Floats, x: Floats, wrong: Wrong, device: Device, batch: int = 256
    ) -> None:
        self.layers, self.fitted, self.wrong, self.device, self.batch = layers, fitted, wrong, device, batch
        self.x, self.targets = np.concatenate([fitted, x]), layers.outputs(fitted)
        outputs, inputs = layers.weights[-1].shape
        self.last = self._estimated(Gemm(outputs, inputs, batch, dtype="fp32"))
        self._weights: dict[Any, Floats] = {}
        self._seconds: dict[Any, float] = {}

    @property
    def planned(self) -> int:
        """How many layers are planned for: all but the last."""
        return len(self.layers.weights) - 1

    def seconds(self, block: Block, plans: Sequence[LayerPlan]) -> float:
        """Seconds of all products."""
        return self.last + sum(self.layer_seconds(i, block, plan) for i, plan in enumerate(plans))

    def layer_seconds(self, i: int, block: Block, plan: LayerPlan) -> float:
        """Seconds of the product of layer i."""
        key = (i, block, plan)
        if key not in self._seconds:
            (m, k), dtype = self.layers.weights[i].shape, plan.dtype
            if plan.density == 1:
                self._seconds[key] = self._estimated(Gemm(m, k, self.batch, dtype=dtype))
            else:
                kept = kept_blocks(self.layers.weights[i], block, plan.density)
                padded = padded_numbers(kept, block, width(dtype))
                self._seconds[key] = self._estimated(BlockSpMM(m, k, self.batch, padded, block[0], dtype))
        return self._seconds[key]

    def _estimated(self, operator: Gemm | BlockSpMM) -> float:
        return float(estimate(operator, self.device).time[0])

    def error(
        self, block: Block, plans: Sequence[LayerPlan], x: Floats | None = None, wrong: Wrong | None = None
    ) -> float:
        """How wrong the network is with these plans, on its own inputs or on others."""
        given = self.x if x is None else np.concatenate([self.fitted, x])
        for i, plan in enumerate(plans):
            given = self._after(i, block, plan, given)
        return (wrong or self.wrong)(self._outputs(given))

    def _after(self, i: int, block: Block, plan: LayerPlan, x: Floats) -> Floats:
        key = (i, block, plan.density)
        if key not in self._weights:
            self._weights[key] = pruned(self.layers.weights[i], block, plan.density)
        after: Floats = np.maximum(product(self._weights[key], x, plan.dtype) + self.layers.biases[i], 0)
        return after

    def _outputs(self, given: Floats) -> Floats:
        """The outputs for the samples that are not fitted to, of a last layer that is fitted to the others."""
        n = len(self.fitted)
        known = np.column_stack([given, np.ones(len(given), dtype=given.dtype)]).astype(np.float64)
        a, b = known[:n], known[n:]
        squares = a.T @ a
        squares.flat[:: len(squares) + 1] += RIDGE * squares.trace() / len(squares)
        outputs: Floats = (b @ np.linalg.solve(squares, a.T @ self.targets)).astype(np.float32)
        return outputs

    def enumerated(
        self, blocks: Sequence[Block], densities: Sequence[float], dtypes: Sequence[str]
    ) -> Iterator[tuple[float, float]]:
        """Seconds and error of all plans; what the first layers make of the inputs is computed once."""
        plans = [LayerPlan(*pair) for pair in pairs(densities, dtypes)]
        for block in blocks:
            yield from self._deeper(0, block, plans, self.x, self.last)

    def _deeper(
        self, i: int, block: Block, plans: Sequence[LayerPlan], x: Floats, spent: float
    ) -> Iterator[tuple[float, float]]:
        if i == self.planned:
            yield spent, self.wrong(self._outputs(x))
            return
        for plan in plans:
            after = self._after(i, block, plan, x)
            yield from self._deeper(i + 1, block, plans, after, spent + self.layer_seconds(i, block, plan))


def as_plans(value: Mapping[str, Any]) -> tuple[Block, list[LayerPlan]]:
    """A built member of the space as a block and plans.

    >>> as_plans({"block": "4x1", "layers": [{"density": 0.1, "dtype": "int8"}]})
    ((4, 1), [LayerPlan(density=0.1, dtype='int8')])
    """
    rows, _, columns = value["block"].partition("x")
    return (int(rows), int(columns)), [LayerPlan(**layer) for layer in value["layers"]]
