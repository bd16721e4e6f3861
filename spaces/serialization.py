"""Programs as readable JSON, and digests; reading looks heads up among those that are known and imports nothing."""

from __future__ import annotations

import base64
import hashlib
import math
import reprlib
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from .abstract import Space
from .errors import SpaceError
from .paths import Path, Step, format_path
from .programs import Program, make, range_names, shorten, symbolize
from .values import VALUE_CLASSES, VALUE_WRITERS, frozen, qualified_name, same, stable_text

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
    args = [
        arg if arg.__class__ in _JSON_ATOMS else write_json(arg, (*path, name))
        for name, arg in zip(value.names, value.args, strict=True)
    ]
    if value.head is list:
        return args
    if value.head in _CONTAINERS.values():
        return {"$": value.head.__name__, "items": args}
    if value.head is dict:
        if _are_json_keys(value.names):
            return dict(zip(value.names, args, strict=True))
        keys = [write_json(symbolize(name), (*path, name)) for name in value.names]
        return {"$": "dict", "items": [list(pair) for pair in zip(keys, args, strict=True)]}
    head = qualified_name(value.head)
    if head in _READERS or head in _CONTAINERS or not {"$", "$args"}.isdisjoint(value.names):
        raise SpaceError(f"{format_path(path)}: {head} or one of its arguments has a name that JSON needs for itself")
    data: dict[str, Any] = {"$": head}
    positional = [arg for name, arg in zip(value.names, args, strict=True) if isinstance(name, int)]
    if positional:
        data["$args"] = positional
    return data | {str(name): arg for name, arg in zip(value.names, args, strict=True) if not isinstance(name, int)}


@lru_cache(maxsize=1024)
def _are_json_keys(names: tuple[Step, ...]) -> bool:
    """Whether a dictionary with these keys can stand in JSON as itself."""
    return all(isinstance(name, str) for name in names) and "$" not in names


def _write_constant(value: Any) -> Any:
    if value.__class__ is float:
        return {"$": "float", "value": repr(value)}
    if value.__class__ is complex:
        return {"$": "complex", "value": [repr(value.real), repr(value.imag)]}
    if value.__class__ is bytes:
        return {"$": "bytes", "value": value.hex()}
    if value.__class__ is np.ndarray:
        return _write_array(value)
    if value.__class__ in VALUE_CLASSES:
        writer, text = value.written()  # type: ignore[attr-defined]  # what `value_class` asks for
        return {"$": "value", "of": stable_text(writer), "text": text}
    return {"$": "constant", "name": stable_text(value)}


def _write_array(value: np.ndarray[Any, Any]) -> Any:
    if value.dtype == np.bool_:
        if value.size <= 512:
            bits = "".join("1" if bit else "0" for bit in value.reshape(-1))
            return {"$": "mask", "shape": list(value.shape), "bits": bits}
        packed = np.packbits(value.reshape(-1)).tobytes()
        return {"$": "mask", "shape": list(value.shape), "packed": base64.b64encode(zlib.compress(packed, 1)).decode()}
    if value.dtype.hasobject or value.dtype.fields is not None:
        raise SpaceError(f"an array of {value.dtype} has no JSON form: write its items as a list")
    data = base64.b64encode(zlib.compress(np.ascontiguousarray(value).tobytes(), 1)).decode()
    return {"$": "array", "dtype": value.dtype.str, "shape": list(value.shape), "packed": data}


def read_json(data: Any, known: Iterable[Any] = ()) -> Any:
    """The program or plain value that `write_json` wrote.

    `known` are spaces, programs and heads among which heads and constants are looked up; nothing is imported, and
    nothing is called. Raises `SpaceError` for a name that is not known and for data that no program was written as.

    >>> print(read_json({"$": "builtins.complex", "real": 1.0}, [complex]))
    complex(real=1.0)
    """
    try:
        return _Reader(known).read(data)
    except SpaceError:
        raise
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        MemoryError,
        RecursionError,
        zlib.error,
    ) as e:
        raise SpaceError(f"this is not the JSON of a program ({type(e).__name__}: {e}): {reprlib.repr(data)}") from e


