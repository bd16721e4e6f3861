"""The trees of the likeliest paths: all of them by best-first search, or those that a beam keeps."""

from __future__ import annotations

import heapq

from ....spaces import PrefixTree
from .acceptance import Guesses, Path


def best_tree(guesses: Guesses, nodes: int) -> PrefixTree:
    """The tree of at most `nodes` nodes that accepts most tokens: the paths of the greatest masses.

    A path is never likelier than its parent, so that the likeliest ones are closed under prefixes, and none is
    better: taken one after the other from a heap.

    >>> from .acceptance import guesses_of, reused
    >>> best_tree(guesses_of(reused([0.5, 0.25], 2)), 3)
    PrefixTree('0(0) 1')
    """
    paths: list[Path] = []
    heap: list[tuple[float, Path]] = []
    _push(heap, (), 1.0, guesses)
    while heap and len(paths) < nodes:
        mass, path = heapq.heappop(heap)
        paths.append(path)
        _push(heap, path, -mass, guesses)
    return PrefixTree(paths)


def _push(heap: list[tuple[float, Path]], path: Path, mass: float, guesses: Guesses) -> None:
    for rank, share in enumerate(guesses(path)):
        if share > 0:
            heapq.heappush(heap, (-mass * share, (*path, rank)))


def beam_tree(guesses: Guesses, nodes: int, depth: int) -> PrefixTree:
    """The tree of a beam: on each level the nodes // depth likeliest children of those kept on the level above.

    >>> from .acceptance import guesses_of, reused
    >>> beam_tree(guesses_of(reused([0.5, 0.25], 2)), 4, depth=2)
    PrefixTree('0(0 1) 1')
    """
    if not 1 <= depth <= nodes:
        raise ValueError(f"beam_tree(nodes={nodes}, depth={depth}): a beam needs a level, and a node on each")
    paths: list[Path] = []
    beam: list[tuple[float, Path]] = [(1.0, ())]
    for _ in range(depth):
        children = [
            (mass * share, (*path, rank)) for mass, path in beam for rank, share in enumerate(guesses(path)) if share
        ]
        beam = sorted(children, key=lambda child: (-child[0], child[1]))[: nodes // depth]
        paths += [path for _, path in beam]
    return PrefixTree(paths)
