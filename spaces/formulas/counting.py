"""How many formulas a grammar has: exact, by sizes, without listing them."""

from __future__ import annotations

from functools import partial, reduce

from .grammar import Grammar, Slot
from .operators import CONSTANT

#: The number of formulas by their size and their number of constants.
Counts = dict[tuple[int, int], int]


def count_formulas(grammar: Grammar) -> int:
    """The exact number of formulas of a grammar whose constants take one value each.

    Where N_s(n) formulas of n nodes fill a slot s, N_s(n) is the sum over symbols of the convolution of N over the
    slots that the symbol opens.

    >>> from inlay.spaces.formulas import Formulas
    >>> Formulas(["x"], ["add"], literals=[], max_size=7).size()  # Catalan numbers: 1 + 1 + 2 + 5
    9
    """
    return sum(_Counter(grammar).counts(grammar.root).values())


class _Counter:
    """Counts the fillings of slots, remembering what was counted before."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        free = any(symbol.code == CONSTANT for symbol in grammar.symbols)
        self.most = grammar.max_constants if free and grammar.max_constants < grammar.max_size else None
        self.known: dict[Slot, Counts] = {}

    def counts(self, slot: Slot) -> Counts:
        """The fillings of a slot by size and constants, as far as the bounds of the grammar go."""
        if slot.levels <= 0:
            return {}
        if slot not in self.known or slot is self.grammar.root:
            self.known[slot] = self._counted(slot)
        return self.known[slot]

    def _counted(self, slot: Slot) -> Counts:
        total: Counts = {}
        room = self.grammar.max_size - self.grammar.max_depth + slot.levels  # a node stands on each level above
        for i in self.grammar.giving.get(slot.state.type, ()):
            if not self.grammar.banned(i, slot.state) and self.grammar.floors[i] <= room:
                own: Counts = {(1, self._constants(self.grammar.productions[i].code)): 1}
                parts = [self.counts(below) for below in self.grammar.below(slot, i)]
                for key, n in reduce(partial(self._product, room), parts, own).items():
                    total[key] = total.get(key, 0) + n
        return dict(sorted(total.items()))

    def _constants(self, code: int) -> int:
        return int(code == CONSTANT and self.most is not None)

    def _product(self, room: int, a: Counts, b: Counts) -> Counts:
        """Every filling of one kind beside every one of the other, of at most `room` nodes."""
        found: Counts = {}
        for (size, constants), n in a.items():
            for (more, further), m in b.items():
                if size + more > room:
                    break
                if self.most is None or constants + further <= self.most:
                    key = size + more, constants + further
                    found[key] = found.get(key, 0) + n * m
        return found
