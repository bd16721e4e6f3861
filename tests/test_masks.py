"""Masks of up to a million entries."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.spaces import Choice, Mask, OutsideSpace, Prefix, Replay, SpaceError, space

MILLION = 1_000_000


def test_a_million_entries_are_not_copied_by_edits_elsewhere() -> None:
    pruning = space({"mask": Mask(MILLION, ones=MILLION // 10), "rate": Choice(1, 2)})
    rng = Random(0)
    candidate = pruning.sample(rng)
    assert int(candidate["mask"].sum()) == MILLION // 10
    assert candidate.replace({"rate": 2})["mask"] is candidate["mask"]
    changed = pruning.mutate(candidate, rng)
    while changed["rate"] == candidate["rate"]:
        assert int((changed["mask"] != candidate["mask"]).sum()) == 2
        changed = pruning.mutate(candidate, rng)
    assert changed["mask"] is candidate["mask"]
    assert np.array_equal(pruning.from_json(candidate.to_json())["mask"], candidate["mask"])


def test_inside_write_protected_and_built_a_writable_copy() -> None:
    mask = Mask((2, 3))
    value = mask.sample(Random(1))
    with pytest.raises(ValueError, match="read-only"):
        value[0, 0] = True
    with pytest.raises(ValueError, match="cannot set WRITEABLE"):
        value.setflags(write=True)
    candidate = space([mask]).sample(Random(1))
    built = candidate.build()[0]
    built[:] = True
    assert np.array_equal(candidate[0], value)
    given = np.zeros((2, 3), dtype=bool)
    held = space([mask]).adopt([given])
    given[:] = True
    assert not held[0].any()


@pytest.mark.parametrize(("ones", "changed"), [(None, 1), (3, 2)])
def test_a_mutation_flips_one_or_swaps_two(ones: int | None, changed: int) -> None:
    mask, rng = Mask(8, ones=ones), Random(0)
    value = mask.sample(rng)
    for _ in range(200):
        other = mask.mutate(value, rng)
        assert int((other != value).sum()) == changed
        value = other


def test_crossover_takes_every_entry_from_a_parent() -> None:
    rng = Random(0)
    for mask in (Mask(200), Mask(200, ones=50)):
        first, second = mask.sample(rng), mask.sample(rng)
        child = mask.crossover(first, second, rng)
        assert mask.contains(child)
        assert ((child == first) | (child == second)).all()
        assert not np.array_equal(child, first)
        assert not np.array_equal(child, second)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Mask(0),
        lambda: Mask(()),
        lambda: Mask((2, 0)),
        lambda: Mask(2.5),  # type: ignore[arg-type]
        lambda: Mask(4, ones=5),
        lambda: Mask(4, ones=-1),
        lambda: Mask(4, ones=1.0),  # type: ignore[arg-type]
        lambda: Mask(True),
    ],
)
def test_nonsense_is_refused(make: Any) -> None:
    with pytest.raises(SpaceError, match="Mask"):
        make()


def test_decisions_are_whole_masks_or_single_bits_and_are_checked() -> None:
    mask = Mask(4, ones=2)
    wanted = np.array([True, False, False, True])
    assert np.array_equal(mask.decide(Replay([wanted])), wanted)
    assert np.array_equal(mask.decide(Prefix([1, 0, 0])), wanted)
    for wrong in (np.ones(4, dtype=bool), np.ones(3, dtype=bool), np.array([1, 0, 0, 1])):
        with pytest.raises(OutsideSpace, match="must be a mask of this hole"):
            mask.decide(Replay([wrong]))
