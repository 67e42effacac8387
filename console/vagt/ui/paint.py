"""From what a cell means to how it looks under the present theme."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style

from vagt.ui.present.rows import Look

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


def styles(variables: Mapping[str, str]) -> dict[Look, Style]:
    """A style for each meaning; no background of its own, so that cursor and marks show through.

    `variables` are the theme's; one that a foreign theme lacks leaves the text in its plain colour.
    """
    found = {}
    for look, (name, bold) in _VARIABLES.items():
        color = variables.get(name, "") if look is not Look.PLAIN else ""
        found[look] = Style(color=color if color.startswith("#") else None, bold=bold or None)
    return found
