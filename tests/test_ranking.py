"""Ranks with ties, and bootstrap intervals of medians."""

import math
from random import Random

import numpy as np
import pytest
from scipy.stats import rankdata

from inlay.search.bootstrap import Interval, median_interval
from inlay.search.ranking import average_ranks, mean_ranks


def test_ranks_agree_with_those_of_scipy() -> None:
    rng = Random(0)
    for _ in range(50):
        losses = [rng.choice((0.0, 1.0, 2.5, math.inf, rng.random())) for _ in range(rng.randint(1, 9))]
        assert average_ranks(losses) == rankdata(losses, method="average").tolist()


def test_ties_share_their_ranks() -> None:
    assert average_ranks([3.0, 1.0, 3.0, 3.0]) == [3.0, 1.0, 3.0, 3.0]
    assert average_ranks([]) == []


def test_mean_ranks_are_over_the_blocks_in_which_a_name_is() -> None:
    assert mean_ranks([{"a": 1, "b": 2, "c": 2}, {"b": 1, "a": 3}]) == {"a": 1.5, "b": 1.75, "c": 2.5}
    assert mean_ranks([]) == {}


def test_one_value_is_its_own_interval() -> None:
    assert median_interval([4.0]) == Interval(4.0, 4.0, 4.0)
    assert median_interval([math.inf]) == Interval(math.inf, math.inf, math.inf)


def test_the_interval_is_that_of_the_exact_distribution() -> None:
    """The median of 3 draws from 1, 2, 3 is 1 with probability 7/27, 2 with 13/27, 3 with 7/27."""
    assert median_interval([1.0, 2.0, 3.0], confidence=0.6) == Interval(2.0, 1.0, 3.0)  # 0.2 is below 7/27
    assert median_interval([1.0, 2.0, 3.0], confidence=0.35) == Interval(2.0, 2.0, 2.0)  # and 0.325 above it


def test_the_interval_covers_the_true_median_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    found = [median_interval(rng.normal(size=21), samples=400, seed=i) for i in range(300)]
    covered = sum(interval.low <= 0 <= interval.high for interval in found) / len(found)
    assert 0.9 <= covered <= 0.99


def test_the_same_seed_gives_the_same_interval_and_misses_are_allowed() -> None:
    values = [1.0, 2.0, 3.0, 9.0, math.inf, math.inf]
    assert median_interval(values, seed=3) == median_interval(values, seed=3)
    assert median_interval(values).median == 6.0
    assert median_interval(values).high == math.inf
    assert not math.isnan(median_interval(values).low)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        median_interval([])
    with pytest.raises(ValueError, match="between 0 and 1"):
        median_interval([1.0], confidence=1.0)
