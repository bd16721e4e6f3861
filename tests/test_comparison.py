"""Comparing strategies: what is run, what is kept, and what is shown."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from test_report import Page, assert_self_contained

from inlay.problems.classical import knapsack, one_max, sphere
from inlay.search import Exhaustive, GeneticAlgorithm, HillClimb, Outcome, Problem, Proposal, RandomSearch, Strategy
from inlay.search.comparison import compare
from inlay.search.comparison_log import ComparisonLog
from inlay.search.comparison_result import Comparison, Facts
from inlay.search.comparison_runs import Budget, RunResult
from inlay.spaces import Integer, Real

NASTY = """<script>alert("x")</script> & 'q' $\\bad$"""
CLIMBERS: dict[str, Strategy] = {"climb": HillClimb(), "GA": GeneticAlgorithm(8)}


def square(name: str = "square", **options: Any) -> Problem:
    return Problem(name, Integer(-50, 50), lambda x: (x - 40) ** 2, **options)


@dataclass
class Breaks(Strategy):
    """Proposes a few members, then raises."""

    after: int = 3

    def start(self, space: Any, rng: Random, objectives: Any) -> None:
        self.space, self.rng, self.asked = space, rng, 0

    def ask(self, n: int) -> Sequence[Proposal]:
        self.asked += 1
        if self.asked > self.after:
            raise ArithmeticError(NASTY)
        return [Proposal(self.space.sample(self.rng))]

    def tell(self, trials: Any) -> None:
        pass


def made_by_hand(losses: dict[str, list[list[float]]], budget: float = 10, sign: float = 1.0) -> Comparison:
    """A comparison on problems p0, p1, ... with one curve, of losses after each trial, for each problem and seed."""
    runs = []
    problems = len(next(iter(losses.values())))
    for problem in range(problems):
        for label, curves in losses.items():
            curve = tuple((float(i + 1), value) for i, value in enumerate(curves[problem]))
            runs.append(RunResult(f"p{problem}", label, 0, curve=curve, trials=len(curve)))
    facts = tuple(Facts(f"p{i}", "loss", sign) for i in range(problems))
    return Comparison(facts, tuple(losses), (0,), Budget(budget), next(iter(losses)), tuple(runs))


# -- what is run -----------------------------------------------------------------------------------------------------


def test_every_strategy_runs_on_every_problem_with_every_seed_and_random_search_is_among_them() -> None:
    found = compare(CLIMBERS, [one_max(12), square()], seeds=range(3), trials=20)
    assert found.strategies == ("climb", "GA", "random search")
    assert [(run.problem, run.strategy, run.seed) for run in found.runs] == [
        (problem, label, seed)
        for problem in ("classical/one_max(n=12)", "square")
        for label in found.strategies
        for seed in range(3)
    ]
    assert all(run.trials == 20 and run.state == "done" for run in found.runs)


def test_a_random_search_of_ones_own_is_the_baseline() -> None:
    found = compare({"mine": RandomSearch()}, [square()], seeds=[4], trials=5)
    assert (found.strategies, found.baseline) == (("mine",), "mine")


def test_published_points_are_rows_of_no_search() -> None:
    made = square(published={"guess": 38, "worse": 0}, held_out=lambda x: {"far": x + 0.5})
    found = compare({}, [made], seeds=range(2), trials=5)
    assert [(run.strategy, run.loss, run.held_out) for run in found.no_search("square")] == [
        ("no search: guess", 4.0, {"far": 38.5}),
        ("no search: worse", 1600.0, {"far": 0.5}),
    ]
    assert [line.label for line in found.lines()] == ["no search: guess", "no search: worse", "random search"]
    assert all(label in found.table() for label in ("no search: guess", "held-out far"))


def test_published_points_are_evaluated_by_problems_that_evaluate_many() -> None:
    made = Problem("many", Integer(0, 9), evaluate_many=lambda xs: [2.0 * x for x in xs], published={"a": 3, "b": 4})
    found = compare({}, [made], seeds=[0], trials=5)
    assert [(run.strategy, run.loss) for run in found.no_search("many")] == [
        ("no search: a", 6.0),
        ("no search: b", 8.0),
    ]


def test_a_published_point_that_fails_or_violates_says_so() -> None:
    def evaluate(x: int) -> Outcome:
        if x == 3:
            raise ValueError("three is no number")
        return Outcome({"loss": float(x)}, violations=[4 - x])

    made = Problem("picky", Integer(0, 9), evaluate, published={"broken": 3, "outside": 2})
    notes = {line.label: line.note for line in compare({}, [made], seeds=[0], trials=5).lines()}
    assert "three is no number" in notes["no search: broken"]
    assert notes["no search: outside"] == "it violates a constraint"


def test_the_runs_are_those_of_studies() -> None:
    from inlay.search import Study

    found = compare({"climb": HillClimb()}, [one_max(16)], seeds=[7], trials=40)
    study = Study(one_max(16), HillClimb(), seed=7).run(trials=40, progress=False)
    (run,) = found.runs_of("classical/one_max(n=16)", "climb")
    best = np.minimum.accumulate([trial.loss for trial in study.trials])
    assert run.loss == best[-1]
    assert run.curve == tuple(
        (i + 1.0, value) for i, value in enumerate(best) if i == 0 or value < best[i - 1]
    )  # the first trial with each better loss


@pytest.mark.parametrize("workers", [2, "threads"])
def test_the_result_does_not_depend_on_who_does_the_work(workers: Any) -> None:
    problems = [one_max(12), sphere(2), knapsack(8)]
    alone = compare(CLIMBERS, problems, seeds=range(2), trials=30)
    if workers == "threads":
        with ThreadPoolExecutor(3) as pool:
            together = compare(CLIMBERS, problems, seeds=range(2), trials=30, workers=pool)
    else:
        together = compare(CLIMBERS, problems, seeds=range(2), trials=30, workers=workers)
    assert together == alone
    assert together.table() == alone.table()


def test_only_feasible_trials_count() -> None:
    made = Problem("bound", Integer(0, 20), lambda x: Outcome({"loss": x}, violations=[8 - x]))
    found = compare({"all": Exhaustive()}, [made], seeds=[0], trials=21)
    (run,) = found.runs_of("bound", "all")
    assert run.curve == ((9.0, 8.0),)


def test_a_cost_is_an_equal_budget_and_cheap_fidelities_do_not_count() -> None:
    def evaluate(x: float, fidelity: float) -> Outcome:
        return Outcome({"loss": x}, cost=fidelity)

    @dataclass
    class Alternating(Strategy):
        """A third of the cost for two trials, then a full one."""

        def start(self, space: Any, rng: Random, objectives: Any) -> None:
            self.space, self.asked = space, 0

        def ask(self, n: int) -> Sequence[Proposal]:
            self.asked += 1
            full = self.asked % 3 == 0
            return [Proposal(9.0 - self.asked / 10 if full else 0.0, fidelity=1.0 if full else 1 / 3)]

        def tell(self, trials: Any) -> None:
            pass

    made = Problem("levels", Real(0, 9), evaluate, fidelities=(1 / 3, 1.0))
    found = compare({"alternating": Alternating()}, [made], seeds=[0], cost=5)
    (run,) = found.runs_of("levels", "alternating")
    assert [spent for spent, _ in run.curve] == pytest.approx([5 / 3, 10 / 3, 5])
    assert [loss for _, loss in run.curve] == pytest.approx([8.7, 8.4, 8.1])
    assert found.curves("levels")["alternating"].spent[-1] == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": None}, "one budget"),
        ({"cost": 3}, "one budget"),
        ({"trials": 0}, "positive"),
        ({"trials": 2.5}, "is an integer"),
        ({"seeds": [None]}, "must be an integer"),
        ({"seeds": []}, "at least one seed"),
        ({"seeds": [1, 1]}, "every seed"),
        ({"problems": []}, "at least one problem"),
        ({"problems": [square(), square()]}, "every problem"),
        ({"strategies": {"random search": HillClimb()}}, "call it otherwise"),
        ({"strategies": {"no search: x": HillClimb()}}, "maps to"),
        ({"strategies": {"class": HillClimb}}, "maps to"),
        ({"problems": [Problem("two", Integer(0, 3), lambda x: {"a": x, "b": x},
                               objectives={"a": "minimize", "b": "minimize"})]}, "several objectives"),
    ],
)  # fmt: skip
def test_what_makes_no_comparison_is_refused(change: dict[str, Any], message: str) -> None:
    given = {"strategies": {}, "problems": [square()], "seeds": [0], "trials": 3, **change}
    with pytest.raises(ValueError, match=message):
        compare(**given)


# -- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_refusal_is_not_applicable_and_says_why() -> None:
    found = compare({"all": Exhaustive()}, [sphere(2), square()], seeds=range(2), trials=10)
    assert not found.applies(sphere(2).name, "all")
    line = next(line for line in found.lines() if line.problem == sphere(2).name and line.label == "all")
    assert line.note.startswith("not applicable: Exhaustive cannot act on this space")
    assert (line.value, line.rank, line.done) == (None, None, 0)
    assert found.failures() == []
    assert list(found.ranks(sphere(2).name)) == ["random search"]
    assert "all" in found.ranks()
    assert found.times()["all"][0] == math.inf
    assert "1 of 2" in found.table()


@pytest.mark.parametrize("workers", [None, 2])
def test_a_run_that_breaks_is_shown_and_the_others_go_on(workers: int | None) -> None:
    found = compare({"breaks": Breaks(), "climb": HillClimb()}, [square()], seeds=range(2), trials=9, workers=workers)
    assert [run.state for run in found.runs_of("square", "breaks")] == ["failed", "failed"]
    assert [run.state for run in found.runs_of("square", "climb")] == ["done", "done"]
    assert "2 of 2 runs failed: ArithmeticError" in found.table()
    assert [run.strategy for run in found.failures()] == ["breaks", "breaks"]
    assert found.ranks()["breaks"] == 3.0


def test_a_worker_that_dies_or_hangs_takes_one_run_with_it() -> None:
    def evaluate(x: int) -> float:
        if x == 0:
            os._exit(1)
        while x == 1:
            pass
        return float(x)

    made = Problem("deadly", Integer(0, 3), evaluate)
    ends = compare(
        {"low": Fixed(0), "hangs": Fixed(1), "fine": Fixed(2)}, [made], seeds=[0], trials=2, workers=1, timeout=3
    )
    states = {run.strategy: (run.state, run.note) for run in ends.runs}
    assert states["low"][0] == "failed"
    assert "WorkerDied" in states["low"][1]
    assert states["hangs"][0] == "failed"
    assert "TaskTimeout" in states["hangs"][1]
    assert states["fine"] == ("done", "")


@dataclass
class Fixed(Strategy):
    """Proposes one member for ever."""

    value: int

    def start(self, space: Any, rng: Random, objectives: Any) -> None:
        self.space = space

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(self.value)]

    def tell(self, trials: Any) -> None:
        pass


def test_a_run_without_success_ranks_last_and_is_listed() -> None:
    def evaluate(x: int) -> float:
        if x < 45:
            raise ValueError("too small")
        return float(x)

    found = compare(
        {"low": Fixed(3), "high": Fixed(45)}, [Problem("cut", Integer(-50, 50), evaluate)], seeds=[0], trials=4
    )
    assert found.ranks()["low"] > found.ranks()["high"]
    (note,) = [line.note for line in found.lines() if line.label == "low"]
    assert note.startswith("1 of 1 runs found nothing: no feasible success; ValueError: too small")
    assert math.isnan(found.curves("cut")["low"].median[-1])


def test_failed_trials_of_a_run_that_went_on_are_counted() -> None:
    def evaluate(x: int) -> float:
        return math.nan if x % 2 else float(x)

    found = compare({"all": Exhaustive()}, [Problem("half", Integer(0, 9), evaluate)], seeds=[0], trials=10)
    assert [line.note for line in found.lines() if line.label == "all"] == ["5 trials failed"]


def test_a_held_out_score_that_fails_is_noted() -> None:
    def held_out(x: int) -> dict[str, float]:
        raise OSError("the disk is gone")

    found = compare({}, [square(held_out=held_out)], seeds=[0], trials=3)
    assert "no held-out score: OSError: the disk is gone" in found.lines()[0].note


# -- what is kept ----------------------------------------------------------------------------------------------------


def counted(store: Path, **change: Any) -> tuple[Comparison, list[RunResult]]:
    """A comparison with a store, and the runs that it made."""
    made: list[RunResult] = []
    given = {"strategies": CLIMBERS, "problems": [one_max(12), square(published={"guess": 1})], "trials": 15}
    found = compare(**{**given, **change}, seeds=range(2), store=store, watch=lambda run, i, n: made.append(run))
    return found, made


def test_a_second_call_makes_only_what_is_missing(tmp_path: Path) -> None:
    first, made = counted(tmp_path / "runs.jsonl")
    assert made == list(first.runs)
    second, made = counted(tmp_path / "runs.jsonl")
    assert (second, made) == (first, [])
    _, made = counted(tmp_path / "runs.jsonl", strategies={**CLIMBERS, "patient": HillClimb(patience=9)})
    assert {run.strategy for run in made} == {"patient"}
    assert len(made) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"trials": 16},
        {"strategies": {"climb": HillClimb(patience=3), "GA": GeneticAlgorithm(9)}},
        {"problems": [one_max(13), Problem("square", Integer(-50, 49), lambda x: x * x, published={"guess": 2})]},
    ],
)
def test_another_budget_strategy_or_space_is_another_run(tmp_path: Path, change: dict[str, Any]) -> None:
    counted(tmp_path / "runs.jsonl")
    _, made = counted(tmp_path / "runs.jsonl", **change)
    assert len(made) >= 8


def test_the_order_of_problems_and_strategies_does_not_matter_to_the_store(tmp_path: Path) -> None:
    counted(tmp_path / "runs.jsonl")
    _, made = counted(tmp_path / "runs.jsonl", strategies=dict(reversed(CLIMBERS.items())), problems=[one_max(12)])
    assert made == []


KILLED = """
import os, sys
from inlay.problems.classical import one_max
from inlay.search import GeneticAlgorithm, HillClimb
from inlay.search.comparison import compare

