"""Formulas in LaTeX."""

from __future__ import annotations

import re
from typing import NamedTuple

from .folding import fold
from .formula import Formula
from .operators import OWN, VARIABLE, Operator
from .printing import number_text

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|"
    "varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)
_SIGNS = {"add": "+", "subtract": "-", "less": "<", "both": r"\land", "either": r"\lor"}
_POWERED = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
_FUNCTIONS = {
    "minimum": r"\min",
    "maximum": r"\max",
    **{name: rf"\{name}" for name in ("log", "arcsin", "arccos", "arctan", *_POWERED)},
}
ATOM, POWERED, SIGNED, PRODUCT = 100, 40, 30, 20


class Piece(NamedTuple):
    """The LaTeX of a part, how tightly it binds, and, of a function, its name apart from its operand."""

    text: str
    binding: int = ATOM
    function: str = ""

    def within(self, binding: int) -> str:
        """The text, in parentheses where it binds less tightly than asked."""
        return self.text if self.binding >= binding else _parenthesized(self.text)


def latex(formula: Formula) -> str:
    r"""The formula in LaTeX: fractions, roots and powers in two dimensions, names with subscripts and Greek letters.

    Sums and products lose the parentheses that do not matter in mathematics.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> print(latex(parse_formula("2*theta + sin(x_1)^2/sqrt(omega_max)")))
    2 \theta + \frac{\sin^{2}\left(x_{1}\right)}{\sqrt{\omega_{\mathrm{max}}}}
    """
    vocabulary = formula.vocabulary

    def leaf(code: int, number: float) -> Piece:
        return Piece(name_latex(vocabulary.name(code))) if code >= VARIABLE else _number(code, number)

    def join(code: int, operands: list[Piece]) -> Piece:
        operator = vocabulary.operator(code)
        write = _WRITERS.get(operator.name) if code < OWN else None
        return write(operator, operands) if write else _called(operator, operands)

    return fold(formula, leaf, join).text


def _parenthesized(text: str) -> str:
    return rf"\left({text}\right)"


# -- leaves ----------------------------------------------------------------------------------------------------------


def name_latex(name: str) -> str:
    r"""The name of a variable: Greek letters, subscripts, and upright words.

    >>> print(*map(name_latex, ["x0", "omega_0", "speed", "k_B", "lambda_"]))
    x_{0} \omega_{0} \mathrm{speed} k_{B} \lambda
    """
    words = [word for word in name.split("_") if word] or [name]
    first, digits = re.fullmatch(r"(.*?)(\d*)", words[0]).groups()  # type: ignore[union-attr]
    below = [*filter(None, [digits if first else ""]), *words[1:]]
    subscript = ", ".join(map(_word, below))
    return _word(first or words[0]) + (f"_{{{subscript}}}" if subscript else "")


def _word(word: str) -> str:
    if _GREEK.fullmatch(word):
        return f"\\{word}"
    return word if len(word) == 1 or word.isdecimal() else rf"\mathrm{{{word}}}".replace("_", r"\_")


def _number(code: int, number: float) -> Piece:
    text = number_text(code, number).replace("pi", r"\pi").replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    if match := re.fullmatch(r"(.*\d)e\+?(-?)0*(\d+)", text):
        return Piece(rf"{match[1]} \cdot 10^{{{match[2]}{match[3]}}}", PRODUCT)
    return Piece(text, SIGNED if text.startswith("-") else ATOM)


# -- operators -------------------------------------------------------------------------------------------------------


def _called(operator: Operator, operands: list[Piece]) -> Piece:
    name = _FUNCTIONS.get(operator.name) or rf"\operatorname{{{operator.name}}}".replace("_", r"\_")
    inside = _parenthesized(", ".join([operand.text for operand in operands]))
    return Piece(name + inside, ATOM, name if operator.name in _POWERED else "")


def _chained(operator: Operator, operands: list[Piece]) -> Piece:
    """A sign between two operands; a sum or conjunction on the right needs parentheses only behind a minus."""
    binding = operator.precedence
    right = operands[1].within(binding + (not operator.commutative))
    right = _parenthesized(right) if right.startswith("-") and operator.name != "less" else right
    return Piece(f"{operands[0].within(binding)} {_SIGNS[operator.name]} {right}", binding)


def _product(operator: Operator, operands: list[Piece]) -> Piece:
    left, right = operands[0].within(PRODUCT), operands[1].within(PRODUCT)
    right = _parenthesized(right) if right.startswith("-") else right
    return Piece(f"{left} {'' if _juxtaposed(left, right) else chr(92) + 'cdot '}{right}", PRODUCT)


def _juxtaposed(left: str, right: str) -> bool:
    r"""Whether a product reads as one without a dot: 2 x, x y and 2 (x + 1) do, x 2, x (y + 1) and 2 1/2 do not."""
    if right[0].isdigit() or right.startswith((r"\mathrm", r"\operatorname", r"\begin")):
        return False
    if left[-1].isdigit():
        return not right.startswith(r"\frac")
    named = re.search(r"(^|[ {])(\\?\w+|\\mathrm\{[^{}]*\})(_\{[^ ]*\})?$", left)
    return not (named and right.startswith(r"\left("))


def _fraction(operator: Operator, operands: list[Piece]) -> Piece:
    above = operands[0].text if operator.arity == 2 else "1"
    return Piece(rf"\frac{{{above}}}{{{operands[-1].text}}}", POWERED)


def _power(operator: Operator, operands: list[Piece]) -> Piece:
    base = operands[0]
    exponent = {"square": "2", "cube": "3"}.get(operator.name) or operands[1].text
    if base.function and exponent.isdecimal():
        return Piece(f"{base.function}^{{{exponent}}}{base.text[len(base.function) :]}", POWERED)
    return Piece(f"{base.within(ATOM)}^{{{exponent}}}", POWERED)


def _negative(operator: Operator, operands: list[Piece]) -> Piece:
    text = operands[0].within(PRODUCT)
    return Piece(f"-{_parenthesized(text) if text.startswith('-') else text}", SIGNED)


def _where(operator: Operator, operands: list[Piece]) -> Piece:
    condition, value, other = [operand.text for operand in operands]
    cases = rf"{value} & \text{{if }} {condition} \\ {other} & \text{{otherwise}}"
    return Piece(rf"\begin{{cases}} {cases} \end{{cases}}", 0)


_WRITERS = {
    **dict.fromkeys(_SIGNS, _chained),
    **dict.fromkeys(["divide", "reciprocal"], _fraction),
    **dict.fromkeys(["power", "square", "cube"], _power),
    "multiply": _product,
    "negative": _negative,
    "contrary": lambda operator, operands: Piece(rf"\lnot {operands[0].within(SIGNED)}", SIGNED),
    "exp": lambda operator, operands: Piece(f"e^{{{operands[0].text}}}", POWERED),
    "sqrt": lambda operator, operands: Piece(rf"\sqrt{{{operands[0].text}}}", ATOM),
    "abs": lambda operator, operands: Piece(rf"\left|{operands[0].text}\right|", ATOM),
    "where": _where,
}
