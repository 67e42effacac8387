"""What is written to the terminal itself carries nothing that it would obey."""

from __future__ import annotations

import pytest

from tests.screens.queue.doubles import incident
from vagt.domain.commands import Assign, Change, Take
from vagt.ui.present.words import rang_words, ref_words


def test_a_notice_names_the_most_urgent_and_cannot_end_itself_early() -> None:
    calm = incident(3, "calm", priority=4)
    hostile = incident(7, "Core \x1b\\\x1b]0;owned\x07 \x9cdown\u202e", priority=1)
    words = rang_words([calm, hostile])
    assert words.startswith("P1 desk:INC0007 Core")
    assert words.endswith("and 1 more")
    assert words.isprintable()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Assign(to="bo", to_name="Bo Friis"), "7 to Bo Friis"),
        (Assign(to=""), "7 to nobody"),
        (Assign(team="t-1", team_name="NOC", to="bo"), "7 to NOC / bo"),
        (Assign(team="NOC"), "7 to NOC"),
        (Take(), "7"),
    ],
)
def test_an_assignment_says_to_whom(change: Change, said: str) -> None:
    assert ref_words("7", change) == said