def watch(run, done, of):
    if done == 5:
        os._exit(9)

compare({"climb": HillClimb(), "GA": GeneticAlgorithm(8)}, [one_max(12)], seeds=range(4), trials=15,
        store=sys.argv[1], watch=watch)
"""


def test_a_comparison_that_is_killed_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    store = tmp_path / "runs.jsonl"
    assert subprocess.run([sys.executable, "-c", KILLED, str(store)]).returncode == 9
    made: list[int] = []
    options: dict[str, Any] = {"seeds": range(4), "trials": 15}
    found = compare(CLIMBERS, [one_max(12)], **options, store=store, watch=lambda run, i, n: made.append(i))
    assert made == list(range(6, 13))
    assert found == compare(CLIMBERS, [one_max(12)], **options)


def test_a_line_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    store = tmp_path / "runs.jsonl"
    first, _ = counted(store)
    store.write_bytes(store.read_bytes()[:-30])
    second, made = counted(store)
    assert (second, len(made)) == (first, 1)
    third, made = counted(store)
    assert (third, made) == (first, [])


def test_failed_runs_are_tried_again(tmp_path: Path) -> None:
    for _ in range(2):
        _, made = counted(tmp_path / "runs.jsonl", strategies={"breaks": Breaks()}, problems=[square()])
        assert [run.strategy for run in made if run.state == "failed"] == ["breaks", "breaks"]


def test_infinite_losses_survive_the_store(tmp_path: Path) -> None:
    log = ComparisonLog(tmp_path / "runs.jsonl")
    run = RunResult("p", "s", 3, curve=((1.0, math.inf), (2.0, -math.inf)), held_out={"x": 0.1}, note="é")
    log.add("key", run)
    assert ComparisonLog(tmp_path / "runs.jsonl").runs == {"key": run}


@pytest.mark.parametrize("content", [b"SQLite format 3\x00", b'{"a": 1}\n', b"hello"])
def test_a_file_of_another_kind_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ValueError, match="no log of a comparison"):
        compare({}, [square()], seeds=[0], trials=2, store=tmp_path / "other")
    assert (tmp_path / "other").read_bytes() == content


# -- what is shown ---------------------------------------------------------------------------------------------------


def test_ranks_are_averaged_over_problems_with_ties() -> None:
    found = made_by_hand({"a": [[5.0], [1.0]], "b": [[5.0], [2.0]], "c": [[7.0], []]})
    assert found.ranks() == {"a": 1.25, "b": 1.75, "c": 3.0}
    assert found.ranks("p0") == {"a": 1.5, "b": 1.5, "c": 3.0}


def test_times_and_scores_on_a_worked_example() -> None:
    """Half of the strategies reach the target: here it is the loss 3, that of the second of the three."""
    found = made_by_hand({"a": [[9.0, 3.0, 1.0]], "b": [[9.0, 8.0, 7.0, 3.0]], "c": [[9.0, 8.0]]})
    assert found.targets() == {"p0": 3.0}
    assert found.times() == {"a": [2.0], "b": [4.0], "c": [math.inf]}
    assert found.scores() == pytest.approx({"a": 1.0, "b": 2 / 3, "c": 0.0})
    assert found.times({"p0": 8.0}) == {"a": [2.0], "b": [2.0], "c": [2.0]}
    assert found.profile(taus=[1, 1.9, 2]) == {
        "a": [(1, 1.0), (1.9, 1.0), (2, 1.0)],
        "b": [(1, 0.0), (1.9, 0.0), (2, 1.0)],
        "c": [(1, 0.0), (1.9, 0.0), (2, 0.0)],
    }


def test_a_strategy_that_finds_the_target_at_no_cost_is_the_fastest() -> None:
    runs = [RunResult("p", label, 0, curve=((spent, 1.0),)) for label, spent in (("free", 0.0), ("paid", 1.0))]
    found = Comparison((Facts("p", "loss", 1.0),), ("free", "paid"), (0,), Budget(5, "cost"), "free", tuple(runs))
    assert found.scores() == {"free": 1.0, "paid": 0.0}


def test_curves_are_medians_with_the_middle_half() -> None:
    runs = tuple(
        RunResult("p", "a", seed, curve=curve)
        for seed, curve in enumerate([((1.0, 8.0), (3.0, 4.0)), ((2.0, 6.0),), ((1.0, 9.0), (4.0, 1.0)), ((5.0, 0.0),)])
    )
    found = Comparison((Facts("p", "loss", 1.0),), ("a",), tuple(range(4)), Budget(5), "a", runs)
    curve = found.curves("p")["a"]
    assert curve.spent.tolist() == [1, 2, 3, 4, 5]
    assert curve.median.tolist() == [9, 8, 6, 4, 1]  # the second best of the four after each trial
    assert curve.low.tolist() == [8, 6, 4, 1, 0]
    assert np.isnan(curve.high[0])
    assert curve.high[1:].tolist() == [9, 9, 6, 4]


def test_a_maximised_objective_is_shown_as_it_is() -> None:
    made = Problem("gain", Integer(0, 30), lambda x: float(x), objectives={"gain": "maximize"}, published={"five": 5})
    found = compare({"all": Exhaustive()}, [made], seeds=range(3), trials=31)
    assert found.median("gain", "all").median == 30
    assert found.ranks()["all"] < found.ranks()["random search"]
    curve = found.curves("gain")["random search"]
    assert (np.diff(curve.median) >= 0).all()
    assert (curve.low <= curve.median).all()
    assert (curve.median <= curve.high).all()
    assert "gain, median" in found.table()
    assert next(line.value.median for line in found.lines() if line.value) == 5.0


def test_medians_have_intervals() -> None:
    found = compare({"climb": HillClimb()}, [one_max(32)], seeds=range(9), trials=30)
    interval = found.median(one_max(32).name, "climb")
    losses = sorted(run.loss for run in found.runs_of(one_max(32).name, "climb"))
    assert interval.median == losses[4]
    assert losses[0] <= interval.low <= interval.median <= interval.high <= losses[-1]
    assert interval.low < interval.high


def test_the_table_lists_the_strategies_by_rank() -> None:
    lines = made_by_hand({"worse": [[5.0], [4.0]], "better": [[1.0], [2.0]]}).table().splitlines()
    assert lines[0] == "2 strategies on 2 problems, 1 seed each, 10 trials a run"
    assert [line.split()[:3] for line in lines[3:5]] == [["better", "1.00", "1.000"], ["worse", "2.00", "0.000"]]
    assert str(made_by_hand({"a": [[1.0]]})).startswith("1 strategies")


def test_unknown_runs_are_named() -> None:
    with pytest.raises(KeyError, match="no runs of 'b' on 'p0'"):
        made_by_hand({"a": [[1.0]]}).runs_of("p0", "b")


def test_the_page_holds_everything_and_loads_nothing(tmp_path: Path) -> None:
    nasty = Problem(NASTY, Integer(0, 9), lambda x: float(x), objectives={NASTY: "minimize"}, source=NASTY,
                    published={NASTY: 3}, held_out=lambda x: {NASTY: 1.0}, best_known=0.0)  # fmt: skip
    found = compare(
        {NASTY: HillClimb(), "breaks": Breaks(1), "all": Exhaustive()}, [nasty, sphere(2)], seeds=range(2), trials=9
    )
    found.save_html(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert_self_contained(text, page)
    assert "<script" not in text
    assert page.tags.count("svg") == 3
    assert page.all("h2").splitlines()[:2] == ["Summary", "Performance profile"]
    for shown in (f"no search: {NASTY}", "random search", "breaks", f"{NASTY}"):
        assert shown in page.all("td").splitlines(), shown
    assert any(line.startswith("not applicable: Exhaustive") for line in page.all("td").splitlines())
    assert sum("ArithmeticError" in line for line in page.all("td").splitlines()) >= 4
    assert "best known 0.0000" in page.all("h2")


def test_the_page_is_the_same_for_the_same_runs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        compare(CLIMBERS, [one_max(8)], seeds=range(2), trials=9).save_html(tmp_path / name)
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()


def test_notebooks_show_tables() -> None:
    text = compare({}, [square()], seeds=[0], trials=3)._repr_html_()
    page = Page(text)
    assert page.tags.count("table") == 2
    assert "svg" not in page.tags


def test_plots_have_a_panel_for_each_problem_and_one_for_the_profile() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    figure = compare(CLIMBERS, [one_max(8), square(published={"guess": 1}), sphere(2)], seeds=range(2), trials=9).plot()
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == ["performance profile", one_max(8).name, "square", sphere(2).name]
    assert [text.get_text() for text in shown[2].get_legend().get_texts()] == [
        "climb", "GA", "random search", "no search: guess"]  # fmt: skip
    assert dict(matplotlib.rcParams) == before


def test_without_matplotlib_the_page_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = made_by_hand({"a": [[1.0]]})
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    found.save_html(tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text())
    assert "svg" not in page.tags
    assert "pip install 'inlay[plots]'" in page.all("p")
    with pytest.raises(ImportError, match=r"inlay\[plots\]"):
        found.plot()


def test_a_stored_line_is_plain_json(tmp_path: Path) -> None:
    counted(tmp_path / "runs.jsonl")
    header, *lines = (tmp_path / "runs.jsonl").read_text().splitlines()
    assert json.loads(header) == {"inlay": "comparison"}
    assert len({json.loads(line)["key"] for line in lines}) == len(lines) == 13
