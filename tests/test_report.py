"""The comparison, the page about a study, and programs as source code."""

import re
import sys
from collections.abc import Callable
from fractions import Fraction
from html.parser import HTMLParser
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.problems import problem
from inlay.search import Exhaustive, Problem, RandomSearch, RegularizedEvolution, Study, maximize
from inlay.search.baselines import Row, against_baselines
from inlay.search.report import number_text, report_page, size_text
from inlay.search.source_code import source_code
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, SpaceError, program, space, symbolic

VOID = {"meta", "br", "hr", "img", "link", "input"}
NASTY = """<script>alert("x")</script> & 'q' $\\bad$"""


class Page(HTMLParser):
    """Reads a page: its text by tag, the code blocks, the links, and whether its tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str) -> str:
        return "\n".join(self.text.get(tag, []))


def assert_self_contained(text: str, page: Page) -> None:
    links = [value or "" for name, value in page.attributes if name in ("src", "href", "xlink:href", "action")]
    assert all(link.startswith("#") for link in links)
    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
    assert not re.search(r"https?://|@import|url\((?!#)", text)


def toy(**changes: Any) -> Problem:
    settings: dict[str, Any] = {"published": {"a guess": 3}, "held_out": lambda x: {"score": x - 0.5}, **changes}
    return Problem("toy", Integer(0, 20), lambda x: float(x), objectives={"score": "maximize"}, **settings)


def searched(made: Problem, trials: int = 8, name: str = "") -> Study:
    return Study(made, RandomSearch(), seed=0, name=name).run(trials=trials, progress=False)


# -- comparison ------------------------------------------------------------------------------------------------------


def test_rows_are_published_points_baseline_and_search() -> None:
    study = Study(toy(), Exhaustive(), seed=0).run(trials=30, progress=False)
    rows = against_baselines(study, searched(toy(), 21))
    assert [row.label for row in rows] == ["a guess", "random search, same budget", "this search"]
    assert [row.trials for row in rows] == [1, 21, 21]
    assert rows[0].searched == {"score": 3.0}
    assert rows[2].searched == {"score": 20.0}
    assert rows[2].held_out == {"score": 19.5}
    assert rows[2].difference("score") == -0.5
    assert rows[2].difference("other") is None


def test_a_smaller_baseline_is_not_called_the_same_budget() -> None:
    assert against_baselines(searched(toy(), 8), searched(toy(), 3))[1].label == "random search, 3 of 8 trials"


def test_the_objective_is_called_only_for_published_points_that_no_study_tried() -> None:
    calls: list[int] = []

    def evaluate(x: int) -> float:
        calls.append(x)
        return float(x)

    made = Problem("toy", Integer(0, 3), evaluate, published={"first": 0, "last": 3})
    study = Study(made, Exhaustive(), seed=0).run(trials=2, progress=False)
    calls.clear()
    assert [row.searched for row in against_baselines(study)[:2]] == [{"loss": 0.0}, {"loss": 3.0}]
    assert calls == [3]


def test_what_fails_is_noted_and_not_raised() -> None:
    def evaluate(x: int) -> float:
        raise ArithmeticError(f"no {x}")

    def held_out(x: int) -> dict[str, float]:
        raise OSError("the disk is gone")

    failing = searched(Problem("toy", Integer(0, 3), evaluate, published={"first": 0}))
    assert [row.note for row in against_baselines(failing)][1] == "no success"
    assert "ArithmeticError: no 0" in against_baselines(failing)[0].note
    assert "the disk is gone" in against_baselines(searched(toy(held_out=held_out)))[-1].note


def test_several_objectives_have_a_front_and_no_best() -> None:
    rows = against_baselines(two_goals())
    assert rows[-1].note == f"{len(two_goals().pareto)} on the Pareto front"
    assert rows[-1].searched == {}


def two_goals() -> Study:
    goals = {"gain": "maximize", "price": "minimize"}
    made = Problem("two goals", {"x": Integer(0, 9), "y": Integer(0, 9)}, two, objectives=goals)
    return Study(made, RandomSearch(), seed=0).run(trials=40, progress=False)


def two(d: dict[str, int]) -> dict[str, float]:
    return {"gain": d["x"] + d["y"], "price": d["x"] ** 2}


# -- page ------------------------------------------------------------------------------------------------------------


def test_page_holds_everything_and_loads_nothing() -> None:
    study = searched(toy(source="somewhere, 1999", best_known=20.0), 12)
    text = report_page(study, searched(toy(), 12, name="random"), history=["stopped after 12 trials: trials"])
    page = Page(text)
    assert_self_contained(text, page)
    assert page.tags.count("svg") == 1
    assert "best-so-far" not in page.all("td")
    for shown in ("a guess", "random search, same budget", "this search", "RandomSearch()", "somewhere, 1999",
                  "stopped after 12 trials: trials", f"{study.best.score:.3f}"):  # fmt: skip
        assert shown in page.all("td"), shown
    assert "Integer(0, 20)" in page.all("pre")
    assert "21 members" in page.all("summary")
    assert "random" in page.all("text")  # the legend: text in the picture stays text
    assert "prefers-color-scheme: dark" in page.all("style")


def test_the_same_study_gives_the_same_page() -> None:
    def write() -> str:
        study = searched(toy())
        for trial in study.trials:
            trial.seconds = 0.0
        return report_page(study, rows=[Row("this search")])

    assert write() == write()


def test_the_code_on_the_page_runs_and_has_the_stated_score() -> None:
    made = problem("pipelines/wine")
    study = Study(made, RegularizedEvolution(population=5), seed=3).run(trials=8, progress=False)
    code = Page(report_page(study)).all("code")
    scope: dict[str, Any] = {}
    exec(compile(code, "page", "exec"), scope)
    assert made.evaluate is not None
    assert made.evaluate(scope["candidate"]).objectives["accuracy"] == pytest.approx(study.best.score)
    assert "import Pipeline" in code
    assert code.count("\n") > 4


def test_everything_from_outside_is_escaped() -> None:
    def evaluate(x: str) -> float:
        if x == "bad":
            raise ValueError(NASTY)
        return 1.0

    made = Problem(NASTY, Choice(NASTY, "bad"), evaluate, objectives={NASTY: "minimize"}, source=NASTY,
                   published={NASTY: NASTY})  # fmt: skip
    study = Study(made, RandomSearch(), seed=0, name=NASTY).run(trials=9, progress=False)
    assert {trial.state for trial in study.trials} == {"done", "failed"}
    text = report_page(study, history=[NASTY])
    assert_self_contained(text, Page(text))
    assert "<script" not in text
    assert NASTY in Page(text).all("title")
    assert NASTY in Page(text).all("text")


def test_failures_are_counted_by_message() -> None:
    def evaluate(x: int) -> float:
        if x % 2:
            raise ValueError("odd")
        return float(x)

    study = Study(Problem("half", Integer(0, 9), evaluate), Exhaustive(), seed=0).run(trials=10, progress=False)
    page = Page(report_page(study))
    assert "5 done, 5 failed" in page.all("td")
    failures = page.all("td")[page.all("td").index("ValueError: odd") :]
    assert failures.splitlines()[1:3] == ["5", "1"]


def test_the_page_says_what_the_search_was_given() -> None:
    study = Study(toy(), RandomSearch(), seed=0)
    study.tell(3, score=3.0)
    study.tell(7, score=7.0)
    study.run(trials=3, progress=False)
    assert "a guess, trial 1" in Page(report_page(study)).all("td").splitlines()
    assert "begun with" not in Page(report_page(searched(toy()))).all("th").splitlines()


def test_a_study_without_success_has_a_page() -> None:
    def evaluate(x: int) -> float:
        raise ValueError("never")

    page = Page(report_page(searched(Problem("never", Integer(0, 9), evaluate))))
    assert "svg" not in page.tags
    assert "nothing to draw" in page.all("p")


def test_several_objectives_show_the_front() -> None:
    study = two_goals()
    text = report_page(study)
    page = Page(text)
    assert_self_contained(text, page)
    assert "Pareto front" in page.all("h2")
    assert page.tags.count("code") == len(study.pareto)


def test_without_matplotlib_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = Page(report_page(searched(toy())))
    assert "svg" not in page.tags
    assert "pip install 'inlay[plots]'" in page.all("p")


def test_drawing_leaves_the_settings_of_matplotlib_alone() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    report_page(searched(toy()))
    assert dict(matplotlib.rcParams) == before


class Uncounted(Integer):
    """A space that cannot count its members."""

    def size(self) -> int | float:
        raise SpaceError("too many")


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Integer(0, 1233), "1,234 members"),
        (Real(0, 1), "infinitely many members"),
        (Permutation(range(30)), "about 2.65e32 members"),
        (Mask((100_000,)), "about 2 to the 100000 members"),
        (Uncounted(0, 9), "members not counted (too many)"),
    ],
)
def test_sizes_read_well(made: Any, text: str) -> None:
    assert size_text(space(made)).startswith(text)


@pytest.mark.parametrize(
    ("value", "text"), [(0.9812, "0.98120"), (1.0, "1.0000"), (12345.6, "12346"), (None, "–"), (1e-9, "1.0000e-09")]
)
def test_numbers_align(value: float | None, text: str) -> None:
    assert number_text(value) == text


# -- source code -----------------------------------------------------------------------------------------------------


@symbolic
class Block:
    """A symbolic class: a call writes a program."""

    def __init__(self, width: int, parts: Any = ()) -> None:
        self.width, self.parts = width, parts


def ran(value: Any) -> Any:
    scope: dict[str, Any] = {}
    exec(compile(source_code(value), "source", "exec"), scope)
    return scope["candidate"]


@pytest.mark.parametrize(
    "plain",
    [
        3,
        "text",
        None,
        {"a": [1, (2,), ()], 3: {"b": {1, 2}}, "empty": [{}, set(), frozenset({4})]},
        {"inf": float("inf"), "minus": -float("inf")},
        {"long": [f"a word of some length, number {i}" for i in range(20)]},
        [Fraction, len, {"deep": [[[[[["x" * 60, "y" * 60]]]]]]}],
    ],
)
def test_source_rebuilds_plain_values(plain: Any) -> None:
    member = space({"it": plain}).sample(Random(0))
    assert ran(member) == {"it": plain}


def test_source_is_broken_into_lines_that_fit() -> None:
    candidate = problem("pipelines/wine").space.sample(Random(3))
    assert max(map(len, source_code(candidate).splitlines())) <= 100


def test_source_rebuilds_arrays() -> None:
    member = space({"mask": Mask((4, 5))}).sample(Random(0))
    assert np.array_equal(ran(member)["mask"], member.build()["mask"])


def test_source_of_symbolic_heads_builds_them() -> None:
    built = ran(space({"net": Block(Choice(3, 4), [Block(1)])}).sample(Random(1)))["net"]
    assert isinstance(built, Block)
    assert isinstance(built.parts[0], Block)


def test_source_names_what_cannot_be_imported() -> None:
    def local(x: int) -> int:
        return x

    assert "# local comes from " in source_code(program(local, x=1))
    compile(source_code(program(local, x=1)), "source", "exec")
    large = source_code(space(Mask((2000,))).sample(Random(0)))
    assert "are left out" in large
    assert "<object object" in source_code(program(dict, it=object()))
    compile(source_code(program(dict, it=object())), "source", "exec")


def test_any_study_has_a_page(tmp_path: Any) -> None:
    objective: Callable[[Any], float] = lambda d: d["x"]  # noqa: E731
    study = maximize(objective, {"x": Real(0, 1)}, trials=5, seed=0, progress=False, store=tmp_path / "s.db")
    page = report_page(study)
    assert "candidate = {&#x27;x&#x27;: " in page
    assert "QuadraticTrustRegion, because the decision is a real number" in page
