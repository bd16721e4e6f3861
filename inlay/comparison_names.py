"""What a comparison on the command line is made of: problems and whole folders by name, strategies with settings."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from .problems import UnknownProblem, names, problem
from .search import Problem, Strategy
from .strategy_names import BadSetting, make_strategy, read_settings


class BadComparison(ValueError):
    """A comparison that cannot be made."""


def chosen_problems(chosen: Iterable[str]) -> list[Problem]:
    """The problems of those names; a folder of the catalog stands for all its problems.

    Raises `UnknownProblem` with near matches, `BadComparison` where a problem is named twice or cannot be ranked.

    >>> [made.name for made in chosen_problems(["classical/sphere", "classical/knapsack"])]
    ['classical/sphere', 'classical/knapsack']
    """
    wanted = [known for name in chosen for known in _members(name)]
    _check_distinct("problem", wanted)
    made = [problem(name) for name in wanted]
    for each in made:
        if len(each.objectives) > 1:
            raise BadComparison(
                f"{each.name} has the objectives {', '.join(each.objectives)}, and a comparison needs one to rank by; "
                f"leave it out, and search it with inlay run {each.name}"
            )
    return made


def _members(name: str) -> Sequence[str]:
    """The problem of that name, or all problems of the folder."""
    known, folder = names(), name.rstrip("/")
    within = [each for each in known if each.startswith(f"{folder}/")]
    if within or name in known or "/" in folder:
        return within or [name]
    folders = dict.fromkeys(each.rpartition("/")[0] for each in known if "/" in each)
    if close := difflib.get_close_matches(folder, folders, n=1, cutoff=0.7):
        raise UnknownProblem(f"there is no problem {name!r}; did you mean the folder {close[0]}?")
    return [name]


def chosen_strategies(texts: Sequence[str]) -> dict[str, Strategy]:
    """Labels and strategies from texts such as `genetic-algorithm:population=20,mutation=0.3`.

    Raises `UnknownStrategy`, `BadSetting`, and `BadComparison` where two are the same.

    >>> chosen_strategies(["random", "hill-climb:patience=50"])
    {'random': RandomSearch(), 'hill-climb (patience=50)': HillClimb(patience=50)}
    """
    made = [_strategy(text) for text in texts]
    _check_distinct("strategy", [label for label, _ in made])
    return dict(made)


def _strategy(text: str) -> tuple[str, Strategy]:
    name, _, listed = text.partition(":")
    pairs = [pair.strip() for pair in listed.split(",") if pair.strip()]
    if bad := next((pair for pair in pairs if "=" not in pair), None):
        raise BadSetting(
            f"--strategy {text}: {bad!r} is no setting; write --strategy {name}:setting=value,setting=value"
        )
    try:
        strategy = make_strategy(name, read_settings(name, pairs))
    except BadSetting as error:
        raise BadSetting(f"--strategy {text}: {str(error).removeprefix('--set ')}") from None
    return (f"{name} ({', '.join(pairs)})" if pairs else name), strategy


def _check_distinct(what: str, found: Sequence[str]) -> None:
    twice = next((one for i, one in enumerate(found) if one in found[:i]), None)
    if twice is not None:
        raise BadComparison(f"the {what} {twice} is given twice; every {what} of a comparison must be another one")
