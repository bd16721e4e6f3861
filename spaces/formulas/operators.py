"""Operators of formulas: their names, arities, types, how they are written, and what they compute.

A formula is stored as a sequence of 16-bit codes in prefix order. Codes below 64 are the operators of this file, the
same on every machine and in every version; 64 to 199 are a vocabulary's own operators; `LITERAL` and `CONSTANT` take
the next number of the formula; `VARIABLE + i` is the i-th variable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import SpaceError

#: The first code of operators that a vocabulary defines.
OWN = 64
#: A fixed number of the formula.
LITERAL = 254
#: A free number of the formula, which may be drawn or fitted.
CONSTANT = 255
#: The first variable.
VARIABLE = 256


@dataclass(frozen=True)
class Operator:
    """A function of one to three arguments that may stand in a formula.

    `function` works on NumPy arrays, element by element. `symbol` is how it is written between two operands, with
    `precedence` (higher binds tighter); without it, it is written as a function. `takes` and `gives` are types: "real"
    or "truth". A `commutative` operator may have its operands exchanged. Raises `SpaceError` for an arity of zero or
    above three, and for a name that is no identifier.

    >>> softplus = Operator("softplus", lambda x: np.logaddexp(0, x))
    >>> softplus.arity
    1
    """

    name: str
    function: Callable[..., Any]
    takes: tuple[str, ...] = ("real",)
    gives: str = "real"
    symbol: str = ""
    precedence: int = 100
    commutative: bool = False
    code: int = -1

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise SpaceError(f"an operator cannot be called {self.name!r}: a name is an identifier")
        if not 1 <= len(self.takes) <= 3:
            raise SpaceError(f"operator {self.name!r} takes {len(self.takes)} arguments: one to three are possible")
        for kind in (*self.takes, self.gives):
            if kind not in ("real", "truth"):
                raise SpaceError(f"operator {self.name!r}: the types are 'real' and 'truth', not {kind!r}")
        if not callable(self.function):
            raise SpaceError(f"operator {self.name!r}: {self.function!r} cannot be called")

    @property
    def arity(self) -> int:
        """How many arguments it takes."""
        return len(self.takes)

    def __repr__(self) -> str:
        return f"Operator({self.name!r})" if self.code >= 0 else f"Operator({self.name!r}, {self.function!r})"


def _square(x: Any) -> Any:
    return x * x


def _cube(x: Any) -> Any:
    return x * x * x


def _reciprocal(x: Any) -> Any:
    return 1.0 / x


_REAL2, _TRUTH2 = ("real", "real"), ("truth", "truth")

#: Every operator that the compiled kernels know, in the order of its code.
OPERATORS: tuple[Operator, ...] = (
    Operator("add", np.add, _REAL2, symbol="+", precedence=10, commutative=True, code=0),
    Operator("subtract", np.subtract, _REAL2, symbol="-", precedence=10, code=1),
    Operator("multiply", np.multiply, _REAL2, symbol="*", precedence=20, commutative=True, code=2),
    Operator("divide", np.divide, _REAL2, symbol="/", precedence=20, code=3),
    Operator("power", np.power, _REAL2, symbol="**", precedence=40, code=4),
    Operator("minimum", np.minimum, _REAL2, commutative=True, code=5),
    Operator("maximum", np.maximum, _REAL2, commutative=True, code=6),
    Operator("negative", np.negative, symbol="-", precedence=30, code=7),
    Operator("reciprocal", _reciprocal, code=8),
    Operator("square", _square, code=9),
    Operator("cube", _cube, code=10),
    Operator("sqrt", np.sqrt, code=11),
    Operator("exp", np.exp, code=12),
    Operator("log", np.log, code=13),
    Operator("sin", np.sin, code=14),
    Operator("cos", np.cos, code=15),
    Operator("tan", np.tan, code=16),
    Operator("arcsin", np.arcsin, code=17),
    Operator("arccos", np.arccos, code=18),
    Operator("arctan", np.arctan, code=19),
    Operator("sinh", np.sinh, code=20),
    Operator("cosh", np.cosh, code=21),
    Operator("tanh", np.tanh, code=22),
    Operator("abs", np.abs, code=23),
    Operator("less", np.less, _REAL2, "truth", symbol="<", precedence=5, code=24),
    Operator("where", np.where, ("truth", "real", "real"), code=25),
    Operator("both", np.logical_and, _TRUTH2, "truth", symbol="&", precedence=7, commutative=True, code=26),
    Operator("either", np.logical_or, _TRUTH2, "truth", symbol="|", precedence=6, commutative=True, code=27),
    Operator("contrary", np.logical_not, ("truth",), "truth", symbol="~", precedence=30, code=28),
)

BY_NAME = {operator.name: operator for operator in OPERATORS}

#: Other names under which operators are known.
_ALIASES = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "**": "power",
    "^": "power",
    "min": "minimum",
    "max": "maximum",
    "neg": "negative",
    "inv": "reciprocal",
    "ln": "log",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "Abs": "abs",
    "<": "less",
    "&": "both",
    "|": "either",
    "~": "contrary",
}


def operator_named(name: str) -> Operator:
    """The operator of that name or sign; raises `SpaceError` naming those there are.

    >>> operator_named("*").name
    'multiply'
    """
    found = BY_NAME.get(_ALIASES.get(name, name))
    if found is None:
        raise SpaceError(f"there is no operator {name!r}: there are {', '.join(BY_NAME)}; or give an Operator of yours")
    return found
