"""The command line: list and show problems, run and resume searches, report, compare strategies, calibrate."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from .comparison_names import BadComparison, chosen_problems, chosen_strategies
from .problems import entries, problem
from .readable_errors import FAILURE, INTERRUPTED, USAGE, OneLineErrors, explained, fail
from .search import Problem, Strategy, Study
from .search.baselines import Row, against_baselines
from .search.comparison_page import comparison_page
from .search.report import report_page, size_text
from .search.source_code import source_code
from .stored_searches import Search, find_search, stored_search
from .strategy_names import STRATEGIES, first_sentence, make_strategy, read_settings, settings_text
from .terminal import print_comparison, print_machine, print_ranking, print_table, progress_line, say

if TYPE_CHECKING:
    from .problems.hardware.devices import Device
    from .search.comparison_result import Comparison
    from .search.comparison_runs import RunResult
    from .search.store import Store

_LEARNING = STRATEGIES.keys() - {"random", "exhaustive"}  # the others gain nothing from a known good program

app = typer.Typer(cls=OneLineErrors, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")

ProblemName = Annotated[str, typer.Argument(metavar="PROBLEM", help="A name from `inlay list`.")]
StudyName = Annotated[str | None, typer.Argument(metavar="[STUDY]", help="May be left out where the store has one.")]
StoreAddress = Annotated[str, typer.Option("--store", help="A file, or the URL of a database.", show_default=False)]
Trials = Annotated[int | None, typer.Option(min=1, help="How many trials to make, at most.", show_default=False)]
Seconds = Annotated[float | None, typer.Option(min=0.0, help="How long to search, at most.", show_default=False)]
Workers = Annotated[int | None, typer.Option(min=1, help="Evaluate in so many processes.", show_default="in this one")]
Timeout = Annotated[float | None, typer.Option(min=0.001, help="Seconds that a trial may take.", show_default=False)]
Baseline = Annotated[bool, typer.Option(help="Also make a random search with the same budget.")]


@app.callback(invoke_without_command=True)
def _inlay(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Leave holes in a program. Let search fill them."""
    if version:
        from . import __version__

        say(f"inlay {__version__}")
    elif context.invoked_subcommand is None:
        say(context.get_help())


# -- looking ---------------------------------------------------------------------------------------------------------


@app.command("list")
def list_all(
    store: Annotated[str | None, typer.Option(help="List the studies in this store.", show_default=False)] = None,
) -> None:
    """List the problems and the strategies, or the studies of a store."""
    with explained():
        if store is not None:
            _list_studies(store)
            return
        print_table("Problems", ["name", "what it is"], [(entry.name, entry.title) for entry in entries()])
        rows = [(name, settings_text(name), first_sentence(name)) for name in STRATEGIES]
        print_table("Strategies", ["name", "settings", "what it does"], rows)


def _list_studies(address: str) -> None:
    with _existing_store(address) as store:
        rows = [
            (header.name, header.problem, header.strategy, str(header.seed), str(len(store.log(header.name))))
            for header in store.headers()
        ]
    print_table(f"Studies in {address}", ["name", "problem", "strategy", "seed", "trials"], rows, (3, 4))


@app.command()
def show(name: ProblemName) -> None:
    """Show a problem: its space as a tree, how large it is, where it comes from, what is known."""
    with explained():
        shown = problem(name)
        say(shown.name, style="bold")
        facts = [
            ("objectives", ", ".join(f"{direction} {goal}" for goal, direction in shown.objectives.items())),
            ("source", shown.source),
            ("best known", "" if shown.best_known is None else f"{shown.best_known:g}"),
            ("held-out data", "yes" if shown.held_out is not None else "no"),
            ("fidelities", ", ".join(f"{fidelity:.3g}" for fidelity in shown.fidelities)),
            ("size", size_text(shown.members)),
            *[(point, str(value)) for point, value in shown.published.items()],
        ]
        width = max(len(fact) for fact, _ in facts) + 2
        for fact, text in facts:
            if text:
                say(f"{fact:<{width}}{text}")
        say()
        say(shown.members.describe())


