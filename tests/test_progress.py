"""The progress bar: shown where a person looks, silent anywhere else."""

import contextlib
import os
import pty
import re
import subprocess
import sys

import pytest

from inlay.search import Problem, RandomSearch, Study
from inlay.search.progress import best_text
from inlay.spaces import Integer

SCRIPT = """
import sys
from inlay.search import Problem, RandomSearch, Study
from inlay.spaces import Integer
Study(Problem("squares", Integer(-9, 9), lambda x: x * x), RandomSearch(), seed=0).run({arguments})
"""


def output_in_terminal(arguments: str) -> str:
    """What a script shows whose standard error is a terminal."""
    driver, terminal = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(arguments=arguments)], stdout=terminal, stderr=terminal, env=environment
    )
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):  # the terminal is gone when the script ends
        while part := os.read(driver, 4096):
            shown += part
    os.close(driver)
    assert process.wait(60) == 0, shown.decode()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())


def test_a_terminal_shows_the_bar() -> None:
    shown = output_in_terminal("trials=60")
    assert "squares" in shown
    assert "60/60" in shown
    assert "best 0" in shown


def test_a_run_without_a_number_of_trials_shows_how_many_were_made() -> None:
    assert re.search(r"\d+ trials", output_in_terminal("seconds=0.3"))


def test_a_terminal_stays_silent_when_asked_to() -> None:
    assert output_in_terminal("trials=60, progress=False") == ""


def test_nothing_is_shown_where_nobody_looks(capfd: pytest.CaptureFixture[str]) -> None:
    script = SCRIPT.format(arguments="trials=60")
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (answer.stdout, answer.stderr) == ("", "")
    Study(Problem("squares", Integer(-9, 9), abs), RandomSearch(), seed=0).run(trials=5)
    assert capfd.readouterr() == ("", "")


def test_a_bar_that_is_wanted_is_shown_anywhere(capfd: pytest.CaptureFixture[str]) -> None:
    Study(Problem("squares", Integer(-9, 9), abs), RandomSearch(), seed=0).run(trials=5, progress=True)
    assert "5/5" in capfd.readouterr().err


def test_the_text_says_what_has_been_found_and_what_failed() -> None:
    study = Study(Problem("p", Integer(0, 9), lambda x: 1 / x), RandomSearch(), seed=0)
    assert best_text(study) == "no success yet"
    study.tell(0, error="broke")
    assert best_text(study) == "no success yet, 1 of the last 1 failed"
    study.tell(4, loss=0.25)
    assert best_text(study) == "best 0.25, 1 of the last 2 failed"
    two = Study(Problem("p", Integer(0, 9), len, objectives={"a": "minimize", "b": "minimize"}), RandomSearch(), seed=0)
    two.tell(1, a=1, b=2)
    assert best_text(two) == "1 on the front"
