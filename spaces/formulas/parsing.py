"""Formulas from text: mathematics as Python writes it."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Sequence
from numbers import Integral, Real
from typing import Any
from unicodedata import normalize

from ..errors import SpaceError
from .folding import leaf
from .formula import Formula, whole
from .operators import BY_NAME, CONSTANT, LITERAL, OWN, VARIABLE, operator_named
from .prefix_words import read_prefix
from .syntax import Syntax
from .vocabulary import Vocabulary

#: The most nodes that a formula read from a text may have.
MOST_NODES = 10_000
NAMED = {"pi": math.pi, "e": math.e}

_BINARY: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.BitAnd: "both",
    ast.BitOr: "either",
}
_KINDS = {"real": "number", "truth": "condition"}
_SIGNS = "the signs are + - * / ** ^ < > & | between operands, - and ~ before one"
_REMEDIES: dict[type, str] = {
    ast.BinOp: _SIGNS,
    ast.UnaryOp: _SIGNS,
    ast.BoolOp: "write & and | between comparisons, each in parentheses",
    ast.IfExp: "write where(condition, value, other)",
    ast.Call: "an operator is called by its name, with operands alone",
}


def parse_formula(
    text: str,
    variables: Sequence[str] | Vocabulary | None = None,
    *,
    literals: Collection[float] | None = None,
) -> Formula:
    """The formula that a text writes in Python's syntax, where `^` also means power, `pi` and `e` are numbers, and
    operators are called by name: `sin(x)`, `min(x, y)`, `where(x < 1, y, 0)`. Comparisons join by `&`, `|` and `~`.

    Without `variables` they are the names found, x2 before x10. A number among `literals` is fixed; without them, one
    that is written without point and exponent; all others are free constants. Raises `SpaceError` that shows the place.

    >>> parse_formula("x10 + 2.5*sin(x2)^2").variables
    ('x2', 'x10')
    >>> parse_formula("x + foo(2)")
    Traceback (most recent call last):
    ...
    inlay.spaces.errors.SpaceError: 'x + foo(2)' cannot be read at column 5: there is no operator 'foo': ...
    """
    if isinstance(variables, str):
        raise SpaceError(f"variables={variables!r}: give the names in a list, such as {variables.split()!r}")
    syntax = Syntax(text)
    if not isinstance(variables, Vocabulary):
        variables = Vocabulary(_names(syntax.tree) if variables is None else variables)
    return _Reader(syntax, variables, literals).formula()


def _names(tree: ast.expr) -> list[str]:
    """The names that can only be variables, in their natural order."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}
    return sorted(found - {*NAMED, *BY_NAME}, key=_natural)


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that orders numbers inside names by their value."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


