"""What every space can do, derived from two methods: `decide` fills the holes, `recognize` finds what filled them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .choosers import Chooser, Decision, Draw, Replay, Simplest
from .errors import NoOtherMember, OutsideSpace, Unsatisfied
from .paths import Step
from .values import identity, same, stable_repr

if TYPE_CHECKING:
    from .constraints import Where
    from .move_sets import Moves

S = TypeVar("S", bound="Space")
Position = tuple[int, ...]


class Record(list[tuple["Space", Decision]]):
    """The decisions found in a value so far, each with the hole that made it.

    `scope` holds the shared values seen; `spans` says which decisions (from, to) belong to which dependent hole.
    """

    __slots__ = ("scope", "spans")

    def __init__(self, scope: dict[Space, Any] | None = None) -> None:
        super().__init__()
        self.scope: dict[Space, Any] = {} if scope is None else scope
        self.spans: list[tuple[int, int, Space]] = []


class Features(list[float]):
    """The features written so far; `scope` holds the values of shared holes, on which others may depend."""

    def __init__(self, scope: dict[Space, Any] | None = None) -> None:
        super().__init__()
        self.scope: dict[Space, Any] = {} if scope is None else scope


class Space(ABC):
    """A set of programs, described by how a member is decided.

    A family implements `decide` and `recognize`; the rest is derived and may be overridden where the family knows a
    faster or better way. Values are what `Program` arguments hold: programs (lists and dictionaries too) or plain
    values. Spaces are immutable and may be shared between threads.
    """

    __slots__ = ()

    #: The options of a choice that is even and closed, from which a random draw may pick without asking the hole.
    fair: tuple[Any, ...] | None = None

    # -- the two methods that define a space -------------------------------------------------------------------------

    @abstractmethod
    def decide(self, choose: Chooser) -> Any:
        """A member, built by asking `choose` for each open decision."""

    @abstractmethod
    def recognize(self, value: Any, record: Record) -> None:
        """Append to `record` the decisions that make `value`, in the order in which `decide` asks for them.

        Raises `OutsideSpace` when `value` is not a member.
        """

    # -- membership --------------------------------------------------------------------------------------------------

    def trace(self, value: Any) -> list[Decision]:
        """The decisions that make `value`: the inverse of `decide`, and the membership test.

        `value` may also be written as plain lists and dictionaries. Raises `OutsideSpace` with path and reason.

        >>> from inlay.spaces import Choice, Integer, space
        >>> space({"kind": Choice("a", "b"), "width": Integer(1, 8)}).trace({"kind": "b", "width": 8})
        [1, 7]
        """
        return [decision for _, decision in self.record(value)]

    def record(self, value: Any) -> Record:
        """The decisions that make `value`, each with its hole."""
        record = Record()
        self.recognize(symbolize(value), record)
        return record

    def contains(self, value: Any) -> bool:
        """Whether `value` is a member."""
        try:
            self.record(value)
        except OutsideSpace:
            return False
        return True

    def adopt(self, value: Any) -> Any:
        """The member that `value` means, in its canonical form; raises `OutsideSpace` when it means none."""
        return self.decide(Replay(self.trace(value)))

    def key(self, value: Any) -> Hashable:
        """The identity under which two members count as the same program: the canonical form.

        >>> from inlay.spaces import Subset
        >>> pairs = Subset(["a", "b", "c"], 2)
        >>> pairs.key(["a", "c"]) == pairs.key(["c", "a"])
        True
        """
        value = symbolize(value)
        if self.loose:
            value = self.adopt(value) if self.entangled else self.canonical(value)
        return exact_key(value)

    # -- members -----------------------------------------------------------------------------------------------------

    def sample(self, rng: Random) -> Any:
        """A random member: every decision uniform (weighted where the hole says so).

        Raises `Unsatisfied` when a constraint refuses every draw.
        """
        if self.constrained and self.entangled:
            return moves.sample_again(self, rng)
        return self.decide(Draw(rng))

    def simplest(self) -> Any:
        """The member with the first option everywhere and the middle of every continuous range.

        Where a constraint refuses it, another member, always the same one.
        """
        try:
            return self.decide(Simplest())
        except Unsatisfied:
            return self.sample(Random(0))

    def after(self, decisions: Iterable[Decision]) -> Space:
        """The smaller space in which the first decisions are taken and the others stay open.

        >>> from inlay.spaces import Choice, space
        >>> print(space([Choice("a", "b"), Choice("c", "d")]).after([1]))
        ['b', Choice('c', 'd')]
        """
        from .edits import after

        return after(self, decisions)

    def mutate(self, value: Any, rng: Random) -> Any:
        """A member that differs from `value` in one decision, the place chosen uniformly.

        Behind a constraint that single changes cannot get past, now and then another member from afar. Raises
        `NoOtherMember` when the space has no second member.
        """
        if self.entangled:
            return moves.mutate_by_decisions(self, symbolize(value), rng)
        return moves.mutate_in_place(self, symbolize(value), rng)

    def crossover(self, first: Any, second: Any, rng: Random) -> Any:
        """A member that takes every decision from one of two members, where the combination is one."""
        first, second = symbolize(first), symbolize(second)
        return moves.cross_by_decisions(self, first, second, rng) if self.entangled else self.cross(first, second, rng)

    def neighborhoods(self) -> tuple[str, ...]:
        """The kinds of moves that lead to neighbours: "change", and "swap", "flip", "insert", ... of certain holes.

        >>> from inlay.spaces import Integer, Permutation, space
        >>> space({"order": Permutation("abc"), "n": Integer(1, 3)}).neighborhoods()
        ('swap', 'insert', 'reverse', 'change')
        """
        from .neighborhoods import neighborhoods

        return neighborhoods(self)

    def neighbors(
        self, value: Any, kind: str | Collection[str] | None = None, rng: Random | None = None
    ) -> Iterator[Any]:
        """The distinct members one decision away, in a fixed order.

        A number moves by 10 %, 1 % and 0.1 % of its range; an option with holes is entered at its simplest filling.
        With `kind` (one or several) those that one such move leads to. With `rng` those of every kind in random order,
        drawn one at a time as the iterator is asked, and options with holes are entered at random. Raises `SpaceError`
        for a kind that the space has not.
        """
        if kind is None and rng is None:
            return moves.neighbors(self, symbolize(value))
        from .neighborhoods import walk

        return walk(self, symbolize(value), (kind,) if isinstance(kind, str) else kind, rng)

    def enumerate(self) -> Iterator[Any]:
        """Every member once, in the order of decisions; raises `InfiniteSpace` at once when there is no end."""
        from .counting import enumerate_members

        return enumerate_members(self)

    def size(self) -> int | float:
        """The exact number of members, or `inf` where a hole is continuous.

        Raises `SpaceError` when a constraint makes counting as dear as listing more than a million candidates.
        """
        from .counting import count

        return count(self)

    def features(self, value: Any) -> NDArray[np.float64]:
        """A vector of fixed length for surrogate models: one-hot options, numbers scaled to [0, 1], 0 where absent.

        Raises `OutsideSpace` when `value` is not a member.
        """
        value = symbolize(value)
        out = Features(self.record(value).scope)
        self.encode(value, out)
        return np.asarray(out, dtype=np.float64)

    # -- many at once ------------------------------------------------------------------------------------------------

    def sample_many(self, n: int, rng: Random) -> Sequence[Any]:
        """`n` random members."""
        return [self.sample(rng) for _ in range(n)]

    def mutate_many(self, values: Iterable[Any], rng: Random) -> Sequence[Any]:
        """Each value mutated once."""
        return [self.mutate(value, rng) for value in values]

    def crossover_many(self, firsts: Iterable[Any], seconds: Iterable[Any], rng: Random) -> Sequence[Any]:
        """Each pair crossed once."""
        return [self.crossover(a, b, rng) for a, b in zip(firsts, seconds, strict=True)]

    # -- editing spaces ----------------------------------------------------------------------------------------------

    def open(self, value: Any, path: Any) -> Space:
        """The smaller space in which the hole at `path` is open again and the rest stays as in `value`."""
        from .reopening import reopen

        return reopen(self, value, path)

    def fill(self, values: Mapping[Any, Any]) -> Space:
        """The smaller space in which the hole at each path is filled with the given value."""
        from .edits import fill

        return fill(self, values)

    def restrict(self, path: Any, options: Any) -> Space:
        """The smaller space in which the hole at `path` keeps only `options`, or the range or lengths `(low, high)`."""
        from .edits import restrict

        return restrict(self, path, options)

    def extend(self, path: Any, *options: Any, weights: Sequence[float] | None = None) -> Space:
        """The larger space in which the choice at `path` has further options, with weights where it has weights."""
        from .edits import extend

        return extend(self, path, *options, weights=weights)

    def drop(self, path: Any, *options: Any) -> Space:
        """The smaller space in which the choice at `path` has lost these options."""
        from .edits import drop

        return drop(self, path, *options)

    def where(self, predicate: Callable[[Any], bool], *, attempts: int = 1000) -> Where:
        """The members for which `predicate` holds; it is given the program, which reads like the value it builds."""
        from .constraints import Where

        return Where(self, predicate, attempts=attempts)

    # -- text --------------------------------------------------------------------------------------------------------

    def describe(self) -> str:
        """The space drawn as a tree of text, the same in every process."""
        from .display import text_tree

        return text_tree(self)

    def fingerprint(self) -> str:
        """A digest of everything that the description can tell, the same in every process."""
        from .display import fingerprint

        return fingerprint(self)

    def from_json(self, data: Any) -> Any:
        """The member that `to_json` wrote; heads are looked up among those that this space knows, never imported.

        Raises `OutsideSpace` when the data describe no member, `SpaceError` when they name an unknown head.
        """
        from .serialization import read_json

        value = read_json(data, (self,))
        self.record(value)
        return value

    def _repr_html_(self) -> str:
        from .display import html_tree

        return html_tree(self)

    # -- what a family may override ----------------------------------------------------------------------------------

    def children(self) -> Sequence[tuple[Step, Any]]:
        """The named parts, for display, edits and the lookup of heads."""
        return ()

    def title(self) -> str:
        """One line for this space without its parts, where those are drawn below it."""
        return type(self).__name__

    def setting(self) -> str:
        """What tells this hole from others, but for its children and constants: the same in every process."""
        return stable_repr(self)

    def constants(self) -> Sequence[Any]:
        """The plain values and closed programs, other than the children, of which members are made."""
        return ()

    def examples(self) -> Iterator[Space]:
        """Spaces to which this hole may lead and that are not its children, all of them where they are few."""
        return iter(())

    def depends_on(self) -> Sequence[Space]:
        """The shared holes whose values decide what this hole is."""
        return ()

    @property
    def entangled(self) -> bool:
        """Whether one decision may change what another one means: then moves go through decisions, not places."""
        return False

    @property
    def constrained(self) -> bool:
        """Whether a constraint may refuse a filling."""
        return False

    @property
    def loose(self) -> bool:
        """Whether a member may be written in several ways, so that it has a canonical form."""
        return False

    @property
    def finite(self) -> bool:
        """Whether the members can be listed."""
        return True

    @property
    def overlapping(self) -> bool:
        """Whether options of this hole may share a member."""
        return False

    @property
    def aliased(self) -> bool:
        """Whether members that are not equal may count as the same program, and then have one key."""
        return False

    @property
    def shared(self) -> bool:
        """Whether this hole is decided once for all its uses."""
        return False

    @property
    def needs_scope(self) -> bool:
        """Whether the members depend on the values of shared holes."""
        return bool(self.depends_on())

    def canonical(self, value: Any) -> Any:
        """The canonical form of a member of an untangled space: what `decide` would have made."""
        return value

    def own_size(self) -> int | float:
        """The number of members of an untangled space, from those of its parts."""
        raise NotImplementedError

    @property
    def varies(self) -> bool:
        """Whether there may be more than one filling."""
        return True

    @property
    def leaf(self) -> bool:
        """Whether every member can be changed in place here, as a whole, and nowhere further inside."""
        return False

    def kinds(self) -> frozenset[Any] | None:
        """The heads and types that members may have, so that options can be told apart; None where not known."""
        return None

    def alternative_spaces(self) -> Sequence[Any] | None:
        """The options that make up this hole, where it is a choice."""
        return None

    def bounds(self) -> tuple[float, float] | None:
        """The least and greatest member, where they are numbers."""
        return None

    def decision_at(self, i: int) -> Decision:
        """The decision for the `i`-th member of a finite hole that decides in its own scale."""
        raise NotImplementedError

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        """The alternatives of an entangled space, for counting: each a scope and the spaces left to decide in it."""
        raise NotImplementedError

    def with_parts(self, parts: Sequence[Any]) -> Space:
        """The same space with other children."""
        return self

    def places(self, value: Any, position: Position, out: list[tuple[Position, Space]]) -> None:
        """Append where `value` can be changed in place: positions of arguments, and the hole that governs each."""
        if self.varies:
            out.append((position, self))

    def change(self, value: Any, rng: Random) -> Any:
        """A different filling of this hole; only called where it has another one."""
        for _ in range(1000):
            other = self.sample(rng)
            if not equal(other, value):
                return other
        raise NoOtherMember(f"{self!r}: 1000 draws gave no other filling than {value!r}")

    def alternatives(self, value: Any) -> Iterator[Any]:
        """The fillings of this hole one step from `value`, its own decisions only."""
        return (other for other in self.enumerate() if not equal(other, value))

    def own_neighborhoods(self) -> tuple[str, ...]:
        """The kinds of moves of this hole's own decisions, without those of its parts."""
        options = self.alternative_spaces()
        return ("change",) if self.varies and (not self.children() if options is None else len(options) > 1) else ()

    def moves(self, value: Any, kind: str, rng: Random | None = None) -> Moves:
        """The moves of one of this hole's own kinds; with `rng`, what has holes is entered at random."""
        if rng is not None and self.fair is None and self.alternative_spaces() is not None:
            from .neighborhoods import options_entered

            return options_entered(self, value, rng)
        from .move_sets import listed

        return listed(self.alternatives(value))

    def cross(self, first: Any, second: Any, rng: Random) -> Any:
        """A filling between those of two members."""
        return first if rng.random() < 0.5 else second

    def encode(self, value: Any, out: Features) -> None:
        """Append the features of `value`; `ABSENT` stands for a hole that is not part of the member."""
        raise NotImplementedError


class Absent:
    """Stands for the value of a hole that a member does not have, when features are written."""


ABSENT = Absent()


def exact_key(value: Any) -> Hashable:
    """A key that is equal for two programs or plain values exactly when they are."""
    return value if value.__class__ is Program else identity(value)


def equal(a: Any, b: Any) -> bool:
    """Typed, total equality of programs and plain values."""
    return bool(a == b) if a.__class__ is Program else same(a, b)


def product(sizes: Iterable[int | float]) -> int | float:
    """The product of sizes, exact, where one infinite factor makes it infinite.

    >>> product([3, 4]), product([2, math.inf])
    (12, inf)
    """
    total: int = 1
    infinite = False
    for size in sizes:
        if isinstance(size, float):
            infinite = True
        else:
            total *= size
    return math.inf if infinite and total else total


# What is derived needs these modules, and they need the class above: so they come last.
from . import moves  # noqa: E402
from .programs import Program, symbolize  # noqa: E402
