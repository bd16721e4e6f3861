"""Plain values inside programs: when two are the same, how they hash, how they are copied.

Sameness is total and typed: 1, 1.0 and True are three values, NaN is itself, and no comparison raises. Hashes do not
depend on the process, so that programs hash alike on every machine.
"""

from __future__ import annotations

import copy
import hashlib
import re
import types
import zlib
from enum import Enum
from functools import lru_cache, partial
from typing import Any

import numpy as np

#: Types whose values never change and may be shared freely.
ATOMIC: frozenset[type] = frozenset(
    {
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
)


def is_atomic(value: Any) -> bool:
    """Whether the value can be shared without copying."""
    return value.__class__ in ATOMIC or isinstance(value, type | Enum | types.ModuleType)


def same(a: Any, b: Any) -> bool:
    """Typed, total equality of two plain values.

    >>> same(1, 1.0), same(float("nan"), float("nan"))
    (False, True)
    """
    if a is b:
        return True
    if a.__class__ is not b.__class__:
        return False
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    try:
        return bool(a == b) or bool(a != a and b != b)
    except Exception:  # a foreign __eq__ may do anything; two things that cannot be compared are different
        return False


@lru_cache(maxsize=1 << 16)
def text_hash(text: str) -> int:
    """A hash of a text that is the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big")


def stable_hash(value: Any) -> int:
    """A hash that agrees with `same` and does not depend on the process."""
    kind = value.__class__
    if kind is str:
        return text_hash(value)
    if kind is int or kind is float or kind is bool:
        return 271828 if value != value else hash(value)
    if isinstance(value, np.ndarray):
        return zlib.crc32(value.tobytes())
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        return text_hash(qualified_name(value))
    return text_hash(qualified_name(kind))  # coarse, but equal values always share it


def qualified_name(head: Any) -> str:
    """The module and name under which a class or function is found, or the best there is.

    >>> qualified_name(dict)
    'builtins.dict'
    """
    if isinstance(head, partial):
        return f"partial({qualified_name(head.func)}, {head.args!r}, {head.keywords!r})"
    name = getattr(head, "__qualname__", None) or getattr(head, "__name__", None)
    if name is None:
        return f"{qualified_name(type(head))} object"
    module = getattr(head, "__module__", None)
    return f"{module}.{name}" if module else str(name)


def own(value: Any) -> Any:
    """A copy of a plain value that nobody else can change; atomic values are returned as they are."""
    if is_atomic(value):
        return value
    if isinstance(value, np.ndarray):
        frozen = value.copy()
        frozen.setflags(write=False)
        return frozen
    return copy.deepcopy(value)


def lend(value: Any) -> Any:
    """What `build` hands out for a plain value: a copy wherever the receiver could change it."""
    if is_atomic(value):
        return value
    return value.copy() if isinstance(value, np.ndarray) else copy.deepcopy(value)


_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def stable_text(value: Any) -> str:
    """A text that identifies a plain value in every process; two values that are the same give the same text."""
    if isinstance(value, np.ndarray):
        data = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).hexdigest()
        return f"array({value.dtype.str}, {value.shape}, {data})"
    if value.__class__ is float:
        return repr(0.0 if value == 0 else value)
    if callable(value) and hasattr(value, "__qualname__"):
        return qualified_name(value)
    return f"{value.__class__.__qualname__} {_ADDRESS.sub('', repr(value))}"
