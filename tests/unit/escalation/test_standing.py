"""Where an incident stands on its path, from nothing but its own fields and what its timeline tells."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.escalation.scene import at, entry, incident, mark, note, path
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind
from vagt.escalation.record import NOTHING, MarkKind, Record, record_of
from vagt.escalation.standing import standing
from vagt.escalation.timing import USUAL

CLAIM, DONE, HOLD = MarkKind.CLAIM, MarkKind.DONE, MarkKind.HOLD
LEASE_MINUTES = USUAL.lease / 60


def told(*entries: object) -> Record:
    return record_of(entries)  # type: ignore[arg-type]


def test_nobody_took_it_so_the_first_step_is_due_at_once() -> None:
    found = standing(incident(), path(), NOTHING, at(0))
    assert found.next is not None
    assert (found.next.number, found.due_at, found.is_due(at(0))) == (1, at(0), True)


def test_steps_come_in_order_each_at_its_time_since_it_came() -> None:
    one = told(note(mark(DONE, 1, 0)))
    found = standing(incident(), path(), one, at(3))
    assert found.next is not None
    assert (found.next.number, found.due_at, found.is_due(at(3))) == (2, at(10), False)
    assert found.is_due(at(10))
    two = told(note(mark(DONE, 1, 0)), note(mark(DONE, 2, 10)))
    found = standing(incident(), path(), two, at(25))
    assert found.next is not None
    assert (found.next.number, found.due_at) == (3, at(25))
    three = told(note(mark(DONE, 1, 0)), note(mark(DONE, 2, 10)), note(mark(DONE, 3, 25)))
    assert standing(incident(), path(), three, at(500)).next is None


def test_what_a_person_took_by_hand_further_up_is_not_taken_again_below() -> None:
    found = standing(incident(), path(), told(note(mark(DONE, 2, 4, manual=True))), at(5))
    assert found.next is not None
    assert found.next.number == 3


@pytest.mark.parametrize("state", [State.WAITING, State.RESOLVED, State.CLOSED])
def test_what_waits_or_is_over_climbs_no_further(state: State) -> None:
    assert standing(incident(state, acknowledged=1), path(), NOTHING, at(500)).next is None


def test_acknowledged_it_stops_until_it_was_left_alone_for_too_long() -> None:
    record = told(note(mark(DONE, 1, 0)))
    found = standing(incident(State.ACTIVE, acknowledged=5, updated=5), path(), record, at(20))
    assert found.next is not None
    assert (found.next.number, found.due_at, found.lapsed) == (2, at(35), True)
    assert not found.is_due(at(34.9))
    assert found.is_due(at(35))


def test_any_hand_that_touches_it_begins_the_time_anew() -> None:
    record = told(note(mark(DONE, 1, 0)), entry(20, EntryKind.COMMENT, "bo"))
    found = standing(incident(State.ACTIVE, acknowledged=5, updated=20), path(), record, at(36))
    assert found.due_at == at(50)


def test_what_the_consoles_do_by_themselves_is_no_hand_that_touches_it() -> None:
    round = str(int(at(35).timestamp()))
    record = told(
        note(mark(DONE, 1, 0)),
        note(mark(CLAIM, 2, 35, round=round)),
        entry(35.1, EntryKind.ASSIGNMENT),
        note(mark(DONE, 2, 35.2, round=round)),
    )
    found = standing(incident(State.ACTIVE, acknowledged=5, updated=35.2), path(), record, at(36))
    assert found.next is not None
    assert (found.round, found.next.number) == (round, 3), "the round goes on"
    assert found.due_at == at(50), "15 minutes lie between the second step and the third"


def test_a_colleague_who_reassigns_it_meanwhile_is_one() -> None:
    record = told(note(mark(CLAIM, 1, 0)), note(mark(DONE, 1, 0.1)), entry(0.15, EntryKind.ASSIGNMENT, by="bo"))
    assert record.touched_at == at(0.15)


def test_at_the_top_it_rings_the_top_once_more_and_then_no_more() -> None:
    climbed = [note(mark(DONE, number, number)) for number in (1, 2, 3)]
    one = incident(State.ACTIVE, acknowledged=5, updated=5)
    found = standing(one, path(), told(*climbed), at(36))
    assert found.next is not None
    assert (found.next.number, found.due_at) == (3, at(35))
    again = told(*climbed, note(mark(DONE, 3, 35, round=found.round)))
    assert standing(one, path(), again, at(500)).next is None


def test_without_an_ack_timeout_an_acknowledgement_lasts() -> None:
    from dataclasses import replace

    from tests.unit.escalation.scene import P1

    forever = path(replace(P1, ack_timeout=None))
    assert standing(incident(State.ACTIVE, acknowledged=5), forever, NOTHING, at(5000)).next is None


def test_a_claim_holds_up_the_step_and_those_above_while_it_lasts() -> None:
    found = standing(incident(), path(), told(note(mark(CLAIM, 1, 9.5))), at(10.5))
    assert found.next is not None
    assert found.claim is not None
    assert (found.next.number, found.is_due(at(10.5))) == (1, False)


def test_a_claim_whose_owner_said_nothing_can_be_taken_over() -> None:
    dead = told(note(mark(CLAIM, 1, 0)))
    assert not standing(incident(), path(), dead, at(LEASE_MINUTES - 0.1)).is_due(at(LEASE_MINUTES - 0.1))
    found = standing(incident(), path(), dead, at(LEASE_MINUTES))
    assert found.is_due(at(LEASE_MINUTES))
    assert [claim.id for claim in found.earlier] == ["c1"]


def test_a_step_that_nobody_can_carry_out_does_not_keep_the_next_one_waiting() -> None:
    dead = told(note(mark(CLAIM, 1, 0)), note(mark(CLAIM, 1, 2, id="d")), note(mark(CLAIM, 1, 6, id="e")))
    found = standing(incident(), path(), dead, at(10))
    assert found.next is not None
    assert (found.next.number, found.due_at) == (2, at(10))
    later = told(note(mark(CLAIM, 1, 0)))
    found = standing(incident(), path(), later, at(3))
    assert found.next is not None
    assert found.next.number == 1, "but while there is time it is tried again first"


def test_of_two_claims_the_backends_first_wins_and_within_a_second_all_decide_alike() -> None:
    first, second = mark(CLAIM, 1, 0, id="z"), mark(CLAIM, 1, 0.02, id="a")
    found = standing(incident(), path(), told(note(first), note(second)), at(0.1))
    assert found.claim is not None
    assert found.claim.id == "z"
    tied = mark(CLAIM, 1, 0, id="b")
    for entries in ([note(first), note(tied)], [note(tied), note(first)]):
        found = standing(incident(), path(), told(*entries), at(0.1))
        assert found.claim is not None
        assert found.claim.id == "b"


def test_a_step_that_is_held_waits_with_all_above_it() -> None:
    held = told(note(mark(DONE, 1, 0)), note(mark(HOLD, 2, 9, until=at(24))))
    found = standing(incident(), path(), held, at(12))
    assert found.next is not None
    assert (found.next.number, found.due_at) == (2, at(24))
    assert found.held is not None
    after = standing(incident(), path(), held, at(24))
    assert after.is_due(at(24))
    assert after.held is None


def test_where_a_step_reached_nobody_the_next_does_not_wait() -> None:
    found = standing(incident(), path(), told(note(mark(DONE, 1, 1, reached=False))), at(1))
    assert found.next is not None
    assert (found.next.number, found.is_due(at(1))) == (2, True)


def test_marks_of_another_path_are_none_of_its_business() -> None:
    found = standing(incident(), path(), told(note(mark(DONE, 1, 0, path="p2"))), at(1))
    assert found.next is not None
    assert found.next.number == 1


def test_marks_survive_the_way_through_a_timeline() -> None:
    written = [
        mark(CLAIM, 2, 3, id="8f", by="Bo Friis"),
        mark(DONE, 2, 4, reached=False, manual=True),
        mark(HOLD, 3, 5, until=at(20)),
    ]
    assert list(record_of([note(each, "Words <b>for</b> people.") for each in written]).marks) == written


def test_an_incident_without_a_time_of_coming_climbs_nowhere() -> None:
    from dataclasses import replace

    assert standing(replace(incident(), created_at=None), path(), NOTHING, at(99)).next is None


def test_a_change_that_no_entry_tells_of_is_a_hand_too() -> None:
    record = told(note(mark(CLAIM, 1, 0)), note(mark(DONE, 1, 0.1)))
    late = incident(State.ACTIVE, acknowledged=5, updated=25)
    assert standing(late, path(), record, at(26)).due_at == at(25) + timedelta(minutes=30)


def test_a_customer_who_copies_a_marker_silences_nothing() -> None:
    from dataclasses import replace

    forged = note(mark(DONE, 1, 0), by="a customer")
    for entry_told in (replace(forged, public=True), replace(forged, kind=EntryKind.COMMENT)):
        assert told(entry_told).marks == ()
        assert standing(incident(), path(), told(entry_told), at(0)).is_due(at(0))


def test_five_who_raced_and_died_are_one_try() -> None:
    raced = [note(mark(CLAIM, 1, 0, id=f"c{number}")) for number in range(5)]
    found = standing(incident(), path(), told(*raced), at(LEASE_MINUTES))
    assert found.is_due(at(LEASE_MINUTES)), "it is taken over when the claim that held has run out"
    assert [claim.id for claim in found.earlier] == ["c0"]


def test_steps_that_came_due_together_are_told_with_the_distances_of_the_path() -> None:
    late = told(note(mark(DONE, 1, 120)))
    found = standing(incident(), path(), late, at(121))
    assert found.next is not None
    assert (found.next.number, found.due_at) == (2, at(130))
    more = told(note(mark(DONE, 1, 120)), note(mark(DONE, 2, 130)))
    assert standing(incident(), path(), more, at(131)).due_at == at(145)


def test_a_step_that_was_told_a_little_late_moves_no_other() -> None:
    found = standing(incident(), path(), told(note(mark(DONE, 1, 1.9))), at(3))
    assert found.due_at == at(10)


def test_a_step_that_was_held_keeps_its_distance_to_the_next() -> None:
    held = told(note(mark(DONE, 1, 0)), note(mark(HOLD, 2, 9, until=at(25))), note(mark(DONE, 2, 25)))
    assert standing(incident(), path(), held, at(26)).due_at == at(40)


def test_what_a_person_took_early_brings_the_next_no_nearer() -> None:
    assert standing(incident(), path(), told(note(mark(DONE, 2, 4, manual=True))), at(5)).due_at == at(25)
