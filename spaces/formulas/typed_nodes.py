"""Which production stands at each node of a formula: in a grammar with units, the units of all parts decide it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import OutsideSpace
from .formula import Formula
from .grammar_symbols import literal_name
from .operators import CONSTANT, LITERAL
from .unit_codes import UnitCodes
from .unit_rules import UnitError, part_units, raising_nodes
from .unit_types import TRUTH, UnitTypes

if TYPE_CHECKING:
    from .grammar import Grammar


def nodes_of_member(grammar: Grammar, formula: Formula) -> list[int]:
    """The production of each node of a formula that the grammar has."""
    if grammar.units is not None:
        return typed_nodes(grammar, grammar.units, formula, formula)
    numbers, found = iter(formula.numbers), []
    for code in formula.symbols():
        i = grammar.symbol_of(code, next(numbers) if code in (LITERAL, CONSTANT) else 0.0)
        assert i is not None
        found.append(i)
    return found


def unknown_symbol(formula: Formula, code: int, number: float, value: Any) -> OutsideSpace:
    """What to raise where a grammar has no symbol for a node."""
    name = literal_name(number) if code == LITERAL else formula.vocabulary.name(code)
    return OutsideSpace(value, f"{name} is not among the symbols of the space")


def typed_nodes(grammar: Grammar, units: UnitTypes, formula: Formula, value: Any) -> list[int]:
    """The production of each node of a formula, found from the leaves up.

    Raises `OutsideSpace` where the units of a part do not match, or are none that the space has.
    """
    symbols, productions = _symbols(grammar, formula, value), grammar.productions
    found, waiting = [0] * len(symbols), list[int]()  # the operands that wait for their operator, the first one last
    for node in range(len(symbols) - 1, -1, -1):
        operands = [waiting.pop() for _ in grammar.symbols[symbols[node]].takes]
        takes = [productions[found[operand]].gives for operand in operands]
        production = grammar.by_operands.get((symbols[node], *takes))
        if production is None and not operands:
            production = grammar.exponents.get(symbols[node])
        if production is None and len(operands) == 2 and symbols[operands[1]] in grammar.exponents:
            found[operands[1]] = grammar.exponents[symbols[operands[1]]]
            production = grammar.by_operands.get((symbols[node], takes[0], productions[found[operands[1]]].gives))
        if production is None:
            raise OutsideSpace(value, _reason(grammar, units, formula, node))
        found[node] = production
        waiting.append(node)
    if productions[found[0]].gives not in (grammar.root_type, TRUTH):
        raise OutsideSpace(value, _reason(grammar, units, formula, 0))
    return found


def _symbols(grammar: Grammar, formula: Formula, value: Any) -> list[int]:
    numbers, found = iter(formula.numbers), []
    for code in formula.symbols():
        number = next(numbers) if code in (LITERAL, CONSTANT) else 0.0
        i = grammar.symbol_of(code, number)
        if i is None:
            raise unknown_symbol(formula, code, number, value)
        found.append(i)
    return found


def _reason(grammar: Grammar, units: UnitTypes, formula: Formula, node: int) -> str:
    """Why the part that a node heads has no place in a grammar with units."""
    if _mixes_types(formula, node):
        return f"{formula.part(node)} mixes numbers and conditions"
    read, target = units.named(formula.vocabulary.variables), units.unit(grammar.root_type)
    codes = UnitCodes([*read.values(), target], raising_nodes(formula))  # they have room for any exponent
    try:
        found = part_units(formula, codes, {name: codes.encode(unit) for name, unit in read.items()})
    except UnitError as error:
        return error.why
    if found[0] != codes.encode(target):
        return f"it is in {codes.text(found[0])}, and must be in {codes.text(codes.encode(target))}"
    if formula.size > grammar.max_size:
        return f"it cannot be completed within {grammar.max_size} nodes and {grammar.max_depth} levels"
    known = {units.codes.text(unit) for unit in units.reach.least}
    strange = [part for part in (*formula.operands(node), node) if codes.text(found[part]) not in known]
    part, unit = formula.part(strange[0]), codes.text(found[strange[0]])
    return f"{part} is in {unit}, which no part of a formula of at most {units.reach.nodes} nodes needs"


def _mixes_types(formula: Formula, node: int) -> bool:
    """Whether an operand is a number where the operator takes a condition, or the other way round."""
    symbols, vocabulary = formula.symbols(), formula.vocabulary
    if symbols[node] >= LITERAL:
        return False
    codes = [symbols[operand] for operand in formula.operands(node)]
    gives = ["real" if code >= LITERAL else vocabulary.operator(code).gives for code in codes]
    return gives != list(vocabulary.operator(symbols[node]).takes)
