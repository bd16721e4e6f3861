"""The problem: a number in a box at which zeta is as small as possible; and its search as a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....optimizers.zeta_function import zeta
from ....search import CrossEntropy, Problem, Study
from ....spaces import Real, Space, space
from .boxes import STRIP, Box, Function

#: What every page about this search says.
NO_PROOF = (
    "This is a numerical search in a finite box in double precision. It proves nothing about the Riemann hypothesis."
)
_SOURCE = (
    "K. Li, F. Li (2024), Analysis on Riemann Hypothesis with Cross Entropy Optimization and Reasoning, "
    f"arXiv:2409.19790. {NO_PROOF}"
)

#: Zeros of zeta, to double precision.
_KNOWN = {
    "first zero": 0.5 + 14.134725141734694j,
    "second zero": 0.5 + 21.022039638771555j,
    "third zero": 0.5 + 25.010857580145688j,
}


@dataclass(frozen=True)
class Modulus:
    """|f(sigma + it)| of many places at once.

    >>> [round(modulus, 6) for modulus in Modulus()([{"sigma": 2.0, "t": 0.0}])]  # pi^2 / 6
    [1.644934]
    """

    function: Function = zeta

    def __call__(self, places: Sequence[Mapping[str, float]]) -> list[float]:
        s = np.array([complex(place["sigma"], place["t"]) for place in places])
        moduli: list[float] = np.abs(self.function(s)).tolist()
        return moduli


def zeta_space(box: Box) -> Space:
    """The places of a box.

    >>> print(zeta_space(STRIP))
    {'sigma': Real(0.0, 1.0), 't': Real(10.0, 100.0)}
    """
    return space({"sigma": Real(box.low.real, box.high.real), "t": Real(box.low.imag, box.high.imag)})


def zeta_problem(box: Box = STRIP, function: Function = zeta) -> Problem:
    """The problem `formulas/zeta`: the least |zeta(sigma + it)| in a box, which is 0 at a zero.

    This is a numerical search in a finite box in double precision. It proves nothing about the Riemann hypothesis.
    The published points are those of the first three zeros that lie in the box. `function` takes the place of zeta.
    """
    known = {name: zero for name, zero in _KNOWN.items() if box.holds(np.array([[zero.real, zero.imag]]))[0]}
    return Problem(
        "formulas/zeta",
        zeta_space(box),
        evaluate_many=Modulus(function),
        objectives={"modulus": "minimize"},
        published={name: _place(zero) for name, zero in known.items()} if function is zeta else {},
        best_known=0.0,
        source=_SOURCE,
    )


def _place(zero: complex) -> dict[str, Any]:
    return {"sigma": zero.real, "t": zero.imag}


def zero_study(window: Box, seed: int = 0, *, rounds: int = 60, function: Function = zeta) -> Study:
    """What `ZeroSearch` does in one window, as a study: it ends at |zeta| < 1e-6, or after so many rounds.

    >>> zero_study(Box(14j, 1 + 15j)).best.program["t"]  # doctest: +ELLIPSIS
    14.13472...
    """
    strategy = CrossEntropy(200, elite=0.1, smoothing=0.7, floor=0.0)
    study = Study(zeta_problem(window, function), strategy, seed=seed)
    return study.run(trials=200 * rounds, target=1e-6, progress=False)
