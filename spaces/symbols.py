"""Symbolic classes and functions: calling one writes a program, and building the program makes the call."""

from __future__ import annotations

import functools
from abc import ABCMeta
from typing import Any, TypeVar

from .errors import SpaceError
from .heads import CONSTRUCT
from .programs import Program

T = TypeVar("T")


class Symbolic(ABCMeta):
    """The type of symbolic classes: calling one writes a program; building the program makes the object."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return Program(cls, *args, **kwargs)

    def __inlay_function__(cls, *args: Any, **kwargs: Any) -> Any:
        """What calling the class did before it became symbolic."""
        return super().__call__(*args, **kwargs)


def symbolic(target: T) -> T:
    """Make a class or function return a program when it is called; `build` runs it.

    Raises `SpaceError` for anything else.

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
    if hasattr(target, CONSTRUCT):
        return target

    @functools.wraps(target)
    def write(*args: Any, **kwargs: Any) -> Program:
        return Program(write, *args, **kwargs)

    setattr(write, CONSTRUCT, target)
    return write  # type: ignore[return-value]


def _symbolic_class(target: type) -> type:
    """A subclass under the same name whose calls write programs; instances and `super()` work as before."""
    if isinstance(target, Symbolic):
        return target  # a subclass of a symbolic class is symbolic already
    body = {"__module__": target.__module__, "__qualname__": target.__qualname__, "__doc__": target.__doc__}
    if hasattr(target, "__slots__"):
        body["__slots__"] = ()  # type: ignore[assignment]
    return _metaclass(type(target))(target.__name__, (target,), body)


@functools.lru_cache(maxsize=256)
def _metaclass(kind: type) -> type[Symbolic]:
    """`Symbolic`, joined with the metaclass that a class already has."""
    return Symbolic if issubclass(Symbolic, kind) else type(f"Symbolic{kind.__name__}", (Symbolic, kind), {})
