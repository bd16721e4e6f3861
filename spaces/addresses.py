"""Addresses: which decision of a space is being asked for, so that what is known about it can be found again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from .choosers import Chooser, Decision

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .abstract import Record, Space
    from .masks import Mask

#: A decision's place that survives edits elsewhere: the hole and how many of its decisions came before.
Address = tuple["Space", int]


def addressed(record: Record) -> dict[Address, Decision]:
    """The decisions of a member by their addresses, in the order in which they are asked for.

    A decision inside a dependent hole counts among those of that hole: the spaces to which it leads come and go.
    """
    holes = [hole for hole, _ in record]
    for start, end, owner in record.spans:  # an outer one comes after those inside it
        holes[start:end] = [owner] * (end - start)
    seen: dict[Space, int] = {}
    decisions: dict[Address, Decision] = {}
    for hole, (_, decision) in zip(holes, record, strict=True):
        seen[hole] = seen.get(hole, -1) + 1
        decisions[hole, seen[hole]] = decision
    return decisions


class Addressing(Chooser):
    """A chooser that knows the address of every decision it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[Space, int] = {}

    def address(self, hole: Space) -> Address:
        """The address of the decision that `hole` asks for now; to be called once for each decision."""
        owner = hole if self.owner is None else self.owner
        self.seen[owner] = self.seen.get(owner, -1) + 1
        return owner, self.seen[owner]

    def mark(self) -> Any:
        return dict(self.scope), dict(self.seen)

    def rewind(self, mark: Any) -> None:
        scope, seen = mark
        super().rewind(scope)
        self.seen = dict(seen)


class Policy(Protocol):
    """Answers decisions by their addresses: a table, a distribution, a learned model.

    The same address may ask for another number of options, or within other bounds, when an earlier decision differs.
    """

    def index(self, address: Address, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        """One of `0 .. n-1`."""

    def real(self, address: Address, low: float, high: float, hole: Space) -> float:
        """A number in `[low, high]`, in the hole's own scale."""

    def bits(self, address: Address, hole: Mask) -> NDArray[Any]:
        """A whole mask, flat."""


class Guided(Addressing):
    """Lets a policy answer every decision, and keeps what was decided, in order, without what a constraint refused.

    `attempts` is how often a constraint may ask again: leave it at 1 for a policy that would repeat itself.

    >>> from inlay.spaces import Choice, space
    >>> class Last:
    ...     def index(self, address, n, hole, weights):
    ...         return n - 1
    >>> guided = Guided(Last())
    >>> print(space([Choice("a", "b"), Choice("c", "d", "e")]).decide(guided), guided.decided_values())
    ['b', 'e'] [1, 2]
    """

    def __init__(self, policy: Any, attempts: int = 1) -> None:
        super().__init__()
        self.policy: Policy = policy
        self.attempts = attempts
        self.decided: list[tuple[Address, Decision]] = []

    def decided_values(self) -> list[Decision]:
        """The decisions without their addresses: what `trace` would give."""
        return [decision for _, decision in self.decided]

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        address = self.address(hole)
        chosen = self.policy.index(address, n, hole, weights)
        self.decided.append((address, chosen))
        return chosen

    def real(self, low: float, high: float, hole: Space) -> float:
        address = self.address(hole)
        chosen = self.policy.real(address, low, high, hole)
        self.decided.append((address, chosen))
        return chosen

    def bits(self, hole: Mask) -> NDArray[Any]:
        address = self.address(hole)
        chosen = self.policy.bits(address, hole)
        self.decided.append((address, chosen))
        return chosen

    def mark(self) -> Any:
        return super().mark(), len(self.decided)

    def rewind(self, mark: Any) -> None:
        inner, length = mark
        super().rewind(inner)
        del self.decided[length:]
