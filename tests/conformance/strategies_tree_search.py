"""Strategies that search the tree of partial programs, one line an entry."""

from __future__ import annotations

from entries import Entry

STRATEGIES: dict[str, Entry] = {
}  # fmt: skip
