"""From what a cell means to how it looks under the present theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style

from vagt.ui.present.rows import Look

READABLE = 3.0
"""The least contrast, as WCAG has it for large text."""

_VARIABLES: dict[Look, tuple[str, bool]] = {
    Look.PLAIN: ("foreground", False),
    Look.STRONG: ("foreground", True),
    Look.DIM: ("dim", False),
    Look.P1: ("p1", True),
    Look.P2: ("p2", True),
    Look.P3: ("p3", False),
    Look.P4: ("p4", False),
    Look.P5: ("p5", False),
    Look.NEW: ("new", True),
    Look.LATE: ("late", True),
    Look.SOON: ("soon", True),
    Look.CALM: ("calm", False),
    Look.PENDING: ("mark", True),
    Look.FAILED: ("late", False),
}


@dataclass(frozen=True, slots=True)
class Paints:
    """A style for each meaning: on a plain row, on a marked one, and on the one under the cursor."""

    plain: dict[Look, Style]
    marked: dict[Look, Style]
    cursor: dict[Look, Style]

    def on(self, *, cursor: bool, marked: bool) -> dict[Look, Style]:
        """The styles for a row in this state."""
        return self.cursor if cursor else self.marked if marked else self.plain


def paints(variables: Mapping[str, str]) -> Paints:
    """The styles under a theme with these variables.

    Only marked rows bring a background of their own, the cursor's shows through; a colour that could not be
    read on that background, or that a foreign theme lacks, gives way to the row's own.
    """
    behind = variables.get("mark-back", "")
    marked = Style(bgcolor=behind if behind.startswith("#") else None)
    return Paints(
        _styles(variables, variables.get("background", "")),
        {look: style + marked for look, style in _styles(variables, variables.get("mark-back", "")).items()},
        _styles(variables, variables.get("cursor-back", "")),
    )


def _styles(variables: Mapping[str, str], behind: str) -> dict[Look, Style]:
    found = {}
    for look, (name, bold) in _VARIABLES.items():
        color = variables.get(name, "") if look not in (Look.PLAIN, Look.STRONG) else ""
        readable = color.startswith("#") and (not behind.startswith("#") or _contrast(color, behind) >= READABLE)
        found[look] = Style(color=color if readable else None, bold=bold or None)
    return found


def _contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two `#rrggbb` colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
