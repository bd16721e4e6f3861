"""Sparse attention of long prompts: a pattern for each head, with indices estimated from the input (MInference)."""

from .attention_pattern_tasks import (
    HeadPatterns,
    PatternTable,
    attention_pattern_problem,
    attention_pattern_space,
    every_pattern,
    pattern_table,
)
from .example_heads import SHAPES, Head, example_head
from .head_budgets import Assignment, best_assignment, lagrangian_bound
from .long_prompts import RELEASED, overhead, prefill_seconds, vertical_slash_density
from .pattern_search import PatternCost, density, equal_cost_patterns, pattern_cost, search_pattern
from .patterns import (
    BLOCK,
    AShape,
    BlockSparse,
    Dense,
    VerticalSlash,
    causal_blocks,
    sparse_output,
    vertical_slash_indices,
)

__all__ = [
    "BLOCK",
    "RELEASED",
    "SHAPES",
    "AShape",
    "Assignment",
    "BlockSparse",
    "Dense",
    "Head",
    "HeadPatterns",
    "PatternCost",
    "PatternTable",
    "VerticalSlash",
    "attention_pattern_problem",
    "attention_pattern_space",
    "best_assignment",
    "causal_blocks",
    "density",
    "equal_cost_patterns",
    "every_pattern",
    "example_head",
    "lagrangian_bound",
    "overhead",
    "pattern_cost",
    "pattern_table",
    "prefill_seconds",
    "search_pattern",
    "sparse_output",
    "vertical_slash_density",
    "vertical_slash_indices",
]
