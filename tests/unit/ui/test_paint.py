"""Colours repeat what letters say, and are readable wherever they stand."""

from __future__ import annotations

import pytest
from rich.color import Color, ColorSystem

from vagt.ui.paint import READABLE, _contrast, paints
from vagt.ui.present.rows import Look
from vagt.ui.themes import THEMES, variables_of


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_colour_of_a_row_can_be_read_on_its_background(theme: object) -> None:
    variables = variables_of(theme)  # type: ignore[arg-type]
    found = paints(variables)
    for styles, behind in (
        (found.plain, variables["background"]),
        (found.marked, variables["mark-back"]),
        (found.cursor, variables["cursor-back"]),
    ):
        for look, style in styles.items():
            if style.color is not None:
                assert style.color.triplet is not None
                assert _contrast(style.color.triplet.hex, behind) >= READABLE, look
    assert _contrast(variables["cursor-fore"], variables["cursor-back"]) >= 7
    assert _contrast(variables["stale-fore"], variables["stale-back"]) >= 4
    assert _contrast(variables["foreground"], variables["mark-back"]) >= 7


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_on_a_plain_row_no_colour_had_to_give_way(theme: object) -> None:
    plain = paints(variables_of(theme)).plain  # type: ignore[arg-type]
    for look in Look:
        assert plain[look].color is not None or look in (Look.PLAIN, Look.STRONG)


def test_a_foreign_theme_without_our_colours_leaves_the_text_plain() -> None:
    found = paints({"background": "#000000"})
    assert all(style.color is None and style.bgcolor is None for style in found.plain.values())
    assert found.marked[Look.P1].bold


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("system", [ColorSystem.EIGHT_BIT, ColorSystem.STANDARD], ids=["256 colours", "16 colours"])
def test_the_cursor_and_the_alarm_stand_out_with_few_colours_too(theme: object, system: ColorSystem) -> None:
    variables = variables_of(theme)  # type: ignore[arg-type]
    colors = {name: Color.parse(value) for name, value in variables.items() if value.startswith("#")}
    few = {name: color.downgrade(system).number for name, color in colors.items()}
    assert few["cursor-back"] != few["background"]
    assert few["cursor-back"] != few["cursor-fore"]
    assert few["stale-back"] != few["stale-fore"]
    assert (few["stale-back"], few["stale-fore"]) != (few["background"], few["foreground"])
