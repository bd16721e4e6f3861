"""One pass through the tree of partial programs: the chooser that descends, grows a leaf and rolls out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..spaces import Mask, Space, Unsatisfied
from ..spaces.addresses import Address, Addressing
from ..spaces.choosers import Decision, Question, Replay
from .progressive_widening import near, near_index
from .tree import Elites, Node, close, key_of
from .tree_policies import shares

if TYPE_CHECKING:
    from .tree_search import MonteCarloTreeSearch

#: So many answers a node may have for those that a constraint refused to be remembered.
_COUNTABLE = 10_000

#: How often an answer is drawn before those not tried are listed.
_DRAWS = 8


class Walk(Addressing):
    """Descends by the search's policy to a new leaf, and lets its rollout decide the rest.

    `path` leads from the root to where the pass left the tree, `suffix` is what was decided beyond; `decided` holds
    all decisions by their addresses, where the rollout learns from them. A filling that a constraint refuses is closed
    in the tree, so that it is not tried again.
    """

    attempts = 1000

    def __init__(self, search: MonteCarloTreeSearch) -> None:
        super().__init__()
        self.search, self.rollout = search, search.rollout
        self.learns, self.closes = search.rollout.learns, search.closes
        self.path: list[Node] = [search.root]
        self.fresh = not (search.root.asked or search.root.visits or search.root.pending)
        self.exact = True
        self.suffix: list[Decision] = []
        self.decided: list[tuple[Address, Decision]] = []

    # -- decisions ---------------------------------------------------------------------------------------------------

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        address = self.address(hole) if self.learns else None
        decision: Any
        if self.fresh:
            decision = self.beyond_index(address, n, hole, weights)
            self.suffix.append(decision)
        else:
            node = self.path[-1]
            if not node.asked:
                self._ask(node, n, hole, weights)
            decision = self._enter(self.settled() or self.child(node, n, hole, weights, address))
        if address is not None:
            self.decided.append((address, decision))
        return decision  # type: ignore[no-any-return]

    def real(self, low: float, high: float, hole: Space) -> float:
        address = self.address(hole) if self.learns else None
        decision: Any
        if self.fresh:
            decision = self.beyond_real(address, low, high, hole)
            self.suffix.append(decision)
        else:
            node = self.path[-1]
            if not node.asked:
                node.ask(hole.own_size() if hole.finite else math.inf, self.closes)
                node.elites = Elites()
            decision = self._enter(self.settled() or self.real_child(node, low, high, hole, address))
        if address is not None:
            self.decided.append((address, decision))
        return decision  # type: ignore[no-any-return]

    def settled(self) -> Node | None:
        """The child that the search has chosen for good, or None where it may still choose."""
        chosen = self.search.chosen
        return chosen[len(self.path)] if len(self.path) < len(chosen) else None

    def child(
        self, node: Node, n: int, hole: Space, weights: Sequence[float] | None, address: Address | None
    ) -> Node | None:
        """The child to descend to, where one of n options is asked for; None where everything is explored."""
        search = self.search
        room = len(node.children) < n and search.has_room(node)
        found = search.select(node, room, search.backup, search.grades)
        if found is not None or len(node.children) >= n:
            return found
        if node.prior is not None:
            return node.child(node.untried[-1])
        return self._new_child(node, lambda: self.new_index(node, n, hole, weights, address), lambda: range(n))

    def real_child(self, node: Node, low: float, high: float, hole: Space, address: Address | None) -> Node | None:
        """The child to descend to, where a number is asked for; None where everything is explored."""
        search = self.search
        room = len(node.children) < node.options and search.has_room(node)
        found = search.select(node, room, search.backup, search.grades)
        if found is not None or len(node.children) >= node.options:
            return found

        def draw() -> Decision:
            return written(hole, self.new_real(node, low, high, hole, address))

        return self._new_child(node, draw, lambda: map(hole.decision_at, range(int(node.options))))

    def new_index(
        self, node: Node, n: int, hole: Space, weights: Sequence[float] | None, address: Address | None
    ) -> int:
        """An answer that may be new: from the rollout, or near the best where there are very many."""
        search = self.search
        if node.elites and search.rng.random() < search.widening.refine:
            refined = near_index(node.elites, n, hole, search.rng)
            if refined is not None:
                return refined
        return self.rollout.index(address, n, hole, weights)

    def new_real(self, node: Node, low: float, high: float, hole: Space, address: Address | None) -> float:
        """A number that may be new: from the rollout, or near the best."""
        search = self.search
        if node.elites and search.rng.random() < search.widening.refine:
            return near(node.elites, low, high, search.rng)
        return self.rollout.real(address, low, high, hole)

    def _new_child(
        self, node: Node, draw: Callable[[], Decision], every: Callable[[], Iterable[Decision]]
    ) -> Node | None:
        """A child for an answer not tried before: drawn, or picked among all others where draws find none."""
        for _ in range(_DRAWS):
            decision = draw()
            if key_of(decision) not in node.children:
                return node.child(decision)
        if node.options <= _COUNTABLE:
            rest = [decision for decision in every() if key_of(decision) not in node.children]
            return node.child(rest[int(self.search.rng.random() * len(rest))])
        return next(iter(node.open.values()), None)

    def beyond_index(self, address: Address | None, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        """A decision beyond the tree."""
        return self.rollout.index(address, n, hole, weights)

    def beyond_real(self, address: Address | None, low: float, high: float, hole: Space) -> float:
        """A number beyond the tree, written as tracing would find it where there are finitely many."""
        return written(hole, self.rollout.real(address, low, high, hole))

    def bits(self, hole: Mask) -> NDArray[np.bool_]:
        """Bit by bit; of a very large mask only the first bits, the rest is drawn and no part of the tree."""
        head = self.search.deepest_mask
        if hole.n <= head:
            return hole.bit_by_bit(self)
        self.exact = False
        first = first_bits(hole, head, self)
        left = None if hole.ones is None else hole.ones - int(first.sum())
        return np.concatenate([first, self.tail(hole, head, left)])

    def tail(self, hole: Mask, head: int, left: int | None) -> NDArray[np.bool_]:
        """The bits of a very large mask that are not decided one by one."""
        return Mask(hole.n - head, ones=left).draw_bits(self.search.rng)

    # -- the way through the tree --------------------------------------------------------------------------------------

    def _ask(self, node: Node, n: int, hole: Space, weights: Sequence[float] | None) -> None:
        """Learn the question of a node, and what the prior says of its answers."""
        node.ask(n, self.closes)
        if n > self.search.widening.above:
            node.elites = Elites()
        elif self.search.prior is not None:
            node.expect(shares(self.search.prior, Question(hole, options=n, weights=weights)))

    def _enter(self, child: Node | None) -> Decision:
        if child is None:
            raise Unsatisfied("every filling of this partial program was proposed or refused before")
        self.path.append(child)
        if not child.asked:
            self.fresh = not (child.suffix or child.visits or child.pending)
        return child.decision

    def mark(self) -> Any:
        return super().mark(), len(self.path), len(self.suffix), self.fresh, self.exact, len(self.decided)

    def rewind(self, mark: Any) -> None:
        inner, length, beyond, fresh, exact, decided = mark
        if not fresh and self.exact:
            self._refuse()
        super().rewind(inner)
        self.fresh, self.exact = fresh, exact
        del self.path[length:], self.suffix[beyond:], self.decided[decided:]

    def _refuse(self) -> None:
        """Remember that a constraint refuses every member with these decisions."""
        last = self.path[-1]
        if len(self.path) > 1 and self.path[-2].options > _COUNTABLE and not last.visits + last.pending:
            self.path[-2].forget(last)
        elif self.fresh and self.suffix:
            last.suffix = tuple(self.suffix)
        else:
            close(self.path)

    def finish(self, told: bool) -> list[Node]:
        """End a pass that found a member; `told` says that its outcome is known already."""
        last = self.path[-1]
        last.exact = self.exact
        if self.fresh and self.suffix:
            last.suffix = tuple(self.suffix)
            last.trail = None if told else self.path
        elif self.exact and self.closes:
            close(self.path)
        return self.path


class Retrace(Walk):
    """Passes through the tree by known decisions: the way of a trial that the search never asked for."""

    def __init__(self, search: MonteCarloTreeSearch, decisions: Iterable[Decision]) -> None:
        super().__init__(search)
        self.known: Iterator[Decision] = iter(decisions)

    def settled(self) -> None:
        """Nothing: a known member goes its own way."""

    def child(self, node: Node, n: int, hole: Space, weights: Sequence[float] | None, address: Address | None) -> Node:
        return node.child(next(self.known))

    def real_child(self, node: Node, low: float, high: float, hole: Space, address: Address | None) -> Node:
        return node.child(next(self.known))

    def beyond_index(self, address: Address | None, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        return next(self.known)  # type: ignore[return-value]

    def beyond_real(self, address: Address | None, low: float, high: float, hole: Space) -> float:
        return next(self.known)  # type: ignore[return-value]

    def bits(self, hole: Mask) -> NDArray[np.bool_]:
        mask: Any = next(self.known)
        self.mask: NDArray[np.bool_] = mask
        self.known = chain(asked_bits(hole, mask, self.search.deepest_mask), self.known)
        return super().bits(hole)

    def tail(self, hole: Mask, head: int, left: int | None) -> NDArray[np.bool_]:
        return self.mask[head:]


def written(hole: Space, u: float) -> float:
    """A number as tracing would find it, where a hole has finitely many, so that equal answers are known as such."""
    return hole.trace(hole.decide(Replay([u])))[0] if hole.finite else u  # type: ignore[return-value]


def first_bits(hole: Mask, head: int, choose: Walk) -> NDArray[np.bool_]:
    """The first bits of a mask, asked for one after the other, the others left open."""
    flat, left = np.zeros(head, dtype=np.bool_), hole.ones
    for i in range(head):
        rest = hole.n - i
        if left is None:
            flat[i] = choose.index(2, hole)
            continue
        flat[i] = choose.index(2, hole, (rest - left, left)) if 0 < left < rest else left == rest
        left -= int(flat[i])
    return flat


def asked_bits(hole: Mask, flat: NDArray[np.bool_], head: int) -> Iterator[int]:
    """Those of the first bits of a mask that are asked for, because either answer is possible."""
    left = hole.ones
    for i, bit in enumerate(flat[:head].tolist()):
        if left is None or 0 < left < hole.n - i:
            yield int(bit)
        if left is not None:
            left -= bit
