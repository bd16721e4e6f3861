"""The hardware problems of the catalog: each is made, named, and as good as it says."""

from functools import cache

import pytest

from inlay.problems.catalog import names, problem
from inlay.problems.hardware.attention_patterns import attention_pattern_problem
from inlay.problems.hardware.named import named_problem
from inlay.problems.hardware.speculation import speculation_problem
from inlay.problems.hardware.spgemm import spgemm_problem
from inlay.search import Problem, Study
from inlay.search.baselines import against_baselines
from inlay.search.report import report_page

HARDWARE = [name for name in names() if name.startswith("hardware/")]


@cache
def made(name: str) -> Problem:
    return problem(name)


def test_every_area_has_a_problem() -> None:
    assert len(HARDWARE) == 13


@pytest.mark.parametrize("name", HARDWARE)
def test_it_is_named_as_in_the_catalog_and_says_where_it_comes_from(name: str) -> None:
    assert made(name).name.partition("(")[0] in (name, name.removesuffix("_slow_network"), name.removesuffix("_h100"))
    assert "arXiv" in made(name).source or "doi" in made(name).source


@pytest.mark.parametrize("name", HARDWARE)
def test_published_points_are_evaluated_and_none_is_better_than_the_best_known(name: str) -> None:
    """The report enters every published point by itself; only one that the device cannot hold may be infeasible."""
    assert made(name).published
    study = Study(made(name), seed=0)
    study.enqueue(*made(name).published.values())
    study.run(trials=len(made(name).published), progress=False)
    assert {trial.state for trial in study.trials} == {"done"}
    assert any(trial.violation == 0.0 for trial in study.trials)
    best = made(name).best_known
    if best is not None:
        sign = made(name).signs[0]
        for trial in study.trials:
            if trial.violation == 0.0:
                assert trial.losses[0] >= sign * best * (1 - sign * 1e-9), trial.program
    if not made(name).noisy:
        rows = against_baselines(study)
        assert {row.label for row in rows} >= set(made(name).published)


def test_a_report_shows_the_schedules_of_the_best_plan_and_the_published_ones() -> None:
    pytest.importorskip("matplotlib")
    study = Study(made("hardware/moe_schedule"), seed=0).run(trials=10, progress=False)
    page = report_page(study)
    for shown in ("<h2>Pictures</h2>", "<h3>Best program</h3>", "<h3>FSMoE</h3>", "dispatch", "makespan 518.6 ms"):
        assert shown in page, shown
    assert page.count("<svg") == 1 + 1 + len(study.problem.published)


def test_names_say_what_is_not_standard() -> None:
    assert named_problem("moe_schedule_slow_network").name == "hardware/moe_schedule(network=3.0)"
    assert attention_pattern_problem(6).name == "hardware/attention_patterns(heads=6)"
    assert spgemm_problem("uniform").name == "hardware/spgemm(matrix='uniform')"
    assert speculation_problem(rounds=20).name == "hardware/speculation(rounds=20)"
    assert named_problem("draft_tree_h100").name == "hardware/draft_tree(nodes=128, device='h100', batch=4)"
