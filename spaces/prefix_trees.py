"""The space of prefix-closed trees, drawn uniformly by exact counts, with moves of leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from random import Random
from typing import Any, cast

import numpy as np

from .abstract import ABSENT, Features, Record, Space
from .choosers import Chooser
from .counting import REFUSED
from .errors import NoOtherMember, OutsideSpace, SpaceError
from .move_sets import Moves, united
from .prefix_tree import BRACKETS, Path, PrefixTree, tree_of
from .prefix_tree_counts import Floats, TreeCounts

#: The least weight of an option that can be completed, where the number of completions is too small a float.
_LEAST_WEIGHT = 1e-300


class PrefixTrees(Space):
    """Trees of exactly `nodes` nodes, or of `least` to `nodes`, with ranks below `ranks` on at most `depth` levels.

    The nodes are decided in the order of their paths, parents first: each decision says which node comes next, a child
    of the last one or a later sibling of it or of what is above it, or that no other comes. Options are weighted by
    the number of trees that they lead to, so that a random draw is uniform over trees. With `ordered` a rank stands
    only beside all lower ones, as is best where lower ranks are better guesses. Trees may be written as texts.

    Raises `SpaceError` where there is no room for so many nodes, or a number makes no sense.

    >>> trees = PrefixTrees(2, ranks=2, depth=2)
    >>> trees.size(), *map(str, trees.enumerate())
    (5, '0(0)', '0(1)', '0 1', '1(0)', '1(1)')
    >>> PrefixTrees(80, ranks=8, depth=6).size() > 10**87
    True
    """

    def __init__(self, nodes: int, ranks: int, depth: int, *, least: int | None = None, ordered: bool = False) -> None:
        self.nodes, self.least = nodes, nodes if least is None else least
        self.ranks, self.depth, self.ordered = ranks, depth, ordered
        for name in ("nodes", "least", "ranks", "depth"):
            if getattr(self, name).__class__ is not int:
                raise SpaceError(f"PrefixTrees({name}={getattr(self, name)!r}): it must be an integer")
        if ranks < 1 or depth < 1 or not 0 <= self.least <= nodes:
            raise SpaceError(
                f"PrefixTrees(nodes={nodes}, least={self.least}, ranks={ranks}, depth={depth}): there must be ranks, "
                "levels, and not more nodes at least than at most"
            )
        #: How many nodes a full subtree with its head on a level holds; none below the last.
        self._full = [0] * (depth + 2)
        for level in range(depth, 0, -1):
            self._full[level] = 1 + ranks * self._full[level + 1]
        if nodes > ranks * self._full[1]:
            raise SpaceError(
                f"PrefixTrees(nodes={nodes}): with {ranks} ranks on {depth} levels there are only "
                f"{ranks * self._full[1]} nodes"
            )

    # -- the two methods that define a space -------------------------------------------------------------------------

    def decide(self, choose: Chooser) -> PrefixTree:
        last: Path = ()
        paths: list[Path] = []
        before = [self._counts.one]
        while options := self._options(last, len(paths)):
            at = choose.index(len(options), self, self._weights(options, before, len(paths))) if options[1:] else 0
            following = options[at]
            if following is None:
                break
            self._counts.follow(before, following)
            paths.append(following)
            last = following
        return tree_of(paths)

    def _options(self, last: Path, placed: int) -> list[Path | None]:
        """What may come after the last of so many nodes: None for the end, then children, siblings, those above.

        Only what can be completed to `least` nodes: after the node of rank j on a level its later siblings, its
        descendants and the later siblings of what is above it are free.
        """
        if placed == self.nodes:
            return []
        found: list[Path | None] = [None] if placed >= self.least else []
        room = [0]  # the nodes that are free after those above a level
        for level, rank in enumerate(last, 1):
            room.append(room[-1] + (self.ranks - 1 - rank) * self._full[level])
        for level in range(min(len(last) + 1, self.depth), 0, -1):
            first = last[level - 1] + 1 if level <= len(last) else 0
            most = room[level - 1] + self.ranks * self._full[level + 1] - (self.least - placed - 1)
            for rank in range(first, min(self.ranks, first + 1) if self.ordered else self.ranks):
                if most + (self.ranks - 1 - rank) * self._full[level] < 0:
                    break
                found.append((*last[: level - 1], rank))
        return found if found != [None] else []

    def _weights(self, options: Sequence[Path | None], before: Sequence[Floats], placed: int) -> list[float]:
        """The number of trees that each option leads to, all on the same scale."""
        left = self.nodes - placed - 1
        by_level: dict[int, Floats] = {}
        weights: list[float] = []
        for option in options:
            if option is None:
                weights.append(self._counts.scale(left))
                continue
            level = len(option)
            if level not in by_level:
                by_level[level] = self._counts.completions(before[level - 1], level, left)
            weights.append(float(by_level[level][option[-1]]))
        return [max(weight, _LEAST_WEIGHT) for weight in weights]

    def recognize(self, value: Any, record: Record) -> None:
        tree = self._read(value)
        self._check(tree, value)
        last: Path = ()
        for placed, path in enumerate((*tree.paths, None)):
            options = self._options(last, placed)
            if len(options) > 1:
                record.append((self, options.index(path)))
            if path is not None:
                last = path

    def _read(self, value: Any) -> PrefixTree:
        if isinstance(value, str):
            try:
                return PrefixTree(value)
            except SpaceError as error:
                raise OutsideSpace(value, str(error)) from error
        if not isinstance(value, PrefixTree):
            raise OutsideSpace(value, "it must be a PrefixTree")
        return value

    def _check(self, tree: PrefixTree, value: Any) -> None:
        if not self.least <= tree.size <= self.nodes:
            wanted = f"{self.nodes}" if self.least == self.nodes else f"from {self.least} to {self.nodes}"
            raise OutsideSpace(value, f"it must have {wanted} nodes, not {tree.size}")
        known = set(tree.paths)
        for path in tree.paths:
            if len(path) > self.depth:
                raise OutsideSpace(value, f"the node {path} is deeper than {self.depth} levels")
            if path[-1] >= self.ranks:
                raise OutsideSpace(value, f"the rank of the node {path} must be below {self.ranks}")
            if self.ordered and path[-1] and (*path[:-1], path[-1] - 1) not in known:
                raise OutsideSpace(value, f"the node {path} stands there without the rank before it")

    # -- members -----------------------------------------------------------------------------------------------------

    @cached_property
    def _counts(self) -> TreeCounts:
        return TreeCounts(self.nodes, self.least, self.ranks, self.depth, self.ordered)

    def key(self, value: Any) -> PrefixTree:
        return self._read(value)

    def own_size(self) -> int:
        return self._counts.total

    @property
    def varies(self) -> bool:
        return self._counts.total > 1

    @property
    def leaf(self) -> bool:
        return self.varies

    def kinds(self) -> frozenset[Any]:
        return frozenset({PrefixTree})

    def enumerate(self) -> Iterator[PrefixTree]:
        paths: list[Path] = []
        stack = [iter(self._options((), 0) or (None,))]
        while stack:
            following = next(stack[-1], paths)  # `paths` stands for the end of the options
            if following is paths:
                stack.pop()
                del paths[-1:]
            elif following is None:
                yield tree_of(paths)
            else:
                paths.append(cast(Path, following))
                stack.append(iter(self._options(paths[-1], len(paths)) or (None,)))

    # -- moves -------------------------------------------------------------------------------------------------------

    def addable(self, tree: PrefixTree) -> list[Path]:
        """The nodes just outside a tree: with one of them it is still prefix-closed.

        >>> PrefixTrees(6, ranks=2, depth=2).addable(PrefixTree("0"))
        [(1,), (0, 0), (0, 1)]
        """
        known = set(tree.paths)
        found: list[Path] = []
        for parent in ((), *tree.paths):
            if len(parent) < self.depth:
                missing = [path for rank in range(self.ranks) if (path := (*parent, rank)) not in known]
                found += missing[:1] if self.ordered else missing
        return found

    def removable(self, tree: PrefixTree) -> list[Path]:
        """The nodes without which a tree is still one: leaves, with `ordered` the last of their siblings."""
        known = set(tree.paths)
        leaves = tree.leaves()
        return [path for path in leaves if _after(path) not in known] if self.ordered else leaves

    def prunable(self, tree: PrefixTree) -> list[Path]:
        """The nodes, and the root (), below which several nodes may be cut off at once, with `least` nodes left."""
        below = Counter(path[:level] for path in tree.paths for level in range(len(path)))
        return [node for node, size in below.items() if size > 1 and tree.size - size >= self.least]

    def _needs(self, path: Path, other: Path) -> bool:
        """Whether a node cannot stand there without the other."""
        return path[:-1] == other or (self.ordered and path == _after(other))

    def change(self, value: Any, rng: Random) -> PrefixTree:
        """Move a leaf to another place, or (where the size is free) add one, remove one, or cut off all below a node;
        each kind as likely."""
        tree = self._read(value)
        kinds = list(self.own_neighborhoods())
        rng.shuffle(kinds)
        for kind in kinds:
            moves = self.moves(tree, kind)
            for _ in range(50 if moves.total else 0):
                other = moves.at(int(rng.random() * moves.total))
                if other is not REFUSED:
                    return cast(PrefixTree, other)
        others = [other for other in self.alternatives(tree) if other != tree]
        if not others:
            raise NoOtherMember(f"{self!r} has no other member than {tree!r}")
        return others[int(rng.random() * len(others))]

    def own_neighborhoods(self) -> tuple[str, ...]:
        if not self.varies:
            return ()
        return ("move", "add", "remove", "prune") if self.least < self.nodes else ("move",)

    def moves(self, value: Any, kind: str, rng: Random | None = None) -> Moves:
        """Every move of a leaf to another place, every addition, every removal, or every cut."""
        tree = self._read(value)
        if kind == "prune":
            cuts = self.prunable(tree)
            return Moves(len(cuts), lambda i: _cut(tree, cuts[i]))
        outs = self.removable(tree) if kind == "move" or (kind == "remove" and tree.size > self.least) else []
        ins = self.addable(tree) if kind == "move" or (kind == "add" and tree.size < self.nodes) else []
        if kind == "add":
            return Moves(len(ins), lambda i: tree_of([*tree.paths, ins[i]]))
        if kind == "remove":
            return Moves(len(outs), lambda i: tree_of([path for path in tree.paths if path != outs[i]]))
        width = max(1, len(ins))
        return Moves(len(outs) * len(ins), lambda i: self._moved(tree, outs[i // width], ins[i % width]))

    def _moved(self, tree: PrefixTree, out: Path, into: Path) -> Any:
        if self._needs(into, out):
            return REFUSED
        return tree_of([*[path for path in tree.paths if path != out], into])

    def alternatives(self, value: Any) -> Iterator[PrefixTree]:
        """Every move, addition, removal and cut."""
        every = united(self.moves(value, kind) for kind in self.own_neighborhoods())
        made = map(every.at, range(every.total))
        return (other for other in made if other is not REFUSED)

    def cross(self, first: Any, second: Any, rng: Random) -> PrefixTree:
        """What both hold stays; up to the size of one of them it grows by nodes that one of them holds."""
        a, b = self._read(first), self._read(second)
        size = (a if rng.random() < 0.5 else b).size
        paths = set(a.paths) & set(b.paths)
        others = sorted((set(a.paths) | set(b.paths)) - paths)
        while len(paths) < size:
            free = [path for path in others if self._may_follow(path, paths)]
            chosen = free[int(rng.random() * len(free))]
            paths.add(chosen)
            others.remove(chosen)
        return tree_of(paths)

    def _may_follow(self, path: Path, paths: set[Path]) -> bool:
        if len(path) > 1 and path[:-1] not in paths:
            return False
        return not self.ordered or not path[-1] or (*path[:-1], path[-1] - 1) in paths

    def encode(self, value: Any, out: Features) -> None:
        """The number of nodes of each rank on each level as a share of the most nodes, and of all nodes."""
        found = np.zeros((self.depth, self.ranks))
        paths = () if value is ABSENT else self._read(value).paths
        for path in paths:
            found[len(path) - 1, path[-1]] += 1.0
        out.extend((found.reshape(-1) / max(1, self.nodes)).tolist())
        out.append(len(paths) / max(1, self.nodes))

    # -- text --------------------------------------------------------------------------------------------------------

    def constants(self) -> Sequence[Any]:
        return (BRACKETS,)

    def __repr__(self) -> str:
        least = "" if self.least == self.nodes else f", least={self.least}"
        ordered = ", ordered=True" if self.ordered else ""
        return f"PrefixTrees({self.nodes}, ranks={self.ranks}, depth={self.depth}{least}{ordered})"


def _cut(tree: PrefixTree, node: Path) -> PrefixTree:
    """The tree without all that is below a node."""
    level = len(node)
    return tree_of([path for path in tree.paths if len(path) <= level or path[:level] != node])


def _after(path: Path) -> Path:
    """The next sibling."""
    return (*path[:-1], path[-1] + 1)
