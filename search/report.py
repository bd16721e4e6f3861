"""The page about a study: one HTML file that needs nothing else, readable in light and dark."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from ..spaces import Space, SpaceError, build
from .baselines import Row, against_baselines
from .pages import document, html_table, number_text, section
from .report_figure import figure, svg_element
from .source_code import source_code

if TYPE_CHECKING:
    from .study import Study

_MOST_FAILURES = 20
_MOST_ON_FRONT = 100
#: Inches of a picture of a candidate.
_PICTURE = (7.6, 3.0)


def report_page(
    study: Study, baseline: Study | None = None, rows: Sequence[Row] | None = None, history: Iterable[str] = ()
) -> str:
    """The page about a study as one HTML document; without `rows` the comparison is made here.

    `baseline` is random search at the same budget, `history` what happened to the study, a line each.

    >>> from inlay.spaces import Integer
    >>> from inlay.search import maximize
    >>> page = report_page(maximize(lambda x: x, Integer(0, 9), trials=5, seed=0, progress=False))
    >>> page.startswith("<!DOCTYPE html>"), "candidate = " in page
    (True, True)
    """
    rows = against_baselines(study, baseline) if rows is None else rows
    sections = [
        _heading(study),
        section("Comparison", _comparison(study, rows)),
        section("Progress", _progress(study, baseline, list(rows))),
        _best_program(study),
        _pictures(study),
        section("About this study", _facts(study, history)),
        _failures(study),
        _space(study),
    ]
    return document(f"{study.name} · Inlay", sections)


def _heading(study: Study) -> str:
    goals = ", ".join(f"{direction} {name}" for name, direction in study.problem.objectives.items())
    return (
        f"<header>\n<h1>{escape(study.name)}</h1>\n"
        f"<p>{escape(study.problem.name)}: {escape(goals)}. {len(study.trials)} trials.</p>\n</header>\n"
    )


# -- comparison ------------------------------------------------------------------------------------------------------


def _comparison(study: Study, rows: Sequence[Row]) -> str:
    objectives = list(study.problem.objectives)
    held_out = any(row.held_out for row in rows)
    kinds = ("searched", "held-out", "difference") if held_out else ("searched",)
    heads = ["", *(f"{name}, {kind}" for name in objectives for kind in kinds), "trials", "seconds", ""]
    body = "".join(_comparison_row(row, objectives, held_out) for row in rows)
    note = (
        '<p class="faint">Searched scores chose the winner and are optimistic for that; held-out scores are of data '
        "that no search saw. The difference is held-out minus searched. Seconds are those of all evaluations.</p>\n"
    )
    return f'<div class="wide">{html_table(heads, body)}</div>\n{note if held_out else ""}'


def _comparison_row(row: Row, objectives: list[str], held_out: bool) -> str:
    cells = []
    for name in objectives:
        cells.append(number_text(row.searched.get(name)))
        if held_out:
            cells += [number_text(row.held_out.get(name)), number_text(row.difference(name), sign=True)]
    cells += [str(row.trials), f"{row.seconds:.1f}"]
    numbers = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    mark = ' class="this"' if row.label == "this search" else ""
    return f'<tr{mark}><td>{escape(row.label)}</td>{numbers}<td class="text">{escape(row.note)}</td></tr>\n'


# -- progress and results --------------------------------------------------------------------------------------------


def _progress(study: Study, baseline: Study | None, rows: list[Row]) -> str:
    if not any(trial.state == "done" for trial in study.trials):
        return "<p>No trial has succeeded yet: there is nothing to draw.</p>\n"
    try:
        return f"{figure(study, baseline, rows)}\n"
    except ImportError as error:
        return f"<p>{escape(str(error))}</p>\n"


def _best_program(study: Study) -> str:
    if len(study.problem.objectives) > 1:
        return section("Pareto front", _front(study))
    if not any(trial.state == "done" for trial in study.trials):
        return ""
    best = study.best
    scores = ", ".join(f"{name} {number_text(value)}" for name, value in best.objectives.items())
    lead = f"<p>Trial {best.number}: {escape(scores)}.</p>\n"
    return section("Best program", f"{lead}<pre><code>{escape(source_code(best.program))}</code></pre>\n")


def _front(study: Study) -> str:
    names = list(study.problem.objectives)
    front = sorted(study.pareto, key=lambda trial: trial.losses)
    body = ""
    for trial in front[:_MOST_ON_FRONT]:
        scores = "".join(f"<td>{number_text(trial.objectives[name])}</td>" for name in names)
        code = f"<pre><code>{escape(source_code(trial.program))}</code></pre>"
        folded = f"<details><summary>program</summary>{code}</details>"
        body += f'<tr><td>{trial.number}</td>{scores}<td class="text">{folded}</td></tr>\n'
    more = len(front) - _MOST_ON_FRONT
    rest = f'<p class="faint">{more} more are in the store.</p>\n' if more > 0 else ""
    return f'<div class="wide">{html_table(["trial", *names, ""], body)}</div>\n{rest}'


def _pictures(study: Study) -> str:
    """The best program and the published ones as the problem draws them."""
    draw = study.problem.draw
    if draw is None:
        return ""
    done = len(study.problem.objectives) == 1 and any(trial.state == "done" for trial in study.trials)
    shown = ({"Best program": study.best.program} if done else {}) | dict(study.problem.published)
    try:
        drawn = [
            f"<h3>{escape(name)}</h3>\n{svg_element(partial(draw, build(point)), name, _PICTURE)}\n"
            for name, point in shown.items()
        ]
    except ImportError as error:
        drawn = [f"<p>{escape(str(error))}</p>\n"]
    return section("Pictures", "".join(drawn))


# -- facts -----------------------------------------------------------------------------------------------------------


def _given(study: Study) -> str:
    """The members that the strategy was given and did not propose, by their names where they are published points."""
    names = {study.space.key(point): name for name, point in study.problem.published.items()}
    given = [names.get(trial.key, f"trial {trial.number}") for trial in study.trials if trial.foreign]
    return ", ".join(dict.fromkeys(given))


def _facts(study: Study, history: Iterable[str]) -> str:
    states = Counter(trial.state for trial in study.trials)
    shared = sum(trial.reused is not None for trial in study.trials)
    facts = [
        ("problem", study.problem.name),
        ("source", study.problem.source),
        ("best known", "" if study.problem.best_known is None else number_text(study.problem.best_known)),
        ("strategy", study.configured),
        ("chosen", getattr(study.strategy, "reason", "")),
        ("seed", str(study.seed)),
        ("trials", f"{states['done']} done, {states['failed']} failed; {shared} were repeats and not evaluated again"),
        ("begun with", _given(study)),
        ("evaluation", f"{sum(trial.seconds for trial in study.trials):.1f} seconds, in all processes together"),
        ("stopped", study.stop_reason),
        ("history", "; ".join(history)),
    ]
    lines = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>\n" for name, text in facts if text)
    return f'<table class="facts">\n<tbody>\n{lines}</tbody>\n</table>\n'


def _failures(study: Study) -> str:
    failed = [trial for trial in study.trials if trial.state == "failed"]
    counts = Counter(trial.error for trial in failed)
    firsts = {trial.error: trial.number for trial in reversed(failed)}
    body = "".join(
        f'<tr><td class="failed">{escape(error)}</td><td>{times}</td><td>{firsts[error]}</td></tr>\n'
        for error, times in counts.most_common(_MOST_FAILURES)
    )
    more = len(counts) - _MOST_FAILURES
    rest = f'<p class="faint">{more} more messages are in the store.</p>\n' if more > 0 else ""
    return section("Failures", f"{html_table(['message', 'trials', 'first trial'], body)}\n{rest}") if failed else ""


def _space(study: Study) -> str:
    tree = escape(study.space.describe())
    summary = f"The space as a tree: {escape(size_text(study.space))}"
    return section("Space", f"<details><summary>{summary}</summary>\n<pre>{tree}</pre>\n</details>\n")


def size_text(space: Space) -> str:
    """How many members a space has, in words."""
    try:
        size = space.size()
    except SpaceError as error:
        return f"members not counted ({error})"
    if size == math.inf:
        return "infinitely many members"
    return f"{size:,} members" if size < 10**15 else f"about {_power(int(size))} members"


def _power(size: int) -> str:
    """A huge integer by its leading digits; floats end at 1e308."""
    digits = str(size) if size.bit_length() < 10_000 else None
    return f"{digits[0]}.{digits[1:3]}e{len(digits) - 1}" if digits else f"2 to the {size.bit_length() - 1}"
