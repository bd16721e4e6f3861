"""Every example in a docstring is run, and every module can be imported."""

import doctest
import importlib
import pkgutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-dir"]


def modules() -> Iterator[str]:
    # `inlay.__path__` does not lead into the other folders, so each is walked from its own.
    for package, folder in FOLDERS.items():
        yield package
        # A subpackage that cannot be imported is still named: its own test says why.
        found = pkgutil.walk_packages([str(ROOT / folder)], f"{package}.", onerror=lambda name: None)
        yield from (module.name for module in found if not module.name.endswith("__main__"))


@pytest.mark.parametrize("name", list(modules()))
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    assert Path(module.__file__ or "").is_relative_to(ROOT), "another installation of inlay is in the way"
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0, "see the captured output"
