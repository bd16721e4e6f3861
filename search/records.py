"""What a store keeps of a study: the header that identifies it, and a record for every told trial."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """What identifies a study: reopened under its name, it must agree in all but `details`.

    Raises: ValueError if the name is empty or longer than 255 characters.
    """

    name: str
    problem: str
    space: str  # a description, of many lines perhaps: the same text for the same space
    strategy: str
    seed: int
    objectives: tuple[tuple[str, str], ...]  # pairs of a name and "minimize" or "maximize"
    details: str = "{}"  # JSON for whoever rebuilds the problem and the strategy; not compared

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= 255:
            raise ValueError(f"a study's name has 1 to 255 characters, not {len(self.name)}; rename {self.name!r}.")


@dataclass(slots=True)  # not frozen: that would treble the cost of making one, and one is made for every trial
class Record:
    """One told trial: written once, never changed. Numbers are finite or infinite, never NaN."""

    number: int
    program: str  # readable JSON
    state: str  # "done" or "failed"
    objectives: str  # JSON object from names to numbers as they were reported; "{}" when the trial failed
    told: int  # which tell told it
    asks: str  # JSON: the asks since the tell before, each the number of its first trial and how many it wanted
    foreign: bool  # whether it came from elsewhere than the strategy
    seconds: float
    cost: float
    finished: float  # seconds since 1970
    violations: str = "[]"  # JSON
    feedback: str = "null"  # JSON
    origin: str = "null"  # JSON
    error: str = ""
    fidelity: float | None = None
    reused: int | None = None  # the number of the trial whose outcome this one took over
