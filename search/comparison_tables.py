"""A comparison as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..spaces.programs import shorten
from .comparison_runs import NOT_APPLICABLE
from .pages import number_text

if TYPE_CHECKING:
    from .comparison_result import Comparison, Line

SUMMARY_HEADS = ("strategy", "mean rank", "score", "problems")


def summary(comparison: Comparison) -> list[list[str]]:
    """A row for each strategy, the best mean rank first: its rank, its profile score, and where it is applicable."""
    ranks, scores = comparison.ranks(), comparison.scores()
    ordered = sorted(comparison.strategies, key=lambda label: (ranks.get(label, float("inf")), label))
    return [[label, _rank(ranks.get(label)), f"{scores[label]:.3f}", _where(comparison, label)] for label in ordered]


def _where(comparison: Comparison, label: str) -> str:
    count = sum(comparison.applies(facts.name, label) for facts in comparison.problems)
    return f"{count} of {len(comparison.problems)}"


def _rank(rank: float | None) -> str:
    return "–" if rank is None else f"{rank:.2f}"


def problem_table(comparison: Comparison, problem: str) -> tuple[list[str], list[list[str]]]:
    """The heads and rows of the table of one problem."""
    lines = [line for line in comparison.lines() if line.problem == problem]
    held_out = list(dict.fromkeys(name for line in lines for name in line.held_out))
    objective = comparison.facts(problem).objective
    heads = [
        "",
        f"{objective}, median",
        "95 % interval",
        *(f"held-out {name}" for name in held_out),
        "rank",
        "runs",
        "",
    ]
    return heads, [_cells(line, held_out) for line in lines]


def _cells(line: Line, held_out: Sequence[str]) -> list[str]:
    median = "–" if line.value is None else number_text(line.value.median)
    single = line.runs == 1 or line.value is None
    interval = (
        "–" if single or line.value is None else f"{number_text(line.value.low)} to {number_text(line.value.high)}"
    )
    scores = [number_text(line.held_out.get(name)) for name in held_out]
    runs = "–" if line.note.startswith(NOT_APPLICABLE) else f"{line.done}/{line.runs}"
    return [line.label, median, interval, *scores, _rank(line.rank), runs, line.note]


def known_text(comparison: Comparison, problem: str) -> str:
    """The best known value of a problem, in brackets; empty where none is known."""
    best = comparison.facts(problem).best_known
    return "" if best is None else f" (best known {number_text(best)})"


def introduction(comparison: Comparison) -> str:
    """What was run, in one sentence."""
    budget, seeds = comparison.budget, len(comparison.seeds)
    return (
        f"{len(comparison.strategies)} strategies on {len(comparison.problems)} problems, {seeds} "
        f"seed{'s' * (seeds != 1)} each, {budget.amount:g} {'trials' if budget.unit == 'trials' else 'of cost'} a run"
    )


def text_tables(comparison: Comparison) -> str:
    """The summary, then a table for each problem, as text."""
    blocks = [introduction(comparison), _aligned(SUMMARY_HEADS, summary(comparison))]
    for facts in comparison.problems:
        heads, rows = problem_table(comparison, facts.name)
        blocks.append(f"{facts.name}{known_text(comparison, facts.name)}\n{_aligned(heads, rows)}")
    return "\n\n".join(blocks)


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width: the first and the last to the left, the others to the right."""
    table = [list(heads), *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
    notes = heads[-1] == ""

    def text(row: Sequence[str]) -> str:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        if notes:
            cells[-1] = shorten(row[-1])
        return "  ".join(cells).rstrip()

    return "\n".join(map(text, table))
