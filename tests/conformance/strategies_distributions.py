"""Strategies that learn a distribution or move a cloud of real vectors, one line an entry."""

from __future__ import annotations

from entries import Entry

from inlay.search.covariance_adaptation import CovarianceAdaptation
from inlay.search.cross_entropy import CrossEntropy
from inlay.search.dependency_tree import DependencyTree
from inlay.search.differential_evolution import DifferentialEvolution, SelfAdaptingDifferentialEvolution
from inlay.search.policy_gradient import PolicyGradient
from inlay.search.quadratic_trust_region import QuadraticTrustRegion
from inlay.search.univariate_marginal import IncrementalLearning, UnivariateMarginal

STRATEGIES: dict[str, Entry] = {
    "cross-entropy": Entry(lambda: CrossEntropy(18, elite=0.12, smoothing=0.5), synchronous=True, margin=0.5),
    "univariate marginal": Entry(lambda: UnivariateMarginal(30, elite=0.3, keep=9), synchronous=True, margin=0.5),
    "incremental learning": Entry(lambda: IncrementalLearning(15, rate=0.2), synchronous=True, margin=0.5),
    "dependency tree": Entry(
        lambda: DependencyTree(16, elite=0.8, most=9, prior=3, floor=0.05, keep=12), synchronous=True, margin=0.67
    ),
    "policy gradient": Entry(lambda: PolicyGradient(10), synchronous=True, margin=0.5),
    "covariance adaptation": Entry(CovarianceAdaptation, synchronous=True, margin=0.1),
    "differential evolution": Entry(lambda: DifferentialEvolution(12), synchronous=True, margin=0.5),
    "self-adapting differential": Entry(lambda: SelfAdaptingDifferentialEvolution(10), synchronous=True, margin=0.1),
    "quadratic trust region": Entry(QuadraticTrustRegion, synchronous=True, margin=0.1),
}  # fmt: skip
