"""The latest candidates, so that equal ones need not be tried again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

from ..spaces import Mask, Space
from ..spaces.abstract import exact_key
from ..spaces.values import PLAIN
from .crossover import is_flat_choices


class Recent:
    """Remembers the latest `size` distinct candidates of a space, by the identity of their canonical form.

    >>> from inlay.spaces import Integer
    >>> recent = Recent(Integer(1, 3), size=2)
    >>> [recent.add(value) for value in (1, 1, 2, 3, 1)]
    [True, False, True, True, True]
    """

    def __init__(self, space: Space, size: int = 1000) -> None:
        self.size, self.key_of = size, fast_key(space)
        self.known: set[Hashable] = set()
        self.order: deque[Hashable] = deque()

    def add(self, value: Any) -> bool:
        """Remember a candidate; False for one that is known."""
        key = self.key_of(value)
        if key in self.known:
            return False
        self.known.add(key)
        self.order.append(key)
        if len(self.order) > self.size:
            self.known.discard(self.order.popleft())
        return True


def fast_key(space: Space) -> Callable[[Any], Hashable]:
    """What tells the members of a space apart: the shortest way that does."""
    if isinstance(space, Mask):
        return lambda value: value.tobytes()
    if is_flat_choices(space) and all(_plainly_different(hole) for _, hole in space.plan):  # type: ignore[attr-defined]
        return lambda value: value.args
    return exact_key


def _plainly_different(hole: Any) -> bool:
    """Whether the options of a choice differ for Python, to which 1, 1.0 and True are one."""
    return all(option.__class__ in PLAIN for option in hole.options) and len(set(hole.options)) == hole.n
