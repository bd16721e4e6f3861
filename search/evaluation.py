"""Evaluating candidates, here or in a worker process."""

from __future__ import annotations

import io
import pickle
import time
import traceback
from collections.abc import Sequence
from typing import Any, NamedTuple

import cloudpickle

from ..spaces import Space, build
from ..spaces.programs import Program
from .problem import Problem
from .trials import Outcome, OutcomeError

#: A candidate with the fidelity at which it is wanted.
Candidate = tuple[Any, float | None]


class Evaluated(NamedTuple):
    """An outcome with the seconds it took; `breach` says that the objective broke its contract with the problem."""

    outcome: Outcome
    seconds: float
    breach: str = ""


def evaluate(problem: Problem, program: Any, fidelity: float | None = None) -> Evaluated:
    """Build one candidate and call the objective; an exception becomes a failed outcome."""
    start = time.perf_counter()
    assert problem.evaluate is not None
    try:
        value = build(program)
        result = problem.evaluate(value, fidelity) if problem.fidelities else problem.evaluate(value)
        outcome = problem.outcome(result)
    except OutcomeError as error:
        return Evaluated(Outcome(error=str(error)), time.perf_counter() - start, str(error))
    except Exception as error:
        return Evaluated(Outcome(error=described(error)), time.perf_counter() - start)
    return Evaluated(outcome, time.perf_counter() - start)


def evaluate_together(problem: Problem, candidates: Sequence[Candidate]) -> list[Evaluated]:
    """Evaluate several candidates: at once where the problem can, else one by one."""
    if problem.evaluate_many is None:
        return [evaluate(problem, program, fidelity) for program, fidelity in candidates]
    start = time.perf_counter()
    try:
        values = [build(program) for program, _ in candidates]
        extra = ([fidelity for _, fidelity in candidates],) if problem.fidelities else ()
        results = problem.evaluate_many(values, *extra)
        if len(results) != len(values):
            raise OutcomeError(
                f"problem {problem.name!r}: evaluate_many was given {len(values)} values and returned {len(results)}"
            )
        outcomes = [problem.outcome(result) for result in results]
    except OutcomeError as error:
        return [Evaluated(Outcome(error=str(error)), 0.0, str(error)) for _ in candidates]
    except Exception as error:
        return [Evaluated(Outcome(error=described(error)), 0.0) for _ in candidates]
    share = (time.perf_counter() - start) / len(candidates)
    return [Evaluated(outcome, share) for outcome in outcomes]


def described(error: BaseException) -> str:
    """An exception as one text: what it says, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename})" if frames else ""
    notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
    return f"{type(error).__name__}: {error}{notes}{place}"


class Evaluator:
    """Evaluates batches of candidates wherever it is called; made once for a run and shipped once to each worker.

    Candidates travel as bytes in which heads and other foreign objects of the space are only named, so that a class
    defined in a notebook is the same object for every candidate and for the objective.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.known = _known_objects(problem.members)
        self.index = {id(item): i for i, item in enumerate(self.known)}

    def pack(self, candidates: Sequence[Candidate]) -> bytes:
        """The candidates as bytes."""
        out = io.BytesIO()
        _Packer(out, self.index).dump(list(candidates))
        return out.getvalue()

    def __call__(self, packed: bytes) -> list[Evaluated]:
        return evaluate_together(self.problem, _Unpacker(io.BytesIO(packed), self.known).load())

    def __reduce__(self) -> tuple[Any, ...]:
        return _load_evaluator, (cloudpickle.dumps(self.problem),)


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
