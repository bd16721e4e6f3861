"""The schedule of mixture-of-experts layers in training: chunks on three streams, and gradients in their gaps."""

from .closed_forms import BOUNDS, bound, bounds, exact_seconds, inter_gap, layer_seconds
from .degree_solver import DEGREES, Degree, best_degree, continuous_minima, exhaustive_degree
from .gradient_partition import GradientPartition, adaptive_partition, fill_gaps
from .layer_tasks import ONE_STREAM, TWO_STREAMS, Priorities, attention_gap, backward_tasks, forward_tasks, moe_tasks
from .layer_times import FSMOE_CLUSTER, MIXTRAL, ChunkTime, Cluster, LinearTime, MoEShape, MoETimes, moe_times
from .schedule_problem import (
    LEAST_SECONDS,
    PARTS,
    PUBLISHED_SPEEDUPS,
    MoESchedules,
    least_seconds,
    moe_schedule_problem,
    published_schedules,
    schedule_space,
)

__all__ = [
    "BOUNDS",
    "DEGREES",
    "FSMOE_CLUSTER",
    "LEAST_SECONDS",
    "MIXTRAL",
    "ONE_STREAM",
    "PARTS",
    "PUBLISHED_SPEEDUPS",
    "TWO_STREAMS",
    "ChunkTime",
    "Cluster",
    "Degree",
    "GradientPartition",
    "LinearTime",
    "MoESchedules",
    "MoEShape",
    "MoETimes",
    "Priorities",
    "adaptive_partition",
    "attention_gap",
    "backward_tasks",
    "best_degree",
    "bound",
    "bounds",
    "continuous_minima",
    "exact_seconds",
    "exhaustive_degree",
    "fill_gaps",
    "forward_tasks",
    "inter_gap",
    "layer_seconds",
    "least_seconds",
    "moe_schedule_problem",
    "moe_tasks",
    "moe_times",
    "published_schedules",
    "schedule_space",
]
