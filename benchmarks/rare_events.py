"""Rare events: the cross-entropy method against crude Monte Carlo on the shortest path through a bridge.

    python benchmarks/rare_events.py [crude samples]

Five links of exponential length form a bridge; the event is that the shortest path from end to end is longer than 2.
"""

from __future__ import annotations

import sys
from time import process_time

import numpy as np

from inlay.search.rare_events import Exponentials, RareEvent, Vector, rare_event, sampled

MEANS = np.array([0.25, 0.4, 0.1, 0.3, 0.2])
LEVEL = 2.0


def shortest_path(x: Vector) -> Vector:
    """The shortest of the four paths through the bridge; `x` has shape (n, 5)."""
    paths = (x[:, 0] + x[:, 3], x[:, 0] + x[:, 2] + x[:, 4], x[:, 1] + x[:, 2] + x[:, 3], x[:, 1] + x[:, 4])
    return np.asarray(np.minimum.reduce(paths))


def line(name: str, event: RareEvent, seconds: float) -> str:
    """One row of the table."""
    return (f"{name:<22} {event.probability:.4e}   {100 * event.relative_error:6.2f} %   {event.samples:>12,}   "
            f"{seconds:7.2f} s")  # fmt: skip


def main(crude_samples: int) -> None:
    """Estimate the probability both ways and print them."""
    family = Exponentials(MEANS)
    start = process_time()
    event = rare_event(shortest_path, family, LEVEL, population=1000, samples=100_000, seed=0)
    middle = process_time()
    crude = sampled(shortest_path, family, LEVEL, crude_samples, np.random.default_rng(1))
    print("method                  probability   rel. error        samples       CPU")
    print(line("cross-entropy", event, middle - start))
    print(line("crude Monte Carlo", crude, process_time() - middle))
    apart = abs(event.probability - crude.probability) / np.hypot(event.standard_error, crude.standard_error)
    print(f"rounds: {len(event.levels)}, levels {', '.join(f'{level:.3f}' for level in event.levels)}")
    print(f"difference: {apart:.2f} standard errors")
    ratio = event.crude_samples / event.samples
    print(f"crude Monte Carlo needs {event.crude_samples:.3g} samples for that error: {ratio:.0f} times as many")


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000)
