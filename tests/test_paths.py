"""Paths as text and as tuples."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inlay.spaces.paths import as_path, format_path, parse_path

steps = st.one_of(st.text(), st.integers(-(10**6), 10**6))


@given(st.lists(steps, min_size=1, max_size=5).map(tuple))
@settings(deadline=None, derandomize=True, database=None)
def test_every_path_is_read_back_from_its_text(path: tuple[object, ...]) -> None:
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("layers[0].filters", ("layers", 0, "filters")),
        ("layers[*].Conv.kernel", ("layers", "*", "Conv", "kernel")),
        ("[-1]", (-1,)),
        ('a["b c"]', ("a", "b c")),
        ("a['b\\'c']", ("a", "b'c")),
        ("learning rate", ("learning rate",)),
        (".a", (".a",)),
        ("a[", ("a[",)),
        ("", ()),
    ],
)
def test_texts_and_the_steps_they_name(text: str, path: tuple[object, ...]) -> None:
    assert parse_path(text) == path


def test_a_key_that_is_no_text_is_a_step() -> None:
    assert as_path(3) == (3,)
    assert as_path(("a", 3)) == ("a", 3)
    assert format_path(()) == "the root"
