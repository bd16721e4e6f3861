"""The page about what users of other frameworks ask for names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "what-users-ask-for.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_test_that_the_page_names_exists() -> None:
    for file, test in NAMED.findall(PAGE):
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"


def test_every_wish_has_a_link_and_a_test() -> None:
    assert len(ROWS) > 10
    for row in ROWS:
        _, _, asked, _, shown, _ = row.split("|")
        assert "](https://github.com/" in asked, row
        assert NAMED.search(shown), row
