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


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (40, 12)])
async def test_hostile_words_in_every_field_keep_the_columns_straight(size: tuple[int, int]) -> None:
    hostile = [
        incident(
            10 + at, text, team=text, service=text, number=text[:40], assignee=text, native_state=text, caller=text
        )
        for at, text in enumerate(HOSTILE.values())
    ]
    engine = PuppetEngine([incident(1, "A plain one"), *hostile, incident(60, "Another plain one")])
    async with stage(engine, size=size) as play:
        for _ in range(3):
            for strip in play.app.screen._compositor.render_strips():
                line = "".join(segment.text for segment in strip)
                assert cell_len(line) == size[0]
                assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in line)
                assert not any(char in line for char in "\u202e\u202c\u2066\u2069\u200b\u200d\u200f\ufeff")
            await play.press("j", "j", "j", "y", "a")
        await play.press("enter", "question_mark", "escape", "escape")
        plain = [line.index(words) for line in play.lines for words in ("A plain", "Another pl") if words in line]
        assert len(set(plain)) <= 1
