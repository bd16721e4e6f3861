"""The devices that are known by name, with the sources of their numbers.

Energies of an operation and of a byte are orders of magnitude: they put what a device draws at its peak near the power
that its datasheet allows. Bandwidths of second-level caches were measured by others and are rounded.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace

from .devices import PERFECT, Device, Efficiency, Error, Link, Memory, ProcessingInMemory, SystolicArray, UnknownDevice

#: Bytes of a megabyte and of a gigabyte, as datasheets count them.
MB, GB, TB = 1e6, 1e9, 1e12
#: What kernels of large matrix products and streams reach, where nothing was measured.
USUAL = Efficiency(start=5e-6, compute=0.75, stream=0.75)


def _nvidia(name: str, fp16: float, int8: float, fp32: float, near: Memory, far: Memory, link: Link, watts: float,
            source: str) -> Device:  # fmt: skip
    """A graphics processor: a third of its power is spent anyway, and a third by computing at the peak."""
    return Device(
        name,
        peak={"fp16": fp16, "bf16": fp16, "int8": int8, "fp32": fp32},
        memory=(near._replace(energy=watts / 20 / near.bandwidth), far._replace(energy=watts / 4 / far.bandwidth)),
        links={"intra": link, "inter": Link(10e-6, 25 * GB)},
        energy={kind: watts / 3 / peak for kind, peak in
                {"fp16": fp16, "bf16": fp16, "int8": int8, "fp32": fp32}.items()},
        power=watts / 3,
        source=source,
        tile=(128, 128),
        lanes=32,
        otherwise=USUAL,
    )  # fmt: skip


def _a100(name: str, capacity: float, bandwidth: float) -> Device:
    return _nvidia(
        name, 312e12, 624e12, 19.5e12, Memory("l2", 40 * MB, 5 * TB), Memory("hbm", capacity, bandwidth),
        Link(10e-6, 300 * GB), 400, "NVIDIA A100 datasheet (dense peaks, bandwidths, NVLink, power)",
    )  # fmt: skip


_TABLE: dict[str, Callable[[], Device]] = {
    "a100-80g": lambda: _a100("a100-80g", 80 * GB, 2039 * GB),
    "a100-40g": lambda: _a100("a100-40g", 40 * GB, 1555 * GB),
    "h100": lambda: _nvidia(
        "h100", 989e12, 1979e12, 67e12, Memory("l2", 50 * MB, 5.5 * TB), Memory("hbm", 80 * GB, 3350 * GB),
        Link(10e-6, 450 * GB), 700, "NVIDIA H100 SXM datasheet (dense peaks, bandwidths, NVLink, power)",
    ),
    "h200": lambda: _nvidia(
        "h200", 989e12, 1979e12, 67e12, Memory("l2", 50 * MB, 5.5 * TB), Memory("hbm", 141 * GB, 4800 * GB),
        Link(10e-6, 450 * GB), 700, "NVIDIA H200 SXM datasheet (dense peaks, bandwidths, NVLink, power)",
    ),
    "a40": lambda: _nvidia(
        "a40", 149.7e12, 299.3e12, 37.4e12, Memory("l2", 6 * MB, 2 * TB), Memory("gddr6", 48 * GB, 696 * GB),
        Link(10e-6, 56 * GB), 300, "NVIDIA A40 datasheet (dense peaks, bandwidths, NVLink bridge, power)",
    ),
    "xeon-8480": lambda: Device(
        "xeon-8480",
        peak={"bf16": 56 * 1024 * 2 * 2e9, "int8": 56 * 2048 * 2 * 2e9, "fp32": 56 * 64 * 2e9, "fp64": 56 * 32 * 2e9},
        memory=(Memory("l2", 112 * MB, 3.5 * TB, 1e-11), Memory("dram", 512 * GB, 307 * GB, 1.6e-10)),
        otherwise=Efficiency(1e-6, 0.7, 0.8),
        lanes=16,
        warm=True,
        energy={"bf16": 0.6e-12, "int8": 0.3e-12, "fp32": 10e-12, "fp64": 20e-12},
        power=120,
        source="56 cores at about 2 GHz, AMX and two AVX-512 units each, eight channels of DDR5-4800: arithmetic",
    ),
    "edge-npu": lambda: Device(
        "edge-npu",
        peak={"int8": 4e12},
        memory=(Memory("sram", 8 * MB, 128 * GB, 1e-12), Memory("dram", 4 * GB, 12.8 * GB, 1.6e-10)),
        otherwise=Efficiency(2e-5, 0.8, 0.8),
        lanes=64,
        energy={"int8": 0.4e-12},
        power=0.4,
        array=SystolicArray(64, 64, 1, 488e6),
        source="Coral Edge TPU: 4 TOPS of int8, 2 TOPS/W, 8 MB on chip; array and clock chosen to give that peak",
    ),
    "piuma": lambda: Device(
        "piuma",
        peak={"fp64": 8 * 66 * 1e9, "fp32": 8 * 66 * 1e9},
        memory=(Memory("scratchpad", 8 * 4 * MB, 1 * TB, 1e-12), Memory("dram", 32 * GB, 8 * 35.2 * GB, 1.6e-10)),
        links={"intra": Link(400e-9, 32 * GB), "inter": Link(400e-9, 1 * TB)},
        otherwise=Efficiency(1e-6, 0.7, 0.7),
        energy={"fp64": 20e-12, "fp32": 10e-12},
        power=25,
        source="PIUMA at Hot Chips 2023: 8 cores of 66 threads, 4 MB of scratchpad each, DDR5-4400 by 8 bytes, 1 TB/s "
        "of optical links, 75 W; a channel a core and one operation a cycle and thread are assumed",
    ),
    "neupims": lambda: Device(
        "neupims",
        peak={"fp16": 262e12, "bf16": 262e12},
        memory=(Memory("sram", 32 * MB, 8 * TB, 1e-12), Memory("hbm", 32 * GB, 1.02 * TB, 3e-11)),
        otherwise=Efficiency(1e-6, 1.0, 1.0),
        lanes=128,
        energy={"fp16": 0.4e-12, "bf16": 0.4e-12},
        power=60,
        array=SystolicArray(128, 128, 8, 1e9),
        pim=ProcessingInMemory(channels=32, banks=32, page=1024, load=100e-9, compute=184e-9),
        source="Heo et al., 2024, NeuPIMs, doi:10.1145/3620666.3651380: 8 arrays of 128 x 128 at 1 GHz, 32 channels of "
        "HBM with 32 banks and pages of 1 KB",
    ),
    "hbm2-pim": lambda: Device(
        "hbm2-pim",
        peak={"fp16": 1.2e12},
        memory=(Memory("hbm", 6 * GB, 4 * 307 * GB, 1e-11),),
        otherwise=Efficiency(1e-6, 1.0, 0.8),
        lanes=16,
        energy={"fp16": 2e-12},
        power=5,
        source="Samsung Aquabolt-XL: 1.2 TFLOP/s of fp16 at 300 MHz, four times the bandwidth outside",
    ),
}  # fmt: skip
#: What kinds of operators were measured to reach, and the error on measurements that were held out:
#: `measured_kernels.fitted_to_kernels` and `fitted_link` make these numbers, and a test makes them again. Devices that
#: borrow the numbers of another (a100-40g, h200) have no error, for nothing was measured on them. Not of Vidur is only
#: attention: FlashAttention-2 reaches 50 to 73 % of an A100 (Dao, 2023, arXiv:2307.08691) and 35 % of an H100 (Shah et
#: al., 2024, arXiv:2407.08608). Of the A100's range half was chosen, knowing that prompts of 10,000 to a million tokens
#: take that in Transformers; the error is that of the prompts of 50,000 to 128,000 tokens in vLLM, which attention
#: dominates (`published_tables.attention_error`). Starts and streams of attention are `USUAL`.
_MEASURED: dict[str, dict[str, Efficiency]] = {
    "a100-80g": {
        "gemm": Efficiency(6.609e-6, 0.7452, 0.7003, Error(0.0543, 0.9963, 1.0, 162)),
        "elementwise": Efficiency(4.316e-6, 1.0, 0.4788, Error(0.4701, 0.8947, 0.8696, 138)),
        "all_reduce": Efficiency(0.0, 1.0, 1.0, Error(0.0563, 0.9989, 0.9964, 281)),
        "attention": USUAL._replace(compute=0.5, error=Error(0.0653, 1.0, 1.0, 3)),
    },
    "h100": {
        "gemm": Efficiency(7.618e-6, 0.7275, 0.9372, Error(0.0959, 0.9905, 1.0, 162)),
        "elementwise": Efficiency(3.152e-6, 1.0, 0.5553, Error(0.4709, 0.8961, 0.9275, 138)),
        "all_reduce": Efficiency(0.0, 1.0, 1.0, Error(0.0989, 0.9867, 0.9946, 373)),
        "attention": USUAL._replace(compute=0.35),
    },
    "a40": {
        "gemm": Efficiency(10.113e-6, 0.7560, 0.7471, Error(0.0702, 0.9956, 1.0, 162)),
        "elementwise": Efficiency(3.447e-6, 1.0, 0.7847, Error(0.1556, 0.9855, 0.9783, 138)),
    },
}
#: Links that were measured. Pairs of A100 are joined by NVLink, and four of them, "pairs", by PCI Express in between.
_MEASURED_LINKS: dict[str, dict[str, Link]] = {
    "a100-80g": {"intra": Link(39.52e-6, 196.5 * GB), "pairs": Link(59.43e-6, 23.68 * GB)},
    "h100": {"intra": Link(30.90e-6, 357.4 * GB)},
}
for _name, _like in (("a100-40g", "a100-80g"), ("h200", "h100")):
    _MEASURED[_name] = {kind: reached._replace(error=None) for kind, reached in _MEASURED[_like].items()}
    _MEASURED_LINKS[_name] = _MEASURED_LINKS[_like]


def device_names() -> list[str]:
    """The names of all devices.

    >>> device_names()[:3]
    ['a100-80g', 'a100-40g', 'h100']
    """
    return list(_TABLE)


def datasheet(name: str) -> Device:
    """The device of that name with nothing but its datasheet: it reaches its peaks at once.

    Raises `UnknownDevice`, with near matches.
    """
    if name not in _TABLE:
        close = difflib.get_close_matches(name.lower(), _TABLE, n=3, cutoff=0.6)
        meant = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(_TABLE)}"
        raise UnknownDevice(f"there is no device {name!r}; {meant}")
    return replace(_TABLE[name](), otherwise=PERFECT)


def device(name: str) -> Device:
    """The device of that name, with what was measured to be reached; raises `UnknownDevice`, with near matches.

    >>> device("h10")
    Traceback (most recent call last):
    ...
    inlay.problems.hardware.devices.UnknownDevice: there is no device 'h10'; did you mean h100?
    """
    known = datasheet(name)
    links = _with_measured(known.links, _MEASURED_LINKS.get(name, {}))
    return replace(known, otherwise=_TABLE[name]().otherwise, efficiency=_MEASURED.get(name, {}), links=links)


def as_device(device_or_name: Device | str) -> Device:
    """A device, or the one of that name; raises `UnknownDevice`."""
    return device(device_or_name) if isinstance(device_or_name, str) else device_or_name


def _with_measured(links: Mapping[str, Link], measured: Mapping[str, Link]) -> dict[str, Link]:
    """The links, with those that were measured; the others begin no sooner, since they start the same kernels."""
    least = min((link.latency for link in measured.values()), default=0.0)
    return {name: link._replace(latency=max(link.latency, least)) for name, link in links.items()} | dict(measured)
