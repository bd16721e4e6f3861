"""Deliberate mistakes, each with the test that must notice it: a law that no mutant fails is no law.

`python tests/mutants.py [WORD ...]` makes every mistake in a copy of the tree (or those whose line holds a word), runs
the named test there, and prints a table; it ends with 1 when a mutant survives or the test fails without it.
"""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FOLDERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-dir"]
LAWS = "tests/conformance/test_space_laws.py"
STRATEGY_LAWS = "tests/conformance/test_strategy_laws.py"
LEARNING = "tests/conformance/test_learning.py"


class Mutant(NamedTuple):
    """One changed line: `old`, which stands once in `file`, becomes `new`; the test `caught_by` must fail."""

    file: str
    old: str
    new: str
    caught_by: str


MUTANTS = [
    Mutant("spaces/choices.py", "return i + (i >= old)", "return i", f"{LAWS}::test_mutation_reaches_every_member"),
    Mutant("spaces/choices.py", "if self.holed[i]:\n                option.enc", "if i == chosen:\n                option.enc", f"{LAWS}::test_features_have_a_fixed_length_and_agree_with_equality"),
    Mutant("spaces/choices.py", "if not self.options[i].loose:", "if True:", f"{LAWS}::test_decide_stays_inside_and_trace_inverts_it[alike]"),
    Mutant("spaces/ranges.py", "u = math.log(value) if self.log else value\n        for", "u = value\n        for", "tests/test_ranges.py::test_logarithmic_numbers_are_sampled_and_mutated_in_log_space"),
    Mutant("spaces/ranges.py", "if value.__class__ is not int:", "if not isinstance(value, int):", f"{LAWS}::test_others_are_refused_with_path_and_reason[integer]"),
    Mutant("spaces/sequences.py", "share = (self.low - taken) / rest", "share = 0.5", f"{LAWS}::test_holes_over_sets_are_uniform_over_members[subset]"),
    Mutant("spaces/sequences.py", "return make_list([self.element.decide(choose) for _ in range(n)])", "return make_list([self.element.decide(choose)] * n)", f"{LAWS}::test_enumeration_is_exact_and_agrees_with_the_size[repeat]"),
    Mutant("spaces/masks.py", "flat[out], flat[into] = False, True", "flat[out] = False; flat[_position_of(flat, False, rng)] = True", f"{LAWS}::test_mutation_differs_and_stays_inside[mask fixed]"),
    Mutant("spaces/masks.py", "flat[i] = choose.index(2, self, (rest - left, left))", "flat[i] = choose.index(2, self)", f"{LAWS}::test_holes_over_sets_are_uniform_over_members[mask fixed]"),
    Mutant("spaces/values.py", "if kind is not b.__class__:", "if False:", "tests/test_programs.py::test_equality_is_typed"),
    Mutant("spaces/programs.py", "return lend(value)", "return value", "tests/test_programs.py::test_building_never_hands_out_an_object_that_the_space_owns"),
    Mutant("spaces/programs.py", "tuple([frozen(arg) for arg in args])", "args", "tests/test_programs.py::test_arrays_inside_are_write_protected_also_after_pickling"),
    Mutant("spaces/programs.py", "if value.names is not self.names and value.names != self.names:", "if False:", f"{LAWS}::test_members_written_by_hand_are_recognised"),
    Mutant("spaces/programs.py", "if any(known[: len(position)] == position for known in edits):", "if False:", "tests/test_programs.py::test_replace_refuses_paths_that_overlap"),
    Mutant("spaces/sharing.py", "if self not in choose.scope:", "if True:", f"{LAWS}::test_decide_stays_inside_and_trace_inverts_it[shared twice]"),
    Mutant("spaces/constraints.py", "if not self.holds(value):", "if False:", f"{LAWS}::test_others_are_refused_with_path_and_reason[where]"),
    Mutant("spaces/moves.py", "FROM_AFAR = 0.03", "FROM_AFAR = 0.0", "tests/test_constraints.py::test_islands_are_left_now_and_then"),
    Mutant("spaces/moves.py", "return old if isinstance(old, int) and old < n else self.rest.index", "return self.rest.index", "tests/test_sharing.py::test_a_change_of_the_shared_value_keeps_what_still_fits"),
    Mutant("spaces/counting.py", "if key is not None and key in seen:", "if False:", f"{LAWS}::test_enumeration_is_exact_and_agrees_with_the_size[overlapping]"),
    Mutant("spaces/counting.py", "if space.overlapping or (", "if (", f"{LAWS}::test_the_size_is_as_counted_by_hand"),
    Mutant("spaces/choosers.py", "self.scope.clear()", "pass", "tests/test_sharing.py::test_a_refused_filling_leaves_no_shared_value_behind"),
    Mutant("spaces/reopening.py", "for hole in inside - used if", "for hole in inside if", "tests/test_edits.py::test_an_opened_hole_does_not_free_what_others_share"),
    Mutant("spaces/edits.py", "        new[space] = made\n", "        pass\n", "tests/test_edits.py::test_edits_pass_through_sharing_and_constraints"),
    Mutant("spaces/serialization.py", "args = sorted(", "args = list(", "tests/test_programs.py::test_values_that_mean_the_same_are_equal_with_the_same_hash_and_digest"),
    Mutant("spaces/serialization.py", "if len(found) > 1:", "if False:", "tests/test_serialization.py::test_two_things_of_one_name_are_refused_only_where_they_are_needed"),
    Mutant("spaces/display.py", "if value.shared and value in numbers:", "if False:", "tests/test_sharing.py::test_two_shared_holes_that_look_alike_are_two_decisions_and_two_fingerprints"),
    Mutant("search/selection.py", "if better(rival, winner):", "if False:", f"{LEARNING}::test_each_strategy_beats_random_search_by_its_margin"),
    Mutant("search/survival.py", "return [*population, *arrived][-size:]", "return [*population, *arrived][:size]", f"{LEARNING}::test_each_strategy_beats_random_search_by_its_margin"),
    Mutant("search/trials.py", "return a[0] < b[0]", "return a[0] > b[0]", f"{LEARNING}::test_each_strategy_beats_random_search_by_its_margin"),
    Mutant("search/hill_climb.py", "return better(trial, self.current)", "return better(self.current, trial)", f"{LEARNING}::test_each_strategy_beats_random_search_by_its_margin"),
    Mutant("search/evolution.py", '[t for t in trials if t.state == "done"]', "list(trials)", f"{LEARNING}::test_failures_and_nan_are_never_parents"),
    Mutant("search/evolution.py", "if self.awaited == self._brood_size():", "if self.awaited:", f"{STRATEGY_LAWS}::test_the_order_of_completion_changes_no_trial"),
    Mutant("search/exhaustive.py", "for value in islice(self.rest, n)]", "for value in islice(self.rest, 1, n + 1)]", f"{STRATEGY_LAWS}::test_exhaustive_search_finds_the_exact_optimum_and_stops"),
    Mutant("search/random_search.py", "self.space.sample_many(n, self.rng)", "self.space.sample_many(n, Random())", f"{STRATEGY_LAWS}::test_the_same_seed_reproduces_every_strategy"),
    Mutant("search/study.py", "random.Random(self.seed)", "random.Random()", f"{STRATEGY_LAWS}::test_the_same_seed_reproduces_every_strategy"),
    Mutant("search/study.py", "self.strategy = copy.deepcopy(strategy)", "self.strategy = strategy", f"{STRATEGY_LAWS}::test_one_configured_strategy_serves_two_studies_alike"),
    Mutant("search/log.py", "study.ask_again(first, wanted)", "pass", f"{STRATEGY_LAWS}::test_resume_equals_uninterrupted"),
    Mutant("search/trials.py", "if (a.violations or b.violations) and a.violation != b.violation:", "if False:", f"{STRATEGY_LAWS}::test_infeasible_never_beats_feasible"),
    Mutant("search/study.py", "twin = None if self.problem.noisy else self._known.get(trial.key)", "twin = None", "tests/test_running.py::test_equal_programs_are_not_evaluated_twice"),
    Mutant("search/running.py", "if error is not None and len(batch) > 1:", "if False:", "tests/test_running.py::test_a_trial_that_kills_its_worker_fails_alone"),
    Mutant("search/running.py", "self.asked >= self.trials", "self.asked > self.trials", "tests/test_running.py::test_trials_are_spent_exactly"),
    Mutant("search/pareto.py", "[trial for trial in trials if trial.violation == least]", "list(trials)", "tests/test_pareto.py::test_the_front_is_what_brute_force_finds"),
    Mutant("search/store_database.py", "connection.commit()", "pass", "tests/test_store.py::test_a_killed_process_loses_nothing_that_it_appended"),
]  # fmt: skip


