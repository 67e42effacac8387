"""What counts as a promise in a public comment, and when it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vagt.adapters.embedded.record import Entry
from vagt.domain.timeline import EntryKind
from vagt.drill.promises import Promise, kept, minutes_promised, spoken

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
US = frozenset({"anna", "bo"})


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def comment(minutes: float, text: str = "Still on it.", by: str = "anna", *, public: bool = True) -> Entry:
    return Entry(after(minutes), by, EntryKind.COMMENT if public else EntryKind.NOTE, text, public)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Next word in 20 minutes.", 20),
        ("We are back within 2 hours", 120),
        ("More in about 15 min, promised.", 15),
        ("Next update in 5m", 5),
        ("The drive will be back within the hour.", 60),
        ("Hear from us in half an hour", 30),
        ("Næste besked om 20 minutter.", 20),
        ("Nyt inden for en halv time", 30),
        ("It began 20 minutes ago.", None),
        ("In room 20 nobody can print", None),
        ("Nothing new yet.", None),
    ],
)
def test_words_that_promise_a_time(text: str, minutes: float | None) -> None:
    assert minutes_promised(text) == minutes


def test_only_what_we_say_in_public_is_a_promise() -> None:
    entries = [
        comment(0, "Next word in 10 minutes."),
        comment(1, "I need this in 10 minutes!", by="Ruth Adeyemi"),
        comment(2, "Remind me in 10 minutes", public=False),
    ]
    assert spoken(4, entries, US, 1.0) == [Promise(4, NOON, after(10))]


def test_minutes_are_the_shifts() -> None:
    (promise,) = spoken(4, [comment(0, "Next word in 10 minutes.")], US, 5.0)
    assert promise.due == after(2)


@pytest.mark.parametrize(
    ("entries", "end", "answer"),
    [
        ([comment(9)], 30, True),
        ([comment(10.9)], 30, True),
        ([comment(11.5)], 30, False),
        ([comment(0)], 30, False),
        ([comment(5, public=False)], 30, False),
        ([comment(5, by="Ruth Adeyemi")], 30, False),
        ([Entry(after(5), "bo", EntryKind.STATE, "Resolved: fixed", public=True)], 30, True),
        ([], 8, None),
        ([comment(5)], 8, True),
    ],
)
def test_a_promise_is_kept_by_a_public_word_of_ours_in_time(
    entries: list[Entry], end: float, answer: bool | None
) -> None:
    assert kept(Promise(4, NOON, after(10)), entries, US, after(end), 1.0) is answer


def test_a_hold_is_kept_by_anybody_of_ours_looking_at_it() -> None:
    promise = Promise(4, NOON, after(10), by_hold=True)
    assert kept(promise, [comment(10.5, public=False)], US, after(30), 1.0) is True
    assert kept(promise, [comment(5, by="Service desk", public=False)], US, after(30), 1.0) is False
