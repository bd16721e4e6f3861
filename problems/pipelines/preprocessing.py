"""The spaces of the steps before the model: how features are scaled, and which are kept."""

from __future__ import annotations

from ...spaces import Choice, Integer, Program, Real, program


def scalers() -> Choice:
    """Ways to scale the features, or none."""
    from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

    return Choice(
        "passthrough",
        program(StandardScaler),
        program(MinMaxScaler),
        program(RobustScaler),
        program(
            QuantileTransformer,
            n_quantiles=Integer(10, 100, step=10),
            output_distribution=Choice("uniform", "normal"),
        ),
    )


def selectors(classification: bool) -> Choice:
    """Ways to keep fewer features: the best by a test, those a forest finds useful, principal components; or all."""
    from sklearn.decomposition import PCA
    from sklearn.feature_selection import SelectFromModel, SelectPercentile

    return Choice(
        "passthrough",
        program(SelectPercentile, score_func=_tests(classification), percentile=Integer(10, 95, step=5)),
        program(SelectFromModel, estimator=_small_forest(classification), threshold=Choice("mean", "median")),
        program(PCA, n_components=Real(0.5, 0.99), whiten=Choice(False, True)),
    )


def _tests(classification: bool) -> Choice:
    """Univariate tests; mutual information draws noise, so its generator is seeded."""
    from functools import partial

    from sklearn import feature_selection as tests

    if classification:
        return Choice(tests.f_classif, program(partial, tests.mutual_info_classif, random_state=0))
    return Choice(tests.f_regression, program(partial, tests.mutual_info_regression, random_state=0))


def _small_forest(classification: bool) -> Program:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    head = ExtraTreesClassifier if classification else ExtraTreesRegressor
    return program(head, n_estimators=30, random_state=0)
