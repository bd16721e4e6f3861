"""Formula matching: short formulas listed once, and met in the middle with what the data want."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from ..spaces import Space
from ..spaces.formulas import Formula, Formulas
from ..spaces.formulas.data import Data
from ..spaces.formulas.formula import whole
from ..spaces.formulas.library import Library
from ..spaces.formulas.matching import Match, Matcher, Target
from ..spaces.formulas.operators import CONSTANT, LITERAL
from .strategies import CannotAct, Proposal, Strategy
from .trials import Trial

#: A match needs this many rows: a factor and a shift explain two.
FEWEST_ROWS = 6
#: Sums with any factors are looked for while the library holds formulas of at most this size, and this many functions.
COMBINED, MOST_COMBINED = 5, 20_000

#: So many functions in the library times results awaited are enough: no further step is made before some are told.
#: A few results may be awaited always.
AHEAD, FEWEST_AHEAD = 30_000, 6
#: For each seed that is proposed at once, so many wait for steps that find nothing.
RESERVED = 10


@dataclass
class FormulaMatching(Strategy):
    """Proposes formulas that give the data exactly, and between them the short ones that correlate best with it.

    The functions of all short formulas are listed from the shortest up, each once, on at most `rows` rows, until there
    are `functions`. The target and what is left of it when an operator is undone are looked up there, and so is what is
    left beside each function g (y - g, y + g, y / g, y g, g / y), up to a factor and a shift. After every step the
    `seeds` new functions that correlate best are proposed, and after long steps their results awaited, so that no ask
    takes long. Exact data only: with noise nothing matches, and the seeds are what it gives. Raises `CannotAct` for a
    space that holds no formulas over the columns of the data.

    >>> from inlay.search import Problem, Study
    >>> from inlay.spaces.formulas.evaluation import losses
    >>> x = np.linspace(-1, 1, 20)
    >>> data = Data({"x": x}, np.log(x + 2) + np.sin(x * x))
    >>> space = Formulas(["x"], ["add", "multiply", "sin", "log"], literals=[1, 2], constants="fitted")
    >>> problem = Problem("match", space, evaluate_many=lambda formulas: losses(formulas, data))
    >>> study = Study(problem, FormulaMatching(data), seed=0).run(trials=300, target=1e-20, progress=False)
    >>> print(study.best.program, study.stop_reason)
    sin(x*x) + log(x + 2) target

    Source: meeting in the middle is the idea of Horowitz, Sahni, 1974, Computing Partitions with Applications to the
    Knapsack Problem, doi:10.1145/321812.321823; listing functions once by their values is the observational equivalence
    of Udupa et al., 2013, TRANSIT, doi:10.1145/2491956.2462174.
    """

    data: Data
    rows: int = 24
    functions: int = 300_000
    seeds: int = 5

    def __post_init__(self) -> None:
        if self.rows < FEWEST_ROWS or self.functions < 1 or self.seeds < 1:
            raise ValueError(
                f"FormulaMatching(rows={self.rows}, functions={self.functions}, seeds={self.seeds}): at least "
                f"{FEWEST_ROWS} rows, a function and a seed are needed"
            )

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space = self.formulas = self._checked(space)
        self.queue: deque[Formula] = deque()
        self.reserve: deque[Formula] = deque()
        self.awaited = self.listed = 0
        self.steps = self._steps()

    def _checked(self, space: Space) -> Formulas:
        name, fits = "FormulaMatching cannot act on this space, because", "GeneticProgramming would fit"
        if not isinstance(space, Formulas):
            raise CannotAct(f"{name} it looks formulas up, and {space!r} is no space of formulas; {fits}")
        if space.vocabulary.variables != self.data.names:
            told = f"{', '.join(space.vocabulary.variables)} and {', '.join(self.data.names)}"
            raise CannotAct(f"{name} its variables and the columns of the data differ: {told}; name both alike")
        if self.data.rows < FEWEST_ROWS:
            raise CannotAct(f"{name} {self.data.rows} rows match too much: give {FEWEST_ROWS} rows; {fits}")
        return space

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n and self._ready():
            proposals.append(Proposal(self.queue.popleft()))
            self.awaited += 1
        return proposals

    def _ready(self) -> bool:
        """Whether a proposal waits, after further steps while few results are awaited; the larger the library, the
        fewer, since steps take longer."""
        while not self.queue and self.awaited <= max(FEWEST_AHEAD, AHEAD // (1 + self.listed)):
            found = next(self.steps, None)
            if found is None:
                return False
            self.queue.extend(found)
        return bool(self.queue)

    def tell(self, trials: Sequence[Trial]) -> None:
        """Nothing is learned from outcomes, since what is wanted is in the data; the next step awaits them."""
        self.awaited -= sum(not trial.foreign for trial in trials)

    # -- the work ----------------------------------------------------------------------------------------------------

    def _steps(self) -> Iterator[list[Formula]]:
        """The proposals of each step, members only, each once; a step without any gives one from the reserve."""
        seen: set[Hashable] = set()
        for formulas in self._found():
            members = [made for formula in formulas if (made := member_of(self.formulas, formula)) is not None]
            fresh = {key: made for made in members if (key := self.space.key(made)) not in seen}
            seen.update(fresh)
            yield list(fresh.values()) or self._reserved(seen)

    def _reserved(self, seen: set[Hashable]) -> list[Formula]:
        """The next function of the reserve that is no news, so that a step takes little time without one."""
        while self.reserve:
            made = member_of(self.formulas, self.reserve.popleft())
            if made is not None and (key := self.space.key(made)) not in seen:
                seen.add(key)
                return [made]
        return []

    def _found(self) -> Iterator[list[Formula]]:
        picked = self._picked_rows()
        space, columns = self.formulas, self.data.columns[:, picked]
        library = Library(columns, space.vocabulary, _common(space), _literals(space), self.functions)
        matcher = Matcher(library, self.data.y[picked])
        while not library.full and library.size < self.formulas.grammar.max_size:
            first = len(library)
            for self.listed in library.growing():
                yield self._closest(matcher, range(first, self.listed))
                first = self.listed
            matcher.index()
            yield from self._matches(matcher)
        yield from self._last_matches(matcher)

    def _picked_rows(self) -> Sequence[int]:
        """Some of the distinct rows, whatever their order in the data."""
        table = np.column_stack([self.data.X, self.data.y])
        _, distinct = np.unique(table, axis=0, return_index=True)
        generator = np.random.Generator(np.random.PCG64(0))
        picked: list[int] = distinct[np.sort(generator.permutation(len(distinct))[: self.rows])].tolist()
        return picked

    def _closest(self, matcher: Matcher, functions: range) -> list[Formula]:
        """The new functions that correlate best; as many times `RESERVED` more wait in the reserve."""
        best = matcher.closest(matcher.whole, functions, self.seeds * (1 + RESERVED))
        found = [matcher.library.formula(i) for i in best]
        self.reserve.extend(found[self.seeds :])
        return found[: self.seeds]

    def _matches(self, matcher: Matcher) -> Iterator[list[Formula]]:
        """What the library of this size gives: direct look-ups first, then one function beside another."""
        library = matcher.library
        targets = [matcher.whole, *matcher.undone(matcher.whole)]
        for target in targets:
            yield _formulas(matcher.direct(target))
        for target in targets:
            for match in matcher.sweep(target, range(library.upto(library.size - target.cost))):
                yield _formulas([match])
        peeled = list(matcher.beside(matcher.whole, range(library.upto(1))))
        for rest in peeled:
            small = matcher.sweep(rest, range(library.upto(min(library.size - 3, 2))))
            yield _formulas([*matcher.direct(rest), *small])
        if library.size <= COMBINED:
            yield from self._combinations(matcher, [*targets, *(peeled if library.size == COMBINED else [])])

    def _combinations(self, matcher: Matcher, targets: Sequence[Target]) -> Iterator[list[Formula]]:
        """Sums of two functions, the one of at most two nodes, with any factors."""
        library = matcher.library
        functions = range(min(library.upto(library.size), MOST_COMBINED))
        for target in targets:
            for g in range(library.upto(2)):
                yield _formulas(matcher.spanned(target, [g], functions))

    def _last_matches(self, matcher: Matcher) -> Iterator[list[Formula]]:
        """What is left beside two leaves, and beside one when an operator is undone: dear, so it comes last."""
        library = matcher.library
        for size in (2, 3, 4):
            for rest in matcher.beside(matcher.whole, range(library.upto(1))):
                for left in (*matcher.undone(rest), *matcher.beside(rest, range(library.upto(1)))):
                    yield _formulas([*matcher.direct(left), *matcher.sweep(left, range(library.upto(size)))])


def _formulas(matches: Iterable[Match | None]) -> list[Formula]:
    return [match.formula for match in matches if match is not None]


def _common(space: Formulas) -> list[str]:
    """The operators of a space that a library lists: common ones of one or two real arguments."""
    symbols = [symbol for symbol in space.grammar.symbols if symbol.takes and symbol.code < 24]
    return [symbol.name for symbol in symbols]


def _literals(space: Formulas) -> list[float]:
    return list(space.grammar.by_number)


def member_of(space: Formulas, formula: Formula) -> Formula | None:
    """The formula as a member of the space, literals that it does not have as constants; None where it is none.

    >>> from inlay.spaces.formulas import parse_formula
    >>> space = Formulas(["x"], ["*"], literals=[], constants="fitted")
    >>> member_of(space, parse_formula("3*x", ["x"])).constants
    (3.0,)
    """
    numbers, codes = iter(formula.numbers), []
    for code in formula.symbols():
        number = next(numbers) if code in (LITERAL, CONSTANT) else 0.0
        codes.append(CONSTANT if code == LITERAL and number not in space.grammar.by_number else code)
    made = whole(b"".join([code.to_bytes(2, "little") for code in codes]), formula.numbers, formula.vocabulary)
    return made if space.contains(made) else None
