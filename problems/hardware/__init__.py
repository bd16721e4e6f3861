"""Hardware: operators, devices, what the ones cost on the others, and the problems that such costs decide."""

from .collectives import AllGather, AllReduce, AllToAll, ReduceScatter
from .costs import Cost, OperatorCost, estimate
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
from .layers import chained, decoder_layer
from .operators import Attention, Elementwise, Gather, Gemm, Gemv, Operator, SpGEMM, SpMM, Work
from .systolic import systolic_cycles

__all__ = [
    "AllGather",
    "AllReduce",
    "AllToAll",
    "Attention",
    "Cost",
    "Device",
    "Efficiency",
    "Elementwise",
    "Error",
    "Gather",
    "Gemm",
    "Gemv",
    "Link",
    "Memory",
    "Operator",
    "OperatorCost",
    "ProcessingInMemory",
    "ReduceScatter",
    "SpGEMM",
    "SpMM",
    "SystolicArray",
    "UnknownDevice",
    "UnknownOperator",
    "Work",
    "chained",
    "datasheet",
    "decoder_layer",
    "device",
    "device_names",
    "estimate",
    "systolic_cycles",
]