# -- searching -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Budget:
    """What the search may spend, and the baseline after it."""

    trials: int | None
    seconds: float | None
    workers: int | None
    timeout: float | None
    baseline: bool

    def run(self, search: Search, study: Study, trials: int | None) -> None:
        """Spend the budget, on published points first; what it was is noted in the log.

        The strategy is asked once these are told, so that a run killed at any instant resumes to the same trials.
        """
        start, before = time.monotonic(), len(study.trials)
        points = search.first_points(study)[:trials]
        if points:
            study.enqueue(*points)
            study.run(trials=len(points), seconds=self.seconds, timeout=self.timeout, progress=False)
        left = None if self.seconds is None else max(0.0, self.seconds - (time.monotonic() - start))
        more = None if trials is None else trials - (len(study.trials) - before)
        study.run(trials=more, seconds=left, workers=self.workers, timeout=self.timeout)
        if study.log is not None and study.trials:
            last = max(trial.told for trial in study.trials if trial.told is not None)
            study.log.note(last, f"stopped after {len(study.trials)} trials: {study.stop_reason}")


@app.command()
def run(
    name: ProblemName,
    strategy: Annotated[str, typer.Option(help="A name from `inlay list`.")] = "regularized-evolution",
    trials: Trials = None,
    seconds: Seconds = None,
    workers: Workers = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same trials.")] = 0,
    store: Annotated[str | None, typer.Option(help="Keep the study in this file, or database.")] = None,
    study_name: Annotated[str | None, typer.Option("--name", help="[default: PROBLEM/STRATEGY/SEED]")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="A setting, such as population=20.")] = None,
    timeout: Timeout = None,
    from_published: Annotated[
        bool, typer.Option("--from-published/--from-scratch", help="Begin with the problem's published points.")
    ] = True,
    baseline: Baseline = True,
) -> None:
    """Search a problem, and compare what is found with its published points and with random search."""
    with explained():
        problem(name)  # the first thing to be wrong, and the first to be named
        if trials is None and seconds is None:
            fail("the search has no budget; give --trials N, --seconds S, or both", USAGE)
        read = read_settings(strategy, settings or [])
        make_strategy(strategy, read)
        known = study_name or f"{name}/{strategy}/{seed}"
        search = Search(known, name, strategy, read, seed, trials, from_published and strategy in _LEARNING)
        budget = _Budget(trials, seconds, workers, timeout, baseline)
        if store is None:
            _search(search, None, "", budget)
        else:
            with _store(store) as opened:
                _search(search, opened, store, budget)


@app.command()
def resume(
    study_name: StudyName = None,
    *,
    store: StoreAddress,
    trials: Trials = None,
    seconds: Seconds = None,
    workers: Workers = None,
    timeout: Timeout = None,
    baseline: Baseline = True,
) -> None:
    """Take up a stored search where it stopped; without a budget, make the trials that were planned for it."""
    with explained(), _existing_store(store) as opened:
        search = find_search(opened.headers(), study_name, store)
        if trials is None and seconds is None:
            trials = _planned_trials(search, len(opened.log(search.name)))
        _search(search, opened, store, _Budget(trials, seconds, workers, timeout, baseline))


def _planned_trials(search: Search, made: int) -> int:
    """How many of the planned trials are still to be made."""
    if search.trials is None or search.trials <= made:
        what = "was given no number of trials" if search.trials is None else f"has made its {search.trials} trials"
        fail(f"study {search.name!r} {what}; say how far to go on with --trials N or --seconds S", USAGE)
    return search.trials - made


def _search(search: Search, store: Store | None, address: str, budget: _Budget) -> None:
    """Run the study, then its baseline up to as many trials, and print what came out."""
    study = search.study(store)
    planned = len(study.trials) + (budget.trials or 0)
    made = f"{len(study.trials)} trials so far, " if study.trials else ""
    say(f"{'continuing' if made else 'searching'} {study.name}: {made}{search.strategy_text}, seed {study.seed}")
    if search.from_published and study.problem.published and not made:
        say(f"it begins with {', '.join(study.problem.published)}; --from-scratch leaves that out", style="dim")
    control = None
    try:
        budget.run(search, study, budget.trials)
        control = _baseline(search, store, budget, len(study.trials))
    except KeyboardInterrupt:
        _interrupted(study, address, planned if budget.trials else None)
    print_result(study, against_baselines(study, control))
    if address:
        say(f"to go on: {_resume_command(study, address)} --trials {budget.trials or 100}", style="dim")


