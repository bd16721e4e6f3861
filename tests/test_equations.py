"""The known equations: they parse, are finite where they are sampled, balance their units, and lie in their spaces."""

from collections.abc import Mapping

import numpy as np
import pytest

from inlay.problems.formulas.equations import OPERATORS, Equation, Sampling, even, uniform
from inlay.problems.formulas.feynman import COMPARED, FEYNMAN
from inlay.problems.formulas.keijzer import KEIJZER
from inlay.problems.formulas.livermore import LIVERMORE
from inlay.problems.formulas.named import EQUATIONS
from inlay.problems.formulas.nguyen import NGUYEN
from inlay.problems.formulas.rational import RATIONAL
from inlay.problems.formulas.real_data import DWARF_PLANETS, PLANETS, diabetes, iris, kepler
from inlay.spaces import SpaceError
from inlay.spaces.formulas.units import UNITS

every_equation = pytest.mark.parametrize("equation", EQUATIONS.values(), ids=EQUATIONS)


# --- The sets --------------------------------------------------------------------------------------


def test_the_sets_are_complete() -> None:
    assert [len(found) for found in (NGUYEN, KEIJZER, LIVERMORE, RATIONAL, FEYNMAN)] == [12, 15, 22, 3, 30]
    assert {f"feynman-{number}" for number in COMPARED} <= set(FEYNMAN)
    assert all(name == equation.name for name, equation in EQUATIONS.items())


@every_equation
def test_it_is_finite_and_says_where_it_comes_from(equation: Equation) -> None:
    X, y = equation.sample()
    assert X.shape == (equation.rows, len(equation.variables))
    assert np.isfinite(y).all()
    assert y.std() > 0
    assert np.isfinite(equation.held_out(200)[1]).all()
    assert equation.source


@every_equation
def test_it_is_a_member_of_its_space(equation: Equation) -> None:
    assert equation.space().contains(equation.formula)
    assert equation.space().contains(equation.text)
    assert not equation.formula.constants


@every_equation
def test_it_uses_every_variable(equation: Equation) -> None:
    assert equation.formula.variables == equation.variables


@pytest.mark.parametrize(
    ("name", "point", "value"),
    [
        ("nguyen-4", [2], 126),
        ("nguyen-5", [0], -1),
        ("nguyen-7", [1], 2 * np.log(2)),
        ("nguyen-11", [0.5, 2], 0.25),
        ("nguyen-12", [2, 2], 8),
        ("keijzer-4", [np.pi / 2], 0),
        ("keijzer-5", [1, 1, 1], -10 / 3),
        ("keijzer-6", [100], 5050),
        ("keijzer-9", [2], np.arcsinh(2)),
        ("keijzer-15", [1, 2], 1.2),
        ("livermore-7", [1], np.sinh(1)),
        ("livermore-8", [1], np.cosh(1)),
        ("livermore-9", [1], 9),
        ("livermore-16", [32], 4),
        ("rational-1", [1], 8),
        ("rational-2", [1], -0.5),
        ("rational-3", [1], 0.4),
        ("feynman-I.6.20a", [0], 1 / np.sqrt(2 * np.pi)),
        ("feynman-I.8.14", [1, 4, 1, 5], 5),
        ("feynman-I.12.2", [1, 1, 1 / (4 * np.pi), 2], 0.25),
        ("feynman-I.16.6", [1, 1, 0.3], 1),
        ("feynman-I.18.4", [1, 3, 2, 4], 3.5),
        ("feynman-I.27.6", [1, 1, 1], 0.5),
        ("feynman-I.30.3", [2, np.pi, 1], 2),
        ("feynman-I.50.26", [2, 0, 1, 3], 8),
    ],
)
def test_a_value_that_was_calculated_by_hand(name: str, point: list[float], value: float) -> None:
    assert EQUATIONS[name].formula([point])[0] == pytest.approx(value, abs=1e-12)


# --- Units -----------------------------------------------------------------------------------------


def in_other_units(powers: Mapping[str, int]) -> float:
    """By what a number is multiplied when every base unit is exchanged for another one."""
    sizes = {base: 1.1 + 0.2 * i for i, base in enumerate(UNITS)}
    return float(np.prod([sizes[base] ** power for base, power in powers.items()]))


@pytest.mark.parametrize("equation", FEYNMAN.values(), ids=FEYNMAN)
def test_units_balance(equation: Equation) -> None:
    assert set(equation.units) == {*equation.variables, equation.target}
    X, y = equation.sample(50)
    scales = [in_other_units(equation.units[name]) for name in equation.variables]
    assert equation.formula(X * scales) == pytest.approx(y * in_other_units(equation.units[equation.target]))


def test_a_space_of_balanced_formulas_has_the_truth_and_nothing_with_wrong_units() -> None:
    equation = FEYNMAN["feynman-I.47.23"]
    space = equation.space(balanced=True, max_size=8)
    assert space.contains(equation.formula)
    assert equation.space().contains("gamma + pr")
    assert not space.contains("gamma + pr")
    assert not space.contains("pr/rho")


