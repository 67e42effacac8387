"""What was reopened, and whose acknowledgement was withdrawn, climbs anew from that moment, for all consoles alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.escalation.scene import P1, at, incident, mark, note, path
from vagt.domain.incident import Incident, State
from vagt.domain.timeline import EntryKind, TimelineEntry
from vagt.escalation.afresh import afresh
from vagt.escalation.record import Mark, MarkKind, Record, record_of
from vagt.escalation.standing import Standing, standing

CLAIM, DONE, ACK = MarkKind.CLAIM, MarkKind.DONE, MarkKind.ACK
CALM = replace(P1, ack_timeout=None)
UP = tuple(note(mark(DONE, number, minutes)) for number, minutes in ((1, 0), (2, 10), (3, 25)))


def turned(minutes: float, became: State, by: str = "anna") -> TimelineEntry:
    return TimelineEntry(at(minutes), by, EntryKind.STATE, False, "something", "", became)


def said(minutes: float, by: str, *, public: bool = False) -> TimelineEntry:
    kind = EntryKind.COMMENT if public else EntryKind.NOTE
    return TimelineEntry(at(minutes), by, kind, public, "words")


def told(*entries: TimelineEntry) -> Record:
    return record_of(sorted((turned(0, State.NEW, "caller"), *entries), key=lambda entry: entry.at))


def stands(one: Incident, record: Record, minutes: float) -> Standing:
    return standing(one, path(CALM), record, at(minutes))


def number_and_due(found: Standing) -> tuple[int, object]:
    assert found.next is not None
    return found.next.number, found.due_at


def test_back_in_its_first_state_it_climbs_from_the_first_step_at_the_time_of_its_reopening() -> None:
    again = told(*UP, turned(30, State.ACTIVE), turned(40, State.RESOLVED), turned(90, State.NEW, "caller"))
    one = incident(updated=90)
    found = stands(one, again, 91)
    assert number_and_due(found) == (1, at(90))
    assert found.back is not None
    assert (found.back.words, found.back.by, found.round) == (
        "it was reopened",
        "caller",
        f"r{int(at(90).timestamp())}",
    )
    taken = mark(DONE, 1, 90, round=found.round)
    assert number_and_due(stands(one, again.plus(taken), 91)) == (2, at(100)), "and on, with the path's distances"


def test_reopened_into_the_state_of_work_by_somebody_else_it_climbs_until_somebody_has_it() -> None:
    again = told(*UP, turned(30, State.ACTIVE), turned(40, State.RESOLVED), turned(90, State.ACTIVE, "caller"))
    one = replace(incident(State.ACTIVE, acknowledged=30, updated=90), assignee="anna", assignee_name="Anna Holm")
    assert number_and_due(stands(one, again, 91)) == (1, at(90))


@pytest.mark.parametrize(
    ("entries", "quiet"),
    [
        ((said(91, "caller", public=True),), False),
        ((said(91, "bo", public=True),), False),
        ((said(91, "Anna Holm", public=True),), True),
        ((said(91, "bo"),), True),
        ((turned(91, State.ACTIVE, "bo"),), True),
        ((TimelineEntry(at(91), "bo", EntryKind.ASSIGNMENT, False, "Taken"),), True),
        ((TimelineEntry(at(91), "scrip", EntryKind.UPDATE, False, "a field"),), False),
        ((note(Mark(kind=ACK, path="", step=0, round="", id="k", at=at(90.1), by="bo", manual=True)),), True),
        ((note(mark(CLAIM, 1, 90.1, round=f"r{int(at(90).timestamp())}")),), False),
    ],
)
def test_what_counts_as_somebody_having_it(entries: tuple[TimelineEntry, ...], quiet: bool) -> None:
    again = told(turned(30, State.ACTIVE), turned(40, State.RESOLVED), turned(90, State.ACTIVE, "caller"), *entries)
    one = replace(incident(State.ACTIVE, acknowledged=30, updated=91), assignee="anna", assignee_name="Anna Holm")
    assert (stands(one, again, 95).next is None) is quiet


def test_who_reopens_what_they_have_themselves_knows_of_it() -> None:
    again = told(turned(30, State.ACTIVE), turned(40, State.RESOLVED), turned(90, State.ACTIVE, "Anna Holm"))
    one = replace(incident(State.ACTIVE, acknowledged=30, updated=90), assignee="anna", assignee_name="Anna Holm")
    assert stands(one, again, 91).next is None


def test_words_that_whoever_reopened_it_adds_are_nobodys_hand() -> None:
    again = told(turned(40, State.RESOLVED), turned(90, State.ACTIVE, "caller"), said(90.5, "caller"))
    assert number_and_due(stands(incident(State.ACTIVE, updated=90.5), again, 92)) == (1, at(90))


def test_what_is_open_though_the_last_that_is_told_is_its_end_was_reopened_too() -> None:
    again = told(*UP, turned(30, State.ACTIVE), turned(40, State.RESOLVED))
    assert number_and_due(stands(incident(State.ACTIVE, acknowledged=30, updated=90), again, 91)) == (1, at(40))


def test_an_acknowledgement_that_was_withdrawn_lets_it_climb_from_then() -> None:
    record = told(*UP, turned(26, State.ACTIVE), turned(60, State.NEW, "PagerDuty"))
    found = stands(incident(updated=60), record, 61)
    assert number_and_due(found) == (1, at(60))
    assert found.back is not None
    assert found.back.words == "its acknowledgement was withdrawn"


def given(minutes: float, by: str, became: State | None = None) -> TimelineEntry:
    return TimelineEntry(at(minutes), by, EntryKind.ASSIGNMENT, False, "to somebody", "", became)


def test_so_does_one_that_is_given_to_others_where_that_ends_the_acknowledgement() -> None:
    record = told(*UP, turned(26, State.ACTIVE), given(60, "bo"))
    assert number_and_due(stands(incident(updated=60), record, 61)) == (1, at(60))


def test_given_back_to_nobody_it_is_nobodys_again() -> None:
    record = told(*UP, turned(26, State.ACTIVE), given(60, "bo", State.NEW))
    one = incident(State.ACTIVE, acknowledged=26, updated=60)
    assert number_and_due(stands(one, record, 61)) == (1, at(60))
    assert stands(replace(one, assignee="carl"), record, 61).next is None, "by now somebody has it"


def test_given_to_another_team_it_is_that_teams() -> None:
    record = told(*UP, turned(26, State.ACTIVE), given(60, "bo"), given(60, "bo", State.NEW))
    assert stands(incident(State.ACTIVE, acknowledged=26, updated=60), record, 61).next is None


def test_an_incident_that_was_read_before_its_timeline_does_not_climb_for_an_acknowledgement_of_just_now() -> None:
    record = told(note(mark(DONE, 1, 0)), turned(5, State.ACTIVE), turned(9, State.NEW))
    assert afresh(incident(updated=0), record, at(9.5)) is None
    found = afresh(incident(updated=0), record, at(12))
    assert found is not None, "an update that never shows is believed in the end"


def test_more_of_the_same_alert_begins_nothing_anew() -> None:
    record = told(note(mark(DONE, 1, 0)), turned(4, State.NEW), turned(6, State.NEW))
    assert number_and_due(stands(incident(updated=6), record, 7)) == (2, at(10))


def test_what_a_console_itself_puts_back_for_a_step_begins_nothing_anew() -> None:
    claim = note(mark(CLAIM, 2, 35, round="1"))
    record = told(note(mark(DONE, 1, 0)), turned(5, State.ACTIVE), claim, turned(35.1, State.NEW))
    assert afresh(incident(updated=35.1), record, at(36)) is None


def test_an_acknowledgement_after_the_reopening_runs_out_from_the_first_step_on() -> None:
    record = told(
        *UP, turned(30, State.ACTIVE), turned(40, State.RESOLVED), turned(90, State.NEW), turned(92, State.ACTIVE)
    )
    one = incident(State.ACTIVE, acknowledged=92, updated=92)
    found = standing(one, path(), record, at(123))
    assert number_and_due(found) == (1, at(122))
    assert found.lapsed


def test_a_person_reopens_and_acknowledges_while_their_console_has_a_claim_that_it_never_ended() -> None:
    claim = note(mark(CLAIM, 1, 0.5, by="anna"))
    over = (turned(0.8, State.RESOLVED), turned(1, State.ACTIVE))
    record = told(claim, *over)
    one = incident(State.ACTIVE, updated=1)
    assert number_and_due(stands(one, record, 1.1)) == (1, at(1))
    taken = told(claim, *over, turned(1.5, State.ACTIVE), turned(1.6, State.ACTIVE))
    assert (
        stands(incident(State.ACTIVE, updated=1.6), told(claim, *over, turned(1.1, State.ACTIVE)), 2).next is not None
    )
    later = told(claim, turned(0.8, State.RESOLVED), turned(1, State.ACTIVE, "caller"), turned(1.5, State.ACTIVE))
    assert stands(incident(State.ACTIVE, updated=1.5), later, 2).next is None
    assert taken.deeds[-1].ours
