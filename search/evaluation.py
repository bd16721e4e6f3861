"""Evaluating candidates, here or in a worker process."""

from __future__ import annotations

import io
import pickle
import time
import traceback
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import cloudpickle

from ..spaces import Space, build
from ..spaces.programs import Program, shorten
from .problem import Problem
from .trials import Outcome, OutcomeError


class Candidate(NamedTuple):
    """A candidate, the fidelity at which it is wanted, and the seed of its noise where the problem is seeded."""

    program: Any
    fidelity: float | None = None
    seed: int = 0


class Evaluated(NamedTuple):
    """An outcome with the seconds it took; `breach` says that the objective broke its contract with the problem."""

    outcome: Outcome
    seconds: float
    breach: str = ""


def evaluate(problem: Problem, program: Any, fidelity: float | None = None, seed: int = 0) -> Evaluated:
    """Build one candidate and call the objective; an exception becomes a failed outcome."""
    start = time.perf_counter()
    assert problem.evaluate is not None
    try:
        value = build(program)
        if problem.fidelities or problem.seeded:
            result = problem.evaluate(value, *problem.fidelity_argument(fidelity), **problem.seed_argument(seed))
        else:
            result = problem.evaluate(value)
        outcome = problem.outcome(result)
    except OutcomeError as error:
        return Evaluated(Outcome(error=str(error)), time.perf_counter() - start, str(error))
    except Exception as error:
        return Evaluated(Outcome(error=described(error)), time.perf_counter() - start)
    return Evaluated(outcome, time.perf_counter() - start)


def evaluate_together(problem: Problem, candidates: Sequence[Candidate]) -> list[Evaluated]:
    """Evaluate several candidates: at once where the problem can, else one by one.

    Where evaluating them at once raises, each is tried alone, so that only the guilty ones fail.
    """
    if problem.evaluate_many is None:
        return [evaluate(problem, *each) for each in candidates]
    start = time.perf_counter()
    try:
        outcomes = _outcomes(problem, candidates)
    except OutcomeError as error:
        share = (time.perf_counter() - start) / len(candidates)
        return [Evaluated(Outcome(error=str(error)), share, str(error)) for _ in candidates]
    except Exception as error:
        if len(candidates) > 1:
            return [result for each in candidates for result in evaluate_together(problem, [each])]
        outcomes = [Outcome(error=described(error))]
    share = (time.perf_counter() - start) / len(candidates)
    return [Evaluated(outcome, share) for outcome in outcomes]


def _outcomes(problem: Problem, candidates: Sequence[Candidate]) -> list[Outcome]:
    """What `evaluate_many` makes of the candidates; raises whatever it raises, `OutcomeError` for another number."""
    assert problem.evaluate_many is not None
    values = [build(each.program) for each in candidates]
    fidelities = [[problem.fidelity(each.fidelity) for each in candidates]] if problem.fidelities else []
    seeds = problem.seed_argument([each.seed for each in candidates])
    results = problem.evaluate_many(values, *fidelities, **seeds)
    if not hasattr(results, "__len__") or len(results) != len(candidates):
        raise OutcomeError(
            f"problem {problem.name!r}: evaluate_many was given {len(candidates)} values and must return as many "
            f"results in a list, not {shorten(repr(results))}"
        )
    return [problem.outcome(result) for result in results]


def described(error: BaseException) -> str:
    """An exception as one text: what it says, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename})" if frames else ""
    notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
    text = f"{type(error).__name__}: {error}{notes}{place}"
    return text.encode("utf-8", "backslashreplace").decode()  # what no database stores is written out


class Evaluator:
    """Evaluates batches of candidates wherever it is called; made once for a run and shipped once to each worker.

    Candidates travel as bytes in which heads and other foreign objects of the space are only named, so that a class
    defined in a notebook is the same object for every candidate and for the objective.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.known = _known_objects(problem.members)
        self.index = {id(item): i for i, item in enumerate(self.known)}
        self._shipped = b""

    def ship(self) -> bytes:
        """The problem as bytes for other processes; raises `TypeError` where it cannot be sent."""
        if not self._shipped:
            try:
                self._shipped = cloudpickle.dumps(self.problem)
            except Exception as error:
                raise TypeError(
                    f"problem {self.problem.name!r} cannot be sent to worker processes: {error}; let the objective "
                    "open files, locks and connections itself, or run without workers"
                ) from error
        return self._shipped

    def pack(self, candidates: Sequence[Candidate]) -> bytes:
        """The candidates as bytes."""
        out = io.BytesIO()
        _Packer(out, self.index).dump(list(candidates))
        return out.getvalue()

    def __call__(self, packed: bytes) -> list[Evaluated]:
        return evaluate_together(self.problem, _Unpacker(io.BytesIO(packed), self.known).load())

    def __reduce__(self) -> tuple[Any, ...]:
        return _load_evaluator, (self.ship(),)


@lru_cache(maxsize=4)
def _load_evaluator(data: bytes) -> Evaluator:
    return Evaluator(cloudpickle.loads(data))


class _Packer(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(self, out: io.BytesIO, index: dict[int, int]) -> None:
        super().__init__(out, protocol=5)
        self.index = index

    def persistent_id(self, item: Any) -> int | None:
        return self.index.get(id(item))


class _Unpacker(pickle.Unpickler):
    def __init__(self, data: io.BytesIO, known: list[Any]) -> None:
        super().__init__(data)
        self.known = known

    def persistent_load(self, index: int) -> Any:
        return self.known[index]


def _known_objects(space: Space) -> list[Any]:
    """The heads and foreign constants of a space, in a fixed order."""
    found: dict[int, Any] = {}
    stack: list[Any] = [space]
    while stack:
        item = stack.pop()
        if isinstance(item, Space):
            if item.__class__ is Program:
                found.setdefault(id(item.head), item.head)
            stack.extend(part for _, part in item.children())
            stack.extend(getattr(item, "on", ()))
        elif callable(item):
            found.setdefault(id(item), item)
    return list(found.values())
