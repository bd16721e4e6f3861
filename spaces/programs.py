"""Programs: immutable symbolic expressions, and spaces where they hold holes.

A `Program` is a head (a class, function, list, dict, ...) applied to named arguments. It can be read, compared, edited,
saved and built. A program some of whose arguments are holes is the space of its fillings.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from .abstract import ABSENT, Features, Position, Record, Space, equal, product
from .choosers import Chooser, Draw
from .errors import OutsideSpace, PathError, SpaceError, Undecided
from .heads import CONSTRUCT, apply, arguments, head_name, shorten
from .paths import Path, Step, as_path, format_path
from .values import ATOMIC, frozen, lend, qualified_name, same, stable_hash, text_hash

if TYPE_CHECKING:
    from .display import Difference

Plan = tuple[tuple[int, Space], ...]


class Traits(NamedTuple):
    """What a program knows about its holes as a whole, found once."""

    entangled: bool
    constrained: bool
    loose: bool
    finite: bool
    varies: bool


class Program(Space):
    """A head applied to named arguments; immutable, hashable, shared freely.

    `head` is what is applied, `names` are the argument names (integers for positional arguments and list items), `args`
    the arguments: programs, holes or plain values. `Program(head, ...)` and `program(head, ...)` are the same.

    >>> p = Program(complex, real=1.0, imag=2.0)
    >>> print(p, p["imag"], p.build())
    complex(real=1.0, imag=2.0) 2.0 (1+2j)
    """

    __array_ufunc__ = None  # arrays, too, leave comparisons to this class
    __slots__ = ("_hash", "_layout", "_plan", "_traits", "args", "head", "names")

    head: Any
    names: tuple[Step, ...]
    args: tuple[Any, ...]
    _hash: int
    _plan: Plan
    _layout: tuple[list[tuple[tuple[int], Space]], Plan]
    _traits: Traits

    def __new__(cls, head: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Program:
        if head in _CONTAINERS:
            made: Program = symbolize(head(*args, **kwargs))
            return made
        names, values = arguments(head, args, kwargs)
        return make(head, names, tuple([v if v.__class__ in ATOMIC else symbolize(v) for v in values]))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"programs never change; use replace({{{name!r}: ...}}) to get an edited copy")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"programs never change; {name!r} cannot be removed: use replace to get an edited copy")

    # -- equality and identity ---------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not Program:
            return False  # for good: others, such as arrays, might raise when they are asked
        pairs: list[tuple[Program, Program]] = [(self, other)]
        while pairs:  # a loop, so that deep programs compare without recursion
            left, right = pairs.pop()
            if left is right:
                continue
            if left.head is not right.head or len(left.args) != len(right.args):
                return False
            others = right.args if left.names is right.names else _in_order_of(left, right)
            if others is None:
                return False
            for a, b in zip(left.args, others, strict=True):
                if a is b:
                    continue
                if a.__class__ is Program and b.__class__ is Program:
                    pairs.append((a, b))
                elif not same(a, b):
                    return False
        return True

    def __hash__(self) -> int:
        known = self._hash
        if known != -1:  # which no hash ever is
            return known
        try:
            return self._find_hash()
        except RecursionError:
            for program in self._innermost_first():
                program._find_hash()
            return self._hash

    def _find_hash(self) -> int:
        args: Sequence[Any] = self.args
        order, names_hash = _names_order_and_hash(self.names)
        if order is not None:
            args = [args[i] for i in order]
        parts = [hash(a) if a.__class__ in _STABLY_HASHED else stable_hash(a) for a in args]
        found = hash((_head_hash(self.head), names_hash, *parts))
        _set_hash(self, found)
        return found

    def _innermost_first(self) -> Iterator[Program]:
        """This program and those inside it, arguments before their parents: for what is too deep to recurse into."""
        return reversed([part for _, part in self.walk() if part.__class__ is Program])

    def digest(self) -> str:
        """A hexadecimal digest that is the same in every process and on every machine."""
        from .serialization import digest

        return digest(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (self.head, self.names, self.args)

    def __copy__(self) -> Program:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Program:
        return self

    # -- reading -----------------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        """The part at a path: `p["layers", 0]` or `p["layers[0].filters"]`; raises `PathError`.

        A slice gives a plain list of arguments.
        """
        if key.__class__ is slice:
            return list(self.args[key])
        value: Any = self
        path = self._path(key)
        for depth, step in enumerate(path):
            if value.__class__ is not Program:
                raise _no_parts(path, path[:depth], value)
            value = value.args[value.position(step, path[:depth])]
        return value

    def _path(self, key: Any) -> Path:
        """A key that is itself an argument name wins over the path that it spells."""
        return (key,) if isinstance(key, str) and key in self.names else as_path(key)

    def position(self, step: Step, before: Path = ()) -> int:
        """The index of the argument called `step`; raises `PathError` naming what there is."""
        names = self.names
        count = len(names)
        if isinstance(step, int) and 0 <= step < count and names[step] == step:
            return step
        if step in names:
            return names.index(step)
        if isinstance(step, int) and self.head is not dict and -count <= step < 0 and names[step] == step + count:
            return step + count
        there = ", ".join(format_path((name,)) for name in names[:12]) or "nothing"
        raise PathError(
            f"{format_path((*before, step))} does not exist: "
            f"{head_name(self.head)} at {format_path(before)} has {there}"
        )

    def __len__(self) -> int:
        return len(self.args)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.names if self.head is dict else self.args)

    def __contains__(self, value: Any) -> bool:
        if self.head is dict:
            return value in self.names
        return any(equal(arg, value) for arg in self.args)

    def keys(self) -> tuple[Step, ...]:
        """The argument names."""
        return self.names

    def values(self) -> tuple[Any, ...]:
        """The arguments."""
        return self.args

    def items(self) -> Iterator[tuple[Step, Any]]:
        """The arguments with their names."""
        return zip(self.names, self.args, strict=True)

    def walk(self) -> Iterator[tuple[Path, Any]]:
        """Every part with its path, parents before their arguments.

        >>> [path for path, _ in Program(dict, a=[1, 2]).walk()]
        [(), ('a',), ('a', 0), ('a', 1)]
        """
        stack: list[tuple[Path, Any]] = [((), self)]
        while stack:
            path, value = stack.pop()
            yield path, value
            if value.__class__ is Program:
                stack.extend(((*path, name), arg) for name, arg in reversed(list(value.items())))

    def find(self, what: Any) -> list[tuple[Path, Any]]:
        """The parts that are applications of a head, or for which a predicate holds, with their paths.

        >>> Program(dict, a=[1, 2]).find(lambda part: part == 2)
        [(('a', 1), 2)]
        """
        parts = list(self.walk())
        applied = [(path, part) for path, part in parts if part.__class__ is Program and part.head is what]
        if applied or isinstance(what, type) or hasattr(what, CONSTRUCT):
            return applied
        return [(path, part) for path, part in parts if what(part)]

    def diff(self, other: Any) -> list[Difference]:
        """Where two programs differ: (path, left, right) for each smallest differing part."""
        from .display import differences

        return differences(self, other)

    # -- editing -----------------------------------------------------------------------------------------------------

    def replace(self, parts: Mapping[Any, Any]) -> Any:
        """A copy with new parts at the given paths: all of them or, with an error, none.

        What is not touched is shared. Raises `PathError` for a path that does not exist, `SpaceError` when one path
        lies inside another.
        """
        edits: dict[Position, Any] = {}
        for key, value in parts.items():
            position = _position(self, self._path(key))
            if any(position[:depth] in edits for depth in range(len(position) + 1)):
                raise SpaceError(f"replace: {format_path(self._path(key))} lies inside another path that is replaced")
            if any(known[: len(position)] == position for known in edits):
                raise SpaceError(f"replace: another path that is replaced lies inside {format_path(self._path(key))}")
            edits[position] = symbolize(value)
        return _replaced(self, edits)

    # -- running -----------------------------------------------------------------------------------------------------

    def build(self) -> Any:
        """Run the program: instantiate bottom-up.

        The result shares no mutable object with the program. Raises `SpaceError` while holes are open; an exception of
        a head carries a note that says which part was being built.
        """
        args = [
            a.build() if a.__class__ is Program else a if a.__class__ in ATOMIC else _build_plain(a) for a in self.args
        ]
        head = self.head
        if head is dict:
            return dict(zip(self.names, args, strict=True))
        if head is list:
            return args
        try:
            return apply(head, self.names, args)
        except Exception as error:
            if not any(note.startswith(_BUILDING) for note in getattr(error, "__notes__", ())):
                error.add_note(_BUILDING + shorten(str(self)))
            raise

    # -- the program as a space --------------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        """The open arguments: their indices and holes; empty for a program without holes."""
        try:
            return self._plan
        except AttributeError:
            pass
        try:
            return self._find_plan()
        except RecursionError:
            for program in self._innermost_first():
                program._find_plan()
            return self._plan

    def _find_plan(self) -> Plan:
        plan = tuple([(i, a) for i, a in enumerate(self.args) if a.__class__ not in ATOMIC and is_open(a)])
        _set_plan(self, plan)
        return plan

    @property
    def layout(self) -> tuple[list[tuple[tuple[int], Space]], Plan]:
        """The open arguments that are changed as a whole, with their positions, and the others."""
        try:
            return self._layout
        except AttributeError:
            pass
        leaves = [((i,), hole) for i, hole in self.plan if hole.leaf]
        layout = leaves, tuple((i, hole) for i, hole in self.plan if not hole.leaf)
        _set_layout(self, layout)
        return layout

    def decide(self, choose: Chooser) -> Program:
        plan = self.plan
        if not plan:
            return self
        args = list(self.args)
        if choose.__class__ is Draw:  # the most frequent use: even choices are drawn here, as `Draw.index` would
            random = choose.random
            for i, hole in plan:
                fair = hole.fair
                args[i] = fair[int(random() * len(fair))] if fair is not None else hole.decide(choose)
            return make(self.head, self.names, tuple(args))
        if not choose.leaves_open:
            for i, hole in plan:
                args[i] = hole.decide(choose)
            return make(self.head, self.names, tuple(args))
        for i, hole in plan:
            try:
                args[i] = hole.decide(choose)
            except Undecided:
                args[i] = hole
        return make(self.head, self.names, tuple(args))

    def recognize(self, value: Any, record: Record) -> None:
        args = self._matching(value)
        plan = self.plan
        i = 0
        try:
            for i, hole in plan:
                hole.recognize(args[i], record)
        except OutsideSpace as error:
            raise error.inside(self.names[i]) from None
        if len(plan) < len(args):
            self._recognize_fixed(args)

    def _recognize_fixed(self, args: Sequence[Any]) -> None:
        for name, arg, given in zip(self.names, self.args, args, strict=True):
            if not is_open(arg) and not equal(arg, given):
                raise OutsideSpace(given, f"it must be {arg!r}").inside(name)

    def _matching(self, value: Any) -> Sequence[Any]:
        """The arguments of `value` in this program's order; raises `OutsideSpace` when it has another form."""
        if value.__class__ is not Program or value.head is not self.head:
            raise OutsideSpace(value, f"it must be made by {head_name(self.head)}")
        if value.names is self.names:
            return value.args
        ordered = _in_order_of(self, value)
        if ordered is not None:
            return ordered
        lacks = [name for name in self.names if name not in value.names]
        extra = [name for name in value.names if name not in self.names]
        faults = [("lacks", lacks), ("has unknown", extra)]
        text = " and ".join(f"{verb} {', '.join(map(str, names))}" for verb, names in faults if names)
        raise OutsideSpace(value, f"it {text or f'must have arguments named {list(self.names)}'}")

    def children(self) -> Sequence[tuple[Step, Any]]:
        return tuple(self.items())

    @property
    def traits(self) -> Traits:
        """What the holes have in common."""
        try:
            return self._traits
        except AttributeError:
            pass
        holes = [hole for _, hole in self.plan]
        traits = Traits(
            entangled=any(hole.entangled for hole in holes),
            constrained=any(hole.constrained for hole in holes),
            loose=any(hole.loose for hole in holes),
            finite=all(hole.finite for hole in holes),
            varies=any(hole.varies for hole in holes),
        )
        _set_traits(self, traits)
        return traits

    @property
    def entangled(self) -> bool:
        return self.traits.entangled

    @property
    def constrained(self) -> bool:
        return self.traits.constrained

    @property
    def loose(self) -> bool:
        return self.traits.loose

    @property
    def finite(self) -> bool:
        return self.traits.finite

    @property
    def varies(self) -> bool:
        return self.traits.varies

    def canonical(self, value: Any) -> Program:
        args = list(self._matching(value))
        for i, hole in self.plan:
            if hole.loose:
                args[i] = hole.canonical(args[i])
        return make(self.head, self.names, tuple(args))

    def own_size(self) -> int | float:
        return product(hole.own_size() for _, hole in self.plan)

    def kinds(self) -> frozenset[Any]:
        return frozenset({self.head})

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        yield scope, [hole for _, hole in self.plan]

    def with_parts(self, parts: Sequence[Any]) -> Program:
        return make(self.head, self.names, tuple(parts))

    def places(self, value: Any, position: Position, out: list[tuple[Position, Space]]) -> None:
        leaves, inner = self.layout
        if value.names is not self.names and value.names != self.names:  # written in another order
            order = [value.position(name) for name in self.names]
            leaves = [((order[i],), hole) for (i,), hole in leaves]
            inner = tuple([(order[i], hole) for i, hole in inner])
        out.extend([((*position, i), hole) for (i,), hole in leaves] if position else leaves)
        for i, hole in inner:
            hole.places(value.args[i], (*position, i), out)

    def cross(self, first: Any, second: Any, rng: Random) -> Program:
        left, right = self._matching(first), self._matching(second)
        args = list(self.args)
        for i, hole in self.plan:
            a, b = left[i], right[i]
            args[i] = a if equal(a, b) else hole.cross(a, b, rng)
        return make(self.head, self.names, tuple(args))

    def encode(self, value: Any, out: Features) -> None:
        args = [ABSENT] * len(self.args) if value is ABSENT else self._matching(value)
        for i, hole in self.plan:
            hole.encode(args[i], out)

    # -- text --------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        from .display import python_text

        return python_text(self)

    def to_json(self) -> Any:
        """The program as readable JSON data; raises `SpaceError` while holes are open."""
        from .serialization import write_json

        return write_json(self)


