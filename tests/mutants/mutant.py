"""What a deliberate mistake is."""

from __future__ import annotations

from typing import NamedTuple

SPACE_LAWS = "tests/conformance/test_space_laws.py"
STRATEGY_LAWS = "tests/conformance/test_strategy_laws.py"
LEARNING = "tests/conformance/test_learning.py"


class Mutant(NamedTuple):
    """One changed line: `old`, which stands once in `file`, becomes `new`; the test `caught_by` must fail."""

    file: str
    old: str
    new: str
    caught_by: str
