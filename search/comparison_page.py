"""The page about a comparison: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from .comparison_plots import plot_curves, plot_profile
from .comparison_tables import SUMMARY_HEADS, introduction, known_text, problem_table, summary
from .pages import document, html_table, section
from .performance_profiles import SLOWEST
from .report_figure import svg_element

if TYPE_CHECKING:
    from .comparison_result import Comparison

_MOST_FAILURES = 50

_HOW = f"""Rank: the mean over seeds and problems, 1 the best, ties averaged, among strategies that accept a problem.
Score: the area under the performance profile, 1 for the fastest everywhere, 0 for one that is {SLOWEST:g} times slower
than the fastest or misses the target everywhere; the target of a problem is what half of its strategies reach. Medians
are over seeds, with 95 % bootstrap intervals."""


def comparison_page(comparison: Comparison) -> str:
    """The page as one HTML document: summary, profile, then table and curves of every problem, and failures."""
    sections = [
        f"<header>\n<h1>Comparison of strategies</h1>\n<p>{escape(introduction(comparison))}.</p>\n</header>\n",
        section("Summary", f'{_summary(comparison)}\n<p class="faint">{escape(_HOW)}</p>\n'),
        section("Performance profile", _picture(lambda axes: _profile(comparison, axes), "Performance profile")),
        *(_problem(comparison, facts.name, pictures=True) for facts in comparison.problems),
        section("Failures", _failures(comparison)),
    ]
    return document("Comparison of strategies · Inlay", sections)


def html_tables(comparison: Comparison) -> str:
    """The tables alone, for notebooks."""
    tables = [_problem(comparison, facts.name, pictures=False) for facts in comparison.problems]
    return f"<p>{escape(introduction(comparison))}</p>\n{_summary(comparison)}\n{''.join(tables)}"


def _summary(comparison: Comparison) -> str:
    return _wide(SUMMARY_HEADS, summary(comparison), comparison.baseline)


def _problem(comparison: Comparison, problem: str, pictures: bool) -> str:
    heads, rows = problem_table(comparison, problem)
    source = comparison.facts(problem).source
    content = _wide(heads, rows, comparison.baseline)
    if source and pictures:
        content = f'<p class="faint">{escape(source)}</p>\n{content}'
    if pictures:
        content += _picture(lambda axes: _curves(comparison, problem, axes), f"Curves of {problem}")
    return section(f"{problem}{known_text(comparison, problem)}", content)


def _profile(comparison: Comparison, axes: Any) -> None:
    plot_profile(comparison, axes)
    axes.set_title("")


def _curves(comparison: Comparison, problem: str, axes: Any) -> None:
    plot_curves(comparison, problem, axes)
    axes.set_title("")


def _wide(heads: Sequence[str], rows: Iterable[Sequence[str]], baseline: str) -> str:
    body = "".join(_row(row, heads[-1] == "", row[0] == baseline) for row in rows)
    return f'<div class="wide">{html_table(heads, body)}</div>\n'


def _row(cells: Sequence[str], notes: bool, marked: bool) -> str:
    last = len(cells) - 1
    written = "".join(
        f'<td class="text">{escape(cell)}</td>' if notes and i == last else f"<td>{escape(cell)}</td>"
        for i, cell in enumerate(cells)
    )
    mark = ' class="this"' if marked else ""
    return f"<tr{mark}>{written}</tr>\n"


def _picture(draw: Callable[[Any], None], title: str) -> str:
    try:
        return f"{svg_element(draw, title)}\n"
    except ImportError as error:
        return f"<p>{escape(str(error))}</p>\n"


def _failures(comparison: Comparison) -> str:
    failed = comparison.failures()
    body = "".join(
        f'<tr><td>{escape(run.problem)}</td><td class="text">{escape(run.strategy)}</td><td>{run.seed}</td>'
        f'<td class="text failed">{escape(run.note)}</td></tr>\n'
        for run in failed[:_MOST_FAILURES]
    )
    more = len(failed) - _MOST_FAILURES
    rest = f'<p class="faint">{more} more runs failed.</p>\n' if more > 0 else ""
    return f"{html_table(['problem', 'strategy', 'seed', 'what happened'], body)}\n{rest}" if failed else ""
