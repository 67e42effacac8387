"""A note that a console wrote for other consoles is called by what it tells."""

from datetime import UTC, datetime

import pytest

from vagt.domain.marked import kind_of
from vagt.domain.marker import Marker, line
from vagt.domain.timeline import EntryKind, TimelineEntry

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("update", EntryKind.UPDATE), ("approved", EntryKind.UPDATE), ("claim", EntryKind.ESCALATION)],
)
def test_an_internal_note_with_a_marker(kind: str, shown: EntryKind) -> None:
    text = f"Said.\n{line(Marker(kind))}"
    assert kind_of(TimelineEntry(NOW, "anna", EntryKind.NOTE, False, text)) is shown


def test_nobody_outside_can_make_one() -> None:
    text = line(Marker("update"))
    assert kind_of(TimelineEntry(NOW, "caller", EntryKind.COMMENT, True, text)) is EntryKind.COMMENT


def test_any_other_note_is_a_note() -> None:
    assert kind_of(TimelineEntry(NOW, "anna", EntryKind.NOTE, False, "Looking.")) is EntryKind.NOTE
