"""Formulas from the words that `Formula.written` gives: the nodes in prefix order."""

from __future__ import annotations

import math

from ..errors import SpaceError
from .formula import Formula
from .operators import CONSTANT, LITERAL
from .vocabulary import Vocabulary


def read_prefix(text: str, vocabulary: Vocabulary) -> Formula:
    """The formula whose `written()` text this is; raises `SpaceError` for any other text.

    >>> print(read_prefix("add x constant:1.5", Vocabulary(["x"])))
    x + 1.5
    """
    codes, numbers = [], []
    for word in text.split(" "):
        kind, colon, digits = word.partition(":")
        if colon:
            codes.append(_number_code(kind, word))
            numbers.append(_exact(digits, word))
        elif word in vocabulary.codes:
            codes.append(vocabulary.codes[word])
        else:
            raise SpaceError(f"{word!r} is no word of a formula with the vocabulary {vocabulary.text}")
    return Formula(b"".join([code.to_bytes(2, "little") for code in codes]), numbers, vocabulary)


def _number_code(kind: str, word: str) -> int:
    if kind not in ("literal", "constant"):
        raise SpaceError(f"{word!r} is no word of a formula: numbers are written literal:2.0 or constant:1.5")
    return LITERAL if kind == "literal" else CONSTANT


def _exact(digits: str, word: str) -> float:
    try:
        number = float(digits)
    except ValueError:
        number = math.nan
    if repr(number) != digits:
        raise SpaceError(f"{word!r} holds no number: write it as Python's repr of a float")
    return number
