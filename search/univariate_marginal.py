"""Univariate estimation of distributions: what cross-entropy becomes without smoothing, or with one best alone."""

from __future__ import annotations

from .cross_entropy import Marginals
from .distribution_search import DistributionSearch


def UnivariateMarginal(  # noqa: N802
    population: int = 100, *, elite: float = 0.5, floor: float = 0.01, keep: int = 0
) -> DistributionSearch:
    """The univariate marginal distribution algorithm (UMDA): every marginal is that of the selected half.

    Source: Mühlenbein, Paass, 1996, From Recombination of Genes to the Estimation of Distributions, PPSN IV.
    Differs: on any space, with a floor under every option.
    """
    return DistributionSearch(Marginals(1.0, floor), population, elite, keep)


def IncrementalLearning(  # noqa: N802
    population: int = 100, *, rate: float = 0.1, best: int = 1, floor: float = 0.01, keep: int = 0
) -> DistributionSearch:
    """Population-based incremental learning (PBIL): p <- (1 - rate) p + rate b for the best member b of a generation.

    Source: Baluja, 1994, Population-Based Incremental Learning, CMU-CS-94-163.
    Differs: on any space; a floor under every option takes the place of the mutation of probabilities.
    """
    if not 1 <= best <= population:
        raise ValueError(f"best={best}: the number of members to learn from must lie in 1 to population={population}")
    return DistributionSearch(Marginals(rate, floor), population, best / population, keep)
