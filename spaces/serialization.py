"""Programs as readable JSON, and digests; reading looks heads up among those that are known and imports nothing."""

from __future__ import annotations

import base64
import hashlib
import math
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .abstract import Space
from .errors import SpaceError
from .paths import Path, format_path
from .programs import Program, make, range_names, shorten, symbolize
from .values import qualified_name, same, stable_text

_JSON_ATOMS = frozenset({int, str, bool, type(None)})
_CONTAINERS: dict[str, type] = {"tuple": tuple, "set": set, "frozenset": frozenset, "list": list}


def write_json(value: Any, path: Path = ()) -> Any:
    """A program or plain value as JSON data.

    Lists and dictionaries are themselves; the application of a head is `{"$": "module.Head", "argument": ...}`; what
    JSON has no form for is `{"$": "float", ...}` and so on, or a constant by its name. Raises `SpaceError` for a hole.

    >>> from inlay.spaces import program
    >>> write_json(program(complex, real=1.0, imag=2.0))
    {'$': 'builtins.complex', 'real': 1.0, 'imag': 2.0}
    """
    kind = value.__class__
    if kind in _JSON_ATOMS or (kind is float and math.isfinite(value)):
        return value
    if kind is Program:
        return _write_program(value, path)
    if isinstance(value, Space):
        raise SpaceError(f"{format_path(path)} is still open ({shorten(repr(value))}): only filled programs are saved")
    return _write_constant(value)


def _write_program(value: Program, path: Path) -> Any:
    args = [write_json(arg, (*path, name)) for name, arg in value.items()]
    if value.head is list:
        return args
    if value.head in _CONTAINERS.values():
        return {"$": value.head.__name__, "items": args}
    if value.head is dict:
        if all(isinstance(name, str) for name in value.names) and "$" not in value.names:
            return dict(zip(value.names, args, strict=True))
        keys = [write_json(symbolize(name)) for name in value.names]
        return {"$": "dict", "items": [list(pair) for pair in zip(keys, args, strict=True)]}
    data = {"$": qualified_name(value.head)}
    positional = [arg for name, arg in zip(value.names, args, strict=True) if isinstance(name, int)]
    if positional:
        data["$args"] = positional
    return data | {str(name): arg for name, arg in zip(value.names, args, strict=True) if not isinstance(name, int)}


def _write_constant(value: Any) -> Any:
    if isinstance(value, float):
        return {"$": "float", "value": repr(value)}
    if isinstance(value, complex):
        return {"$": "complex", "value": repr(value)}
    if isinstance(value, bytes):
        return {"$": "bytes", "value": value.hex()}
    if isinstance(value, np.ndarray):
        return _write_array(value)
    return {"$": "constant", "name": stable_text(value)}


def _write_array(value: np.ndarray[Any, Any]) -> Any:
    if value.dtype == np.bool_:
        if value.size <= 512:
            return {"$": "mask", "shape": list(value.shape), "bits": "".join("01"[bit] for bit in value.reshape(-1))}
        packed = np.packbits(value.reshape(-1)).tobytes()
        return {"$": "mask", "shape": list(value.shape), "packed": base64.b64encode(zlib.compress(packed, 1)).decode()}
    if value.dtype.hasobject:
        raise SpaceError("an array of objects has no JSON form: write its items as a list")
    data = base64.b64encode(zlib.compress(np.ascontiguousarray(value).tobytes(), 1)).decode()
    return {"$": "array", "dtype": value.dtype.str, "shape": list(value.shape), "packed": data}


def read_json(data: Any, known: Iterable[Any] = ()) -> Any:
    """The program or plain value that `write_json` wrote.

    `known` are spaces, programs and heads among which heads and constants are looked up; nothing is imported. Raises
    `SpaceError` for a name that is not known.

    >>> print(read_json({"$": "builtins.complex", "real": 1.0}, [complex]))
    complex(real=1.0)
    """
    return _Reader(known).read(data)


