"""What became of the runs of symbolic regression: by program, by equation, and beside the figures to reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean, median
from typing import NamedTuple

from measure import Figure, facts, table, write_section
from regression_runs import BUDGETS, EQUATIONS, GROUPS, Run, kept

from inlay.problems.formulas.metrics import Grade


class Result(NamedTuple):
    """A fit with its grade; no grade where there was no answer or none that could be read."""

    run: Run
    cpu: float
    grade: Grade | None

    @property
    def recovered(self) -> bool:
        """Whether the formula was found."""
        return self.grade is not None and self.grade.recovered


def results() -> list[Result]:
    """All fits that were graded, or that gave nothing to grade."""
    found = []
    for key, run in kept().items():
        program, name, seconds, seed = key.split("/")
        if name in EQUATIONS and ("grade" in run or "error" in run):
            mark = Grade(**run["grade"]) if run.get("grade") else None
            found.append(Result(Run(program, name, int(seconds), int(seed)), run["cpu"], mark))
    return found


def share(results: list[Result]) -> float:
    """The share that was recovered."""
    return mean(result.recovered for result in results)


def percent(number: float) -> str:
    """A share as a whole number of per cent.

    >>> percent(0.75)
    '75 %'
    """
    return f"{100 * number:.0f} %"


def summary(program: str, group: str, seconds: int, found: list[Result]) -> list[str]:
    """The line of a program in the first table."""
    marks = [result.grade for result in found if result.grade]
    return [
        program,
        group,
        f"{seconds} s",
        f"{len(found)} ({len({result.run.seed for result in found})})",
        f"**{percent(share(found))}**",
        percent(mean(bool(result.grade and result.grade.exact) for result in found)),
        percent(mean(bool(result.grade and result.grade.symbolic) for result in found)),
        percent(mean(bool(result.grade and result.grade.positive) for result in found)),
        str(sum(mark.unknown for mark in marks)),
        percent(mean(bool(result.grade and result.grade.r2 > 0.999) for result in found)),
        f"{median(mark.complexity for mark in marks):.0f}" if marks else "-",
        f"{mean(result.cpu for result in found):.1f}",
        str(len(found) - len(marks)),
    ]


HEAD = (
    "program", "equations", "CPU", "fits (seeds)", "recovered", "exact", "symbolic", "symbolic, positive variables",
    "unknown", "R2 > 0.999", "median nodes", "mean CPU s", "no answer",
)  # fmt: skip


def of(found: list[Result], group: str, seconds: int, program: str = "") -> list[Result]:
    """The results of a group of equations at a budget, of one program or of all."""
    return [
        result
        for result in found
        if result.run.seconds == seconds and result.run.name in GROUPS[group] and program in ("", result.run.program)
    ]


def by_equation(found: list[Result], seconds: int, programs: list[str]) -> list[list[str]]:
    """For each equation how many of its fits each program recovered."""
    rows = []
    for name in EQUATIONS:
        cells = []
        for program in programs:
            mine = [r for r in found if (r.run.program, r.run.name, r.run.seconds) == (program, name, seconds)]
            cells.append(f"{sum(result.recovered for result in mine)}/{len(mine)}" if mine else "-")
        rows.append([name, *cells])
    return rows


def figure(
    found: list[Result], ours: str, peers: Sequence[str], group: str, seconds: int, least: float
) -> Iterator[Figure]:
    """The figure to reach of one group at one budget: enough, and above every peer."""
    mine = of(found, group, seconds, ours)
    theirs = {peer: share(runs) for peer in peers if (runs := of(found, group, seconds, peer))}
    if mine:
        best = max(theirs, key=theirs.__getitem__, default="")
        reached = share(mine) >= least and all(share(mine) > other for other in theirs.values())
        name = f"formulas: {group.capitalize()} recovered in {seconds} CPU s"
        told = f"{best} {percent(theirs[best])}" if best else ""
        yield Figure(name, f"{percent(least)}, above every peer", percent(share(mine)), reached, told)


def report(peers: Sequence[str], ours: Sequence[str]) -> None:
    """Write the section of RESULTS.md about what is graded so far."""
    found = results()
    programs = [program for program in (*ours, *peers) if any(result.run.program == program for result in found)]
    if not programs:
        print("nothing is fitted and graded yet: see the verbs peers, ours and grade")
        return
    lines = [
        summary(program, group, seconds, mine)
        for seconds, groups in BUDGETS.items()
        for group in groups
        for program in programs
        if (mine := of(found, group, seconds, program))
    ]
    shortest = min(BUDGETS)
    text = f"""{facts(["inlay", "pyoperon", "gplearn", "deap", "numpy", "sympy"])}

Recovered: exact (largest relative error at most 1e-4 in the box of the ranges and in one 1.5 times as wide), or
symbolic as SRBench has it (equal up to a constant or factor). Unknown: SymPy gave no answer in 30 CPU seconds, and
it is not exact. Nguyen from 20 rows, Feynman from 1,000, without noise, others for each seed and the same for all
programs; operators + - * / sin cos exp log sqrt; one thread; imports and compilation not counted. A fit whose error is
nothing ends early.

{table(HEAD, lines)}

Fits recovered in {shortest} CPU seconds:

{table(["equation", *programs], by_equation(found, shortest, programs))}
"""
    goals = (("nguyen", 4, 0.75), ("feynman", 4, 0.6), ("nguyen", 20, 0.9))
    figures = [line for goal in goals for line in figure(found, ours[0], peers, *goal)]
    write_section("symbolic_regression.py", "Symbolic regression", text, figures)
