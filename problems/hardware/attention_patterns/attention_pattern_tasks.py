"""The problem: a sparse pattern for each attention head, for little error within a total budget of blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ....search import Problem
from ....search.trials import Outcome
from ....spaces import Choice, Program, Space, program, space
from ...instance_names import instance_name
from ..costs import estimate
from ..operators import Attention
from .example_heads import SHAPES, Floats, Head, example_head
from .head_budgets import Integers, assigned, best_assignment
from .long_prompts import RELEASED
from .pattern_search import pattern_cost
from .patterns import AShape, BlockSparse, Dense, Kept, VerticalSlash, causal_blocks

#: Tokens of a head of the problem, and numbers of each of its vectors.
LENGTH, SIZE = 512, 128
#: The prompt by which the patterns of the released configuration were found.
SEARCHED_AT = 30_000
SINKS, LOCALS = (16, 64), (32, 64, 128, 256)
VERTICALS, SLASHES = (16, 32, 64, 128), (16, 32, 64, 128)
BLOCKS = (2, 4, 8, 16)

_SOURCE = "Jiang et al., 2024, MInference 1.0, arXiv:2407.02490, and the configurations in microsoft/MInference"


def every_pattern() -> list[Kept]:
    """All patterns that a head may have."""
    return [
        *(AShape(sink, local) for sink in SINKS for local in LOCALS),
        *(VerticalSlash(vertical, slash) for vertical in VERTICALS for slash in SLASHES),
        *(BlockSparse(blocks) for blocks in BLOCKS),
        Dense(),
    ]


def attention_pattern_space(heads: int = 12) -> Space:
    """A pattern with its numbers for each head.

    >>> attention_pattern_space(2).size()
    841
    """
    pattern = Choice(
        program(AShape, sink=Choice(*SINKS), local=Choice(*LOCALS)),
        program(VerticalSlash, vertical=Choice(*VERTICALS), slash=Choice(*SLASHES)),
        program(BlockSparse, blocks=Choice(*BLOCKS)),
        program(Dense),
    )
    return space([pattern] * heads)


@dataclass(frozen=True, eq=False)
class PatternTable:
    """What every pattern does to every head: `errors` |o - o_dense|^2 / |o_dense|^2, `changed` outputs and computed
    `blocks`, each (heads, patterns) in the order of `every_pattern`."""

    errors: Floats
    changed: Integers
    blocks: Integers

    @property
    def dense_blocks(self) -> int:
        """The blocks of all heads without a pattern."""
        return int(self.blocks[:, -1].sum())


def pattern_table(heads: Sequence[Head]) -> PatternTable:
    """Try every pattern on every head."""
    costs = [[pattern_cost(head, pattern) for pattern in every_pattern()] for head in heads]
    norms = np.array([[np.sum(head.output**2, dtype=float)] for head in heads])
    return PatternTable(
        np.array([[cost.error**2 for cost in row] for row in costs]) / norms,
        np.array([[cost.changed for cost in row] for row in costs]),
        np.array([[cost.blocks for cost in row] for row in costs]),
    )


@lru_cache(maxsize=4)
def example_table(heads: int, seed: int) -> PatternTable:
    """The table of so many example heads, whose maps take the three shapes by turns."""
    return pattern_table([example_head(SHAPES[h % 3], LENGTH, SIZE, seed=1000 * seed + h) for h in range(heads)])


class HeadPatterns:
    """The mean error of heads with these patterns, looked up; with a budget of blocks as the constraint, or with the
    seconds of attention as a second objective."""

    def __init__(self, table: PatternTable, budget: int | None) -> None:
        self.table, self.budget = table, budget
        self.index = {pattern: i for i, pattern in enumerate(every_pattern())}

    def __call__(self, patterns: Sequence[Kept]) -> Outcome:
        chosen = np.array([self.index[pattern] for pattern in patterns])
        _, error, blocks = assigned(self.table.errors, self.table.blocks, chosen)
        mean = error / len(chosen)
        if self.budget is None:
            return Outcome({"error": mean, "seconds": attention_seconds(blocks, len(chosen))})
        return Outcome({"error": mean}, violations=(max(0.0, blocks / self.budget - 1.0),))


def attention_seconds(blocks: float, heads: int) -> float:
    """Seconds of attention on an A100 where all heads together compute so many blocks."""
    density = blocks / (heads * causal_blocks(LENGTH))
    return float(estimate(Attention(LENGTH, LENGTH, heads, SIZE, density=density), "a100-80g").time[0])


def attention_pattern_problem(heads: int = 12, budget: float | None = 0.35, seed: int = 0) -> Problem:
    """The problem `hardware/attention_patterns`: sparse patterns of attention for heads with maps of three shapes.

    `budget` is the share of all causal blocks that may be computed; with None the seconds of attention are a second
    objective. The published points are MInference's search head by head at an equal budget, its released mixture of
    vertical-slash patterns at this length, one pattern for all heads, and dense attention; `best_known` is exact, by
    dynamic programming. Raises `ValueError` for a share outside (0, 1].
    """
    if budget is not None and not 0 < budget <= 1:
        raise ValueError(f"attention_pattern_problem(budget={budget}): give a share of the causal blocks, or None")
    table = example_table(heads, seed)
    allowed = None if budget is None else int(budget * table.dense_blocks)
    return Problem(
        instance_name("hardware/attention_patterns", heads=(heads, 12), budget=(budget, 0.35), seed=(seed, 0)),
        attention_pattern_space(heads),
        HeadPatterns(table, allowed),
        objectives={"error": "minimize"} | ({"seconds": "minimize"} if allowed is None else {}),
        published=published_assignments(table, table.dense_blocks if allowed is None else allowed),
        best_known=None if allowed is None else best_assignment(table.errors, table.blocks, allowed).error / heads,
        source=_SOURCE,
    )


def published_assignments(table: PatternTable, budget: int) -> dict[str, list[Program]]:
    """The published ways to give patterns to heads, each within the budget but the last two."""
    uniform = {kind: _uniform(table, budget, kind) for kind in (AShape, VerticalSlash, BlockSparse)}
    found = {
        "MInference search": head_by_head(table, budget // len(table.errors)),
        "all A-shape": uniform[AShape],
        "all vertical-slash": uniform[VerticalSlash],
        "all block-sparse": uniform[BlockSparse],
        "MInference released mixture": released_mixture(table),
        "dense": np.full(len(table.errors), len(every_pattern()) - 1),
    }
    patterns = every_pattern()
    return {name: [_written(patterns[i]) for i in chosen] for name, chosen in found.items()}


def _written(pattern: Kept) -> Program:
    """The program that builds it."""
    return program(type(pattern), **vars(pattern))


def head_by_head(table: PatternTable, budget: int) -> Integers:
    """For every head the pattern of the fewest changed outputs among those within its own budget, (heads,).

    A head of which all patterns exceed it gets the cheapest one.
    """
    scores = np.where(table.blocks <= budget, table.changed, table.changed.max() + table.blocks)
    chosen: Integers = np.argmin(scores, axis=1)
    return chosen


def _uniform(table: PatternTable, budget: int, kind: type) -> Integers:
    """One pattern of a kind for all heads: the least sum of errors within the budget, or else the fewest blocks."""
    of_kind = [i for i, pattern in enumerate(every_pattern()) if isinstance(pattern, kind)]
    blocks, errors = table.blocks[:, of_kind].sum(axis=0), table.errors[:, of_kind].sum(axis=0)
    inside = blocks <= budget
    best = np.argmin(np.where(inside, errors, np.inf)) if inside.any() else np.argmin(blocks)
    return np.full(len(table.errors), of_kind[int(best)])


def released_mixture(table: PatternTable, patterns: Mapping[tuple[int, int], int] = RELEASED) -> Integers:
    """Vertical-slash patterns in the shares of the released configuration, their numbers scaled to this length.

    Numbers become the next larger ones that the space has; heads that gain most from a more expensive pattern get it.
    """
    index = {pattern: i for i, pattern in enumerate(every_pattern())}
    scale, heads = LENGTH / SEARCHED_AT, len(table.errors)
    scaled = [VerticalSlash(_at_least(VERTICALS, v * scale), _at_least(SLASHES, s * scale)) for v, s in patterns]
    shares = np.cumsum(list(patterns.values())) / sum(patterns.values())
    ends = np.round(shares * heads).astype(int)
    chosen, free = np.empty(heads, dtype=np.int64), np.ones(heads, dtype=bool)
    cheapest = index[min(scaled, key=lambda pattern: table.blocks[:, index[pattern]].sum())]
    for pattern, count in zip(scaled, np.diff(ends, prepend=0), strict=True):
        gain = table.errors[:, cheapest] - table.errors[:, index[pattern]]
        takers = np.argsort(-np.where(free, gain, -np.inf), kind="stable")[:count]
        chosen[takers], free[takers] = index[pattern], False
    return chosen


def _at_least(known: Sequence[int], wanted: float) -> int:
    """The least of ascending numbers that is not below the wanted one, or the largest."""
    return next((number for number in known if number >= wanted), known[-1])
