"""Grades: outcomes on one scale, for strategies that calculate with losses instead of comparing trials."""

from __future__ import annotations

import math

from .trials import Trial

VIOLATED, FAILED = 1.0, 2.0


class Grades:
    """Brings losses to [0, 1], from the best to the worst feasible one so far.

    A trial that violates a constraint by v is graded 1 + v / (1 + v), one that failed 2: so no temptation beyond a
    constraint is ever better than a feasible trial, and every grade is finite.

    >>> grades = Grades()
    >>> for number, loss in enumerate([4.0, 2.0, 3.0]):
    ...     trial = Trial(number, None)
    ...     trial.state, trial.losses = "done", (loss,)
    ...     grades.learn(trial)
    >>> grades.grade(trial)
    0.5
    """

    def __init__(self) -> None:
        self.low, self.high = math.inf, -math.inf

    def learn(self, trial: Trial) -> None:
        """Widen the scale by a trial; one that is no feasible success widens nothing."""
        if trial.state == "done" and trial.violation == 0.0 and math.isfinite(loss := trial.losses[0]):
            self.low, self.high = min(self.low, loss), max(self.high, loss)

    def grade(self, trial: Trial) -> float:
        """The grade of a trial on the scale as it is now; its first loss counts."""
        if trial.state != "done":
            return FAILED
        if violation := trial.violation:
            return VIOLATED + (violation / (1 + violation) if violation < math.inf else 1.0)
        return self.scaled(trial.losses[0])

    def scaled(self, loss: float) -> float:
        """A feasible loss on the scale as it is now, 0 where all are alike."""
        width = self.high - self.low
        return min(1.0, max(0.0, (loss - self.low) / width)) if width > 0 else 0.0
