"""Conjectures on constants: digits, left sides, both published searches, and what is not to be conjectured."""

import pickle
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import islice, product
from math import factorial
from random import Random

import cloudpickle
import numpy as np
import pytest

from inlay.optimizers.continued_fractions import convergents
from inlay.optimizers.linear_recurrences import LinearRecurrence
from inlay.problems.catalog import MissingExtra
from inlay.problems.formulas.constants import (
    CONSTANTS,
    FormulaQuality,
    LeftSide,
    MeetInTheMiddle,
    PolynomialFraction,
    SignedFraction,
    SignedLaw,
    TooFewDigits,
    UnknownConstant,
    conjectured,
    constant,
    constant_problem,
    esma,
    findings,
    left_sides,
    meet_in_the_middle,
    polynomial_fractions,
    signed_fractions,
)
from inlay.problems.formulas.constants.left_side_table import left_side_table
from inlay.problems.formulas.constants.polynomial_fractions import float_values
from inlay.problems.formulas.constants.polynomials import never_zero, polynomial_text, polynomial_value
from inlay.problems.formulas.constants.signed_fractions import beautiful_recurrence, sign_periods
from inlay.search import (
    UCT,
    CannotAct,
    CrossEntropy,
    Exhaustive,
    Problem,
    RandomSearch,
    RegularizedEvolution,
    Strategy,
    Study,
)
from inlay.spaces import Choice, Integer, space

KNOWN = {
    "e": "2.71828182845904523536028747135266249775724709369995",
    "e_squared": "7.38905609893065022723042746057500781318031557055184",
    "tan_1": "1.55740772465490223050697480745836017308725077238152",
    "sqrt_2": "1.41421356237309504880168872420969807856967187537694",
    "pi": "3.14159265358979323846264338327950288419716939937510",
    "zeta_3": "1.20205690315959428539973816151144999076498629234049",
}


def decimals_of(name: str, count: int) -> str:
    """The decimals of a constant as text."""
    digits = str(constant(name).powers(1, count)[1])
    return f"{digits[:-count]}.{digits[-count:]}"


# --- Constants -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KNOWN)
def test_constants_have_their_known_digits(name: str) -> None:
    assert decimals_of(name, 50) == KNOWN[name]


def test_the_bessel_ratio_agrees_with_its_series() -> None:
    numerator = sum(Fraction(1, 2 ** (2 * k + 1) * factorial(k) * factorial(k + 1)) for k in range(40))
    denominator = sum(Fraction(1, 4**k * factorial(k) ** 2) for k in range(40))
    assert constant("bessel_ratio").powers(1, 60)[1] == int(numerator / denominator * 10**60)


@pytest.mark.parametrize("name", CONSTANTS)
def test_more_digits_begin_with_the_fewer(name: str) -> None:
    assert decimals_of(name, 700).startswith(decimals_of(name, 90))


