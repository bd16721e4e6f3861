"""The laws over spaces that are put together at random: sharing inside constraints inside repetitions, and so on."""

from __future__ import annotations

import json
import pickle
from itertools import islice
from random import Random
from typing import Any

import numpy as np
import pytest
from random_spaces import Maker
from test_space_laws import hole_paths, opened_or_refused

from inlay.spaces import NoOtherMember, OutsideSpace, Replay, Space, SpaceError, Unsatisfied, write_json
from inlay.spaces import counting as counting_module
from inlay.spaces.abstract import equal
from inlay.spaces.counting import parts_within

SEEDS = range(50)  # thousands were run when this was written


@pytest.fixture(params=SEEDS)
def drawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Space, list[Any], Random]:
    """A space with a few members."""
    monkeypatch.setattr(counting_module, "LISTING_LIMIT", 2000)
    made, rng = Maker(request.param).space(), Random(request.param)
    try:
        return made, [made.sample(rng) for _ in range(3)], rng
    except Unsatisfied:
        return made, [], rng  # so it may happen, and then it is said


Drawn = tuple[Space, list[Any], Random]


def test_values_are_decided_traced_saved_and_described(drawn: Drawn) -> None:
    made, values, _ = drawn
    for value in values:
        assert equal(made.decide(Replay(made.trace(value))), value)
        assert equal(made.from_json(json.loads(json.dumps(write_json(value)))), value)
        vector = made.features(value)
        assert vector.shape == made.features(values[0]).shape
        assert np.isfinite(vector).all()
    assert pickle.loads(pickle.dumps(made)).fingerprint() == made.fingerprint()


def test_moves_stay_inside(drawn: Drawn) -> None:
    made, values, rng = drawn
    for value in values:
        try:
            other = made.mutate(value, rng)
        except NoOtherMember:
            assert made.size() == 1
        else:
            assert made.contains(other)
            assert made.key(other) != made.key(value)
        assert made.contains(made.crossover(value, values[0], rng))
        assert all(made.contains(other) for other in islice(made.neighbors(value), 15))


def test_partial_and_opened_spaces_hold_the_member_and_lie_inside(drawn: Drawn) -> None:
    made, values, rng = drawn
    for value in values[:2]:
        decisions = made.trace(value)
        smaller = [made.after(decisions[:k]) for k in {0, min(1, len(decisions)), len(decisions) // 2}]
        smaller += [opened_or_refused(made, value, path) or made for path, _ in islice(value.walk(), 8)]
        for part in smaller:
            assert part.contains(value)
            try:
                assert made.contains(part.sample(rng))
            except Unsatisfied:
                assert made.constrained


def test_filled_spaces_lie_inside(drawn: Drawn) -> None:
    made, _, rng = drawn
    for path, hole in islice(hole_paths(made), 8):
        if any(part.needs_scope for part in parts_within(hole)):
            continue
        try:
            assert made.contains(made.fill({path: hole.sample(rng)}).sample(rng))
        except (Unsatisfied, OutsideSpace):
            assert made.constrained or made.entangled
        except SpaceError as refusal:
            assert "needs the value of" in str(refusal)  # noqa: PT017 - either of two outcomes is right


def test_the_size_counts_the_members(drawn: Drawn) -> None:
    made, values, _ = drawn
    try:
        size = made.size()
    except SpaceError as refusal:
        assert "candidates" in str(refusal) or "too many" in str(refusal)  # noqa: PT017
        return
    if size <= 2000:
        keys = [made.key(member) for member in made.enumerate()]
        assert len(keys) == len(set(keys)) == size
        assert {made.key(value) for value in values} <= set(keys)
