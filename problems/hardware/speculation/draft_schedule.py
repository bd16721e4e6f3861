"""The schedule of a drafted token: which device does what, and when, where layers of a group share the devices."""

from __future__ import annotations

from collections.abc import Sequence

from ..costs import estimate
from ..devices import Device
from ..language_models import LanguageModel
from ..operators import Gemm
from ..schedules import Schedule, Task
from .draft_time import attention_part, feed_forward_part, group_prices, sharing


def draft_tasks(
    size: LanguageModel, groups: Sequence[int], devices: int, device: Device | str, context: int = 1024
) -> list[Task]:
    """The tasks of a pass of one token through layers in these groups.

    The attention of a layer runs on its share of the devices, layers of a group side by side or by turns; the exchange
    waits for all of them; then every feed-forward part runs on all devices, and its exchange follows.
    """
    prices = group_prices(size, devices, device, context)
    feed_forward = float(estimate(feed_forward_part(size, 1, devices), device).time[0])
    tasks: list[Task] = []
    ended: tuple[str, ...] = ()
    for number, group in enumerate(groups):
        share = int(sharing(group, devices)[0])
        seconds = float(estimate(attention_part(size, 1, context, share), device).time[0])
        attention = [
            Task(f"attention {number}.{layer} on {place}", f"device {place}", seconds, ended)
            for layer in range(group)
            for place in ((layer * share + part) % devices for part in range(share))
        ]
        tasks += [*attention, _exchange(f"gather {number}", prices.exchange[group - 1], attention)]
        for layer in range(group):
            parts = [
                Task(f"mlp {number}.{layer} on {place}", f"device {place}", feed_forward, (tasks[-1].name,))
                for place in range(devices)
            ]
            tasks += [*parts, _exchange(f"sum {number}.{layer}", prices.exchange[0], parts)]
        ended = (tasks[-1].name,)
    output = float(estimate(Gemm(1, size.width, size.vocabulary / devices), device).time[0])
    return [*tasks, Task("output", "device 0", output, ended)]


def _exchange(name: str, seconds: float, of: Sequence[Task]) -> Task:
    return Task(name, "link", float(seconds), tuple(task.name for task in of))


def draft_seconds(
    size: LanguageModel, groups: Sequence[int], devices: int, device: Device | str, context: int = 1024
) -> float:
    """When the last task of such a pass ends."""
    streams = [*(f"device {place}" for place in range(devices)), "link"]
    return float(Schedule(draft_tasks(size, groups, devices, device, context), streams).times().makespan[0])