class _Names:
    """Things by their names; one that has moved to another module is found by its last name, if that is unique."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.known: dict[str, list[Any]] = {}

    def learn(self, name: str, item: Any) -> None:
        """Remember an item; several may have one name as long as nobody asks for it."""
        others = self.known.setdefault(name, [])
        if not any(same(other, item) for other in others):
            others.append(item)

    def find(self, name: Any) -> Any:
        """The item of that name; raises `SpaceError` when there is none or more than one."""
        if not isinstance(name, str):
            raise SpaceError(f"the name of a {self.what} must be text, not {reprlib.repr(name)}")
        found = self.known.get(name) or self._moved(name)
        if not found:
            there = ", ".join(sorted(self.known)) or "none"
            raise SpaceError(f"the {self.what} {name!r} is not known here ({shorten(there)} are): data import nothing")
        if len(found) > 1:
            raise SpaceError(f"{len(found)} different {self.what}s are called {name}: give them names of their own")
        return found[0]

    def _moved(self, name: str) -> list[Any]:
        last = _last_name(name)
        return [
            item for known, items in self.known.items() if _last_name(known) == last for item in items if callable(item)
        ]


def _last_name(name: str) -> str:
    return name.partition("#")[0].rpartition(".")[2]


class _Reader:
    def __init__(self, known: Iterable[Any]) -> None:
        self.heads, self.constants = _Names("head"), _Names("constant")
        self.seen: set[int] = set()
        self.kept: list[Any] = []  # so that the ids above stay taken
        for item in known:
            self._learn(item)

    def _learn(self, root: Any) -> None:
        stack = [root]
        while stack:
            item = stack.pop()
            if id(item) in self.seen or item.__class__ in _JSON_ATOMS:
                continue
            self.seen.add(id(item))
            self.kept.append(item)
            if not isinstance(item, Space):
                self._learn_constant(item)
                continue
            if item.__class__ is Program:
                self.heads.learn(qualified_name(item.head), item.head)
                stack.extend(name for name in item.names if not isinstance(name, str))
            stack.extend(part for _, part in item.children())
            stack.extend(item.constants())
            stack.extend(item.examples())

    def _learn_constant(self, item: Any) -> None:
        self.constants.learn(stable_text(item), item)
        if callable(item):
            self.heads.learn(qualified_name(item), item)

    def read(self, data: Any) -> Any:
        """The value behind one piece of JSON data."""
        if isinstance(data, list):
            return make(list, range_names(len(data)), tuple([self.read(item) for item in data]))
        if not isinstance(data, dict):
            if data.__class__ is not float and data.__class__ not in _JSON_ATOMS:
                raise SpaceError(f"{reprlib.repr(data)} is not JSON data")
            return data
        if "$" not in data:
            return make(dict, tuple(data), tuple([self.read(item) for item in data.values()]))
        kind = data["$"]
        if kind in _READERS:
            return _READERS[kind](self, data)
        if kind in _CONTAINERS:
            return make(_CONTAINERS[kind], range_names(len(data["items"])), tuple(map(self.read, data["items"])))
        positional = data.get("$args", [])
        named = {name: item for name, item in data.items() if name not in ("$", "$args")}
        args = tuple([self.read(item) for item in (*positional, *named.values())])
        return make(self.heads.find(kind), (*range_names(len(positional)), *named), args)

    def _dict(self, data: Any) -> Any:
        pairs = [(_plain_key(self.read(name)), self.read(item)) for name, item in data["items"]]
        names = tuple([name for name, _ in pairs])
        if len({(name.__class__, name) for name in names}) < len(names):
            raise SpaceError(f"a key of a dictionary stands twice in {reprlib.repr(data)}")
        return make(dict, names, tuple([item for _, item in pairs]))

    def _constant(self, data: Any) -> Any:
        return self.constants.find(data["name"])

    def _value(self, data: Any) -> Any:
        """A value of a declared class, read by the writer that wrote it, one of those that are known."""
        writer: Any = self.constants.find(data["of"])
        if not any(writer.__class__ is kind for kind in VALUE_WRITERS):
            raise SpaceError(f"{reprlib.repr(writer)} reads no values")
        return writer.read_value(data["text"])


def _plain_key(key: Any) -> Any:
    """A dictionary's key, made of plain values and tuples only: reading calls nothing."""
    if key.__class__ is not Program:
        return key
    if key.head is not tuple and key.head is not frozenset:
        raise SpaceError(f"{shorten(repr(key))} cannot be the key of a dictionary in JSON")
    return key.head(map(_plain_key, key.args))


def _read_complex(real: str, imag: str) -> complex:
    return complex(float(real), float(imag))


def _read_array(data: Any) -> Any:
    shape = tuple(data["shape"])
    if not all(side.__class__ is int and side >= 0 for side in shape):
        raise SpaceError(f"an array cannot have the shape {shape}")
    n = math.prod(shape)
    if "bits" in data:
        flat = np.array([bit == "1" for bit in data["bits"]], dtype=np.bool_)
    elif data["$"] == "mask":
        raw = _unpacked(data["packed"], (n + 7) // 8)
        flat = np.unpackbits(np.frombuffer(raw, np.uint8), count=n).view(np.bool_)
    else:
        kind = np.dtype(data["dtype"])
        flat = np.frombuffer(_unpacked(data["packed"], n * kind.itemsize), kind)
    return frozen(flat.reshape(shape).copy())


def _unpacked(packed: str, size: int) -> bytes:
    """Exactly `size` bytes: data that would grow beyond what they say are refused before they do."""
    raw = zlib.decompressobj().decompress(base64.b64decode(packed), size + 1)
    if len(raw) != size:
        raise SpaceError(f"a packed array does not hold the {size} bytes of its shape")
    return raw


_READERS: dict[str, Callable[[_Reader, Any], Any]] = {
    "float": lambda reader, data: float(data["value"]),
    "complex": lambda reader, data: _read_complex(*data["value"]),
    "bytes": lambda reader, data: bytes.fromhex(data["value"]),
    "mask": lambda reader, data: _read_array(data),
    "array": lambda reader, data: _read_array(data),
    "dict": _Reader._dict,
    "constant": _Reader._constant,
    "value": _Reader._value,
}


def digest(value: Any) -> str:
    """A hexadecimal digest of a program or plain value that is the same in every process."""
    if value.__class__ is not Program:
        return _digest_text(repr(value) if isinstance(value, Space) else f"{value.__class__.__name__}:{_text(value)}")
    found: dict[int, str] = {}
    for program in value._innermost_first():
        if id(program) not in found:
            found[id(program)] = _digest_text(_one_level(program, found))
    return found[id(value)]


def _one_level(program: Program, found: dict[int, str]) -> str:
    """A program as text, with digests for the programs inside it."""
    args = [found[id(arg)] if arg.__class__ is Program else digest(arg) for arg in program.args]
    if program.head not in _CONTAINERS.values():
        keys = [digest(symbolize(name)) for name in program.names]
        args = sorted(f"{key}={arg}" for key, arg in zip(keys, args, strict=True))
    return f"{qualified_name(program.head)}({','.join(args)})"


def _text(value: Any) -> str:
    return "nan" if same(value, math.nan) else stable_text(value)


def _digest_text(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
