"""The public face is light to import and complete."""

import subprocess
import sys

import pytest

import inlay

HEAVY = {
    "matplotlib",
    "mpmath",
    "numba",
    "optuna",
    "pandas",
    "rich",
    "scipy",
    "sklearn",
    "sqlalchemy",
    "sympy",
    "typer",
}


@pytest.mark.parametrize("names", ["inlay", "inlay.spaces, inlay.search"])
def test_importing_loads_nothing_heavy(names: str) -> None:
    code = f"import sys, {names}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(answer.stdout.split()) == set()


@pytest.mark.parametrize("name", inlay.__all__)
def test_public_name_is_found(name: str) -> None:
    assert getattr(inlay, name) is getattr(inlay, name)
    assert name in dir(inlay)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'inlay' has no attribute 'nothing'"):
        _ = inlay.nothing
