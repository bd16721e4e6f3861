"""Sparse products: closed forms beside dataflows that are executed, hash tables, and designs searched for."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from inlay.problems.hardware import device
from inlay.problems.hardware.spgemm import (
    CSR,
    CUTS,
    DATAFLOWS,
    ENTRY,
    Design,
    Near,
    Overfull,
    Scratchpad,
    SparseProduct,
    Traffic,
    counted,
    cut,
    executed,
    expected_probes,
    from_places,
    rmat,
    simulated_probes,
    spgemm_problem,
    traffic,
    uniform,
    whole,
    window_starts,
)
from inlay.problems.hardware.spgemm.spgemm_problem import (
    HASH_BITS,
    LOADS,
    TABLE_SHARES,
    THREADS,
    TILES,
    WINDOWS,
    DesignSeconds,
)
from inlay.search import HillClimb, Problem, RandomSearch, RestartedLocalSearch, Study
from inlay.spaces import OutsideSpace, build, symbolize

# -- matrices --------------------------------------------------------------------------------------------------------


def random_matrix(rng: np.random.Generator, rows: int | None = None) -> CSR:
    """One of either kind, square, with few or many numbers."""
    seed = int(rng.integers(1 << 30))
    if rows is None and rng.random() < 0.5:
        return rmat(int(rng.integers(3, 7)), float(rng.uniform(0.5, 6)), seed=seed)
    return uniform(rows or int(rng.integers(3, 65)), float(rng.uniform(0, 0.25)), seed)


def filled(rows: list[dict[int, float]], columns: int) -> Any:
    matrix = np.zeros((len(rows), columns))
    for i, row in enumerate(rows):
        for j, value in row.items():
            matrix[i, j] = value
    return matrix


def test_an_rmat_has_the_shares_of_its_quarters_and_no_place_twice() -> None:
    matrix = rmat(9, 40, seed=3)
    rows, columns = matrix.rows_of_numbers(), matrix.indices
    assert len(np.unique(rows * 512 + columns)) == matrix.numbers
    drawn = rmat(16, 0.5, (0.5, 0.25, 0.15, 0.1), seed=1)  # so few that hardly any place is drawn twice
    quarters = np.bincount(2 * (drawn.rows_of_numbers() >> 15) + (drawn.indices >> 15), minlength=4) / drawn.numbers
    np.testing.assert_allclose(quarters, (0.5, 0.25, 0.15, 0.1), atol=0.012)
    assert matrix.lengths.max() > 4 * matrix.lengths.mean()
    even = uniform(512, matrix.numbers / 512**2)
    assert even.numbers == matrix.numbers
    assert even.lengths.max() < 2 * even.lengths.mean()


def test_transposing_and_keeping_agree_with_the_dense_matrix_and_places_come_in_any_order() -> None:
    matrix = rmat(5, 4, seed=2)
    np.testing.assert_array_equal(matrix.transposed().dense(), matrix.dense().T)
    mixed = np.random.default_rng(0).permutation(matrix.numbers)
    places = matrix.rows_of_numbers()[mixed], matrix.indices[mixed], matrix.values[mixed]
    again = from_places(*places, matrix.rows, matrix.columns)
    for name in ("starts", "indices", "values"):  # in every row ascending, as they were
        np.testing.assert_array_equal(getattr(again, name), getattr(matrix, name))
    kept = matrix.kept(matrix.indices < 7).dense()
    np.testing.assert_array_equal(kept[:, :7], matrix.dense()[:, :7])
    assert not kept[:, 7:].any()


# -- counts and traffic ----------------------------------------------------------------------------------------------


def test_closed_forms_count_what_crosses_when_a_dataflow_is_executed_and_every_product_is_right() -> None:
    rng, spilled, held = np.random.default_rng(0), 0, 0
    for _ in range(60):
        a = random_matrix(rng)
        b = random_matrix(rng, a.rows)
        how, tiles, window = CUTS[rng.integers(2)], int(rng.integers(1, 6)), int(rng.integers(1, 9))
        near = Near(float(rng.integers(0, 4000)), int(rng.integers(1, 200)))
        counts = counted(a, b, how, tiles)
        for dataflow in DATAFLOWS:
            result, crossed = executed(dataflow, a, b, near, how, tiles, window)
            np.testing.assert_array_equal(filled(result, b.columns), a.dense() @ b.dense())
            assert traffic(dataflow, counts, near, window) == crossed, (dataflow, how, tiles, window, near)
            spilled += crossed.partial > 0
            held += crossed.second == ENTRY * b.numbers
    assert spilled > 40
    assert held > 60


def test_matrices_of_64_rows_have_the_traffic_of_the_published_model_where_rows_fit() -> None:
    """e (A + [e B <= S ? B : rows of A that are not empty B] + C), and its kin; see section 1.1 of the model."""
    for seed, a in product(range(3), (rmat(6, 3), uniform(64, 0.05))):
        b = rmat(6, 4, seed=seed)
        tile = counted(a, b)[0]
        numbers = int(tile.result.sum())
        assert numbers == np.count_nonzero(a.dense() @ b.dense())
        assert tile.products.sum() == sum(int(b.lengths[k]) for k in a.indices)
        for size in (64 * ENTRY, 100 * ENTRY, 10_000 * ENTRY):
            fits = ENTRY * b.numbers <= size
            alike = a.numbers + numbers
            rows = np.count_nonzero(a.lengths)
            products = int(tile.products.sum())
            expected = {
                "inner": alike + (b.numbers if fits else rows * b.numbers),
                "outer": alike + b.numbers + 2 * max(0, products - size // ENTRY),
                "row": alike + (b.numbers if fits else products),
            }
            for dataflow, total in expected.items():
                assert traffic(dataflow, [tile], whole(size)).total == ENTRY * total
                assert executed(dataflow, a, b, whole(size))[1].total == ENTRY * total


def test_row_wise_is_the_least_where_b_does_not_fit_and_rows_do() -> None:
    rng, seen = np.random.default_rng(1), 0
    while seen < 300:
        a = random_matrix(rng)
        b = random_matrix(rng, a.rows)
        tile = counted(a, b)[0]
        size = float(rng.integers(ENTRY, ENTRY * max(b.numbers, 2)))
        if tile.bounds().max(initial=0) > size // ENTRY or ENTRY * b.numbers <= size:
            continue
        totals = {dataflow: traffic(dataflow, [tile], whole(size)).total for dataflow in DATAFLOWS}
        assert totals["row"] == min(totals.values())
        seen += 1


def test_row_wise_need_not_be_the_least_where_b_fits() -> None:
    a = rmat(6, 4)
    tile = counted(a, a)
    sizes = {flow: traffic(flow, tile, whole(ENTRY * a.numbers)).total for flow in DATAFLOWS}
    assert sizes["inner"] == sizes["row"] < sizes["outer"]


def test_large_matrices_come_to_the_order_and_the_ratios_that_were_published() -> None:
    even = uniform(16384, 0.001)
    sizes = {flow: traffic(flow, counted(even, even), whole(256 * 1024)).total / 1e6 for flow in DATAFLOWS}
    assert sizes == pytest.approx({"inner": 52_832, "outer": 164, "row": 108}, rel=0.005)
    a = rmat(11, 16)
    sizes = {flow: traffic(flow, counted(a, a), whole(32 * 1024)).total for flow in DATAFLOWS}
    assert sizes["inner"] > 10 * sizes["row"]
    assert 1.5 < sizes["outer"] / sizes["row"] < 2


def test_blocks_of_rows_do_not_change_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = rmat(7, 6), rmat(7, 5, seed=1)
    for how, tiles in product(CUTS, (1, 3)):
        at_once = counted(a, b, how, tiles)
        with monkeypatch.context() as patch:
            patch.setattr("inlay.problems.hardware.spgemm.product_counts.PRODUCTS", 50)
            patch.setattr("inlay.problems.hardware.spgemm.product_counts.CELLS", 128 * 3)
            for piece, other in zip(at_once, counted(a, b, how, tiles), strict=True):
                for left, right in zip(piece, other, strict=True):
                    np.testing.assert_array_equal(left, right)


def test_tiles_partition_products_and_c() -> None:
    a = rmat(7, 6)
    whole_tile = counted(a, a)[0]
    for how in CUTS:
        tiles = counted(a, a, how, 4)
        assert sum(tile.products.sum() for tile in tiles) == whole_tile.products.sum()
        assert sum(tile.second for tile in tiles) == a.numbers
    columns, rows = counted(a, a, "columns", 4), counted(a, a, "rows", 4)
    assert sum(tile.merged for tile in columns) == whole_tile.merged == whole_tile.result.sum()
    assert sum(tile.merged for tile in rows) > whole_tile.merged
    assert sum(tile.first.sum() for tile in rows) == a.numbers
    assert all(tile.first.sum() == a.numbers for tile in columns)


def test_windows_hold_what_their_bounds_allow_and_are_as_long_as_they_can_be() -> None:
    rng = np.random.default_rng(2)
    for _ in range(100):
        bounds = rng.integers(0, 20, rng.integers(1, 60))
        rows, capacity = int(rng.integers(1, 12)), int(rng.integers(1, 60))
        starts = window_starts(bounds, rows, capacity).tolist()
        assert starts[0] == 0
        assert starts[-1] == len(bounds)
        for low, high in pairwise(starts):
            size = high - low
            assert 1 <= size <= rows
            assert bounds[low:high].sum() <= capacity or size == 1
            assert high == len(bounds) or size == rows or bounds[low : high + 1].sum() > capacity


# -- hashing ---------------------------------------------------------------------------------------------------------


def test_tables_that_are_simulated_take_the_probes_that_are_expected() -> None:
    rng = np.random.default_rng(3)
    for slots, load in product((64, 1024), (0.25, 0.5, 0.75, 0.9)):
        keys = int(load * slots)
        runs = [simulated_probes(slots, rng.integers(slots, size=keys).tolist()).mean() for _ in range(20_000 // slots)]
        error = 4 * np.std(runs) / np.sqrt(len(runs))
        assert expected_probes(slots, keys) == pytest.approx(np.mean(runs), abs=error)
        assert error < 0.12 * np.mean(runs)
    loads = np.array([0.25, 0.5, 0.75, 0.9])
    limit = (1 + 1 / (1 - loads)) / 2
    np.testing.assert_allclose(expected_probes(1 << 17, loads * (1 << 17)), limit, rtol=2e-3)
    assert expected_probes(2, [0, 1, 2]).tolist() == [1.0, 1.0, 1.25]


# -- designs ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def problem_of() -> Problem:
    return spgemm_problem()


def small() -> SparseProduct:
    a = rmat(7, 6)
    return SparseProduct(a, a, device("piuma"), 8 * 1024)


ROW = Design("row", 32, "columns", 1, 8, 0.5, 0.5, 16)


def test_the_time_of_a_design_is_that_of_its_parts() -> None:
    multiplied, tile = small(), counted(rmat(7, 6), rmat(7, 6))[0]
    time = multiplied.time(ROW)
    assert multiplied.near(ROW) == Near(4096 - 128 * 16, 128)
    moved = traffic("row", [tile], Near(4096 - 128 * 16, 128)).total
    assert time.memory == pytest.approx(moved / (8 * 35.2e9 * 0.7))
    turns, windows, filled_rows = 0.0, 0, tile.products > 0
    bounds = np.minimum(tile.products, tile.columns)[filled_rows]
    starts = window_starts(bounds, 32, 128)
    for low, high in pairwise(starts):
        products, numbers = (each[filled_rows][low:high].sum() for each in (tile.products, tile.result))
        turns += -(-products // 16) * float(expected_probes(256, min(numbers, 128)))
        windows += 1
    assert time.probes == pytest.approx(turns * 16e-9)
    assert time.barriers == pytest.approx(2 * windows * 4 * 16e-9)
    assert time.operations == pytest.approx(2 * tile.products.sum() / (16 * 1e9 * 0.7))
    assert time.seconds == max(time[:3]) + time.barriers
    assert time.violations == (0.0, -(4096 - 128 * 16) / 8192)


def test_scratchpads_that_are_overfull_violate() -> None:
    assert small().time(ROW._replace(hash_bits=9)).violations[0] == pytest.approx(0.5)
    assert small().time(ROW._replace(dataflow="outer", hash_bits=9)).violations[0] == 0
    assert small().time(ROW._replace(threads=64)).violations[1] == pytest.approx(0.5)


def test_the_outcome_of_a_design_has_what_its_time_has() -> None:
    for design in (ROW, ROW._replace(hash_bits=9), ROW._replace(threads=64)):
        outcome, time = DesignSeconds(small())(design._asdict()), small().time(design)
        assert outcome.objectives == {"seconds": time.seconds}
        assert outcome.violations == time.violations


def test_designs_trade_probes_windows_and_what_is_near() -> None:
    multiplied = small()
    loose, tight = (multiplied.time(ROW._replace(load=load)) for load in (0.25, 0.9))
    assert tight.barriers < loose.barriers
    assert tight.probes > loose.probes
    one, eight = (multiplied.time(ROW._replace(tiles=tiles)) for tiles in (1, 8))
    assert eight.memory < one.memory  # each of the eight tiles is near
    merged = multiplied.time(ROW._replace(tiles=8, cut="rows"))
    assert merged.memory > eight.memory  # rows of C are read and written again
    few, many = (multiplied.time(ROW._replace(threads=threads)) for threads in (4, 16))
    assert many.probes < few.probes
    assert many.barriers > few.barriers


def test_of_an_outer_and_an_inner_product_operations_are_counted() -> None:
    a = rmat(7, 6)
    tile, rate = counted(a, a)[0], 16 * 1e9 * 0.7
    outer = small().time(ROW._replace(dataflow="outer"))
    merging = sum(int(p) * int(np.ceil(np.log2(n))) for p, n in zip(tile.products, a.lengths, strict=True) if n)
    assert outer.operations == pytest.approx((2 * tile.products.sum() + merging) / rate)
    assert outer.barriers == pytest.approx(2 * 2 * 4 * 16e-9)
    inner = small().time(ROW._replace(dataflow="inner"))
    rows, columns = np.count_nonzero(a.lengths), np.count_nonzero(a.transposed().lengths)
    walked = sum(
        int(m) + int(n) for m in a.lengths[a.lengths > 0] for n in a.transposed().lengths[a.transposed().lengths > 0]
    )
    assert walked == rows * a.numbers + columns * a.numbers
    assert inner.operations == pytest.approx((2 * tile.products.sum() + walked) / rate)


def test_the_best_known_is_the_least_of_all_designs() -> None:
    problem = problem_of()
    multiplied: SparseProduct = problem.evaluate.multiplied  # type: ignore[union-attr]
    everything = product(DATAFLOWS, WINDOWS, CUTS, TILES, HASH_BITS, LOADS, TABLE_SHARES, THREADS)
    designs = [Design(*each) for each in everything]
    assert len(designs) == problem.members.size() == 38_400
    times = [multiplied.time(design) for design in designs]
    feasible = [time.seconds for time in times if max(time.violations) <= 0]
    assert problem.best_known == min(feasible)
    assert len(feasible) < len(designs)
    best = designs[[time.seconds if max(time.violations) <= 0 else np.inf for time in times].index(min(feasible))]
    assert (best.dataflow, best.cut) == ("row", "columns")
    assert best.tiles > 1


def test_published_designs_fit_and_their_traffic_ranks_as_published() -> None:
    problem = problem_of()
    assert problem.evaluate is not None
    for name, published in problem.published.items():
        outcome = problem.evaluate(build(published))
        assert max(outcome.violations) <= 0, name
        assert outcome.objectives["seconds"] > problem.best_known
    for a in (rmat(12, 8), uniform(4096, 0.002)):
        multiplied = SparseProduct(a, a, device("piuma"), 256 * 1024)
        points = [multiplied.time(Design(**build(symbolize(point)))).memory for point in problem.published.values()]
        inner, outer, row = points
        assert inner > 10 * outer
        assert outer > 1.3 * row


def mean_regret(problem: Problem, strategy: Any, trials: int, seeds: int) -> float:
    runs = [Study(problem, strategy, seed=seed).run(trials=trials, progress=False) for seed in range(seeds)]
    assert all(run.best.violation <= 0 for run in runs)
    assert problem.best_known is not None
    return float(np.mean([run.best.loss for run in runs])) / problem.best_known - 1


def test_climbing_with_new_starts_comes_nearer_to_the_optimum_than_chance() -> None:
    """An outer product needs no tuning, and a climb that began there must begin again to find a table."""
    problem = problem_of()
    chance = mean_regret(problem, RandomSearch(), 1000, 8)
    climbing = mean_regret(problem, HillClimb(patience=30), 1000, 8)
    descending = mean_regret(problem, RestartedLocalSearch(), 1000, 8)
    assert 0 <= climbing < 0.8 * chance
    assert 0 <= descending < 0.8 * chance


def test_a_climb_from_the_published_design_reaches_the_optimum() -> None:
    problem = problem_of()
    study = Study(problem, HillClimb(patience=2000), seed=0)
    study.enqueue(problem.published["row-wise hashing (SMASH)"])
    study.run(trials=600, progress=False)
    assert study.best.loss == pytest.approx(problem.best_known, rel=0.02)


def test_a_problem_travels_and_mistakes_are_named() -> None:
    problem = problem_of()
    assert problem.evaluate is not None
    point = build(symbolize(problem.published["row-wise hashing (SMASH)"]))
    assert pickle.loads(pickle.dumps(problem.evaluate))(point).objectives == problem.evaluate(point).objectives
    a = rmat(4)
    with pytest.raises(ValueError, match="known are rmat, uniform"):
        spgemm_problem("road")
    with pytest.raises(ValueError, match="as many to be multiplied"):
        cut(a, uniform(8, 0.1), "rows", 2)
    with pytest.raises(ValueError, match="columns or rows"):
        counted(a, a, "diagonals", 2)
    with pytest.raises(ValueError, match="the dataflows are inner, outer, row"):
        traffic("column", counted(a, a), whole(1e3))
    with pytest.raises(ValueError, match="no room for a number"):
        traffic("row", counted(a, a), whole(3))
    with pytest.raises(ValueError, match="four quarters"):
        rmat(4, shares=(0.5, 0.5))
    with pytest.raises(ValueError, match="must be positive"):
        SparseProduct(a, a, device("piuma"), 0)
    with pytest.raises(ValueError, match="starts must ascend"):
        replace(a, starts=np.concatenate([[0], np.full(15, a.numbers + 1), [a.numbers]]))
    with pytest.raises(ValueError, match="column from 0 to 1"):
        from_places([0], [2], [1.0], 1, 2)
    pad = Scratchpad(1)
    pad.add((0, 0), 1.0)
    with pytest.raises(Overfull, match="no room"):
        pad.add((0, 1), 1.0)
    with pytest.raises(ValueError, match="cannot hold 5 keys"):
        expected_probes(4, 5)
    with pytest.raises(ValueError, match="cannot hold 3 keys"):
        simulated_probes(2, [0, 0, 0])
    with pytest.raises(OutsideSpace):
        problem.members.adopt(dict(point) | {"tiles": 3})
    assert Traffic(1.0, 2.0, 3.0, 4.0).total == 10.0