class _Reader:
    def __init__(self, known: Iterable[Any]) -> None:
        self.heads: dict[str, Any] = {}
        self.constants: dict[str, Any] = {}
        for item in known:
            self._learn(item)

    def _learn(self, item: Any) -> None:
        if item.__class__ is Program:
            self._learn_head(item.head)
        elif not isinstance(item, Space) and item.__class__ not in _JSON_ATOMS:
            self.constants.setdefault(stable_text(item), item)
            if callable(item):
                self._learn_head(item)
        if isinstance(item, Space):
            for _, part in item.children():
                self._learn(part)
            for part in getattr(item, "items", ()) if item.__class__ is not Program else ():
                self._learn(part)

    def _learn_head(self, head: Any) -> None:
        name = qualified_name(head)
        if self.heads.setdefault(name, head) is not head and name not in ("builtins.list", "builtins.dict"):
            raise SpaceError(f"two different heads are called {name}: give them different names to save programs")

    def head(self, name: str) -> Any:
        """The known head of that name; one that has moved to another module is found by its last name if unique."""
        if name in self.heads:
            return self.heads[name]
        last = name.rpartition(".")[2]
        moved = [head for known, head in self.heads.items() if known.rpartition(".")[2] == last]
        if len(moved) == 1:
            return moved[0]
        there = ", ".join(sorted(self.heads)) or "none"
        raise SpaceError(f"the head {name!r} is not known here ({shorten(there)} are): data import nothing")

    def read(self, data: Any) -> Any:
        """The value behind one piece of JSON data."""
        if isinstance(data, list):
            return make(list, range_names(len(data)), tuple(self.read(item) for item in data))
        if not isinstance(data, dict):
            return data
        if "$" not in data:
            return make(dict, tuple(data), tuple(self.read(item) for item in data.values()))
        kind = data["$"]
        if kind in _READERS:
            return _READERS[kind](self, data)
        if kind in _CONTAINERS:
            return make(_CONTAINERS[kind], range_names(len(data["items"])), tuple(map(self.read, data["items"])))
        positional = data.get("$args", [])
        named = {name: item for name, item in data.items() if name not in ("$", "$args")}
        args = tuple(self.read(item) for item in (*positional, *named.values()))
        return make(self.head(kind), (*range_names(len(positional)), *named), args)

    def _dict(self, data: Any) -> Any:
        pairs = [(self.read(name), self.read(item)) for name, item in data["items"]]
        names = tuple(name.build() if name.__class__ is Program else name for name, _ in pairs)
        return make(dict, names, tuple(item for _, item in pairs))

    def _constant(self, data: Any) -> Any:
        name = data["name"]
        if name in self.constants:
            return self.constants[name]
        last = name.rpartition(".")[2]
        moved = [item for known, item in self.constants.items() if known.rpartition(".")[2] == last and callable(item)]
        if len(moved) == 1:
            return moved[0]
        raise SpaceError(f"the constant {name!r} is not known here: data import nothing")


def _read_array(data: Any) -> Any:
    shape = tuple(data["shape"])
    if "bits" in data:
        flat = np.array([bit == "1" for bit in data["bits"]], dtype=np.bool_)
    else:
        raw = zlib.decompress(base64.b64decode(data["packed"]))
        if data["$"] == "mask":
            flat = np.unpackbits(np.frombuffer(raw, np.uint8), count=math.prod(shape)).view(np.bool_)
        else:
            flat = np.frombuffer(raw, np.dtype(data["dtype"]))
    value = flat.reshape(shape).copy()
    value.setflags(write=False)
    return value


_READERS: dict[str, Callable[[_Reader, Any], Any]] = {
    "float": lambda reader, data: float(data["value"]),
    "complex": lambda reader, data: complex(data["value"]),
    "bytes": lambda reader, data: bytes.fromhex(data["value"]),
    "mask": lambda reader, data: _read_array(data),
    "array": lambda reader, data: _read_array(data),
    "dict": _Reader._dict,
    "constant": _Reader._constant,
}


def digest(value: Any) -> str:
    """A hexadecimal digest of a program or plain value that is the same in every process."""
    return hashlib.blake2b(_canonical(value).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _canonical(value: Any) -> str:
    if value.__class__ is Program:
        parts = [(type(name).__name__, repr(name), _canonical(arg)) for name, arg in value.items()]
        ordered = parts if value.names == range_names(len(parts)) else sorted(parts)
        return f"{qualified_name(value.head)}({','.join(f'{name}={arg}' for _, name, arg in ordered)})"
    if isinstance(value, Space):
        return repr(value)
    return f"{value.__class__.__name__}:{'nan' if same(value, math.nan) else stable_text(value)}"
