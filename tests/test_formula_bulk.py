"""Many formulas at once: distributions, membership, moves and keys of what the kernels make."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.spaces import NoOtherMember, Space
from inlay.spaces.choosers import Replay
from inlay.spaces.formulas import OPERATORS, Formula, Formulas, Operator, parse_formula
from inlay.spaces.formulas.bulk import bulk_for
from inlay.spaces.formulas.end_to_end import field_keys, nodes_of
from inlay.spaces.formulas.identity import field_key
from inlay.spaces.formulas.random_streams import SPAN, stream_from


def softplus(x: Any) -> Any:
    """An operator of one's own."""
    return np.logaddexp(0, x)


REALS = [operator.name for operator in OPERATORS if set(operator.takes) | {operator.gives} == {"real"}]
SPACES: dict[str, Formulas] = {
    "plain": Formulas(["x"], ["+", "*"], literals=[1, 2], max_size=5),
    "weighted": Formulas(["x", "y"], ["-", "sin"], max_size=4, weights={"sin": 3, "x": 2, "y": 0.5}),
    "forbidden": Formulas(
        ["x"], ["-", "sin", "exp"], max_size=5, max_depth=4, forbidden={"sin": ["sin", "1"], "root": ["exp", "x"]}
    ),
    "fitted": Formulas(["x"], ["+", "sin"], literals=[], constants="fitted", max_constants=1, max_size=5),
    "shallow": Formulas(["x", "y"], ["+", "cos"], literals=[], max_size=9, max_depth=3),
    "constant": Formulas(
        2, ["+", "*", "/", "exp"], literals=[0.5, -1], constants=(-2, 3), max_constants=3, max_size=15, max_depth=6
    ),
    "own": Formulas(["x"], ["+", Operator("softplus", softplus)], constants=(0.1, 0.7), max_size=8),
    "all": Formulas(3, REALS, literals=[1, 2, -0.5], max_size=30, forbidden={"sin": ["sin", "cos"], "exp": ["exp"]}),
}
SMALL = [name for name, space in SPACES.items() if space.finite and space.size() < 3000]
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


class Weighing(Replay):
    """Replays decisions, and finds with what probability random draws make them."""

    probability = 1.0

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        i = super().index(n, hole, weights)
        self.probability *= 1 / n if weights is None else weights[i] / sum(weights)
        return i


def probability(space: Formulas, formula: Formula) -> float:
    weighing = Weighing(space.trace(formula))
    space.decide(weighing)
    return weighing.probability


@pytest.mark.parametrize("name", SMALL)
def test_samples_have_the_distribution_of_single_decisions(name: str) -> None:
    space, n = SPACES[name], 20_000
    shares = {formula: probability(space, formula) for formula in space.enumerate()}
    assert sum(shares.values()) == pytest.approx(1)
    counts = Counter(space.sample_many(n, Random(1)))
    assert counts.keys() <= shares.keys()
    common = {formula for formula, share in shares.items() if share * n >= 8}
    rare = n - sum(counts[formula] for formula in common), n * (1 - sum(shares[formula] for formula in common))
    pairs = [*[(counts[formula], shares[formula] * n) for formula in common], *([rare] if rare[1] >= 8 else [])]
    statistic, freedom = sum((seen - wanted) ** 2 / wanted for seen, wanted in pairs), len(pairs) - 1
    assert freedom > 10
    assert statistic < freedom + 5 * math.sqrt(2 * freedom)


def test_constants_are_drawn_evenly_from_their_range() -> None:
    drawn = [number for formula in SPACES["constant"].sample_many(4000, Random(2)) for number in formula.constants]
    assert len(drawn) > 2000
    shares = np.histogram(drawn, bins=5, range=(-2, 3))[0] / len(drawn)
    assert np.abs(shares - 0.2).max() < 4 * math.sqrt(0.16 / len(drawn))


@every_space
def test_all_that_is_made_is_a_member_with_its_key(space: Formulas) -> None:
    rng = Random(3)
    made = list(space.sample_many(150, rng))
    made += space.mutate_many(made, rng)
    made += space.crossover_many(made[:150], made[150:], rng)
    assert len(made) == 450
    for formula in made:
        assert space.contains(formula)
        assert formula.key == field_key(formula, space.fitted)
        assert formula == Formula(formula.code, formula.numbers, space.vocabulary)  # whose codes are checked


# -- mutation and crossing -------------------------------------------------------------------------------------------


