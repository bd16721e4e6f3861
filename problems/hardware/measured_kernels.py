"""Measured kernels: matrix products, element-wise kernels and all-reduces on graphics processors, and fits to them."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .calibration import Measured, error, fit, fit_link
from .collectives import AllReduce
from .costs import operator_cost
from .device_table import datasheet
from .devices import Device, Efficiency, Link
from .operators import Elementwise, Gemm, Operator

#: The network whose kernels are fitted to; those of all others are held out.
FITTED = "meta-llama/Llama-2-7b-hf"
#: The name in the tables of each device of ours that was measured.
MEASURED_DEVICES = {"a100-80g": "a100", "h100": "h100", "a40": "a40"}
#: Of each link of ours, the node and the sizes of groups whose all-reduces tell it. Pairs of A100 have NVLink within
#: and PCI Express between them. The node `a100_dgx` is in no link: its table mixes layouts, groups within a machine and
#: spread over several, so that no latency and bandwidth fit it (`fitted_link` of it is off by more than 100 %).
MEASURED_LINKS = {
    ("a100-80g", "intra"): ("a100_pairwise_nvlink", (2,)),
    ("a100-80g", "pairs"): ("a100_pairwise_nvlink", (4,)),
    ("h100", "intra"): ("h100_dgx", (2, 4, 8)),
}

Floats = NDArray[np.float64]


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = files(f"{__package__}.measured").joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def kernels(device: str, kind: str) -> dict[str, Measured]:
    """The kernels of a kind ("gemm", "elementwise") on a device of ours, those of each network together.

    Raises `ValueError` for a device or a kind that was not measured, with those that were.

    >>> {network: len(measured.seconds) for network, measured in kernels("a40", "gemm").items()}
    {'meta-llama/Llama-2-7b-hf': 162, 'codellama/CodeLlama-34b-Instruct-hf': 162}
    """
    if device not in MEASURED_DEVICES:
        raise ValueError(f"kernels({device!r}): measured were {', '.join(MEASURED_DEVICES)}")
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows("kernels.csv"):
        if row["device"] == MEASURED_DEVICES[device] and row["kind"] == kind:
            found[row["model"]].append(row)
    if not found:
        kinds = sorted({row["kind"] for row in _rows("kernels.csv")})
        raise ValueError(f"kernels(kind={kind!r}): measured were {', '.join(kinds)}")
    return {network: Measured(_operator(kind, rows), _numbers(rows, "seconds")) for network, rows in found.items()}


def _operator(kind: str, rows: list[dict[str, str]]) -> Operator:
    m, k, n = (_numbers(rows, name) for name in ("M", "K", "N"))
    if kind == "gemm":
        return Gemm(m, k, n)
    return Elementwise(m, k / m / 4.0)  # k is the bytes moved: fp16 numbers, as many read as written


def _numbers(rows: list[dict[str, str]], name: str) -> Floats:
    return np.array([float(row[name]) for row in rows])


def fitted_to_kernels(device: str) -> Device:
    """The device fitted to the kernels of `FITTED` alone, with its error on those of the other networks, and links.

    Raises `ValueError` for a device that was not measured.
    """
    made = datasheet(device)
    for kind in ("gemm", "elementwise"):
        networks = kernels(device, kind)
        others = [measured for network, measured in networks.items() if network != FITTED]
        made = fit(made, [networks[FITTED]], others)
    return made


def all_reduces(node: str, members: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Members, bytes and seconds of the all-reduces of a node in groups of these sizes, arrays (n,) each.

    Raises `ValueError` where there are none, with the nodes that there are.
    """
    rows = [row for row in _rows("all_reduce.csv") if row["node"] == node and int(row["workers"]) in members]
    if not rows:
        known = sorted({row["node"] for row in _rows("all_reduce.csv")})
        raise ValueError(f"all_reduces({node!r}, {members}): there are none; measured were {', '.join(known)}")
    return _numbers(rows, "workers"), _numbers(rows, "bytes"), _numbers(rows, "seconds")


def fitted_link(node: str, members: tuple[int, ...]) -> tuple[Link, Efficiency]:
    """The link fitted to every second size of the all-reduces of a node, and an efficiency with the error on the rest.

    The efficiency reaches all of the link, since what is lost is in the fitted numbers.

    >>> link, reached = fitted_link("h100_dgx", (2, 4, 8))
    >>> reached.error.relative < 0.15
    True
    """
    p, n, seconds = all_reduces(node, members)
    order = np.lexsort((p, n))
    fitted, held = order[::2], order[1::2]
    link = fit_link(p[fitted], n[fitted], seconds[fitted])
    return link, Efficiency(error=error(link_seconds(link, p[held], n[held]), seconds[held]))


def link_seconds(link: Link, members: Any, size: Any) -> Any:
    """Seconds of an all-reduce of so many bytes over a link that an operator of ours would take."""
    node = Device("node", {"fp16": 1e30}, (datasheet("h100").memory[-1]._replace(bandwidth=1e30),), {"intra": link})
    return operator_cost(AllReduce(np.asarray(size) / 2.0, 1, members), node).seconds
