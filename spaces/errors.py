"""What can go wrong with programs and spaces, each error with its place, its reason and its remedy."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from .paths import format_path


class SpaceError(ValueError):
    """A space or a hole was described in a way that cannot work."""


class PathError(KeyError):
    """A path leads nowhere in a program."""

    def __str__(self) -> str:
        return str(self.args[0])


class OutsideSpace(ValueError):
    """A value is not a member of a space; `path` says where it departs, `why` says how."""

    def __init__(self, value: Any, why: str, path: tuple[Hashable, ...] = ()) -> None:
        super().__init__(value, why, path)
        self.value, self.why, self.path = value, why, path

    def inside(self, step: Hashable) -> OutsideSpace:
        """The same complaint, seen from one level further out."""
        self.path = (step, *self.path)
        return self

    def __str__(self) -> str:
        place = f"at {format_path(self.path)}: " if self.path else ""
        shown = repr(self.value)
        shown = shown if len(shown) <= 200 else shown[:197] + "..."
        return f"{place}{shown} is outside the space: {self.why}"

    def __reduce__(self) -> tuple[Any, ...]:
        return OutsideSpace, (self.value, self.why, self.path)


class NoOtherMember(ValueError):
    """A space has no second member, or none was found, so nothing can be varied."""


class Unsatisfied(ValueError):
    """A constraint refused every attempt to satisfy it."""


class InfiniteSpace(ValueError):
    """A space that holds a continuous hole cannot be listed."""


class Undecided(Exception):
    """The decisions ran out: the hole that asked stays open."""
