"""Text from a backend is data: no title breaks a column, speaks to the terminal or is read as markup."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.screens.queue.doubles import PuppetEngine, incident
from tests.screens.queue.stage import stage

HOSTILE = {
    "escape sequences": "\x1b[31;5mred\x1b[0m \x1b]0;owned\x07 \x9b2J done",
    "markup": "[bold red]x[/bold red] [link=file:///etc]y[/] [/nothing] \\[z] $error @click=app.quit",
    "bidi": "\u202eevil\u202c \u2066abc\u2069 \u200f",
    "wide": "日本語の障害 メールが届かない 全員",
    "zero width": "a\u200bb\u200dc\ufeffd e\u0301 🧑\u200d🚒 🏳️\u200d🌈 👍🏽",
    "long": "x" * 10_000,
    "controls": "one\r\ntwo\tthree\x00\x08\x7f four",
    "surrogate": "broken \udcff half",
}


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (40, 10)])
@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_title_keeps_the_columns_straight(kind: str, size: tuple[int, int]) -> None:
    text = HOSTILE[kind]
    engine = PuppetEngine(
        [
            incident(1, "A plain one", team="NOC", service="mail"),
            incident(2, text, team=text, service=text, number=text[:40], assignee=text, native_state=text, caller=text),
            incident(3, "Another plain one", team="NOC", service="mail"),
        ]
    )
    async with stage(engine, size=size) as play:
        strips = play.app.screen._compositor.render_strips()
        for strip in strips:
            line = "".join(segment.text for segment in strip)
            assert cell_len(line) == size[0]
            assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in line)
            assert not any(char in line for char in "\u202e\u202c\u2066\u2069\u200b\u200d\u200f\ufeff")
        plain = play.line_with("A plain").index("A plain")
        other = play.line_with("Another").index("Another")
        assert plain == other
        await play.press("y", "j", "y", "question_mark", "escape", "a")