def copy_tree(target: Path) -> dict[str, str]:
    """Copy the tree and return an environment in which Python imports the copy instead of the installation."""
    for name in {*FOLDERS.values(), "tests"}:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.db"))
    shutil.copy(ROOT / "pyproject.toml", target)
    package = target / "links" / "inlay"
    package.mkdir(parents=True)
    for file in (target / "inlay").iterdir():
        (package / file.name).symlink_to(file)
    for folder in set(FOLDERS.values()) - {"inlay"}:
        (package / folder).symlink_to(target / folder)
    return {**os.environ, "PYTHONPATH": str(target / "links"), "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def passes(tree: Path, environment: dict[str, str], tests: list[str]) -> bool:
    """Whether the tests pass in a tree; raises `RuntimeError` when they cannot be run at all."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    if done.returncode > 1:
        raise RuntimeError(done.stdout + done.stderr)
    return done.returncode == 0


def is_caught(mutant: Mutant, tree: Path, environment: dict[str, str]) -> bool:
    """Whether the named test fails on the mutant."""
    path = tree / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise RuntimeError(f"{mutant.file} holds {text.count(mutant.old)} times: {mutant.old}")
    path.write_text(text.replace(mutant.old, mutant.new))
    try:
        return not passes(tree, environment, [mutant.caught_by])
    finally:
        path.write_text(text)


def main(words: list[str]) -> int:
    """Run the mutants and print the table; 1 when one survives."""
    chosen = [mutant for mutant in MUTANTS if not words or any(word in repr(mutant) for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        environment = copy_tree(tree)
        where = subprocess.run(
            [sys.executable, "-c", "import inlay.spaces; print(inlay.spaces.__file__)"],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        if not where.startswith(str(tree)):
            raise RuntimeError(f"the copy is not what Python imports, but {where}")
        if not passes(tree, environment, sorted({mutant.caught_by for mutant in chosen})):
            print("the tests fail without any mutant")
            return 1
        survivors = 0
        for mutant in chosen:
            start = time.monotonic()
            caught = is_caught(mutant, tree, environment)
            survivors += not caught
            verdict = "caught" if caught else "SURVIVED"
            line = mutant.old.strip().splitlines()[0]
            print(
                f"{verdict:9}{time.monotonic() - start:5.1f} s  {mutant.file:24}  {line[:60]:60}  {mutant.caught_by.partition('::')[2]}"
            )
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants caught")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
