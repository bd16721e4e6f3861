"""The zeta function, the angle of Riemann and Siegel, and counts of zeros, against mpmath and by hand."""

import warnings
from typing import Any

import mpmath
import numpy as np
import pytest

from inlay.optimizers.argument_principle import argument_change, zeros_within, zeta_zeros_below
from inlay.optimizers.zeta_function import riemann_siegel_theta, zeta

FIRST = 14.134725141734693790


def by_mpmath(s: Any) -> Any:
    return np.array([complex(mpmath.zeta(complex(one))) for one in s])


def random_places(low: complex, high: complex, n: int) -> Any:
    generator = np.random.default_rng(0)
    sigma, t = generator.uniform(low.real, high.real, n), generator.uniform(low.imag, high.imag, n)
    return sigma + 1j * t


# --- zeta ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "error"),
    [
        (-99j, 1 + 99j, 1e-14),
        (1 - 99j, 3 + 99j, 4e-15),
        (10 - 99j, 40 + 99j, 1e-15),
        (-2 - 99j, 99j, 1e-10),
        (0.4 + 290j, 0.6 + 300j, 2e-14),
        (0.4 + 990j, 0.6 + 1000j, 4e-14),
    ],
)
def test_it_agrees_with_mpmath(low: complex, high: complex, error: float) -> None:
    s = random_places(low, high, 60)
    assert np.abs(zeta(s) - by_mpmath(s)).max() < error


def test_values_known_exactly() -> None:
    for s, value in ((2, np.pi**2 / 6), (4, np.pi**4 / 90), (0, -0.5), (-1, -1 / 12), (-2, 0)):
        assert zeta(s) == pytest.approx(value, abs=2e-12)
    assert abs(zeta(0.5 + FIRST * 1j)) < 1e-14


def test_the_shape_of_its_argument_is_kept() -> None:
    assert np.ndim(zeta(2.0)) == 0
    assert zeta([]).shape == (0,)
    s = random_places(0j, 1 + 90j, 1200).reshape(3, 400)
    assert zeta(s).shape == (3, 400)
    one_by_one = [complex(zeta(one)) for one in s[:, ::40].reshape(-1)]
    assert zeta(s)[:, ::40].reshape(-1) == pytest.approx(one_by_one, abs=1e-14)


def test_the_pole_is_infinite_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert zeta([1.0, 2.0]).tolist()[0] == complex("inf")
    assert abs(zeta(1 + 1e-6) * 1e-6 - 1) < 1e-5


@pytest.mark.parametrize("bad", [float("nan"), complex("inf"), -2.5, 1e5 + 2e5j])
def test_where_it_cannot_be_trusted_it_says_so(bad: complex) -> None:
    with pytest.raises(ValueError, match="functional equation"):
        zeta([0.5, bad])


# --- the angle -------------------------------------------------------------------------------------


def test_the_angle_agrees_with_mpmath_and_turns_zeta_real() -> None:
    t = np.concatenate([np.linspace(-40, 40, 41), [99.0, 500.0]])
    assert riemann_siegel_theta(t) == pytest.approx([float(mpmath.siegeltheta(one)) for one in t], abs=1e-12)
    t = np.linspace(1, 99, 50)
    turned = np.exp(1j * riemann_siegel_theta(t)) * zeta(0.5 + 1j * t)
    assert np.abs(turned.imag).max() < 1e-12


# --- counts ----------------------------------------------------------------------------------------


def test_turns_of_the_argument_by_hand() -> None:
    assert argument_change(np.exp, 0, 5j) == pytest.approx(5)
    assert argument_change(lambda s: 1 / s, 1, -1 + 1e-9j) == pytest.approx(-np.pi)
    assert argument_change(lambda s: (s - 1e-7j) ** 3, -1, 1) == pytest.approx(3 * np.pi, abs=1e-5)
    with pytest.raises(ValueError, match="move the border"):
        argument_change(lambda s: s, -1, 1)


def test_zeros_count_by_multiplicity_and_poles_against_them() -> None:
    around = -1 - 1j, 1 + 1j
    assert zeros_within(lambda s: (s - 0.3) ** 3 * (s + 0.2j) * (s - 2), *around) == 4
    assert zeros_within(lambda s: (s - 0.3) / (s + 0.5j) ** 2, *around) == -1
    assert zeros_within(np.exp, *around) == 0
    assert zeros_within(zeta, 0.5 - 1j, 1.5 + 1j) == -1


def test_zeros_of_zeta_are_as_many_as_mpmath_says() -> None:
    for height in (1.0, 14.0, 25.5, 60.0, 100.0, 250.0):
        assert zeta_zeros_below(height) == mpmath.nzeros(height)
    assert [zeta_zeros_below(FIRST + step) for step in (-1e-9, 1e-9)] == [0, 1]


def test_both_counts_agree_on_the_strip() -> None:
    for height in (30.0, 77.0, 100.0):
        assert zeros_within(zeta, 10j, complex(1, height)) == zeta_zeros_below(height)


@pytest.mark.parametrize(("height", "why"), [(0.0, "positive"), (-3.0, "positive"), (FIRST, "move the border")])
def test_heights_without_a_count(height: float, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        zeta_zeros_below(height)
