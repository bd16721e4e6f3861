"""Conjectures on constants: both published searches beside what is published, and strategies on a larger space."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean
from time import process_time

from measure import Figure, table, write_section

from inlay.problems.formulas.constants import (
    Findings,
    constant,
    constant_problem,
    esma,
    findings,
    meet_in_the_middle,
    signed_fractions,
)
from inlay.search import UCT, Auto, CrossEntropy, RandomSearch, RegularizedEvolution, Strategy, Study

#: Constant, bound of the coefficients, longest period of signs; then how many distinct formulas are expected.
ENUMERATIONS = [
    ("e", 2, 2, 13),
    ("e", 3, 2, 37),
    ("e", 2, 3, 17),
    ("e_squared", 2, 3, 13),
    ("tan_1", 2, 3, 19),
    ("bessel_ratio", 2, 3, 20),
    ("sqrt_2", 2, 3, 28),
    ("pi", 2, 3, 0),
    ("zeta_3", 2, 3, 0),
]
#: Constant, degree of b, bound of the coefficients; then how many formulas are expected.
MEETINGS = [("e", 1, 5, 20), ("pi", 2, 4, 14)]
SEEDS, TRIALS = range(5), 300
STRATEGIES: dict[str, Callable[[], Strategy]] = {
    "random search": RandomSearch,
    "regularized evolution": RegularizedEvolution,
    "cross-entropy": CrossEntropy,
    "UCT": UCT,
    "Auto": lambda: Auto(trials=TRIALS),
}


def timed(search: Callable[[], Findings]) -> tuple[Findings, float]:
    """What a search finds, and its CPU seconds."""
    start = process_time()
    return search(), process_time() - start


def enumerated() -> tuple[str, list[Figure]]:
    """ESMA on every constant: its table, and whether the counts are those expected."""
    rows, figures = [], []
    for name, bound, longest, expected in ENUMERATIONS:
        found, spent = timed(lambda name=name, bound=bound, longest=longest: esma(name, bound=bound, longest=longest))
        values = len(found.distinct)
        fastest = max((c.digits_per_term for c in found.conjectures), default=0.0)
        counts = [found.tried, found.hits, len(found.conjectures), values]
        rows.append([name, f"{bound}", f"{longest}", *[f"{n:,}" for n in counts], f"{fastest:.2f}", f"{spent:.2f}"])
        title = f"ESMA, {name}, coefficients to {bound}, periods to {longest}: distinct formulas"
        figures.append(Figure(title, f"= {expected}", str(values), values == expected))
    head = ["constant", "bound", "period", "tried", "hits", "verified", "distinct", "digits a term, best", "CPU s"]
    return table(head, rows), figures


def met() -> tuple[str, list[Figure]]:
    """Meeting in the middle: its table, and whether the counts are those expected."""
    rows, figures = [], []
    for name, degree, bound, expected in MEETINGS:
        found, spent = timed(
            lambda name=name, degree=degree, bound=bound: meet_in_the_middle(name, b_degree=degree, bound=bound)
        )
        verified = len(found.conjectures)
        counts = [found.tried, found.hits, verified]
        rows.append([name, f"{degree}", f"{bound}", *[f"{n:,}" for n in counts], f"{spent:.2f}"])
        title = f"meeting in the middle, {name}: verified formulas"
        figures.append(Figure(title, f"= {expected}", str(verified), verified == expected))
    return table(["constant", "degree of b", "bound", "tried", "hits", "verified", "CPU s"], rows), figures


def compared(name: str = "e") -> str:
    """Strategies at the same budget on the signed fractions with coefficients up to 5 and periods up to 4."""
    known = constant(name)
    problem = constant_problem(known, signed_fractions(known, bound=5, longest=4))
    published = max(c.digits_per_term for c in esma(known, longest=3, irregular=True).conjectures)
    rows = [["ESMA's enumeration, bound 2, periods to 3 (1120 tried)", f"{published:.2f}", ""]]
    for title, make in STRATEGIES.items():
        studies = [Study(problem, make(), seed=seed).run(trials=TRIALS, progress=False) for seed in SEEDS]
        fastest = [study.best.score for study in studies]
        values = mean(len(findings(study).distinct) for study in studies)
        rows.append([title, f"{mean(fastest):.2f} ({min(fastest):.2f} to {max(fastest):.2f})", f"{values:.0f}"])
    size = problem.members.size()
    head = [f"{name}, {TRIALS} trials among {size:,} formulas", "best digits a term", "distinct conjectures"]
    return table(head, rows)


EXPLANATION = """formulas that agree with a constant to 100 digits after 1,000 terms: conjectures, nothing is proved.
ESMA enumerates signed continued fractions of (p c + q)/(r c + s); a hit has a short recurrence modulo 199, a verified
formula goes on by it from its first term. Meeting in the middle looks polynomial continued fractions up in a table of
left sides. Below, strategies on a larger space: mean over 5 seeds, with least and greatest; there, recurrences may
begin after some irregular terms."""


def main() -> None:
    """Run both searches and the comparison, and write the section."""
    enumeration, counts = enumerated()
    print(enumeration, flush=True)
    meeting, more = met()
    print(meeting, flush=True)
    comparison = compared()
    print(comparison, flush=True)
    text = "\n\n".join([EXPLANATION, enumeration, meeting, comparison])
    write_section("constants.py", "Conjectures on constants", text, counts + more)


if __name__ == "__main__":
    main()
