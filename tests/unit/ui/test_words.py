"""What is written to the terminal itself carries nothing that it would obey."""

from __future__ import annotations

from tests.screens.queue.doubles import incident
from vagt.ui.present.words import rang_words


def test_a_notice_names_the_most_urgent_and_cannot_end_itself_early() -> None:
    calm = incident(3, "calm", priority=4)
    hostile = incident(7, "Core \x1b\\\x1b]0;owned\x07 \x9cdown\u202e", priority=1)
    words = rang_words([calm, hostile])
    assert words.startswith("P1 desk:INC0007 Core")
    assert words.endswith("and 1 more")
    assert words.isprintable()
