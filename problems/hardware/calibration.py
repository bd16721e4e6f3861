"""Calibration: what a device reaches, fitted to measured times, with the error on measurements held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...optimizers import nonlinear_least_squares
from .costs import operator_cost
from .devices import Device, Efficiency, Error, Link
from .operators import Operator

Floats = NDArray[np.float64]

#: Where the soft absolute loss turns from squares to sizes: a tenth, in natural logarithms of a ratio of times.
WIDTH = 0.1
#: A parameter is told by the data where its standard error, in logarithms, is below this: a factor of two.
TELLING = np.log(2.0)
#: A share is told only where a factor of two raises the loss by so many variances of the residuals: two deviations.
TOLD = 4.0
#: Seconds below which a start is none, and where fits begin: bound by either resource, or by both, fits stay so.
NO_START, FIRST_START = 1e-9, 3e-6
FIRST_SHARES = ((0.7, 0.7), (0.05, 0.9), (0.9, 0.05))


class Measured(NamedTuple):
    """An operator whose sizes are arrays (n,), and the seconds (n,) that each took."""

    operator: Operator
    seconds: Floats


def fit(device: Device, calibration: Sequence[Measured], held_out: Sequence[Measured]) -> Device:
    """The device with what a kind of operator reaches: its start, share of the peak and share of the bandwidths.

    Minimises the sum of 2 w^2 (sqrt(1 + (r / w)^2) - 1) with r = log(estimated / measured) and w = `WIDTH`, over the
    logarithms of the three numbers. A number that the data cannot tell to a factor of two, by its standard error or (a
    share) by the rise of the loss, is left out, the least certain first: the start is then 0, a share 1. The error is
    measured on `held_out`.

    Raises `ValueError` where there is nothing to fit or to hold out, for operators of several kinds, for times that
    are not positive, and where the same measurements stand on both sides.

    >>> from .device_table import datasheet
    >>> from .operators import Elementwise
    >>> operators = [Elementwise(np.array(rows), 4096) for rows in ([1e3, 1e5, 3e5], [3e3, 2e5])]
    >>> known = datasheet("a100-80g").with_efficiency(elementwise=Efficiency(3e-6, 1.0, 0.5))
    >>> measured = [Measured(each, operator_cost(each, known).seconds) for each in operators]
    >>> reached = fit(datasheet("a100-80g"), measured[:1], measured[1:]).reaches("elementwise")
    >>> round(reached.start * 1e6, 3), reached.compute, round(reached.stream, 3), reached.error.measurements
    (3.0, 1.0, 0.5, 2)

    Source: the loss is "soft_l1" of Triggs et al., 2000, Bundle adjustment, doi:10.1007/3-540-44480-7_21.
    """
    kind = _checked(calibration, held_out)
    names = ["start", "compute", "stream"]
    while True:
        found, uncertain = _fitted(device, kind, calibration, names)
        if not names or uncertain.max() < TELLING:
            break
        names.remove(names[int(np.argmax(uncertain))])
    reached = found._replace(start=found.start if found.start > NO_START else 0.0)
    better = device.with_efficiency(**{kind: reached})
    return device.with_efficiency(**{kind: reached._replace(error=error_of(better, held_out))})


def _checked(calibration: Sequence[Measured], held_out: Sequence[Measured]) -> str:
    """The kind of all the operators."""
    for name, measured in (("calibration", calibration), ("held_out", held_out)):
        if not measured:
            raise ValueError(f"fit({name}=[]): give measurements; those of `held_out` must not be fitted to")
        for each in measured:
            _check_times(f"fit({name})", each)
    kinds = {each.operator.kind for each in [*calibration, *held_out]}
    if len(kinds) > 1:
        raise ValueError(f"fit: operators of several kinds, {', '.join(sorted(kinds))}: fit one kind after the other")
    if any(mine is theirs or mine.operator is theirs.operator for mine in calibration for theirs in held_out):
        raise ValueError("fit: the same measurements are fitted to and held out, so that the error would mean nothing")
    return kinds.pop()


def _check_times(called: str, measured: Measured) -> None:
    seconds = np.asarray(measured.seconds)
    if not (np.isfinite(seconds) & (seconds > 0)).all():
        raise ValueError(f"{called}: {measured.operator.called}: times must be positive, not {np.min(seconds)}")
    sizes = [size for size in vars(measured.operator).values() if np.ndim(size)]
    if any(np.shape(size) != seconds.shape for size in sizes):
        raise ValueError(f"{called}: {measured.operator.called}: {seconds.size} times, but {np.size(sizes[0])} sizes")


def _fitted(device: Device, kind: str, measured: Sequence[Measured], names: list[str]) -> tuple[Efficiency, Floats]:
    """What is reached, and the standard errors of the logarithms that were fitted."""

    def reached(x: Floats) -> Efficiency:
        return Efficiency()._replace(**dict(zip(names, np.exp(x).tolist(), strict=True)))

    def residuals(x: Floats) -> Floats:
        tried = device.with_efficiency(**{kind: reached(x)})
        return np.concatenate([log_ratio(tried, each) for each in measured])

    firsts = [{"start": FIRST_START, "compute": compute, "stream": stream} for compute, stream in FIRST_SHARES]
    fits = [least_soft(residuals, np.log([first[name] for name in names])) for first in firsts]
    x, uncertain, _ = min(fits, key=lambda each: each[2])
    rise = rises(residuals, x)
    told = [name == "start" or each >= TOLD for name, each in zip(names, rise, strict=True)]
    return reached(x), np.where(told, uncertain, np.inf)


def rises(residuals: Callable[[Floats], Floats], x: Floats) -> Floats:
    """By how much the soft loss rises where a parameter, a logarithm, is a factor of two off, the better way; in
    variances of the residuals, by their median. Standard errors cannot tell where a resource only just binds."""
    r = residuals(x)
    variance = max(float(1.4826 * np.median(np.abs(r))) ** 2, 1e-10)
    steps = TELLING * np.eye(len(x))
    least = [min(soft_loss(residuals(x + step)), soft_loss(residuals(x - step))) for step in steps]
    found: Floats = (np.array(least) - soft_loss(r)) * WIDTH**2 / variance
    return found


def log_ratio(device: Device, measured: Measured) -> Floats:
    """log(estimated / measured) of each measurement, (n,)."""
    seconds = operator_cost(measured.operator, device).seconds
    ratio: Floats = np.log(np.broadcast_to(seconds, np.shape(measured.seconds)) / measured.seconds)
    return ratio


def soft_loss(residuals: Floats) -> float:
    """The sum of the soft absolute loss of residuals."""
    r = residuals / WIDTH
    return float(np.sum(2.0 * r * r / (1.0 + np.sqrt(1.0 + r * r))))


def least_soft(residuals: Callable[[Floats], Floats], start: Any) -> tuple[Floats, Floats, float]:
    """The parameters of the least soft absolute loss of residuals, their standard errors (infinite where the residuals
    do not depend on one), and the loss."""

    def rooted(x: Floats) -> Floats:  # the sum of the squares of these is the soft loss
        r = residuals(x) / WIDTH
        root: Floats = r * np.sqrt(2.0 / (1.0 + np.sqrt(1.0 + r * r)))
        return root

    x = np.array(start, dtype=float)
    if not len(x):
        return x, x, 0.0
    x = nonlinear_least_squares(rooted, x, tolerance=1e-10).x
    r = rooted(x)
    J = np.stack([(rooted(x + step) - rooted(x - step)) / 2e-4 for step in 1e-4 * np.eye(len(x))], axis=1)
    variance = r @ r / max(len(r) - len(x), 1)
    curved = np.linalg.pinv(J.T @ J, rcond=1e-10).diagonal()
    known = (J * J).sum(axis=0) > 1e-8
    return x, np.where(known, np.sqrt(variance * curved), np.inf), float(r @ r)


def error_of(device: Device, measured: Sequence[Measured]) -> Error:
    """How far estimates are from measurements: see `Error`."""
    ratios = np.exp(np.concatenate([log_ratio(device, each) for each in measured]))
    seconds = np.concatenate([np.asarray(each.seconds) for each in measured])
    return error(ratios * seconds, seconds)


def error(estimated: Any, measured: Any) -> Error:
    """How far estimates (n,) are from measurements (n,).

    >>> error([1.0, 2.0, 9.0], [1.0, 4.0, 3.0])
    Error(relative=0.8333333333333334, rank_correlation=0.5, within_twice=0.6666666666666666, measurements=3)
    """
    ratio = np.asarray(estimated, dtype=float) / np.asarray(measured, dtype=float)
    near = np.mean((ratio <= 2.0) & (ratio >= 0.5))
    return Error(float(np.mean(np.abs(ratio - 1))), rank_correlation(estimated, measured), float(near), len(ratio))


def rank_correlation(a: Any, b: Any) -> float:
    """Spearman's rank correlation, numbers equal to six digits sharing their mean rank; 1 where all are equal.

    >>> round(rank_correlation([1, 2, 2, 4], [10, 30, 20, 40]), 4)
    0.9487
    """
    x, y = _ranks(np.asarray(a, dtype=np.float32)), _ranks(np.asarray(b, dtype=np.float32))
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size else 1.0


def _ranks(numbers: NDArray[Any]) -> Floats:
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Floats = (ends - (counts - 1) / 2.0)[places]
    return ranks


def fit_link(members: Any, size: Any, seconds: Any) -> Link:
    """The link on which all-reduces of `size` bytes among `members` took so long: its latency and bandwidth.

    seconds = latency + 2 (p - 1) / p size / bandwidth, by the loss of `fit`; arrays (n,). Raises `ValueError` for
    numbers that are not positive, and for groups of one, which send nothing.

    >>> sizes = np.array([1e3, 1e6, 1e9])
    >>> link = fit_link(2, sizes, 2e-5 + sizes / 1e11)
    >>> round(link.latency * 1e6, 3), round(link.bandwidth / 1e9, 3)
    (20.0, 100.0)
    """
    p, n, measured = (np.asarray(each, dtype=float) for each in (members, size, seconds))
    if (p <= 1).any() or (n <= 0).any() or (measured <= 0).any():
        raise ValueError("fit_link: give groups of at least two, and positive sizes and times")
    sent = 2.0 * (p - 1.0) / p * n

    def residuals(x: Floats) -> Floats:
        taken: Floats = np.log((np.exp(x[0]) + sent * np.exp(-x[1])) / measured)
        return taken

    x, _, _ = least_soft(residuals, np.log([measured.min(), (sent / measured).max()]))
    return Link(float(np.exp(x[0])), float(np.exp(x[1])))
