"""Sparse inference on processors: pruned blocks, packed for dot products, and the problem of what to keep."""

from .block_kernel import (
    BlockSpMM,
    break_even_density,
    csr,
    full_blocks,
    measured_break_even,
    share_of_dot_products,
    vector_core,
)
from .block_packing import PackedBlocks, multiplied, packed, padded_numbers
from .block_pruning import blocks_of, kept_blocks, pruned
from .pruned_network import LayerPlan, Misread, PrunedNetwork, RelativeError
from .small_network import Layers, Samples, digits, random_layers, trained
from .sparse_cpu_problem import PUBLISHED_GAINS, least_seconds, plan_space, published_plans, sparse_cpu_problem

__all__ = [
    "PUBLISHED_GAINS",
    "BlockSpMM",
    "LayerPlan",
    "Layers",
    "Misread",
    "PackedBlocks",
    "PrunedNetwork",
    "RelativeError",
    "Samples",
    "blocks_of",
    "break_even_density",
    "csr",
    "digits",
    "full_blocks",
    "kept_blocks",
    "least_seconds",
    "measured_break_even",
    "multiplied",
    "packed",
    "padded_numbers",
    "plan_space",
    "pruned",
    "published_plans",
    "random_layers",
    "share_of_dot_products",
    "sparse_cpu_problem",
    "trained",
    "vector_core",
]
