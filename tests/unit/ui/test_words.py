"""What is written to the terminal itself carries nothing that it would obey."""

from __future__ import annotations

import pytest

from tests.screens.queue.doubles import incident
from vagt.domain.commands import Assign, Change, MoveTo, SetMajor, SetPriority, Take
from vagt.domain.incident import State
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
        (SetPriority(priority=2), "7 to P2"),
        (SetPriority(impact=1, urgency=2), "7 to impact 1, urgency 2"),
        (MoveTo("4", "On Hold", State.WAITING, "On Hold"), "7: On Hold"),
        (SetMajor(True), "7: declared"),
        (SetMajor(False), "7: taken back"),
        (Take(), "7"),
    ],
)
def test_what_was_done_says_where_it_leads(change: Change, said: str) -> None:
    assert ref_words("7", change) == said
