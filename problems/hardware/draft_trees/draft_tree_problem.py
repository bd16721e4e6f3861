"""Problems: the tree of guesses that gives most tokens, a step or a second."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....search import Problem
from ....spaces import PrefixTree, PrefixTrees
from ...instance_names import instance_name
from ..devices import Device
from .acceptance import VICUNA_7B, Floats, Guesses, Path, expected_tokens, guesses_of, node_masses, reused
from .adaptive_drafts import Context, TrigramTable, draft_by_tree_search
from .best_trees import beam_tree, best_tree
from .published_trees import TOKEN_RECYCLING, cartesian, chain, star
from .verification import step_seconds


class TreeValue:
    """Tokens that a tree gives: by a step, or with the seconds of steps of each number of nodes, by a second.

    `seconds` (most nodes + 1,) holds those of a step with so many nodes beside the root.
    """

    def __init__(self, guesses: Guesses, batch: int = 1, seconds: Floats | None = None) -> None:
        self.guesses, self.batch, self.seconds = guesses, batch, seconds
        self._masses: dict[Path, float] = {(): 1.0}

    def __call__(self, tree: PrefixTree) -> float:
        tokens = 1.0 + sum(self._mass(path) for path in tree.paths)
        return tokens if self.seconds is None else self.batch * tokens / float(self.seconds[tree.size])

    def _mass(self, path: Path) -> float:
        mass = self._masses.get(path)
        if mass is None:
            shares = self.guesses(path[:-1])
            mass = self._mass(path[:-1]) * (shares[path[-1]] if path[-1] < len(shares) else 0.0)
            self._masses[path] = mass
        return mass

    def best(self, nodes: int) -> PrefixTree:
        """The best tree of 1 to so many nodes: time depends on their number only, so that the likeliest paths of the
        best number are the best tree."""
        if self.seconds is None:
            return best_tree(self.guesses, nodes)
        masses = sorted(node_masses(best_tree(self.guesses, nodes), self.guesses).values(), reverse=True)
        tokens = 1.0 + np.cumsum(masses)
        return best_tree(self.guesses, 1 + int(np.argmax(tokens / self.seconds[1 : len(tokens) + 1])))


def best_tree_on(
    device: Device | str,
    batch: int = 1,
    context: int = 1024,
    nodes: int = 320,
    shares: Sequence[float] = VICUNA_7B,
    depth: int = 12,
) -> PrefixTree:
    """The tree of 1 to `nodes` guesses that gives most tokens per second on a device; the other settings are those of
    `draft_tree_problem`.

    >>> [best_tree_on("h100", batch).size for batch in (1, 16, 128)]
    [127, 15, 3]
    """
    seconds = step_seconds(np.arange(1, nodes + 2), device, batch, context)
    return TreeValue(guesses_of(reused(shares, depth)), batch, seconds).best(nodes)


def draft_tree_problem(
    nodes: int = 80,
    device: Device | str | None = None,
    batch: int = 1,
    context: int = 1024,
    shares: Sequence[float] = VICUNA_7B,
    depth: int = 6,
) -> Problem:
    """The tree of 1 to `nodes` guesses that gives most tokens: of a step, or with a device, of a second.

    tokens of a step = 1 + sum over nodes of the product of the shares on the path; a second has batch / L steps, where
    L is the time of a pass of a 7B decoder over the nodes and the root. `shares` are those of the ranks, the greatest
    first, at every distance: a rank is used only beside the lower ones. Best known: the likeliest paths, of the best
    number. Raises `ValueError` for shares that are none or in another order; as `step_seconds`.

    Source: Chen et al., 2024, arXiv:2405.18628; Luo et al., 2024, arXiv:2408.08696.

    >>> problem = draft_tree_problem()
    >>> round(problem.best_known, 2), round(problem.evaluate(problem.published["token recycling"]), 3)
    (3.13, 3.117)
    """
    if not shares or min(shares) < 0 or sum(shares) > 1 or list(shares) != sorted(shares, reverse=True):
        raise ValueError(f"draft_tree_problem(shares={shares}): give shares of one, the greatest first")
    table = reused(shares, depth)
    seconds = None if device is None else step_seconds(np.arange(1, nodes + 2), device, batch, context)
    value = TreeValue(guesses_of(table), batch, seconds)
    machine = device.name if isinstance(device, Device) else device
    space = PrefixTrees(nodes, ranks=len(shares), depth=depth, least=1, ordered=True)
    known = {
        "chain": chain(min(depth, nodes)),
        "best guesses for one token": star(min(len(shares), nodes)),
        "cartesian, as Medusa": cartesian(4, 3, 2),
        "token recycling": TOKEN_RECYCLING,
        "prompt decoding, three levels": best_tree(guesses_of(table[:3]), nodes),
    }
    return Problem(
        instance_name(
            "hardware/draft_tree",
            nodes=(nodes, 80),
            device=(machine, None),
            batch=(batch, 1),
            context=(context, 1024),
            depth=(depth, 6),
        ),
        space,
        value,
        objectives={"tokens" if device is None else "tokens per second": "maximize"},
        published={name: tree for name, tree in known.items() if space.contains(tree)},
        best_known=value(value.best(nodes)),
        source="Chen et al., 2024, arXiv:2405.18628; Luo et al., 2024, arXiv:2408.08696; Cai et al., 2024, "
        "arXiv:2401.10774",
    )


def context_tree_problem(table: TrigramTable, context: Context, nodes: int | None = None, depth: int = 4) -> Problem:
    """The tree of drafts after two words that accepts most where the next words are drawn from the table.

    `nodes` are at most as many as there, by default as many as in the published point, which is what ADED's own tree
    search finds. Best known: the likeliest paths. Raises `ValueError` for a context without known successors.

    Source: Liu et al., 2024, Adaptive Draft-Verification, arXiv:2407.12021.
    """
    if not table.ranked(context)[0]:
        raise ValueError(f"context_tree_problem(context={context}): the table knows no word after it")
    found, guesses = draft_by_tree_search(table, context), table.guesses(context, depth)
    most = found.size if nodes is None else nodes
    ranks = max(map(len, table.values.values()))
    space = PrefixTrees(most, ranks=ranks, depth=depth, least=1)
    trees = {"tree search": found, "beam": beam_tree(guesses, most, min(depth, most))}
    return Problem(
        f"hardware/context_tree{context}",
        space,
        TreeValue(guesses),
        objectives={"tokens": "maximize"},
        published={name: tree for name, tree in trees.items() if space.contains(tree)},
        best_known=expected_tokens(best_tree(guesses, most), guesses),
        source="Liu et al., 2024, arXiv:2407.12021",
    )
