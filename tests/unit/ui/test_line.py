"""What is said to the operator is said whole where two lines hold it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screens.queue.doubles import PuppetEngine, incident
from tests.screens.queue.stage import stage
from vagt.ui.messages import Tone
from vagt.ui.screens.line import in_lines
from vagt_widgets.safe_text import cells

LONG = "Resolve 26 refused: You can't change status from 'new' to 'resolved'. Acknowledge it first. · O decides"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, [""]),
        ("one two", 10, ["one two"]),
        ("one two three", 8, ["one two", "three"]),
        ("one two three four five", 8, ["one two", "three f…"]),
        ("unbreakable words", 6, ["unbrea", "kable…"]),
    ],
)
def test_long_words_break_where_a_word_ends(text: str, width: int, lines: list[str]) -> None:
    assert in_lines(text, width) == lines


@given(st.text(st.characters(categories=["L", "P", "Zs"])), st.integers(2, 40))
def test_no_line_is_too_wide(text: str, width: int) -> None:
    found = in_lines(text, width)
    assert 1 <= len(found) <= 2
    assert all(cells(line) <= width for line in found)


async def test_a_long_line_takes_the_line_of_keys_and_moves_nothing_else() -> None:
    async with stage(PuppetEngine([incident(number) for number in range(1, 40)])) as play:
        before = play.lines[:-2]
        play.app.say(LONG, Tone.BAD)
        await play.settle()
        assert play.lines[:-2] == before
        assert " ".join(line.strip() for line in play.lines[-2:]) == LONG
        await play.second(9)
        assert "? Help" in play.lines[-1]
