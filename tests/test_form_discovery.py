"""Forms: formulas expanded into sums of products, what recurs in them, and the smaller space that a form is."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.search import CannotAct, Trial
from inlay.search.form_discovery import FormDiscovery, recurring
from inlay.search.objectives import Objectives
from inlay.spaces import OutsideSpace, PathError, SpaceError, space
from inlay.spaces.formulas import Formula, Formulas, parse_formula
from inlay.spaces.formulas.composing import Composer
from inlay.spaces.formulas.expansion import FITTED, Expansions
from inlay.spaces.formulas.opened import OpenFormula

WIDE = Formulas(["x", "y"], ["+", "-", "*", "/", "sin", "exp", "power"], literals=[1, 2, 3], max_size=25)

#: 20 formulas, of which 12 hold x**2 as a term, each in its own way.
TWELVE = ["x*x + sin(x)", "x**2 + 1", "x*(x + y)", "(x + 1)*(x + 2)", "x*x + exp(y)", "y + x**2", "x*x - y",
          "x**3 + x*x", "(x + y)*x + 3", "x*x*x/x", "(x*y + x*x*y)/y", "x*x + sin(y)*2"]  # fmt: skip
EIGHT = ["sin(x)", "exp(x)", "y", "1", "sin(x*x)", "exp(y) - 1", "y*y", "sin(y) + 3"]


def formulas(texts: list[str], of: Formulas = WIDE) -> list[Formula]:
    return [of.adopt(text) for text in texts]


def form(texts: list[str], of: Formulas = WIDE, **settings: Any) -> str | None:
    found = FormDiscovery(**settings).form(of, formulas(texts, of))
    return None if found is None else found.text


def trials(losses: dict[str, float], of: Formulas = WIDE) -> list[Trial]:
    made = []
    for number, (text, loss) in enumerate(losses.items()):
        trial = Trial(number, of.adopt(text))
        trial.state, trial.losses, trial.key = "done", (loss,), of.key(trial.program)
        made.append(trial)
    return made


# --- Expansion -------------------------------------------------------------------------------------


def value(expansions: Expansions, terms: Any, X: Any) -> Any:
    """The number that a sum of products has in each row."""
    with np.errstate(all="ignore"):
        products = [
            np.prod([expansions.atoms[key](X) ** float(n) for key, n in monomial], axis=0) for monomial in terms
        ]
    return sum((c * product for c, product in zip(terms.values(), products, strict=True)), np.zeros(len(X)))


def test_an_expansion_has_the_value_of_its_formula() -> None:
    many = Formulas(["x", "y"], ["+", "-", "*", "/", "sin", "square", "cube", "power", "reciprocal", "negative"],
                    literals=[0, 1, 2], constants=(-2, 2), max_size=25)  # fmt: skip
    rng, X, compared = Random(0), np.random.default_rng(0).uniform(0.5, 2, (5, 2)), 0
    for _ in range(300):
        formula, expansions = many.sample(rng), Expansions()
        expected, found = formula(X), value(expansions, expansions.terms(formula), X)
        if np.isfinite(expected).all() and np.abs(expected).max() < 1e6:
            assert np.allclose(found, expected, rtol=1e-6, atol=1e-6), str(formula)
            compared += 1
    assert compared > 200


def test_formulas_that_mean_the_same_expand_alike() -> None:
    expansions = Expansions()
    texts = ["(x + 1)*(x - 1)", "x**2 - 1", "x*x + y - (y + 1)", "-(1 - x*x)", "(x**4 - x*x)/(x*x)"]
    written = [expansions.terms(parse_formula(text, ["x", "y"])) for text in texts]
    assert all(terms == written[0] for terms in written)
    assert expansions.terms(WIDE.adopt("(x*y)**(1 - 3)")) == expansions.terms(WIDE.adopt("1/(x*x*y)/y"))
    assert expansions.terms(WIDE.adopt("sin(x + y)*2")) == expansions.terms(WIDE.adopt("sin(y + x) + sin(x + y)"))


def test_what_would_grow_too_long_stays_as_it_is() -> None:
    expansions = Expansions()
    long = parse_formula("*".join(["(1 + x + y + x*y)"] * 5) + "*(1 + sin(x) + sin(y))")
    assert len(expansions.terms(long)) == 1
    assert expansions.terms(parse_formula("1/(x - x)"))  # no error


def test_fitted_constants_swallow_numbers_and_one_another() -> None:
    expansions = Expansions(fitted=True)
    written = expansions.terms(parse_formula("2*(1.5*x)/2.5 - 0.5*x + (1.5 - 1.5)", ["x"]))
    assert expansions.text(written) == "C + C*x"
    assert {key for monomial in written for key, _ in monomial} > {FITTED}


# --- What recurs -----------------------------------------------------------------------------------


def test_of_20_formulas_12_hold_a_square() -> None:
    assert form(TWELVE + EIGHT) == "x**2 + f"


def test_a_term_must_recur_in_half_of_them() -> None:
    assert form(TWELVE[:9] + EIGHT) == "x**2 + f"  # 9 of 17
    assert form([*TWELVE[:8], *EIGHT, "sin(y*y)"]) is None
    token = (((b"x", 1),), 1)
    assert recurring([{token}, {token}, set(), set()], 0.5) == [token]
    assert recurring([{token}, set()], 0.5) == []  # once is not often


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["x + x + sin(y)", "2*x + 1", "3*x - exp(x)", "y"], "2*x + f"),
        (["y - x*x - 1", "sin(y) - x*x", "exp(x) - x*x"], "-x**2 + f"),
        (["x*x - y + 1", "x*x - y + exp(x)"], "-y + x**2 + f"),
        (["x*sin(y)", "x*exp(y)/y", "x*y + x"], "x*f"),
        (["x/y + exp(x)/y", "1/y", "sin(x)/y"], "1/y*f"),
        (["(x + 1)**y", "(1 + x)**sin(x)", "(x + 1)**exp(x)"], "(x + 1)**f"),
        (["sin(x + y)*y - 1", "sin(y + x)*y + exp(x)"], "sin(x + y)*y + f"),
        (["sin(x)", "y"], None),
        (["1 + x", "1 - exp(x)"], None),  # a mere number
        ([], None),
    ],
)
def test_forms(texts: list[str], expected: str | None) -> None:
    assert form(texts, token_ratio=0.6) == expected


def test_only_good_formulas_are_looked_at() -> None:
    good, bad = dict.fromkeys(TWELVE[:3], 0.5), dict.fromkeys(["sin(x)", "exp(x)", "sin(y) + 1", "y"], 6.0)
    assert str(FormDiscovery().narrow(WIDE, trials({**bad, **good}))) == "x**2 + f"
    assert FormDiscovery(expr_ratio=0.05).narrow(WIDE, trials({**bad, **good})) is None
    best = FormDiscovery(best=3).good(trials({**good, "y": 0.1}))
    assert [str(trial.program) for trial in best] == ["y", "x*x + sin(x)", "x**2 + 1"]
    assert FormDiscovery().narrow(WIDE, []) is None


def test_equal_formulas_count_once_and_failures_never() -> None:
    seen = trials({"x*x + y": 1.0, "x**2 + y": 1.0, "y + x*x": 1.0, "sin(x)": 1.0, "exp(y)": 1.0})
    assert len(FormDiscovery().good(seen)) == 3
    seen[3].state = "failed"
    seen[4].violations = [1.0]
    assert len(FormDiscovery().good(seen)) == 1


def test_negative_losses_have_a_ratio_too() -> None:
    assert len(FormDiscovery().good(trials({"x": -1.0, "y": -0.2, "x*y": -0.05, "x - y": 0.1}))) == 2


# --- The smaller space -----------------------------------------------------------------------------


def opened(texts: list[str], of: Formulas, **settings: Any) -> OpenFormula | None:
    found = FormDiscovery(**settings).form(of, formulas(texts, of))
    return None if found is None else found.space


def test_what_leaves_too_little_room_is_left_out() -> None:
    texts = ["x*x*x + x*x - x", "x*x*(x + 1) - x*y", "x*x*x - y"]
    small = Formulas(["x", "y"], ["+", "-", "*"], max_size=12)
    assert str(opened(texts, small)) == "x*x*x + f"
    assert str(opened(texts, small, token_ratio=1.0, room=6)) == "x*x*x + f"
    assert opened(texts, small, token_ratio=1.0, room=7) is None


def test_a_form_needs_the_operators_to_write_it() -> None:
    short = Formulas(["x"], ["+", "square", "sin"], max_size=12)
    assert str(opened(["square(x) + sin(x)", "square(x) + 1"], short)) == "square(x) + f"
    assert str(opened(["x + x + sin(x)", "x + (x + 1)"], short)) == "x + x + f"
    minus = Formulas(["x"], ["-", "*"], max_size=12)
    assert str(opened(["1 - x*x", "x - x*x"], minus)) == "f - x*x"
    assert opened(["x*x - 1", "x*x - x"], minus) is None  # no sum can be written


def test_fitted_constants_recur_whatever_their_numbers() -> None:
    fitted = Formulas(["x"], ["+", "*", "sin"], literals=[], constants="fitted", max_size=12)
    assert form(["2.5*x + sin(x)", "0.5*x + 1.5"], fitted) == "C*x + f"


def test_members_of_a_form_are_members_with_the_same_keys() -> None:
    whole = Formulas(["x"], ["+", "*", "sin"], literals=[1], max_size=7, max_depth=4, forbidden={"sin": ["sin"]})
    every = list(whole.enumerate())
    for formula, path in (("x*x + sin(x)", (1, 0)), ("x + x*x", (1,)), ("x*x + x", (0,)), ("x", ())):
        part = OpenFormula(whole, formula, path)
        members = list(part.enumerate())
        assert {m.code for m in members} == {m.code for m in every if agrees(m, part)}
        assert len(members) == part.size()
        assert all(part.key(member) == whole.key(member) for member in members)


def agrees(member: Formula, part: OpenFormula) -> bool:
    """Whether a member is the opened formula but for the open part."""
    code, end = part.formula.code, part.formula.spans()[part.node]
    before, behind = code[: 2 * part.node], code[2 * end :]
    fits = member.code.startswith(before) and member.code.endswith(behind) and part.node < member.size
    return fits and member.spans()[part.node] == member.size - part.behind


def test_what_differs_elsewhere_is_outside() -> None:
    part = OpenFormula(WIDE, "x*x + 1", (1,))
    assert part.contains("x*x + sin(y)")
    for other in ("1 + x*x", "x*y + 1", "x", parse_formula("x*x + z"), 7):
        with pytest.raises(OutsideSpace):
            part.trace(other)
    with pytest.raises(PathError):
        OpenFormula(WIDE, "x*x", (2,))
    with pytest.raises(OutsideSpace):
        OpenFormula(WIDE, "cos(x)", ())
    assert WIDE.open("x*x + 1", 1).fingerprint() == part.fingerprint()
    assert str(WIDE.open("x*x + 1", "[0][1]")) == "x*f + 1"
    assert WIDE.open("x*x + 1", ()) is WIDE
    typed = Formulas(["x"], ["less", "where"], max_size=6)
    with pytest.raises(SpaceError, match="what stands there is no number"):
        OpenFormula(typed, "where(x < 1, x, 1)", (0,))


def test_many_at_once_stay_inside() -> None:
    rng = Random(0)
    WIDE.sample_many(2, rng)  # which lets the larger space make its tables
    part = OpenFormula(WIDE, "x*x + 1", (1,))
    first, second = part.sample_many(50, rng), part.sample_many(50, rng)
    made = [*first, *part.mutate_many(first, rng), *part.crossover_many(first, second, rng)]
    assert all(part.contains(member) and WIDE.contains(member) for member in made)


def test_the_hole_has_a_name_that_is_free() -> None:
    names = Formulas(["f", "g"], ["+"], max_size=5)
    assert str(OpenFormula(names, "f + g", (1,))) == "f + h"


def test_other_spaces_and_several_objectives_are_refused() -> None:
    with pytest.raises(CannotAct, match="FormDiscovery cannot act on this space, because it looks for terms"):
        FormDiscovery().check(space([1, 2]), Objectives({"loss": "minimize"}))
    with pytest.raises(CannotAct, match="2 objectives"):
        FormDiscovery().check(WIDE, Objectives({"loss": "minimize", "size": "minimize"}))


@pytest.mark.parametrize("settings", [{"best": 0}, {"room": 0}, {"token_ratio": 0}, {"expr_ratio": 1.5}])
def test_settings_are_checked(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="FormDiscovery"):
        FormDiscovery(**settings)  # type: ignore[arg-type]


def test_products_are_written_as_short_as_the_space_allows() -> None:
    x = parse_formula("x", ["x"])
    for operators, expected in ((["*"], "x*x*x*x"), (["*", "power"], "x**4"), (["sin"], None)):
        found = Composer(Formulas(["x"], operators, literals=[1, 4]), {b"x": x}).product(((b"x", 4),))
        assert (None if found is None else str(found)) == expected
