"""The command line: every command, every error in one line, and searches that can be taken up again."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import inlay
from inlay import terminal
from inlay.command_line import app
from inlay.problems import catalog, names
from inlay.search import GeneticAlgorithm, HillClimb, Problem, RandomSearch, Study, comparison, comparison_runs
from inlay.search.store import Store
from inlay.spaces import Choice, Integer, Real
from inlay.strategy_names import STRATEGIES, BadSetting, UnknownStrategy, make_strategy, read_settings, settings_text


def two_parts(candidate: dict[str, Any]) -> float:
    """The toy objective: best where x is 70 and the kind is c."""
    if candidate["kind"] == "broken":
        raise ValueError("this kind is broken")
    return -abs(candidate["x"] - 70.0) + (5.0 if candidate["kind"] == "c" else 0.0)


def toy() -> Problem:
    return Problem(
        "toy",
        {"x": Integer(0, 100), "kind": Choice("a", "b", "c", "broken")},
        two_parts,
        objectives={"score": "maximize"},
        published={"a guess": {"x": 50, "kind": "a"}, "another": {"x": 40, "kind": "b"}},
        held_out=lambda candidate: {"score": two_parts(candidate) - 1.0},
        source="made up",
    )


def continuous() -> Problem:
    return Problem("continuous", Real(0, 1), lambda x: x)


def two_goals() -> Problem:
    goals = {"gain": "maximize", "price": "minimize"}
    return Problem("two-goals", Integer(0, 9), lambda x: {"gain": x, "price": x % 4}, objectives=goals)


def interrupted(candidate: Any) -> float:
    raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, make in (("toy", toy), ("continuous", continuous), ("two-goals", two_goals)):
        monkeypatch.setitem(catalog._CATALOG, name, catalog.Entry(name, "for tests", make))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def succeeds(*arguments: str) -> str:
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def fails(*arguments: str, code: int) -> str:
    """The one line that an error prints."""
    result = call(*arguments)
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("error: ")
    return result.stderr


def stored(store: str, name: str) -> list[tuple[int, str, str]]:
    """What decides whether two runs were the same."""
    with Store(store) as opened:
        records = opened.log(name).records()
    return [(record.number, record.program, record.objectives) for record in sorted(records, key=lambda r: r.number)]


def names_in(store: str) -> list[str]:
    with Store(store) as opened:
        return [header.name for header in opened.headers()]


# -- looking ---------------------------------------------------------------------------------------------------------


def test_without_arguments_the_help_is_shown() -> None:
    text = succeeds()
    assert all(command in text for command in ("list", "show", "run", "resume", "report", "compare"))


def test_version() -> None:
    assert succeeds("--version") == f"inlay {inlay.__version__}\n"


def test_list_shows_problems_and_strategies() -> None:
    text = succeeds("list")
    assert "pipelines/breast_cancer" in text
    assert all(name in text for name in STRATEGIES)
    assert "patience=200" in text


def test_list_shows_the_studies_of_a_store() -> None:
    succeeds("run", "toy", "--trials", "6", "--store", "s.db", "--strategy", "hill-climb", "--name", "mine")
    text = succeeds("list", "--store", "s.db")
    assert "mine" in text
    assert "mine (random search)" in text
    assert "HillClimb(patience=200)" in text


def test_show_draws_the_space_and_what_is_known() -> None:
    text = succeeds("show", "toy")
    for line in ("objectives", "maximize score", "made up", "404 members", "a guess", "├─ x: Integer(0, 100)"):
        assert line in text, line


def test_show_a_pipeline_problem() -> None:
    text = succeeds("show", "pipelines/diabetes")
    assert "0.111, 0.333, 1\n" in text
    assert "infinitely many members" in text
    assert "Ridge(alpha=1.0)" in text
    assert "alpha: Real(0.001, 1000.0, log=True)" in text


# -- searching -------------------------------------------------------------------------------------------------------


def test_run_compares_with_published_points_and_random_search() -> None:
    text = succeeds("run", "toy", "--trials", "40", "--strategy", "genetic-algorithm", "--set", "population=8")
    table = [line for line in text.splitlines() if line.strip()[:6] in ("a gues", "anothe", "random", "this s")]
    labels = ["a guess", "another", "random search, same budget", "this search"]
    assert [line.strip().split("  ")[0] for line in table] == labels
    assert table[0].split()[2:6] == ["-20.000", "-21.000", "-1", "1"]
    assert "this kind is broken" in text
    assert "candidate = {" in text


def test_run_without_a_store_keeps_nothing() -> None:
    succeeds("run", "toy", "--trials", "5")
    assert list(Path().iterdir()) == []


def test_run_without_a_baseline() -> None:
    assert "random search" not in succeeds("run", "toy", "--trials", "5", "--no-baseline", "--store", "s.db")
    assert names_in("s.db") == ["toy/regularized-evolution/0"]


def test_random_search_needs_no_baseline() -> None:
    assert "random search" not in succeeds("run", "toy", "--trials", "5", "--strategy", "random", "--store", "s.db")
    assert names_in("s.db") == ["toy/random/0"]


def test_the_baseline_is_random_search_with_as_many_trials() -> None:
    succeeds("run", "toy", "--trials", "12", "--store", "s.db", "--name", "mine", "--seed", "3")
    alone = Study(toy(), RandomSearch(), seed=3).run(trials=12, progress=False)
    numbers = [json.loads(objectives).get("score") for _, _, objectives in stored("s.db", "mine (random search)")]
    assert numbers == [trial.objectives.get("score") for trial in alone.trials]


def test_the_search_begins_with_the_published_points() -> None:
    succeeds("run", "toy", "--trials", "9", "--store", "s.db", "--name", "from published")
    succeeds("run", "toy", "--trials", "9", "--store", "s.db", "--name", "from scratch", "--from-scratch")
    published = [trial[1] for trial in stored("s.db", "from published")[:2]]
    assert [json.loads(text)["x"] for text in published] == [50, 40]
    assert [trial[1] for trial in stored("s.db", "from scratch")[:2]] != published
    assert len(stored("s.db", "from published")) == 9


def test_a_budget_smaller_than_the_published_points_is_kept() -> None:
    succeeds("run", "toy", "--trials", "1", "--store", "s.db", "--name", "mine", "--no-baseline")
    assert len(stored("s.db", "mine")) == 1
    succeeds("resume", "--store", "s.db", "--trials", "2")
    assert [json.loads(text)["x"] for _, text, _ in stored("s.db", "mine")[:2]] == [50, 40]
    assert len(stored("s.db", "mine")) == 3


def test_a_second_run_goes_on() -> None:
    command = ["run", "toy", "--trials", "10", "--store", "s.db", "--strategy", "hill-climb"]
    assert "continuing" not in succeeds(*command)
    assert "continuing toy/hill-climb/0: 10 trials so far" in succeeds(*command)
    assert len(stored("s.db", "toy/hill-climb/0")) == len(stored("s.db", "toy/hill-climb/0 (random search)")) == 20


def test_an_exhaustive_search_stops_when_all_is_tried() -> None:
    text = succeeds("run", "toy", "--strategy", "exhaustive", "--trials", "1000", "--no-baseline")
    assert " 404 " in text
    assert "'x': 70, 'kind': 'c'" in text


def test_seconds_are_a_budget() -> None:
    succeeds("run", "toy", "--seconds", "0.2", "--store", "s.db", "--no-baseline", "--name", "mine")
    assert len(stored("s.db", "mine")) > 2


def test_several_objectives_give_a_front() -> None:
    assert "on the Pareto front" in succeeds("run", "two-goals", "--trials", "20", "--strategy", "hill-climb")


def test_a_table_of_many_objectives_keeps_its_names_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    goals = dict.fromkeys(("seconds of a request", "joules of a request", "share of errors"), "minimize")
    made = Problem(
        "many", Integer(0, 9), lambda x: dict.fromkeys(goals, float(x)), objectives=goals,
        published={"a known point": 3}, held_out=lambda x: {"share of errors": x + 0.5},
    )  # fmt: skip
    monkeypatch.setitem(catalog._CATALOG, "toy", catalog.Entry("toy", "", lambda: made))
    lines = succeeds("run", "toy", "--trials", "5").splitlines()
    assert [line.split() for line in lines if "a known point  " in line] == [
        ["a", "known", "point", *["3.0000"] * 3, "3.5000", "+0.5", "1", "0.0"]
    ]
    assert sum(line.count("held-out") for line in lines) == 2  # one column, and the note beneath


@pytest.mark.parametrize("strategy", ["random", "hill-climb", "genetic-algorithm", "regularized-evolution"])
def test_resume_equals_uninterrupted(strategy: str) -> None:
    settings = ["--set", "population=6"] if "population" in settings_text(strategy) else []
    begin = ["run", "toy", "--strategy", strategy, *settings, "--seed", "5", "--name", "mine"]
    succeeds(*begin, "--trials", "30", "--store", "whole.db")
    succeeds(*begin, "--trials", "7", "--store", "parts.db")
    succeeds("resume", "mine", "--store", "parts.db", "--trials", "12")
    succeeds(*begin, "--trials", "11", "--store", "parts.db")
    assert stored("parts.db", "mine") == stored("whole.db", "mine")
    if strategy != "random":
        assert stored("parts.db", "mine (random search)") == stored("whole.db", "mine (random search)")


def test_resume_makes_the_planned_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def until_interrupted(candidate: dict[str, Any]) -> float:
        calls.append(candidate)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return two_parts(candidate)

    made = Problem("toy", toy().space, until_interrupted, objectives={"score": "maximize"})
    monkeypatch.setitem(catalog._CATALOG, "toy", catalog.Entry("toy", "", lambda: made))
    result = call("run", "toy", "--trials", "20", "--store", "my runs.db", "--name", "it's mine")
    assert result.exit_code == 130
    assert "interrupted; 5 trials are kept" in result.stderr
    assert """inlay resume 'it'"'"'s mine' --store 'my runs.db' --trials 15""" in result.stderr
    succeeds("resume", "--store", "my runs.db")
    assert len(stored("my runs.db", "it's mine")) == 20
    assert "has made its 20 trials; say how far to go on" in fails("resume", "--store", "my runs.db", code=2)


def test_an_interrupted_run_without_a_store_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Problem("toy", toy().space, interrupted)
    monkeypatch.setitem(catalog._CATALOG, "toy", catalog.Entry("toy", "", lambda: made))
    assert "nothing is kept without --store" in fails("run", "toy", "--trials", "3", code=130)


# -- reporting -------------------------------------------------------------------------------------------------------


def test_report_prints_the_table_and_writes_the_page() -> None:
    succeeds("run", "toy", "--trials", "15", "--store", "s.db")
    text = succeeds("report", "--store", "s.db")
    assert "random search, same budget" in text
    page = Path("toy-regularized-evolution-0.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "stopped after 15 trials: trials" in page
    assert "<svg" in page


def test_report_does_not_search_again(monkeypatch: pytest.MonkeyPatch) -> None:
    succeeds("run", "toy", "--trials", "15", "--store", "s.db", "--strategy", "hill-climb")
    calls: list[Any] = []

    def evaluate(candidate: Any) -> float:
        calls.append(candidate)
        return 0.0

    def quiet() -> Problem:
        return Problem("toy", toy().space, evaluate, objectives={"score": "maximize"}, published=toy().published)

    monkeypatch.setitem(catalog._CATALOG, "toy", catalog.Entry("toy", "", quiet))
    succeeds("report", "--store", "s.db", "--output", "page.html")
    assert calls == []
    assert len(stored("s.db", "toy/hill-climb/0")) == 15


def test_report_of_several_studies_wants_a_name() -> None:
    for seed in ("0", "1"):
        succeeds("run", "toy", "--trials", "3", "--store", "s.db", "--seed", seed)
    message = fails("report", "--store", "s.db", code=1)
    assert "'toy/regularized-evolution/0', 'toy/regularized-evolution/1'" in message
    assert "random search" not in message
    succeeds("report", "toy/regularized-evolution/1", "--store", "s.db")


# -- comparing -------------------------------------------------------------------------------------------------------

COMPARE = ["compare", "toy", "--strategy", "hill-climb:patience=9", "--seeds", "3", "--trials", "40"]


def cells(text: str) -> dict[str, list[str]]:
    """The rows of all tables by their first cells; of equal ones the last."""
    rows = [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in text.splitlines()]
    return {row[0]: row[1:] for row in rows if len(row) > 1}


def test_compare_prints_what_the_comparison_is() -> None:
    text = succeeds(*COMPARE, "--strategy", "genetic-algorithm:population=8,mutation=0.3")
    labels = ["no search: a guess", "no search: another", "hill-climb (patience=9)",
              "genetic-algorithm (population=8, mutation=0.3)", "random search"]  # fmt: skip
    assert [label for label in cells(text) if label in labels] == labels
    assert "3 strategies on 1 problems, 3 seeds each, 40 trials a run" in text
    made = {"hill-climb (patience=9)": HillClimb(9), "genetic": GeneticAlgorithm(8, mutation=0.3)}
    found = comparison.compare(made, [toy()], seeds=range(3), trials=40)
    place = text.index("mean rank")
    ranks = {label: row[0] for label, row in cells(text[place:]).items() if label in labels}
    assert ranks == {
        "hill-climb (patience=9)": f"{found.ranks()['hill-climb (patience=9)']:.2f}",
        "genetic-algorithm (population=8, mutation=0.3)": f"{found.ranks()['genetic']:.2f}",
        "random search": f"{found.ranks()['random search']:.2f}",
    }
    assert list(Path().iterdir()) == []


def test_a_folder_stands_for_all_its_problems() -> None:
    text = succeeds("compare", "classical", "toy", "--strategy", "random", "--seeds", "1", "--trials", "2")
    within = [name for name in names() if name.startswith("classical/")]
    assert len(within) > 10
    assert all(f"\n{name}" in text for name in [*within, "toy"])
    assert f"1 strategies on {len(within) + 1} problems" in text
    assert "pipelines" not in text


def test_a_comparison_goes_on_from_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    first = succeeds(*COMPARE, "--store", "runs.jsonl")
    lines = Path("runs.jsonl").read_text().splitlines()
    assert len(lines) == 1 + 2 + 3 + 3  # a header, two published points, two strategies
    Path("runs.jsonl").write_text("\n".join(lines[:5]) + "\n")
    made: list[str] = []
    once = comparison_runs.Contest.__call__
    monkeypatch.setattr(
        comparison_runs.Contest, "__call__", lambda self, *task: made.append(task[0]) or once(self, *task)
    )
    assert succeeds(*COMPARE, "--store", "runs.jsonl") == first
    assert made == ["hill-climb (patience=9)", *["random search"] * 3]


def test_the_page_of_a_comparison_has_tables_and_curves() -> None:
    text = succeeds(*COMPARE, "--strategy", "exhaustive", "--output", "page.html", "--workers", "2")
    assert "the page about this comparison: page.html" in text
    page = Path("page.html").read_text(encoding="utf-8")
    assert "hill-climb (patience=9)" in page
    assert page.count("<svg") == 2


def test_a_budget_of_cost_and_a_refusal() -> None:
    text = succeeds("compare", "continuous", "--strategy", "exhaustive", "--cost", "7.5", "--seeds", "2")
    assert "of cost a run" in text
    assert "not applicable: Exhaustive cannot act" in text
    assert cells(text)["exhaustive"][-1] == "0 of 1"


def test_failed_runs_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Problem:
        return Problem("broken", Integer(0, 9), lambda x: 1 / 0)

    monkeypatch.setitem(catalog._CATALOG, "broken", catalog.Entry("broken", "", broken))
    text = succeeds("compare", "broken", "--strategy", "random", "--seeds", "2", "--trials", "3")
    assert "2 runs did not come to a result" in text
    assert "ZeroDivisionError" in text


def test_a_run_past_its_time_is_a_failed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless() -> Problem:
        return Problem("endless", Integer(0, 9), lambda x: time.sleep(60))

    monkeypatch.setitem(catalog._CATALOG, "endless", catalog.Entry("endless", "", endless))
    text = succeeds("compare", "endless", "--strategy", "random", "--seeds", "1", "--trials", "3", "--timeout", "0.1")
    assert "1 runs did not come to a result" in text


def test_an_interrupted_comparison_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Problem("toy", toy().space, interrupted)
    monkeypatch.setitem(catalog._CATALOG, "toy", catalog.Entry("toy", "", lambda: made))
    message = fails(*COMPARE, "--store", "runs.jsonl", code=130)
    assert "kept in runs.jsonl, the same command goes on" in message
    assert "nothing is kept without --store FILE" in fails(*COMPARE, code=130)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["toy"], "Missing option '--strategy'"),
        (["--strategy", "random"], "Missing argument 'PROBLEM'"),
        (["toy", "--strategy", "random"], "one budget; give either --trials N or --cost C"),
        (["toy", "--strategy", "random", "--trials", "3", "--cost", "3"], "one budget"),
        (["toy", "--strategy", "random", "--cost", "0"], "must be positive"),
        (["toy", "--strategy", "random", "--trials", "3", "--seeds", "0"], "Invalid value for '--seeds'"),
        (["classical/one_mx", "--strategy", "random", "--trials", "3"], "did you mean classical/one_max"),
        (["clasical", "--strategy", "random", "--trials", "3"], "did you mean the folder classical?"),
        (["classicals/", "--strategy", "random", "--trials", "3"], "did you mean the folder classical?"),
        (["toy", "toy", "--strategy", "random", "--trials", "3"], "the problem toy is given twice"),
        (["classical", "classical/sphere", "--strategy", "random", "--trials", "3"], "classical/sphere is given twice"),
        (["two-goals", "--strategy", "random", "--trials", "3"], "two-goals has the objectives gain, price"),
        (["toy", "--strategy", "hillclimb", "--trials", "3"], "did you mean hill-climb?"),
        (["toy", "--strategy", "hill-climb", "--strategy", "hill-climb", "--trials", "3"],
         "the strategy hill-climb is given twice"),
        (["toy", "--strategy", "hill-climb:patience", "--trials", "3"], "write --strategy hill-climb:setting=value"),
        (["toy", "--strategy", "hill-climb:patence=3", "--trials", "3"], "has no setting 'patence'; hill-climb has"),
        (["toy", "--strategy", "hill-climb:patience=x", "--trials", "3"],
         "--strategy hill-climb:patience=x: patience=x: 'x' is not of type int"),
        (["toy", "--strategy", "genetic-algorithm:population=0", "--trials", "3"], "must be at least 1"),
    ],
)  # fmt: skip
def test_a_wrong_comparison_is_one_line_with_a_remedy(arguments: Sequence[str], message: str) -> None:
    found = fails("compare", *arguments, code=2)
    assert message in found
    assert "--set" not in found
    assert list(Path().iterdir()) == []


def test_files_of_a_comparison_that_cannot_be_are_one_line() -> None:
    assert "there is no folder no/such; make it first" in fails(*COMPARE, "--output", "no/such/page.html", code=1)
    assert "give another place with --store" in fails(*COMPARE, "--store", "no/such/runs.jsonl", code=1)
    Path("notes.txt").write_text("not a log\n")
    assert "no log of a comparison" in fails(*COMPARE, "--store", "notes.txt", code=2)
    assert Path("notes.txt").read_text() == "not a log\n"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("screen", [Screen(), io.StringIO()])
def test_the_progress_line_is_for_terminals(screen: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.progress_line("comparing") as advance:
        for done in range(1, 6):
            advance(f"toy, [random], seed {done}", done, 5)
    assert ("5/5" in screen.getvalue() and "toy, [random], seed 5" in screen.getvalue()) == screen.isatty()
    assert screen.isatty() or not screen.getvalue()


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "pipelines/vine"], "did you mean pipelines/wine?"),
        (["run", "pipelines/vine"], "did you mean pipelines/wine?"),
        (["run", "toy"], "give --trials N, --seconds S, or both"),
        (["run", "toy", "--trials", "5", "--strategy", "hillclimb"], "did you mean hill-climb?"),
        (["run", "toy", "--trials", "0"], "Invalid value for '--trials'"),
        (["run", "toy", "--trials", "many"], "Invalid value for '--trials'"),
        (["run", "toy", "--seconds", "-1"], "Invalid value for '--seconds'"),
        (["run", "toy", "--trails", "3"], "--trials"),
        (["run"], "Missing argument 'PROBLEM'"),
        (["runn"], "No such command 'runn'"),
        (["resume"], "Missing option '--store'"),
        (["run", "toy", "--trials", "5", "--set", "population"], "write it as --set name=value"),
        (["run", "toy", "--trials", "5", "--set", "populaton=5"], "has the settings population, tournament"),
        (["run", "toy", "--trials", "5", "--set", "population=x"], "'x' is not of type int"),
        (["run", "toy", "--trials", "5", "--set", "population=0"], "must be at least 1"),
        (["run", "toy", "--trials", "5", "--strategy", "random", "--set", "a=1"], "random has no settings"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_with_a_remedy(arguments: Sequence[str], message: str) -> None:
    assert message in fails(*arguments, code=2)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("command", ["resume", "report"])
def test_a_missing_store_is_not_made(command: str) -> None:
    assert "there is no store nil.db; begin one with" in fails(command, "--store", "nil.db", code=1)
    assert "there is no store nil.db" in fails("list", "--store", "nil.db", code=1)
    assert not Path("nil.db").exists()


def test_an_unknown_study_has_near_matches() -> None:
    succeeds("run", "toy", "--trials", "3", "--store", "s.db", "--name", "first")
    assert "no study 'frist'; did you mean 'first'?" in fails("resume", "frist", "--store", "s.db", code=1)
    assert "it has 'first', 'first (random search)'" in fails("report", "zzzzz", "--store", "s.db", code=1)


def test_an_empty_store_says_how_to_begin() -> None:
    Store("s.db").close()
    assert "is empty: begin with inlay run" in fails("resume", "--store", "s.db", code=1)


def test_a_study_begun_in_python_is_opened_there() -> None:
    Study(toy(), RandomSearch(), seed=0, store="s.db", name="by hand").run(trials=2, progress=False)
    assert "'by hand' was begun in Python" in fails("resume", "--store", "s.db", code=1)
    assert "'by hand' was begun in Python" in fails("report", "by hand", "--store", "s.db", code=1)


def test_other_settings_under_the_same_name_are_refused() -> None:
    begin = ["run", "toy", "--trials", "3", "--store", "s.db", "--strategy", "hill-climb"]
    succeeds(*begin)
    result = call(*begin, "--set", "patience=3")
    assert result.exit_code == 1
    assert "HillClimb(patience=200)" in result.stderr
    assert "HillClimb(patience=3)" in result.stderr
    assert len(stored("s.db", "toy/hill-climb/0")) == 3


def test_a_strategy_that_cannot_act_says_why() -> None:
    assert "Exhaustive cannot act" in fails("run", "continuous", "--trials", "3", "--strategy", "exhaustive", code=1)


@pytest.mark.parametrize("command", [["run", "toy", "--trials", "3"], ["resume"], ["report"], ["list"]])
def test_a_file_that_is_no_store_is_left_alone(command: list[str]) -> None:
    Path("notes.txt").write_text("not a database, but long enough to look at: " * 40)
    before = Path("notes.txt").read_bytes()
    assert "notes.txt" in fails(*command, "--store", "notes.txt", code=1)
    assert Path("notes.txt").read_bytes() == before


def test_an_address_that_is_none_is_one_line() -> None:
    fails("run", "toy", "--trials", "3", "--store", "nosuch://place", code=1)


def test_a_page_that_cannot_be_written_is_one_line() -> None:
    succeeds("run", "toy", "--trials", "3", "--store", "s.db")
    message = fails("report", "--store", "s.db", "--output", "no/such/folder.html", code=1)
    assert "cannot be written" in message


def test_nothing_is_imported_by_name_from_a_store() -> None:
    details = json.dumps({"problem": "os.path", "strategy": "random", "settings": {}, "trials": 3,
                          "from_published": False, "baseline_of": ""})  # fmt: skip
    Study(toy(), RandomSearch(), seed=0, store="s.db", name="odd", details=details).run(trials=2, progress=False)
    assert "there is no problem 'os.path'" in fails("resume", "--store", "s.db", "--trials", "3", code=2)


# -- strategies by name ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_is_made_with_its_defaults(name: str) -> None:
    assert make_strategy(name, {}) is not None
    pairs = [pair for pair in settings_text(name).split(", ") if pair]
    assert make_strategy(name, read_settings(name, pairs)) == make_strategy(name, {})


def test_settings_are_read_by_type() -> None:
    assert read_settings("regularized-evolution", ["tournament=none", "population=7"]) == {
        "tournament": None,
        "population": 7,
    }
    assert read_settings("genetic-algorithm", ["mutation=1"]) == {"mutation": 1.0}
    with pytest.raises(BadSetting, match="twice"):
        read_settings("hill-climb", ["patience=1", "patience=2"])
    with pytest.raises(UnknownStrategy, match="there are auto, random, exhaustive"):
        make_strategy("zzz", {})


# -- real processes --------------------------------------------------------------------------------------------------


def inlay_process(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "inlay", *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


WINE = ["run", "pipelines/wine", "--strategy", "genetic-algorithm", "--set", "population=3", "--no-baseline"]


def trials_in(store: str) -> int:
    if not Path(store).exists():
        return 0
    with Store(store) as opened:
        return len(opened.log("mine")) if "mine" in [header.name for header in opened.headers()] else 0


def wait_for(store: str, trials: int, process: "subprocess.Popen[str]") -> None:
    while trials_in(store) < trials and process.poll() is None:
        time.sleep(0.02)


def test_a_killed_run_resumes_to_the_same_trials() -> None:
    killed = inlay_process(*WINE, "--trials", "5", "--store", "parts.db", "--name", "mine")
    wait_for("parts.db", 2, killed)
    killed.kill()
    killed.communicate()
    kept = stored("parts.db", "mine")
    assert len(kept) >= 2
    succeeds("resume", "--store", "parts.db")
    succeeds(*WINE, "--trials", "5", "--store", "whole.db", "--name", "mine")
    assert stored("parts.db", "mine") == stored("whole.db", "mine")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interrupt_says_how_to_resume() -> None:
    process = inlay_process(*WINE, "--trials", "500", "--store", "s.db", "--name", "mine", "--workers", "1")
    wait_for("s.db", 2, process)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.count("\n") == 1
    assert "inlay resume mine --store s.db --trials " in errors


def test_the_module_runs_and_prints_no_traceback() -> None:
    process = inlay_process("run", "pipelines/vine", "--trials", "3")
    output, errors = process.communicate()
    assert (process.returncode, output, errors.count("\n")) == (2, "", 1)
    assert "did you mean pipelines/wine?" in errors
