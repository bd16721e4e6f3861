"""Sub-batch interleaving as a schedule of tasks: the NPU, and each channel, serve two sub-batches in turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..schedules import Floats, Schedule, Task


def interleaved_schedule(npu: Sequence[Any], pim: Sequence[Any], layers: int) -> Schedule:
    """The tasks of `layers` layers: of each sub-batch its products, and then its attention on every channel.

    `npu` holds seconds of each sub-batch, and `pim` those on each channel; numbers or arrays, (plans,). A product
    waits for the attention of the same sub-batch in the layer before. From layer to layer the seconds of a long
    schedule become those of `overlapped`. Raises `BadSchedule` for no layers.

    >>> schedule = interleaved_schedule([3.0, 3.0], [[2.0], [2.0]], layers=4)
    >>> len(schedule.tasks), schedule.times().makespan.tolist()
    (16, [26.0])
    """
    tasks = [
        task for layer in range(layers) for batch in (0, 1) for task in _layer(layer, batch, npu[batch], pim[batch])
    ]
    return Schedule(tasks, streams=("compute", *[f"channel {c}" for c in range(len(pim[0]))]))


def _layer(layer: int, batch: int, products: Any, attention: Sequence[Any]) -> list[Task]:
    """The tasks of one layer of one sub-batch."""
    name = f"products of {'first' if batch == 0 else 'second'} {layer}"
    before = tuple(_attention(layer - 1, batch, c) for c in range(len(attention))) if layer else ()
    channels = [
        Task(_attention(layer, batch, c), f"channel {c}", spent, after=(name,)) for c, spent in enumerate(attention)
    ]
    return [Task(name, "compute", products, after=before), *channels]


def _attention(layer: int, batch: int, channel: int) -> str:
    return f"attention of {'first' if batch == 0 else 'second'} on {channel} in {layer}"


def layer_seconds_of(schedule_ends: Floats, layers: int) -> Floats:
    """Seconds from layer to layer in the latter half of a schedule whose tasks end at these times, (plans,)."""
    last = schedule_ends.reshape(layers, -1, schedule_ends.shape[-1]).max(axis=1)
    half = layers // 2
    return np.asarray((last[-1] - last[half - 1]) / (layers - half))
