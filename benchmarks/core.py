"""The core beside PyGlove: declare, sample, build, trace, mutate, compare, hash, save and edit, in one process."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pyglove as pg
from measure import (
    at_least_times,
    duration,
    facts,
    medians,
    seconds_per_call,
    seconds_per_item,
    significant,
    table,
    write_section,
)

from inlay.spaces import Choice, Replay, space, symbolic, symbolize

#: Numbers of choices, and how often everything is measured.
SIZES = {5: 7, 50: 5, 500: 1}
Call = Callable[[], Any]
Make = Callable[..., Any]
Times = dict[str, tuple[float, float]]


# -- the same spaces on both sides -----------------------------------------------------------------------------------


@symbolic
class Layer:
    """A part of the nested spaces, for Inlay."""

    def __init__(self, width: Any, kernel: Any, inner: Any) -> None:
        self.width, self.kernel, self.inner = width, kernel, inner


class PeerLayer(pg.Object):  # type: ignore[misc]
    """The same part, for PyGlove."""

    width: Any
    kernel: Any
    inner: Any


def flat(choice: Make, layer: Make, n: int) -> dict[str, Any]:
    """A dictionary of `n` choices of 4."""
    return {f"x{i}": choice(0, 1, 2, 3) for i in range(n)}


def one_layer(choice: Make, layer: Make) -> Any:
    """An object with two choices, and a dictionary with two more inside it."""
    inner = {"activation": choice("relu", "gelu", "silu", "tanh"), "norm": choice("batch", "layer", "group", "none")}
    return layer(width=choice(16, 32, 64, 128), kernel=choice(1, 3, 5, 7), inner=inner)


def nested(choice: Make, layer: Make, n: int) -> dict[str, Any]:
    """`n` choices of 4: a list of dictionaries with one choice and an object of four."""
    return {"layers": [{"skip": choice(0, 1, 2, 3), "layer": one_layer(choice, layer)} for _ in range(n // 5)]}


def conditional(choice: Make, layer: Make, n: int) -> dict[str, Any]:
    """`n` choices, four of five of which exist only where the fifth takes its second option."""
    return {"blocks": [choice("skip", one_layer(choice, layer)) for _ in range(n // 5)]}


SHAPES = {"flat": flat, "nested": nested, "conditional": conditional}
#: The path of the part that is replaced, and what it becomes.
EDITED = {"flat": ("x1", 0), "nested": ("layers[0].layer.kernel", 1), "conditional": ("blocks[0].kernel", 1)}


def last(*options: Any) -> Any:
    """The last option: a choice already made."""
    return options[-1]


def oneof(*options: Any) -> Any:
    """PyGlove's hole."""
    return pg.oneof(list(options))


def declared(shape: str, n: int) -> Any:
    """The space as Inlay declares it."""
    return space(SHAPES[shape](Choice, Layer, n))


def declared_by_peer(shape: str, n: int) -> Any:
    """The space as PyGlove declares it."""
    return pg.Dict(SHAPES[shape](oneof, PeerLayer, n))


# -- the same operations on both sides -------------------------------------------------------------------------------


def inlay_operations(shape: str, n: int) -> dict[str, Call]:
    """Each operation with Inlay, as a measurement of its CPU seconds."""
    net = declared(shape, n)
    rng = random.Random(0)
    member, twin = (symbolize(SHAPES[shape](last, Layer, n)) for _ in range(2))
    assert net.contains(member)
    decisions = net.trace(member)
    path, new = EDITED[shape]
    calls: dict[str, Call] = {
        "declare": lambda: declared(shape, n),
        "declare, first sample": lambda: declared(shape, n).sample(rng),
        "sample": lambda: net.sample(rng),
        "sample, built": lambda: net.sample(rng).build(),
        "build": member.build,
        "decode": lambda: net.decide(Replay(decisions)).build(),
        "trace": lambda: net.trace(member),
        "mutate": lambda: net.mutate(member, rng),
        "mutate, built": lambda: net.mutate(member, rng).build(),
        "equality": lambda: member == twin,
        "equality, ==": lambda: member == twin,
        "JSON": lambda: net.from_json(json.loads(json.dumps(member.to_json()))),
        "replace": lambda: member.replace({path: new}),
    }
    measures: dict[str, Call] = {name: partial(seconds_per_call, call) for name, call in calls.items()}
    measures["hash"] = lambda: seconds_per_item(hash, [net.decide(Replay(decisions)) for _ in range(200)])
    return measures


