"""Candidates: many networks that need not have the same shape, estimated together where they have."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from .costs import Cost, estimate
from .devices import Device
from .operators import Operator

#: The parts of a cost that hold a number for each candidate.
ARRAYS = [field.name for field in fields(Cost) if field.name not in ("operators", "unmeasured")]


def estimate_each(networks: Sequence[Sequence[Operator]], device: Device | str) -> Cost:
    """The cost of each network, a list of operators with plain sizes; arrays (networks,), and no costs by operator.

    Networks of the same operators in the same order are estimated at once. Raises as `estimate`.

    >>> from .operators import Gemm
    >>> small, large = [Gemm(1, 64, 64)], [Gemm(1, 4096, 4096), Gemm(1, 4096, 64)]
    >>> estimate_each([large, small, large], "a100-80g").memory.tolist()
    [34095104.0, 8448.0, 34095104.0]
    """
    if not networks:
        raise ValueError("estimate_each([]): give at least one network")
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for i, network in enumerate(networks):
        alike[tuple(_form(operator) for operator in network)].append(i)
    costs = [(places, estimate(_stacked([networks[i] for i in places]), device)) for places in alike.values()]
    gathered = {name: _gathered(costs, name, len(networks)) for name in ARRAYS}
    return Cost(**gathered, unmeasured=tuple(dict.fromkeys(kind for _, cost in costs for kind in cost.unmeasured)))


def together(operators: Sequence[Operator]) -> Operator:
    """One operator whose sizes are those of all, arrays (operators,); raises `ValueError` where all else differs.

    >>> from .operators import Gemm
    >>> together([Gemm(1, 2, 3), Gemm(4, 5, 6)]).k.tolist()
    [2.0, 5.0]
    """
    forms = {_form(operator): operator for operator in operators}
    if len(forms) != 1:
        raise ValueError(f"together: only sizes may differ, but there are {', '.join(map(str, forms.values()))}")
    return _joined(operators)


def _form(operator: Operator) -> Hashable:
    """What must be equal for operators to be estimated as one: all but the sizes."""
    values = [getattr(operator, field.name) for field in fields(operator)]  # type: ignore[arg-type]
    return type(operator), tuple(value for value in values if isinstance(value, str | bool))


def _stacked(networks: Sequence[Sequence[Operator]]) -> list[Operator]:
    """Operators whose sizes are those of all networks, which have been checked one by one."""
    return [_joined(operators) for operators in zip(*networks, strict=True)]


def _joined(operators: Sequence[Operator]) -> Operator:
    joined = copy.copy(operators[0])
    for field in fields(joined):  # type: ignore[arg-type]
        if not isinstance(getattr(joined, field.name), str | bool):
            sizes = np.array([getattr(operator, field.name) for operator in operators], dtype=float)
            object.__setattr__(joined, field.name, sizes)
    return joined


def _gathered(costs: Sequence[tuple[list[int], Cost]], name: str, n: int) -> Any:
    """What the groups have of one kind, in the order of the networks."""
    parts = [getattr(cost, name) for _, cost in costs]
    found = np.empty(n, dtype=np.result_type(*parts))
    for (places, _), part in zip(costs, parts, strict=True):
        found[places] = part
    return found
