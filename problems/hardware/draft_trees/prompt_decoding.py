"""Parallel prompt decoding: trees whose nodes carry prompt tokens, by which the next step has guesses."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import product
from random import Random
from typing import NamedTuple

import numpy as np

from ....spaces import PrefixTree
from .acceptance import Floats, Path, drawn_rank, guesses_of, node_masses
from .best_trees import best_tree


class PromptTree(NamedTuple):
    """A tree, and the number of prompt tokens of each node in the order of `tree.paths`."""

    tree: PrefixTree
    prompts: tuple[int, ...]

    @property
    def length(self) -> int:
        """The tokens that a step passes through the model beside the root: nodes and prompt tokens."""
        return self.tree.size + sum(self.prompts)


def stopping_masses(tree: PrefixTree, table: Floats) -> dict[Path, float]:
    """For each node the probability that it is the last one accepted: its mass without those of its children."""
    masses = node_masses(tree, guesses_of(table))
    last = dict(masses)
    for path, mass in masses.items():
        if len(path) > 1:
            last[path[:-1]] -= mass
    return last


def pruned_prompts(tree: PrefixTree, table: Floats, values: Sequence[float], budget: int) -> PromptTree:
    """The tree with as many prompt tokens as the budget of tokens leaves, at most as many as the table has distances.

    All nodes begin with the most; then the node with the least p_i (f(n_i) - f(n_i - 1)) loses one, again and again,
    where p_i is the probability that the node is the last accepted one and `values` holds f(d), the tokens of a step
    with d prompt tokens before it, from d = 0. One stays with every node. Raises `ValueError` where that is too much.
    """
    if 2 * tree.size > budget:
        raise ValueError(f"pruned_prompts(budget={budget}): {tree.size} nodes with a prompt token each need more")
    most, last = len(table), stopping_masses(tree, table)
    prompts = dict.fromkeys(tree.paths, most)

    def loss(path: Path) -> float:
        return last[path] * (values[prompts[path]] - values[prompts[path] - 1])

    heap = [(loss(path), path) for path in tree.paths] if most > 1 else []
    heapq.heapify(heap)
    for _ in range(tree.size * (1 + most) - budget):
        _, path = heapq.heappop(heap)
        prompts[path] -= 1
        if prompts[path] > 1:
            heapq.heappush(heap, (loss(path), path))
    return PromptTree(tree, tuple([prompts[path] for path in tree.paths]))


class DynamicTrees(NamedTuple):
    """The trees for steps with d = 1, 2, ... prompt tokens before them, and the tokens of a step in the long run."""

    trees: tuple[PromptTree, ...]
    tokens: float


def transition_matrix(trees: Sequence[PromptTree], table: Floats) -> Floats:
    """P[d, e], the probability that a step with d prompt tokens before it leaves e of them: (states, states).

    Without prompt tokens (d = 0) no guess is made, and the token of the model carries as many as there are distances.
    Where no guess is accepted the prompt tokens of the tree are lost, and none is left.
    """
    states = len(table) + 1
    matrix = np.zeros((states, states))
    matrix[0, -1] = 1.0
    for d, each in enumerate(trees, 1):
        for prompts, mass in zip(each.prompts, stopping_masses(each.tree, table).values(), strict=True):
            matrix[d, prompts] += mass  # where this node is the last accepted one
        matrix[d, 0] = 1.0 - matrix[d, 1:].sum()
    return matrix


def stationary(matrix: Floats) -> Floats:
    """The shares (states,) in which a Markov chain is in its states in the long run: pi P = pi, sum pi = 1.

    >>> stationary(np.array([[0.5, 0.5], [0.25, 0.75]])).round(4).tolist()
    [0.3333, 0.6667]
    """
    n = len(matrix)
    equations = np.vstack([(matrix.T - np.eye(n))[:-1], np.ones(n)])
    return np.linalg.solve(equations, np.eye(n)[-1])


def long_run(trees: Sequence[PromptTree], table: Floats) -> float:
    """R = sum over d of pi_d f(T_d): the tokens of a step in the long run, where f(T_0) = 1."""
    values = step_values([each.tree for each in trees], table)
    return float(stationary(transition_matrix(trees, table)) @ values)


def step_values(trees: Sequence[PrefixTree], table: Floats) -> Floats:
    """f(d): the tokens of a step with d prompt tokens before it, from d = 0; shape (states,)."""
    guesses = guesses_of(table)
    tokens = [sum(node_masses(tree, guesses).values()) for tree in trees]
    return 1.0 + np.array([0.0, *tokens])


def dynamic_trees(table: Floats, budget: int, first: int = 10, sizes: int = 16) -> DynamicTrees:
    """The trees for every number of prompt tokens, none of which passes more than `budget` tokens with its own.

    T_1 has `first` nodes, the others from 1 / (distances + 1) of the budget to half of it, at most `sizes` sizes
    each: all combinations are tried, with prompt tokens as by `pruned_prompts`, and that of the greatest R is kept.
    The nodes of a tree are the likeliest paths of at most d ranks. Raises `ValueError` where the budget is too small.

    Source: Chen et al., 2024, Hardware-Aware Parallel Prompt Decoding for Memory-Efficient Acceleration of LLM
    Inference, arXiv:2405.18628.
    Differs: at most `sizes` sizes of each tree are tried, not all.

    >>> from .acceptance import PROMPT_TOKENS_7B
    >>> best = dynamic_trees(PROMPT_TOKENS_7B, 60)
    >>> [each.tree.size for each in best.trees], max(each.length for each in best.trees)
    ([10, 20, 20], 60)
    """
    distances = len(table)
    if budget < 2 * first:
        raise ValueError(f"dynamic_trees(budget={budget}): {first} nodes with a prompt token each need more")
    grid = np.unique(np.linspace(budget // (distances + 1), budget // 2, sizes).round().astype(int)).tolist()
    shapes = [
        [best_tree(guesses_of(table[:d]), n) for n in ([first] if d == 1 else grid)] for d in range(1, distances + 1)
    ]
    tried = [_with_prompts(trees, table, budget) for trees in product(*shapes)]
    return max(tried, key=lambda each: each.tokens)


def _with_prompts(trees: Sequence[PrefixTree], table: Floats, budget: int) -> DynamicTrees:
    values = step_values(trees, table).tolist()
    made = tuple([pruned_prompts(tree, table, values, budget) for tree in trees])
    return DynamicTrees(made, long_run(made, table))


def simulated_long_run(trees: Sequence[PromptTree], table: Floats, steps: int, rng: Random) -> float:
    """The mean number of tokens of so many steps, one after the other, in each of which guesses are drawn as right."""
    carried = [dict(zip(each.tree.paths, each.prompts, strict=True)) for each in trees]
    rows, state, total = table.tolist(), 0, 0
    for _ in range(steps):
        known: dict[Path, int] = carried[state - 1] if state else {}
        path: Path = ()
        while len(path) < state and (longer := (*path, drawn_rank(rows[len(path)], rng))) in known:
            path = longer
        total += 1 + len(path)
        state = known[path] if path else 0 if state else len(table)
    return total / steps