def test_powers_are_powers() -> None:
    one, c, square, cube = constant("pi").powers(3, 80)
    assert one == 10**80
    assert abs(square - c * c // one) <= 1
    assert abs(Fraction(cube, one) - Fraction(c, one) ** 3) < Fraction(40, one)


def test_without_mpmath_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(MissingExtra, match=r"mpmath: pip install 'inlay\[formulas\]'"):
        constant("e").powers(1, 83)
    assert constant("2." + "718" * 30, "u").powers(1, 3) == (1000, 2718)


def test_unknown_constants_are_refused_with_a_hint() -> None:
    with pytest.raises(UnknownConstant, match="did you mean zeta_3"):
        constant("zeta3")
    for text in ("1e5", "3", "", "1.5.5"):
        with pytest.raises(UnknownConstant, match="give its decimals"):
            constant(text)


@pytest.mark.parametrize("search", [constant_problem, esma, meet_in_the_middle])
def test_too_few_digits_are_refused_before_the_search(search: Callable[[str], object]) -> None:
    needed = 150 if search is meet_in_the_middle else 630
    with pytest.raises(TooFewDigits, match=f"x is given to 140 digits after the point, but {needed} are needed"):
        search(decimals_of("e", 140))


def test_a_rational_constant_is_refused() -> None:
    with pytest.raises(ValueError, match="looks rational"):
        esma("0." + "142857" * 110)


# --- Left sides and right sides --------------------------------------------------------------------


@pytest.mark.parametrize(("name", "bound", "count"), [("e", 2, 112), ("pi", 3, 504), ("sqrt_2", 2, 70)])
def test_left_sides_are_every_irrational_value_once(name: str, bound: int, count: int) -> None:
    sides = left_sides(constant(name), 1, bound)
    c = float(KNOWN[name])
    values = {round(abs((p + q * c) / (r + s * c)), 9) for p, q, r, s in quadruples(bound) if abs(r + s * c) > 1e-9}
    irrational = {v for v in values if all(abs(v * d - round(v * d)) > 1e-6 for d in range(1, 40))}
    found = [
        (side.numerator[0] + side.numerator[1] * c, side.denominator[0] + side.denominator[1] * c) for side in sides
    ]
    assert len(sides) == count
    assert {round(above / below, 9) for above, below in found} == irrational
    assert all(above > 0 and below > 0 for above, below in found)


def quadruples(bound: int) -> list[tuple[int, ...]]:
    return list(product(range(-bound, bound + 1), repeat=4))


def test_left_sides_of_higher_degree_drop_common_factors() -> None:
    sides = left_sides(constant("e"), 2, 1)
    assert LeftSide((-1, 1, 0), (1, 0, 0)) in sides
    assert LeftSide((-1, 0, 1), (1, 1, 0)) not in sides  # (e^2 - 1)/(e + 1) = e - 1


def test_left_sides_are_written_as_one_would() -> None:
    texts = [side.text("e") for side in left_sides(constant("e"), 1, 3)]
    assert {"e", "1/(3 - e)", "(e - 1)/(e - 2)", "(e + 1)/2", "1/(2 e)", "(3 e - 2)/(e + 2)"} <= set(texts)
    assert LeftSide((0, 0, 2), (0, 1, 0)).text("e^2") == "2 (e^2)^2/e^2"


def test_sign_periods_repeat_no_shorter_one() -> None:
    periods = sign_periods(4)
    assert [len([p for p in periods if len(p) == n]) for n in range(1, 5)] == [2, 2, 6, 12]
    assert len({(period * 12)[:12] for period in periods}) == 22


def test_polynomials() -> None:
    assert polynomial_value([1, -2, 3], 4) == 1 - 8 + 48
    assert polynomial_text([0, 0], "n") == "0"
    assert polynomial_text([-1, -1], "n") == "-n - 1"
    for coefficients in product(range(-4, 5), repeat=3):
        assert never_zero(coefficients) == all(polynomial_value(coefficients, n) for n in range(1, 60))


@pytest.mark.parametrize("seed", range(5))
def test_floating_point_values_are_those_of_exact_convergents(seed: int) -> None:
    rng = Random(seed)
    fractions = [PolynomialFraction((rng.randint(1, 5), 1), (0, rng.randint(1, 4), 1)) for _ in range(8)]
    values = float_values(
        *([np.array(column) for column in zip(*rows, strict=True)] for rows in rows_of(fractions)), 90
    )
    for fraction, value in zip(fractions, values, strict=True):
        *_, (p, q) = convergents(*fraction.partials(90))
        assert value == pytest.approx(p / q, rel=1e-12)
        assert float_values(fraction.a, fraction.b, 90) == pytest.approx(value, rel=1e-14)


def rows_of(fractions: list[PolynomialFraction]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    return [fraction.a for fraction in fractions], [fraction.b for fraction in fractions]


def test_infinite_values_are_nan_and_hit_nothing() -> None:
    assert np.isnan(float_values([0, 0], [1, 0], 400))  # 0 + 1/(0 + 1/(0 + ...)) ends with 1/0
    assert left_side_table(constant("e")).hit(float("nan")) is None


def test_the_table_finds_the_nearest_left_side() -> None:
    table = left_side_table(constant("pi"), 3)
    assert len(table.sides) == 504
    for side, value in zip(table.sides, table.values, strict=True):
        assert table.hit(value) == table.hit(value * (1 + 5e-11)) == side
        assert table.hit(value * (1 + 2e-10)) is None
        assert table.hit(-value) is None


# --- The published searches ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "bound", "longest", "tried", "hits", "verified", "values"),
    [
        ("e", 2, 2, 448, 194, 14, 13),
        ("e", 3, 2, 2016, 670, 44, 37),
        ("e", 2, 3, 1120, 575, 29, 17),
        ("e_squared", 2, 3, 1120, 362, 19, 13),
        ("tan_1", 2, 3, 1120, 534, 32, 19),
        ("bessel_ratio", 2, 3, 1120, 648, 31, 20),
        ("sqrt_2", 2, 3, 700, 525, 74, 28),
        ("pi", 2, 3, 1120, 56, 0, 0),
        ("zeta_3", 2, 3, 1120, 7, 0, 0),
    ],
)
def test_esma_finds_what_is_published(
    name: str, bound: int, longest: int, tried: int, hits: int, verified: int, values: int
) -> None:
    found = esma(name, bound=bound, longest=longest)
    assert (found.tried, found.hits) == (tried, hits)
    assert (len(found.conjectures), len(found.distinct)) == (verified, values)
    assert all(conjecture.digits >= 100 for conjecture in found.conjectures)


@pytest.mark.parametrize(
    ("name", "b_degree", "bound", "tried", "verified", "formula"),
    [
        ("e", 1, 5, 10_000, 20, "e = 3 - 1/(4 - 2/(5 - 3/(6 - ...)))"),
        ("pi", 2, 4, 40_704, 14, "4/pi = 1 + 1/(3 + 4/(5 + 9/(7 + ...)))"),
        ("zeta_3", 1, 2, 324, 0, ""),
    ],
)
def test_meeting_in_the_middle_finds_what_is_published(
    name: str, b_degree: int, bound: int, tried: int, verified: int, formula: str
) -> None:
    found = meet_in_the_middle(name, b_degree=b_degree, bound=bound)
    assert (found.tried, found.hits, len(found.conjectures)) == (tried, verified, verified)
    assert not formula or formula in [conjecture.formula for conjecture in found.conjectures]


def test_irregular_beginnings_make_conjectures_of_every_hit_of_e() -> None:
    found = esma("e", irregular=True)
    assert len(found.conjectures) == found.hits == 194
    plain = next(c for c in found.conjectures if c.left.text("e") == "e" and c.law.text().endswith("signs +"))
    assert plain.formula == "e = 2 + 1/(1 + 1/(2 + 1/(1 + ...)))"
    assert plain.law.text() == "a = 2, 1, 2, 1, 1, 4, 1, then a(n) = 2 a(n-3) - a(n-6); signs +"


def test_redundant_formulas_stand_behind_the_shortest_of_their_value() -> None:
    found = esma("e", longest=3)
    assert sum(map(len, found.distinct)) == 29
    for group in found.distinct:
        assert len({conjecture.left for conjecture in group}) == 1
        assert group[0].law.size == min(conjecture.law.size for conjecture in group)
    assert len({group[0].left for group in found.distinct}) == 17


def test_conjectures_are_printed_as_formulas_that_claim_no_proof() -> None:
    found = esma("e")
    ratio = next(group[0] for group in found.distinct if group[0].left.text("e") == "e/(e - 1)")
    assert str(ratio) == (
        "e/(e - 1) = 1 + 1/(2 - 1/(3 + 1/(2 - ...))) with a = 1, 2, 3, 2, then a(n) = 2 a(n-2) - a(n-4); signs +- "
        "(conjecture: checked to 620 digits, not proved; 1.67 digits a term)"
    )
    assert str(found).splitlines()[0] == "448 tried, 194 hits, 14 conjectures on 13 values, not proved"
    assert len(str(found).splitlines()) == 14


def test_the_rate_of_a_quadratic_number_is_known() -> None:
    quality = FormulaQuality(constant("sqrt_2"))
    found = quality.judge(SignedFraction(LeftSide((1, 1), (1, 0)), "+")).conjecture
    assert found is not None
    assert found.digits_per_term == pytest.approx(2 * np.log10(1 + np.sqrt(2)), abs=0.01)


def test_aperys_fraction_is_conjectured() -> None:
    apery = PolynomialFraction((5, 27, 51, 34), (0, 0, 0, 0, 0, 0, -1))
    found = FormulaQuality(constant("zeta_3"), bound=6).judge(apery).conjecture
    assert found is not None
    assert found.formula == "6/zeta(3) = 5 - 1/(117 - 64/(535 - 729/(1463 - ...)))"
    assert found.digits_per_term == pytest.approx(8 * np.log10(1 + np.sqrt(2)), abs=0.1)
    assert FormulaQuality(constant("zeta_3"), bound=5).judge(apery) == (False, None)


# --- What is not to be conjectured -----------------------------------------------------------------


def test_a_constant_given_by_decimals_is_searched_like_one_with_a_name() -> None:
    found = esma(decimals_of("e", 630))
    assert (found.tried, found.hits, len(found.distinct)) == (448, 194, 13)
    assert "x/(x - 1) = 1 + 1/(2 - 1/(3 + 1/(2 - ...)))" in [group[0].formula for group in found.distinct]


def test_a_constant_with_one_wrong_digit_has_no_formula() -> None:
    digits = decimals_of("e", 630)
    wrong = digits[:92] + str((int(digits[92]) + 1) % 10) + digits[93:]
    assert not esma(wrong, longest=1).conjectures
    assert not meet_in_the_middle(wrong, b_degree=1, bound=3).conjectures
    assert meet_in_the_middle(wrong, b_degree=1, bound=3).hits > 0


def test_terms_alone_are_no_law_however_many_digits_they_give() -> None:
    pi, left = constant("pi"), LeftSide((0, 1), (1, 0))
    terms = SignedFraction(left, "+").terms(pi, 140, 630)
    law = SignedLaw(tuple(terms), LinearRecurrence((1, -1), 140), "+")
    assert conjectured(pi, left, law, 0, 630) is not None  # more than 100 digits, all from its own terms
    assert conjectured(pi, left, law, 140, 630) is None


def test_a_law_that_grows_or_has_no_value_is_refused() -> None:
    e, left = constant("e"), LeftSide((0, 1), (1, 0))
    for coefficients, initial in [((1, -9), (2,)), ((1, 0, 1), (1, 1)), ((1, 1), (1,)), ((1, -1), (0,))]:
        law = SignedLaw(initial, LinearRecurrence(coefficients, len(coefficients) - 1), "+")
        assert conjectured(e, left, law, len(initial), 630) is None


def test_only_short_recurrences_of_all_terms_are_beautiful() -> None:
    counting = list(range(1, 41))
    assert beautiful_recurrence(counting, 40) == LinearRecurrence((1, -2, 1), 2)
    assert beautiful_recurrence(counting[:39], 40) is None
    assert beautiful_recurrence([0, *counting[1:]], 40) is None
    period = [1, 2, 3, 4, 5, 6, 7, 8, 10]
    assert beautiful_recurrence(period * 5, 41) == LinearRecurrence((1, *[0] * 8, -1), 9)
    assert beautiful_recurrence(period * 5, 40) is None  # 10 coefficients are a quarter of 40


def test_settings_out_of_range_are_refused() -> None:
    e = constant("e")
    for make in (
        lambda: signed_fractions(e, longest=0),
        lambda: signed_fractions(e, degree=0),
        lambda: signed_fractions(e, bound=0),
        lambda: polynomial_fractions(a_degree=-1),
        lambda: polynomial_fractions(bound=0),
        lambda: constant_problem(e, depth=8),
        lambda: findings(Study(Problem("square", Integer(0, 3), float), RandomSearch())),
    ):
        with pytest.raises(ValueError, match=r"at least|negative|not about a constant"):
            make()


# --- The problem and the strategies ----------------------------------------------------------------


@pytest.mark.parametrize("name", CONSTANTS)
def test_published_formulas_are_members_that_score(name: str) -> None:
    problem = constant_problem(name)
    assert problem.name == f"constants/{name}"
    assert len(problem.published) == {"e": 2, "zeta_3": 0}.get(name, 1)
    for member in problem.published.values():
        outcome = problem.outcome(problem.evaluate(member.build()))
        assert outcome.objectives["digits_per_term"] > 0.7
        assert "not proved" in outcome.feedback["formula"]


def test_the_problem_travels_to_other_processes() -> None:
    problem = cloudpickle.loads(cloudpickle.dumps(constant_problem("e")))
    member = problem.published["Euler's fraction of e - 1"]
    assert problem.members.contains(member)
    assert pickle.loads(pickle.dumps(problem.evaluate))(member.build()).objectives["digits_per_term"] > 1


@pytest.mark.parametrize("strategy", [RandomSearch(), RegularizedEvolution(), CrossEntropy(), UCT()])
def test_every_strategy_can_search_formulas(strategy: Strategy) -> None:
    study = Study(constant_problem("e"), strategy, seed=1).run(trials=80, progress=False)
    assert all(trial.state == "done" for trial in study.trials)
    assert study.best.score > 1
    assert len(findings(study).conjectures) == len({trial.program for trial in study.trials if trial.score > 0})


def test_esma_is_exhaustive_search() -> None:
    problem = constant_problem("e", signed_fractions(constant("e"), longest=1))
    study = Study(problem, Exhaustive()).run(trials=300, progress=False)
    assert (len(study.trials), study.stop_reason) == (224, "exhausted")
    assert set(esma("e", longest=1).conjectures) <= set(findings(study).conjectures)


def test_meeting_in_the_middle_proposes_only_hits_of_the_space_it_is_given() -> None:
    both = Choice(signed_fractions(constant("e"), longest=1), polynomial_fractions(b_degree=1, bound=3))
    problem = constant_problem("e", both)
    study = Study(problem, MeetInTheMiddle("e")).run(trials=1000, progress=False)
    assert study.stop_reason == "exhausted"
    assert len(study.trials) == len(findings(study).conjectures) > 5
    assert all(trial.score > 0 and both.contains(trial.program) for trial in study.trials)
    every = [problem.evaluate(m.build()) for m in islice(space(polynomial_fractions(1, 1, 3)).enumerate(), None)]
    assert sum(outcome.objectives["digits_per_term"] > 0 for outcome in every) == len(study.trials)


def test_meeting_in_the_middle_refuses_spaces_without_polynomial_fractions() -> None:
    for other in (signed_fractions(constant("e")), Integer(1, 3), Choice("a", "b")):
        with pytest.raises(CannotAct, match="PolynomialFraction"):
            MeetInTheMiddle("e").start(space(other), Random(0), {"digits_per_term": "maximize"})
