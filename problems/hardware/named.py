"""The hardware problems of the catalog, by name, with the settings they have there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...search import Problem
from .attention_patterns import attention_pattern_problem
from .codesign import codesign_problem
from .draft_trees import TrigramModel, TrigramTable, context_tree_problem, draft_tree_problem, source_words
from .moe_inference import moe_inference
from .moe_schedule import moe_schedule_problem
from .npu_pim import npu_pim_placement
from .sparse_cpu import sparse_cpu_problem
from .speculation import speculation_problem, threshold_problem
from .spgemm import spgemm_problem


def python_context_problem() -> Problem:
    """Drafts after "raise ValueError" in Python's own sources, from a table of the words that follow two others."""
    model = TrigramModel(source_words())
    context = model.tokens(["raise", "ValueError"])
    return context_tree_problem(TrigramTable(model.text.tolist()), (context[0], context[1]))


_MAKERS: dict[str, Callable[[], Problem]] = {
    "moe_schedule": moe_schedule_problem,
    "moe_schedule_slow_network": partial(moe_schedule_problem, 3, 3.0),
    "npu_pim": npu_pim_placement,
    "spgemm": spgemm_problem,
    "sparse_cpu": sparse_cpu_problem,
    "draft_tree": draft_tree_problem,
    "draft_tree_h100": partial(draft_tree_problem, 128, "h100", 4),
    "context_tree": python_context_problem,
    "speculation": speculation_problem,
    "stopping_threshold": threshold_problem,
    "attention_patterns": attention_pattern_problem,
    "moe_inference": moe_inference,
    "codesign": codesign_problem,
}


def named_problem(name: str) -> Problem:
    """The problem of that name, made afresh.

    >>> named_problem("draft_tree").space
    PrefixTrees(80, ranks=8, depth=6, least=1, ordered=True)
    """
    return _MAKERS[name]()
