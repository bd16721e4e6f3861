"""CMA-ES and the trust region on quadratic models: known constants, exact minima, and hard functions."""

from random import Random
from statistics import median
from typing import Any

import numpy as np
import pytest

from inlay.search import CannotAct, Outcome, Problem, Study
from inlay.search.covariance_adaptation import CovarianceAdaptation, Ellipsoid, Weights
from inlay.search.quadratic_models import QuadraticModel, least_in_ball, least_in_box
from inlay.search.quadratic_trust_region import QuadraticTrustRegion
from inlay.spaces import Permutation, Real, space

CUBE = space([Real(-5, 5)] * 5)


def rotated(loss: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    turn, shift = np.linalg.qr(rng.standard_normal((5, 5)))[0], rng.uniform(-3, 3, 5)
    return lambda x: float(loss(turn @ (np.asarray(x) - shift)))


def ellipsoid(z: Any) -> Any:
    return (10.0 ** np.arange(5) * z**2).sum()


def rosenbrock(z: Any) -> Any:
    z = z + 1
    return (100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum()


def rastrigin(z: Any) -> Any:
    return (z**2 - 10 * np.cos(2 * np.pi * z) + 10).sum()


def best_losses(make: Any, loss: Any, trials: int, seeds: int = 3) -> list[float]:
    problems = [Problem("p", CUBE, rotated(loss, seed)) for seed in range(seeds)]
    return [Study(p, make(), seed=s).run(trials=trials, progress=False).best.loss for s, p in enumerate(problems)]


# --- CMA-ES ----------------------------------------------------------------------------------------


def test_the_constants_are_those_of_the_tutorial() -> None:
    """For 10 dimensions and 10 candidates, worked by hand from arXiv:1604.00772, table 1."""
    w = Weights(10, 10, active=True)
    raw = np.log(5.5) - np.log(np.arange(1, 11))
    assert w.parents == 5
    assert w.positive == pytest.approx(raw[:5] / raw[:5].sum())
    assert w.mass == pytest.approx(1 / (w.positive**2).sum())
    assert w.step_rate == pytest.approx((w.mass + 2) / (15 + w.mass))
    assert w.one == pytest.approx(2 / (11.3**2 + w.mass))
    assert w.expected_norm == pytest.approx(3.08, abs=0.005)
    assert (w.negative < 0).all()
    assert Weights(10, 10, active=False).negative.tolist() == [0.0] * 5


def test_the_covariance_takes_the_shape_of_the_function() -> None:
    """On an ellipsoid the learned variances are proportional to the inverse Hessian."""
    generator, scales = np.random.default_rng(0), np.array([1.0, 100.0, 10000.0])
    run = Ellipsoid(np.full(3, 0.4), 0.1, Weights(3, 8, active=True))
    for _ in range(150):
        shares = run.draw(8, generator)
        run.update(shares[np.argsort(((shares - 0.5) ** 2 * scales).sum(axis=1))])
    variances = np.diag(run.covariance) * scales
    assert variances.max() / variances.min() < 30
    assert run.mean == pytest.approx([0.5] * 3, abs=1e-4)
    assert run.covariance == pytest.approx(run.covariance.T)
    assert np.linalg.eigvalsh(run.covariance).min() > 0


@pytest.mark.parametrize(("loss", "bound"), [(ellipsoid, 1e-8), (rosenbrock, 1e-2)])
def test_it_solves_badly_conditioned_functions(loss: Any, bound: float) -> None:
    assert median(best_losses(CovarianceAdaptation, loss, 1500)) < bound


def test_a_run_that_has_converged_starts_again_elsewhere() -> None:
    for restarts in ("growing", "two regimes", "equal"):
        made = CovarianceAdaptation(6, restarts=restarts, precision=1e-3)
        study = Study(Problem("p", CUBE, rotated(rastrigin, 0)), made, seed=0).run(trials=1500, progress=False)
        best = np.minimum.accumulate([trial.loss for trial in study.trials])
        assert best[-1] < best[400]
        size = study.strategy.size  # type: ignore[attr-defined]
        assert (size == 6) if restarts == "equal" else (size >= 6)
        assert restarts != "growing" or size > 6


def test_the_first_mean_is_the_centre_or_the_best_that_was_told() -> None:
    def first(told: bool) -> Any:
        study = Study(Problem("p", CUBE, lambda x: 0.0), CovarianceAdaptation(20, step=0.01), seed=0)
        if told:
            study.tell([4.0] * 5, loss=1.0)
            study.tell([2.0] * 5, loss=-1.0)
        return np.mean([trial.value for trial in study.ask(20)], axis=0)

    assert first(False) == pytest.approx([0.0] * 5, abs=0.1)
    assert first(True) == pytest.approx([2.0] * 5, abs=0.1)


def test_an_optimum_on_the_bounds_is_found() -> None:
    for make in (CovarianceAdaptation, QuadraticTrustRegion):
        study = Study(Problem("p", CUBE, lambda x: sum(x)), make(), seed=0).run(trials=1000, progress=False)
        assert study.best.loss == pytest.approx(-25, abs=1e-3)


def test_infeasible_and_failed_candidates_are_never_followed() -> None:
    def evaluate(x: list[float]) -> Outcome:
        if x[1] > 2:
            raise ArithmeticError
        return Outcome({"loss": -sum(x)}, violations=[x[0] - 1])

    for make, bound in ((CovarianceAdaptation, -16), (QuadraticTrustRegion, -8)):
        study = Study(Problem("p", CUBE, evaluate), make(), seed=0).run(trials=1000, progress=False)
        assert study.best.violation == 0
        assert -18 <= study.best.loss < bound


def test_what_a_space_cannot_offer_is_explained() -> None:
    for made in (CovarianceAdaptation(), QuadraticTrustRegion()):
        with pytest.raises(CannotAct, match=r"cannot act .* Permutation.*vectors of real numbers; CrossEntropy or Gen"):
            Study(Problem("p", Permutation("abc"), lambda value: 0.0), made)


@pytest.mark.parametrize(
    "make",
    [
        lambda: CovarianceAdaptation(3),
        lambda: CovarianceAdaptation(step=0.0),
        lambda: CovarianceAdaptation(precision=0.0),
        lambda: CovarianceAdaptation(restarts="often"),
        lambda: QuadraticTrustRegion(0.0),
        lambda: QuadraticTrustRegion(0.1, 0.2),
        lambda: QuadraticTrustRegion(0.4),
    ],
)
def test_settings_that_make_no_sense_are_refused_where_they_are_written(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must"):
        make()


# --- Quadratic models ------------------------------------------------------------------------------


def random_quadratic(n: int, rng: np.random.Generator) -> Any:
    hessian = rng.standard_normal((n, n))
    hessian, gradient = hessian + hessian.T, rng.standard_normal(n)
    return hessian, gradient, lambda x: 0.5 * x @ hessian @ x + gradient @ x + 3


def test_a_model_through_enough_points_is_the_function() -> None:
    rng = np.random.default_rng(0)
    hessian, gradient, loss = random_quadratic(4, rng)
    points = 0.5 + 0.1 * rng.standard_normal((15, 4))
    model = QuadraticModel(points, np.array([loss(x) for x in points]), 3, np.zeros((4, 4)))
    assert model.hessian == pytest.approx(hessian, rel=1e-5, abs=1e-5)
    assert model.gradient == pytest.approx(hessian @ points[3] + gradient, rel=1e-6, abs=1e-6)
    assert model.change(points[7] - points[3]) == pytest.approx(loss(points[7]) - loss(points[3]))


def test_a_model_through_few_points_meets_them_and_keeps_the_earlier_hessian() -> None:
    rng = np.random.default_rng(1)
    hessian, _, loss = random_quadratic(4, rng)
    points = rng.random((7, 4))
    losses = np.array([loss(x) for x in points])
    assert QuadraticModel(points, losses, 0, hessian).hessian == pytest.approx(hessian, rel=1e-6, abs=1e-6)
    model = QuadraticModel(points, losses, 0, np.zeros((4, 4)))
    assert [model.change(x - points[0]) for x in points] == pytest.approx((losses - losses[0]).tolist(), abs=1e-7)


def test_lagrange_functions_are_one_at_their_point_and_zero_at_the_others() -> None:
    points = np.random.default_rng(2).random((9, 4))
    model = QuadraticModel(points, np.zeros(9), 2, np.zeros((4, 4)))
    values = np.array([model.lagrange(x - points[2]) for x in points])
    assert values == pytest.approx(np.eye(9), abs=1e-7)
    gradient, hessian = model.lagrange_function(5)
    step = points[5] - points[2]
    assert gradient @ step + 0.5 * step @ hessian @ step == pytest.approx(1.0)
    assert model.novelty(step) == pytest.approx(0.0, abs=1e-8)
    assert model.novelty(np.array([0.3, -0.4, 0.1, 0.9])) > 1e-4


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_step_in_a_ball_is_the_lowest_of_many(n: int) -> None:
    rng = np.random.default_rng(n)
    for radius in (0.1, 1.0, 10.0):
        hessian, gradient, _ = random_quadratic(n, rng)
        step = least_in_ball(gradient, hessian, radius)
        assert np.linalg.norm(step) <= radius * (1 + 1e-5)
        drawn = rng.standard_normal((4000, n))
        drawn *= radius * rng.random((4000, 1)) ** (1 / n) / np.linalg.norm(drawn, axis=1, keepdims=True)
        values = drawn @ gradient + 0.5 * ((drawn @ hessian) * drawn).sum(axis=1)
        assert gradient @ step + 0.5 * step @ hessian @ step <= values.min() + 1e-5 * abs(values.min())


def test_the_hard_case_goes_along_the_least_curvature() -> None:
    step = least_in_ball(np.array([0.0, 1.0]), np.diag([-2.0, 1.0]), 2.0)
    assert np.linalg.norm(step) == pytest.approx(2.0)
    assert step[1] == pytest.approx(-1 / 3, abs=1e-4)
    assert least_in_ball(np.zeros(2), np.zeros((2, 2)), 1.0) @ np.ones(2) <= 1.0


def test_a_step_in_a_box_stays_there_and_uses_its_walls() -> None:
    low, high = np.array([-0.1, -1.0]), np.array([1.0, 1.0])
    step = least_in_box(np.array([1.0, 1.0]), np.eye(2), 5.0, low, high)
    assert step == pytest.approx([-0.1, -1.0])
    free = least_in_box(np.array([1.0, 0.5]), np.eye(2), 5.0, low, high)
    assert free == pytest.approx([-0.1, -0.5])


# --- The trust region ------------------------------------------------------------------------------


@pytest.mark.parametrize(("loss", "trials"), [(ellipsoid, 150), (rosenbrock, 450)])
def test_smooth_functions_are_solved_to_many_digits_within_few_evaluations(loss: Any, trials: int) -> None:
    assert median(best_losses(QuadraticTrustRegion, loss, trials, seeds=5)) < 1e-12


def test_descents_begin_again_until_a_better_valley_is_found() -> None:
    study = Study(Problem("p", CUBE, rotated(rastrigin, 1)), QuadraticTrustRegion(), seed=0)
    study.run(trials=800, progress=False)
    losses = np.minimum.accumulate([trial.loss for trial in study.trials])
    assert study.strategy.descents > 3  # type: ignore[attr-defined]
    assert losses[-1] < losses[150]
    assert losses[-1] < 12


def test_descents_set_out_near_the_best_point_and_anywhere_by_turns() -> None:
    study = Study(Problem("p", CUBE, sum), QuadraticTrustRegion(), seed=0)
    study.tell([1.0] * 5, loss=0.0)
    first, *later = (study.strategy._next_start() for _ in range(401))  # type: ignore[attr-defined]
    assert first == pytest.approx([0.6] * 5)
    near, anywhere = np.array(later[::2]), np.array(later[1::2])
    assert anywhere.std() == pytest.approx(12**-0.5, abs=0.02)
    assert near.mean() == pytest.approx(0.6, abs=0.02)
    assert near.std() < 0.5 * (0.999 / (3 * np.log(10))) ** 0.5  # E[10^-3u] / 4, less for what is mirrored


def test_one_result_is_awaited_before_the_next_proposal() -> None:
    study = Study(Problem("p", CUBE, sum), QuadraticTrustRegion(), seed=0)
    trial = study.ask(5)
    assert len(trial) == 1
    assert study.ask(5) == []
    study.tell(Random(0).choices([0.0], k=5), loss=1.0)
    assert study.ask(5) == []
    study.tell(trial[0], 2.0)
    assert len(study.ask(5)) == 1
