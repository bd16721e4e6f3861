"""Model-based search: a surrogate of the loss decides which candidate is worth an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spaces import Space
from .acquisition import ExpectedImprovement, normal_scores
from .strategies import Proposal, Strategy, cannot_act, check_parts
from .surrogates import Forest, Model, Surrogate, representative
from .trials import Trial, ranked
from .variation import mutated

Floats = NDArray[np.float64]


@dataclass
class ModelBased(Strategy):
    """Sequential model-based optimization: fits a surrogate to the features, and proposes what it finds promising.

    The first `initial` candidates are random. Then each comes from a pool of `pool` candidates that the space's own
    moves make: mutants and children of the `parents` best, and random members; the acquisition picks. The model learns
    ranks, mapped to normal scores, so the scale of the losses does not matter, and failures and violations come last.
    It is fitted anew when the trials have grown by the share `refit`, to at most `memory` of them: so the cost per
    trial does not grow. No candidate is proposed twice while the pool holds another.

    Raises `CannotAct` for several objectives, and `ImportError` where the surrogate's library is missing.
    Source: Hutter, Hoos, Leyton-Brown, 2011, Sequential Model-Based Optimization for General Algorithm Configuration;
    Salinas, Shen, Perrone, 2020, A quantile-based approach for hyperparameter transfer learning, arXiv:1909.13595.
    """

    surrogate: Surrogate = field(default_factory=Forest)
    acquire: Callable[[Floats, Floats, float], Floats] = field(default_factory=ExpectedImprovement)
    initial: int = 20
    pool: int = 100
    parents: int = 8
    refit: float = 0.05
    memory: int = 1000

    def __post_init__(self) -> None:
        if min(self.initial, self.pool, self.parents) < 1 or self.memory < 4 or not self.refit > 0:
            raise ValueError(f"{self!r}: initial, pool and parents are at least 1, memory 4, and refit is positive")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        if len(objectives) > 1:
            raise cannot_act(self, f"it models one loss, not {len(objectives)}", "NSGA2 or OptunaSampler('nsga2')")
        check_parts(self, space, objectives)
        self.space, self.rng = space, rng
        self.told: list[Trial] = []
        self.features: list[Floats] = []
        self.seen: set[Hashable] = set()
        self.model: Model | None = None
        self.elite: list[Trial] = []
        self.fitted_at = self.asked = 0
        self.best_target = 0.0

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(self._next()) for _ in range(n)]

    def _next(self) -> Any:
        self.asked += 1
        if self._is_due():
            self._fit()
        value = self.space.sample(self.rng) if self.model is None else self._promising(self.model)
        self.seen.add(self.space.key(value))
        return value

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.told.append(trial)
            self.features.append(self.space.features(trial.program))
            self.seen.add(self.space.key(trial.program))

    # -- the model -----------------------------------------------------------------------------------------------------

    def _is_due(self) -> bool:
        enough = self.asked > self.initial and len(self.told) >= min(self.initial, 4)
        return enough and len(self.told) >= self.fitted_at * (1 + self.refit) + 1

    def _fit(self) -> None:
        """Fit the surrogate to the normal scores of the ranks; nothing is learned before a success."""
        self.fitted_at = len(self.told)
        self._forget()
        order = ranked(self.told)
        self.elite = [trial for trial in order[: self.parents] if trial.state == "done"]
        if not self.elite or not self.features[0].size:  # a space of one member has no features
            return
        targets = _targets(self.told, order)
        self.best_target = float(targets.min())
        self.model = self.surrogate.fit(np.stack(self.features), targets, self.rng)

    def _forget(self) -> None:
        """Keep the best and the latest half of `memory` trials."""
        if len(self.told) <= self.memory:
            return
        place = {trial.number: rank for rank, trial in enumerate(ranked(self.told))}
        rows = representative(np.array([place[trial.number] for trial in self.told], dtype=float), self.memory)
        self.told = [self.told[i] for i in rows]
        self.features = [self.features[i] for i in rows]
        self.fitted_at = len(self.told)

    # -- candidates ----------------------------------------------------------------------------------------------------

    def _promising(self, model: Model) -> Any:
        """The most promising candidate of a fresh pool, one not proposed before where there is one."""
        pool: dict[Hashable, Any] = {}
        for i in range(self.pool):
            value = self._candidate(i)
            pool.setdefault(self.space.key(value), value)
        fresh = [value for key, value in pool.items() if key not in self.seen] or list(pool.values())
        mean, deviation = model.predict(np.stack([self.space.features(value) for value in fresh]))
        return fresh[int(np.argmax(self.acquire(mean, deviation, self.best_target)))]

    def _candidate(self, i: int) -> Any:
        """Of every four candidates two are mutants of the best, one a child of two of them, and one is random."""
        parent = self.elite[int(self.rng.random() * len(self.elite))].program
        if i % 4 == 3:
            return self.space.sample(self.rng)
        if i % 4 == 2:
            other = self.elite[int(self.rng.random() * len(self.elite))].program
            return mutated(self.space, self.space.crossover(parent, other, self.rng), self.rng)
        return mutated(self.space, parent, self.rng, 1 + int(self.rng.random() * 3))


def _targets(trials: Sequence[Trial], order: Sequence[Trial]) -> Floats:
    """The normal score of each trial's rank; equal outcomes share the mean of their scores."""
    scores = normal_scores(len(order))
    groups: dict[Any, list[int]] = {}
    for rank, trial in enumerate(order):
        groups.setdefault((trial.state, trial.violation, trial.losses), []).append(rank)
    score = {outcome: float(scores[ranks].mean()) for outcome, ranks in groups.items()}
    return np.array([score[trial.state, trial.violation, trial.losses] for trial in trials])
