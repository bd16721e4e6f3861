"""Speculative decoding: when to stop drafting (SpecDec++), and drafting with layers in parallel (EasySpec)."""

from .acceptance_head import AcceptanceHead, fit_head, noisy_features
from .draft_schedule import draft_seconds, draft_tasks
from .draft_time import LLAMA_7B, LLAMA_70B, GroupPrices, group_prices, pass_seconds
from .drafting import (
    Drafting,
    Rounds,
    easy_and_hard,
    independent,
    round_tokens,
    sample_rounds,
    speedup,
    threshold_lengths,
)
from .fuzzy_layers import Text, Transformer, agreement, drafts, exact_text, group_losses, logits, random_transformer
from .partitions import cuts_of, every_partition, groups_of, partition_front
from .rounds import expected_tokens, fixed_speedup
from .speculation_tasks import (
    FixedLength,
    SecondsPerToken,
    Threshold,
    seconds_per_token,
    speculation_problem,
    speculation_space,
    threshold_problem,
)
from .stopping import StoppingPolicy, optimal_stopping, policy_rate, threshold_policy, value_iteration

__all__ = [
    "LLAMA_7B",
    "LLAMA_70B",
    "AcceptanceHead",
    "Drafting",
    "FixedLength",
    "GroupPrices",
    "Rounds",
    "SecondsPerToken",
    "StoppingPolicy",
    "Text",
    "Threshold",
    "Transformer",
    "agreement",
    "cuts_of",
    "draft_seconds",
    "draft_tasks",
    "drafts",
    "easy_and_hard",
    "every_partition",
    "exact_text",
    "expected_tokens",
    "fit_head",
    "fixed_speedup",
    "group_losses",
    "group_prices",
    "groups_of",
    "independent",
    "logits",
    "noisy_features",
    "optimal_stopping",
    "partition_front",
    "pass_seconds",
    "policy_rate",
    "random_transformer",
    "round_tokens",
    "sample_rounds",
    "seconds_per_token",
    "speculation_problem",
    "speculation_space",
    "speedup",
    "threshold_lengths",
    "threshold_policy",
    "threshold_problem",
    "value_iteration",
]