@every_space
def test_mutation_differs_in_key_and_leaves_its_input(space: Formulas) -> None:
    rng = Random(4)
    values = space.sample_many(200, rng)
    before = [(value.code, value.numbers) for value in values]
    changed = space.mutate_many(iter(values), rng)
    assert all(space.key(a) != space.key(b) for a, b in zip(values, changed, strict=True))
    assert [(value.code, value.numbers) for value in values] == before


def test_mutation_makes_every_kind_of_move() -> None:
    space = Formulas(["x", "y"], ["+", "sin", "cos"], constants=(0, 1), max_size=9)
    old = space.adopt("sin(x) + (y + 0.25)")
    found = {str(new) for new in space.mutate_many([old] * 3000, Random(5))}
    assert "cos(x) + (y + 0.25)" in found  # another symbol
    assert "x + (y + 0.25)" in found  # a hoist
    assert "sin(x) + x" in found  # a shrink
    assert {"cos(sin(x) + (y + 0.25))", "sin(x) + (y + 0.25) + x"} <= found  # insertions
    assert any(new.startswith("sin(x) + (y + 0.") and new.count("+") == 2 for new in found)  # another number
    assert len(found) > 500  # new parts


def test_a_step_of_a_constant_is_small_or_large_and_stays_in_its_range() -> None:
    space = Formulas(["x"], ["+"], literals=[], constants=(-2, 3), max_size=3, max_constants=1)
    old = space.adopt("x + 0.5")
    steps = [abs(new.constants[0] - 0.5) for new in space.mutate_many([old] * 4000, Random(6)) if new.size == 3 and
             new.constants and new.code == old.code]  # fmt: skip
    assert sum(step < 0.02 for step in steps) > 100
    assert sum(step > 1 for step in steps) > 100
    assert max(steps) <= 2.5


@pytest.mark.parametrize("name", SMALL)
def test_mutation_reaches_every_key(name: str) -> None:
    space, rng = SPACES[name], Random(7)
    missing = {space.key(member) for member in space.enumerate()}
    values = list(space.sample_many(100, rng))
    for _ in range(400):
        missing.difference_update(map(space.key, values))
        if not missing:
            return
        values = list(space.mutate_many(values, rng))
    assert not missing


def test_a_space_with_one_member_says_so() -> None:
    space = Formulas(["x"], [], literals=[])
    with pytest.raises(NoOtherMember):
        space.mutate_many(space.sample_many(3, Random(0)), Random(0))


def test_a_mutation_among_equal_keys_is_still_another_formula() -> None:
    space = Formulas([], ["*"], literals=[1], max_size=7)
    values = space.sample_many(50, Random(1))
    assert all(a != b for a, b in zip(values, space.mutate_many(values, Random(2)), strict=True))


@every_space
def test_crossing_puts_a_part_of_the_second_into_the_first(space: Formulas) -> None:
    rng = Random(8)
    firsts, seconds = space.sample_many(100, rng), space.sample_many(100, rng)
    for first, second, child in zip(firsts, seconds, space.crossover_many(firsts, seconds, rng), strict=True):
        parts = {part for _, part in second.walk()}
        made = {first.spliced(node, part) for node in range(first.size) for part in parts}
        assert child in made | {first, second}
    assert list(space.crossover_many(firsts, firsts, rng)) == list(firsts)


def test_crossing_draws_places_and_parts_evenly() -> None:
    space = Formulas(["x", "y"], ["+"], literals=[], max_size=99)
    first, second = space.adopt("x + x"), space.adopt("y + y + y")
    n = 7000
    found = Counter(map(str, space.crossover_many([first] * n, [second] * n, Random(9))))
    assert found.keys() == {
        "x + y",
        "y + x",
        "y",
        "y + y",
        "x + (y + y)",
        "y + y + x",
        "x + (y + y + y)",
        "y + y + y + x",
    }
    for text, ways in {"x + y": 3, "y": 3, "y + y": 1, "x + (y + y)": 1}.items():  # of 15 less 1, which is the second
        assert found[text] == pytest.approx(n * ways / 14, rel=0.2)


def test_pairs_that_do_not_match_are_refused() -> None:
    space = SPACES["plain"]
    values = space.sample_many(3, Random(0))
    with pytest.raises(ValueError, match="shorter"):
        space.crossover_many(values, values[:2], Random(0))
    assert list(space.mutate_many([], Random(0))) == list(space.sample_many(0, Random(0))) == []


# -- what kernels cannot serve ---------------------------------------------------------------------------------------

