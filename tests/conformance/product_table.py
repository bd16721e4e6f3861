"""The page that says which strategy acts on which space, and what was checked where it does.

Run this file to write `docs/strategies-and-spaces.md` anew.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import test_learning
import test_strategy_laws
from entries import Entry
from space_table import SPACES
from strategy_table import FAMILIES, PAIRS, REFUSALS, REFUSED, STRATEGIES
from test_learning import LESSONS, TASKS

from inlay.search.strategies import describe_strategy
from inlay.spaces import SpaceError
from inlay.spaces.programs import shorten

PAGE = Path(__file__).parents[2] / "docs" / "strategies-and-spaces.md"
COMMAND = "python tests/conformance/product_table.py"

Cells = Sequence[Any]

# -- what was checked ------------------------------------------------------------------------------------------------


def laws(module: Any, over: Iterable[Any]) -> list[str]:
    """The names of the tests of a module that run once for each of these cases, and are marked for nothing else."""
    wanted = list(over)
    return [
        name
        for name, test in vars(module).items()
        if name.startswith("test_") and any(list(mark.args[1]) == wanted for mark in parameters(test))
    ]


def parameters(test: Callable[..., Any]) -> list[Any]:
    """The parametrizations of a test; raises `ValueError` where a mark could make it be left out."""
    marks = getattr(test, "pytestmark", [])
    if any(mark.name != "parametrize" for mark in marks):
        raise ValueError(f"{test.__name__} is marked {[mark.name for mark in marks]}: the page promises that it runs")
    return list(marks)


def sentence(law: str) -> str:
    """The name of a test as a line of a list."""
    return f"- {law.removeprefix('test_').replace('_', ' ')} (`{law}`)"


# -- names -----------------------------------------------------------------------------------------------------------


def family_entries(family: str) -> Mapping[str, Entry]:
    """The entries of a family; the baselines belong to none."""
    if family:
        found: Mapping[str, Entry] = importlib.import_module(f"strategies_{family}").STRATEGIES
        return found
    known = {name for each in FAMILIES for name in family_entries(each)}
    return {name: entry for name, entry in STRATEGIES.items() if name not in known}


def title(family: str) -> str:
    """What a family is, from the first line of its file."""
    if not family:
        return "Baselines"
    text = inspect.getdoc(importlib.import_module(f"strategies_{family}")) or family
    return text.partition("\n")[0].removesuffix(".").removesuffix(", one line an entry")


def configuration(strategy: Any) -> str:
    """A strategy as the Python that would write it, without what is left at its default."""
    if not dataclasses.is_dataclass(strategy) or isinstance(strategy, type):
        if isinstance(strategy, list | tuple):
            return f"[{', '.join(map(configuration, strategy))}]"
        return re.sub(r"#[0-9a-f]{8}", "", describe_strategy(strategy))  # the code of a lambda differs by Python
    told = [field for field in dataclasses.fields(strategy) if field.init and not at_default(field, strategy)]
    inner = ", ".join(f"{field.name}={configuration(getattr(strategy, field.name))}" for field in told)
    return f"{type(strategy).__name__}({inner})"


def at_default(field: dataclasses.Field[Any], strategy: Any) -> bool:
    default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    return default is not dataclasses.MISSING and repr(default) == repr(getattr(strategy, field.name))


def size(space: str) -> str:
    """How many members a space has, in words."""
    try:
        found = SPACES[space]().size()
    except SpaceError:
        return "not counted"
    if found == math.inf:
        return "infinitely many"
    return f"{found:,}" if found < 10**9 else f"about 10^{round(math.log10(found))}"


# -- tables ----------------------------------------------------------------------------------------------------------


def table(heads: Cells, rows: Iterable[Cells]) -> Iterator[str]:
    """A table in Markdown."""
    for cells in (heads, ["---"] * len(heads), *rows):
        yield f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


def promises(entries: Mapping[str, Entry]) -> Iterator[str]:
    """What each strategy of a family is, where it learns, and what it says about parallel runs."""
    rows = [
        (name, code(configuration(entry.make())), learning(name, entry), "yes" if entry.synchronous else "no",
         ", ".join(sorted(entry.needs)))
        for name, entry in entries.items()
    ]  # fmt: skip
    yield from table(["strategy", "configuration", "where it learns", "same trials in any order", "needs"], rows)


def learning(name: str, entry: Entry) -> str:
    """The margin over random search and the tasks, or the test that shows what the strategy learns."""
    if entry.margin is None:
        return f"`tests/{entry.proof}`" if entry.proof else "it does not"
    tasks = [task for strategy, task in LESSONS if strategy == name]
    where = "every task" if len(tasks) == len(TASKS) else ", ".join(tasks)
    return f"at most {entry.margin:g} × random search: {where}"


def product(entries: Mapping[str, Entry]) -> Iterator[str]:
    """A row for each space and a column for each strategy: a tick, or the number of the note that says why not."""
    notes: dict[str, list[tuple[str, str]]] = {}
    for name in entries:
        for space in SPACES:
            if why := REFUSALS[name, space]:
                notes.setdefault(masked(why), []).append((space, why))
    numbers = {kind: i + 1 for i, kind in enumerate(notes)}

    def cell(name: str, space: str) -> str:
        why = REFUSALS[name, space]
        return f"no, {numbers[masked(why)]}" if why else "✓"

    yield from table(["space", *entries], [[space, *(cell(name, space) for name in entries)] for space in SPACES])
    yield from (f"{numbers[kind]}. {note(found)}" for kind, found in notes.items())
    if notes:
        yield ""


def masked(why: str) -> str:
    """A refusal without the parts that differ from space to space: programs and numbers."""
    return (
        re.sub(r"\b\d+\b", "n", re.sub(r"\w*[(\[{].*([)\]}]|\.\.\.)", "…", why.partition("; ")[0]))
        + why.partition("; ")[2]
    )


def note(found: Sequence[tuple[str, str]]) -> str:
    """The refusals of one kind in one line, by way of the first one."""
    space, why = found[0]
    spaces = {where for where, _ in found}
    example = f" (this is what it says of “{space}”)" if len({text for _, text in found}) > 1 else ""
    return f"{why}{example}: {len(spaces)} of {len(SPACES)} spaces"


# -- the page --------------------------------------------------------------------------------------------------------


def introduction() -> Iterator[str]:
    yield "# Strategies and spaces"
    yield ""
    yield f"Written by `{COMMAND}` from the tables of the conformance suite; a test fails when it is stale."
    yield ""
    yield f"There are {len(STRATEGIES)} configured strategies and {len(SPACES)} spaces. Of the {len(REFUSALS):,} pairs"
    yield f"{len(PAIRS):,} pass (✓) and {len(REFUSED):,} are not applicable: there the strategy raises `CannotAct`"
    yield "before anything happens, and a numbered note says why."
    yield ""
    yield "A tick means that every run of the test suite checks the laws below for that pair: the laws and this page"
    yield "take the pairs from one list, and no law is marked to be skipped or expected to fail."
    yield ""
    families = [(family, family_entries(family)) for family in ("", *FAMILIES)]
    rows = [(title(family), len(entries), *counts(entries)) for family, entries in families]
    yield from table(["family", "strategies", "pairs that pass", "not applicable"], rows)


def counts(entries: Mapping[str, Entry]) -> tuple[int, int]:
    refused = sum(name in entries for name, _ in REFUSED)
    return len(entries) * len(SPACES) - refused, refused


def law_lists() -> Iterator[str]:
    """The laws by name, grouped by the cases that they run over."""
    yield "## The laws"
    yield ""
    yield f"Each law makes runs of {test_strategy_laws.TRIALS} trials. Unless it says otherwise, the objective fails"
    yield "for a seventh of all values, gives NaN for a ninth, and violates a constraint for a quarter."
    for heading, names in law_groups().items():
        yield from ("", f"{heading}:", "", *map(sentence, names))
    yield ""


def law_groups() -> dict[str, list[str]]:
    """The names of the laws by the cases that they run over."""
    bits = test_learning.BIT_LEARNERS
    return {
        "Every pair": laws(test_strategy_laws, PAIRS),
        "Every pair of a strategy that makes the same trials in any order of results": laws(
            test_strategy_laws, test_strategy_laws.synchronous_pairs
        ),
        "Every such strategy, on the last space that it accepts": laws(
            test_strategy_laws, test_strategy_laws.processed_pairs
        ),
        "Every pair of a strategy that draws at random and a space of more than 1,000 members": laws(
            test_strategy_laws, test_strategy_laws.LARGE
        ),
        "Every pair that is not applicable": laws(test_strategy_laws, REFUSED),
        "Every strategy with a margin, on every learning task whose space it accepts": laws(test_learning, LESSONS),
        "Every strategy with a margin that accepts the space of “one max”": laws(test_learning, bits),
        "Those of them that stay within two decisions of a success": laws(
            test_learning, [name for name in bits if STRATEGIES[name].local]
        ),
    }


def learning_tasks() -> Iterator[str]:
    yield "## The learning tasks"
    yield ""
    yield f"A strategy's margin bounds its median best loss over {len(test_learning.SEEDS)} seeds, as a share of that"
    yield "of random search with the same budget. The least loss of every task is 0; random search stays above the last"
    yield "column."
    yield ""
    rows = [(name, code(shorten(repr(task.space()))), task.budget, task.unsolved) for name, task in TASKS.items()]
    yield from table(["task", "space", "budget", "random search stays above"], rows)


def spaces() -> Iterator[str]:
    yield "## The spaces"
    yield ""
    rows = [(name, code(shorten(repr(make()))), size(name)) for name, make in SPACES.items()]
    yield from table(["name", "space", "members"], rows)


def family_section(family: str) -> Iterator[str]:
    entries = family_entries(family)
    yield from (f"## {title(family)}", "", *promises(entries), *product(entries))


def page() -> str:
    """The page as Markdown, the same in every process."""
    sections = [introduction(), law_lists(), learning_tasks(), spaces(), *map(family_section, ("", *FAMILIES))]
    lines = [line.rstrip() for section in sections for line in section]
    return re.sub(r" at 0x[0-9a-f]+", "", "\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}: {len(PAIRS)} pairs pass")
