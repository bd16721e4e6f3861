"""What is kept of a comparison: a file with a line for every finished run, so that only missing runs are made again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .comparison_runs import FAILED, RunResult

_HEADER = {"inlay": "comparison"}


class ComparisonLog:
    """The finished runs of a file of JSON lines, made if need be; failed runs are not kept, so they are tried again.

    Every line is on the disk when `add` returns. A last line that was cut short by a crash is passed over. `key` is
    text that identifies a run: problem, space, strategy, seed and budget. Raises `ValueError` for another kind of file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.runs: dict[str, RunResult] = {}
        data = self.path.read_bytes() if self.path.exists() else b""
        for number, line in enumerate(data.split(b"\n")):
            self._read(number, line)
        if not data:
            self._append(json.dumps(_HEADER))
        elif not data.endswith(b"\n"):
            self._append("")

    def _read(self, number: int, line: bytes) -> None:
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if number == 0 and line and found != _HEADER:
            raise ValueError(f"{self.path} is no log of a comparison: give the name of a new file, such as runs.jsonl")
        if isinstance(found, dict) and "key" in found:
            self.runs[found["key"]] = _result(found["run"])

    def add(self, key: str, run: RunResult) -> None:
        """Keep a finished run."""
        if run.state != FAILED:
            self.runs[key] = run
            self._append(json.dumps({"key": key, "run": _plain(run)}))

    def _append(self, line: str) -> None:
        with self.path.open("ab") as file:
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())


def _plain(run: RunResult) -> dict[str, Any]:
    return {name: getattr(run, name) for name in run.__dataclass_fields__}


def _result(data: dict[str, Any]) -> RunResult:
    return RunResult(**{**data, "curve": tuple((spent, loss) for spent, loss in data["curve"])})
