"""Integers and reals: bounds, grids, and logarithms that are felt in samples and mutations."""

from __future__ import annotations

import math
import pickle
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inlay.spaces import Integer, OutsideSpace, Real, Replay, SpaceError


@pytest.mark.parametrize(
    "make",
    [
        lambda: Integer(5, 4),
        lambda: Integer(0, 4, step=0),
        lambda: Integer(0, 4, step=-1),
        lambda: Integer(1.5, 4),  # type: ignore[arg-type]
        lambda: Integer(1, 4.0),  # type: ignore[arg-type]
        lambda: Integer(False, 4),
        lambda: Integer(0, 4, log=True),
        lambda: Integer(1, 4, log=True, step=2),
        lambda: Integer(1, 10**400, log=True),
        lambda: Real(2, 1),
        lambda: Real(0, math.inf),
        lambda: Real(math.nan, 1),
        lambda: Real(-1e308, 1e308),
        lambda: Real(0, 1, log=True),
        lambda: Real(1, 2, log=True, step=0.1),
        lambda: Real(0, 1, step=0),
        lambda: Real(0, 1, step=-0.5),
        lambda: Real(0, 1, step=math.nan),
        lambda: Real(0, 1, step=math.inf),
        lambda: Real(0, 1e300, step=1e-300),
        lambda: Real(1e6, 1e6 + 1, step=1e-10),
        lambda: Real("a", 2),  # type: ignore[arg-type]
        lambda: Real(None, 2),  # type: ignore[arg-type]
    ],
)
def test_bounds_the_wrong_way_round_and_other_nonsense_are_refused(make: Any) -> None:
    with pytest.raises(SpaceError, match=r"(Integer|Real)\("):
        make()


def thirds(values: list[float], low: float, high: float) -> list[float]:
    """The shares of the values in the three thirds of a logarithmic range."""
    places = [math.log(value / low) / math.log(high / low) for value in values]
    return [sum(i / 3 <= place <= (i + 1) / 3 for place in places) / len(places) for i in range(3)]


@pytest.mark.parametrize("hole", [Real(1e-6, 1.0, log=True), Integer(1, 10**6, log=True)])
def test_logarithmic_numbers_are_sampled_and_mutated_in_log_space(hole: Any) -> None:
    rng = Random(0)
    drawn = [hole.sample(rng) for _ in range(3000)]
    assert all(abs(share - 1 / 3) < 0.06 for share in thirds(drawn, hole.low, hole.high))
    value, walked = hole.sample(rng), []
    for _ in range(6000):
        value = hole.mutate(value, rng)
        walked.append(value)
    assert all(abs(share - 1 / 3) < 0.08 for share in thirds(walked, hole.low, hole.high))
    middle = math.sqrt(hole.low * hole.high)
    steps = sorted(
        abs(math.log(hole.mutate(round(middle) if hole.low == 1 else middle, rng) / middle)) for _ in range(500)
    )
    assert 0.001 < steps[250] / math.log(hole.high / hole.low) < 0.3


@given(low=st.floats(-1e12, 1e12), width=st.floats(0, 1e12), seed=st.integers(0, 99))
@settings(deadline=None, derandomize=True, database=None, max_examples=60)
def test_samples_mutations_and_neighbors_of_reals_stay_inside(low: float, width: float, seed: int) -> None:
    hole, rng = Real(low, low + width), Random(seed)
    value = hole.sample(rng)
    assert hole.low <= value <= hole.high
    assert hole.decide(Replay(hole.trace(value))) == value
    if hole.low < hole.high:
        assert hole.low <= hole.mutate(value, rng) <= hole.high
    assert all(hole.contains(other) for other in hole.neighbors(value))


@given(low=st.floats(1e-300, 1e300), factor=st.floats(1, 1e6), seed=st.integers(0, 99))
@settings(deadline=None, derandomize=True, database=None, max_examples=60)
def test_the_same_holds_in_log_space(low: float, factor: float, seed: int) -> None:
    hole, rng = Real(low, low * factor, log=True), Random(seed)
    for value in (hole.sample(rng), hole.low, hole.high):
        assert hole.decide(Replay(hole.trace(value))) == value
        assert hole.low <= value <= hole.high
        if hole.low < hole.high:
            assert hole.low <= hole.mutate(value, rng) <= hole.high


def test_grids_read_as_they_are_written() -> None:
    assert list(Real(0, 0.5, step=0.1).enumerate()) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert list(Real(0, 1e-12, step=2.5e-13).enumerate()) == [0.0, 2.5e-13, 5e-13, 7.5e-13, 1e-12]
    assert list(Real(0, 1, step=0.3).enumerate()) == [0.0, 0.3, 0.6, 0.9]
    assert list(Integer(0, 7, step=3).enumerate()) == [0, 3, 6]
    assert Integer(0, 7, step=3).high == 6
    assert Real(0, 1, step=0.1).adopt(0.1 + 0.2) == 0.3
    assert not Real(0, 1, step=0.3).contains(1.0)


def test_neighbors_are_ordered_and_distinct() -> None:
    assert list(Integer(0, 9).neighbors(0)) == [1]
    assert list(Integer(0, 9).neighbors(5)) == [4, 6]
    assert list(Integer(0, 999).neighbors(500)) == [499, 501, 490, 510, 400, 600]
    assert list(Real(0, 1).neighbors(0.5)) == [0.4, 0.6, 0.49, 0.51, 0.499, 0.501]
    assert list(Real(0, 1, step=0.25).neighbors(1.0)) == [0.75]


def test_decisions_in_log_space_remember_their_number() -> None:
    for hole, value in ((Real(1e-3, 1e3, log=True), 0.1), (Integer(1, 10**18, log=True), 123456789012345678)):
        decisions = pickle.loads(pickle.dumps(hole.trace(value)))
        assert hole.decide(Replay(decisions)) == value
        assert decisions[0] == pytest.approx(math.log(value))


def test_a_decision_that_fits_no_question_is_refused() -> None:
    for decision in ("a", None, math.nan, 2.0, -1.0, [0.5]):
        with pytest.raises(OutsideSpace, match="decision of Real"):
            Real(0, 1).decide(Replay([decision]))  # type: ignore[list-item]
    for decision in ("a", None, 1.0, 5, -1):
        with pytest.raises(OutsideSpace, match="decision of Integer"):
            Integer(0, 4).decide(Replay([decision]))  # type: ignore[list-item]


def test_very_large_integers() -> None:
    hole, rng = Integer(0, 10**400), Random(0)
    value = hole.sample(rng)
    assert hole.contains(value)
    assert hole.mutate(value, rng) != value
    assert hole.size() == 10**400 + 1
