"""The space of formulas: expressions over variables, numbers and operators, within bounds of size and depth."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any

from ..abstract import ABSENT, Features, Record, Space
from ..choosers import Chooser
from ..errors import OutsideSpace, SpaceError
from ..paths import as_path
from ..ranges import Real
from .counting import count_formulas
from .formula import Formula, whole
from .grammar import Grammar, Options, Slot
from .grammar_symbols import symbols_of
from .operators import CONSTANT, LITERAL, Operator, operator_named
from .typed_nodes import typed_nodes, unknown_symbol
from .unit_rules import units_of
from .unit_setup import unit_types
from .units import Powers, Unit
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from .bulk import Bulk

#: The operators where none are named.
ARITHMETIC = ("add", "subtract", "multiply", "divide")


class Formulas(Space):
    """Expressions of at most `max_size` nodes and `max_depth` levels over variables, literals and constants.

    `variables`: names, or how many (then x0, x1, ...). `operators`: names, signs, or `Operator`s of one's own.
    `literals` are numbers that may stand as leaves. With `constants=(low, high)` a leaf may be a number drawn from that
    range; with `constants="fitted"` it may be a free constant, whose number an evaluation fits, beginning with 1.
    `forbidden` maps an operator (or "root") to what must not stand beneath it. `weights` say how a random draw prefers
    symbols; without them operators weigh alike, and leaves so much that a symbol opens one slot on average.

    With `units` of the variables, powers of base units or texts such as "m/s", the members are the formulas whose value
    is in `target` and whose parts have units that match, by the rules of `units_of`; what has no unit is a pure number.
    Where the parts of formulas have many units, they may have those that shorter formulas need.

    The decisions are the symbols in prefix order: each fills the first open slot, and is offered only where the formula
    can be completed; with units a decision also says which units the operands have. Raises `SpaceError` for a space
    without members, unknown names, bounds that make no sense, and units that cannot match.

    >>> lines = Formulas(["x"], ["add", "multiply"], literals=[1, 2], max_size=3)
    >>> lines.size(), lines.contains("x*x"), lines.contains("x*x + 1")
    (21, True, False)
    >>> energy = Formulas(["m", "v"], units={"m": "kg", "v": "m/s"}, target="kg m2/s2", max_size=5)
    >>> sorted(map(str, energy.enumerate()))
    ['m*(v*v)', 'm*v*v', 'v*(m*v)', 'v*(v*m)', 'v*m*v', 'v*v*m']
    """

    def __init__(
        self,
        variables: Sequence[str] | int,
        operators: Iterable[str | Operator] = ARITHMETIC,
        *,
        literals: Sequence[float] = (1.0,),
        constants: tuple[float, float] | str | None = None,
        max_size: int = 20,
        max_depth: int | None = None,
        max_constants: int | None = None,
        forbidden: Mapping[str, Collection[str]] | None = None,
        weights: Mapping[str, float] | None = None,
        units: Mapping[str, Unit] | None = None,
        target: Unit | None = None,
    ) -> None:
        names = [f"x{i}" for i in range(variables)] if isinstance(variables, int) else list(variables)
        found = [operator if isinstance(operator, Operator) else operator_named(operator) for operator in operators]
        own = [operator for operator in found if operator.code < 0]
        vocabulary = Vocabulary(names, own)
        self.fitted = constants == "fitted"
        self.hole = _constant_hole(constants)
        numbers = tuple([float(number) for number in literals])
        if len(set(numbers)) < len(numbers) or not all(map(math.isfinite, numbers)):
            raise SpaceError(f"literals={list(literals)!r}: literals are finite and differ")
        free = constants is not None
        symbols = symbols_of(vocabulary, [o.name for o in found], numbers, free, weights or {})
        if len({symbol.name for symbol in symbols}) < len(symbols):
            raise SpaceError("an operator stands twice among those of the space")
        rules = {name: frozenset(banned) for name, banned in (forbidden or {}).items()}
        _check_rules(rules, {symbol.name for symbol in symbols})
        if max_size < 1 or (max_depth is not None and max_depth < 1):
            raise SpaceError(f"max_size={max_size}, max_depth={max_depth}: a formula has at least one node")
        most = max_size if max_constants is None else max_constants
        if not vocabulary.variables and not numbers:
            raise SpaceError("a formula needs leaves: give at least one variable or literal")
        depth = max_size if max_depth is None else min(max_depth, max_size)
        types, whole_type = unit_types(vocabulary, symbols, max_size, units, target)
        self.grammar = Grammar(vocabulary, symbols, max_size, depth, most, rules, types, whole_type)
        if not self.grammar.options(self.grammar.root, max_size, most > 0).productions:
            raise SpaceError("no formula fits these symbols, bounds and rules: add leaves, or allow more")

    @property
    def vocabulary(self) -> Vocabulary:
        """What the codes of the members mean."""
        return self.grammar.vocabulary

    def units_of(self, part: Any) -> Powers:
        """The unit of the value of a formula of these variables, which may be no member: powers of base units.

        Raises `UnitError` where units do not match, `SpaceError` where the space has none.
        """
        if self.grammar.units is None:
            raise SpaceError("this space knows no units: give Formulas units={...} and target={...}")
        return units_of(self._read(part), self.grammar.units.named(self.vocabulary.variables))

    # -- the two methods that define a space -------------------------------------------------------------------------

    def decide(self, choose: Chooser) -> Formula:
        codes, numbers = self.filled(Walk(self.grammar), choose)
        return whole(encoded(codes), tuple(numbers), self.vocabulary)

    def filled(self, walk: Walk, choose: Chooser) -> tuple[list[int], list[float]]:
        """The codes and numbers that fill the open slots of a walk."""
        codes: list[int] = []
        numbers: list[float] = []
        productions = self.grammar.productions
        while walk.stack:
            found, weights = walk.options()
            at = choose.index(len(found), self, weights) if len(found) > 1 else 0
            symbol = productions[found[at]]
            codes.append(symbol.code)
            if symbol.code == LITERAL:
                numbers.append(symbol.number)
            elif symbol.code == CONSTANT:
                numbers.append(1.0 if self.hole is None else self.hole.decide(choose))
            walk.place(found[at])
        return codes, numbers

    def recognize(self, value: Any, record: Record) -> None:
        formula = self._read(value)
        walk, numbers, grammar = Walk(self.grammar), iter(formula.numbers), self.grammar
        typed = None if grammar.units is None else typed_nodes(grammar, grammar.units, formula, value)
        for node, code in enumerate(formula.symbols()):
            number = next(numbers) if code in (LITERAL, CONSTANT) else 0.0
            i = grammar.symbol_of(code, number) if typed is None else typed[node]
            if i is None:
                raise unknown_symbol(formula, code, number, value)
            found = walk.options().productions
            if i not in found:
                raise OutsideSpace(value, walk.refusal(i))
            if len(found) > 1:
                record.append((self, found.index(i)))
            if code == CONSTANT:
                self._recognize_number(number, record, value)
            walk.place(i)

    def _recognize_number(self, number: float, record: Record, value: Any) -> None:
        if self.hole is not None:
            self.hole.recognize(number, record)
        elif not math.isfinite(number):
            raise OutsideSpace(value, "its constants must be finite: an evaluation fits them from there")

    def _read(self, value: Any) -> Formula:
        """A formula of this vocabulary; texts are read."""
        if isinstance(value, str):
            from .parsing import parse_formula

            try:
                value = parse_formula(value, self.vocabulary, literals=self.grammar.by_number)
            except SpaceError as error:
                raise OutsideSpace(value, str(error)) from error
        if not isinstance(value, Formula):
            raise OutsideSpace(value, "it must be a formula")
        if value.vocabulary != self.vocabulary:
            raise OutsideSpace(value, f"its vocabulary is {value.vocabulary.text}, not {self.vocabulary.text}")
        return value

    # -- identity ----------------------------------------------------------------------------------------------------

    @property
    def loose(self) -> bool:
        """With fitted constants a member may be written with any numbers: they are where a fit begins."""
        return self.fitted

    def canonical(self, value: Any) -> Formula:
        formula = self._read(value)
        return formula.with_constants([1.0] * len(formula.constants)) if self.fitted else formula

    @property
    def aliased(self) -> bool:
        """Several formulas may be the same function, and then have one key."""
        return True

    def key(self, value: Any) -> bytes:
        """The value at a random point of a finite field: equal for formulas that are equal as rational expressions.

        So it does not tell x + y from y + x, x / x from 1, or 2 * (x + 1) from 2 * x + 2; functions other than
        arithmetic are opaque, but for odd and even ones. Two different functions share a key with probability 2^-100.
        """
        formula: Formula = value if value.__class__ is Formula else self._read(value)
        if formula.key is None:
            from .identity import field_key

            formula.key = field_key(formula, abstract=self.fitted)
        return formula.key

    # -- members -----------------------------------------------------------------------------------------------------

    def own_size(self) -> int | float:
        return count_formulas(self.grammar) if self.finite else math.inf

    @property
    def finite(self) -> bool:
        return self.hole is None or self.grammar.max_constants == 0 or not self.hole.varies

    @property
    def varies(self) -> bool:
        grammar = self.grammar
        several = len(grammar.options(grammar.root, grammar.max_size, grammar.max_constants > 0).productions) > 1
        return several or not self.finite or self.own_size() > 1  # counting is dear, and asked for with every move

    @property
    def leaf(self) -> bool:
        return self.varies

    def kinds(self) -> frozenset[Any]:
        return frozenset({Formula})

    def encode(self, value: Any, out: Features) -> None:
        """How often each symbol stands, by the largest size; size; depth; the mean and spread of the constants."""
        from .features import formula_features

        out.extend(formula_features(self.grammar, None if value is ABSENT else self._read(value)))

    # -- moves -------------------------------------------------------------------------------------------------------

    def change(self, value: Formula, rng: Random) -> Formula:
        """One of the tree moves, drawn evenly: a new part, another symbol, hoist, shrink, insert, another number."""
        from .moves import changed

        return changed(self, self._read(value), rng)

    def alternatives(self, value: Formula) -> Iterator[Formula]:
        """Every formula one tree move away, new parts at their smallest."""
        from .moves import alternatives

        return alternatives(self, self._read(value))

    def cross(self, first: Formula, second: Formula, rng: Random) -> Formula:
        """The first formula with one part of the second, where it fits."""
        from .moves import crossed

        return crossed(self, self._read(first), self._read(second), rng)

    # -- many at once ------------------------------------------------------------------------------------------------

    @cached_property
    def _bulk(self) -> Bulk | None:
        from .bulk import bulk_for

        return bulk_for(self) if self.grammar.units is None else None  # kernels know no units

    def sample_many(self, n: int, rng: Random) -> Sequence[Formula]:
        """`n` random members, by kernels: the same with Numba and without it."""
        return super().sample_many(n, rng) if self._bulk is None else self._bulk.sample(n, rng)

    def mutate_many(self, values: Iterable[Formula], rng: Random) -> Sequence[Formula]:
        """Each value mutated once, by kernels: the moves of `mutate`."""
        values = list(values)
        return super().mutate_many(values, rng) if self._bulk is None else self._bulk.mutate(values, rng)

    def crossover_many(self, firsts: Iterable[Formula], seconds: Iterable[Formula], rng: Random) -> Sequence[Formula]:
        """Each pair crossed once, by kernels: the first with one part of the second, where it fits."""
        firsts, seconds = list(firsts), list(seconds)
        if self._bulk is None or len(firsts) != len(seconds):
            return super().crossover_many(firsts, seconds, rng)
        return self._bulk.cross(firsts, seconds, rng)

    # -- editing spaces ----------------------------------------------------------------------------------------------

    def open(self, value: Any, path: Any) -> Space:
        """The members that agree with `value` but for the part at `path`, a way through operands: see `OpenFormula`.

        >>> products = Formulas(["x"], ["multiply"], max_size=5)
        >>> print(*products.open("x*x", (1,)).enumerate())
        x*(x*x) x*(x*1) x*(1*x) x*(1*1) x*x x*1
        """
        from .opened import OpenFormula

        steps: Any = as_path(path)  # the formula refuses those that lead nowhere
        opened = OpenFormula(self, value, steps)
        return opened if steps else self

    # -- text --------------------------------------------------------------------------------------------------------

    def constants(self) -> Sequence[Any]:
        return (self.vocabulary, *[operator.function for operator in self.vocabulary.own])

    def setting(self) -> str:
        return f"{self!r} {self.vocabulary.text}"

    def __repr__(self) -> str:
        from .space_text import space_text

        return space_text(self)


class Walk:
    """The way through a formula in prefix order: the open slots, and how many nodes and constants are placed."""

    __slots__ = ("constants", "grammar", "needed", "placed", "stack")

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.stack: list[Slot] = [grammar.root]
        self.needed = 0.0  # the least number of nodes of the slots below the top
        self.placed = self.constants = 0

    @property
    def room(self) -> int:
        """How many nodes the top slot may take."""
        return int(self.grammar.max_size - self.placed - self.needed)

    def options(self) -> Options:
        """The productions that may fill the top slot."""
        return self.grammar.options(self.stack[-1], self.room, self.constants < self.grammar.max_constants)

    def refusal(self, production: int) -> str:
        """Why a production may not fill the top slot."""
        return self.grammar.refusal(production, self.stack[-1], self.room, self.constants < self.grammar.max_constants)

    def place(self, production: int) -> None:
        """Fill the top slot, and open those of the operands."""
        grammar = self.grammar
        slot = self.stack.pop()
        self.placed += 1
        self.constants += grammar.productions[production].code == CONSTANT
        for below in grammar.below(slot, production):
            self.stack.append(below)
            self.needed += grammar.least(below.state, below.levels)
        if self.stack:
            top = self.stack[-1]
            self.needed -= grammar.least(top.state, top.levels)


def encoded(codes: Iterable[int]) -> bytes:
    """Codes as the bytes of a formula."""
    return b"".join([code.to_bytes(2, "little") for code in codes])


def _constant_hole(constants: tuple[float, float] | str | None) -> Real | None:
    if constants is None or constants == "fitted":
        return None
    if isinstance(constants, str) or len(constants) != 2:
        raise SpaceError(f'constants={constants!r}: give a range (low, high), "fitted", or None')
    return Real(*constants)


def _check_rules(rules: Mapping[str, frozenset[str]], names: set[str]) -> None:
    for name, banned in rules.items():
        unknown = sorted(({name} - {"root"} | banned) - names)
        if unknown:
            there = ", ".join(sorted(names))
            raise SpaceError(f"forbidden names {', '.join(unknown)}, which this space does not have: it has {there}")
