"""How the command line fails: one red line that says what, why and the remedy, and the code of the process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from .comparison_names import BadComparison
from .problems import MissingExtra, UnknownProblem
from .search import CannotAct, OutcomeError, ReplayError
from .stored_searches import CannotRebuild
from .strategy_names import BadSetting, UnknownStrategy
from .terminal import complain

USAGE, FAILURE, INTERRUPTED = 2, 1, 130

# Typer has exported its own and click's exceptions; both agree on this one's parent.
_UsageError: Any = typer.BadParameter.__base__


class OneLineErrors(TyperGroup):
    """Prints a wrong use of the command line as one red line with a remedy."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Call the command line; ends the process unless `standalone_mode` is false."""
        if not standalone_mode:
            return self._call(*args, **extra)
        try:
            code = self._call(*args, **extra)
        except _UsageError as error:
            context = error.ctx.command_path if error.ctx is not None else "inlay"
            fail(f"{' '.join(error.format_message().split())} See {context} --help", USAGE)
        except typer.Abort:
            sys.exit(FAILURE)
        sys.exit(code if isinstance(code, int) else 0)

    def _call(self, *args: Any, **extra: Any) -> Any:
        options: dict[str, Any] = {**extra, "standalone_mode": False}
        return super().main(*args, **options)


def fail(message: str, code: int) -> NoReturn:
    """End the process with that code, after the message in red."""
    complain(message)
    raise SystemExit(code)


@contextmanager
def explained() -> Iterator[None]:
    """Turns errors that a user can mend into one red line; any other is a fault of Inlay and keeps its traceback."""
    from sqlalchemy.exc import ArgumentError

    from .search.store import StoreError

    try:
        yield
    except (UnknownProblem, UnknownStrategy, BadSetting, BadComparison) as error:
        fail(f"{error}{_see_list(error)}", USAGE)
    except (StoreError, ReplayError, OutcomeError, CannotAct, CannotRebuild, MissingExtra, ArgumentError) as error:
        fail(str(error), FAILURE)


def _see_list(error: Exception) -> str:
    return " (inlay list shows all)" if isinstance(error, LookupError) else ""
