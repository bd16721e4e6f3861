"""Form discovery: what the best formulas have in common becomes a form with a hole, which is a smaller space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..spaces import OutsideSpace, Space, SpaceError
from ..spaces.formulas.composing import Composer
from ..spaces.formulas.expansion import FITTED, Expansions
from ..spaces.formulas.folding import leaf
from ..spaces.formulas.formula import Formula
from ..spaces.formulas.formulas import Formulas
from ..spaces.formulas.opened import OpenFormula
from .form_kinds import POWER, PRODUCT, SUM, Fixed, Kind, Token
from .objectives import Objectives
from .strategies import cannot_act
from .trials import Trial, ranked


class Form(NamedTuple):
    """A form: its text, in which f is the hole, and the space of the formulas that have it."""

    text: str
    space: OpenFormula


@dataclass(frozen=True)
class FormDiscovery:
    """Finds y = A + f, y = A * f or y = A ** f: A is what `token_ratio` of the good formulas, and at least two, share.

    Good are those of the `best` best whose loss is at most 1 / `expr_ratio` times the least one. They are expanded into
    sums of products, so that they are compared by what they mean. Copies count: 2*x holds x twice. What recurs least is
    left out until f has `room` nodes. Sums are tried first, then common factors, then bases of powers.

    >>> from inlay.spaces.formulas import parse_formula
    >>> space = Formulas(["x"], ["+", "-", "*", "sin"])
    >>> texts = ["x*x + sin(x)", "x*(x + 1)", "x*x - sin(x*x)", "sin(sin(x))"]
    >>> print(FormDiscovery().form(space, [space.adopt(text) for text in texts]).text)
    x**2 + f

    Source: Xu, Liu, Sun, 2024, Reinforcement Symbolic Regression Machine, ICLR, arXiv:2305.14656 (modulated sub-tree
    discovery). Differs: factors and bases are found by the same rule as terms, and after them; what stands in a single
    good formula is no form.
    """

    best: int = 20
    token_ratio: float = 0.5
    expr_ratio: float = 0.1
    room: int = 3

    def __post_init__(self) -> None:
        if self.best < 1 or self.room < 1 or not (0 < self.token_ratio <= 1 and 0 < self.expr_ratio <= 1):
            raise ValueError(f"{self}: best and room must be at least 1, and both ratios lie in (0, 1]")

    def check(self, space: Space, objectives: Objectives) -> None:
        """Raise `CannotAct` for other spaces than formulas, and for several objectives."""
        if not isinstance(space, Formulas):
            raise cannot_act(self, "it looks for terms that recur in formulas, and the members are none", "Evolution")
        if len(objectives) > 1:
            raise cannot_act(self, f"it ranks by one loss and there are {len(objectives)} objectives", "NSGA2")

    def narrow(self, space: Space, trials: Sequence[Trial]) -> OpenFormula | None:
        """The smaller space that the best trials point to, or None where nothing recurs."""
        assert isinstance(space, Formulas)
        found = self.form(space, [trial.program for trial in self.good(trials)])
        return None if found is None else found.space

    def good(self, trials: Sequence[Trial]) -> list[Trial]:
        """The best trials, no two with one key, whose loss is not much above the least."""
        done = [trial for trial in ranked(trials) if trial.state == "done" and not trial.violation]
        distinct = list({trial.key: trial for trial in reversed(done)}.values())[::-1][: self.best]
        least = distinct[0].losses[0] if distinct else 0.0
        limit = least / self.expr_ratio if least > 0 else least * self.expr_ratio
        return [trial for trial in distinct if trial.losses[0] <= limit]

    def form(self, space: Formulas, formulas: Sequence[Formula]) -> Form | None:
        """The form that good formulas have in common, or None where nothing recurs that leaves room for more."""
        expansions = Expansions(space.fitted)
        for kind in (SUM, PRODUCT, POWER):
            tokens = recurring([kind.tokens(formula, expansions) for formula in formulas], self.token_ratio)
            for n in range(len(tokens), 0, -1):
                fixed = _fixed(tokens[:n])
                opened = self._opened(space, kind, fixed, Composer(space, expansions.atoms))
                if opened is not None:
                    return Form(kind.text(expansions, fixed), opened)
        return None

    def _opened(self, space: Formulas, kind: Kind, fixed: Fixed, composer: Composer) -> OpenFormula | None:
        """The space of one form, where it is one that leaves enough room."""
        if all(key == FITTED for monomial in fixed for key, _ in monomial):  # a mere number
            return None
        for hole in _leaves(space):
            whole, path = kind.written(composer, fixed, hole)
            if whole is not None and whole.size + self.room - 1 <= space.grammar.max_size:
                try:
                    opened = OpenFormula(space, whole, path)
                except (OutsideSpace, SpaceError):  # another hole may fit
                    continue
                return opened if opened.part.grammar.max_size >= self.room else None
        return None


def recurring(tokens: Sequence[set[Token]], ratio: float) -> list[Token]:
    """The tokens in at least that share of the sets, and in two of them; the most frequent first.

    >>> recurring([{"a", "b"}, {"b"}], 0.5)
    ['b']
    """
    counts = Counter(token for found in tokens for token in sorted(found))
    return [token for token, n in counts.most_common() if n >= max(2, ratio * len(tokens))]


def _fixed(tokens: Sequence[Token]) -> Fixed:
    """How often each term or factor stands among tokens; one that recurs with both signs, as it does first."""
    fixed: Fixed = {}
    for monomial, copy in tokens:
        if fixed.get(monomial, copy) * copy > 0 and abs(copy) > abs(fixed.get(monomial, 0)):
            fixed[monomial] = copy
    return fixed


def _leaves(space: Formulas) -> list[Formula]:
    """The formulas of one node."""
    symbols = [symbol for symbol in space.grammar.symbols if not symbol.takes]
    return [leaf(symbol.code, space.vocabulary, symbol.number or 1.0) for symbol in symbols]
