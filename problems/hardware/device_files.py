"""Device files: a device as JSON, with the machine that it was measured on; reading one never imports anything."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .devices import Device, Efficiency, Error, Link, Memory, ProcessingInMemory, SystolicArray

#: What a file says that it is, and the version of its layout.
FORMAT, VERSION = "inlay device", 1


class BadDeviceFile(ValueError):
    """A file that holds no device, or one of another machine or version."""


def fingerprint() -> dict[str, str]:
    """What must be equal for measured times to hold: processor, cores, and versions of what computes.

    >>> sorted(fingerprint())
    ['architecture', 'cores', 'numpy', 'processor', 'scipy']
    """
    return {
        "processor": _processor(),
        "architecture": platform.machine(),
        "cores": str(os.cpu_count()),
        "numpy": version("numpy"),
        "scipy": _version("scipy"),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def device_text(device: Device) -> str:
    """The content of a device file: the device, and the machine that writes it."""
    held = {
        "name": device.name,
        "peak": dict(device.peak),
        "memory": [level._asdict() for level in device.memory],
        "links": {name: link._asdict() for name, link in device.links.items()},
        "efficiency": {kind: _reached(each) for kind, each in device.efficiency.items()},
        "otherwise": _reached(device.otherwise),
        "tile": list(device.tile),
        "lanes": device.lanes,
        "warm": device.warm,
        "energy": dict(device.energy),
        "power": device.power,
        "array": device.array and device.array._asdict(),
        "pim": device.pim and device.pim._asdict(),
        "source": device.source,
    }
    content = {"format": FORMAT, "version": VERSION, "machine": fingerprint(), "device": held}
    return json.dumps(content, indent=1) + "\n"


def _reached(efficiency: Efficiency) -> dict[str, Any]:
    return efficiency._asdict() | {"error": efficiency.error and efficiency.error._asdict()}


def save_device(device: Device, path: str | Path) -> None:
    """Write a device file."""
    Path(path).write_text(device_text(device), encoding="utf-8")


def load_device(path: str | Path, anywhere: bool = False) -> Device:
    """The device of a file; one that was measured on another machine only where `anywhere`.

    Raises `BadDeviceFile`, naming the field that differs, for another machine or another version of the layout, and
    for what is no device file; `ValueError` where the device itself makes no sense; `OSError` where there is no file.

    >>> from .device_table import device
    >>> save_device(device("h100"), "h100.json")
    >>> load_device("h100.json") == device("h100")
    True
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadDeviceFile(f"{path} is no JSON ({error}); write it anew with `inlay calibrate`") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BadDeviceFile(f'{path}: its "format" is not {FORMAT!r}; write it anew with `inlay calibrate`')
    if content.get("version") != VERSION:
        raise BadDeviceFile(
            f"{path}: version: the file has {content.get('version')!r}, this Inlay reads {VERSION}; write it anew with "
            "`inlay calibrate`"
        )
    if not anywhere:
        _check_machine(path, content.get("machine"))
    try:
        return _device(content["device"])
    except (KeyError, TypeError, AttributeError) as error:
        raise BadDeviceFile(f"{path}: device: {error!r}; write it anew with `inlay calibrate`") from None


def _check_machine(path: str | Path, machine: Any) -> None:
    told = machine if isinstance(machine, dict) else {}
    for field, mine in fingerprint().items():
        if told.get(field) != mine:
            raise BadDeviceFile(
                f"{path}: machine.{field}: the file was measured with {told.get(field)!r}, this machine has {mine!r}; "
                "measure this one with `inlay calibrate`, or load with anywhere=True to estimate for that one"
            )


def _device(held: dict[str, Any]) -> Device:
    return Device(
        name=held["name"],
        peak=held["peak"],
        memory=tuple(Memory(**level) for level in held["memory"]),
        links={name: Link(**link) for name, link in held["links"].items()},
        efficiency={kind: _efficiency(each) for kind, each in held["efficiency"].items()},
        otherwise=_efficiency(held["otherwise"]),
        tile=(held["tile"][0], held["tile"][1]),
        lanes=held["lanes"],
        warm=held["warm"],
        energy=held["energy"],
        power=held["power"],
        array=held["array"] and SystolicArray(**held["array"]),
        pim=held["pim"] and ProcessingInMemory(**held["pim"]),
        source=held["source"],
    )


def _efficiency(held: dict[str, Any]) -> Efficiency:
    return Efficiency(**{**held, "error": held["error"] and Error(**held["error"])})
