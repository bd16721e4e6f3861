"""The tables of deliberate mistakes are in step with the code; `python tests/mutants` makes the mistakes."""

import ast
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "mutants"))

from mutant_table import MUTANTS, ROOT

ENTRIES = [mutant for family in MUTANTS.values() for mutant in family]


@pytest.mark.parametrize("file", sorted({mutant.file for mutant in ENTRIES}))
def test_every_mistake_changes_one_line_that_still_parses(file: str) -> None:
    text = (ROOT / file).read_text()
    for mutant in ENTRIES:
        if mutant.file == file:
            assert text.count(mutant.old) == 1, mutant
            ast.parse(text.replace(mutant.old, mutant.new))


def test_every_mistake_names_a_test_that_there_is() -> None:
    for mutant in ENTRIES:
        file, _, test = mutant.caught_by.partition("::")
        assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text(), mutant


def test_every_mistake_is_another_one() -> None:
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in ENTRIES}) == len(ENTRIES)


def test_every_family_of_strategies_has_mistakes() -> None:
    families = [path.stem.partition("_")[2] for path in (ROOT / "tests/conformance").glob("strategies_*.py")]
    assert [family for family in families if len(MUTANTS[family]) < 8] == []
