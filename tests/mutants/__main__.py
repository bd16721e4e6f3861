"""Deliberate mistakes, each with the test that must notice it: a law that no mutant fails is no law.

`python tests/mutants [WORD ...]` makes every mistake in a copy of the tree (or those of a family, or whose line holds a
word), runs the named test there, and prints a table; it ends with 1 when a mutant survives or a test fails without it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from mutant import Mutant
from mutant_table import FAMILIES, ROOT, chosen

FOLDERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-dir"]
UNCOPIED = shutil.ignore_patterns("__pycache__", "*.db")


def copy_tree(target: Path) -> dict[str, str]:
    """Copy the tree and return an environment in which Python imports the copy instead of the installation."""
    for name in {*FOLDERS.values(), "tests"}:
        shutil.copytree(ROOT / name, target / name, ignore=UNCOPIED)
    shutil.copy(ROOT / "pyproject.toml", target)
    package = target / "links" / "inlay"
    package.mkdir(parents=True)
    for file in (target / "inlay").iterdir():
        (package / file.name).symlink_to(file)
    for folder in set(FOLDERS.values()) - {"inlay"}:
        (package / folder).symlink_to(target / folder)
    settings = {"PYTHONPATH": str(target / "links"), "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**os.environ, **settings, "OMP_NUM_THREADS": "1"}


def passes(tree: Path, environment: dict[str, str], tests: list[str]) -> bool:
    """Whether the tests pass in a tree; raises `RuntimeError` when they cannot be run at all."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    if done.returncode > 1:
        raise RuntimeError(done.stdout + done.stderr)
    return done.returncode == 0


def is_caught(mutant: Mutant, tree: Path, environment: dict[str, str]) -> bool:
    """Whether the named test fails on the mutant."""
    path = tree / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise RuntimeError(f"{mutant.file} holds {text.count(mutant.old)} times: {mutant.old}")
    path.write_text(text.replace(mutant.old, mutant.new))
    try:
        return not passes(tree, environment, [mutant.caught_by])
    finally:
        path.write_text(text)


def check_copy(tree: Path, environment: dict[str, str]) -> None:
    """Raise `RuntimeError` where the copy is not what Python imports."""
    command = [sys.executable, "-c", "import inlay.spaces; print(inlay.spaces.__file__)"]
    where = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True).stdout
    if not where.startswith(str(tree)):
        raise RuntimeError(f"the copy is not what Python imports, but {where}")


def main(words: list[str]) -> int:
    """Run the mutants and print the table; 1 when one survives."""
    mutants = chosen(words)
    if not mutants:
        print(f"no mutant has {' or '.join(map(repr, words))}; the families are {', '.join(FAMILIES)}")
        return 2
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        environment = copy_tree(tree)
        check_copy(tree, environment)
        if not passes(tree, environment, sorted({mutant.caught_by for mutant in mutants})):
            print("a test fails without any mutant")
            return 1
        for mutant in mutants:
            start = time.monotonic()
            caught = is_caught(mutant, tree, environment)
            survivors += not caught
            verdict, seconds = "caught" if caught else "SURVIVED", f"{time.monotonic() - start:5.1f} s"
            line, test = mutant.old.strip().splitlines()[0], mutant.caught_by.partition("::")[2]
            print(f"{verdict:9}{seconds}  {mutant.file:28}  {line[:60]:60}  {test}", flush=True)
    print(f"{len(mutants) - survivors} of {len(mutants)} mutants caught")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
