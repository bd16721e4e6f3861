"""The strategies that the command line knows by name, and their settings as text."""

from __future__ import annotations

import difflib
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args, get_origin, get_type_hints

from . import search
from .search import Strategy

#: The name of each strategy on the command line, and in `inlay.search`, which loads it when it is first used.
STRATEGIES: dict[str, str] = {
    "auto": "Auto",
    "random": "RandomSearch",
    "exhaustive": "Exhaustive",
    "hill-climb": "HillClimb",
    "local-search": "RestartedLocalSearch",
    "iterated-local-search": "IteratedLocalSearch",
    "variable-neighborhood-descent": "VariableNeighborhoodDescent",
    "simulated-annealing": "SimulatedAnnealing",
    "tabu-search": "TabuSearch",
    "genetic-algorithm": "GeneticAlgorithm",
    "genetic-programming": "GeneticProgramming",
    "regularized-evolution": "RegularizedEvolution",
    "one-plus-lambda": "OnePlusLambda",
    "mu-comma-lambda": "MuCommaLambda",
    "deterministic-crowding": "DeterministicCrowding",
    "nsga2": "NSGA2",
    "nsga3": "NSGA3",
    "map-elites": "MapElites",
    "uct": "UCT",
    "puct": "PUCT",
    "nested-monte-carlo": "NestedMonteCarlo",
    "nested-rollout-policy-adaptation": "NestedRolloutPolicyAdaptation",
    "beam-search": "BeamSearch",
    "best-first": "BestFirst",
    "accumulated-top-p": "AccumulatedTopP",
    "depth-first": "DepthFirst",
    "successive-halving": "SuccessiveHalving",
    "hyperband": "Hyperband",
    "asha": "AsynchronousHalving",
    "racing": "Racing",
    "cross-entropy": "CrossEntropy",
    "umda": "UnivariateMarginal",
    "pbil": "IncrementalLearning",
    "dependency-tree": "DependencyTree",
    "policy-gradient": "PolicyGradient",
    "differential-evolution": "DifferentialEvolution",
    "self-adapting-differential-evolution": "SelfAdaptingDifferentialEvolution",
    "cma-es": "CovarianceAdaptation",
    "quadratic-trust-region": "QuadraticTrustRegion",
    "model-based": "ModelBased",
    "optuna": "OptunaSampler",
    "metropolis-hastings": "MetropolisHastings",
    "sequential-monte-carlo": "SequentialMonteCarlo",
    "resample-move": "ResampleMove",
    "rsrm": "RSRM",
}


class UnknownStrategy(LookupError):
    """The command line knows no strategy of this name."""


class BadSetting(ValueError):
    """A strategy has no such setting, or not with this value."""


def make_strategy(name: str, settings: Mapping[str, Any]) -> Strategy:
    """The strategy of that name with these settings; raises `UnknownStrategy` or `BadSetting`.

    >>> make_strategy("hill-climb", {"patience": 50})
    HillClimb(patience=50)
    """
    for setting in settings:
        _kind(name, setting)
    try:
        return _factory(name)(**settings)
    except (TypeError, ValueError) as error:
        raise BadSetting(f"{name}: {error}") from None


def read_settings(name: str, pairs: Sequence[str]) -> dict[str, Any]:
    """Settings written as `population=20`, by the types that the strategy declares; raises like `make_strategy`.

    >>> read_settings("genetic-algorithm", ["population=20", "mutation=0.3"])
    {'population': 20, 'mutation': 0.3}
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        setting, equals, text = pair.partition("=")
        if not equals:
            raise BadSetting(f"--set {pair}: write it as --set name=value; {_known_settings(name)}")
        if setting in settings:
            raise BadSetting(f"--set {setting}: it is given twice")
        settings[setting] = _read(text, _kind(name, setting), f"--set {pair}")
    return settings


def settings_text(name: str) -> str:
    """The settings of a strategy with their defaults, in one line.

    >>> settings_text("hill-climb")
    'patience=200'
    """
    plain = int, float, str, types.NoneType
    return ", ".join(f"{p.name}={p.default}" for p in _parameters(name).values() if isinstance(p.default, plain))


def first_sentence(name: str) -> str:
    """What a strategy does, in its own words."""
    return (inspect.getdoc(_factory(name)) or "").partition("\n\n")[0].replace("\n", " ")


def _factory(name: str) -> Callable[..., Strategy]:
    if name not in STRATEGIES:
        close = difflib.get_close_matches(name, STRATEGIES, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(STRATEGIES)}"
        raise UnknownStrategy(f"there is no strategy {name!r}; {hint}")
    factory: Callable[..., Strategy] = getattr(search, STRATEGIES[name])
    return factory


def _parameters(name: str) -> Mapping[str, inspect.Parameter]:
    """The settings that can be written as text: parts and inner strategies cannot."""
    factory = _factory(name)
    hints = get_type_hints(factory)  # of a class: its fields
    known = inspect.signature(factory).parameters
    return {
        setting: known[setting] for setting in known if _readers(hints[setting]) or bool in _options(hints[setting])
    }


def _known_settings(name: str) -> str:
    known = ", ".join(_parameters(name))
    return f"{name} has the settings {known}" if known else f"{name} has no settings"


def _kind(name: str, setting: str) -> Any:
    """The declared type of a setting."""
    factory = _factory(name)
    if setting not in _parameters(name):
        raise BadSetting(f"{name} has no setting {setting!r}; {_known_settings(name)}")
    return get_type_hints(factory)[setting]


def _read(text: str, kind: Any, where: str) -> Any:
    options = _options(kind)
    if text.lower() == "none" and types.NoneType in options:
        return None
    if bool in options and text.lower() in ("true", "false"):
        return text.lower() == "true"
    for reader in _readers(kind):
        try:
            return reader(text)
        except ValueError:
            continue
    names = " or ".join(getattr(option, "__name__", str(option)) for option in options)
    raise BadSetting(f"{where}: {text!r} is not of type {names}")


def _options(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) is types.UnionType else (kind,)


def _readers(kind: Any) -> list[Any]:
    """The types of text among the options of a declared type."""
    return [option for option in _options(kind) if option in (int, float, str)]
