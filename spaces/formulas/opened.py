"""Opened formulas: a formula of which one part is open, as the smaller space of all its fillings."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, count
from random import Random
from typing import Any

from ..abstract import ABSENT, Features, Record, Space
from ..choosers import Chooser
from ..errors import OutsideSpace, SpaceError
from .folding import leaf
from .formula import Formula, Path, whole
from .formulas import Formulas
from .growth import Place, slots_of
from .operators import VARIABLE
from .vocabulary import Vocabulary


class OpenFormula(Space):
    """The members of a space of formulas that agree with one of them but for the part at a path.

    `part` is the space of what may stand there, with the bounds and rules that are left. The decisions are those of the
    part; members are whole formulas, with the keys of the larger space. Raises `OutsideSpace` where the formula is no
    member, `PathError` for a path that leads nowhere, `SpaceError` for a part of another type or unit than the whole.

    >>> lines = Formulas(["x"], ["add", "multiply"], literals=[1, 2], max_size=5)
    >>> rest = OpenFormula(lines, "x*x + 1", (1,))
    >>> print(rest, *rest.enumerate())
    x*x + f x*x + x x*x + 1 x*x + 2
    """

    def __init__(self, space: Formulas, formula: Any, path: Path) -> None:
        self.formula: Formula = space.adopt(formula)
        self.space, self.path, self.node = space, tuple(path), self.formula.node(path)
        place = slots_of(space, self.formula)[self.node]
        if place.slot.state.type not in space.grammar.real_types:
            why = "what stands there is no number, or an exponent that units fix"
            raise SpaceError(f"{self.formula} cannot be opened at {self.path}: {why}")
        inside = self.formula.part(self.node)
        self.behind = self.formula.size - self.node - inside.size
        self.part = _filling(space, place, len(self.formula.constants) - len(inside.constants))

    # -- fillings and wholes -----------------------------------------------------------------------------------------

    def around(self, filling: Formula) -> Formula:
        """The whole formula with this filling."""
        return self.formula.spliced(self.node, filling)

    def filling(self, value: Any) -> Formula:
        """What fills the open part of a member; raises `OutsideSpace` where the rest is another one."""
        read = self.space.canonical(value)
        formula = value if isinstance(value, Formula) else read
        end = formula.size - self.behind
        if self.node < end and formula.spans()[self.node] == end:
            found = formula.part(self.node)
            if self.space.canonical(self.around(found)) == read:
                return found
        raise OutsideSpace(value, "it is another formula outside the open part")

    def decide(self, choose: Chooser) -> Formula:
        return self.around(self.part.decide(choose))

    def recognize(self, value: Any, record: Record) -> None:
        try:
            self.part.recognize(self.filling(value), record)
        except OutsideSpace as error:
            raise OutsideSpace(value, f"{error.why}, where the rest reads {self}") from None

    def key(self, value: Any) -> Hashable:
        return self.space.key(value)

    # -- what the part knows -----------------------------------------------------------------------------------------

    @property
    def loose(self) -> bool:
        return self.part.loose

    def canonical(self, value: Any) -> Formula:
        return self.around(self.part.canonical(self.filling(value)))

    @property
    def aliased(self) -> bool:
        return True

    @property
    def finite(self) -> bool:
        return self.part.finite

    @property
    def varies(self) -> bool:
        return self.part.varies

    @property
    def leaf(self) -> bool:
        return self.part.leaf

    def own_size(self) -> int | float:
        return self.part.own_size()

    def kinds(self) -> frozenset[Any]:
        return frozenset({Formula})

    def change(self, value: Formula, rng: Random) -> Formula:
        return self.around(self.part.change(self.filling(value), rng))

    def alternatives(self, value: Formula) -> Iterator[Formula]:
        return map(self.around, self.part.alternatives(self.filling(value)))

    def cross(self, first: Formula, second: Formula, rng: Random) -> Formula:
        return self.around(self.part.cross(self.filling(first), self.filling(second), rng))

    def sample_many(self, n: int, rng: Random) -> Sequence[Formula]:
        return list(map(self.around, self.part.sample_many(n, rng)))

    def mutate_many(self, values: Any, rng: Random) -> Sequence[Formula]:
        return list(map(self.around, self.part.mutate_many(list(map(self.filling, values)), rng)))

    def crossover_many(self, firsts: Any, seconds: Any, rng: Random) -> Sequence[Formula]:
        parts, others = list(map(self.filling, firsts)), list(map(self.filling, seconds))
        return list(map(self.around, self.part.crossover_many(parts, others, rng)))

    def encode(self, value: Any, out: Features) -> None:
        self.part.encode(value if value is ABSENT else self.filling(value), out)

    # -- text --------------------------------------------------------------------------------------------------------

    def constants(self) -> Sequence[Any]:
        return self.space.constants()

    def setting(self) -> str:
        return f"OpenFormula({self.space.setting()}, {str(self.formula)!r}, {self.path!r})"

    def __str__(self) -> str:
        """The formula with a new name in the place of the open part."""
        known = set(self.space.vocabulary.codes)
        name = next(name for name in chain("fgh", map("f{}".format, count())) if name not in known)
        names = Vocabulary((*self.space.vocabulary.variables, name), self.space.vocabulary.own)
        shown = whole(self.formula.code, self.formula.numbers, names)
        return str(shown.spliced(self.node, leaf(VARIABLE + len(names.variables) - 1, names)))

    def __repr__(self) -> str:
        return f"OpenFormula({self.space!r}, {str(self.formula)!r}, {self.path!r})"


def _filling(space: Formulas, place: Place, others: int) -> Formulas:
    """The formulas that may stand at a place, where as many constants stand elsewhere."""
    grammar, state = space.grammar, place.slot.state
    if place.slot is grammar.root:
        return space
    symbols = tuple([symbol for i, symbol in enumerate(grammar.symbols) if not state.banned >> i & 1])
    names = {symbol.name for symbol in symbols}
    rules = {name: banned & names for name, banned in grammar.forbidden.items() if name in names}
    made = Formulas.__new__(Formulas)
    made.fitted, made.hole = space.fitted, space.hole
    made.grammar = replace(
        grammar,
        symbols=symbols,
        max_size=place.room,
        max_depth=min(place.slot.levels, place.room),
        max_constants=max(0, grammar.max_constants - others),
        forbidden=rules,
        root_type=state.type,
    )
    return made
