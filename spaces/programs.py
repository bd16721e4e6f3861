"""Programs: immutable symbolic expressions, and spaces where they hold holes.

A `Program` is a head (a class, function, list, dict, ...) applied to named arguments. It can be read, compared, edited,
saved and built. A program some of whose arguments are holes is the space of its fillings.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .abstract import ABSENT, Position, Record, Space, equal, product
from .choosers import Chooser
from .errors import OutsideSpace, PathError, SpaceError, Undecided
from .paths import Path, Step, as_path, format_path
from .values import ATOMIC, is_atomic, lend, own, qualified_name, same, stable_hash, text_hash

if TYPE_CHECKING:
    from .display import Difference

T = TypeVar("T")
Plan = tuple[tuple[int, Space], ...]


class Program(Space):
    """A head applied to named arguments; immutable, hashable, shared freely.

    `head` is what is applied, `names` are the argument names (integers for positional arguments and list items), `args`
    the arguments: programs, holes or plain values. `Program(head, ...)` and `program(head, ...)` are the same.

    >>> p = Program(complex, real=1.0, imag=2.0)
    >>> print(p, p["imag"], p.build())
    complex(real=1.0, imag=2.0) 2.0 (1+2j)
    """

    __slots__ = ("_hash", "_layout", "_plan", "args", "head", "names")

    head: Any
    names: tuple[Step, ...]
    args: tuple[Any, ...]
    _hash: int
    _plan: Plan
    _layout: tuple[list[tuple[tuple[int], Space]], Plan]

    def __new__(cls, head: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Program:
        names, values = bind(head, args, kwargs)
        return make(head, names, values)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"programs never change; use replace({{{name!r}: ...}}) to get an edited copy")

    __delattr__ = __setattr__  # type: ignore[assignment]

    # -- equality and identity ---------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not Program:
            return NotImplemented
        pairs: list[tuple[Program, Program]] = [(self, other)]  # type: ignore[list-item]
        while pairs:  # a loop, so that deep programs compare without recursion
            left, right = pairs.pop()
            if left is right:
                continue
            if left.head is not right.head or len(left.args) != len(right.args):
                return False
            others: Sequence[Any] = right.args
            if left.names is not right.names and left.names != right.names:
                by_name = dict(zip(right.names, right.args, strict=True))
                if by_name.keys() != set(left.names):
                    return False
                others = [by_name[name] for name in left.names]
            for a, b in zip(left.args, others, strict=True):
                if a is b:
                    continue
                if a.__class__ is Program and b.__class__ is Program:
                    pairs.append((a, b))
                elif not same(a, b):
                    return False
        return True

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            pass
        try:
            return self._hash_from_arguments()
        except RecursionError:
            for program in reversed([p for _, p in self.walk() if p.__class__ is Program]):  # leaves first
                program._hash_from_arguments()
            return self._hash

    def _hash_from_arguments(self) -> int:
        args: Sequence[Any] = self.args
        order = _name_order(self.names)
        if order is not None:
            args = [args[i] for i in order]
        parts = [hash(a) if a.__class__ in _STABLY_HASHED else stable_hash(a) for a in args]
        found = hash((_head_hash(self.head), _names_hash(self.names), *parts))
        _set_hash(self, found)
        return found

    def digest(self) -> str:
        """A hexadecimal digest that is the same in every process and on every machine."""
        from .serialization import digest

        return digest(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return make, (self.head, self.names, self.args)

    def __copy__(self) -> Program:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Program:
        return self

    # -- reading -----------------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        """The part at a path: `p["layers", 0]` or `p["layers[0].filters"]`; raises `PathError`."""
        value: Any = self
        path = self._path(key)
        for depth, step in enumerate(path):
            if value.__class__ is not Program:
                raise PathError(f"{format_path(path)}: {format_path(path[:depth])} is {value!r}, which has no parts")
            value = value.args[value.position(step, path[:depth])]
        return value

    def _path(self, key: Any) -> Path:
        """A key that is itself an argument name wins over the path that it spells."""
        return (key,) if isinstance(key, str) and key in self.names else as_path(key)

    def position(self, step: Step, before: Path = ()) -> int:
        """The index of the argument called `step`; raises `PathError` naming what there is."""
        names = self.names
        if isinstance(step, int) and not isinstance(step, bool):
            wanted = step + len(names) if step < 0 else step
            if 0 <= wanted < len(names) and names[wanted] == wanted:
                return wanted
        try:
            return names.index(step)
        except ValueError:
            pass
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
        if isinstance(what, type) or hasattr(what, "__wrapped__"):
            return [(path, part) for path, part in self.walk() if part.__class__ is Program and part.head is what]
        return [(path, part) for path, part in self.walk() if what(part)]

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
        edits = {self._path(key): symbolize(value) for key, value in parts.items()}
        for path in edits:
            if any(path[:depth] in edits for depth in range(len(path))):
                raise SpaceError(f"replace: {format_path(path)} lies inside another path that is replaced")
        if len(edits) < len(parts):
            raise SpaceError("replace: two of the paths are the same")
        return _replaced(self, edits, ())

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
            return _apply(head, self.names, args)
        except Exception as error:
            if not hasattr(error, "__notes__"):
                error.add_note(f"while building {shorten(str(self))}")
            raise

    # -- the program as a space --------------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        """The open arguments: their indices and holes; empty for a program without holes."""
        try:
            return self._plan
        except AttributeError:
            pass
        plan = tuple((i, a) for i, a in enumerate(self.args) if is_open(a))
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
        for i, hole in plan:
            try:
                args[i] = hole.decide(choose)
            except Undecided:
                args[i] = hole
        return make(self.head, self.names, tuple(args))

    def recognize(self, value: Any, record: Record) -> None:
        args = self._matching(value)
        plan = self.plan
        for i, hole in plan:
            try:
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
        if value.names is self.names or value.names == self.names:
            return value.args  # type: ignore[no-any-return]
        missing = [name for name in self.names if name not in value.names]
        if missing or len(value.names) > len(self.names):
            extra = [name for name in value.names if name not in self.names]
            faults = [("lacks", missing), ("has unknown", extra)]
            text = " and ".join(f"{verb} {', '.join(map(str, names))}" for verb, names in faults if names)
            raise OutsideSpace(value, f"it {text}")
        return [value.args[value.names.index(name)] for name in self.names]

    def children(self) -> Sequence[tuple[Step, Any]]:
        return tuple(self.items())

    @property
    def entangled(self) -> bool:
        return any(hole.entangled for _, hole in self.plan)

    @property
    def finite(self) -> bool:
        return all(hole.finite for _, hole in self.plan)

    def own_size(self) -> int | float:
        return product(hole.own_size() for _, hole in self.plan)

    def kinds(self) -> frozenset[Any]:
        return frozenset({self.head})

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        yield scope, [hole for _, hole in self.plan]

    def with_parts(self, parts: Sequence[Any]) -> Program:
        return make(self.head, self.names, tuple(parts))

    def places(self, value: Any, position: Position, out: list[tuple[Position, Space]]) -> None:
        args = self._matching(value)
        leaves, inner = self.layout
        out.extend([((*position, i), hole) for (i,), hole in leaves] if position else leaves)
        for i, hole in inner:
            hole.places(args[i], (*position, i), out)

    def cross(self, first: Any, second: Any, rng: Random) -> Program:
        left, right = self._matching(first), self._matching(second)
        args = list(self.args)
        for i, hole in self.plan:
            a, b = left[i], right[i]
            args[i] = a if a is b else hole.cross(a, b, rng)
        return make(self.head, self.names, tuple(args))

    def encode(self, value: Any, out: list[float]) -> None:
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


def make(head: Any, names: tuple[Step, ...], args: tuple[Any, ...]) -> Program:
    """A program from parts that are symbolic already: the fast way, unchecked."""
    made = _new(Program)
    _set_head(made, head)
    _set_names(made, names)
    _set_args(made, args)
    return made


def make_list(items: Sequence[Any]) -> Program:
    """The program of a list whose items are symbolic already."""
    return make(list, range_names(len(items)), tuple(items))


@functools.lru_cache(maxsize=1024)
def range_names(n: int) -> tuple[Step, ...]:
    """The names of `n` positional arguments."""
    return tuple(range(n))


@functools.lru_cache(maxsize=4096)
def _names_hash(names: tuple[Step, ...]) -> int:
    ordered = names if _name_order(names) is None else [names[i] for i in _name_order(names) or ()]
    return hash(tuple(stable_hash(name) for name in ordered))


@functools.lru_cache(maxsize=4096)
def _name_order(names: tuple[Step, ...]) -> tuple[int, ...] | None:
    """The order of arguments that does not depend on how a dictionary was written; None where it is the given one."""
    if names == range_names(len(names)):
        return None
    order = tuple(sorted(range(len(names)), key=lambda i: (type(names[i]).__name__, repr(names[i]))))
    return None if order == range_names(len(names)) else order


@functools.lru_cache(maxsize=4096)
def _head_hash(head: Any) -> int:
    return text_hash(qualified_name(head))


def _replaced(value: Any, edits: Mapping[Path, Any], before: Path) -> Any:
    if () in edits:
        return edits[()]
    if value.__class__ is not Program:
        rest = format_path((*before, *next(iter(edits))))
        raise PathError(f"{rest} does not exist: {format_path(before)} is {value!r}, which has no parts")
    below: dict[int, dict[Path, Any]] = {}
    for path, new in edits.items():
        below.setdefault(value.position(path[0], before), {})[path[1:]] = new
    args = list(value.args)
    for i, inner in below.items():
        args[i] = _replaced(args[i], inner, (*before, value.names[i]))
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


# -- applying heads --------------------------------------------------------------------------------------------------


def _apply(head: Any, names: tuple[Step, ...], args: list[Any]) -> Any:
    if head in _CONTAINERS:
        return head(args)
    call = head.construct if isinstance(head, Symbolic) else getattr(head, "__inlay_function__", head)
    positional = [arg for name, arg in zip(names, args, strict=True) if isinstance(name, int)]
    named = {name: arg for name, arg in zip(names, args, strict=True) if isinstance(name, str)}
    return call(*positional, **named)


_CONTAINERS = frozenset({tuple, set, frozenset})


@functools.lru_cache(maxsize=4096)
def _signature(head: Any) -> inspect.Signature | None:
    target = head.__init__ if isinstance(head, Symbolic) else getattr(head, "__inlay_function__", head)
    try:
        found = inspect.signature(target)
    except (TypeError, ValueError):  # many built-in functions have none
        return None
    if target is not head and isinstance(head, Symbolic):
        return found.replace(parameters=list(found.parameters.values())[1:])
    return found


def bind(head: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Step, ...], tuple[Any, ...]]:
    """The names and symbolic values of the arguments of a call; raises `TypeError` where the call would."""
    if head in _CONTAINERS or head is list or head is dict:
        items = symbolize(head(*args, **kwargs))
        return items.names, items.args
    if not callable(head):
        raise SpaceError(f"{head!r} cannot be the head of a program: it must be a class or a function")
    signature = _signature(head)
    named = dict(kwargs) if signature is None else _named_arguments(head, signature, args, kwargs)
    positional = args if signature is None else named.pop("", ())
    names: tuple[Step, ...] = (*range(len(positional)), *named)
    return names, tuple(symbolize(value) for value in (*positional, *named.values()))


def _named_arguments(head: Any, signature: inspect.Signature, args: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments by name in the order of the signature; what can only be positional stands under the empty name."""
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{head_name(head)}{signature}: {error}") from None
    if isinstance(head, Symbolic) or hasattr(head, "__inlay_function__"):
        bound.apply_defaults()
    if bound.args and _needs_positions(signature, bound):
        return {"": bound.args, **bound.kwargs}
    return {**dict(zip(signature.parameters, bound.args, strict=False)), **bound.kwargs}


