"""The Python that writes a space of formulas, with the arguments that are not as by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..values import qualified_name
from .grammar import Grammar
from .grammar_symbols import symbols_of
from .operators import CONSTANT, LITERAL, Operator
from .units import Powers

if TYPE_CHECKING:
    from .formulas import Formulas


def space_text(space: Formulas) -> str:
    """The Python that makes the space, where functions of one's own stand by their names.

    >>> from inlay.spaces.formulas import Formulas
    >>> print(space_text(Formulas(["x0", "x1"], ["+", "sin"], literals=[1, 0.5], weights={"sin": 2})))
    Formulas(2, ['add', 'sin'], literals=[1, 0.5], weights={'sin': 2})
    """
    return f"Formulas({', '.join(_arguments(space))})"


def _arguments(space: Formulas) -> Iterator[str]:
    from .formulas import ARITHMETIC

    grammar = space.grammar
    yield _variables(space.vocabulary.variables)
    operators = [symbol for symbol in grammar.symbols if symbol.takes]
    if tuple([symbol.name for symbol in operators]) != ARITHMETIC or space.vocabulary.own:
        yield f"[{', '.join([_operator(space.vocabulary.operator(symbol.code)) for symbol in operators])}]"
    literals = [symbol.number for symbol in grammar.symbols if symbol.code == LITERAL]
    if literals != [1.0]:
        yield f"literals=[{', '.join(map(_number, literals))}]"
    if space.hole is not None:
        yield f"constants=({_number(space.hole.low)}, {_number(space.hole.high)})"
    elif space.fitted:
        yield "constants='fitted'"
    yield from _bounds(grammar)
    if grammar.forbidden:
        yield f"forbidden={ {name: sorted(banned) for name, banned in grammar.forbidden.items()} }"
    if weights := _weights(grammar, literals):
        yield f"weights={{{', '.join([f'{name!r}: {_number(weight)}' for name, weight in weights.items()])}}}"
    if grammar.units is not None:
        yield from _units(grammar.units.named(space.vocabulary.variables), grammar.units.unit(grammar.root_type))


def _units(units: Mapping[str, Powers], target: Powers) -> Iterator[str]:
    """The units of the variables that have one, and that of the target."""
    yield f"units={{{', '.join([f'{name!r}: {_unit(unit)}' for name, unit in units.items()])}}}"
    if target:
        yield f"target={_unit(target)}"


def _unit(unit: Powers) -> str:
    """A unit as Python: broken powers as quotients."""
    return f"{{{', '.join([f'{base!r}: {power}' for base, power in unit.items()])}}}"


def _variables(names: tuple[str, ...]) -> str:
    """How many they are, where they are x0, x1 and so on."""
    numbered = names == tuple([f"x{i}" for i in range(len(names))])
    return str(len(names)) if numbered else repr(list(names))


def _operator(operator: Operator) -> str:
    if operator.code >= 0:
        return repr(operator.name)
    text = f"Operator({operator.name!r}, {qualified_name(operator.function)}"
    if operator.takes != ("real",) or operator.gives != "real":
        text += f", {operator.takes!r}, {operator.gives!r}"
    return f"{text}{', commutative=True' if operator.commutative else ''})"


def _bounds(grammar: Grammar) -> Iterator[str]:
    if grammar.max_size != 20:
        yield f"max_size={grammar.max_size}"
    if grammar.max_depth != grammar.max_size:
        yield f"max_depth={grammar.max_depth}"
    if grammar.max_constants != grammar.max_size:
        yield f"max_constants={grammar.max_constants}"


def _weights(grammar: Grammar, literals: list[float]) -> dict[str, float]:
    """The weights that differ from those that the symbols would have without."""
    operators = [symbol for symbol in grammar.symbols if symbol.takes]
    given = {symbol.name: symbol.weight for symbol in operators if symbol.weight != 1.0}
    names, constants = [symbol.name for symbol in operators], CONSTANT in grammar.by_code
    usual = symbols_of(grammar.vocabulary, names, literals, constants, given)
    pairs = zip(grammar.symbols, usual, strict=True)
    return given | {symbol.name: symbol.weight for symbol, other in pairs if symbol.weight != other.weight}


def _number(number: float) -> str:
    """A number as it is written by hand.

    >>> _number(2.0), _number(0.5)
    ('2', '0.5')
    """
    return (
        repr(int(number)) if number == int(number) and abs(number) < 1e15 and repr(number) != "-0.0" else repr(number)
    )
