"""Symbols of grammars: what may fill a slot of a formula, of which type it is, and how much it weighs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..errors import SpaceError
from .operators import CONSTANT, LITERAL, VARIABLE
from .vocabulary import Vocabulary

TYPES = ("real", "truth")


class Symbol(NamedTuple):
    """What may fill a slot: an operator, a variable, a literal (with its number) or the constant."""

    code: int
    name: str
    takes: tuple[int, ...]
    gives: int
    weight: float
    number: float = 0.0

    @property
    def arity(self) -> int:
        """How many slots it opens."""
        return len(self.takes)


def symbols_of(
    vocabulary: Vocabulary, operators: Iterable[str], literals: Sequence[float], constants: bool,
    weights: Mapping[str, float],
) -> tuple[Symbol, ...]:  # fmt: skip
    """The symbols of a grammar: operators, variables, literals, the constant; raises `SpaceError` for unknown weights.

    Without weights of their own operators weigh 1, and leaves so much that a symbol opens one slot on average: then
    sizes spread over all that the bounds allow.
    """
    names = list(operators)
    leaves = [*vocabulary.variables, *map(literal_name, literals), *(["constant"] if constants else [])]
    unknown = sorted(set(weights) - {*names, *leaves})
    if unknown:
        raise SpaceError(f"weights for {', '.join(unknown)}: this space has {', '.join([*names, *leaves])}")
    arities = {name: vocabulary.operator(vocabulary.codes[name]).arity for name in names}
    spread = sum(weights.get(name, 1.0) * (arity - 1) for name, arity in arities.items())
    each = max(spread, sum(weights.get(name, 1.0) for name in names) / 4, 1.0) / max(1, len(leaves))
    made = []
    for name in names:
        operator = vocabulary.operator(vocabulary.codes[name])
        takes = tuple([TYPES.index(kind) for kind in operator.takes])
        weight = weights.get(name, 1.0)
        made.append(Symbol(vocabulary.codes[name], name, takes, TYPES.index(operator.gives), weight))
    for i, name in enumerate(vocabulary.variables):
        made.append(Symbol(VARIABLE + i, name, (), 0, weights.get(name, each)))
    for name, number in zip(map(literal_name, literals), literals, strict=True):
        made.append(Symbol(LITERAL, name, (), 0, weights.get(name, each), number))
    if constants:
        made.append(Symbol(CONSTANT, "constant", (), 0, weights.get("constant", each)))
    if any(not symbol.weight > 0 for symbol in made):
        raise SpaceError("weights must be positive: leave a symbol out instead of giving it no weight")
    return tuple(made)


def literal_name(number: float) -> str:
    """The name of a literal in weights and rules.

    >>> literal_name(2.0), literal_name(0.5)
    ('2', '0.5')
    """
    return repr(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
