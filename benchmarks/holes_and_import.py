"""Single figures: exact sizes, long permutations, masks of a million entries, and what `import inlay` costs."""

from __future__ import annotations

import random
import tempfile
from functools import partial
from typing import Any

from measure import Figure, below, duration, facts, in_new_process, medians, seconds_per_call, table, write_section

MILLION = 1_000_000
REPEATS = 7

#: What importing Inlay must not load.
HEAVY = ("optuna", "sympy", "sklearn", "matplotlib", "sqlalchemy")

#: `import inlay` loads a folder when it is first used, so the folders are measured too.
OURS = ("inlay", "inlay.spaces", "inlay.search")
PEERS = ("numpy", "pyglove", "optuna", "deap.base", "nevergrad")

#: Run in a new process that has imported nothing else.
IMPORT = """
import sys, time
start = time.process_time()
import {modules}
spent = time.process_time() - start
import json
print(json.dumps([spent, [name for name in {heavy!r} if name in sys.modules]]))
"""


def hole_measures() -> dict[str, Any]:
    """The figures of holes, as measurements of CPU seconds."""
    from inlay.spaces import Mask, Permutation, Subset

    rng = random.Random(0)
    masks = {
        "free": Mask(MILLION),
        "a tenth ones": Mask(MILLION, ones=MILLION // 10),
        "half ones": Mask(MILLION, ones=MILLION // 2),
    }
    order = Permutation(range(100))
    member = order.sample(rng)
    calls = {
        "`Subset(range(60), 30).size()`": lambda: Subset(range(60), 30).size(),
        "`Permutation(range(100))`, made": lambda: Permutation(range(100)),
        "`Permutation(range(100))`, a member drawn and built": lambda: order.sample(rng).build(),
        "`Permutation(range(100))`, a member mutated": lambda: order.mutate(member, rng),
    }
    for name, mask in masks.items():
        calls[f"`Mask` of a million, {name}, sampled"] = partial(mask.sample, rng)
        calls[f"`Mask` of a million, {name}, mutated"] = partial(mask.mutate, mask.sample(rng), rng)
    return {name: partial(seconds_per_call, call) for name, call in calls.items()}


def mask_is_shared() -> bool:
    """Whether `replace` elsewhere leaves a mask of a million entries where it is."""
    from inlay.spaces import Choice, Mask, space

    candidate = space({"mask": Mask(MILLION), "rate": Choice(1, 2)}).sample(random.Random(0))
    return candidate.replace({"rate": 2})["mask"] is candidate["mask"]


def import_alone(modules: str, cache: str) -> tuple[float, list[str]]:
    """CPU seconds of importing modules into a new process, and the heavy ones that they load.

    `cache` is the folder of the compiled modules, so that none is compiled again while it is measured.
    """
    code = IMPORT.format(modules=modules, heavy=HEAVY)
    seconds, heavy = in_new_process("-c", code, PYTHONPYCACHEPREFIX=cache, PYTHONDONTWRITEBYTECODE="")
    return seconds, heavy


def import_seconds(modules: str, cache: str) -> float:
    """Only the seconds of `import_alone`."""
    return import_alone(modules, cache)[0]


def imports_alone() -> tuple[dict[str, float], list[str]]:
    """The CPU seconds of importing each module, and the heavy ones that Inlay loads."""
    modules = (*OURS, *PEERS)
    with tempfile.TemporaryDirectory() as cache:
        for module in modules:
            import_alone(module, cache)
        seconds = medians({module: partial(import_seconds, module, cache) for module in modules}, REPEATS)
        return seconds, import_alone(", ".join(OURS), cache)[1]


def limit(name: str) -> float:
    """How many seconds the figure of a hole may take."""
    return 1e-3 if name.startswith("`Permutation") else 10e-3


def figures_of_imports(seconds: dict[str, float], heavy: list[str]) -> list[Figure]:
    """Time and weight of importing Inlay, all of it that a search needs."""
    name = f"heavy modules that importing Inlay loads, of {', '.join(HEAVY)}"
    found = [below(f"`import {module}`", 0.2, seconds[module]) for module in OURS]
    return [*found, Figure(name, "none", ", ".join(heavy) or "none", not heavy)]


def main() -> None:
    """Measure everything and write the section."""
    holes = medians(hole_measures(), REPEATS)
    imports, heavy = imports_alone()
    shared = mask_is_shared()
    figures = [below(name, limit(name), spent) for name, spent in holes.items()]
    name = "`Mask` of a million, after `replace` elsewhere"
    figures.append(Figure(name, "not copied", "shared" if shared else "copied", shared))
    figures += figures_of_imports(imports, heavy)
    parts = [
        facts(["inlay", "numpy", "pyglove", "optuna", "deap", "nevergrad"]),
        "The holes' figures stand in the first table. Importing into a new process takes, without the start of Python:",
        table(["module", "CPU time"], [[f"`{module}`", duration(spent)] for module, spent in imports.items()]),
    ]
    write_section("holes_and_import.py", "Holes and import", "\n\n".join(parts), figures)


if __name__ == "__main__":
    main()
