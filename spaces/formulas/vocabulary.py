"""Vocabularies: the variables of a formula by their names, and operators beside the common ones."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from ..errors import SpaceError
from ..values import VALUE_WRITERS, qualified_name, text_hash
from .operators import BY_NAME, CONSTANT, LITERAL, OPERATORS, OWN, VARIABLE, Operator

if TYPE_CHECKING:
    from .formula import Formula


class Vocabulary:
    """What the codes of formulas mean: variables by place, and operators of one's own from code 64 on.

    Two vocabularies with the same names and operators are equal. Raises `SpaceError` for a name that stands twice, that
    is no identifier, that is a word of Python (a formula is read from Python's syntax), or that names an operator.

    >>> Vocabulary(["x", "y"]).name(257)
    'y'
    """

    __slots__ = ("__dict__", "own", "variables")

    def __init__(self, variables: Iterable[str], own: Iterable[Operator] = ()) -> None:
        self.variables = tuple(variables)
        self.own = tuple(own)
        names = [*self.variables, *(operator.name for operator in self.own)]
        for name in names:
            if not isinstance(name, str) or not name.isidentifier():
                raise SpaceError(f"{name!r} cannot name a variable of a formula: a name is an identifier")
            if iskeyword(name):
                raise SpaceError(f"{name!r} is a word of Python: choose another name, such as {name + '_'!r}")
            if name in BY_NAME or name in ("pi", "e", "root", "literal", "constant"):
                raise SpaceError(f"{name!r} names an operator or number of formulas already: choose another name")
            if names.count(name) > 1:
                raise SpaceError(f"the name {name!r} stands twice in a vocabulary: names must differ")
        if len(self.own) > LITERAL - OWN:
            raise SpaceError(f"a vocabulary has room for {LITERAL - OWN} operators of its own, not {len(self.own)}")

    def operator(self, code: int) -> Operator:
        """The operator of a code below `LITERAL`."""
        return OPERATORS[code] if code < OWN else self.own[code - OWN]

    def arity(self, code: int) -> int:
        """How many arguments follow a code."""
        return 0 if code >= LITERAL else self.operator(code).arity

    def name(self, code: int) -> str:
        """The name of an operator or variable."""
        if code in (LITERAL, CONSTANT):
            return "literal" if code == LITERAL else "constant"
        return self.variables[code - VARIABLE] if code >= VARIABLE else self.operator(code).name

    @cached_property
    def codes(self) -> dict[str, int]:
        """The code of every name: variables, common operators, own ones."""
        own = {operator.name: OWN + i for i, operator in enumerate(self.own)}
        common = {name: operator.code for name, operator in BY_NAME.items()}
        return common | own | {name: VARIABLE + i for i, name in enumerate(self.variables)}

    @cached_property
    def text(self) -> str:
        """What tells this vocabulary from others, the same in every process."""
        own = [f"{operator.name}={qualified_name(operator.function)}" for operator in self.own]
        return f"{', '.join(self.variables)}{'; ' if own else ''}{', '.join(own)}"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Vocabulary) and self.text == other.text)

    @cached_property
    def _hash(self) -> int:
        return text_hash(self.text)

    def __hash__(self) -> int:
        return self._hash

    def read_value(self, text: str) -> Formula:
        """The formula that wrote itself as `text`; raises `SpaceError` where the text is none of this vocabulary."""
        from .prefix_words import read_prefix

        return read_prefix(text, self)

    def __repr__(self) -> str:
        return f"Vocabulary({self.text})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Vocabulary, (self.variables, self.own)


VALUE_WRITERS.add(Vocabulary)
