"""Trees that others use: a chain, the best guesses for one token, and the fixed tree of Token Recycling."""

from __future__ import annotations

from ....spaces import PrefixTree

#: The 80 nodes of the tree "2.2.2", by hand: 8, 21, 25, 15, 8 and 3 of a level.
#: Source: Luo et al., 2024, Turning Trash into Treasure, arXiv:2408.08696, the tree of their code.
TOKEN_RECYCLING = PrefixTree(
    "0(0(0(0(0(0 1) 1 2) 1(0(0)) 2(0) 3 4) 1(0(0) 1) 2(0) 3(0) 4(0) 5 6 7) 1(0(0(0)) 1 2) 2(0(0) 1) 3(0) 4(0) 5(0) "
    "6(0) 7(0)) 1(0(0(0(0)) 1) 1(0) 2 3) 2(0(0(0)) 1 2) 3(0(0(0)) 1) 4(0(0)) 5(0(0)) 6(0) 7(0)"
)


def chain(length: int) -> PrefixTree:
    """The best guess, the best one after it, and so on.

    >>> chain(3)
    PrefixTree('0(0(0))')
    """
    return PrefixTree([(0,) * level for level in range(1, length + 1)])


def star(ranks: int) -> PrefixTree:
    """The best guesses for one token.

    >>> star(3)
    PrefixTree('0 1 2')
    """
    return PrefixTree([(rank,) for rank in range(ranks)])


def cartesian(*ranks: int) -> PrefixTree:
    """Every path of the best guesses of each level: so many for the first token, the second, ...

    Source: Cai et al., 2024, Medusa, arXiv:2401.10774.

    >>> cartesian(2, 2)
    PrefixTree('0(0 1) 1(0 1)')
    """
    level: list[tuple[int, ...]] = [()]
    paths: list[tuple[int, ...]] = []
    for width in ranks:
        level = [(*path, rank) for path in level for rank in range(width)]
        paths += level
    return PrefixTree(paths)
