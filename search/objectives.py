"""What a strategy may know about the evaluations to come: their objectives, fidelities, noise and descriptors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Objectives(dict[str, str]):
    """The objectives by name, each "minimize" or "maximize", and how they are measured.

    `fidelities` ascend and end with the full one; they are empty where every evaluation is full. `noisy` says that
    equal candidates are evaluated anew. `descriptors` maps names to ranges `(low, high)`: every successful trial has
    those numbers in its `feedback`, for strategies that want to illuminate a space and not only to optimise.

    >>> Objectives({"loss": "minimize"}, fidelities=(0.1, 1.0)).fidelities
    (0.1, 1.0)
    """

    def __init__(
        self,
        objectives: Mapping[str, str],
        *,
        fidelities: Sequence[float] = (),
        noisy: bool = False,
        descriptors: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        super().__init__(objectives)
        self.fidelities, self.noisy, self.descriptors = tuple(fidelities), noisy, dict(descriptors or {})
