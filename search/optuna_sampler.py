"""Optuna's samplers as strategies: every decision of a space becomes a parameter of an Optuna trial."""

from __future__ import annotations

import importlib.util
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spaces import Address, Mask, Space, Unsatisfied
from ..spaces.addresses import Addressing
from .strategies import Proposal, Strategy, cannot_act
from .trials import Trial

#: Beyond this many options an index is no longer a category or an exact integer for Optuna.
_MOST_OPTIONS = 1 << 50
_ATTEMPTS = 20

SAMPLERS = {
    "tpe": "TPESampler",
    "cma-es": "CmaEsSampler",
    "gp": "GPSampler",
    "nsga2": "NSGAIISampler",
    "nsga3": "NSGAIIISampler",
    "random": "RandomSampler",
}


@dataclass
class OptunaSampler(Strategy):
    """Lets a sampler of Optuna answer the decisions of any space, conditional ones included.

    `sampler` is one of "tpe", "cma-es", "gp", "nsga2", "nsga3" and "random", or a function that makes an Optuna sampler
    from a seed. Decisions are named by their addresses, so those that a program does not have are simply absent. A
    candidate of more than `limit` decisions is refused: Optuna's cost per trial grows with them. A candidate that a
    constraint refuses counts as a failed Optuna trial; a violation is told as a loss beyond the worst.

    Raises `CannotAct` for "cma-es" on decisions that are no numbers, `ImportError` where Optuna is missing.
    Source: Akiba, Sano, Yanase, Ohta, Koyama, 2019, Optuna, arXiv:1907.10902.
    """

    sampler: str | Callable[[int], Any] = "tpe"
    limit: int = 1000

    def __post_init__(self) -> None:
        if isinstance(self.sampler, str) and self.sampler not in SAMPLERS:
            known = ", ".join(SAMPLERS)
            raise ValueError(f"OptunaSampler({self.sampler!r}): it is one of {known}, or a function of a seed")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        if importlib.util.find_spec("optuna") is None:
            raise ImportError("OptunaSampler needs Optuna: pip install 'inlay[optuna]'")
        self._check(space, objectives)
        self.space, self.rng = space, rng
        self.names = _Names()
        self.study = _quiet_study(_made(self.sampler, rng.getrandbits(32)), len(objectives))
        self.worst = [0.0] * len(objectives)

    def _check(self, space: Space, objectives: Mapping[str, str]) -> None:
        members = [space.simplest(), *(space.sample(Random(seed)) for seed in range(3))]
        records = [space.record(member) for member in members]
        length = max(sum(d.size if isinstance(d, np.ndarray) else 1 for _, d in record) for record in records)
        if length > self.limit:
            raise cannot_act(self, f"a member takes {length} decisions, more than limit={self.limit}", "ModelBased")
        numeric = all(hole.bounds() is not None for record in records for hole, _ in record)
        if self.sampler == "cma-es" and not numeric:
            raise cannot_act(self, "CMA-ES moves numbers only, and it decides other things too", "OptunaSampler('tpe')")
        if len(objectives) > 1 and self.sampler in ("cma-es", "gp"):
            why = f"{self.sampler} minimises one loss, not {len(objectives)}"
            raise cannot_act(self, why, "OptunaSampler('nsga2')")

    def ask(self, n: int) -> Sequence[Proposal]:
        return [self._propose() for _ in range(n)]

    def _propose(self) -> Proposal:
        for _ in range(_ATTEMPTS):
            trial = self.study.ask()
            try:
                return Proposal(self.space.decide(_Suggest(trial, self.names)), origin=trial.number)
            except Unsatisfied:
                self.study.tell(trial, state=_failed())
        return Proposal(self.space.sample(self.rng), origin=None)

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            if trial.foreign or trial.origin is None:
                self._add(trial)
            elif trial.state == "done":
                self.study.tell(trial.origin, self._values(trial))
            else:
                self.study.tell(trial.origin, state=_failed())

    def _add(self, trial: Trial) -> None:
        """Enter a trial that Optuna did not propose."""
        import optuna

        if trial.state != "done":
            return
        known = _Known(self.space.trace(trial.program), self.names)
        self.space.decide(known)
        entered = optuna.trial.create_trial(
            params=known.values, distributions=known.distributions, values=self._values(trial)
        )
        self.study.add_trial(entered)

    def _values(self, trial: Trial) -> list[float]:
        """The losses; where a constraint is violated, each beyond the worst feasible one so far."""
        finite = [float(np.clip(loss, -1e300, 1e300)) for loss in trial.losses]
        if not trial.violation:
            self.worst = [max(pair) for pair in zip(self.worst, finite, strict=True)]
            return finite
        return [worst + 1 + abs(worst) + min(trial.violation, 1e300) for worst in self.worst]


