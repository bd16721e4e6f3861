"""How the benchmarks measure and write: CPU time, medians, both sides in turn, one section of RESULTS.md a script."""

from __future__ import annotations

import datetime
import gc
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import ceil
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

RESULTS = Path(__file__).with_name("RESULTS.md")

HEAD = """# Benchmarks

CPU time (`time.process_time`), medians over repeats. Both sides of a ratio were measured in turn in one run of one
script, so that ratios hold although the machine is shared; the absolute figures of two runs may differ by half.
`make bench` writes this page; each script replaces its own section and its own rows of the first table.
"""

FIGURES_HEAD = """## Figures to reach

| figure | to reach | inlay | peer | ratio | reached | script |
|---|---|---|---|---|---|---|
"""


# -- measuring -------------------------------------------------------------------------------------------------------


def seconds_per_call(call: Callable[[], Any], at_least: float = 0.02) -> float:
    """CPU seconds of one call, the mean over as many calls as take `at_least` seconds; garbage collection is off."""
    gc.collect()
    gc.disable()
    try:
        calls = 1
        while True:
            start = process_time()
            for _ in range(calls):
                call()
            spent = process_time() - start
            if spent >= at_least:
                return spent / calls
            calls = ceil(calls * min(50.0, 1.2 * at_least / max(spent, 1e-9)))
    finally:
        gc.enable()


def seconds_per_item(call: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """CPU seconds of one call, the mean over one call for each item; for what is remembered after the first call."""
    gc.collect()
    gc.disable()
    try:
        start = process_time()
        for item in items:
            call(item)
        return (process_time() - start) / len(items)
    finally:
        gc.enable()


def medians(measures: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, Any]:
    """The median of each measure, all taken in turn `repeats` times; number by number where one gives a list."""
    taken: dict[str, list[Any]] = {name: [] for name in measures}
    for _ in range(repeats):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {
        name: [median(column) for column in zip(*values, strict=True)]
        if isinstance(values[0], list)
        else median(values)
        for name, values in taken.items()
    }


def in_new_process(*arguments: str, **environment: str) -> Any:
    """What Python prints as JSON when it is run alone with these arguments and variables of the environment."""
    variables = os.environ | environment
    done = subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True, env=variables)
    return json.loads(done.stdout.splitlines()[-1])


# -- writing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """One line of the table of figures to reach; cells are text."""

    name: str
    target: str
    inlay: str
    reached: bool
    peer: str = ""
    ratio: str = ""

    def row(self, script: str) -> str:
        """The line of the table."""
        cells = (self.name, self.target, self.inlay, self.peer, self.ratio, "yes" if self.reached else "**no**", script)
        return f"| {' | '.join(cells)} |"


def at_least_times(name: str, times: float, inlay: float, peer: float, peer_name: str) -> Figure:
    """The figure "at least `times` as fast as a peer"."""
    ratio = peer / inlay
    reached = ratio >= times
    return Figure(
        name, f"{times:,.0f}×", duration(inlay), reached, f"{peer_name} {duration(peer)}", f"{significant(ratio)}×"
    )


def below(name: str, limit: float, inlay: float) -> Figure:
    """The figure "less than `limit` seconds"."""
    return Figure(name, f"< {duration(limit)}", duration(inlay), inlay < limit)


def duration(seconds: float) -> str:
    """Seconds as readable text.

    >>> duration(0.0123), duration(4.56e-6)
    ('12.3 ms', '4.56 µs')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{significant(seconds / size)} {unit}"
    return f"{significant(seconds / 1e-9)} ns"


def significant(number: float) -> str:
    """The number with three significant digits, without exponent.

    >>> significant(0.01234), significant(1234.5)
    ('0.0123', '1,234')
    """
    return f"{number:,.0f}" if number >= 100 else f"{number:#.3g}".rstrip(".")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def facts(packages: Sequence[str]) -> str:
    """When, and with which versions, on how many processors."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    today = datetime.datetime.now(datetime.UTC).date()
    return f"{today}, Python {platform.python_version()}, {os.cpu_count()} CPUs; {versions}."


def write_section(script: str, title: str, text: str, figures: Sequence[Figure]) -> None:
    """Replace the section and the figures of one script in RESULTS.md, and leave the others."""
    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    sections = dict(re.findall(r"<!-- (\w+\.py) -->\n(.*?)<!-- end -->\n", old, flags=re.DOTALL))
    sections[script] = f"## {title}\n\nWritten by `benchmarks/{script}`: {text.strip()}\n"
    rows = {name: re.findall(rf"^\|.*\| {re.escape(name)} \|$", old, flags=re.MULTILINE) for name in sections}
    rows[script] = [figure.row(script) for figure in figures]
    lines = [row for name in sorted(rows) for row in rows[name]]
    body = [f"<!-- {name} -->\n{sections[name]}<!-- end -->\n" for name in sorted(sections)]
    RESULTS.write_text("\n".join([HEAD, FIGURES_HEAD + "\n".join(lines) + "\n", *body]), encoding="utf-8")
    for figure in figures:
        print(figure.row(script))