_new = object.__new__
_STABLY_HASHED = frozenset({int, bool, Program})
_set_head = vars(Program)["head"].__set__
_set_names = vars(Program)["names"].__set__
_set_args = vars(Program)["args"].__set__
_set_hash = vars(Program)["_hash"].__set__
_set_plan = vars(Program)["_plan"].__set__
_set_layout = vars(Program)["_layout"].__set__
_set_traits = vars(Program)["_traits"].__set__
_CONTAINERS = (list, dict, tuple, set, frozenset)
_BUILDING = "while building "


def make(head: Any, names: tuple[Step, ...], args: tuple[Any, ...]) -> Program:
    """A program from parts that are symbolic already: the fast way, unchecked."""
    made = _new(Program)
    _set_head(made, head)
    _set_names(made, names)
    _set_args(made, args)
    _set_hash(made, -1)
    return made


def make_list(items: Sequence[Any]) -> Program:
    """The program of a list whose items are symbolic already."""
    return make(list, range_names(len(items)), tuple(items))


@functools.lru_cache(maxsize=1024)
def range_names(n: int) -> tuple[Step, ...]:
    """The names of `n` positional arguments."""
    return tuple(range(n))


def _remake(head: Any, names: tuple[Step, ...], args: tuple[Any, ...]) -> Program:
    """A program from another process, whose arrays have lost their write protection on the way."""
    return make(head, names, tuple([frozen(arg) for arg in args]))


