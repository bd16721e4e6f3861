"""Symbolic classes and functions, foreign heads, and how their arguments get names."""

from __future__ import annotations

import abc
import copy
import functools
import pickle
from dataclasses import InitVar, dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from inlay.spaces import Choice, OutsideSpace, Program, SpaceError, program, space, symbolic
from inlay.spaces.heads import CONSTRUCT


@symbolic
class Base:
    def __init__(self, a: int, b: int = 2, *, c: int = 3) -> None:
        self.a, self.b, self.c = a, b, c


@symbolic
class Derived(Base):
    def __init__(self, a: int, d: int = 4) -> None:
        super().__init__(a, c=30)
        self.d = d


class Further(Derived):
    pass


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self) -> float: ...


@symbolic
class Square(Shape):
    def __init__(self, side: float) -> None:
        self.side = side

    def area(self) -> float:
        return self.side**2


@symbolic
class Abstract(abc.ABC):
    @abc.abstractmethod
    def act(self) -> None: ...


class Both(Base, Square):
    def __init__(self, a: int) -> None:
        Base.__init__(self, a)
        self.side = 2.0


@symbolic
@dataclass
class Data:
    x: int
    items: list[int] = field(default_factory=list)


@symbolic
@dataclass(frozen=True, slots=True)
class Slotted:
    x: int


@symbolic
class New:
    def __new__(cls, x: int) -> Any:
        made = super().__new__(cls)
        made.x = x  # type: ignore[attr-defined]
        return made


@symbolic
class Empty:
    pass


@symbolic
def many(first: Any, /, second: Any, *rest: Any, key: Any = 0, **more: Any) -> Any:
    return first, second, rest, key, more


def test_calling_a_symbolic_class_writes_a_program_and_building_makes_the_object() -> None:
    made = Base(1)
    assert str(made) == "Base(a=1, b=2, c=3)"
    built = made.build()  # type: ignore[attr-defined]
    assert type(built) is Base
    assert vars(built) == {"a": 1, "b": 2, "c": 3}
    assert Base(1) == Base(a=1) == Base(c=3, a=1, b=2)
    assert space(Base(Choice(1, 2), b=5)).size() == 2


def test_super_and_inheritance_work_as_before() -> None:
    built = Derived(1).build()  # type: ignore[attr-defined]
    assert vars(built) == {"a": 1, "b": 2, "c": 30, "d": 4}
    assert isinstance(built, Base)
    further = Further(5)
    assert str(further) == "Further(a=5, d=4)"
    assert further.build().a == 5  # type: ignore[attr-defined]
    assert symbolic(Further) is Further


def test_abstract_classes_and_several_bases() -> None:
    assert Square(3.0).build().area() == 9.0  # type: ignore[attr-defined]
    assert isinstance(Square(3.0).build(), Shape)  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="abstract"):
        Abstract().build()  # type: ignore[attr-defined,abstract]
    assert Both(1).build().area() == 4.0  # type: ignore[attr-defined]


def test_dataclasses_slots_new_and_no_constructor() -> None:
    assert Data(1).build().items == []  # type: ignore[attr-defined]
    assert Data(1, [2]).build().items == [2]  # type: ignore[attr-defined]
    assert Slotted(1).build().x == 1  # type: ignore[attr-defined]
    assert not hasattr(Slotted(1).build(), "__dict__")  # type: ignore[attr-defined]
    assert New(4).build().x == 4  # type: ignore[attr-defined]
    assert str(New(4)) == "New(x=4)"
    assert type(Empty().build()) is Empty  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="Empty"):
        Empty(1)  # type: ignore[call-arg]


@pytest.mark.parametrize("made", [Base(1), Derived(2), Square(1.0), Data(1, [2]), Slotted(3), Further(5)])
def test_built_objects_and_programs_are_pickled_and_copied(made: Any) -> None:
    assert pickle.loads(pickle.dumps(made)) == made
    built = made.build()
    for other in (pickle.loads(pickle.dumps(built)), copy.copy(built), copy.deepcopy(built)):
        assert type(other) is type(built)
        assert getattr(other, "__dict__", None) == getattr(built, "__dict__", None)


def test_all_kinds_of_parameters() -> None:
    made = many(1, 2, 3, 4, key=5, other=6)
    assert made.names == (0, 1, 2, 3, "key", "other")
    assert made.build() == (1, 2, (3, 4), 5, {"other": 6})
    assert many(1, 2).build() == (1, 2, (), 0, {})
    assert many(1, second=2, first=3).build() == (1, 2, (), 0, {"first": 3})
    assert made.replace({2: 30})[2] == 30


@pytest.mark.parametrize(
    "call",
    [
        lambda: Base(),  # type: ignore[call-arg]
        lambda: Base(1, 2, 3),  # type: ignore[misc]
        lambda: Base(1, a=2),  # type: ignore[misc]
        lambda: Base(1, d=2),  # type: ignore[call-arg]
        lambda: many(1),
        lambda: program(Fraction, 1, 2, 3),
    ],
)
def test_wrong_arguments_are_refused_where_they_are_written(call: Any) -> None:
    with pytest.raises(TypeError, match=r"^(Base|many|Fraction)\("):
        call()


