"""Tasks: a space, an evaluation and a published reference each."""

from .catalog import Entry, MissingExtra, UnknownProblem, entries, names, problem

__all__ = ["Entry", "MissingExtra", "UnknownProblem", "entries", "names", "problem"]