def _in_order_of(left: Program, right: Program) -> Sequence[Any] | None:
    """The arguments of `right` in the order of the names of `left`; None where it has other names."""
    names, others = left.names, right.names
    if names == others and (left.head is not dict or [*map(type, names)] == [*map(type, others)]):
        return right.args
    if len(names) != len(others):
        return None
    found = {(name.__class__, name): arg for name, arg in right.items()}
    ordered = [found.get((name.__class__, name), _NOWHERE) for name in names]
    return None if any(arg is _NOWHERE for arg in ordered) else ordered


_NOWHERE = object()


@functools.lru_cache(maxsize=4096)
def _names_order_and_hash(names: tuple[Step, ...]) -> tuple[tuple[int, ...] | None, int]:
    """An order of the arguments that does not depend on how they were written (None for that one), and its hash."""
    given = tuple(range(len(names)))
    order = given if names == given else tuple(sorted(given, key=lambda i: name_rank(names[i])))
    found = hash(tuple([stable_hash(names[i]) for i in order]))
    return None if order == given else order, found


def name_rank(name: Any) -> tuple[int, float, str]:
    """Where a name stands among others: the same in every process, and for numbers that Python calls equal."""
    if isinstance(name, str):
        return 1, 0, name
    if isinstance(name, int | float) and name == name:
        return 0, name, ""
    from .serialization import digest

    return 2, 0, digest(symbolize(name))


