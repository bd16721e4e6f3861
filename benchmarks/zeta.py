"""Zeros of zeta: the cross-entropy search of the strip 10 < t < 100 with its controls, and small moduli as rare events.

    python benchmarks/zeta.py [seeds]

This is a numerical search in a finite box in double precision. It proves nothing about the Riemann hypothesis.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import process_time
from typing import Any

import mpmath
import numpy as np

from inlay.optimizers.argument_principle import zeta_zeros_below
from inlay.optimizers.zeta_function import zeta
from inlay.problems.formulas.zeta import (
    NO_PROOF,
    STRIP,
    Box,
    Planted,
    Zeros,
    ZeroSearch,
    crude_small_modulus,
    small_modulus,
    zero_study,
)
from inlay.search.rare_events import RareEvent

RIGHT = Box(0.6 + 10j, 1 + 100j)
PLANTED = Planted(0.8 + 30.3j)
WINDOW = Box(14j, 1 + 15j)
SMALL = 0.03


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call gives, and its CPU seconds."""
    start = process_time()
    found = call()
    return found, process_time() - start


def matches(found: Zeros, zeros: Any) -> bool:
    """Whether a search found exactly these zeros, to 1e-7."""
    return len(found.places) == len(zeros) and bool(np.abs(found.places - zeros).max(initial=0.0) < 1e-7)


def function() -> None:
    """The error of zeta and its time beside mpmath."""
    generator = np.random.default_rng(0)
    s = generator.random(2000) + 1j * generator.uniform(0, 99, 2000)
    ours, seconds = timed(lambda: zeta(s))
    exact, peer = timed(lambda: np.array([complex(mpmath.zeta(one)) for one in s]))
    print(f"zeta at 2,000 places with |t| < 99: error {np.abs(ours - exact).max():.1e}, {1e6 * seconds / 2000:.1f} us "
          f"each; mpmath {1e6 * peer / 2000:.0f} us")  # fmt: skip
    print(f"zeros below t = 100: {zeta_zeros_below(100)} by Backlund's formula, {mpmath.nzeros(100)} by mpmath")


def search(seeds: int) -> None:
    """All zeros of the strip, and the two controls."""
    zeros = [complex(mpmath.zetazero(i)) for i in range(1, 30)]
    print("search                  seed  found  exactly those  max |Re s - 1/2|   least |f|   evaluations      CPU")
    for seed in range(seeds):
        found, seconds = timed(lambda seed=seed: ZeroSearch().run(STRIP, seed))
        print(line("strip", seed, found, matches(found, zeros), seconds))
    for seed in range(seeds):
        found, seconds = timed(lambda seed=seed: ZeroSearch().run(RIGHT, seed))
        print(line("control without a zero", seed, found, matches(found, []), seconds))
    runs = [ZeroSearch().run(Box(0.6 + 25j, 1 + 35j), seed, PLANTED) for seed in range(20)]
    print(f"control with a planted zero: found by {sum(matches(run, [PLANTED.zero]) for run in runs)} of 20 seeds")


def line(name: str, seed: int, found: Zeros, exactly: bool, seconds: float) -> str:
    """One row of the table of searches."""
    return (f"{name:<22} {seed:>5} {len(found.places):>3}/{found.expected:<3} {exactly!s:>13} {found.farthest:>17.1e} "
            f"{found.least:>11.1e} {found.evaluations:>13,} {seconds:>6.2f} s")  # fmt: skip


def as_study() -> None:
    """One window as a study, and what a trial of it costs beside an evaluation of the search."""
    study, seconds = timed(lambda: zero_study(WINDOW))
    end, direct = timed(lambda: ZeroSearch().descend(WINDOW, np.random.default_rng(0)))
    place, trials = study.best.program, len(study.trials)
    print(f"one window as a study: sigma {place['sigma']:.7f}, t {place['t']:.7f} after {trials} trials, "
          f"{1e6 * seconds / trials:.0f} us each; directly {1e6 * direct / end.evaluations:.1f} us")  # fmt: skip


def rare_events() -> None:
    """P(|zeta| < gamma) by likelihood ratios and by crude Monte Carlo."""
    print("P(|zeta| < gamma)             probability   rel. error        samples       CPU")
    for gamma in (SMALL, 1e-3, 1e-6):
        event, seconds = timed(lambda gamma=gamma: small_modulus(gamma, WINDOW))
        print(event_line(f"cross-entropy {gamma:g}", event, seconds))
        if gamma == SMALL:
            crude, seconds = timed(lambda: crude_small_modulus(SMALL, WINDOW))
            print(event_line(f"crude Monte Carlo {gamma:g}", crude, seconds))
            apart = abs(event.probability - crude.probability) / np.hypot(event.standard_error, crude.standard_error)
            ratio = event.crude_samples / event.samples
            print(f"  {apart:.1f} standard errors apart; crude Monte Carlo needs {ratio:.0f} times as many samples")


def event_line(name: str, event: RareEvent, seconds: float) -> str:
    """One row of the table of probabilities."""
    return (f"{name:<28} {event.probability:.4e}   {100 * event.relative_error:6.2f} %   {event.samples:>12,}   "
            f"{seconds:7.2f} s")  # fmt: skip


def main(seeds: int) -> None:
    """Print everything."""
    print(NO_PROOF)
    function()
    search(seeds)
    as_study()
    rare_events()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
