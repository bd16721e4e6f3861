"""Draft trees: trees of guesses that one step of a language model verifies, what they accept, and what they cost."""

from .acceptance import (
    PROMPT_TOKENS_7B,
    VICUNA_7B,
    expected_tokens,
    guesses_of,
    node_masses,
    reused,
    simulated_tokens,
)
from .adaptive_drafts import TrigramTable, draft_by_tree_search, tokens_of_document
from .best_trees import beam_tree, best_tree
from .draft_tree_problem import best_tree_on, context_tree_problem, draft_tree_problem
from .prompt_decoding import DynamicTrees, PromptTree, dynamic_trees, simulated_long_run
from .published_trees import TOKEN_RECYCLING, cartesian, chain, star
from .token_recycling import Decoded, Sampling, TokenRecycling, plainly_decoded
from .trigram_model import TrigramModel, source_words
from .verification import best_length, step_seconds

__all__ = [
    "PROMPT_TOKENS_7B",
    "TOKEN_RECYCLING",
    "VICUNA_7B",
    "Decoded",
    "DynamicTrees",
    "PromptTree",
    "Sampling",
    "TokenRecycling",
    "TrigramModel",
    "TrigramTable",
    "beam_tree",
    "best_length",
    "best_tree",
    "best_tree_on",
    "cartesian",
    "chain",
    "context_tree_problem",
    "draft_by_tree_search",
    "draft_tree_problem",
    "dynamic_trees",
    "expected_tokens",
    "guesses_of",
    "node_masses",
    "plainly_decoded",
    "reused",
    "simulated_long_run",
    "simulated_tokens",
    "source_words",
    "star",
    "step_seconds",
    "tokens_of_document",
]
