"""One audience on a line of the composer: who, in which language, by which ways, and which of them cannot be used."""

from __future__ import annotations

from vagt.comms.audiences import Audience
from vagt.comms.composer import Listener
from vagt.comms.template import Side
from vagt.domain.query import parse
from vagt.ui.screens.update.listeners import listener_words

USERS = Audience(
    name="users",
    side=Side.OUTSIDE,
    query=parse(""),
    allowed=frozenset(),
    every_own=True,
    language="en",
    zone=None,
    channels=("comment", "journal"),
    fallback=(),
    approval=False,
)


def words(unable: str) -> str:
    return listener_words(Listener(USERS, chosen=True, concerned=True, unable=unable)).plain


def test_what_cannot_be_used_is_said_before_anything_is_typed() -> None:
    assert words("journal: this tenant mails nobody").endswith(
        "comment, journal · NOT by journal: this tenant mails nobody"
    )


def test_where_everything_can_be_used_nothing_is_said() -> None:
    assert words("") == "[x] users  PUBLIC · en · comment, journal"