class _Names:
    """A short name for every decision, the same in every run: holes are numbered as they first appear."""

    def __init__(self) -> None:
        self.numbers: dict[Space, int] = {}

    def of(self, address: Address, what: str) -> str:
        hole, place = address
        return f"{self.numbers.setdefault(hole, len(self.numbers))}.{place} {what}"


class _Naming(Addressing):
    """A chooser that names every decision for Optuna; subclasses answer."""

    def __init__(self, names: _Names) -> None:
        super().__init__()
        self.names = names

    def category(self, name: str, n: int) -> int:
        """An answer among `n` that have no order."""
        raise NotImplementedError

    def number(self, name: str, n: int) -> int:
        """An answer among `n` that have an order."""
        raise NotImplementedError

    def fraction(self, name: str, low: float, high: float) -> float:
        """An answer between two bounds."""
        raise NotImplementedError

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        name = self.names.of(self.address(hole), f"of {n}")
        if n > _MOST_OPTIONS:
            return min(n - 1, int(self.fraction(name, 0.0, float(n))))
        return self.category(name, n) if hole.bounds() is None else self.number(name, n)

    def real(self, low: float, high: float, hole: Space) -> float:
        return self.fraction(self.names.of(self.address(hole), f"{low!r} to {high!r}"), low, high)


class _Suggest(_Naming):
    """Asks an Optuna trial."""

    def __init__(self, trial: Any, names: _Names) -> None:
        super().__init__(names)
        self.trial = trial

    def category(self, name: str, n: int) -> int:
        return int(self.trial.suggest_categorical(name, range(n)))

    def number(self, name: str, n: int) -> int:
        return int(self.trial.suggest_int(name, 0, n - 1))

    def fraction(self, name: str, low: float, high: float) -> float:
        return float(self.trial.suggest_float(name, low, high))


class _Known(_Naming):
    """Answers with the decisions of a known member, and keeps their names, values and distributions."""

    def __init__(self, decisions: Sequence[Any], names: _Names) -> None:
        super().__init__(names)
        self.rest = deque(decisions)
        self.values: dict[str, Any] = {}
        self.distributions: dict[str, Any] = {}

    def _keep(self, name: str, distribution: Any) -> Any:
        self.values[name], self.distributions[name] = self.rest.popleft(), distribution
        return self.values[name]

    def category(self, name: str, n: int) -> int:
        from optuna.distributions import CategoricalDistribution

        return int(self._keep(name, CategoricalDistribution(range(n))))

    def number(self, name: str, n: int) -> int:
        from optuna.distributions import IntDistribution

        return int(self._keep(name, IntDistribution(0, n - 1)))

    def fraction(self, name: str, low: float, high: float) -> float:
        from optuna.distributions import FloatDistribution

        answer: float = self._keep(name, FloatDistribution(low, high))
        self.values[name] = float(answer)
        return answer  # as it is: a decision in log space remembers its number

    def bits(self, hole: Mask) -> NDArray[Any]:
        self.rest.extendleft(reversed(_open_bits(self.rest.popleft(), hole.ones)))
        return hole.bit_by_bit(self)


def _open_bits(flat: NDArray[Any], ones: int | None) -> list[int]:
    """The bits that are asked for one by one: all but those that the number of ones leaves no choice."""
    if ones is not None:
        left = ones - (np.cumsum(flat) - flat)
        flat = flat[(left > 0) & (left < len(flat) - np.arange(len(flat)))]
    return [int(bit) for bit in flat]


def _made(sampler: str | Callable[[int], Any], seed: int) -> Any:
    """The Optuna sampler, seeded."""
    if not isinstance(sampler, str):
        return sampler(seed)
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which samplers are experimental changes with every release
        return getattr(optuna.samplers, SAMPLERS[sampler])(seed=seed)


def _quiet_study(sampler: Any, objectives: int) -> Any:
    """An Optuna study in memory, made without a line on the screen."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(sampler=sampler, directions=["minimize"] * objectives)
    finally:
        optuna.logging.set_verbosity(level)


def _failed() -> Any:
    from optuna.trial import TrialState

    return TrialState.FAIL
