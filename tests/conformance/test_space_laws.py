"""The laws of spaces, each over every space of the table; no space is skipped by its name.

A law that needs a finite or a small space asks the space itself.
"""

from __future__ import annotations

import json
import math
import pickle
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import combinations, islice
from random import Random
from typing import Any

import cloudpickle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from space_table import MEMBERS, OTHERS, SIZES, SPACES, STRANGERS

from inlay.spaces import (
    Callback,
    Chooser,
    Draw,
    InfiniteSpace,
    NoOtherMember,
    OutsideSpace,
    Prefix,
    Program,
    Question,
    Replay,
    Space,
    SpaceError,
    Unsatisfied,
    Where,
    build,
    digest,
    symbolize,
    write_json,
)
from inlay.spaces.abstract import equal, exact_key
from inlay.spaces.counting import Odometer, parts_within

every_space = pytest.mark.parametrize("name", SPACES)
LISTED = 2000  # members: up to here all of them are looked at
SMALL = 100  # members: up to here all of them must be reached by chance


@cache
def the(name: str) -> Space:
    return SPACES[name]()


@cache
def size_of(name: str) -> float:
    return the(name).size()


def seeds(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a law with as many random generators."""

    def decorate(law: Callable[..., None]) -> Callable[..., None]:
        given_seed = given(seed=st.integers(0, 2**32 - 1))(law)
        return every_space(settings(max_examples=examples, deadline=None, derandomize=True, database=None)(given_seed))

    return decorate


def name_of(space: Space, value: Any) -> Hashable:
    """What tells a member from others: its key, unless several members may share one."""
    return exact_key(symbolize(value)) if space.aliased else space.key(value)


def samples(space: Space, n: int, seed: int = 0) -> list[Any]:
    rng = Random(seed)
    return [space.sample(rng) for _ in range(n)]


def same_decisions(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return len(first) == len(second) and all(
        np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in zip(first, second, strict=True)
    )


def is_missing_other(space: Space, value: Any) -> bool:
    """Whether mutation says that there is no other member."""
    try:
        space.mutate(value, Random(0))
    except NoOtherMember:
        return True
    return False


# -- deciding and tracing --------------------------------------------------------------------------------------------


@seeds(10)
def test_decide_stays_inside_and_trace_inverts_it(name: str, seed: int) -> None:
    space = the(name)
    value = space.sample(Random(seed))
    decisions = space.trace(value)
    again = space.decide(Replay(decisions))
    assert equal(again, value)
    assert same_decisions(space.trace(again), decisions)


@every_space
def test_replay_refuses_too_few_decisions_and_those_that_do_not_fit(name: str) -> None:
    space = the(name)
    decisions = space.trace(space.sample(Random(1)))
    if decisions:
        with pytest.raises(OutsideSpace, match="fewer decisions"):
            space.decide(Replay(decisions[:-1]))
        with pytest.raises(OutsideSpace, match="decision of"):
            space.decide(Replay([*decisions[:-1], math.inf]))


@seeds(4)
def test_the_same_seed_gives_the_same(name: str, seed: int) -> None:
    space, other = the(name), SPACES[name]()

    def story(space: Space) -> list[Any]:
        rng = Random(seed)
        first, second = space.sample(rng), space.sample(rng)
        third = first if is_missing_other(space, first) else space.mutate(first, rng)
        return [first, second, third, space.crossover(second, third, rng), rng.random()]

    assert all(map(equal, story(space), story(other)))


@seeds(3)
def test_a_prefix_leaves_a_space_that_holds_the_member(name: str, seed: int) -> None:
    space, rng = the(name), Random(seed)
    value = space.sample(rng)
    decisions = space.trace(value)
    for k in sorted({0, 1, len(decisions) // 2, len(decisions)} & set(range(len(decisions) + 1))):
        left = space.after(decisions[:k])
        assert left.contains(value)
        assert space.contains(left.sample(rng))
        assert space.contains(space.decide(Prefix(decisions[:k], Draw(rng))))
    assert equal(space.after(decisions).sample(rng), value)


@seeds(3)
def test_a_callback_sees_every_decision(name: str, seed: int) -> None:
    space, rng = the(name), Random(seed)
    value = space.sample(rng)
    script = single_answers(space, space.trace(value))
    questions: list[Question] = []

    def answer(question: Question) -> Any:
        questions.append(question)
        return script[len(questions) - 1]

    assert equal(space.decide(Callback(answer)), value)
    assert len(questions) == len(script)


def single_answers(space: Space, decisions: Sequence[Any]) -> list[Any]:
    """The decisions with every mask answered bit by bit, as a callback is asked."""
    asked: list[Any] = []

    class Noting(Replay):
        def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
            asked.append(super().index(n, hole, weights))
            return int(asked[-1])

        def real(self, low: float, high: float, hole: Space) -> float:
            asked.append(super().real(low, high, hole))
            return float.__pos__(asked[-1]) if type(asked[-1]) is float else asked[-1]

        def bits(self, hole: Any) -> Any:
            flat = super().bits(hole)
            left = hole.ones
            for i, bit in enumerate(flat):
                if left is None or 0 < left < hole.n - i:
                    asked.append(int(bit))
                left = None if left is None else left - int(bit)
            return flat

    space.decide(Noting(decisions))
    return asked


# -- chance ----------------------------------------------------------------------------------------------------------


class Weigh(Odometer):
    """Lists fillings, each with the probability that random draws make it."""

    def __init__(self) -> None:
        super().__init__()
        self.probability = 1.0

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        i = super().index(n, hole, weights)
        self.probability *= 1 / n if weights is None else weights[i] / sum(weights)
        return i

    def real(self, low: float, high: float, hole: Space) -> float:
        decision = super().real(low, high, hole)
        number = hole.decide(Replay([decision]))
        self.probability *= math.log((number + 0.5) / (number - 0.5)) / (high - low) * int(hole.own_size())
        return decision


def expected(space: Space) -> dict[Any, float]:
    """The probability of every member under independent draws, given that the constraint at the root holds."""
    found: dict[Any, float] = {}
    weigh = Weigh()
    while True:
        weigh.probability = 1.0
        try:
            key = name_of(space, space.decide(weigh))
            found[key] = found.get(key, 0.0) + weigh.probability
        except Unsatisfied:
            pass
        if not weigh.advance():
            total = sum(found.values())
            return {key: probability / total for key, probability in found.items()}


@every_space
def test_draws_are_uniform_over_decisions_and_reach_every_member(name: str) -> None:
    space = the(name)
    parts_are_free = not space.constrained or (isinstance(space, Where) and not space.part.constrained)
    if size_of(name) > SMALL or not parts_are_free:
        return
    shares = expected(space)
    assert len(shares) == size_of(name)
    n = min(8000, math.ceil(12 / min(shares.values())))
    counts = Counter(name_of(space, value) for value in samples(space, n))
    assert counts.keys() <= shares.keys()
    if min(shares.values()) * n >= 12:
        assert counts.keys() == shares.keys()
    assert fits(counts, shares, n)


def fits(counts: Counter[Any], shares: dict[Any, float], n: int) -> bool:
    """Pearson's test at about one in a million, the rare members taken together."""
    rare = [key for key, share in shares.items() if share * n < 8]
    bins = [(counts[key], share * n) for key, share in shares.items() if share * n >= 8]
    bins += [(sum(counts[key] for key in rare), sum(shares[key] for key in rare) * n)] if rare else []
    freedom = len(bins) - 1
    if not freedom:
        return True
    statistic = sum((seen - wanted) ** 2 / wanted for seen, wanted in bins)
    width = 2 / (9 * freedom)  # Wilson and Hilferty's approximation
    return bool(((statistic / freedom) ** (1 / 3) - (1 - width)) / math.sqrt(width) < 4.8)


@every_space
def test_holes_over_sets_are_uniform_over_members(name: str) -> None:
    space = the(name)
    if type(space).__name__ not in ("Subset", "Permutation", "Mask") or size_of(name) > SMALL:
        return
    members = [space.key(member) for member in space.enumerate()]
    n = 60 * len(members)
    for draw in (space.sample, lambda rng: space.decide(Draw(rng)), lambda rng: space.decide(OneByOne(rng))):
        rng = Random(5)
        assert fits(Counter(space.key(draw(rng)) for _ in range(n)), dict.fromkeys(members, 1 / len(members)), n)


class OneByOne(Chooser):
    """Draws, and is asked for masks bit by bit."""

    def __init__(self, rng: Random) -> None:
        super().__init__()
        self.index = Draw(rng).index  # type: ignore[method-assign]


@every_space
def test_draws_reach_every_member_behind_constraints(name: str) -> None:
    space, rng = the(name), Random(3)
    if size_of(name) > SMALL or not space.constrained:
        return
    missing = {space.key(member) for member in space.enumerate()}
    for _ in range(200 * len(missing)):
        missing.discard(space.key(space.sample(rng)))
    assert not missing


# -- listing ---------------------------------------------------------------------------------------------------------


@every_space
def test_the_size_is_as_counted_by_hand(name: str) -> None:
    assert name in SIZES or math.isinf(size_of(name))
    assert size_of(name) == SIZES.get(name, math.inf)
    assert isinstance(size_of(name), int) or math.isinf(size_of(name))


@every_space
def test_enumeration_is_exact_and_agrees_with_the_size(name: str) -> None:
    space = the(name)
    if not space.finite:
        assert math.isinf(size_of(name))
        with pytest.raises(InfiniteSpace, match="continuous"):
            space.enumerate()  # at once, not when the first member is asked for
        return
    members = list(islice(space.enumerate(), LISTED))
    assert len({name_of(space, member) for member in members}) == len(members)
    assert all(space.contains(member) for member in members)
    assert len(members) == min(size_of(name), LISTED)
    if size_of(name) <= LISTED:
        listed = {name_of(space, member) for member in members}
        assert all(name_of(space, value) in listed for value in samples(space, 50))


@every_space
def test_the_simplest_member_is_one(name: str) -> None:
    space = the(name)
    assert space.contains(space.simplest())
    assert equal(space.simplest(), SPACES[name]().simplest())


# -- moves -----------------------------------------------------------------------------------------------------------


@seeds(8)
def test_mutation_differs_and_stays_inside(name: str, seed: int) -> None:
    space, rng = the(name), Random(seed)
    value = space.sample(rng)
    before = digest(value)
    if size_of(name) == 1:
        with pytest.raises(NoOtherMember):
            space.mutate(value, rng)
        return
    for _ in range(3):
        other = space.mutate(value, rng)
        assert space.contains(other)
        assert not equal(other, value)
        assert name_of(space, other) != name_of(space, value)
        assert digest(value) == before
        value, before = other, digest(other)


@every_space
def test_mutation_reaches_every_member(name: str) -> None:
    space, rng = the(name), Random(7)
    if not 1 < size_of(name) <= SMALL:
        return
    missing = {name_of(space, member) for member in space.enumerate()}
    value = space.sample(rng)
    for _ in range(400 * len(missing)):
        missing.discard(name_of(space, value))
        if not missing:
            return
        value = space.mutate(value, rng)
    assert not missing


@seeds(4)
def test_neighbors_are_other_members_each_once(name: str, seed: int) -> None:
    space = the(name)
    value = space.sample(Random(seed))
    found = list(islice(space.neighbors(value), 60))
    assert all(space.contains(other) for other in found)
    assert len({space.key(other) for other in found} | {space.key(value)}) == len(found) + 1
    assert all(map(equal, found, islice(space.neighbors(value), 60)))


@seeds(6)
def test_crossover_stays_inside(name: str, seed: int) -> None:
    space, rng = the(name), Random(seed)
    first, second = space.sample(rng), space.sample(rng)
    before = digest(first), digest(second)
    for _ in range(3):
        assert space.contains(space.crossover(first, second, rng))
    assert equal(space.crossover(first, first, rng), first)
    assert (digest(first), digest(second)) == before


@every_space
def test_many_at_once_agree_in_length_and_membership(name: str) -> None:
    space, rng = the(name), Random(2)
    first, second = space.sample_many(4, rng), space.sample_many(4, rng)
    crossed = space.crossover_many(first, second, rng)
    mutated = [] if size_of(name) == 1 else space.mutate_many(first, rng)
    assert (len(first), len(second), len(crossed), len(mutated)) == (4, 4, 4, 4 * (size_of(name) > 1))
    assert all(space.contains(value) for values in (first, second, crossed, mutated) for value in values)
    with pytest.raises(ValueError, match="shorter"):
        space.crossover_many(first, second[:3], rng)


# -- values ----------------------------------------------------------------------------------------------------------


@every_space
def test_nothing_changes_its_input(name: str) -> None:
    space = the(name)
    value, other = samples(space, 2)
    before, described = digest(value), space.fingerprint()
    space.key(value), space.features(value), space.trace(value), list(islice(space.neighbors(value), 5))
    space.crossover(value, other, Random(0)), write_json(value), build(value), is_missing_other(space, value)
    space.after(space.trace(value)[:1])
    assert (digest(value), space.fingerprint()) == (before, described)


@seeds(6)
def test_keys_agree_with_equality(name: str, seed: int) -> None:
    space = the(name)
    values = samples(space, 5, seed)
    values += [pickle.loads(pickle.dumps(value)) for value in values]
    keys, digests = [space.key(value) for value in values], [digest(value) for value in values]
    for i, j in combinations(range(len(values)), 2):
        same = equal(values[i], values[j])
        assert same == (digests[i] == digests[j])
        assert same == (keys[i] == keys[j]) or (space.aliased and not same)
        assert not same or hash(keys[i]) == hash(keys[j])


@seeds(5)
def test_json_and_pickle_round_trip(name: str, seed: int) -> None:
    space = the(name)
    value = space.sample(Random(seed))
    again = space.from_json(json.loads(json.dumps(write_json(value))))
    copied = pickle.loads(pickle.dumps(value))
    for other in (again, copied):
        assert equal(other, value)
        assert digest(other) == digest(value)
        assert space.contains(other)


@every_space
def test_a_pickled_space_is_the_same_space(name: str) -> None:
    space = the(name)
    functions = [getattr(part, kind, len) for part in parts_within(space) for kind in ("predicate", "function")]
    importable = all("<" not in function.__qualname__ for function in functions)
    for way in (pickle, cloudpickle)[not importable :]:
        other = way.loads(way.dumps(space))
        assert other.fingerprint() == space.fingerprint()
        assert all(map(equal, samples(other, 3), samples(space, 3)))
        assert other.contains(space.simplest())


@every_space
def test_a_space_made_again_has_the_same_fingerprint_and_no_other_has_it(name: str) -> None:
    assert SPACES[name]().fingerprint() == the(name).fingerprint()
    assert SPACES[name]().describe() == the(name).describe()
    assert [other for other in SPACES if the(other).fingerprint() == the(name).fingerprint()] == [name]


@every_space
def test_members_written_by_hand_are_recognised(name: str) -> None:
    space = the(name)
    for value in MEMBERS.get(name, []):
        member = space.adopt(value)
        assert space.contains(value)
        assert space.key(value) == space.key(member)
        assert equal(space.adopt(member), member)
        assert space.contains(space.crossover(value, space.simplest(), Random(0)))
        if size_of(name) > 1:
            assert space.key(space.mutate(value, Random(0))) != space.key(member)


@every_space
def test_others_are_refused_with_path_and_reason(name: str) -> None:
    space = the(name)
    for value, path, why in OTHERS.get(name, []):
        assert not space.contains(value)
        with pytest.raises(OutsideSpace) as caught:
            space.trace(value)
        assert caught.value.path == path
        assert why in caught.value.why
        assert why in str(caught.value)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@every_space
def test_membership_is_total(name: str) -> None:
    space = the(name)
    others = [value for other in SPACES for value in samples(the(other), 1)]
    for value in [*STRANGERS, *others]:
        assert space.contains(value) in (True, False)


@every_space
def test_what_builds_to_plain_containers_is_recognised_from_them(name: str) -> None:
    space = the(name)
    for value in samples(space, 3):
        heads = {part.head for _, part in symbolize([value]).walk() if isinstance(part, Program)}
        if heads <= {list, dict, tuple}:
            assert equal(symbolize(build(value)), value)
            assert space.contains(build(value))


@seeds(4)
def test_features_have_a_fixed_length_and_agree_with_equality(name: str, seed: int) -> None:
    space = the(name)
    values = samples(space, 4, seed)
    vectors = [space.features(value) for value in values]
    assert len({vector.shape for vector in vectors} | {space.features(space.simplest()).shape}) == 1
    assert all(np.isfinite(vector).all() for vector in vectors)
    for value, vector in zip(values, vectors, strict=True):
        again = pickle.loads(pickle.dumps(value))
        assert np.array_equal(SPACES[name]().features(again), vector)


# -- editing ---------------------------------------------------------------------------------------------------------


@seeds(2)
def test_opening_a_member_keeps_the_rest_of_it(name: str, seed: int) -> None:
    space, rng = the(name), Random(seed)
    value = space.sample(rng)
    parts = list(value.walk()) if isinstance(value, Program) else [((), value)]
    for path, _ in rng.sample(parts, min(len(parts), 8)):
        opened = opened_or_refused(space, value, path)
        if opened is None:
            continue
        assert opened.contains(value)
        for _ in range(3):
            other = opened.sample(rng)
            assert space.contains(other)
            assert space.entangled or all(
                lies_inside(d.path, path) for d in symbolize([value]).diff(symbolize([other]))
            )


def opened_or_refused(space: Space, value: Any, path: Any) -> Space | None:
    """The space with a hole open; None where the path leads to no hole, and the space says so."""
    try:
        return space.open(value, path)
    except SpaceError as refusal:
        if "no hole to open" not in str(refusal) and "as a whole" not in str(refusal):
            raise
        return None


def lies_inside(path: Sequence[Any], outer: Sequence[Any]) -> bool:
    inner = tuple(path)[1:]  # within the list that holds the compared values
    return inner[: len(outer)] == tuple(outer)


def hole_paths(space: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Space]]:
    """The paths of edits to holes, through options and elements; constraints and sharing are passed through."""
    while type(space).__name__ in ("Where", "Shared"):
        space = space.part
    if isinstance(space, Space) and not isinstance(space, Program):
        yield path, space
    if isinstance(space, Space):
        for step, part in space.children():
            yield from hole_paths(part, (*path, step))