def _head_hash(head: Any) -> int:
    try:
        return _hash_of_head(head)
    except TypeError:  # a callable object need not be hashable
        return text_hash(qualified_name(head))


@functools.lru_cache(maxsize=4096)
def _hash_of_head(head: Any) -> int:
    return text_hash(qualified_name(head))


def _position(value: Any, path: Path) -> Position:
    """The argument indices that a path means; raises `PathError`."""
    position = []
    for depth, step in enumerate(path):
        if value.__class__ is not Program:
            raise _no_parts(path, path[:depth], value)
        position.append(value.position(step, path[:depth]))
        value = value.args[position[-1]]
    return tuple(position)


def _no_parts(path: Path, before: Path, value: Any) -> PathError:
    return PathError(
        f"{format_path(path)} does not exist: {format_path(before)} is {shorten(repr(value))}, which has no parts"
    )


def _replaced(value: Any, edits: Mapping[Position, Any]) -> Any:
    if () in edits:
        return edits[()]
    below: dict[int, dict[Position, Any]] = {}
    for position, new in edits.items():
        below.setdefault(position[0], {})[position[1:]] = new
    args = list(value.args)
    for i, inner in below.items():
        args[i] = _replaced(args[i], inner)
    return make(value.head, value.names, tuple(args))


def replace_at(value: Any, position: Position, new: Any) -> Any:
    """A copy of `value` with `new` at a position of argument indices."""
    if not position:
        return new
    i = position[0]
    args = value.args
    changed = (*args[:i], replace_at(args[i], position[1:], new), *args[i + 1 :])
    return make(value.head, value.names, changed)


