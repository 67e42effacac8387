"""The judge: each figure of the card from records made by hand."""

from __future__ import annotations

import pytest

from tests.unit.drill.shift import Shift, after
from vagt.adapters.embedded.shift.truth import Role
from vagt.drill.card import Card
from vagt.drill.deeds import Deeds, Held
from vagt.drill.score import judged


def card(shift: Shift, *, left: float = 20, deeds: Deeds | None = None) -> Card:
    return judged(shift.ledger(), deeds or Deeds(), after(left))


def share(found: Card, name: str) -> float | None:
    return {part.name: part.share for part in found.parts}[name]


def test_a_shift_in_which_nothing_came_has_no_marks() -> None:
    found = card(Shift())
    assert (found.marks, found.arrived) == (None, 0)


def test_the_time_to_acknowledge_is_the_median_of_the_urgent_ones() -> None:
    shift = Shift()
    for minutes in (1, 2, 6):
        shift.acknowledged(shift.report("x", 0, said=(1, 1)), minutes)
    shift.acknowledged(shift.report("y", 0, said=(3, 3)), 15)
    found = card(shift)
    assert found.urgent_acknowledged == 120
    assert (found.acknowledged[1].in_time, found.acknowledged[1].late) == (2, 1)
    assert found.acknowledged[5].median == 900


def test_acknowledging_late_is_worth_less_and_never_nothing() -> None:
    shares = []
    for minutes in (1.0, 3.0, 4.0, 10.0):
        shift = Shift()
        shift.acknowledged(shift.report("x", 0, said=(1, 1)), minutes)
        shares.append(share(card(shift), "acknowledging"))
    assert shares[0] == 1.0 and shares[1] == pytest.approx(0.5) and shares[3] == 0.0
    assert shares == sorted(shares, reverse=True)  # type: ignore[type-var]


def test_what_a_colleague_took_first_is_not_the_operators_merit_nor_guilt() -> None:
    shift = Shift()
    shift.acknowledged(shift.report("x", 0), 1, by="bo")
    assert share(card(shift), "acknowledging") is None


def test_what_is_not_due_yet_is_not_judged() -> None:
    shift = Shift()
    shift.report("x", 18, said=(1, 1))
    assert share(card(shift, left=20), "acknowledging") is None
    assert share(card(shift, left=20), "priorities") is None


def test_speed_turns_the_clock_into_the_shifts_time() -> None:
    shift = Shift(speed=10)
    shift.acknowledged(shift.report("x", 0, said=(1, 1)), 0.1)
    found = card(shift, left=2)
    assert (found.urgent_acknowledged, found.played) == (60, 1200)


@pytest.mark.parametrize(("impact", "urgency", "worth"), [(1, 1, 1.0), (1, 2, 0.75), (2, 2, 0.5), (3, 3, 0.0)])
def test_a_wrong_priority_is_put_right_step_by_step(impact: int, urgency: int, worth: float) -> None:
    shift = Shift()
    shift.judged(shift.report("x", 0, said=(3, 3), true=(1, 1)), 1, impact, urgency)
    assert share(card(shift), "priorities") == worth


def test_to_spoil_a_right_priority_counts_and_to_leave_it_does_not() -> None:
    shift = Shift()
    shift.report("x", 0)
    assert share(card(shift), "priorities") is None
    shift.judged(shift.report("y", 0), 1, 1, 1)
    found = card(shift)
    assert (share(found, "priorities"), found.priorities_wrong, found.priorities_far) == (0.0, 1, 1)


def test_duplicates_are_those_that_nobody_connected() -> None:
    shift = Shift()
    first, second, third, fourth = (shift.report("x", at) for at in (0, 1, 2, 3))
    shift.merged(second, 4, into=first)
    shift.child(third, of=second)
    found = card(shift)
    assert (found.duplicates, found.duplicates_missed) == (3, 1)
    shift.merged(fourth, 5, into=third)
    assert card(shift).duplicates_missed == 0


def test_merged_into_something_else_costs() -> None:
    shift = Shift()
    first, second = shift.report("x", 0), shift.report("x", 1)
    shift.merged(second, 3, into=first)
    assert share(card(shift), "duplicates") == 1.0
    shift.merged(shift.report("y", 1), 4, into=first)
    found = card(shift)
    assert (found.duplicates_wrong, share(found, "duplicates")) == (1, 0.5)