UNSERVED: dict[str, Formulas] = {
    "types": Formulas(["x"], ["+", "less", "where"], max_size=7),
    "units": Formulas(["x", "t"], ["*", "/", "+"], units={"x": {"m": 1}, "t": {"s": 1}}, target="m/s", max_size=7),
    "every leaf banned": Formulas(["x"], ["+", "sin", "exp"], literals=[1], forbidden={"sin": ["x"], "exp": ["1"]}),
    "only a constant": Formulas(
        ["x"], ["+", "sin"], literals=[], constants=(0, 1), max_size=5, forbidden={"sin": ["x"]}
    ),
    "63 bans": Formulas(64, ["sin"], max_size=3, forbidden={"sin": [f"x{i}" for i in range(63)]}),
}


@pytest.mark.parametrize("space", UNSERVED.values(), ids=UNSERVED)
def test_other_spaces_are_served_by_loops(space: Formulas) -> None:
    assert bulk_for(space) is None
    values = space.sample_many(5, Random(1))
    assert values == [space.sample(rng) for rng in [Random(1)] for _ in range(5)]
    assert all(space.contains(value) for value in space.crossover_many(values, values[::-1], Random(2)))
    assert all(space.contains(value) for value in space.mutate_many(values, Random(2)))


def test_as_many_bans_as_there_are_bits() -> None:
    space = Formulas(64, ["sin"], max_size=3, forbidden={"sin": [f"x{i}" for i in range(62)]})
    assert bulk_for(space) is not None
    assert {str(value) for value in space.sample_many(3000, Random(0)) if value.size > 1} <= {
        f"{'sin(' * n}{leaf}{')' * n}" for n in (1, 2) for leaf in ("x62", "x63", "1")
    }


def test_what_is_no_member_goes_the_way_of_single_moves() -> None:
    space = SPACES["plain"]
    large = parse_formula("x + x + x + x + x", ["x"])
    assert all(map(space.contains, space.mutate_many([large, "x*x"], Random(0))))  # type: ignore[list-item]


# -- keys and streams ------------------------------------------------------------------------------------------------

TEXTS = """x; y; 1; 2.5; -3.25; 1e300*x; 1e-300; 0*x; x + y; x - y; x*y; x/y; x**y; x**2; x**64; x**65; x**(-64); x**0.5
    sin(x); sin(-x); cos(-x); tan(-(x*y)); exp(x); sqrt(x); sin(0); cos(0); minimum(x, y); maximum(y, x); maximum(x, x)
    1/(x - x); reciprocal(x - x); (x - x)**(-2); (x - x)**0; square(x); cube(-x); negative(x); abs(x - y); tanh(-x)
    where(x < y, x, y); where((x < y) & (y < x), 1, 0); (x - x)**(x - x) + sin(1/(x - x))"""


@pytest.mark.parametrize("abstract", [False, True])
def test_keys_of_many_are_those_of_one(abstract: bool) -> None:
    formulas = [parse_formula(text.strip(), ["x", "y"]) for line in TEXTS.splitlines() for text in line.split(";")]
    for space in SPACES.values():
        formulas += space.sample_many(60, Random(10))
    for vocabulary in {formula.vocabulary for formula in formulas}:
        alike = [formula for formula in formulas if formula.vocabulary == vocabulary]
        keys = field_keys(nodes_of(alike), vocabulary, abstract)
        assert keys == [field_key(formula, abstract) for formula in alike]


def test_streams_do_not_repeat_and_are_even() -> None:
    from inlay.spaces.formulas import random_streams

    draw = getattr(random_streams.drawn, "py_func", random_streams.drawn)
    stream = stream_from(Random(0))
    drawn = [draw(stream) for _ in range(4000)]
    assert len(set(drawn)) > 3990
    assert 0 <= min(drawn) < max(drawn) < SPAN
    shares = np.histogram(drawn, bins=8, range=(0, SPAN))[0] / len(drawn)
    assert np.abs(shares - 1 / 8).max() < 4 * math.sqrt(7 / 64 / len(drawn))


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
sys.path.insert(0, sys.argv[1])
from test_formula_bulk import digest_of_all
print(digest_of_all())
"""


def digest_of_all() -> str:
    """A digest of what the kernels make on every space."""
    found = []
    for space in SPACES.values():
        rng = Random(11)
        values = space.sample_many(12, rng)
        changed = space.mutate_many(values, rng)
        crossed = space.crossover_many(values, changed, rng)
        found += [(value.code, value.numbers, value.key) for value in [*values, *changed, *crossed]]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def test_the_same_formulas_come_out_without_numba() -> None:
    command = [sys.executable, "-c", WITHOUT_NUMBA, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest_of_all()
