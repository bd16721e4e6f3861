"""Sparse times sparse: three dataflows with a scratchpad, counted exactly, and the choice among designs."""

from .dataflow_runs import Overfull, Scratchpad, executed
from .dataflow_traffic import DATAFLOWS, ENTRY, Near, Traffic, traffic, whole
from .design_time import Design, DesignTime, SparseProduct
from .hash_probes import expected_probes, simulated_probes
from .product_counts import CUTS, Tile, counted, cut
from .row_windows import window_starts
from .sparse_matrices import CSR, from_places, rmat, uniform
from .spgemm_problem import MATRICES, PUBLISHED_GAIN, design_space, least_seconds, published_designs, spgemm_problem

__all__ = [
    "CSR",
    "CUTS",
    "DATAFLOWS",
    "ENTRY",
    "MATRICES",
    "PUBLISHED_GAIN",
    "Design",
    "DesignTime",
    "Near",
    "Overfull",
    "Scratchpad",
    "SparseProduct",
    "Tile",
    "Traffic",
    "counted",
    "cut",
    "design_space",
    "executed",
    "expected_probes",
    "from_places",
    "least_seconds",
    "published_designs",
    "rmat",
    "simulated_probes",
    "spgemm_problem",
    "traffic",
    "uniform",
    "whole",
    "window_starts",
]