def test_a_symptom_is_linked_or_merged_as_one_likes() -> None:
    shift = Shift()
    first = shift.report("x", 0)
    linked, merged, _ = (shift.report("x", 1, role=Role.SYMPTOM) for _ in range(3))
    shift.child(linked, of=first)
    shift.merged(merged, 2, into=first)
    found = card(shift)
    assert (found.symptoms, found.symptoms_linked, found.duplicates, found.duplicates_wrong) == (3, 2, 0, 0)


def test_resolving_too_early_and_leaving_what_is_over_both_cost() -> None:
    shift = Shift()
    shift.cause("good", mended=3)
    shift.cause("over", mended=3)
    good, early, over = shift.report("good", 0), shift.report("early", 0), shift.report("over", 0)
    for pk in (good, early, over):
        shift.acknowledged(pk, 1)
    shift.resolved(good, 4)
    assert share(card(shift, left=5), "resolving") == 1.0
    shift.resolved(early, 2)
    shift.reopened(early, 4)
    found = card(shift)
    assert (found.reopened, found.lingering) == (1, 1)
    assert share(found, "resolving") == pytest.approx(1 / 3)


def test_what_a_colleague_resolved_too_early_is_not_ours() -> None:
    shift = Shift()
    pk = shift.report("x", 0)
    shift.resolved(pk, 2, by="bo")
    shift.reopened(pk, 4)
    assert card(shift).reopened == 0


def test_clocks_that_are_met_and_breached_are_counted() -> None:
    shift = Shift()
    quick, slow = shift.report("x", 0, said=(1, 1)), shift.report("y", 0, said=(1, 1))
    shift.acknowledged(quick, 1)
    shift.resolved(quick, 10)
    shift.acknowledged(slow, 5)
    shift.resolved(slow, 19)
    found = card(shift)
    assert (found.slas_met, found.slas_decided) == (2, 4)


def test_promises_by_comment_and_by_hold() -> None:
    shift = Shift()
    kept, broken, held = shift.report("x", 0), shift.report("y", 0), shift.report("z", 0)
    for pk in (kept, broken):
        shift.said(pk, 1, "Next word in 5 minutes.")
    shift.said(kept, 5, "Nothing new yet.")
    deeds = Deeds(holds=(Held(str(10_000 + held), after(2), after(6)),))
    found = card(shift, deeds=deeds)
    assert (found.promises_kept, found.promises_broken) == (1, 2)
    shift.said(held, 6, "Looked again.")
    assert card(shift, deeds=deeds).promises_kept == 2


def test_a_promise_on_a_duplicate_is_kept_where_it_lives_on() -> None:
    shift = Shift()
    first, second = shift.report("x", 0), shift.report("x", 0)
    shift.said(second, 1, "Next word in 5 minutes.")
    shift.said(first, 4, "We know the cause.")
    assert card(shift).promises_broken == 1
    shift.merged(second, 8, into=first)
    assert card(shift).promises_kept == 1


def test_a_major_incident_is_declared_where_it_is_one() -> None:
    shift = Shift()
    shift.cause("big", major=True)
    big = shift.report("big", 0, said=(2, 2), true=(1, 1))
    assert share(card(shift), "major") == 0.0
    shift.declared(big, 5)
    assert share(card(shift), "major") == 1.0
    shift.declared(shift.report("small", 0), 6)
    found = card(shift)
    assert (found.majors_false, share(found, "major")) == (1, 0.5)


def test_what_came_after_the_time_does_not_count() -> None:
    shift = Shift(whole=10)
    shift.report("x", 12)
    found = card(shift, left=30)
    assert (found.arrived, found.played, found.whole) == (0, 600, True)


def test_marks_are_the_parts_that_could_be_judged() -> None:
    shift = Shift()
    shift.acknowledged(shift.report("x", 0, said=(3, 3), true=(1, 1)), 1)
    found = card(shift)
    assert share(found, "acknowledging") == 1.0 and share(found, "priorities") == 0.0
    assert found.marks == 60, "30 of 30 and 0 of 20"