@every_space
def test_filling_a_hole_gives_a_smaller_space(name: str) -> None:
    space, rng = the(name), Random(4)
    before = space.fingerprint()
    paths = list(hole_paths(space))
    for path, hole in rng.sample(paths, min(len(paths), 10)):
        if any(part.needs_scope for part in parts_within(hole)):
            continue  # by itself it does not know its members
        try:
            smaller = space.fill({path: hole.sample(rng)})
            values = samples(smaller, 4)
        except (Unsatisfied, OutsideSpace):
            assert space.constrained  # by itself the hole may be filled so, but the constraint leaves nothing
            continue
        assert all(space.contains(value) for value in values)
        assert space.fingerprint() == before


# -- threads ---------------------------------------------------------------------------------------------------------


@every_space
def test_threads_may_share_a_space(name: str) -> None:
    fresh = SPACES[name]()

    def work(seed: int, space: Space = fresh) -> list[Any]:
        rng = Random(seed)
        values = [space.sample(rng) for _ in range(5)]
        values += [] if size_of(name) == 1 else [space.mutate(value, rng) for value in values]
        return [
            (value, symbolize(build(value)) if name != "foreign" else None, hash(space.key(value))) for value in values
        ]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(work, range(8)))
    for seed, found in enumerate(together):
        for (value, built, key), (again, built_again, key_again) in zip(found, work(seed, the(name)), strict=True):
            assert equal(value, again)
            assert key == key_again
            assert type(built) is type(built_again)
