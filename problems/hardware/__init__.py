"""Hardware: operators, devices, what the ones cost on the others, and the problems that such costs decide."""

from .calibration import Measured, error_of, fit, fit_link
from .collectives import AllGather, AllReduce, AllToAll, ReduceScatter
from .costs import Cost, OperatorCost, estimate
from .device_files import BadDeviceFile, load_device, save_device
from .device_table import datasheet, device, device_names
from .devices import (
    Device,
    Efficiency,
    Error,
    Link,
    Memory,
    ProcessingInMemory,
    SystolicArray,
    UnknownDevice,
    UnknownOperator,
)
from .language_models import (
    LanguageModel,
    decode_seconds,
    generation_seconds,
    language_model,
    model_pass,
    prefill_seconds,
)
from .layers import chained, decoder_layer
from .machine import machine_error, measure_machine
from .objectives import on_device
from .operators import Attention, Elementwise, Gather, Gemm, Gemv, Operator, SpGEMM, SpMM, Work
from .published_tables import PUBLISHED_TIMES, PublishedTime, published_error
from .schedule_events import event_times, greedy_times
from .schedules import BadSchedule, Schedule, Task, Times
from .systolic import systolic_cycles

__all__ = [
    "PUBLISHED_TIMES",
    "AllGather",
    "AllReduce",
    "AllToAll",
    "Attention",
    "BadDeviceFile",
    "BadSchedule",
    "Cost",
    "Device",
    "Efficiency",
    "Elementwise",
    "Error",
    "Gather",
    "Gemm",
    "Gemv",
    "LanguageModel",
    "Link",
    "Measured",
    "Memory",
    "Operator",
    "OperatorCost",
    "ProcessingInMemory",
    "PublishedTime",
    "ReduceScatter",
    "Schedule",
    "SpGEMM",
    "SpMM",
    "SystolicArray",
    "Task",
    "Times",
    "UnknownDevice",
    "UnknownOperator",
    "Work",
    "chained",
    "datasheet",
    "decode_seconds",
    "decoder_layer",
    "device",
    "device_names",
    "error_of",
    "estimate",
    "event_times",
    "fit",
    "fit_link",
    "generation_seconds",
    "greedy_times",
    "language_model",
    "load_device",
    "machine_error",
    "measure_machine",
    "model_pass",
    "on_device",
    "prefill_seconds",
    "published_error",
    "save_device",
    "systolic_cycles",
]