def _needs_positions(signature: inspect.Signature, bound: inspect.BoundArguments) -> bool:
    kinds = [p.kind for name, p in signature.parameters.items() if name in bound.arguments]
    spread = [name for name, p in signature.parameters.items() if p.kind is p.VAR_POSITIONAL]
    return inspect.Parameter.POSITIONAL_ONLY in kinds or any(bound.arguments.get(name) for name in spread)


# -- making programs -------------------------------------------------------------------------------------------------


def program(head: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Program:
    """The program that applies any class or function, foreign ones too, to arguments that may hold holes.

    >>> from inlay.spaces import Choice
    >>> print(program(complex, real=Choice(1.0, 2.0), imag=0.5))
    complex(real=Choice(1.0, 2.0), imag=0.5)
    """
    return Program(head, *args, **kwargs)


class Symbolic(type):
    """The type of symbolic classes: calling one writes a program; building the program makes the object."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return Program(cls, *args, **kwargs)

    def construct(cls, *args: Any, **kwargs: Any) -> Any:
        """What calling the class did before it became symbolic."""
        return super().__call__(*args, **kwargs)


def symbolic(target: T) -> T:
    """Make a class or function return a program when it is called; `build` runs it.

    >>> @symbolic
    ... def double(x):
    ...     return 2 * x
    >>> p = double(double(5))
    >>> print(p, p.build())
    double(x=double(x=5)) 20
    """
    if isinstance(target, type):
        return _symbolic_class(target)  # type: ignore[return-value]
    if not callable(target):
        raise SpaceError(f"{target!r} cannot be symbolic: it must be a class or a function")

    @functools.wraps(target)
    def write(*args: Any, **kwargs: Any) -> Program:
        return Program(write, *args, **kwargs)

    write.__inlay_function__ = target  # type: ignore[attr-defined]
    return write  # type: ignore[return-value]


def _symbolic_class(target: type) -> type:
    """A subclass under the same name whose calls write programs; instances and `super()` work as before."""
    kind = type(target)
    meta = Symbolic if kind is type else type(f"Symbolic{kind.__name__}", (Symbolic, kind), {})
    body = {"__module__": target.__module__, "__qualname__": target.__qualname__, "__doc__": target.__doc__}
    if hasattr(target, "__slots__"):
        body["__slots__"] = ()
    return meta(target.__name__, (target,), body)


def symbolize(value: Any) -> Any:
    """A value as programs hold it: lists, tuples, dictionaries, sets and dataclasses become programs.

    Raises `SpaceError` for an object that hides a hole where no program can see it.
    """
    kind = value.__class__
    if kind in ATOMIC or kind is Program or isinstance(value, Space):
        return value
    if kind is list or kind is tuple:
        return make(kind, range_names(len(value)), tuple(symbolize(item) for item in value))
    if kind is dict:
        return make(dict, tuple(value), tuple(symbolize(item) for item in value.values()))
    if kind is set or kind is frozenset:
        return make(kind, range_names(len(value)), tuple(symbolize(item) for item in sorted(value, key=repr)))
    if isinstance(value, np.generic):
        return value.item()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field for field in dataclasses.fields(value) if field.init]
        return make(kind, tuple(f.name for f in fields), tuple(symbolize(getattr(value, f.name)) for f in fields))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return make(kind, value._fields, tuple(symbolize(item) for item in value))
    if is_atomic(value):
        return value
    _refuse_hidden_holes(value)
    return own(value)


def _refuse_hidden_holes(value: Any) -> None:
    """An object that holds a hole would silently be a constant: say so where it is written."""
    parts = [("", item) for item in value] if isinstance(value, list | tuple | set) else []
    parts += [(f"[{key!r}]", item) for key, item in value.items()] if isinstance(value, Mapping) else []
    parts += [(f".{name}", item) for name, item in getattr(value, "__dict__", {}).items()]
    for name, item in parts:
        if isinstance(item, list | tuple | dict) and item.__class__ in (list, tuple, dict):
            item = symbolize(item)
        if isinstance(item, Space) and is_open(item):
            kind = type(value).__name__
            raise SpaceError(
                f"a {kind} object hides the hole {shorten(repr(item))} in {kind}{name}: write program({kind}, ...) "
                "so that the hole is an argument"
            )


def space(structure: Any) -> Space:
    """Turn any nested Python value with holes into a space.

    >>> from inlay.spaces import Choice
    >>> space({"a": [Choice(1, 2), 3]}).size()
    2
    """
    return space_of(symbolize(structure))


def space_of(value: Any) -> Any:
    """A symbolic value as a space: a plain one is the space of that one member."""
    from .holes import Choice

    return value if isinstance(value, Space) else Choice(value)


def build(value: Any) -> Any:
    """The value that a program builds to; a plain value is lent out."""
    return value.build() if value.__class__ is Program else _build_plain(value)


def head_name(head: Any) -> str:
    """The short name of a head, as it is written in code."""
    return str(getattr(head, "__name__", None) or qualified_name(head))


def shorten(text: str, limit: int = 200) -> str:
    """The text, cut where it would fill the screen."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


__all__ = ["Program", "Symbolic", "build", "program", "space", "symbolic", "symbolize"]