def _baseline(search: Search, store: Store | None, budget: _Budget, trials: int) -> Study | None:
    """Random search with as many trials as the study has; None where there is nothing to compare."""
    wanted = search.baseline
    if wanted is None or not budget.baseline:
        return None
    control = wanted.study(store)
    if len(control.trials) < trials:
        budget.run(wanted, control, trials - len(control.trials))
    return control


def _interrupted(study: Study, address: str, planned: int | None) -> NoReturn:
    """Say what is kept of an interrupted search, and how to go on."""
    if not address:
        fail(f"interrupted after {len(study.trials)} trials; nothing is kept without --store FILE", INTERRUPTED)
    rest = max(1, planned - len(study.trials)) if planned is not None else 100
    more = "" if planned is not None and planned <= len(study.trials) else f" --trials {rest}"
    command = f"{_resume_command(study, address)}{more or ' --trials 1'}"
    fail(f"interrupted; {len(study.trials)} trials are kept, go on with: {command}", INTERRUPTED)


def _resume_command(study: Study, address: str) -> str:
    return f"inlay resume {shlex.quote(study.name)} --store {shlex.quote(address)}"


def print_result(study: Study, rows: Sequence[Row]) -> None:
    """Print the comparison, the best program as code, and what failed."""
    say()
    print_comparison(rows, study.problem.objectives)
    if any(row.held_out for row in rows):
        say("difference: held-out minus searched; a searched score is optimistic, for it chose the winner", style="dim")
    failed = [trial for trial in study.trials if trial.state == "failed"]
    if failed:
        say(f"{len(failed)} trials failed, the first with: {failed[0].error}", style="red")
    if len(study.problem.objectives) == 1 and len(failed) < len(study.trials):
        say(f"\nthe best program, trial {study.best.number}:\n")
        say(source_code(study.best.program))


# -- reporting -------------------------------------------------------------------------------------------------------


@app.command()
def report(
    study_name: StudyName = None,
    *,
    store: StoreAddress,
    output: Annotated[Path | None, typer.Option(help="[default: the study's name with .html]")] = None,
) -> None:
    """Print the comparison table of a stored study, and write a page about it that needs nothing else."""
    with explained(), _existing_store(store) as opened:
        headers = opened.headers()
        search = find_search(headers, study_name, store)
        study = search.study(opened)
        if not study.trials:
            fail(f"study {study.name!r} has no trials yet; begin with {_resume_command(study, store)}", FAILURE)
        stored = next((h for h in headers if search.baseline and h.name == search.baseline.name), None)
        control = stored_search(stored).study(opened) if stored is not None else None
        say("scoring the published points and the held-out data; every other score is as stored", style="dim")
        rows = against_baselines(study, control)
        print_result(study, rows)
        history = [text for _, text in study.log.notes()] if study.log is not None else []
        page = output or Path(f"{study.name.replace('/', '-')}.html")
        _write(page, report_page(study, control, rows, history), "this study")


def _write(page: Path, text: str, subject: str) -> None:
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{page} cannot be written ({error.strerror}); give another place with --output", FAILURE)
    say(f"the page about {subject}: {page}")


# -- comparing -------------------------------------------------------------------------------------------------------

ProblemNames = Annotated[
    list[str],
    typer.Argument(metavar="PROBLEM", help="Names from `inlay list`; a folder stands for all its problems."),
]
Strategies = Annotated[
    list[str],
    typer.Option("--strategy", help="A name, or with settings: hill-climb:patience=50,...", show_default=False),
]


