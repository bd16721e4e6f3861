"""Formulas: immutable expressions, stored as codes in prefix order with the numbers that they hold."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PathError, SpaceError
from ..values import value_class
from .operators import CONSTANT, LITERAL, VARIABLE
from .vocabulary import Vocabulary

Path = tuple[int, ...]


@value_class
class Formula:
    """An expression over variables and numbers: a value like any other, and a function of columns.

    `code` holds a 16-bit code for each node in prefix order (see `operators`), `numbers` the literals and constants in
    the order in which they stand. Formulas are equal when codes, numbers and vocabulary are; `key` (of their space) is
    coarser. Raises `SpaceError` for codes that make no whole expression.

    >>> from inlay.spaces.formulas import parse_formula
    >>> f = parse_formula("x * sin(y + 1.5)", ["x", "y"])
    >>> f.size, f.depth, str(f.replace({(1, 0): "x"}))
    (6, 4, 'x*sin(x)')
    >>> f([[2.0, 0.0]]).round(4)
    array([1.995])
    """

    __slots__ = ("_hash", "_spans", "code", "key", "numbers", "vocabulary")

    def __init__(self, code: bytes, numbers: Iterable[float], vocabulary: Vocabulary) -> None:
        self.code, self.vocabulary = code, vocabulary
        self.numbers = tuple([number + 0.0 for number in numbers])  # there is one zero, not two
        self._hash: int | None = None
        self._spans: list[int] | None = None
        #: The key that a space found for this formula, so that it is found once; None before.
        self.key: bytes | None = None
        self._check()

    def _check(self) -> None:
        open_, numbers = 1, 0
        for i, code in enumerate(self.symbols()):
            if not open_:
                raise SpaceError(f"the codes of a formula end at node {i}, and more follow")
            numbers += code in (LITERAL, CONSTANT)
            open_ += self.vocabulary.arity(code) - 1
        if open_:
            raise SpaceError(f"the codes of a formula lack {open_} operands")
        if numbers != len(self.numbers):
            raise SpaceError(f"the codes of a formula ask for {numbers} numbers, and there are {len(self.numbers)}")

    # -- structure ---------------------------------------------------------------------------------------------------

    def symbols(self) -> tuple[int, ...]:
        """The codes of the nodes in prefix order."""
        return struct.unpack(f"<{len(self.code) // 2}h", self.code)

    @property
    def size(self) -> int:
        """The number of nodes: operators, variables and numbers."""
        return len(self.code) // 2

    @property
    def depth(self) -> int:
        """The number of nodes on the longest way from the root to a leaf."""
        heights: list[int] = []
        for code in reversed(self.symbols()):
            arity = self.vocabulary.arity(code)
            below = [heights.pop() for _ in range(arity)]
            heights.append(1 + max(below, default=0))
        return heights[0]

    def spans(self) -> list[int]:
        """For each node, where the part that it heads ends."""
        if self._spans is None:
            symbols = self.symbols()
            ends = [0] * len(symbols)
            for i in range(len(symbols) - 1, -1, -1):
                end = i + 1
                for _ in range(self.vocabulary.arity(symbols[i])):
                    end = ends[end]
                ends[i] = end
            self._spans = ends
        return self._spans

    def operands(self, node: int = 0) -> list[int]:
        """The nodes of the operands of a node."""
        ends, found = self.spans(), []
        child = node + 1
        while child < ends[node]:
            found.append(child)
            child = ends[child]
        return found

    def node(self, path: Sequence[int]) -> int:
        """The node at a path of operand numbers; raises `PathError` for one that leads nowhere."""
        node = 0
        for depth, step in enumerate(path):
            operands = self.operands(node)
            if not isinstance(step, int) or not 0 <= step < len(operands):
                raise PathError(f"{str(self)!r} has no part at {tuple(path[: depth + 1])}")
            node = operands[step]
        return node

    def numbers_before(self, node: int) -> int:
        """How many numbers stand before a node."""
        return sum(code in (LITERAL, CONSTANT) for code in self.symbols()[:node])

    def part(self, node: int) -> Formula:
        """The formula that a node heads."""
        end = self.spans()[node]
        first = self.numbers_before(node)
        return whole(self.code[2 * node : 2 * end], self.numbers[first : self.numbers_before(end)], self.vocabulary)

    def __getitem__(self, path: int | Path) -> Formula:
        return self.part(self.node((path,) if isinstance(path, int) else path))

    def walk(self) -> Iterator[tuple[Path, Formula]]:
        """Every part with its path, in prefix order."""

        def visit(node: int, path: Path) -> Iterator[tuple[Path, Formula]]:
            yield path, self.part(node)
            for i, operand in enumerate(self.operands(node)):
                yield from visit(operand, (*path, i))

        return visit(0, ())

    def replace(self, edits: Mapping[int | Path, Any]) -> Formula:
        """This formula with other parts at some paths: formulas, numbers or texts; all or nothing.

        Raises `PathError` for a path that leads nowhere, `SpaceError` for paths inside one another.
        """
        from .parsing import as_formula

        places = [((path,) if isinstance(path, int) else path, value) for path, value in edits.items()]
        swaps = {self.node(path): as_formula(value, self.vocabulary) for path, value in places}
        nodes, ends = sorted(swaps), self.spans()
        if len(swaps) < len(places) or any(ends[a] > b for a, b in pairwise(nodes)):
            raise SpaceError("one path of the replacement lies inside another, or stands twice: replace each part once")
        made = self
        for node in reversed(nodes):
            made = made.spliced(node, swaps[node])
        return made

    def spliced(self, node: int, part: Formula) -> Formula:
        """This formula with the part that `node` heads replaced; both have one vocabulary."""
        end = self.spans()[node]
        first, last = self.numbers_before(node), self.numbers_before(end)
        code = self.code[: 2 * node] + part.code + self.code[2 * end :]
        return whole(code, self.numbers[:first] + part.numbers + self.numbers[last:], self.vocabulary)

    def with_numbers(self, numbers: Iterable[float]) -> Formula:
        """The same formula with other numbers; raises `SpaceError` where they are not as many."""
        return Formula(self.code, map(float, numbers), self.vocabulary)

    @property
    def constants(self) -> tuple[float, ...]:
        """The free numbers, without the literals."""
        kinds = [code for code in self.symbols() if code in (LITERAL, CONSTANT)]
        return tuple([number for kind, number in zip(kinds, self.numbers, strict=True) if kind == CONSTANT])

    def with_constants(self, constants: Iterable[float]) -> Formula:
        """The same formula with other free numbers; the literals stay."""
        kinds = [code for code in self.symbols() if code in (LITERAL, CONSTANT)]
        new = iter([float(c) for c in constants])
        numbers = [next(new) if kind == CONSTANT else old for kind, old in zip(kinds, self.numbers, strict=True)]
        return Formula(self.code, numbers, self.vocabulary)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that stand in the formula, in the order of the vocabulary."""
        places = sorted({code - VARIABLE for code in self.symbols() if code >= VARIABLE})
        return tuple([self.vocabulary.variables[i] for i in places])

    # -- values ------------------------------------------------------------------------------------------------------

    def __call__(self, X: Any, *, protected: bool = False) -> NDArray[np.float64]:
        """The value for every row of `X` (rows x variables: an array, or a data frame with these columns)."""
        from .evaluation import evaluate

        values: NDArray[np.float64] = evaluate([self], X, protected=protected)[0]
        return values

    # -- identity ----------------------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Formula)
            and self.code == other.code
            and _same_numbers(self.numbers, other.numbers)
            and self.vocabulary == other.vocabulary
        )

    def __hash__(self) -> int:
        if self._hash is None:
            numbers = [0.0 if number != number else number for number in self.numbers]
            self._hash = hash(
                (int.from_bytes(self.code, "little"), *numbers)
            )  # of numbers only: alike in every process
        return self._hash

    def written(self) -> tuple[Vocabulary, str]:
        """The vocabulary, and the nodes in prefix order: what JSON holds."""
        numbers = iter(self.numbers)
        words = []
        for code in self.symbols():
            name = self.vocabulary.name(code)
            words.append(f"{name}:{next(numbers)!r}" if code in (LITERAL, CONSTANT) else name)
        return self.vocabulary, " ".join(words)

    def __reduce__(self) -> tuple[Any, ...]:
        return Formula, (self.code, self.numbers, self.vocabulary)

    # -- text --------------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        from .printing import infix

        return infix(self)

    def __repr__(self) -> str:
        return f"parse_formula({str(self)!r}, {list(self.vocabulary.variables)!r})"

    def sympy(self) -> Any:
        """The formula as a SymPy expression of real symbols; needs SymPy."""
        from .symbolic_mathematics import to_sympy

        return to_sympy(self)

    def latex(self) -> str:
        """The formula in LaTeX."""
        from .latex import latex

        return latex(self)

    def source(self, name: str = "formula") -> str:
        """A Python function of NumPy columns, as text that needs nothing but NumPy."""
        from .printing import python_source

        return python_source(self, name)

    def tree(self) -> str:
        """The formula drawn as a tree of text."""
        from .drawing import text_tree

        return text_tree(self)

    def plot(self, axes: Any = None) -> Any:
        """The formula drawn as a tree with matplotlib; returns the axes."""
        from .drawing import plot_tree

        return plot_tree(self, axes)

    def simplified(self) -> Formula:
        """An equal formula that is no larger: numbers folded, neutral and cancelling parts removed."""
        from .simplification import simplified

        return simplified(self)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


def whole(code: bytes, numbers: tuple[float, ...], vocabulary: Vocabulary) -> Formula:
    """A formula from codes that are known to make a whole expression."""
    made = Formula.__new__(Formula)
    made.code, made.numbers, made.vocabulary = code, numbers, vocabulary
    made._hash = made._spans = made.key = None
    return made


def _same_numbers(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Equal, with NaN equal to itself."""
    return a == b or (len(a) == len(b) and all(x == y or (x != x and y != y) for x, y in zip(a, b, strict=True)))
