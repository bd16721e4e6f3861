"""Spaces put together at random from all holes, to find what no table thinks of."""

from __future__ import annotations

from random import Random
from typing import Any

from space_table import Conv, add

from inlay.spaces import Choice, Dependent, Integer, Mask, Permutation, Real, Repeat, Shared, Space, Subset, space


def small_sum(value: Any) -> bool:
    """A constraint on any value: its text is not of a length that three divides."""
    return len(str(value)) % 3 != 0


def choices_below(value: Any) -> Any:
    """A space that depends on any value."""
    n = len(str(value)) % 4
    return ["end", Integer(0, n), Choice("u", Conv(Integer(1, n + 1)), [Choice(1, 2)]), Repeat(Choice(1, 2), 0, n)][n]


class Maker:
    """Makes one space; shared holes are made once, first, and used again below."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.common: list[Shared] = []
        for _ in range(self.rng.choice([0, 0, 1, 2])):
            self.common.append(Shared(self.part(2)))

    def space(self) -> Space:
        """The shared holes, each once, and a few other parts."""
        made = space([*self.common, *(self.part(3) for _ in range(self.rng.randint(1, 3)))])
        return made.where(small_sum, attempts=50) if self.rng.random() < 0.2 else made

    def part(self, depth: int) -> Any:
        """One hole, program or plain value."""
        kinds = ["leaf", "leaf", "choice", "repeat", "program", "where", "shared", "dependent", "plain"]
        kind = self.rng.choice(kinds) if depth else "leaf"
        return getattr(self, kind)(depth - 1)

    def leaf(self, depth: int) -> Any:
        rng = self.rng
        low = rng.randint(0, 3)
        return rng.choice(
            [
                lambda: Choice("a", "b", low),
                lambda: Choice("a", 5, weights=[1, 2]),
                lambda: Integer(low, low + rng.randint(0, 4)),
                lambda: Integer(low + 1, low + 3, log=True),
                lambda: Integer(low, low + 7, step=3),
                lambda: Real(0, low, step=0.5),
                lambda: Real(low, low + rng.randint(0, 1)),
                lambda: Real(low + 1, low + 9, log=True),
                lambda: Subset([1, "b", (2, 3)], rng.randint(0, 1), rng.randint(1, 3)),
                lambda: Permutation(["a", 1, None][: low or 1]),
                lambda: Mask(low + 1),
                lambda: Mask((2, 2), ones=low),
            ]
        )()

    def plain(self, depth: int) -> Any:
        return self.rng.choice(["a", 1, (), Conv(1), [1, 2], {"k": 1}])

    def choice(self, depth: int) -> Any:
        n = self.rng.randint(1, 3)
        options = [space([self.part(depth), i]) if self.rng.random() < 0.5 else self.part(depth) for i in range(n)]
        options = [o for o in options if isinstance(o, Space)] or [Conv(2)]
        return Choice(*dict.fromkeys(options))

    def repeat(self, depth: int) -> Any:
        low = self.rng.randint(0, 2)
        return Repeat(self.part(depth), low, low + self.rng.randint(0, 1))

    def program(self, depth: int) -> Any:
        forms = [
            lambda: add(self.part(depth), self.part(depth)),
            lambda: Conv(self.part(depth)),
            lambda: {"x": self.part(depth), 1: self.part(depth)},
            lambda: (self.part(depth), "end"),
        ]
        return space(self.rng.choice(forms)())

    def where(self, depth: int) -> Any:
        return space([self.part(depth), Choice("p", "qq", "rrr", "ssss")]).where(small_sum, attempts=50)

    def shared(self, depth: int) -> Any:
        return self.rng.choice(self.common) if self.common else self.leaf(depth)

    def dependent(self, depth: int) -> Any:
        return Dependent(choices_below, self.rng.choice(self.common)) if self.common else self.leaf(depth)