def test_foreign_heads_keep_only_what_was_written() -> None:
    assert str(program(sorted, [2, 1], reverse=True)) == "sorted([2, 1], reverse=True)"
    assert program(sorted, [2, 1], reverse=True).build() == [2, 1]
    assert program(dict.fromkeys, [1, 2]).build() == {1: None, 2: None}
    assert program(np.add, 1, 2).build() == 3
    assert program(range, 3).build() == range(3)  # tells no signature on some versions
    assert program(max, 1, Choice(2, 3)).sample(__import__("random").Random(0)).build() in (2, 3)
    assert program(functools.partial(pow, 2), 3).build() == 8


def test_containers_as_heads_hold_their_items() -> None:
    assert Program(list, [1, 2]) == space([1, 2])
    assert Program(dict, a=1) == space({"a": 1})
    assert Program(tuple, [1]).build() == (1,)
    assert Program(frozenset, "ab").build() == frozenset("ab")


def test_unhashable_and_uncallable_heads() -> None:
    class Callable:
        def __eq__(self, other: object) -> bool:
            return self is other

        __hash__ = None  # type: ignore[assignment]

        def __call__(self, x: int) -> int:
            return x + 1

    made = program(Callable(), 1)
    assert made.build() == 2
    assert isinstance(hash(made), int)
    with pytest.raises(SpaceError, match="must be a class or a function"):
        program(5)  # type: ignore[arg-type]
    with pytest.raises(SpaceError, match="must be a class or a function"):
        symbolic(5)


def test_defaults_may_hold_holes() -> None:
    @symbolic
    def sized(width: Any = Choice(8, 16)) -> Any:  # noqa: B008 - the point of this test
        return width

    assert space(sized()).size() == 2


def test_a_symbolic_function_keeps_its_name_and_can_be_called_by_building() -> None:
    assert many.__name__ == "many"
    assert symbolic(many) is many
    assert getattr(many, CONSTRUCT)(1, 2)[:2] == (1, 2)


@dataclass
class Opaque:
    x: int
    seed: InitVar[int] = 0

    def __post_init__(self, seed: int) -> None:
        self.x += seed


def test_a_dataclass_that_its_fields_cannot_make_again_stays_an_object() -> None:
    given = Opaque(1, seed=5)
    assert space([given]).simplest().build() == [given]
    with pytest.raises(SpaceError, match=r"hides the hole .* in Opaque.x: write program\(Opaque, ...\)"):
        space([_with_hole(given)])


def _with_hole(given: Opaque) -> Opaque:
    given.x = Choice(1, 2)  # type: ignore[assignment]
    return given


class Holder:
    def __init__(self, inner: Any) -> None:
        self.inner = inner


class SlottedHolder:
    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner


class Record(dict):  # type: ignore[type-arg]
    pass


@pytest.mark.parametrize(
    ("hiding", "where"),
    [
        (Holder(Choice(1, 2)), "Holder.inner"),
        (Holder([{"k": Choice(1, 2)}]), r"Holder.inner\[0\]\['k'\]"),
        (Holder(Holder(Base(Choice(1, 2)))), "Holder.inner.inner"),
        (SlottedHolder(Choice(1, 2)), "SlottedHolder.inner"),
        (Record(a=Choice(1, 2)), r"Record\['a'\]"),
        (functools.partial(pow, Choice(1, 2)), r"partial.args\[0\]"),
        (functools.partial(pow, exp=Choice(1, 2)), r"partial.keywords\['exp'\]"),
        (np.array([Choice(1, 2)], dtype=object), r"ndarray\[0\]"),
    ],
)
def test_a_hole_hidden_in_a_foreign_object_is_refused_with_its_place(hiding: Any, where: str) -> None:
    with pytest.raises(SpaceError, match=f"hides the hole .* in {where}"):
        space({"a": [hiding]})


def test_a_hole_as_a_key_is_refused() -> None:
    with pytest.raises(SpaceError, match="keys must be plain"):
        space({Choice(1, 2): 3})


def test_an_object_that_holds_itself_is_no_trouble() -> None:
    holder = Holder(None)
    holder.inner = holder
    assert space([holder]).simplest().build()[0].inner is not holder


@dataclass
class Settings:
    rate: Any
    names: list[Any]


def test_a_plain_dict_or_dataclass_with_a_hole_is_a_space_never_silently_a_constant() -> None:
    for structure in ({"a": Choice(1, 2)}, Settings(Choice(1, 2), []), Settings(1, [{"deep": (Choice(1, 2),)}])):
        made = space(structure)
        assert made.size() == 2
        assert {type(member.build()) for member in made.enumerate()} == {type(structure)}
        assert made.contains(made.simplest().build())


def test_a_candidate_of_wrong_form_is_refused_with_what_it_must_be() -> None:
    with pytest.raises(OutsideSpace, match="must be made by Settings"):
        space(Settings(Choice(1, 2), [])).trace({"rate": 1, "names": []})
