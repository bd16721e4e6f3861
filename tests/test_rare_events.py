"""Rare events: exact probabilities, the bridge of the literature, and the parts by hand."""

import math

import numpy as np
import pytest

from inlay.search.rare_events import (
    Bernoullis,
    Exponentials,
    Gaussians,
    Vector,
    likelihood_ratio,
    rare_event,
    sampled,
)

BRIDGE = Exponentials(np.array([0.25, 0.4, 0.1, 0.3, 0.2]))
PUBLISHED = 1.34e-5  # de Boer et al. 2005, at a relative error of 3 %


def shortest_path(x: Vector) -> Vector:
    paths = (x[:, 0] + x[:, 3], x[:, 0] + x[:, 2] + x[:, 4], x[:, 1] + x[:, 2] + x[:, 3], x[:, 1] + x[:, 4])
    return np.asarray(np.minimum.reduce(paths))


def test_the_bridge_needs_a_fiftieth_of_the_samples_of_crude_monte_carlo() -> None:
    event = rare_event(shortest_path, BRIDGE, 2.0, population=1000, samples=100_000)
    crude = sampled(shortest_path, BRIDGE, 2.0, 4_000_000, np.random.default_rng(1))
    assert event.samples <= 1.1e5
    assert event.relative_error <= 0.05
    assert event.crude_samples >= 50 * event.samples
    for other, error in ((crude.probability, crude.standard_error), (PUBLISHED, 0.03 * PUBLISHED)):
        assert abs(event.probability - other) < 3 * math.hypot(event.standard_error, error)


def test_the_stated_error_is_the_real_one() -> None:
    """The sum of four exponentials of mean 1 exceeds 20 with probability exp(-20) (1 + 20 + 200 + 8000 / 6)."""
    exact = math.exp(-20) * (1 + 20 + 200 + 8000 / 6)
    family = Exponentials(np.ones(4))
    events = [
        rare_event(lambda x: x.sum(axis=1), family, 20.0, population=400, samples=4000, seed=seed) for seed in range(20)
    ]
    errors = [(event.probability - exact) / event.standard_error for event in events]
    assert 0.5 < np.sqrt(np.mean(np.square(errors))) < 1.6
    assert max(event.relative_error for event in events) < 0.15


def test_many_ones_are_found_as_often_as_the_binomial_says() -> None:
    exact = sum(math.comb(30, k) for k in range(27, 31)) / 2**30
    coins = Bernoullis(np.full(30, 0.5))
    event = rare_event(lambda x: x.sum(axis=1), coins, 27.0, population=1000, samples=20_000)
    assert abs(event.probability - exact) < 4 * event.standard_error < 0.4 * exact


def test_levels_rise_to_the_level_and_no_further() -> None:
    event = rare_event(lambda x: x[:, 0], Gaussians(np.zeros(1), np.ones(1)), 5.0, samples=1000)
    assert list(event.levels) == sorted(event.levels)
    assert event.levels[-1] == 5.0
    assert 3.5 < event.proposal.means[0] < 5.5  # the best mean is about the level


def test_the_likelihood_ratio_by_hand() -> None:
    x = np.array([[2.0, 1.0]])
    found = likelihood_ratio(Exponentials(np.array([1.0, 2.0])), Exponentials(np.array([4.0, 2.0])), x)
    assert found == pytest.approx([math.exp(-2) / (math.exp(-0.5) / 4)])
    coins = likelihood_ratio(Bernoullis(np.array([0.5, 0.5])), Bernoullis(np.array([0.8, 0.1])), np.array([[1.0, 0.0]]))
    assert coins == pytest.approx([0.25 / 0.72])
    bells = likelihood_ratio(Gaussians(np.zeros(1), np.ones(1)), Gaussians(np.ones(1), np.ones(1)), np.array([[2.0]]))
    assert bells == pytest.approx([math.exp(-1.5)])


def test_the_fit_is_the_weighted_mean_and_smoothing_goes_part_of_the_way() -> None:
    x, weights = np.array([[1.0, 0.0], [4.0, 1.0]]), np.array([2.0, 1.0])
    assert BRIDGE.fitted(x + 1, weights).means == pytest.approx([3.0, 4 / 3])
    assert Bernoullis(np.array([0.5, 0.5])).fitted(x[:, 1:], weights).chances == pytest.approx([1 / 3])
    moved = Exponentials(np.array([1.0])).towards(Exponentials(np.array([3.0])), 0.25)
    assert moved.means == pytest.approx([1.5])


def test_the_same_seed_gives_the_same_estimate() -> None:
    one, same, other = (rare_event(shortest_path, BRIDGE, 1.0, samples=1000, seed=seed) for seed in (1, 1, 2))
    assert one.probability == same.probability != other.probability


def test_a_level_out_of_reach_is_said_to_be_so() -> None:
    with pytest.raises(ValueError, match="out of reach"):
        rare_event(lambda x: x.sum(axis=1), Bernoullis(np.full(3, 0.5)), 4.0, rounds=10, samples=10)


def test_settings_that_make_no_sense_are_refused() -> None:
    for options in ({"elite": 0.0}, {"elite": 1.0}, {"smoothing": 0.0}, {"population": 0}, {"samples": 0}):
        with pytest.raises(ValueError, match="must lie"):
            rare_event(shortest_path, BRIDGE, 1.0, **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="positive"):
        Exponentials(np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="positive"):
        Gaussians(np.zeros(1), np.zeros(1))
    with pytest.raises(ValueError, match="lie in"):
        Bernoullis(np.array([1.5]))
