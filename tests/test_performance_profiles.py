"""Performance profiles and their score: the closed form against the integral that defines it."""

import math
from random import Random

import numpy as np
import pytest

from inlay.search.performance_profiles import profile_score, share_within, slowdowns

TIMES = {"a": [10.0, 40.0, math.inf], "b": [12.0, 30.0, 20.0], "c": [11.0, 60.0, 60.0]}


def integral(ratios: list[float], slowest: float = 4.0, steps: int = 30_000) -> float:
    """The area under the profile from 1 to `slowest` by the midpoint rule, in shares of the largest area."""
    middles = 1 + (slowest - 1) * (np.arange(steps) + 0.5) / steps
    return float(np.mean([share_within(ratios, tau) for tau in middles]))


def test_the_closed_form_is_the_integral() -> None:
    ratios = slowdowns(TIMES)
    for name, stated in {"a": 0.62963, "b": 0.97778, "c": 0.65556}.items():
        assert profile_score(ratios[name]) == pytest.approx(stated, abs=5e-6)
        assert integral(ratios[name]) == pytest.approx(stated, abs=1e-4)


@pytest.mark.parametrize("slowest", [2.0, 4.0, 9.0])
def test_the_closed_form_is_the_integral_for_any_times(slowest: float) -> None:
    rng = Random(int(slowest))
    times = {name: [rng.choice((1.0, 2.5, 7.0, math.inf)) for _ in range(6)] for name in "abcd"}
    for ratios in slowdowns(times).values():
        assert profile_score(ratios, slowest) == pytest.approx(integral(ratios, slowest, 6000), abs=1e-3)


def test_the_fastest_everywhere_scores_one_and_four_times_slower_nothing() -> None:
    ratios = slowdowns({"fast": [5.0, 7.0], "slow": [20.0, 28.0], "lost": [math.inf, math.inf]})
    assert {name: profile_score(row) for name, row in ratios.items()} == {"fast": 1.0, "slow": 0.0, "lost": 0.0}


def test_a_target_that_all_miss_is_a_miss_for_all() -> None:
    assert slowdowns({"a": [math.inf, 1.0], "b": [math.inf, 3.0]}) == {"a": [math.inf, 1.0], "b": [math.inf, 3.0]}


def test_shares_count_the_edge() -> None:
    assert [share_within([1.0, 1.5, math.inf, 3.0], tau) for tau in (0.9, 1.0, 1.5, 3.0, 1e9)] == [
        0,
        0.25,
        0.5,
        0.75,
        0.75,
    ]


def test_times_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        slowdowns({"a": [0.0]})
    with pytest.raises(ValueError, match="positive"):
        slowdowns({"a": [math.nan]})
    with pytest.raises(ValueError, match="every problem"):
        slowdowns({"a": [1.0], "b": [1.0, 2.0]})
    with pytest.raises(ValueError, match="above 1"):
        profile_score([1.0], slowest=1.0)
