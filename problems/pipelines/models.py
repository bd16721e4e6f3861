"""The spaces of the last step: families of estimators, each with its own parameters.

A parameter is written only where it has a meaning (the degree of a polynomial kernel, say), and only legal combinations
are members. Where an estimator draws random numbers its seed is fixed.
"""

from __future__ import annotations

from typing import Any

from ...spaces import Choice, Integer, Program, Real, Repeat, program


def classifiers() -> Choice:
    """Nine families of classifiers."""
    from sklearn import ensemble
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    return Choice(
        program(LogisticRegression, C=Real(1e-3, 1e3, log=True), class_weight=Choice(None, "balanced")),
        _linear_svc(),
        _kernel_machine(SVC, C=Real(1e-2, 1e3, log=True)),
        _forest(ensemble.RandomForestClassifier, criterion=Choice("gini", "entropy")),
        _forest(ensemble.ExtraTreesClassifier, criterion=Choice("gini", "entropy")),
        _boosting(ensemble.HistGradientBoostingClassifier),
        _neighbors(KNeighborsClassifier),
        program(GaussianNB, var_smoothing=Real(1e-12, 1e-1, log=True)),
        _perceptron(),
    )


def regressors() -> Choice:
    """Eight families of regressors."""
    from sklearn import ensemble
    from sklearn.linear_model import ElasticNet, Lasso, Ridge
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.svm import SVR

    return Choice(
        program(Ridge, alpha=Real(1e-3, 1e3, log=True)),
        program(Lasso, alpha=Real(1e-3, 1e2, log=True)),
        program(ElasticNet, alpha=Real(1e-3, 1e2, log=True), l1_ratio=Real(0.05, 0.95)),
        _kernel_machine(SVR, C=Real(1e-2, 1e3, log=True), epsilon=Real(1e-2, 1e2, log=True)),
        _forest(ensemble.RandomForestRegressor),
        _forest(ensemble.ExtraTreesRegressor),
        _boosting(ensemble.HistGradientBoostingRegressor),
        _neighbors(KNeighborsRegressor),
    )


def _linear_svc() -> Choice:
    """The penalty decides which loss and which form of the problem liblinear can solve."""
    from sklearn.svm import LinearSVC

    C = Real(1e-3, 1e2, log=True)
    return Choice(
        program(LinearSVC, penalty="l1", loss="squared_hinge", dual=False, C=C, random_state=0),
        program(LinearSVC, penalty="l2", loss="squared_hinge", dual=False, C=C, random_state=0),
        program(LinearSVC, penalty="l2", loss="hinge", dual=True, C=C, random_state=0),
    )


def _kernel_machine(head: Any, **parameters: Any) -> Choice:
    """A support vector machine: every kernel has parameters of its own. Its steps are bounded, as unscaled data ask."""
    gamma = Choice("scale", Real(1e-4, 1e1, log=True))
    bounded = {**parameters, "max_iter": 20_000}
    return Choice(
        program(head, kernel="linear", **bounded),
        program(head, kernel="rbf", gamma=gamma, **bounded),
        program(head, kernel="poly", degree=Integer(2, 4), gamma=gamma, coef0=Real(0.0, 1.0), **bounded),
    )


def _forest(head: Any, **parameters: Any) -> Program:
    return program(
        head,
        n_estimators=Integer(20, 100, step=10),
        max_features=Choice("sqrt", "log2", Real(0.1, 1.0)),
        min_samples_leaf=Integer(1, 10, log=True),
        random_state=0,
        **parameters,
    )


def _boosting(head: Any) -> Program:
    return program(
        head,
        learning_rate=Real(2e-2, 5e-1, log=True),
        max_iter=Integer(20, 100, step=10),
        max_leaf_nodes=Integer(3, 31, log=True),
        l2_regularization=Choice(0.0, Real(1e-3, 1e2, log=True)),
        random_state=0,
    )


def _neighbors(head: Any) -> Program:
    return program(head, n_neighbors=Integer(1, 30, log=True), weights=Choice("uniform", "distance"), p=Choice(1, 2))


def _perceptron() -> Program:
    """A small multilayer perceptron of one or two hidden layers."""
    from sklearn.neural_network import MLPClassifier

    return program(
        MLPClassifier,
        hidden_layer_sizes=Repeat(Choice(8, 16, 32, 64), 1, 2),
        activation=Choice("relu", "tanh"),
        alpha=Real(1e-5, 1e0, log=True),
        learning_rate_init=Real(1e-3, 3e-2, log=True),
        max_iter=100,
        random_state=0,
    )
