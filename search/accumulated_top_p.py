"""Accumulated top-p over partial programs: the paths of one decoding are the proposals of a strategy."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..spaces import Space, Unsatisfied
from ..spaces.choosers import Decision, Question
from .decision_codes import decision_of, own_shares
from .decision_tables import DecisionTable, NextDecision
from .nucleus_decoding import Path, check_settings, decode, extensions, survivors
from .partial_programs import Completion, Open, Prefix, Stop, check_partial, next_question
from .strategies import Proposal, Strategy
from .trials import Trial

#: Picks a code by the log-probabilities of all.
Pick = Callable[[Sequence[float]], int]


def likeliest(logs: Sequence[float]) -> int:
    """The code with the greatest log-probability, the first of equal ones."""
    return max(range(len(logs)), key=logs.__getitem__)


class PartialPrograms:
    """A proposer for `decode`: partial programs as codes, and how likely each next code is by a policy.

    A question with more than `bins` answers is cut into so many equal parts; a number or index is drawn within one.
    Paths end after `together` decisions: what comes then is left to `program`.

    >>> from inlay.spaces import Choice, space
    >>> from inlay.search.decision_tables import OwnWeights
    >>> programs = PartialPrograms(space([Choice("a", "b"), Choice("c", "d", "e")]), OwnWeights(), Random(0))
    >>> found = decode(programs, 1, rng=Random(1))[0]
    >>> print(programs.program(found.answers), round(math.exp(found.log_probability), 3))
    ['a', 'e'] 0.167
    """

    def __init__(
        self, space: Space, policy: NextDecision, rng: Random, *, bins: int = 16, together: float = math.inf
    ) -> None:
        self.space, self.policy, self.rng, self.bins, self.together = space, policy, rng, bins, together
        self.known: dict[tuple[int, ...], tuple[Prefix, Open | None]] = {}

    def __call__(self, codes: tuple[int, ...]) -> Sequence[float] | None:
        try:
            _, next_ = self._reached(codes)
        except Unsatisfied:
            return ()
        return None if next_ is None or len(codes) >= self.together else self.log_probabilities(codes, next_)

    def log_probabilities(self, codes: tuple[int, ...], next_: Open) -> list[float]:
        """How likely every code is at the question that comes after these."""
        shares = self.policy.shares(next_.address, codes, own_shares(next_.question, self.bins))
        return [math.log(share) if share > 0 else -math.inf for share in shares]

    def decision(self, next_: Open, code: int) -> Decision:
        """The answer to a question; drawn, where several have that code."""
        return decision_of(next_.question, code, len(own_shares(next_.question, self.bins)), self.rng)

    def _reached(self, codes: tuple[int, ...]) -> tuple[Prefix, Open | None]:
        """The decisions of a prefix, drawn once, and the question after them; raises `Unsatisfied` at a dead end."""
        if codes not in self.known:
            prefix: Prefix = ()
            if codes:
                before, asked = self._reached(codes[:-1])
                assert asked is not None
                prefix = (*before, self.decision(asked, codes[-1]))
            self.known[codes] = prefix, next_question(self.space, prefix)
        return self.known[codes]

    def program(self, codes: tuple[int, ...], pick: Pick = likeliest) -> Any:
        """The member of a path; `pick` decides what comes after it. Raises `Unsatisfied` where it finds none."""
        return self.space.decide(_Rest(self, codes, self._reached(codes)[0], pick))


class _Rest(Completion):
    """Replays a path and goes on with it alone."""

    def __init__(self, programs: PartialPrograms, codes: tuple[int, ...], prefix: Prefix, pick: Pick) -> None:
        super().__init__(prefix, Stop())
        self.programs, self.codes, self.pick = programs, list(codes), pick

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        return self._answer(Question(hole, options=n, weights=weights))  # type: ignore[no-any-return]

    def real(self, low: float, high: float, hole: Space) -> float:
        return self._answer(Question(hole, low=low, high=high))  # type: ignore[no-any-return]

    def _answer(self, question: Question) -> Any:
        next_ = Open(question, self.address(question.hole))
        return self._decision(next_.address, lambda: self._picked(next_))

    def _picked(self, next_: Open) -> Decision:
        del self.codes[len(self.decided) :]  # a constraint may have asked again
        code = self.pick(self.programs.log_probabilities(tuple(self.codes), next_))
        self.codes.append(code)
        return self.programs.decision(next_, code)


@dataclass
class AccumulatedTopP(Strategy):
    """Decodes k members together by accumulated top-p, learns from their outcomes, and decodes again: see `decode`.

    A `policy` says how likely each next decision is; by default it learns from the best trials. A question with more
    than `bins` answers is cut into so many equal parts, and a number or index drawn within. Without `sample` the
    likeliest k paths are taken. Beyond `together` decisions, where replaying prefixes would cost much, every path goes
    on alone by plain top-p. Where constraints leave no path, a random member is proposed. Raises `CannotAct` for
    several objectives, and for masks that are too large to be decided bit by bit.

    >>> from inlay.spaces import Choice, space
    >>> from inlay.search import minimize
    >>> bits = space([Choice(0, 1)] * 12)
    >>> minimize(sum, bits, strategy=AccumulatedTopP(), trials=200, seed=0).best.loss
    0.0

    Source: K. Li, F. Li, 2024, arXiv:2409.19790. Differs: see `decode`; it decodes programs, and its policy learns.
    """

    k: int = 4
    top_p: float = 0.9
    temperature: float = 1.0
    sample: bool = True
    policy: NextDecision = field(default_factory=DecisionTable)
    bins: int = 16
    together: int = 64

    def __post_init__(self) -> None:
        check_settings(self.k, self.top_p, self.temperature)
        if self.bins < 2 or self.together < 1:
            raise ValueError(f"{self}: a range is cut into at least 2 bins, and at least 1 decision taken together")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_partial(self, space, objectives)
        self.space, self.rng = space, rng
        self.policy.start(space, self.bins, rng)
        self.queue: deque[Any] = deque()

    def ask(self, n: int) -> Sequence[Proposal]:
        while len(self.queue) < n:
            self.queue.extend(self._decoded() or [self.space.sample(self.rng)])
        return [Proposal(self.queue.popleft()) for _ in range(n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        self.policy.learn([trial for trial in trials if trial.state == "done"])

    def _decoded(self) -> list[Any]:
        """The members of one decoding; none where every path met a dead end."""
        self.policy.begin()
        programs = PartialPrograms(self.space, self.policy, self.rng, bins=self.bins, together=self.together)
        paths = decode(programs, self.k, top_p=self.top_p, temperature=self.temperature, rng=self._draws())
        members = []
        for path in paths:
            try:
                members.append(programs.program(path.answers, self._pick))
            except Unsatisfied:
                continue
        return members

    def _pick(self, logs: Sequence[float]) -> int:
        """The next code of a single path."""
        group = extensions(Path((), 0.0), logs)
        return survivors([group], 1, self.top_p, self.temperature, self._draws())[0].answers[0]

    def _draws(self) -> Random | None:
        return self.rng if self.sample else None
