"""How an instance of a problem is named."""

from __future__ import annotations

from typing import Any


def instance_name(name: str, **settings: tuple[Any, Any]) -> str:
    """The name of an instance: that of the problem, and the settings, pairs of a value and its default, that differ.

    >>> instance_name("classical/one_max", n=(64, 64)), instance_name("classical/one_max", n=(16, 64))
    ('classical/one_max', 'classical/one_max(n=16)')
    """
    changed = ", ".join(f"{key}={value!r}" for key, (value, default) in settings.items() if value != default)
    return f"{name}({changed})" if changed else name
