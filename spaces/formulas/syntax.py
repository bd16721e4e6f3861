"""The text of a formula as a tree of Python's syntax, and where in the text an error lies."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from itertools import accumulate
from keyword import iskeyword

from ..errors import SpaceError

#: The longest text that is read, in characters.
LONGEST = 100_000
_BLANK = dict.fromkeys(map(ord, "\t\n\r\f\v"), " ")


class Syntax:
    """The tree of a text, in which `^` means `**`; a node knows its place in the text.

    Raises `SpaceError` for what is no single Python expression. Nothing is ever run: the tree is only looked at.

    >>> Syntax("x^2").tree.op.__class__.__name__
    'Pow'
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise SpaceError(f"a formula is read from a text, not from {text!r}: give its infix form, such as 'x + 1'")
        self.text = text
        blank = text.translate(_BLANK)
        source = blank.replace("^", "**").strip()
        self._lead = len(blank) - len(blank.lstrip())
        self._source = source.encode("utf-8", "surrogatepass")
        self.tree = self._parsed(source)

    def _parsed(self, source: str) -> ast.expr:
        if not source:
            raise SpaceError("the text of a formula is empty: write an expression, such as 'x + 1'")
        if len(self.text) > LONGEST:
            raise SpaceError(f"the text of a formula has {len(self.text)} characters: at most {LONGEST} are read")
        if "#" in source:
            raise self.error(_width(source[: source.index("#")]), "'#' has no meaning in a formula: leave it out")
        try:
            return ast.parse(source, mode="eval").body
        except SyntaxError as error:
            raise self._syntax_error(error, source) from None
        except (RecursionError, MemoryError):
            raise SpaceError(f"{self._shown(0)} is nested too deeply to be read: split the formula") from None
        except ValueError as error:
            raise SpaceError(f"{self.text[:40]!r} is no text of a formula: {error}") from None

    def _syntax_error(self, error: SyntaxError, source: str) -> SpaceError:
        if word := next(filter(lambda word: iskeyword(word[0]), re.finditer(r"\w+", source)), None):
            return self.error(_width(source[: word.start()]), f"{word[0]!r} is a word of Python, no name of a formula")
        at = (error.offset or len(source) + 1) - 1
        if at >= len(source):
            return self.error(_width(source), "the formula ends where an operand is expected")
        message = error.msg
        if message.startswith("invalid decimal literal"):
            message = "a sign such as * is expected between a number and a name"
        elif message.startswith("invalid"):
            message = f"an operator or operand is expected, and {source[at]!r} stands there"
        return self.error(_width(source[:at]), message)

    # -- places ------------------------------------------------------------------------------------------------------

    def error(self, place: ast.expr | int, why: str) -> SpaceError:
        """The error at a node, or at a byte of the tree's source."""
        column = self._column(place if isinstance(place, int) else place.col_offset)
        return SpaceError(f"{self._shown(column)} cannot be read at column {column}: {why}")

    def _column(self, offset: int) -> int:
        """The column in the text, counted from 1, of a byte of the source, in which `^` takes two."""
        widths = [_width(character.replace("^", "**")) for character in self.text[self._lead :]]
        return self._lead + bisect_right(list(accumulate(widths, initial=0)), offset)

    def _shown(self, column: int) -> str:
        """The text, or what stands around a column of a long one."""
        if len(self.text) <= 60:
            return repr(self.text)
        first = max(column - 30, 0)
        dots = ["..." if first else "", "..." if first + 60 < len(self.text) else ""]
        return repr(f"{dots[0]}{self.text[first : first + 60]}{dots[1]}")

    def between(self, first: ast.expr, second: ast.expr) -> str:
        """What is written from the beginning of one node to that of another."""
        return self._source[first.col_offset : second.col_offset].decode()


def _width(text: str) -> int:
    """How many bytes Python counts for a text."""
    return len(text.encode("utf-8", "surrogatepass"))
