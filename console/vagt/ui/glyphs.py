"""The signs of the console: the widgets' table, with a mark that no other sign looks like, and what the queue adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from vagt_widgets.glyphs import ASCII, Glyphs, glyphs_for


@dataclass(frozen=True, slots=True)
class Signs(Glyphs):
    """Each sign one cell wide, and readable without colour."""

    mark: str = "■"
    new: str = "●"
    changed: str = "○"
    major: str = "M"
    paused: str = "‖"
    dash: str = "–"
    dot: str = "·"
    rule: str = "─"
    ellipsis: str = "…"


UNICODE_SIGNS = Signs()
ASCII_SIGNS = Signs(
    **{
        **asdict(ASCII),
        "mark": "#",
        "new": "*",
        "changed": "~",
        "major": "M",
        "paused": "=",
        "dash": "-",
        "dot": "-",
        "rule": "-",
        "ellipsis": "~",
    }
)


def for_terminal(environ: Mapping[str, str] | None = None) -> Signs:
    """The signs that this terminal can show."""
    return ASCII_SIGNS if glyphs_for(environ) == ASCII else UNICODE_SIGNS