@app.command()
def compare(
    names: ProblemNames,
    strategies: Strategies,
    seeds: Annotated[int, typer.Option(min=1, help="Run every strategy with so many seeds, from 0 on.")] = 10,
    trials: Annotated[int | None, typer.Option(min=1, help="The trials of every run.", show_default=False)] = None,
    cost: Annotated[
        float | None, typer.Option(min=0.0, help="The cost of every run, in place of its trials.", show_default=False)
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Make so many runs at once.", show_default=False)] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds that a run may take.", show_default=False)
    ] = None,
    store: Annotated[str | None, typer.Option(help="Keep finished runs in this file, and go on from it.")] = None,
    output: Annotated[Path | None, typer.Option(help="Write a page with tables and curves.")] = None,
) -> None:
    """Compare strategies: each on every problem with several seeds and the same budget, beside random search."""
    with explained():
        problems, entrants = chosen_problems(names), chosen_strategies(strategies)
        if (trials is None) == (cost is None):
            fail("a comparison has one budget; give either --trials N or --cost C", USAGE)
        if output is not None and not output.absolute().parent.is_dir():
            fail(f"{output} cannot be written, for there is no folder {output.parent}; make it first", FAILURE)
        options = {"trials": trials, "cost": cost, "workers": workers, "timeout": timeout, "store": store}
        comparison = _compared(entrants, problems, {**options, "seeds": range(seeds)})
        print_ranking(comparison)
        if output is not None:
            _write(output, comparison_page(comparison), "this comparison")


def _compared(entrants: Mapping[str, Strategy], problems: Sequence[Problem], options: dict[str, Any]) -> Comparison:
    """Make the runs of the comparison that the store lacks, with a line that says how far it is."""
    from .search.comparison import compare

    store = options["store"]
    try:
        with progress_line("comparing") as advance:
            return compare(entrants, problems, **options, watch=lambda run, done, of: advance(_run_text(run), done, of))
    except ValueError as error:  # as declared; the runs themselves do not raise
        raise BadComparison(str(error)) from error
    except OSError as error:
        fail(f"{store}: {error.strerror or error}; give another place with --store", FAILURE)
    except KeyboardInterrupt:
        kept = f"what is finished is kept in {store}, the same command goes on" if store else "nothing is kept"
        fail(f"interrupted; {kept}{'' if store else ' without --store FILE'}", INTERRUPTED)


def _run_text(run: RunResult) -> str:
    return f"{run.problem}, {run.strategy}, seed {run.seed}"


# -- calibrating -----------------------------------------------------------------------------------------------------


@app.command()
def calibrate(
    output: Annotated[Path | None, typer.Option(help="Write the device to this file, as JSON.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed measures the same shapes.")] = 0,
    seconds: Annotated[float, typer.Option(min=1.0, help="CPU seconds to measure for, at most, about.")] = 20.0,
) -> None:
    """Measure what this machine reaches with one thread, and how far estimates of operators' times are off."""
    from .problems.hardware.machine import machine_error, measure_machine

    with explained():
        if output is not None and not output.absolute().parent.is_dir():
            fail(f"{output} cannot be written, for there is no folder {output.parent}; make it first", FAILURE)
        with progress_line("measuring") as advance:
            machine = measure_machine(seed, seconds * 0.8, watch=advance)
        print_machine(machine, machine_error(machine, seed, seconds * 0.2))
        if output is not None:
            _write_device(machine, output)


def _write_device(machine: Device, path: Path) -> None:
    from .problems.hardware.device_files import save_device

    try:
        save_device(machine, path)
    except OSError as error:
        fail(f"{path} cannot be written ({error.strerror}); give another place with --output", FAILURE)
    say(f"the device: {path}")


# -- stores ----------------------------------------------------------------------------------------------------------


@contextmanager
def _store(address: str) -> Iterator[Store]:
    from .search.store import Store

    with Store(address) as store:
        yield store


@contextmanager
def _existing_store(address: str) -> Iterator[Store]:
    """A store that is there already: reading must not make an empty file."""
    if "://" not in address and not Path(address).is_file():
        fail(f"there is no store {address}; begin one with inlay run ... --store {shlex.quote(address)}", FAILURE)
    with _store(address) as store:
        yield store


def main() -> None:
    """Run the command line with the arguments of this process."""
    command: Callable[[], Any] = app
    command()
