"""Experts on devices: who has which, and how much the busiest device has to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .taxonomy import ExpertParallel

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]


class Busiest(NamedTuple):
    """Of the devices of a group, the most that one has: experts that it needs in a pass, rows, and bytes stored."""

    needed: float
    rows: float
    stored: float


def expert_owners(placement: str | Sequence[int], loads: Floats, devices: int) -> NDArray[np.int64]:
    """The device of each expert, where experts have these loads.

    Raises `ValueError` for a placement that is none, or that names too few experts.

    >>> expert_owners("by load", np.array([4.0, 3, 2, 1]), 2).tolist()
    [0, 1, 1, 0]
    """
    if placement == "in turn":
        return np.arange(len(loads)) % devices
    if placement == "by load":
        owners, totals = np.zeros(len(loads), dtype=np.int64), np.zeros(devices)
        for expert in np.argsort(-loads, kind="stable").tolist():
            owners[expert] = int(np.argmin(totals))
            totals[owners[expert]] += loads[expert]
        return owners
    if isinstance(placement, str) or len(placement) < len(loads):
        raise ValueError(f"placement {placement!r}: give 'in turn', 'by load', or the device of each of {len(loads)}")
    return np.asarray(placement[: len(loads)])


def busiest_device(plan: ExpertParallel, needed: Bits, tokens: int, sizes: Floats) -> Busiest:
    """What the busiest device has, where `needed` (steps, batch, experts) is asked and experts have `sizes` in bytes.

    The tokens of a pass spread evenly over the copies of a replicated expert; a copy is needed with 1 - (1 - q)^(T/D),
    where q is the share of tokens that need the expert.
    """
    shares = needed.mean(axis=(0, 1))
    owners = expert_owners(plan.placement, shares, plan.devices)
    rows, tokens_a_pass = shares * needed.shape[1] * tokens, needed.shape[1] * tokens
    replicated = np.zeros(len(shares), dtype=np.bool_)
    replicated[np.argsort(-shares, kind="stable")[: plan.replicas]] = True
    hit = 1 - (1 - shares) ** np.where(replicated, tokens_a_pass / plan.devices, tokens_a_pass)
    here = replicated | (owners == np.arange(plan.devices)[:, None])
    share_of_rows = np.where(replicated, 1 / plan.devices, 1.0)
    return Busiest(float((here @ hit).max()), float((here @ (rows * share_of_rows)).max()), float((here @ sizes).max()))
