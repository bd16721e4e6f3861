"""Nested Python values as programs: what becomes a program, what stays a plain value, and what is refused."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from .abstract import Space
from .errors import SpaceError
from .heads import shorten
from .paths import Step
from .programs import Program, is_open, make, name_rank, range_names
from .values import ATOMIC, frozen, is_atomic, own


def symbolize(value: Any) -> Any:
    """A value as programs hold it: lists, tuples, dictionaries, sets and dataclasses become programs.

    Raises `SpaceError` for an object that hides a hole where no program can see it, and for one that cannot be copied.
    """
    kind = value.__class__
    if kind in ATOMIC or kind is Program or isinstance(value, Space):
        return value
    if kind is list or kind is tuple:
        return make(kind, range_names(len(value)), tuple([symbolize(item) for item in value]))
    if kind is dict:
        return make(dict, _keys(value), tuple([symbolize(item) for item in value.values()]))
    if kind is set or kind is frozenset:
        return make(kind, range_names(len(value)), tuple([symbolize(item) for item in _in_some_order(value)]))
    if isinstance(value, np.generic) and not isinstance(value.item(), np.generic):
        return symbolize(value.item())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return make(kind, value._fields, tuple([symbolize(item) for item in value]))
    if is_atomic(value):
        return value
    if _made_from_fields(kind):
        names = tuple([field.name for field in dataclasses.fields(value) if field.init])
        return make(kind, names, tuple([symbolize(getattr(value, name)) for name in names]))
    _refuse_hidden_holes(value, value.__class__.__name__, set())
    return frozen(own(value))


def _made_from_fields(kind: type) -> bool:
    """Whether a dataclass can be made again from the values of its fields."""
    fields = getattr(kind, "__dataclass_fields__", None)
    if fields is None or not kind.__dataclass_params__.init:  # type: ignore[attr-defined]
        return False
    return not any(field._field_type is dataclasses._FIELD_INITVAR for field in fields.values())  # type: ignore[attr-defined]


def _keys(value: dict[Any, Any]) -> tuple[Step, ...]:
    for key in value:
        if isinstance(key, Space):
            raise SpaceError(f"the key {shorten(repr(key))} of a dictionary is a hole or program: keys must be plain")
    return tuple([key.item() if isinstance(key, np.generic) else key for key in value])


def _in_some_order(items: Iterable[Any]) -> list[Any]:
    """The items of a set in an order that is the same in every process."""
    found = list(items)
    if len({item.__class__ for item in found}) == 1 and found[0].__class__ in (int, float, str):
        return sorted(found)
    return sorted(found, key=name_rank)


def _refuse_hidden_holes(value: Any, where: str, seen: set[int]) -> None:
    """An object that holds a hole would silently be a constant: say so where it is written."""
    if id(value) in seen or is_atomic(value) or len(seen) > _MOST_PARTS:
        return
    seen.add(id(value))
    for step, item in _inner_parts(value):
        if is_open(item):
            kind = where.partition("[")[0].partition(".")[0]
            raise SpaceError(
                f"a {kind} object hides the hole {shorten(repr(item))} in {where}{step}: write program({kind}, ...) "
                "so that the hole is an argument"
            )
        _refuse_hidden_holes(item, f"{where}{step}", seen)


_MOST_PARTS = 10_000  # of an object are looked at in search of holes


def _inner_parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What an object holds, as far as Python shows it."""
    if isinstance(value, Mapping):
        yield from ((f"[{key!r}]", item) for key, item in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{i}]", item) for i, item in enumerate(value))
    elif isinstance(value, np.ndarray):
        yield from ((f"[{i}]", item) for i, item in enumerate(value.ravel().tolist() if value.dtype.hasobject else ()))
    elif isinstance(value, functools.partial):
        yield from ((f".args[{i}]", item) for i, item in enumerate(value.args))
        yield from ((f".keywords[{key!r}]", item) for key, item in value.keywords.items())
    names = [name for kind in type(value).__mro__ for name in _as_tuple(kind.__dict__.get("__slots__", ()))]
    yield from (
        (f".{name}", getattr(value, name)) for name in names if not name.startswith("__") and hasattr(value, name)
    )
    yield from ((f".{name}", item) for name, item in getattr(value, "__dict__", {}).items())


def _as_tuple(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)
