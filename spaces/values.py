"""Plain values inside programs: when two are the same, how they hash, how they are copied.

Sameness is total and typed: 1, 1.0 and True are three values, NaN is itself, and no comparison raises. Hashes do not
depend on the process, so that programs hash alike on every machine.
"""

from __future__ import annotations

import copy
import hashlib
import pickle
import re
import types
import zlib
from enum import Enum
from functools import lru_cache, partial
from typing import Any, TypeVar

import numpy as np

from .errors import SpaceError

#: Types whose values never change and may be shared freely.
ATOMIC: set[type] = {
    int,
    float,
    bool,
    str,
    bytes,
    complex,
    type(None),
    type(...),
    type,
    range,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    np.ufunc,
    type(np.dtype("f8")),
}

#: Types for which Python's own equality and hash are typed sameness, once the type is compared too.
PLAIN: set[type] = {int, bool, str, bytes, type(None)}

#: Types declared by `value_class`, and the types of their writers.
VALUE_CLASSES: set[type] = set()
VALUE_WRITERS: set[type] = set()

C = TypeVar("C", bound=type)


def value_class(kind: C) -> C:
    """Declare a class whose objects are plain values: immutable, with total equality and a hash that is the same in
    every process. `written()` gives (writer, text): the text tells its objects apart, and `writer.read_value(text)`
    makes an equal one.
    """
    ATOMIC.add(kind)
    PLAIN.add(kind)
    VALUE_CLASSES.add(kind)
    return kind


def is_atomic(value: Any) -> bool:
    """Whether the value can be shared without copying."""
    return value.__class__ in ATOMIC or isinstance(value, type | Enum | types.ModuleType)


# -- sameness --------------------------------------------------------------------------------------------------------


def same(a: Any, b: Any) -> bool:
    """Typed, total equality of two plain values.

    >>> same(1, 1.0), same(float("nan"), float("nan"))
    (False, True)
    """
    if a is b:
        return True
    kind = a.__class__
    if kind is not b.__class__:
        return False
    if kind in PLAIN:
        return bool(a == b)
    if kind is float:
        return bool(a == b or (a != a and b != b))
    if kind is complex:
        return same(a.real, b.real) and same(a.imag, b.imag)
    return _same_arrays(a, b) if isinstance(a, np.ndarray) else _same_objects(a, b)


def _same_arrays(a: Any, b: Any) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.hasobject:
        return all(map(same, a.ravel().tolist(), b.ravel().tolist()))
    return bool(a.tobytes() == b.tobytes())


def _same_objects(a: Any, b: Any) -> bool:
    """Foreign objects are the same when they say so and read the same, and else when they pickle the same."""
    try:
        if a.__class__.__eq__ is not object.__eq__ and bool(a == b):
            return stable_text(a) == stable_text(b)
        if is_atomic(a) or stable_text(a) != stable_text(b):
            return False
        return pickle.dumps(a) == pickle.dumps(b)  # copies of an object that knows no equality
    except Exception:  # a foreign object may do anything; two things that cannot be compared are different
        return False


