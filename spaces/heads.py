"""Heads: what a program applies, how its arguments get their names, and how it is applied."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .errors import SpaceError
from .paths import Step
from .values import qualified_name

#: What symbolic classes and functions call when they are built; calling them only writes a program.
CONSTRUCT = "__inlay_function__"

Arguments = tuple[tuple[Step, ...], Sequence[Any]]


def apply(head: Any, names: tuple[Step, ...], args: list[Any]) -> Any:
    """Call a head with built arguments."""
    if head is tuple or head is set or head is frozenset:
        return head(args)
    call = getattr(head, CONSTRUCT, head)
    positional = [arg for name, arg in zip(names, args, strict=True) if isinstance(name, int)]
    if not positional:
        return call(**dict(zip(names, args, strict=True)))  # type: ignore[arg-type]
    return call(*positional, **{name: arg for name, arg in zip(names, args, strict=True) if isinstance(name, str)})


def arguments(head: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    """The names and values of the arguments of a call, in the order of the signature.

    Symbolic heads are given their defaults. Raises `TypeError` where the call would, `SpaceError` for what cannot be
    called.
    """
    if not callable(head):
        raise SpaceError(f"{head!r} cannot be the head of a program: it must be a class or a function")
    parameters = _parameters(head) if _hashable(head) else _parameters.__wrapped__(head)
    if parameters is None:
        return (*range(len(args)), *kwargs), (*args, *kwargs.values())
    simple = _simple_arguments(parameters, args, kwargs)
    return _bound_arguments(head, parameters, args, kwargs) if simple is None else simple


class _Parameters(NamedTuple):
    signature: inspect.Signature
    names: tuple[Step, ...]
    positional: int  # how many may be given by position; -1 where the fast way does not know
    defaults: Mapping[Any, Any]  # of symbolic heads
    factories: Mapping[Any, Callable[[], Any]]  # of the fields of symbolic dataclasses
    required: frozenset[Step]


def _hashable(head: Any) -> bool:
    try:
        hash(head)
    except Exception:
        return False
    return True


@functools.lru_cache(maxsize=4096)
def _parameters(head: Any) -> _Parameters | None:
    """The parameters of a head; None for the built-in functions that do not tell."""
    symbolic = hasattr(head, CONSTRUCT)
    try:
        signature = _class_signature(head) if symbolic and isinstance(head, type) else inspect.signature(head)
    except (TypeError, ValueError):
        return None
    given = signature.parameters.values()
    simple = all(p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in given)
    positional = sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in given) if simple else -1
    factories = {p.name: _factory(head, p) for p in given if symbolic and p.default is _MADE_BY_FACTORY}
    defaults = {p.name: p.default for p in given if symbolic and p.default is not p.empty}
    required = frozenset(p.name for p in given if p.default is p.empty)
    return _Parameters(signature, tuple(signature.parameters), positional, defaults, factories, required)


_MADE_BY_FACTORY = dataclasses._HAS_DEFAULT_FACTORY  # type: ignore[attr-defined]


def _factory(head: Any, parameter: inspect.Parameter) -> Callable[[], Any]:
    """What makes the default of a field of a dataclass."""
    made: Callable[[], Any] = head.__dataclass_fields__[parameter.name].default_factory
    return made


def _class_signature(head: Any) -> inspect.Signature:
    """How a symbolic class was called before it became symbolic."""
    if head.__init__ is not object.__init__:
        target = head.__init__
    elif head.__new__ is not object.__new__:
        target = head.__new__
    else:
        return inspect.Signature()
    signature = inspect.signature(target)
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _simple_arguments(parameters: _Parameters, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments | None:
    """The arguments of an ordinary call; None where the slow way must find what is special or wrong."""
    names = parameters.names
    if len(args) > parameters.positional:
        return None
    values = {**parameters.defaults, **dict(zip(names, args, strict=False))}
    if parameters.factories:
        values |= {name: make() for name, make in parameters.factories.items() if values[name] is _MADE_BY_FACTORY}
    for name, value in kwargs.items():
        if name in names[: len(args)]:
            return None
        values[name] = value
    if not parameters.required <= values.keys():
        return None
    found = [values[name] for name in names if name in values]
    if len(found) < len(values):
        return None
    return names if len(found) == len(names) else tuple(name for name in names if name in values), found


def _bound_arguments(head: Any, parameters: _Parameters, args: Any, kwargs: dict[str, Any]) -> Arguments:
    try:
        bound = parameters.signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{head_name(head)}{parameters.signature}: {error}") from None
    if hasattr(head, CONSTRUCT):
        bound.apply_defaults()
        made = {
            name: make() for name, make in parameters.factories.items() if bound.arguments[name] is _MADE_BY_FACTORY
        }
        bound.arguments.update(made)
    if _needs_positions(parameters.signature, bound):
        return (*range(len(bound.args)), *bound.kwargs), (*bound.args, *bound.kwargs.values())
    named: dict[Step, Any] = dict(zip(parameters.names, bound.args, strict=False))
    named.update(bound.kwargs)
    return tuple(named), tuple(named.values())


def _needs_positions(signature: inspect.Signature, bound: inspect.BoundArguments) -> bool:
    """Whether some arguments have no name: those that can only be given by position, and those of `*args`."""
    given = [p for name, p in signature.parameters.items() if name in bound.arguments]
    return any(p.kind is p.POSITIONAL_ONLY or (p.kind is p.VAR_POSITIONAL and bound.arguments[p.name]) for p in given)


def head_name(head: Any) -> str:
    """The short name of a head, as it is written in code."""
    return str(getattr(head, "__name__", None) or qualified_name(head))


def shorten(text: str, limit: int = 200) -> str:
    """The text, cut where it would fill the screen."""
    return text if len(text) <= limit else text[: limit - 3] + "..."
