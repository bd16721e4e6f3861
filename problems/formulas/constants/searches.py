"""The two published searches for conjectures, each a strategy on a space of formulas, and what any search found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from ....search import Exhaustive, Problem, Strategy, Study
from .conjectures import Conjecture, distinct
from .formula_quality import FormulaQuality
from .meet_in_the_middle import MeetInTheMiddle
from .named_constants import Constant, constant
from .polynomial_fractions import polynomial_fractions
from .signed_fractions import LEAST_DEPTH, SignedLaw, signed_fractions
from .tasks import constant_problem


@dataclass(frozen=True)
class Findings:
    """How many different formulas a search tried, how many passed the quick test, and those that passed the exact one.

    These are conjectures: checked to finitely many digits, not proved.
    """

    tried: int
    hits: int
    conjectures: tuple[Conjecture, ...]

    @cached_property
    def distinct(self) -> list[list[Conjecture]]:
        """The conjectures grouped by the value of their left sides; the first of each group stands for all of it."""
        return distinct(self.conjectures)

    def __str__(self) -> str:
        counts = f"{self.tried} tried, {self.hits} hits, {len(self.conjectures)} conjectures"
        head = f"{counts} on {len(self.distinct)} values, not proved"
        return "\n".join([head, *[str(group[0]) for group in self.distinct]])


def findings(study: Study) -> Findings:
    """What a study of a constant found, whatever its strategy.

    >>> from inlay.search import RandomSearch, Study
    >>> study = Study(constant_problem("tan_1"), RandomSearch(), seed=3).run(trials=40, progress=False)
    >>> all("not proved" in str(conjecture) for conjecture in findings(study).conjectures)
    True
    """
    quality = study.problem.evaluate
    if not isinstance(quality, FormulaQuality):
        raise ValueError(f"findings: the problem {study.problem.name!r} is not about a constant")
    judged = {trial.program: quality.judge(trial.value) for trial in study.trials if trial.state == "done"}
    conjectures = tuple([found for _, found in judged.values() if found])
    return Findings(len(judged), sum(hit for hit, _ in judged.values()), conjectures)


def esma(
    given: str | Constant,
    *,
    degree: int = 1,
    bound: int = 2,
    longest: int = 2,
    depth: int = 105,
    irregular: bool = False,
) -> Findings:
    """Conjectures P(c)/Q(c) = a_0 + s_0/(a_1 + s_1/(a_2 + ...)) whose terms obey a linear recurrence, by ESMA.

    Enumerates every left side with coefficients up to `bound` and every period of signs up to `longest`, expands to
    `depth` terms, finds their recurrence modulo 199 by Berlekamp and Massey, and approves those that go on to agree to
    100 digits after 1000 terms. With `irregular`, also those whose recurrence begins after some irregular terms. Raises
    what `constant_problem` raises.

    >>> found = esma("e")
    >>> found.tried, found.hits, len(found.conjectures), len(found.distinct)
    (448, 194, 14, 13)

    Source: Razon et al., 2023, Automated search for conjectures on mathematical constants using analysis of integer
    sequences, arXiv:2212.09470.
    Differs: exact integers instead of floating-point Moebius transforms; the recurrence must account for 50 of the
    digits; the shortest law of a value stands for the others, not the first found; `irregular` is new.
    """
    known = constant(given)
    FormulaQuality(known, depth)  # raises here where digits are too few: the space would ask for fewer
    problem = constant_problem(known, signed_fractions(known, degree, bound, longest), depth=depth)
    found = findings(_searched(problem, Exhaustive()))
    regular = [c for c in found.conjectures if irregular or not (isinstance(c.law, SignedLaw) and c.law.irregular)]
    return replace(found, conjectures=tuple(regular))


def meet_in_the_middle(
    given: str | Constant, *, a_degree: int = 1, b_degree: int = 2, bound: int = 4, left_bound: int = 5
) -> Findings:
    """Conjectures (p c + q)/(r c + s) = a(0) + b(1)/(a(1) + b(2)/(a(2) + ...)) with polynomials a and b.

    Evaluates every pair of polynomials with coefficients up to `bound`, looks their values up among the left sides with
    coefficients up to `left_bound`, and checks the hits to 100 digits after 1000 terms; see `MeetInTheMiddle`. Raises
    what `constant_problem` raises.

    >>> found = meet_in_the_middle("e", b_degree=1, bound=5)
    >>> found.tried, found.hits, len(found.conjectures)
    (10000, 20, 20)
    >>> [c.formula for c in found.conjectures if c.left.text("e") == "e"]
    ['e = 3 - 1/(4 - 2/(5 - 3/(6 - ...)))']
    """
    known = constant(given)
    problem = constant_problem(known, polynomial_fractions(a_degree, b_degree, bound), depth=LEAST_DEPTH)
    found = findings(_searched(problem, MeetInTheMiddle(known, left_bound)))
    return replace(found, tried=int(problem.members.size()))


def _searched(problem: Problem, strategy: Strategy) -> Study:
    """A study in which the strategy has proposed all that it can."""
    return Study(problem, strategy, seed=0).run(trials=int(problem.members.size()), progress=False)
