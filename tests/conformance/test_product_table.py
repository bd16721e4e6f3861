"""The page about strategies and spaces says what the suite checks, and is up to date."""

from __future__ import annotations

import inspect
import re

import pytest
import test_strategy_laws
from product_table import COMMAND, PAGE, law_groups, masked, page, parameters
from space_table import SPACES
from strategy_table import FAMILIES, PAIRS, REFUSED, STRATEGIES


def test_the_page_is_up_to_date() -> None:
    if not PAGE.exists() or page() != PAGE.read_text(encoding="utf-8"):
        pytest.fail(f"docs/{PAGE.name} is stale: run {COMMAND}", pytrace=False)


def table_cells() -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in page().splitlines() if line.startswith("| ")]


def test_every_pair_has_a_tick_or_a_note() -> None:
    found = [cell for row in table_cells() for cell in row]
    assert found.count("✓") == len(PAIRS)
    assert sum(re.fullmatch(r"no, \d+", cell) is not None for cell in found) == len(REFUSED)


def test_every_strategy_is_described_once_and_every_family_has_all_spaces() -> None:
    rows = table_cells()
    product = [row[0] for row in rows if row[1] == "✓" or row[1].startswith("no, ")]
    assert product == list(SPACES) * (len(FAMILIES) + 1)
    first = [row[0] for row in rows]
    assert all(first.count(name) == 1 for name in STRATEGIES.keys() - SPACES.keys())


def test_no_law_over_pairs_is_missing() -> None:
    listed = [law for names in law_groups().values() for law in names]
    over_pairs = {
        name
        for name, test in vars(test_strategy_laws).items()
        if name.startswith("test_") and {"strategy", "space"} <= inspect.signature(test).parameters.keys()
    }
    assert len(over_pairs) >= 15
    assert over_pairs <= set(listed)
    assert len(set(listed)) == len(listed)
    assert all(law_groups().values())


def test_a_law_that_may_be_skipped_is_no_promise() -> None:
    @pytest.mark.skipif(False, reason="never")
    @pytest.mark.parametrize("pair", [1])
    def law(pair: int) -> None: ...

    with pytest.raises(ValueError, match="the page promises that it runs"):
        parameters(law)


def test_nothing_on_the_page_differs_between_processes() -> None:
    assert " at 0x" not in page()
    assert "<lambda>#" not in page()


def test_refusals_of_one_kind_share_a_note() -> None:
    first = "A cannot act on this space, because Choice(1, [2]) is a decision among 2 options; B would fit"
    second = "A cannot act on this space, because Subset(['a'], 1) is a decision among 7 options; B would fit"
    assert masked(first) == masked(second)
    assert masked(first) != masked(first.replace("B would", "C would"))
    assert masked(first) != masked(first.replace("decision", "choice"))
