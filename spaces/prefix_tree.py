"""A prefix-closed tree: a set of paths of ranks in which every node has its parent, an immutable value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from .errors import SpaceError
from .values import VALUE_WRITERS, value_class

#: A node: the ranks on the way from the root, which is no node itself. In the order of paths parents come first.
Path = tuple[int, ...]


@value_class
class PrefixTree:
    """A tree of nodes, each a path of ranks from the root, with the parent of every node; an immutable value.

    `paths` are given in any order, or as a text in which the children of a node stand in brackets after it. The root is
    not counted. Raises `SpaceError` for a path whose parent is missing, one that stands twice, and one that is none.

    >>> tree = PrefixTree([(0,), (1,), (0, 0), (0, 1)])
    >>> tree, tree.size, tree.depth, tree.per_level
    (PrefixTree('0(0 1) 1'), 4, 2, (2, 2))
    >>> print(tree.draw())
    root
    ├─ 0
    │  ├─ 0
    │  └─ 1
    └─ 1
    """

    __slots__ = ("_hash", "paths")

    def __init__(self, paths: Iterable[Sequence[int]] | str = ()) -> None:
        found = _read_paths(paths) if isinstance(paths, str) else [tuple(path) for path in paths]
        _check_paths(found)
        self.paths: tuple[Path, ...] = tuple(sorted(found))
        self._hash: int | None = None

    @property
    def size(self) -> int:
        """The number of nodes."""
        return len(self.paths)

    @property
    def depth(self) -> int:
        """The number of levels below the root."""
        return max(map(len, self.paths), default=0)

    @property
    def per_level(self) -> tuple[int, ...]:
        """The number of nodes on each level, from the one below the root."""
        levels = list(map(len, self.paths))
        return tuple([levels.count(level) for level in range(1, self.depth + 1)])

    def leaves(self) -> list[Path]:
        """The nodes without children."""
        inner = {path[:-1] for path in self.paths}
        return [path for path in self.paths if path not in inner]

    def parents(self) -> list[int]:
        """For each node the place of its parent in `paths`, and -1 below the root."""
        place = {path: i for i, path in enumerate(self.paths)}
        return [place.get(path[:-1], -1) for path in self.paths]

    def draw(self) -> str:
        """The tree as text, a line a node."""
        children: dict[Path, list[Path]] = {}
        for path in self.paths:
            children.setdefault(path[:-1], []).append(path)
        lines = ["root"]
        open_ = [(path, "") for path in reversed(children.get((), []))]
        while open_:
            path, indent = open_.pop()
            last = path == children[path[:-1]][-1]
            lines.append(f"{indent}{'└─' if last else '├─'} {path[-1]}")
            deeper = indent + ("   " if last else "│  ")
            open_.extend((child, deeper) for child in reversed(children.get(path, [])))
        return "\n".join(lines)

    def __contains__(self, path: object) -> bool:
        return path in self.paths

    def __iter__(self) -> Iterator[Path]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, PrefixTree) and self.paths == other.paths)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self.paths)  # of numbers only: alike in every process
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return PrefixTree, (self.paths,)

    def written(self) -> tuple[Brackets, str]:
        """The notation, and the tree in it: what JSON holds."""
        return BRACKETS, str(self)

    def __str__(self) -> str:
        words: list[str] = []
        for former, path in pairwise(((), *self.paths)):
            down = len(path) - len(former)
            words.append("(" if down > 0 and former else ")" * -down + (" " if former else ""))
            words.append(str(path[-1]))
        return "".join(words) + ")" * (len(self.paths[-1]) - 1 if self.paths else 0)

    def __repr__(self) -> str:
        return f"PrefixTree({str(self)!r})"


class Brackets:
    """The notation of trees, in which the children of a node stand in brackets after it."""

    def read_value(self, text: str) -> PrefixTree:
        """The tree that wrote itself as `text`; raises `SpaceError` where the text is none."""
        return PrefixTree(text)

    def __repr__(self) -> str:
        return "Brackets()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Brackets)

    def __hash__(self) -> int:
        return 1


BRACKETS = Brackets()
VALUE_WRITERS.add(Brackets)


def _read_paths(text: str) -> list[Path]:
    """The paths of a text in brackets."""
    found: list[Path] = []
    above: list[int] = []
    last: int | None = None
    for word in re.findall(r"\d+|\S", text):
        if word.isdecimal():
            last = int(word)
            found.append((*above, last))
        elif word == "(" and last is not None:
            above.append(last)
            last = None
        elif word == ")" and above and last is not None:
            last = above.pop()
        else:
            raise SpaceError(f"{text!r} is no tree: {word!r} must not stand there; write it as '0(0 1) 1'")
    if above:
        raise SpaceError(f"{text!r} is no tree: {len(above)} brackets are not closed")
    return found


def _check_paths(paths: Sequence[Path]) -> None:
    known = set(paths)
    if len(known) < len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise SpaceError(f"the path {twice} stands twice in a tree")
    for path in paths:
        if not path or not all(rank.__class__ is int and rank >= 0 for rank in path):
            raise SpaceError(f"{path!r} is no path: it must hold at least one rank, integers from 0")
        if len(path) > 1 and path[:-1] not in known:
            raise SpaceError(f"the path {path} has no parent in the tree: add {path[:-1]}")


def tree_of(paths: Iterable[Path]) -> PrefixTree:
    """A tree of paths that are known to be prefix-closed and distinct."""
    made = PrefixTree.__new__(PrefixTree)
    made.paths, made._hash = tuple(sorted(paths)), None
    return made
