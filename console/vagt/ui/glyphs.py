"""The signs of the console: the widgets' table with a mark that no other sign looks like, and our own beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vagt_widgets.glyphs import ASCII, Glyphs, glyphs_for


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands in the queue; each sign one cell wide, and readable without colour."""

    new: str = "●"
    changed: str = "○"
    major: str = "M"
    paused: str = "‖"
    dash: str = "–"
    dot: str = "·"
    rule: str = "─"
    alarm_rule: str = "═"
    ellipsis: str = "…"
    separator: str = "│"


UNICODE_SIGNS = Signs()
ASCII_SIGNS = Signs(
    new="*",
    changed="~",
    paused="=",
    dash="-",
    dot="-",
    rule="-",
    alarm_rule="#",
    ellipsis="~",
    separator="|",
)


def for_terminal(environ: Mapping[str, str] | None = None) -> tuple[Glyphs, Signs]:
    """The widgets' signs and ours, in ASCII where the terminal knows no more."""
    table = glyphs_for(environ)
    if table == ASCII:
        return replace(ASCII, mark="#"), ASCII_SIGNS
    return replace(table, mark="■"), UNICODE_SIGNS
