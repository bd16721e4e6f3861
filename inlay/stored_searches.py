"""What a store must keep so that a search begun on the command line can be taken up again: names, never code."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .problems import problem
from .search import Study
from .strategy_names import make_strategy

if TYPE_CHECKING:
    from .search.store import Header, Store


class CannotRebuild(LookupError):
    """No such study is stored, or it was not begun on the command line."""


@dataclass(frozen=True)
class Search:
    """A search by names: a problem of the catalog, a strategy with settings, a seed, and the trials planned for it.

    `from_published` says that the problem's published points are tried first; `baseline_of` names the study that this
    one, a random search, is the baseline of.
    """

    name: str
    problem: str
    strategy: str
    settings: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    trials: int | None = None
    from_published: bool = False
    baseline_of: str = ""

    @property
    def details(self) -> str:
        """What the header of the stored study keeps, as JSON."""
        kept = ("problem", "strategy", "settings", "trials", "from_published", "baseline_of")
        return json.dumps({name: getattr(self, name) for name in kept})

    @property
    def strategy_text(self) -> str:
        """The strategy with its settings, in one line."""
        settings = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        return f"{self.strategy} ({settings})" if settings else self.strategy

    @property
    def baseline(self) -> Search | None:
        """Random search on the same problem with the same seed; None where this is random search."""
        if self.strategy == "random":
            return None
        name = f"{self.name} (random search)"
        return Search(name, self.problem, "random", seed=self.seed, baseline_of=self.name)

    def study(self, store: Store | None) -> Study:
        """The study, made or resumed; raises what the catalog, the strategy and the store raise."""
        strategy = make_strategy(self.strategy, self.settings)
        return Study(problem(self.problem), strategy, seed=self.seed, store=store, name=self.name, details=self.details)

    def first_points(self, study: Study) -> list[Any]:
        """The published points that the study is to begin with and has not tried yet."""
        if not self.from_published:
            return []
        tried = {trial.key for trial in study.trials}
        return [point for point in study.problem.published.values() if study.space.key(point) not in tried]


def stored_search(header: Header) -> Search:
    """The search that a header of a store describes; raises `CannotRebuild` for one that was begun in Python."""
    try:
        kept = json.loads(header.details)
        return Search(
            header.name,
            str(kept["problem"]),
            str(kept["strategy"]),
            dict(kept["settings"]),
            header.seed,
            kept["trials"],
            bool(kept["from_published"]),
            str(kept["baseline_of"]),
        )
    except (ValueError, KeyError, TypeError):
        raise CannotRebuild(
            f"study {header.name!r} was begun in Python: open it there with Study(problem, strategy, store=..., "
            f"name={header.name!r})"
        ) from None


def find_search(headers: Sequence[Header], name: str | None, where: str) -> Search:
    """The search of that name, or the only one that is no baseline; raises `CannotRebuild` saying which there are."""
    if name is not None:
        header = next((header for header in headers if header.name == name), None)
        if header is None:
            raise CannotRebuild(f"{where} has no study {name!r}; {_studies([h.name for h in headers], name)}")
        return stored_search(header)
    begun = [header for header in headers if not _is_baseline(header)]
    if len(begun) != 1:
        what = "is empty: begin with inlay run" if not headers else "has several studies: name one of them"
        raise CannotRebuild(f"{where} {what}{'; ' + _studies([h.name for h in begun], '') if headers else ''}")
    return stored_search(begun[0])


def _studies(names: Sequence[str], wanted: str) -> str:
    close = difflib.get_close_matches(wanted, names, n=2, cutoff=0.7)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"it has {', '.join(map(repr, names[:20]))}{', ...' if len(names) > 20 else ''}" if names else "it has none"


def _is_baseline(header: Header) -> bool:
    try:
        return bool(stored_search(header).baseline_of)
    except CannotRebuild:
        return False
