"""What the HTML pages share: one file that needs nothing else, readable in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; --ink: #1d232b; --faint: #8a94a0; --paper: #ffffff; --panel: #f3f5f8; --line: #d9dee5;
  --mark: #e7f0fd; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --faint: #8f99a6; --paper: #14181d; --panel: #1e242b;
  --line: #343c46; --mark: #1b3353; --bad: #ff8a80; } }
body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 2.5rem auto;
  max-width: 58rem; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .4rem 0; }
.faint { color: var(--faint); font-size: .9rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .7rem; text-align: right; vertical-align: top; }
th:first-child, td:first-child, td.text { text-align: left; }
th { font-weight: 600; white-space: nowrap; }
tr.this { background: var(--mark); font-weight: 600; }
.facts th { width: 9rem; font-weight: 400; color: var(--faint); }
.facts td { text-align: left; overflow-wrap: anywhere; }
.failed { color: var(--bad); overflow-wrap: anywhere; }
pre { background: var(--panel); border-radius: 6px; font: 13px/1.45 ui-monospace, monospace; margin: 0;
  overflow-x: auto; padding: .9rem 1.1rem; }
details > summary { cursor: pointer; margin-bottom: .5rem; }
svg { display: block; height: auto; max-width: 100%; width: 100%; }
""".strip()


def document(title: str, sections: Iterable[str]) -> str:
    """A whole page from its sections.

    >>> document("A & B", []).splitlines()[0]
    '<!DOCTYPE html>'
    """
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>\n{STYLE}\n</style>\n</head>\n<body>\n{''.join(sections)}</body>\n</html>\n"
    )


def section(title: str, content: str) -> str:
    """A section with a heading; nothing where there is no content."""
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>\n" if content else ""


def html_table(heads: Sequence[str], body: str) -> str:
    """A table from the texts of its heads and the HTML of its rows."""
    cells = "".join(f"<th>{escape(head)}</th>" for head in heads)
    return f"<table>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


def number_text(value: float | None, sign: bool = False) -> str:
    """A score as it is shown in tables: five significant digits, and a dash where there is none.

    >>> number_text(0.98117647), number_text(-0.0021, sign=True), number_text(None)
    ('0.98118', '-0.0021', '–')
    """
    if value is None:
        return "–"
    return f"{value:+.2g}" if sign else f"{value:#.5g}".rstrip(".")
