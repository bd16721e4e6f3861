"""Leave holes in a program, and let search fill them.

The names listed in `__all__` are the public face; each is loaded from its folder when it is first used,
so that `import inlay` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import optimizers, problems, search, spaces
    from .problems.formulas.regressor import SymbolicRegressor
    from .search import Problem, Study, maximize, minimize
    from .spaces import program, space, symbolic

__version__ = "0.1.0"

__all__ = [
    "Problem",
    "Study",
    "SymbolicRegressor",
    "maximize",
    "minimize",
    "optimizers",
    "problems",
    "program",
    "search",
    "space",
    "spaces",
    "symbolic",
]

_FOLDERS = {"optimizers", "problems", "search", "spaces"}
_HOMES = {
    **dict.fromkeys(("Problem", "Study", "maximize", "minimize"), "search"),
    **dict.fromkeys(("program", "space", "symbolic"), "spaces"),
    "SymbolicRegressor": "problems.formulas.regressor",
}


def __getattr__(name: str) -> Any:
    if name in _FOLDERS:
        return import_module(f".{name}", __name__)
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
