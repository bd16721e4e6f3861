"""Variation: mutation rates against their formulas, distinct places, crossovers, and the choice among operators."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import comb
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.search import CannotAct, Evolution, Mutate, Plus, Problem, Study, Tournament, Trial
from inlay.search.bandits import Bandit, Pull
from inlay.search.changes import changed
from inlay.search.crossover import OnePointCrossover, TwoPointCrossover, UniformCrossover
from inlay.search.crowding import difference
from inlay.search.mutation_rates import Fixed, HeavyTail, StandardRate
from inlay.search.operator_choice import OperatorChoice
from inlay.search.permutation_crossover import CycleCrossover, OrderCrossover, PartiallyMappedCrossover
from inlay.search.subtree_crossover import SubtreeCrossover
from inlay.search.variation import Cross, CrossAndMutate
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Repeat, Shared, Space, Subset, space

LETTERS = space([Choice(*"abcd")] * 12)

# --- How many decisions ----------------------------------------------------------------------------


def counts(rate: Any, n: int, draws: int = 8000) -> dict[int, float]:
    rng = Random(0)
    drawn = Counter(rate(n, rng) for _ in range(draws))
    return {k: drawn[k] / draws for k in drawn}


def test_a_heavy_tail_follows_the_power_law() -> None:
    for n, beta in ((12, 1.5), (9, 1.5), (40, 2.5)):
        found = counts(HeavyTail(beta), n)
        scale = sum(k**-beta for k in range(1, n // 2 + 1))
        assert set(found) <= set(range(1, n // 2 + 1))
        for k in range(1, n // 2 + 1):
            assert found.get(k, 0) == pytest.approx(k**-beta / scale, abs=0.02)
    assert counts(HeavyTail(), 1, 50) == {1: 1.0}
    assert max(counts(HeavyTail(1.1), 10**6, 2000)) <= 10_000


def test_the_standard_rate_is_binomial_without_zero() -> None:
    for n, mean in ((10, 1.0), (7, 3.0)):
        p, found = mean / n, counts(StandardRate(mean), n)
        for k in range(1, n + 1):
            wanted = comb(n, k) * p**k * (1 - p) ** (n - k) / (1 - (1 - p) ** n)
            assert found.get(k, 0) == pytest.approx(wanted, abs=0.02)
        assert 0 not in found
    assert counts(StandardRate(5), 3, 20) == {3: 1.0}


@pytest.mark.parametrize(
    "make",
    [
        lambda: HeavyTail(1.0),
        lambda: StandardRate(0),
        lambda: Fixed(0),
        lambda: Mutate(0),
        lambda: Cross(times=0),
        lambda: CrossAndMutate(times=-1),
        lambda: OperatorChoice([], Turns()),
    ],
)
def test_settings_that_change_nothing_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"at least|above"):
        make()


# --- Distinct places -------------------------------------------------------------------------------

#: Spaces in which exactly k decisions can differ, with how many differences one change makes.
COUNTED: list[tuple[Space, int]] = [
    (LETTERS, 1),
    (space({"a": [Choice(1, 2, 3)] * 4, "b": Integer(0, 99), "c": [Real(0, 1)] * 5}), 1),
    (Mask(30), 1),
    (Mask((5, 6), ones=12), 2),
    (space({"m": Mask(20), "c": Choice("u", "v")}), 1),
]


@pytest.mark.parametrize(("where", "each"), COUNTED)
@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_so_many_decisions_change_at_distinct_places(where: Space, each: int, k: int) -> None:
    rng = Random(k)
    for _ in range(40):
        old = where.sample(rng)
        new = changed(where, old, Fixed(k), rng)
        assert difference(old, new) == k * each
        assert where.contains(new)


def test_more_changes_than_decisions_change_them_all() -> None:
    rng, mask = Random(0), Mask(7)
    old = mask.sample(rng)
    assert (changed(mask, old, Fixed(50), rng) == ~old).all()
    pair = space([Choice(0, 1), Choice(0, 1)])
    assert changed(pair, pair.adopt([0, 1]), Fixed(9), rng) == pair.adopt([1, 0])
    half = Mask(6, ones=2)
    old = half.sample(rng)
    assert not (changed(half, old, Fixed(9), rng) & old).any()


def test_swaps_keep_the_cardinality_of_a_subset() -> None:
    rng, chosen = Random(0), Subset(range(30), 8)
    for k in (1, 2, 5, 8, 20):
        old = chosen.sample(rng)
        new = changed(chosen, old, Fixed(k), rng)
        assert chosen.contains(new)
        assert len(set(old.args) - set(new.args)) == min(k, 8)
        assert list(new.args) == sorted(new.args)
    free = Subset(range(5), 0, 2)
    assert all(free.contains(changed(free, free.sample(rng), Fixed(3), rng)) for _ in range(100))


def conditional() -> Space:
    width = Shared(Integer(1, 60), "width")
    return space([width, Choice({"w": width, "k": [Choice(0, 1, 2)] * 5, "m": Mask(9)}, {"depth": Integer(1, 9)})])


TANGLED = [
    conditional(),
    space([Choice("x", [Choice(1, 2), Choice("y", Repeat(Choice(3, 4), 0, 3))]), Permutation("abc")]),
    space({"a": Integer(0, 20), "b": Integer(0, 20)}).where(lambda p: p["a"] < p["b"]),
]


@pytest.mark.parametrize("where", TANGLED)
@pytest.mark.parametrize("k", [1, 2, 4])
def test_changes_of_tangled_spaces_stay_inside_and_differ(where: Space, k: int) -> None:
    rng = Random(k)
    for _ in range(150):
        old = where.sample(rng)
        new = changed(where, old, Fixed(k), rng)
        assert new != old
        assert where.key(where.adopt(new)) == where.key(new)


def test_a_change_by_decisions_turns_what_it_draws_and_keeps_the_rest() -> None:
    mesh, rng = conditional(), Random(3)
    old = mesh.adopt([7, {"w": 7, "k": [0, 1, 2, 1, 0], "m": np.zeros(9, bool)}])
    found = Counter()
    for _ in range(400):
        new = changed(mesh, old, Fixed(3), rng)
        if "w" in new[1]:
            width = int(new[0] != old[0])
            found[width + difference(new[1, "k"], old[1, "k"]) + difference(new[1, "m"], old[1, "m"])] += 1
    assert set(found) == {3}


# --- Crossover -------------------------------------------------------------------------------------

ZEROS, ONES = LETTERS.adopt(["a"] * 12), LETTERS.adopt(["b"] * 12)
ANY = [UniformCrossover(), OnePointCrossover(), TwoPointCrossover(), SubtreeCrossover()]


def test_uniform_crossover_takes_each_decision_from_either_parent_alike() -> None:
    rng, n = Random(0), 2000
    for where, first, second in ((LETTERS, ZEROS, ONES), (Mask(12), np.zeros(12, bool), np.ones(12, bool))):
        children = [UniformCrossover()(where, first, second, rng) for _ in range(n)]
        taken = np.array([[item in ("b", True) for item in child] for child in children])
        assert taken.mean(axis=0) == pytest.approx(np.full(12, 0.5), abs=0.05)
        assert abs(np.corrcoef(taken[:, 0], taken[:, 1])[0, 1]) < 0.1


def test_one_point_crossover_has_one_point() -> None:
    rng = Random(0)
    tree = space({"a": Choice(1, 2), "b": [Integer(0, 9), Choice(3, 4)], "c": Real(0, 1)})
    low, high = tree.adopt({"a": 1, "b": [0, 3], "c": 0.0}), tree.adopt({"a": 2, "b": [9, 4], "c": 1.0})
    for where, first, second in (
        (LETTERS, ZEROS, ONES),
        (Mask((3, 4)), np.zeros((3, 4), bool), np.ones((3, 4), bool)),
        (tree, low, high),
    ):
        n, points = len(where.features(first)) if isinstance(where, Mask) else len(where.trace(first)), set()
        for _ in range(300):
            child = OnePointCrossover()(where, first, second, rng)
            flat = child.reshape(-1).tolist() if isinstance(where, Mask) else where.trace(child)
            ends = [where.trace(first), where.trace(second)] if not isinstance(where, Mask) else [[0] * n, [1] * n]
            begun = [bit == ends[0][i] for i, bit in enumerate(flat)]
            assert sum(a != b for a, b in pairwise(begun)) == 1
            assert begun[0]
            points.add(sum(begun))
        assert points == set(range(1, n))


@pytest.mark.parametrize(("where", "first", "second"), [(LETTERS, ZEROS, ONES),
                         (Mask((3, 4)), np.zeros((3, 4), bool), np.ones((3, 4), bool))])  # fmt: skip
def test_two_point_crossover_exchanges_one_stretch(where: Space, first: Any, second: Any) -> None:
    rng, begun, taken = Random(0), set(), np.zeros(12)
    for _ in range(2000):
        child = TwoPointCrossover()(where, first, second, rng)
        bits = [item in ("b", True) for item in (child if where is LETTERS else child.reshape(-1).tolist())]
        assert sum(a != b for a, b in pairwise([False, *bits, False])) in (0, 2)
        begun.add(bits.index(True) if any(bits) else -1)
        taken += bits
    assert begun == set(range(-1, 12))
    # decision i lies between two of the 13 points: P = 2 (i + 1) (12 - i) / 13^2
    assert taken / 2000 == pytest.approx([2 * (i + 1) * (12 - i) / 169 for i in range(12)], abs=0.04)


@pytest.mark.parametrize("cross", ANY)
@pytest.mark.parametrize("where", [*TANGLED, LETTERS, Mask(5), Mask(6, ones=3), Permutation("abcd"), Integer(0, 9)])
def test_children_are_members_in_canonical_form(cross: Any, where: Space) -> None:
    rng = Random(0)
    for _ in range(60):
        child = cross(where, where.sample(rng), where.sample(rng), rng)
        assert where.key(where.adopt(child)) == where.key(child)


def formula(depth: int) -> Any:
    leaf = Choice("x", "y", 1, 2)
    if depth == 0:
        return leaf
    return Choice(leaf, {"add": [formula(depth - 1), formula(depth - 1)]}, {"neg": formula(depth - 1)})


def test_subtree_crossover_moves_a_part_and_leaves_the_rest() -> None:
    where, rng = space({"f": formula(2)}), Random(0)
    first = where.adopt({"f": {"add": ["x", {"neg": "y"}]}})
    second = where.adopt({"f": {"add": [{"add": [1, 2]}, 2]}})
    children = {str(SubtreeCrossover()(where, first, second, rng)["f"]) for _ in range(400)}
    assert str(where.adopt({"f": {"add": [{"add": [1, 2]}, {"neg": "y"}]}})["f"]) in children
    assert str(where.adopt({"f": {"add": ["x", {"neg": 1}]}})["f"]) in children, "the leaf of another place"
    assert str(first["f"]) not in children
    assert all(any(part in child for part in ("1", "2")) for child in children)


def test_subtree_crossover_moves_no_part_that_is_there_already() -> None:
    where, rng = space({"f": formula(2)}), Random(0)
    first, second = (where.adopt({"f": {"add": ["x", {"neg": leaf}]}}) for leaf in ("y", "x"))
    children = [SubtreeCrossover()(where, first, second, rng) for _ in range(300)]
    assert sum(child == first for child in children) <= 3  # only where eight draws in a row find no other part


def test_subtree_crossover_tells_holes_apart_that_read_alike() -> None:
    def with_rest(rest: int) -> Space:
        return Integer(0, 9).where(lambda n: n % 2 == rest)

    odd, even = with_rest(1), with_rest(0)
    assert odd.fingerprint() == even.fingerprint()
    where, rng = space([odd, even]), Random(0)
    for _ in range(200):
        assert where.contains(SubtreeCrossover()(where, where.sample(rng), where.sample(rng), rng))


# --- Permutations ----------------------------------------------------------------------------------

ORDERED = [PartiallyMappedCrossover(), OrderCrossover(), CycleCrossover()]
INSIDE: list[Space] = [
    Permutation(range(9)),
    space({"order": Permutation("abcdefg"), "rate": Real(0, 1), "again": [Permutation(range(5))] * 2}),
    space([Choice({"o": Permutation(range(6))}, "none"), Choice(1, 2)]),
    space([Shared(Permutation(range(5)), "o"), Integer(0, 3)]),
    Permutation(range(6)).where(lambda order: order[0] < order[-1]),
]


@pytest.mark.parametrize("cross", ORDERED)
@pytest.mark.parametrize("where", INSIDE)
def test_orders_are_crossed_wherever_they_stand(cross: Any, where: Space) -> None:
    rng = Random(0)
    cross.check(where, {"loss": "minimize"})
    for _ in range(60):
        assert where.contains(cross(where, where.sample(rng), where.sample(rng), rng))


@pytest.mark.parametrize("where", [space({"o": Permutation(range(8)), "c": Choice(1, 2)}),
                                   space([Shared(Permutation(range(8)), "o"), Choice(1, 2)])])  # fmt: skip
def test_cycle_crossover_inside_a_program_keeps_every_place(where: Space) -> None:
    rng = Random(0)
    crossed = 0
    for _ in range(100):
        first, second = where.sample(rng), where.sample(rng)
        child = CycleCrossover()(where, first, second, rng)
        orders = [list(parent.args[0].args) for parent in (child, first, second)]
        assert all(item in places for item, *places in zip(*orders, strict=True))
        crossed += orders[0] not in orders[1:]
    assert crossed > 20


@pytest.mark.parametrize("cross", ORDERED)
def test_a_space_without_a_permutation_is_refused_at_the_start(cross: Any) -> None:
    for vary in (Cross(cross), CrossAndMutate(cross=cross), OperatorChoice([Mutate(), Cross(cross)], Turns())):
        strategy = Evolution(4, Tournament(), vary, Plus())
        with pytest.raises(CannotAct, match=r"\w+Crossover cannot act .*no hole of it is a Permutation.*Uniform.*fit"):
            strategy.start(space({"a": Choice(1, 2)}), Random(0), {"loss": "minimize"})


# --- The choice among operators --------------------------------------------------------------------


@dataclass
class Turns(Bandit):
    """Pulls the arms in turn and writes down what it learns."""

    learned: list[tuple[int, float]] = field(default_factory=list)

    def start(self, arms: int, rng: Random) -> None:
        self.arms, self.next = arms, 0
        self.learned = []

    def choose(self, context: Sequence[float] = ()) -> Pull:
        self.next += 1
        return Pull((self.next - 1) % self.arms, 1 / self.arms)

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        self.learned.append((pull.arm, loss))


def told(number: int, value: Any, origin: Any, loss: float | None, violation: float = 0.0) -> Trial:
    trial = Trial(number, value, json.loads(json.dumps(origin)))
    trial.state, trial.losses = ("failed", ()) if loss is None else ("done", (loss,))
    trial.violations = (violation,) if violation else ()
    return trial


def test_the_reward_is_the_improvement_over_the_parent_on_the_scale_of_losses() -> None:
    bandit = Turns()
    strategy = Evolution(1, Tournament(1), OperatorChoice([Mutate(), Mutate(2)], bandit), Plus())
    strategy.start(LETTERS, Random(0), {"loss": "minimize"})
    first = strategy.ask(1)[0]
    strategy.tell([told(0, first.value, first.origin, 10.0)])
    number = 1
    for loss in (6.0, 8.0, None, 5.0):
        proposal = strategy.ask(1)[0]
        strategy.tell([told(number, proposal.value, proposal.origin, loss)])
        number += 1
    assert [arm for arm, _ in bandit.learned] == [0, 1, 0, 1]
    assert [loss for _, loss in bandit.learned] == pytest.approx([-1.0, 0.0, 0.0, -0.2])  # of 10..6, 10..6, -, 10..5


def test_an_infeasible_child_earns_nothing_and_a_way_back_inside_much() -> None:
    bandit = Turns()
    choice = OperatorChoice([Mutate()], bandit)
    choice.start(Random(0))
    parent = {"pull": [0, 1.0], "losses": [5.0], "violation": 0.0}
    choice.learn(parent, told(1, None, None, -100.0, violation=1.0))
    choice.learn({**parent, "violation": 3.0}, told(2, None, None, 50.0))
    assert [loss for _, loss in bandit.learned] == pytest.approx([0.0, -0.75])  # from 1.75 to the worst feasible one


def test_the_best_parent_counts_whichever_was_drawn_first() -> None:
    choice = OperatorChoice([Cross()], Turns())
    choice.start(Random(0))
    for losses in ([4.0, 3.0], [3.0, 4.0]):
        parents = iter([told(i, LETTERS.sample(Random(i)), None, loss) for i, loss in enumerate(losses)])
        assert choice(LETTERS, lambda parents=parents: next(parents), Random(0)).note["losses"] == [3.0]


def test_an_equal_child_earns_nothing() -> None:
    bandit = Turns()
    strategy = Evolution(2, Tournament(1), OperatorChoice([Cross()], bandit), Plus(), retries=3)
    pair = space([Choice("a", "b")])
    strategy.start(pair, Random(0), {"loss": "minimize"})
    first, second = strategy.ask(2)
    strategy.tell([told(i, p.value, p.origin, 3.0 + i) for i, p in enumerate((first, second))])
    proposal = strategy.ask(1)[0]
    assert bandit.learned == [(0, 0.0)] * 3, "each of the three children that were made anew"
    strategy.tell([told(2, proposal.value, proposal.origin, 9.0)])
    assert len(bandit.learned) == 4


def test_operators_are_learned_in_the_order_of_numbers_where_broods_are_awaited() -> None:
    runs = []
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        bandit = Turns()
        strategy = Evolution(4, Tournament(2), OperatorChoice([Mutate(), Cross()], bandit), Plus(), 4, retries=0)
        strategy.start(LETTERS, Random(0), {"loss": "minimize"})
        for generation in range(3):
            asked = strategy.ask(4)
            trials = [told(4 * generation + i, p.value, p.origin, float(p.value.args.count("a")))
                      for i, p in enumerate(asked)]  # fmt: skip
            for i in order:
                strategy.tell([trials[i]])
        runs.append(bandit.learned)
    assert runs[0] == runs[1]
    assert len(runs[0]) == 8


def test_a_bandit_finds_the_operator_that_works() -> None:
    from inlay.search.ucb import UCB1

    def ruin(where: Space, pick: Any, rng: Random) -> Any:
        return changed(where, pick().program, Fixed(10), rng)

    choice = OperatorChoice([ruin, Mutate(), ruin], UCB1(0.1))
    study = Study(Problem("ones", Mask(40), lambda bits: 40 - int(bits.sum())),
                  Evolution(5, Tournament(2), choice, Plus()), seed=1).run(trials=300, progress=False)  # fmt: skip
    arms = Counter(t.origin["pull"][0] for t in study.trials if isinstance(t.origin, dict))
    assert arms[1] > arms[0] + arms[2]
