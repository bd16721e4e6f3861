"""Inference of models with experts: the taxonomy of its methods as one space, and what a plan costs."""

from .compressed_operators import CompressedAttention, CompressedGemm
from .expert_caches import belady_hits, che_hit_rate, lfu_hits, lru_hits, pinned_hits
from .expert_misses import expert_misses
from .expert_placement import busiest_device, expert_owners
from .experts import MIXTRAL, Experts
from .experts_hit import distinct_experts, distinct_experts_skewed, inclusion_probabilities
from .offloading import exposed_seconds, transfer_seconds
from .quality_proxy import energy_of_largest, energy_of_rank, quantization_noise
from .routing import Router, routed, taken
from .serving_cost import Serving
from .serving_problem import as_published, moe_inference, published_plans
from .taxonomy import TAXONOMY, moe_space

__all__ = [
    "MIXTRAL",
    "TAXONOMY",
    "CompressedAttention",
    "CompressedGemm",
    "Experts",
    "Router",
    "Serving",
    "as_published",
    "belady_hits",
    "busiest_device",
    "che_hit_rate",
    "distinct_experts",
    "distinct_experts_skewed",
    "energy_of_largest",
    "energy_of_rank",
    "expert_misses",
    "expert_owners",
    "exposed_seconds",
    "inclusion_probabilities",
    "lfu_hits",
    "lru_hits",
    "moe_inference",
    "moe_space",
    "pinned_hits",
    "published_plans",
    "quantization_noise",
    "routed",
    "taken",
    "transfer_seconds",
]
