"""Shared decisions, and holes that depend on them."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from inlay.spaces import (
    Choice,
    Dependent,
    Draw,
    Integer,
    OutsideSpace,
    Real,
    Repeat,
    Shared,
    SpaceError,
    Unsatisfied,
    space,
    symbolic,
)


@symbolic
class Conv:
    def __init__(self, filters: int) -> None:
        self.filters = filters


def test_two_uses_of_one_shared_hole_are_one_decision() -> None:
    width = Shared(Choice(8, 16), "width")
    net = space({"a": width, "b": [width, width]})
    rng = Random(0)
    assert net.size() == 2
    assert net.trace({"a": 16, "b": [16, 16]}) == [1]
    for _ in range(20):
        value = net.mutate(net.sample(rng), rng)
        assert value["a"] == value["b", 0] == value["b", 1]
    with pytest.raises(OutsideSpace, match=r"at b\[1\]: 8 is outside the space: another use of Shared.* holds 16"):
        net.trace({"a": 16, "b": [16, 8]})


def test_two_shared_holes_that_look_alike_are_two_decisions_and_two_fingerprints() -> None:
    one, two = Shared(Choice(1, 2)), Shared(Choice(1, 2))
    assert space([one, two]).size() == 4
    assert space([one, one]).size() == 2
    assert space([one, two]).fingerprint() != space([one, one]).fingerprint()
    assert "#1, as above" in space([one, one]).describe()


def test_one_decision_in_all_elements_of_a_repetition_and_all_options() -> None:
    width = Shared(Integer(1, 5))
    net = space(Repeat(Choice(Conv(width), [width]), 3))
    value = net.sample(Random(0))
    assert len({part["filters"] if part.head is Conv else part[0] for part in value}) == 1
    assert net.size() == 5 * 2**3


def test_a_large_shared_hole_is_counted_without_listing_it() -> None:
    width = Shared(Integer(1, 10**12))
    assert space([width, width, Choice(1, 2)]).size() == 2 * 10**12
    with pytest.raises(SpaceError, match="too many to count"):
        space([width, Dependent(lambda n: Integer(1, n), width)]).size()


def test_a_dependent_hole_before_what_it_depends_on_says_what_to_do() -> None:
    depth = Shared(Integer(1, 3), "depth")
    wrong = space({"exit": Dependent(lambda n: Integer(1, n), depth), "depth": depth})
    with pytest.raises(SpaceError, match=r"needs the value of Shared.*'depth'.* use that same Shared object before"):
        wrong.sample(Random(0))
    with pytest.raises(SpaceError, match="use that same Shared object before"):
        wrong.contains({"exit": 1, "depth": 1})


@pytest.mark.parametrize("on", [(), (Choice(1, 2),), (1,)])
def test_a_dependent_hole_must_name_shared_holes(on: Any) -> None:
    with pytest.raises(SpaceError, match="name at least one Shared hole"):
        Dependent(lambda n: n, *on)


def test_a_change_of_the_shared_value_keeps_what_still_fits() -> None:
    depth = Shared(Integer(1, 50))
    net = space({"depth": depth, "exit": Dependent(lambda n: Integer(1, n), depth), "other": Choice("a", "b")})
    rng = Random(0)
    value = net.adopt({"depth": 40, "exit": 7, "other": "a"})
    for _ in range(200):
        other = net.mutate(value, rng)
        changed = {path for path in ("depth", "exit", "other") if other[path] != value[path]}
        assert len(changed) == 1 or other["depth"] < 7


def test_a_dependent_hole_may_rest_on_several_and_on_another_dependent_one() -> None:
    low, high = Shared(Integer(0, 2)), Shared(Integer(3, 4))
    middle = Shared(Dependent(lambda a, b: Integer(a, b), low, high))
    net = space([low, high, middle, Dependent(lambda m: Choice(*range(m + 1)), middle)])
    assert (
        net.size()
        == sum(m + 1 for a in range(3) for b in (3, 4) for m in range(a, b + 1))
        == len(list(net.enumerate()))
    )


def test_a_continuous_value_may_decide_too() -> None:
    rate = Shared(Real(0, 1))
    net = space({"rate": rate, "more": Dependent(lambda r: Choice("a", "b") if r > 0.5 else Conv(3), rate)})
    rng = Random(0)
    for _ in range(20):
        value = net.sample(rng)
        assert net.from_json(value.to_json()) == value
        assert net.features(value).shape == net.features(net.simplest()).shape
    assert not net.finite


def test_an_unsatisfiable_constraint_behind_a_shared_value_is_drawn_around() -> None:
    bound = Shared(Integer(0, 1))
    net = space([bound, space([bound, Integer(0, 3)]).where(lambda p: p[1] < p[0], attempts=50)])
    assert {str(net.sample(Random(seed))) for seed in range(5)} == {"[1, [1, 0]]"}
    assert net.size() == 1
    with pytest.raises(Unsatisfied):
        space([bound, space([bound, 5]).where(lambda p: p[1] < p[0], attempts=3)]).sample(Random(0))


def test_numbers_written_in_two_ways_are_one_shared_value() -> None:
    rate = Shared(Real(0, 2))
    net = space([rate, rate])
    assert net.contains([1, 1.0])
    assert net.key([1, 1.0]) == net.key([1.0, 1])


def test_a_refused_filling_leaves_no_shared_value_behind() -> None:
    width = Shared(Integer(0, 99))
    net = space([width, Choice("a", "b")]).where(lambda p: p[0] == 42)
    assert net.decide(Draw(Random(0)))[0] == 42
