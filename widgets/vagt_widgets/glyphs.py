"""One table of the signs that stand on the screen, each with an ASCII twin of the same width in cells."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Signs by meaning; every one is exactly one cell wide."""

    cursor: str = "▶"
    mark: str = "●"
    ghost: str = "·"
    public: str = "»"
    internal: str = "│"
    more_above: str = "↑"
    more_below: str = "↓"
    thumb: str = "┃"
    bullet: str = "•"


UNICODE = Glyphs()
ASCII = Glyphs(
    cursor=">",
    mark="*",
    ghost=".",
    public=">",
    internal="|",
    more_above="^",
    more_below="v",
    thumb="#",
    bullet="-",
)

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
ASCII_SPINNER = "|/-\\"


def names() -> tuple[str, ...]:
    """The meanings in the table."""
    return tuple(field.name for field in fields(Glyphs))


def glyphs_for(environ: Mapping[str, str] | None = None) -> Glyphs:
    """The table for this terminal: ASCII where the locale is not UTF-8 or the terminal is Linux's console."""
    environ = os.environ if environ is None else environ
    if environ.get("TERM") in {"linux", "dumb", "vt100", "vt220"}:
        return ASCII
    locale = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    known = locale.replace("-", "").lower()
    return UNICODE if not known or "utf8" in known else ASCII
