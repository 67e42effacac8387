"""The line of keys: as it is, but for incidents to which next to nothing can be done."""

from __future__ import annotations

from vagt.ui.screens.keybar import KeyHint, offered

ACK, TAKE = KeyHint("a", "Ack", acts=True), KeyHint("t", "Take", acts=True)
NOTE = KeyHint("n", "Note", acts=True)
FILTER = KeyHint("/", "Filter")
SNOOZE, COPY = KeyHint("z", "Snooze", acts=True), KeyHint("y", "Copy ref")


def no(hint: KeyHint) -> KeyHint:
    return KeyHint(hint.key, hint.label, able=False, acts=hint.acts)


def test_it_stays_as_it_is_where_enough_can_be_done() -> None:
    hints = (ACK, TAKE, NOTE, FILTER)
    assert offered(hints, (SNOOZE, COPY)) == hints
    assert offered((ACK, no(TAKE), NOTE, TAKE, FILTER), (SNOOZE,)) == (ACK, no(TAKE), NOTE, TAKE, FILTER)


def test_what_can_be_done_comes_first_where_hardly_anything_can() -> None:
    hints = (no(ACK), no(TAKE), no(NOTE), FILTER)
    assert offered(hints, (SNOOZE, COPY)) == (SNOOZE, FILTER, no(ACK), no(TAKE), no(NOTE))


def test_without_an_incident_nothing_moves() -> None:
    hints = (no(ACK), FILTER)
    assert offered(hints, ()) == hints
