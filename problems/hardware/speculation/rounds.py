"""Rounds of speculative decoding: a draft model writes K tokens, the target verifies them and adds one."""

from __future__ import annotations

import numpy as np

from ..operators import Numbers


def expected_tokens(acceptance: Numbers, length: Numbers) -> Numbers:
    """Tokens that a round of `length` drafted ones yields, each accepted with the same probability.

    (1 - alpha^(K+1)) / (1 - alpha), which is K + 1 for alpha = 1: the accepted ones, and one of the target. Raises
    `ValueError` for a probability outside [0, 1] and a negative length.

    >>> float(expected_tokens(0.5, 2))
    1.75

    Source: Leviathan, Kalman, Matias, 2023, Fast inference from transformers via speculative decoding,
    arXiv:2211.17192.
    """
    alpha, k = np.asarray(acceptance, dtype=float), np.asarray(length)
    if np.any((alpha < 0) | (alpha > 1)) or np.any(k < 0):
        raise ValueError(
            f"expected_tokens(acceptance={acceptance}, length={length}): give a probability and a length of at least 0"
        )
    certain = alpha == 1
    ratio = np.where(certain, 0.5, alpha)
    tokens: Numbers = np.where(certain, k + 1.0, (1 - ratio ** (k + 1)) / (1 - ratio))
    return tokens


def fixed_speedup(acceptance: Numbers, length: Numbers, draft: float = 1.0, verify: float = 8.0) -> Numbers:
    """How much faster rounds of a fixed length are than the target alone: expected tokens x C / (c K + C).

    `draft` is the cost c of a drafted token, `verify` the cost C of a pass of the target.

    >>> round(float(fixed_speedup(0.8, 8)), 2)
    2.16
    """
    if draft < 0 or verify <= 0:
        raise ValueError(f"fixed_speedup(draft={draft}, verify={verify}): costs must be positive")
    speedup: Numbers = expected_tokens(acceptance, length) * verify / (draft * np.asarray(length) + verify)
    return speedup