def peer_operations(shape: str, n: int) -> dict[str, Call]:
    """Each operation with PyGlove, the fastest way that its documentation shows."""
    net = declared_by_peer(shape, n)
    member, twin = (pg.Dict(SHAPES[shape](last, PeerLayer, n)) for _ in range(2))
    samples: Iterator[Any] = pg.random_sample(net, seed=0)
    template = pg.template(net)
    dna = template.encode(member)
    dna.use_spec(template.dna_spec())
    assert pg.eq(template.decode(dna), member)
    mutator = pg.evolution.mutators.Uniform(seed=0)
    path, new = EDITED[shape]
    calls: dict[str, Call] = {
        "declare": lambda: declared_by_peer(shape, n),
        "declare, first sample": lambda: next(pg.random_sample(declared_by_peer(shape, n), seed=0)),
        "sample": lambda: next(samples),
        "build": lambda: template.decode(dna),
        "trace": lambda: template.encode(member),
        "mutate": lambda: mutator.mutate(dna),
        "mutate, built": lambda: template.decode(mutator.mutate(dna)),
        "equality": lambda: pg.eq(member, twin),
        "equality, ==": lambda: member == twin,
        "JSON": lambda: pg.from_json_str(pg.to_json_str(member)),
        "replace": lambda: member.clone(override={path: new}),
        "hash": lambda: pg.hash(member),
    }
    next(samples)
    return {name: partial(seconds_per_call, call) for name, call in calls.items()}


#: Which of PyGlove's operations an operation of Inlay's stands beside, where the names differ.
BESIDE = {"sample, built": "sample", "decode": "build"}

#: The operations that the figures to reach speak of.
MAIN = ("sample", "build", "trace", "mutate")

OPERATIONS = {
    "declare": "`space({...})`; `pg.Dict(...)` of `pg.oneof`",
    "declare, first sample": "and one member; the first `next(pg.random_sample(...))`",
    "sample": "`space.sample(rng)`; `next(samples)` of one `pg.random_sample`",
    "sample, built": "`space.sample(rng).build()`; the same",
    "build": "`program.build()`; `template.decode(dna)`",
    "decode": "`space.decide(Replay(decisions)).build()`; the same",
    "trace": "`space.trace(program)`; `template.encode(value)`",
    "mutate": "`space.mutate(program, rng)`; `pg.evolution.mutators.Uniform().mutate(dna)`",
    "mutate, built": "and `.build()`; and `template.decode`",
    "equality": "of equal values that share nothing: `==`; `pg.eq`",
    "equality, ==": "the same; `==`, in which dictionaries compare as Python's own",
    "hash": "the first one of a program (later ones are remembered); `pg.hash`",
    "JSON": "to text and back: `json` of `to_json`, `from_json`; `pg.to_json_str`, `pg.from_json_str`",
    "replace": "of one part: `replace`; `clone(override=...)`",
}


def compare(shape: str, n: int, repeats: int, names: Iterable[str] = OPERATIONS, checks: bool = True) -> Times:
    """The operations' CPU seconds with Inlay and with PyGlove, which checks types unless told not to."""
    inlay, peer = inlay_operations(shape, n), peer_operations(shape, n)
    measures: dict[str, Call] = {}
    for name in names:
        measures[f"inlay {name}"] = inlay[name]
        measures[f"peer {BESIDE.get(name, name)}"] = peer[BESIDE.get(name, name)]
    with pg.enable_type_check(checks):  # only now: what is made without checks lacks its defaults
        taken = medians(measures, repeats)
    return {name: (taken[f"inlay {name}"], taken[f"peer {BESIDE.get(name, name)}"]) for name in names}


# -- the report ------------------------------------------------------------------------------------------------------


def cells(times: tuple[float, float]) -> list[str]:
    """Inlay, peer and their ratio as text."""
    return [duration(times[0]), duration(times[1]), f"{significant(times[1] / times[0])}×"]


def main() -> None:
    """Measure everything and write the section."""
    found = {(shape, n): compare(shape, n, repeats) for n, repeats in SIZES.items() for shape in SHAPES}
    unchecked = compare("flat", 50, SIZES[50], MAIN, checks=False)
    fifty = found["flat", 50]
    figures = [at_least_times(f"{name}, 50 flat choices", 1000, *fifty[name], "PyGlove") for name in MAIN]
    figures.append(at_least_times("building the space, 50 flat choices", 100, *fifty["declare"], "PyGlove"))
    parts = [facts(["inlay", "pyglove", "numpy"]), EXPLANATION, table(["operation", "measured"], OPERATIONS.items())]
    for shape, make in SHAPES.items():
        head = ["operation", *(f"{side}, {n}" for n in SIZES for side in ("inlay", "PyGlove", "ratio"))]
        rows = [[name, *(cell for n in SIZES for cell in cells(found[shape, n][name]))] for name in OPERATIONS]
        parts += [f"### {shape.capitalize()}", str(make.__doc__), table(head, rows)]
    rows = [[name, *cells(times)] for name, times in unchecked.items()]
    parts += ["### 50 flat choices, PyGlove under `pg.enable_type_check(False)`"]
    parts += [table(["operation", "inlay", "PyGlove", "ratio"], rows)]
    write_section("core.py", "The core beside PyGlove", "\n\n".join(parts), figures)


EXPLANATION = """Both sides hold the same spaces and do the same work in one process, in turn, while garbage
collection is off. PyGlove keeps one sampler, template and mutator, made beforehand. Its samples are values; Inlay's are
programs, so that the rows "built" add the building. PyGlove has two forms of a candidate, the DNA, which is mutated,
and the value; Inlay has one."""


if __name__ == "__main__":
    main()
