"""Studies: one problem, one strategy, and the log of what was tried."""

from __future__ import annotations

import copy
import logging
import os
import random
import time
from bisect import insort
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from ..spaces import Space
from .evaluation import Candidate
from .log import ReplayError, record_of, replay
from .pareto import pareto_front
from .problem import Problem
from .records import Header
from .repetitions import BestByMean, Repetitions
from .running import Budget, Run, worker_count
from .strategies import Strategy, describe_strategy
from .trials import OUTCOME_FIELDS, Outcome, Trial, better

if TYPE_CHECKING:
    from .store import Store, StudyLog

logger = logging.getLogger("inlay")
Callback = Callable[["Study", Trial], None]


class NoSuccess(RuntimeError):
    """A study has no trial with an outcome yet."""


class Waiting(RuntimeError):
    """A strategy has nothing to propose now: it awaits results, or has tried everything."""


class Study:
    """A search: asks a strategy for candidates, evaluates them, tells it the outcomes, and keeps the log.

    Without a strategy `Auto()` chooses one, and `study.strategy.reason` says which and why; name `Auto(trials=...,
    workers=...)` where these are known. With `store` (a file path or a database address) every told trial is kept, and
    a study of the same `name` goes on exactly where it stopped. Raises `StudyMismatch` when the stored study has
    another space, strategy, seed, problem or objectives.

    >>> from inlay.spaces import Integer
    >>> from inlay.search import RandomSearch
    >>> study = Study(Problem("square", Integer(-9, 9), lambda x: x * x), RandomSearch(), seed=0)
    >>> study.run(trials=100, progress=False).best.loss
    0.0
    """

    #: How many candidates at most are evaluated together by `evaluate_many`; at first 4, then a quarter of those told.
    batch = 256

    def __init__(
        self,
        problem: Problem,
        strategy: Strategy | None = None,
        *,
        seed: int | None = None,
        store: str | os.PathLike[str] | Store | None = None,
        name: str = "",
        details: str = "{}",
    ) -> None:
        if not isinstance(problem, Problem) or not isinstance(strategy, Strategy | None):
            raise TypeError(f"Study(problem, strategy) takes a Problem and a Strategy, not {problem!r}, {strategy!r}")
        self.problem, self.space = problem, problem.members
        self.name = name or problem.name
        opened = None if store is None else opened_store(store)
        stored = None if opened is None else opened.header(self.name)
        strategy = _default_strategy(stored) if strategy is None else strategy
        self.configured = describe_strategy(strategy)
        self.strategy = copy.deepcopy(strategy)
        self.log: StudyLog | None = None
        self._trials: list[Trial] = []
        self._pending: dict[int, Trial] = {}
        self._returned: deque[Trial] = deque()
        self._queued: deque[Any] = deque()
        self._known: dict[Any, Trial] = {}
        self._numbers = self._tells = 0
        self._asks: list[list[int]] = []  # since the last tell: the number of the first trial, and how many were wanted
        self._best: Trial | None = None
        self._repetitions = Repetitions() if problem.noisy and len(problem.objectives) == 1 else None
        self._front: tuple[int, list[Trial]] = (-1, [])
        self.notes: list[tuple[int, str]] = []  # after which tell, and what: the strategy changed its space
        self.stop_reason = ""
        self.stopping = False
        self.seed = _fresh_seed(stored.seed if seed is None and stored is not None else seed)
        self.strategy.start(self.space, random.Random(self.seed), problem.asked())
        self._strategy_space: Any = getattr(self.strategy, "space", None)
        self._replaying = False
        if opened is not None:  # only now: a strategy that refuses the space leaves no study behind
            self._resume(opened, details)

    # -- results -----------------------------------------------------------------------------------------------------

    @property
    def trials(self) -> Sequence[Trial]:
        """The told trials in the order of their numbers."""
        return self._trials

    @property
    def best(self) -> Trial:
        """The trial with the least loss among those with the least violation; raises `NoSuccess` when none succeeded.

        On a noisy problem the candidate with the least mean over its repetitions, by its first trial: `best_mean` has
        the mean. Raises `ValueError` when there are several objectives, which have no single best: see `pareto`.
        """
        if len(self.problem.objectives) > 1:
            raise ValueError(f"study {self.name!r} has several objectives and no single best: read .pareto")
        if self._best is None:
            failed = [trial for trial in self._trials if trial.state == "failed"]
            why = f"all {len(failed)} failed, the first with: {failed[0].error}" if failed else "none was told yet"
            raise NoSuccess(f"study {self.name!r} has no successful trial: {why}")
        return self._best

    @property
    def best_mean(self) -> BestByMean:
        """The best candidate of a noisy problem, with the mean and standard error of its losses; raises as `best`."""
        if self._repetitions is None:
            raise ValueError(f"study {self.name!r} is not noisy: its best trial is .best")
        _ = self.best  # which raises where nothing succeeded
        found = self._repetitions.best
        assert found is not None
        return found

    @property
    def pareto(self) -> list[Trial]:
        """The non-dominated trials, in the order of their numbers."""
        if self._front[0] != len(self._trials):
            done = [trial for trial in self._trials if trial.state == "done" and self.is_full(trial)]
            self._front = len(self._trials), pareto_front(done)
        return self._front[1]

    def frame(self) -> Any:
        """The trials as a pandas data frame, one column for every objective and every plain part of the programs."""
        from .tables import trial_frame

        return trial_frame(self)

    def plot(self, axes: Any = None) -> Any:
        """Draw the best objective so far over the trials (or the Pareto front) with matplotlib; returns the axes."""
        from .plots import plot_study

        return plot_study(self, axes)

    def __repr__(self) -> str:
        if len(self.problem.objectives) > 1:
            found = f"{len(self.pareto)} on the front"
        else:
            found = f"best {next(iter(self._best.objectives.values())):.6g}" if self._best else "no success yet"
        return f"Study({self.name!r}, {len(self._trials)} trials, {found})"

    # -- running -----------------------------------------------------------------------------------------------------

    def run(
        self,
        trials: int | None = None,
        *,
        seconds: float | None = None,
        cost: float | None = None,
        target: float | None = None,
        workers: int | Executor | None = None,
        timeout: float | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
        log: str | int = "debug",
    ) -> Study:
        """Search until a budget is spent: `trials` more, `seconds`, `cost`, or an objective as good as `target`.

        `workers=n` evaluates in n processes of its own; any `concurrent.futures.Executor` may be given instead.
        `timeout` is the seconds a trial may take; it needs processes and starts one where no workers are given.
        `callbacks` are called with the study and each told trial, and may call `study.stop()`. `progress=None` shows a
        bar in terminals and notebooks only. Every told trial is logged at level `log`. Returns the study;
        `study.stop_reason` says why it stopped: trials, seconds, cost, target, exhausted or stopped.
        """
        from .progress import progress_bar

        budget = Budget(trials, seconds, cost, self._target_loss(target))
        level = _log_level(log)
        self.stopping = False
        self.stop_reason = ""
        with progress_bar(self, trials, seconds, progress) as advance:
            run = Run(self, budget, self._after(callbacks, level, advance))
            try:
                self.stop_reason = self._run(run, workers, timeout)
            except KeyboardInterrupt:
                self.stop_reason = "interrupted"
                raise
            finally:
                run.give_back()
        logger.info("%s: stopped after %d trials: %s", self.name, len(self._trials), self.stop_reason)
        return self

    def _run(self, run: Run, workers: int | Executor | None, timeout: float | None) -> str:
        if workers is None and timeout is None:
            return run.here()
        if isinstance(workers, Executor):
            if timeout is not None:
                raise ValueError("timeout= needs workers that can be stopped: give workers=n instead of an executor")
            return run.on(workers, worker_count(workers))
        from .workers import ProcessPool

        count = worker_count(workers)
        pool = ProcessPool(count, timeout=timeout)
        try:
            return run.on(pool, count)
        finally:
            pool.kill()

    def _after(
        self, callbacks: Sequence[Callback], level: int, advance: Callable[[], None] | None
    ) -> Callable[[Trial], None] | None:
        """What happens after every told trial, or None where nothing does."""
        logged = logger.isEnabledFor(level)
        if not (logged or callbacks or advance):
            return None

        def after(trial: Trial) -> None:
            if logged:
                logger.log(level, "%s: %r", self.name, trial)
            for callback in callbacks:
                callback(self, trial)
            if advance is not None:
                advance()

        return after

    def stop(self) -> None:
        """End the current run after the trial being told; for callbacks and objectives."""
        self.stopping = True

    def _target_loss(self, target: float | None) -> float | None:
        if target is None:
            return None
        if len(self.problem.objectives) > 1:
            raise ValueError("target= needs a single objective")
        return self.problem.signs[0] * target

    # -- by hand -----------------------------------------------------------------------------------------------------

    def ask(self, n: int | None = None) -> Any:
        """The next trial, or a list of at most `n`; raises `Waiting` where one is wanted and there is none now."""
        if n is not None:
            return self.next_trials(n)
        trials = self.next_trials(1)
        if not trials:
            raise Waiting(
                f"study {self.name!r}: {type(self.strategy).__name__} has nothing to propose now: it awaits "
                f"{len(self._pending)} results, or has tried everything"
            )
        return trials[0]

    def tell(self, trial: Any, outcome: Any = None, /, **objectives: Any) -> Trial:
        """Tell the outcome of a trial that was asked for, or of any member of the space; returns the trial.

        Raises `OutsideSpace` for a value that is no member, `OutcomeError` for other objectives than declared,
        `ValueError` for a trial that was told already.
        """
        if isinstance(trial, Trial) and self._pending.get(trial.number) is not trial:
            raise ValueError(f"trial {trial.number} is not pending in study {self.name!r}: it was told already, or is "
                             "of another study")  # fmt: skip
        member = None if isinstance(trial, Trial) else self.space.adopt(trial)
        checked = self.problem.outcome(self._named(objectives) if outcome is None else outcome)
        told = trial if isinstance(trial, Trial) else self._foreign(member)
        self.settle(told, checked, 0.0)
        self.tell_settled([told])
        return told

    def _named(self, given: dict[str, Any]) -> Outcome:
        """An outcome from names: a declared objective may be called `cost` or `error` too."""
        extra = {name: given.pop(name) for name in OUTCOME_FIELDS if name in given.keys() - self.problem.objectives}
        return Outcome(given, **extra)

    def _foreign(self, member: Any) -> Trial:
        trial = Trial(self._next_number(), member, fidelity=self.problem.fidelity(None))
        trial.foreign = True
        trial.key = self.space.key(member)
        return trial

    def enqueue(self, *values: Any) -> None:
        """Members to evaluate before the strategy is asked; those with a known outcome are left out.

        So a script that queues the same members each time it resumes a study goes on where it stopped. Raises
        `OutsideSpace` for a value that is no member; then none is queued.
        """
        members = [self.space.adopt(value) for value in values]
        self._queued.extend(member for member in members if not self._is_known(self.space.key(member)))

    def _is_known(self, key: Any) -> bool:
        """Whether the outcome of a candidate is known and counts for every equal one."""
        return key in self._known and not self.problem.noisy

    def propose(self, n: int) -> Iterator[Trial]:
        """Up to `n` trials, one at a time, for a loop that calls `trial.report(...)` on each.

        A trial whose `reused` is set equals an earlier one; where the loop passes over it, it takes over that outcome.
        Any other trial that the loop passes over has failed.
        """
        for _ in range(n):
            trials = self.next_trials(1)
            if not trials:
                self.stop_reason = "exhausted"
                return
            yield from self._offered(trials[0])
        self.stop_reason = "trials"

    def _offered(self, trial: Trial) -> Iterator[Trial]:
        """Hand out one trial, settle it when the loop passes over it, and keep it for later when the loop ends."""
        trial.report_to = self._reported
        known = self.reuse(trial)
        try:
            yield trial
        except GeneratorExit:
            if trial.number in self._pending:
                self.put_back([trial])
            raise
        if trial.number in self._pending and known:
            self.settle_reused(trial)
            self.tell_settled([trial])
        elif trial.number in self._pending:
            trial.report(Outcome(error="the loop went on without a report"))

    def _reported(self, trial: Trial, outcome: Any, objectives: dict[str, Any]) -> None:
        trial.reused = None
        self.tell(trial, outcome, **objectives)
        trial.report_to = None

    # -- what runs and replays use -----------------------------------------------------------------------------------

    def candidate(self, trial: Trial) -> Candidate:
        """What is evaluated for a trial: its program, fidelity, and the seed of its noise, the same in every run."""
        seed = random.Random(f"{self.seed} {trial.number}").getrandbits(63) if self.problem.seeded else 0
        return Candidate(trial.program, trial.fidelity, seed)

    def next_trials(self, n: int) -> list[Trial]:
        """At most `n` trials: those left over from a run that was stopped, else queued members, then proposals.

        Leftovers come alone: they were asked for before, so nothing may be asked until they are told.
        """
        trials: list[Trial] = []
        while self._returned and len(trials) < n:
            trial = self._returned.popleft()
            if self._pending.get(trial.number) is trial:
                trials.append(trial)
        if trials:
            return trials
        while self._queued and len(trials) < n:
            trial = self._foreign(self._queued.popleft())
            self._pending[trial.number] = trial
            trials.append(trial)
        if len(trials) < n:
            trials += self._ask(n - len(trials))
        return trials

    def _ask(self, n: int) -> list[Trial]:
        proposals = self.strategy.ask(n)
        if not proposals:
            return []
        self._asks.append([self._numbers, n])
        return [self._pend(proposal) for proposal in proposals]

    def _pend(self, proposal: Any) -> Trial:
        number = self._numbers
        self._numbers = number + 1
        trial = Trial(number, proposal.value, proposal.origin, self.problem.fidelity(proposal.fidelity))
        key = self._searched.key(proposal.value)
        trial.key = key if self.is_full(trial) else (key, trial.fidelity)
        self._pending[number] = trial
        return trial

    @property
    def _searched(self) -> Space:
        """The space that the strategy searches now: that of the problem, unless the strategy has edited it."""
        edited = getattr(self.strategy, "space", None)
        return self.space if edited is None else edited

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers - 1

    def put_back(self, trials: Sequence[Trial]) -> None:
        """Trials that a run did not finish; the next run begins with them."""
        self._returned.extend(trial for trial in trials if self._pending.get(trial.number) is trial)

    def reuse(self, trial: Trial) -> bool:
        """Whether an equal trial has an outcome already, which then is this trial's too."""
        twin = None if self.problem.noisy else self._known.get(trial.key)
        if twin is not None:
            trial.reused = twin.number
        return twin is not None

    def settle(self, trial: Trial, outcome: Outcome, seconds: float) -> None:
        """Write an outcome into a trial."""
        trial.seconds, trial.cost = seconds, outcome.cost
        trial.feedback, trial.error = outcome.feedback, outcome.error
        if outcome.error:
            trial.state, trial.objectives, trial.losses, trial.violations = "failed", {}, (), ()
            return
        trial.state, trial.objectives, trial.violations = "done", outcome.objectives, outcome.violations
        trial.losses = self.problem.losses(outcome.objectives)

    def settle_reused(self, trial: Trial) -> None:
        """Write the outcome of the equal trial into this one."""
        twin = self._known[trial.key]
        trial.state, trial.objectives, trial.losses = twin.state, twin.objectives, twin.losses
        trial.violations, trial.cost, trial.feedback = twin.violations, twin.cost, twin.feedback

    def tell_settled(self, trials: Sequence[Trial]) -> None:
        """Log the trials, then tell the strategy: what cannot be logged is not told, and stays pending."""
        if len(trials) > 1:  # the order in which the log gives them back
            trials = sorted(trials, key=lambda trial: trial.number)
        now, told = time.time(), self._tells
        for trial in trials:
            trial.told, trial.finished = told, now
        if self.log is not None:
            asks = repr(self._asks) if self._asks else ""
            self.log.append([record_of(trial, "" if i else asks) for i, trial in enumerate(trials)])
        self._enter(trials)

    def _enter(self, trials: Sequence[Trial]) -> None:
        """Take told trials into the study's memory and tell the strategy."""
        self._tells += 1
        self._asks = []
        for trial in trials:
            self._pending.pop(trial.number, None)
            if self._trials and trial.number < self._trials[-1].number:
                insort(self._trials, trial, key=lambda known: known.number)
            else:
                self._trials.append(trial)
            if trial.state == "done":
                self._known.setdefault(trial.key, trial)
                if self.is_full(trial):
                    self._rank(trial)
        self.strategy.tell(trials)
        if getattr(self.strategy, "space", None) is not self._strategy_space:
            self._note_space()

    def _rank(self, trial: Trial) -> None:
        """Compare a success with the best so far: by itself, or by the mean over equal candidates where it is noisy."""
        if self._repetitions is not None:
            self._repetitions.learn(trial)
            found = self._repetitions.best
            self._best = self._best if found is None else found.trial
        elif self._best is None or better(trial, self._best):
            self._best = trial

    def is_full(self, trial: Trial) -> bool:
        """Whether a trial was evaluated at full fidelity."""
        return trial.fidelity is None or trial.fidelity == self.problem.fidelities[-1]

    def _note_space(self) -> None:
        """Record that the strategy has changed its space."""
        self._strategy_space = self.strategy.space
        text = f"the strategy changed its space to\n{self._strategy_space.describe()}"
        self.notes.append((self._tells - 1, text))
        logger.info("%s: after %d trials %s", self.name, len(self._trials), text)
        if self.log is not None and not self._replaying:
            self.log.note(*self.notes[-1])

    # -- the log -----------------------------------------------------------------------------------------------------

    def _resume(self, store: Store, details: str) -> None:
        """Create or reopen the stored study, and bring the strategy to where the log ends."""
        objectives = tuple(self.problem.objectives.items())
        space = f"{self.space.describe()}\nfingerprint {self.space.fingerprint()}"  # for what the picture cuts short
        header = Header(self.name, self.problem.name, space, self.configured, self.seed, objectives, details)
        self.log = store.study(header)
        self._replaying = True
        replay(self, self.log.records())
        self._replaying = False
        self._returned.extend(sorted(self._pending.values(), key=lambda trial: trial.number))

    def ask_again(self, first: int, wanted: int) -> None:
        """Repeat a logged ask."""
        self._numbers = first
        self._ask(wanted)

    def take_pending(self, number: int) -> Trial:
        """The trial of that number, asked for again during a replay."""
        trial = self._pending.get(number)
        if trial is None:
            raise ReplayError(
                f"study {self.name!r} cannot be resumed: trial {number} is stored, but the strategy does not propose "
                "it any more; the space's or strategy's code has changed since: use another name"
            )
        return trial

    def tell_again(self, trials: Sequence[Trial]) -> None:
        """Repeat a logged tell."""
        for trial in trials:
            if trial.key is None:
                trial.key = self.space.key(trial.program)
            self._numbers = max(self._numbers, trial.number + 1)
        self._enter(trials)


def _log_level(level: str | int) -> int:
    """The number of a logging level; raises `ValueError` naming the levels there are."""
    levels = logging.getLevelNamesMapping()
    if isinstance(level, str) and level.upper() not in levels:
        raise ValueError(f"log={level!r}: the levels are {', '.join(map(str.lower, levels))}, or a number")
    return levels[level.upper()] if isinstance(level, str) else level


def _default_strategy(stored: Header | None) -> Strategy:
    from .auto import auto_for

    return auto_for(stored)


def opened_store(store: str | os.PathLike[str] | Store) -> Store:
    """The store at an address, or the given one."""
    from .store import Store

    return store if isinstance(store, Store) else Store(store)


def _fresh_seed(seed: int | None) -> int:
    """The seed, or a new one from the operating system; raises `TypeError` for anything but an integer."""
    if seed is not None and (isinstance(seed, bool) or not hasattr(seed, "__index__")):
        raise TypeError(f"seed={seed!r}: a seed is an integer, or None for a new one")
    return random.SystemRandom().getrandbits(31) if seed is None else int(seed)
