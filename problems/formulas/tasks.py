"""Problems about formulas: a space of formulas, rows that they should explain, and the truth where it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...search import Problem
from ...spaces import Space
from ...spaces.formulas import Formulas
from ...spaces.formulas.data import Data
from .equations import OPERATORS, Equation
from .formula_loss import FormulaLoss, HeldOut

#: What a formula may be judged by.
OBJECTIVES = ("loss", "complexity")


def formula_problem(
    name: str,
    X: Any,
    y: Any,
    space: Space | None = None,
    *,
    names: Sequence[str] | None = None,
    weights: Any = None,
    loss: str = "squared",
    scaling: bool = False,
    fit: int = 0,
    objectives: Iterable[str] = ("loss",),
    held_out: tuple[Any, Any] | None = None,
    published: Mapping[str, Any] | None = None,
    best_known: float | None = None,
    source: str = "",
) -> Problem:
    """The problem of finding a formula that gives y (rows,) from X (rows, variables; an array, a frame or a mapping).

    `space`: by default short formulas of the common operators over the columns, with fitted constants where `fit` says
    how many iterations fit them. `names` are those of the columns where X has none. `objectives` are "loss" and, if
    asked, "complexity" (the number of nodes), both minimised. `held_out` are other rows (X, y), scored by loss and R2.
    Raises `ValueError` for columns of different lengths, NaN, no rows, a single row, a constant target, and variables
    of the space that the data lacks.

    >>> problem = formula_problem("double", {"a": [1, 2, 3]}, [2, 4, 6], held_out=({"a": [4, 5]}, [8, 10]))
    >>> a, twice = (problem.members.adopt(text) for text in ("a", "a + a"))
    >>> problem.evaluate_many([a, twice]), problem.held_out(twice)
    ([4.666666666666667, 0.0], {'loss': 0.0, 'r2': 1.0})
    """
    data = _explainable(name, Data(X, y, names, weights))
    if space is None:
        space = Formulas(data.names, OPERATORS, constants="fitted" if fit else None)
    _check_names(name, space, data.names)
    asked = _asked(name, objectives)
    judge = FormulaLoss(data, loss, scaling, fit, asked)
    return Problem(
        name,
        space,
        evaluate_many=judge,
        objectives=dict.fromkeys(asked, "minimize"),
        published=published or {},
        best_known=best_known,
        held_out=None if held_out is None else HeldOut(judge, _explainable(name, Data(*held_out, data.names))),
        source=source,
    )


def _explainable(name: str, data: Data) -> Data:
    """Data with something to explain; raises `ValueError` for a single row and for a constant target."""
    if data.rows < 2:
        raise ValueError(f"problem {name!r}: its data has one row, which any constant explains: give more rows")
    if data.constant:
        raise ValueError(
            f"problem {name!r}: its target is {data.y[0]:g} in every row, which leaves nothing to explain: give rows "
            "in which it varies, or leave out formulas and use that number"
        )
    return data


def _check_names(name: str, space: Space, columns: Sequence[str]) -> None:
    wanted = space.vocabulary.variables if isinstance(space, Formulas) else ()
    lacking = [variable for variable in wanted if variable not in columns]
    if lacking:
        raise ValueError(
            f"problem {name!r}: the formulas of its space have the variables {', '.join(lacking)}, and the data has "
            f"the columns {', '.join(columns)}: name the columns with names=[...] as the space does"
        )


def _asked(name: str, objectives: Iterable[str]) -> tuple[str, ...]:
    asked = tuple(objectives)
    if not asked or len(set(asked)) < len(asked) or not set(asked) <= set(OBJECTIVES):
        raise ValueError(f"problem {name!r}: objectives={asked!r}: give 'loss', or 'loss' and 'complexity'")
    return asked


def equation_problem(
    equation: Equation, rows: int | None = None, seed: int = 0, noise: float = 0.0, **settings: Any
) -> Problem:
    """The problem `formulas/<name>`: find the equation from rows that are drawn from it.

    `rows`: by default as many as its source draws. The published point is the equation itself, whose operators and
    numbers the space has. Held-out rows are without noise. `settings` are those of `formula_problem`.

    >>> from .nguyen import NGUYEN
    >>> equation_problem(NGUYEN["nguyen-8"]).published
    {'truth': parse_formula('sqrt(x)', ['x'])}
    """
    X, y = equation.sample(rows, seed, noise)
    changed = {"rows": (rows, None), "seed": (seed, 0), "noise": (noise, 0.0)}
    told = ", ".join(f"{name}={value!r}" for name, (value, default) in changed.items() if value != default)
    given: dict[str, Any] = {
        "space": equation.space(),
        "names": equation.variables,
        "held_out": equation.held_out(seed=seed),
        "published": {"truth": equation.formula},
        "best_known": None if noise else 0.0,
        "source": equation.source,
    }
    return formula_problem(f"formulas/{equation.name}{f'({told})' if told else ''}", X, y, **(given | settings))
