"""Single figures of Inlay: exact sizes, long permutations, masks of a million entries, and what `import inlay` costs."""

from __future__ import annotations

import json
import random
import sys
from functools import partial
from time import process_time
from typing import Any

from measure import Figure, below, duration, facts, in_new_process, medians, seconds_per_call, table, write_section

MILLION = 1_000_000
REPEATS = 7

#: What `import inlay` must not load.
HEAVY = ("optuna", "sympy", "sklearn", "matplotlib", "sqlalchemy")

#: What else is imported alone, to compare.
ALONE = ("numpy", "pyglove", "optuna", "deap.base", "nevergrad")


def hole_measures() -> dict[str, Any]:
    """The figures of holes, as measurements of CPU seconds."""
    from inlay.spaces import Mask, Permutation, Subset

    rng = random.Random(0)
    masks = {"free": Mask(MILLION), "a tenth ones": Mask(MILLION, ones=MILLION // 10), "half ones": Mask(
        MILLION, ones=MILLION // 2)}  # fmt: skip
    order = Permutation(range(100))
    member = order.sample(rng)
    calls = {
        "Subset(range(60), 30).size()": lambda: Subset(range(60), 30).size(),
        "Permutation(range(100)), made": lambda: Permutation(range(100)),
        "Permutation(range(100)), a member drawn and built": lambda: order.sample(rng).build(),
        "Permutation(range(100)), a member mutated": lambda: order.mutate(member, rng),
    }
    for name, mask in masks.items():
        calls[f"Mask of a million, {name}, sampled"] = partial(mask.sample, rng)
        calls[f"Mask of a million, {name}, mutated"] = partial(mask.mutate, mask.sample(rng), rng)
    return {name: partial(seconds_per_call, call) for name, call in calls.items()}


def mask_is_shared() -> bool:
    """Whether `replace` elsewhere leaves a mask of a million entries where it is."""
    from inlay.spaces import Choice, Mask, space

    candidate = space({"mask": Mask(MILLION), "rate": Choice(1, 2)}).sample(random.Random(0))
    return candidate.replace({"rate": 2})["mask"] is candidate["mask"]


def import_alone(module: str) -> dict[str, Any]:
    """CPU seconds of importing one module into this new process, and the heavy modules that came with it."""
    start = process_time()
    __import__(module)
    spent = process_time() - start
    return {"seconds": spent, "heavy": [name for name in HEAVY if name in sys.modules]}


def import_measure(module: str) -> float:
    """CPU seconds of importing one module into a new process."""
    return float(in_new_process(__file__, module)["seconds"])


LIMITS = {"Subset": 10e-3, "Permutation": 1e-3, "Mask": 10e-3}


def main() -> None:
    """Measure everything and write the section."""
    holes = medians(hole_measures(), REPEATS)
    imports = medians({module: partial(import_measure, module) for module in ("inlay", *ALONE)}, REPEATS)
    heavy = in_new_process(__file__, "inlay")["heavy"]
    figures = [below(f"`{name}`" if name.endswith(")") else name, LIMITS[name[: name.index("(")] if "(" in name else "Mask"],
                     spent) for name, spent in holes.items()]  # fmt: skip
    shared = mask_is_shared()
    figures.append(
        Figure("Mask of a million: not copied by `replace` elsewhere", "", "shared" if shared else "copied", shared)
    )
    figures.append(below("`import inlay`", 0.2, imports["inlay"]))
    light = ", ".join(heavy) or "none of them"
    figures.append(Figure(f"`import inlay` loads {', '.join(HEAVY)}", "none of them", light, not heavy))
    rows = [[f"`{module}`", duration(spent)] for module, spent in imports.items()]
    parts = [
        facts(["inlay", "numpy", "pyglove", "optuna", "deap", "nevergrad"]),
        "The holes' figures stand in the first table. Importing into a new process takes, without the start of Python:",
        table(["module", "CPU time"], rows),
    ]
    write_section("holes_and_import.py", "Holes and import", "\n\n".join(parts), figures)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(import_alone(sys.argv[1])))
    else:
        main()