def value_at(value: Any, position: Position) -> Any:
    """The part of `value` at a position of argument indices."""
    for i in position:
        value = value.args[i]
    return value


def is_open(value: Any) -> bool:
    """Whether the value holds a hole."""
    return bool(value.plan) if value.__class__ is Program else isinstance(value, Space)


def _build_plain(value: Any) -> Any:
    if isinstance(value, Space):
        raise SpaceError(f"{value!r} is still open: fill every hole (sample, fill or replace) before building")
    return lend(value)


# -- making programs -------------------------------------------------------------------------------------------------


def program(head: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Program:
    """The program that applies any class or function, foreign ones too, to arguments that may hold holes.

    >>> from inlay.spaces import Choice
    >>> print(program(complex, real=Choice(1.0, 2.0), imag=0.5))
    complex(real=Choice(1.0, 2.0), imag=0.5)
    """
    return Program(head, *args, **kwargs)


def space(structure: Any) -> Space:
    """Turn any nested Python value with holes into a space.

    >>> from inlay.spaces import Choice
    >>> space({"a": [Choice(1, 2), 3]}).size()
    2
    """
    made: Space = space_of(symbolize(structure))
    return made


def space_of(value: Any) -> Any:
    """A symbolic value as a space: a plain one is the space of that one member."""
    from .choices import only

    return value if isinstance(value, Space) else only(value)


def build(value: Any) -> Any:
    """The value that a program builds to; a plain value is lent out."""
    return value.build() if value.__class__ is Program else _build_plain(value)


# What fills a program comes last: it makes programs.
from .structures import symbolize  # noqa: E402
from .symbols import Symbolic  # noqa: E402

__all__ = ["Program", "Symbolic", "build", "head_name", "program", "shorten", "space", "symbolize"]
