"""Strategies that model the objective, one line an entry."""

from __future__ import annotations

from typing import Any

import numpy as np
from entries import Entry

from inlay.search.formula_matching import FormulaMatching
from inlay.search.model_based import ModelBased
from inlay.search.optuna_sampler import OptunaSampler
from inlay.search.surrogates import Forest, GaussianProcess
from inlay.spaces.formulas.data import Data


def parzen(seed: int) -> Any:
    """Optuna's TPE, brief enough for thousands of runs."""
    from optuna.samplers import TPESampler

    return TPESampler(seed=seed, n_startup_trials=20, n_ei_candidates=4)


def law() -> Data:
    """Data that a formula of a few nodes explains."""
    x = np.linspace(0.5, 2.0, 12)
    return Data({"x": x}, x * x - np.log(x))


OPTUNA = "test_optuna_sampler.py::test_each_sampler_beats_random_search"
SMALL = GaussianProcess(60, False)

STRATEGIES: dict[str, Entry] = {
    "forest": Entry(lambda: ModelBased(Forest(6), initial=20, pool=24, refit=0.4), margin=0.5),
    "Gaussian process": Entry(lambda: ModelBased(SMALL, initial=20, pool=20, refit=0.4), margin=0.5),
    "Optuna TPE": Entry(lambda: OptunaSampler(parzen, limit=60), proof=OPTUNA),
    "Optuna CMA-ES": Entry(lambda: OptunaSampler("cma-es", limit=60), margin=0.5),
    "Optuna NSGA-II": Entry(lambda: OptunaSampler("nsga2", limit=60), proof=OPTUNA),
    "formula matching": Entry(
        lambda: FormulaMatching(law(), functions=500),
        synchronous=True, random=False,
        proof="test_formula_library.py::test_the_strategy_finds_a_law_and_proposes_members_once",
    ),
}  # fmt: skip
