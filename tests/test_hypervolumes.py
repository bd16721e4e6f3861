"""Hypervolume against inclusion and exclusion, a grid and known fronts."""

from itertools import combinations, product
from math import inf, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inlay.search.hypervolumes import hypervolume, hypervolume_contributions

ROWS = st.integers(1, 5).flatmap(lambda m: st.lists(st.lists(st.integers(0, 5), min_size=m, max_size=m), min_size=1,
                                                    max_size=6))  # fmt: skip


def by_inclusion_and_exclusion(rows: list[list[int]], reference: list[int]) -> int:
    """The volume of a union of boxes as a sum over all their intersections."""
    total = 0
    for size in range(1, len(rows) + 1):
        for group in combinations(rows, size):
            sides = (max(0, end - max(column)) for end, column in zip(reference, zip(*group, strict=True), strict=True))
            total -= (-1) ** size * prod(sides)
    return total


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(ROWS)
def test_it_is_what_inclusion_and_exclusion_give(rows: list[list[int]]) -> None:
    reference = [4] * len(rows[0])
    assert hypervolume(rows, reference) == pytest.approx(by_inclusion_and_exclusion(rows, reference))


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(ROWS)
def test_a_contribution_is_what_is_lost_without_the_row(rows: list[list[int]]) -> None:
    reference = [5] * len(rows[0])
    whole = by_inclusion_and_exclusion(rows, reference)
    without = [by_inclusion_and_exclusion(rows[:i] + rows[i + 1 :], reference) for i in range(len(rows))]
    assert hypervolume_contributions(rows, reference).tolist() == pytest.approx([whole - rest for rest in without])


@pytest.mark.parametrize(("objectives", "size"), [(2, 40), (3, 40), (4, 15), (5, 10)])
def test_it_counts_the_dominated_cells_of_a_grid(objectives: int, size: int) -> None:
    rng = np.random.default_rng(objectives)
    rows = rng.integers(0, 8, (size, objectives))
    cells = np.array(list(product(range(8), repeat=objectives)))
    dominated = np.any(np.all(rows[None, :, :] <= cells[:, None, :], axis=2), axis=1)
    assert hypervolume(rows, [8] * objectives) == dominated.sum()


def test_a_linear_and_a_spherical_front_have_their_volumes() -> None:
    x = np.linspace(0, 1, 2001)
    assert hypervolume(np.column_stack([x, 1 - x]), [1, 1]) == pytest.approx(0.5, abs=1e-3)
    u, v = (grid.ravel() * np.pi / 2 for grid in np.meshgrid(*[np.linspace(0, 1, 50)] * 2))
    sphere = np.column_stack([np.cos(u) * np.cos(v), np.cos(u) * np.sin(v), np.sin(u)])
    assert hypervolume(sphere, [1, 1, 1]) == pytest.approx(1 - np.pi / 6, abs=0.02)


def test_equal_and_dominated_rows_and_those_beyond_the_reference_add_nothing() -> None:
    assert hypervolume([[1, 1]] * 3 + [[2, 2], [1, 5], [0, inf]], [4, 4]) == 9
    assert hypervolume([[4, 0]], [4, 4]) == 0
    assert hypervolume([], [4, 4]) == 0
    assert hypervolume_contributions([], [4, 4]).tolist() == []
    assert hypervolume_contributions([[1, 1], [1, 1]], [2, 2]).tolist() == [0, 0]


def test_one_objective_is_the_distance_of_the_best() -> None:
    assert hypervolume([[3], [1], [2]], [5]) == 4


@pytest.mark.parametrize(
    ("losses", "reference", "why"),
    [
        ([[1, 2]], [3], r"losses of shape \(1, 2\) with 1 numbers in reference: a row for each point"),
        ([1, 2], [3, 3], r"losses of shape \(2,\) with 2 numbers"),
        ([[1, np.nan]], [3, 3], "losses hold NaN or -inf"),
        ([[1, -inf]], [3, 3], "losses hold NaN or -inf"),
        ([[1, 2]], [3, inf], r"reference=\[3, inf\]: a finite number for each objective"),
        ([[1, 2]], [], "a finite number for each objective"),
    ],
)
def test_what_has_no_volume_is_refused(losses: list[list[float]], reference: list[float], why: str) -> None:
    for function in (hypervolume, hypervolume_contributions):
        with pytest.raises(ValueError, match=why):
            function(losses, reference)