class _Reader:
    """Turns a tree of Python's syntax into codes; what it does not know is refused."""

    def __init__(self, syntax: Syntax, vocabulary: Vocabulary, literals: Collection[float] | None) -> None:
        self.syntax, self.vocabulary, self.literals = syntax, vocabulary, literals
        self.variables = {normalize("NFKC", name): VARIABLE + i for i, name in enumerate(vocabulary.variables)}
        self.own = {normalize("NFKC", operator.name): OWN + i for i, operator in enumerate(vocabulary.own)}

    def formula(self) -> Formula:
        """The formula of the whole tree, node by node in prefix order."""
        codes, numbers, rest = list[bytes](), list[float](), [(self.syntax.tree, "")]
        while rest:
            node, kind = rest.pop()
            code, number, operands = self.node(node)
            self._check_kind(node, kind, self._gives(code))
            codes.append(code.to_bytes(2, "little"))
            if code in (LITERAL, CONSTANT):
                numbers.append(number)
            if operands:
                rest += reversed([*zip(operands, self.vocabulary.operator(code).takes, strict=True)])
            if len(codes) > MOST_NODES:
                raise self.syntax.error(node, f"a formula has at most {MOST_NODES} nodes: split it")
        return whole(b"".join(codes), tuple(numbers), self.vocabulary)

    def _gives(self, code: int) -> str:
        return "real" if code >= LITERAL else self.vocabulary.operator(code).gives

    def _check_kind(self, node: ast.expr, expected: str, found: str) -> None:
        if expected not in ("", found):
            wants = "a number is" if expected == "real" else "a condition, such as x < 1, is"
            raise self.syntax.error(node, f"{wants} expected here, and this is a {_KINDS[found]}")

    # -- nodes -------------------------------------------------------------------------------------------------------

    def node(self, node: ast.expr) -> tuple[int, float, list[ast.expr]]:
        """The code of a node, its number where it is one, and its operands."""
        if (number := self._number(node)) is not None:
            return (*number, [])
        if isinstance(node, ast.Name):
            return self._variable(node), 0.0, []
        if isinstance(node, ast.BinOp) and (name := _BINARY.get(type(node.op))):
            return BY_NAME[name].code, 0.0, [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
            return BY_NAME["negative" if isinstance(node.op, ast.USub) else "contrary"].code, 0.0, [node.operand]
        if isinstance(node, ast.Compare):
            return BY_NAME["less"].code, 0.0, self._compared(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self._called(node, node.func.id), 0.0, node.args
        remedy = _REMEDIES.get(type(node), "a number, a name, an operator or its call is expected here")
        raise self.syntax.error(node, remedy)

    def _number(self, node: ast.expr) -> tuple[int, float] | None:
        """The code and value of a number, with the minus signs that touch it."""
        sign, first = 1.0, node
        while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            if "(" in self.syntax.between(node, node.operand):  # the minus is an operator of its own
                return None
            sign, node = -sign, node.operand
        if isinstance(node, ast.Name) and node.id in NAMED:
            return LITERAL, sign * NAMED[node.id]
        if not isinstance(node, ast.Constant) or node.value.__class__ not in (int, float):
            return None
        try:
            number = sign * float(node.value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.syntax.error(first, "the number is too large for a float")
        fixed = isinstance(node.value, int) if self.literals is None else number in self.literals
        return LITERAL if fixed else CONSTANT, number

    def _variable(self, node: ast.Name) -> int:
        code = self.variables.get(node.id)
        if code is not None:
            return code
        if node.id in BY_NAME or node.id in self.own:
            raise self.syntax.error(node, f"{node.id!r} is an operator: write {node.id}(...)")
        known = ", ".join(self.vocabulary.variables) or "none"
        raise self.syntax.error(node, f"there is no variable {node.id!r}: the variables are {known}")

    def _compared(self, node: ast.Compare) -> list[ast.expr]:
        left, right = node.left, node.comparators[0]
        if len(node.ops) > 1:
            raise self.syntax.error(node, "comparisons do not chain: write (x < y) & (y < z)")
        if isinstance(node.ops[0], ast.Lt | ast.Gt):
            return [left, right] if isinstance(node.ops[0], ast.Lt) else [right, left]
        raise self.syntax.error(node, "only < and > compare: write ~(y < x) for x <= y")

    def _called(self, node: ast.Call, name: str) -> int:
        if name in self.variables:
            raise self.syntax.error(node, f"{name!r} is a variable and cannot be called: write {name}*(...)")
        try:
            code = self.own[name] if name in self.own else operator_named(name).code
        except SpaceError as error:
            raise self.syntax.error(node, str(error)) from None
        arity = self.vocabulary.arity(code)
        if len(node.args) != arity:
            raise self.syntax.error(node, f"{name} takes {_counted(arity)}, not {len(node.args)}")
        return code


def _counted(operands: int) -> str:
    return f"{operands} operand{'s' if operands > 1 else ''}"


# -- other ways to write a formula -----------------------------------------------------------------------------------


def as_formula(value: Any, vocabulary: Vocabulary) -> Formula:
    """A formula of this vocabulary: from another one by its names, from an integer (a literal), a float (a constant)
    or a text. Raises `SpaceError` for names that the vocabulary lacks and for other values.

    >>> print(*[as_formula(value, Vocabulary(["x"])) for value in (2, 2.0, "x^2")])
    2 2.0 x**2
    """
    if isinstance(value, str):
        return parse_formula(value, vocabulary)
    if isinstance(value, Formula):
        return value if value.vocabulary == vocabulary else _translated(value, vocabulary)
    if isinstance(value, Real) and not isinstance(value, bool):
        return leaf(LITERAL if isinstance(value, Integral) else CONSTANT, vocabulary, float(value))
    raise SpaceError(f"{value!r} is no formula: give a formula, a number, or a text such as 'x + 1'")


def _translated(formula: Formula, vocabulary: Vocabulary) -> Formula:
    """The same formula in another vocabulary that has its names."""
    names = {operator.name for operator in vocabulary.own if operator not in formula.vocabulary.own}
    used = {formula.vocabulary.name(code) for code in formula.symbols() if OWN <= code < LITERAL}
    if names & used:
        raise SpaceError(f"{formula} uses {', '.join(sorted(names & used))}, another operator in {vocabulary!r}")
    return read_prefix(formula.written()[1], vocabulary)