class Atom:
    """A plain value as a dictionary key under typed, total sameness."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atom) and same(self.value, other.value)

    def __hash__(self) -> int:
        return stable_hash(self.value)

    def __repr__(self) -> str:
        return f"Atom({self.value!r})"


def identity(value: Any) -> Any:
    """A key that is equal for two plain values exactly when they are the same."""
    kind = value.__class__
    return (kind, value) if kind in PLAIN or (kind is float and value == value) else Atom(value)


# -- hashes and texts that are the same in every process --------------------------------------------------------------

_TEXT_HASHES: dict[str, int] = {}


def text_hash(text: str) -> int:
    """A hash of a text that is the same in every process."""
    known = _TEXT_HASHES.get(text)
    if known is None:
        if len(_TEXT_HASHES) >= 1 << 16:
            _TEXT_HASHES.clear()
        found = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest()
        known = _TEXT_HASHES[text] = int.from_bytes(found, "big")
    return known


def stable_hash(value: Any) -> int:
    """A hash that agrees with `same` and does not depend on the process."""
    kind = value.__class__
    if kind is str:
        return text_hash(value)
    if kind is int or kind is float or kind is bool:
        return 271828 if value != value else hash(value)
    if kind in VALUE_CLASSES:
        return hash(value)
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return zlib.crc32(value.tobytes())
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        return text_hash(qualified_name(value))
    return text_hash(qualified_name(kind))  # coarse, but equal values always share it


def qualified_name(head: Any) -> str:
    """The module and name under which a class or function is found, or the best there is.

    Functions without a name of their own are told apart by their code.

    >>> qualified_name(dict)
    'builtins.dict'
    """
    if isinstance(head, partial):
        return f"partial({qualified_name(head.func)}, {stable_repr(head.args)}, {stable_repr(head.keywords)})"
    name = getattr(head, "__qualname__", None) or getattr(head, "__name__", None)
    if name is None:
        return f"{qualified_name(type(head))} object"
    module = getattr(head, "__module__", None)
    full = f"{module}.{name}" if module else str(name)
    return f"{full}#{_code_digest(head.__code__)}" if "<lambda>" in full and hasattr(head, "__code__") else full


@lru_cache(maxsize=1 << 12)
def _code_digest(code: types.CodeType) -> str:
    constants = [_code_digest(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    text = repr((code.co_code.hex(), constants, code.co_names, code.co_freevars))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def stable_repr(value: Any) -> str:
    """The `repr` of a value without addresses; one that raises is replaced by the type's name."""
    try:
        return _ADDRESS.sub("", repr(value))
    except Exception:
        return f"<{value.__class__.__qualname__}>"


def stable_text(value: Any) -> str:
    """A text that identifies a plain value in every process; two values that are the same give the same text."""
    if isinstance(value, np.ndarray):
        return f"array({value.dtype.str}, {value.shape}, {_array_digest(value)})"
    kind = value.__class__
    if kind is float:
        return repr(0.0 if value == 0 else value)
    if kind is complex:
        return f"complex({stable_text(value.real)}, {stable_text(value.imag)})"
    if kind is range:
        return f"range {len(value)} {list(value[:2])}"
    if kind in VALUE_CLASSES:
        writer, text = value.written()
        return f"{kind.__qualname__} {text} of {stable_repr(writer)}"
    if callable(value) and hasattr(value, "__qualname__"):
        return qualified_name(value)
    return f"{kind.__qualname__} {stable_repr(value)}"


def _array_digest(value: Any) -> str:
    if value.dtype.hasobject:
        data = repr([stable_text(item) for item in value.ravel().tolist()]).encode("utf-8", "surrogatepass")
    else:
        data = np.ascontiguousarray(value).tobytes()
    return hashlib.blake2b(data, digest_size=16).hexdigest()


# -- ownership -------------------------------------------------------------------------------------------------------


def own(value: Any) -> Any:
    """A copy of a plain value that nobody else can change; atomic values are returned as they are.

    Raises `SpaceError` for what cannot be copied, such as a generator, a lock or an open file.
    """
    return value if is_atomic(value) else frozen(_copy(value))


def lend(value: Any) -> Any:
    """What `build` hands out for a plain value: a copy wherever the receiver could change it."""
    return value if is_atomic(value) else _copy(value)


def frozen(value: Any) -> Any:
    """The value itself, write-protected where it is an array."""
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
    return value


def _copy(value: Any) -> Any:
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return value.copy()
    try:
        return copy.deepcopy(value)
    except Exception as error:
        raise SpaceError(
            f"{stable_repr(value)} cannot be copied ({error}), so no program can hold it: "
            "write program(function, ...) to make it where it is used"
        ) from error
