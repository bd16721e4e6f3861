"""Comparing formulas as SymPy sees them: equal up to a constant or a factor, in a limited time.

SymPy may take forever, or all memory, to simplify: every question is asked in a process of its own, which has so many
seconds of CPU time. The answer is True, False, or None where there was none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...search.workers import ProcessPool, WorkerDied
from ...spaces.formulas import Formula
from .equations import plain_values

T = TypeVar("T")

#: Decimals to which numbers are rounded, and the size below which a number is taken for zero.
DECIMALS, NOTHING = 3, 1e-4
#: Seconds of the clock for each second of CPU time, after which the answer is not awaited any longer.
_PATIENCE = 20.0
#: How far two formulas may be from a constant difference or quotient to be worth a proof: a share of the spread.
_LENIENCY = 0.05
#: How many points are looked at for that, and where each variable lies.
_POINTS, _LOW, _HIGH = 64, 0.2, 3.0


# -- asking ----------------------------------------------------------------------------------------------------------


def within(seconds: float, question: Callable[..., T], *arguments: Any) -> T | None:
    """The answer to a question, or None where it takes more than so many seconds of CPU time.

    >>> within(1.0, sum, [1, 2])
    3
    """
    try:
        return _pool().submit(_limited, seconds, question, *arguments).result(_PATIENCE * seconds)
    except WorkerDied:
        return None
    except TimeoutError:
        _pool().kill()
        _pool.cache_clear()
        return None


@lru_cache(maxsize=1)
def _pool() -> ProcessPool:
    return ProcessPool(1)


def _limited(seconds: float, question: Callable[..., T], *arguments: Any) -> T:
    """Answer a question in this process, which the system ends when its CPU time is up."""
    try:
        import resource
    except ImportError:  # no such limit on this system: that on the clock is left
        return question(*arguments)
    import time

    before = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), before[1]))
    try:
        return question(*arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


# -- what is asked ---------------------------------------------------------------------------------------------------


def equal_up_to_constant(model: Formula, truth: Formula, positive: bool) -> bool | None:
    """Whether `truth - model` is a constant, or `model / truth` one other than zero; None where SymPy cannot say.

    Numbers are rounded first, and where differences and simplification made new ones. `positive`: the variables are.
    """
    if not _worth_a_proof(model, truth):
        return False
    found, wanted = (rounded(_expression(formula, positive)) for formula in (model, truth))
    if found == 0 or bool(found.free_symbols) != bool(wanted.free_symbols):
        return False
    first = _is_constant(rounded(wanted - found))
    return first or (True if _is_constant(rounded(found / wanted), zero=False) else first)


def node_count(formula: Formula, simplify: bool) -> int:
    """The nodes of SymPy's tree of a formula with its numbers rounded, simplified where asked."""
    import sympy

    expression = rounded(_expression(formula, positive=False))
    if simplify:
        expression = rounded(sympy.simplify(expression, ratio=1))
    return sum(1 for _ in sympy.preorder_traversal(expression))


def rounded(expression: Any) -> Any:
    """The expression with its decimal numbers rounded to 3 places; those that are whole then, or halves, become exact.

    SymPy takes sin(1.0*x) for another function than sin(x).
    """
    import sympy

    floats = [part for part in sympy.preorder_traversal(expression) if isinstance(part, sympy.Float)]
    return expression.xreplace({part: _rounded(float(part)) for part in floats})


def _rounded(number: float) -> Any:
    import sympy

    short = round(number, DECIMALS) if abs(number) >= NOTHING else 0.0
    return sympy.Rational(int(2 * short), 2) if (2 * short).is_integer() else sympy.Float(short)


def _expression(formula: Formula, positive: bool) -> Any:
    import sympy

    expression = formula.sympy()
    if not positive:
        return expression
    return expression.subs({symbol: sympy.Symbol(symbol.name, positive=True) for symbol in expression.free_symbols})


def _is_constant(expression: Any, zero: bool = True) -> bool | None:
    """Whether it is a finite constant (`zero`: or nothing at all), as it stands or simplified; None: SymPy gives up."""
    import sympy

    try:
        if expression.free_symbols:
            expression = rounded(sympy.simplify(expression, ratio=1))
        if expression.free_symbols:
            answer: bool | None = expression.is_constant()
            return answer
        return bool(expression.is_finite) and (zero or expression != 0)
    except Exception:  # whatever breaks inside SymPy is no answer
        return None


def _worth_a_proof(model: Formula, truth: Formula) -> bool:
    """Whether numbers leave open that difference or quotient is constant; most models fail here, at little cost."""
    uniform = np.random.Generator(np.random.PCG64(0)).random((_POINTS, len(truth.vocabulary.variables)))
    X = _LOW + (_HIGH - _LOW) * uniform
    with np.errstate(all="ignore"):
        found, wanted = plain_values(model, X), plain_values(truth, X)
        defined = np.isfinite(found) & np.isfinite(wanted) & (wanted != 0)
        found, wanted = found[defined], wanted[defined]
        return len(found) < _POINTS // 8 or min(_spread(wanted - found, wanted), _spread(found / wanted)) < _LENIENCY


def _spread(values: NDArray[np.float64], scale: NDArray[np.float64] | None = None) -> float:
    """The middle half of the values, as a share of that of the scale, or of their own median."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    size = abs(middle) if scale is None else np.subtract(*np.quantile(scale, (0.75, 0.25)))
    return float((high - low) / size) if size > 0 else 0.0
