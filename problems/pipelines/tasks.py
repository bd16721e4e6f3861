"""The problems: a space of pipelines, a data set, and the pipeline that one would try first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ...search import Problem
from ...spaces import Program, program
from .data_sets import DATA_SETS
from .models import classifiers, regressors
from .preprocessing import scalers, selectors
from .validation import CrossValidation


def pipeline_space(classification: bool) -> Program:
    """Every pipeline of a scaler, a feature selection and a classifier, or regressor.

    >>> pipeline_space(classification=False).size()
    inf
    """
    from sklearn.pipeline import Pipeline

    models = classifiers() if classification else regressors()
    return program(Pipeline, steps=[("scale", scalers()), ("select", selectors(classification)), ("model", models)])


def default_pipeline(classification: bool) -> Program:
    """Standardised features and a linear model with its default parameters.

    >>> print(default_pipeline(classification=False))
    Pipeline(steps=[('scale', StandardScaler()), ('select', 'passthrough'), ('model', Ridge(alpha=1.0))])
    """
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    model = program(LogisticRegression, C=1.0, class_weight=None) if classification else program(Ridge, alpha=1.0)
    return program(Pipeline, steps=[("scale", program(StandardScaler)), ("select", "passthrough"), ("model", model)])


def pipeline_problem(data: str, fidelities: Sequence[float] | None = None) -> Problem:
    """The problem `pipelines/<data>`: find the pipeline that scores best in cross-validation on that data set.

    `fidelities` are the fractions of the training data on which a strategy may ask for cheaper estimates, ascending, 1
    the last; by default those on which every pipeline can be fitted, and none with `()`. An evaluation costs its
    fraction. Raises `ValueError` for others.

    >>> pipeline_problem("diabetes").objectives
    {'r2': 'maximize'}
    """
    known, scoring = DATA_SETS[data], CrossValidation(data)
    return Problem(
        f"pipelines/{data}",
        pipeline_space(known.classification),
        scoring.searched,
        objectives={scoring.objective: "maximize"},
        fidelities=known.fidelities if fidelities is None else _fractions(fidelities),
        published={"default pipeline": default_pipeline(known.classification)},
        held_out=scoring.held_out,
        source=known.source,
    )


def _fractions(fidelities: Sequence[float]) -> tuple[float, ...]:
    found = tuple(map(float, fidelities))
    if found and not (found[-1] == 1 and all(0 < low < high for low, high in pairwise(found))):
        raise ValueError(f"fidelities={fidelities!r}: they are fractions of the data above 0, ascending, 1.0 the last")
    return found
