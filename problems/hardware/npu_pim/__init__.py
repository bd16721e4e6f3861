"""Batched decoding on an NPU whose memory computes: attention in the banks while products run beside it."""

from .attention_latency import attend_latency, attention_latency, ideal_latency, logit_latency
from .channel_assignment import greedy_channels, least_makespan, longest_first_bound, makespan
from .decode_iteration import DECODERS, DecodeBatch, Decoder, Plans, blocked, neupims_device, overlapped
from .placement import PUBLISHED_GAINS, least_device_seconds, npu_pim_placement, request_lengths
from .plan_space import SubBatches, plan_space, published_plans
from .sub_batches import balanced_partition, half_partition, split_channels

__all__ = [
    "DECODERS",
    "PUBLISHED_GAINS",
    "DecodeBatch",
    "Decoder",
    "Plans",
    "SubBatches",
    "attend_latency",
    "attention_latency",
    "balanced_partition",
    "blocked",
    "greedy_channels",
    "half_partition",
    "ideal_latency",
    "least_device_seconds",
    "least_makespan",
    "logit_latency",
    "longest_first_bound",
    "makespan",
    "neupims_device",
    "npu_pim_placement",
    "overlapped",
    "plan_space",
    "published_plans",
    "request_lengths",
    "split_channels",
]