def test_units_that_are_not_known_cannot_be_balanced() -> None:
    with pytest.raises(ValueError, match="units of 'nguyen-1' are not known"):
        NGUYEN["nguyen-1"].space(balanced=True)


# --- Sampling --------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_rows() -> None:
    for equation in (NGUYEN["nguyen-9"], KEIJZER["keijzer-1"], FEYNMAN["feynman-I.16.6"]):
        for one, other in zip(equation.sample(seed=3, noise=0.1), equation.sample(seed=3, noise=0.1), strict=True):
            assert (one == other).all()
    assert (NGUYEN["nguyen-9"].sample(seed=3)[0] != NGUYEN["nguyen-9"].sample(seed=4)[0]).all()


def test_rows_are_the_same_on_every_machine() -> None:
    X, _ = NGUYEN["nguyen-9"].sample(2, seed=0)
    assert X.tolist() == [[0.6369616873214543, 0.2697867137638703], [0.04097352393619469, 0.016527635528529094]]


def test_a_longer_sample_begins_with_the_shorter_one() -> None:
    equation = FEYNMAN["feynman-I.8.14"]
    assert (equation.sample(100)[0][:20] == equation.sample(20)[0]).all()


def test_ranges_hold() -> None:
    equation = FEYNMAN["feynman-I.15.3x"]
    X, _ = equation.sample(2000)
    for column, sampling in zip(X.T, equation.ranges.values(), strict=True):
        assert sampling.low <= column.min() < sampling.low + 0.01 * (sampling.high - sampling.low)
        assert sampling.high >= column.max() > sampling.high - 0.01 * (sampling.high - sampling.low)


def test_even_rows_have_the_steps_of_their_source() -> None:
    X, _ = KEIJZER["keijzer-6"].sample()
    assert X[:, 0].tolist() == list(range(1, 51))
    tested, _ = KEIJZER["keijzer-6"].held_out(120)
    assert tested[:, 0].tolist() == pytest.approx(range(1, 121))


def test_noise_is_a_share_of_the_spread_of_the_target() -> None:
    equation = FEYNMAN["feynman-I.14.3"]
    (X, clean), (same, noisy) = equation.sample(5000), equation.sample(5000, noise=0.1)
    assert (same == X).all()
    assert np.std(noisy - clean) / np.std(clean) == pytest.approx(0.1, rel=0.05)


def test_held_out_rows_are_others() -> None:
    equation = NGUYEN["nguyen-1"]
    assert not set(equation.sample()[0][:, 0]) & set(equation.held_out(20)[0][:, 0])


@pytest.mark.parametrize(("rows", "noise", "told"), [(0, 0.0, "at least one row"), (5, -1.0, "0 or more")])
def test_what_cannot_be_sampled_is_refused(rows: int, noise: float, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        NGUYEN["nguyen-1"].sample(rows, noise=noise)


def test_ranges_are_finite_and_not_empty() -> None:
    for low, high in ((1.0, 1.0), (2.0, 1.0), (0.0, float("inf")), (float("nan"), 1.0)):
        with pytest.raises(ValueError, match="give finite low < high"):
            Sampling(low, high)


def test_an_equation_that_is_not_finite_says_where() -> None:
    with pytest.raises(ValueError, match=r"'bad', 1/\(x - 1\), is not finite at {'x': 1.0}"):
        Equation("bad", "1/(x - 1)", even(x=(0, 2))).sample(3)


def test_an_equation_that_does_not_parse_shows_the_place() -> None:
    with pytest.raises(SpaceError, match="'x \\+ z' cannot be read"):
        _ = Equation("bad", "x + z", uniform(x=(0, 1))).formula


def test_the_space_of_an_equation_can_be_changed() -> None:
    space = NGUYEN["nguyen-1"].space(max_size=12, constants="fitted")
    assert space.grammar.max_size == 12
    assert space.fitted
    assert set(OPERATORS) <= {symbol.name for symbol in space.grammar.symbols}


# --- Measured data ---------------------------------------------------------------------------------


def test_the_planets_obey_keplers_law() -> None:
    for distance, period in (*PLANETS.values(), *DWARF_PLANETS.values()):
        assert period == pytest.approx(365.256 * distance**1.5, rel=1e-3)
    assert kepler().names == ("distance",)


def test_tables_are_split_alike_everywhere() -> None:
    for table, rows, tested in ((diabetes(), 332, 110), (iris(), 112, 38)):
        assert table.X.shape == (rows, len(table.names))
        assert table.X_test.shape == (tested, len(table.names))
        assert len(table.y) == rows
        assert len(table.y_test) == tested
    assert iris().X[0].tolist() == [6.1, 2.8, 4.0]
