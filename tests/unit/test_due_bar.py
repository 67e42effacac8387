"""The line above the queue: which of what is due comes first."""

from __future__ import annotations

from tests.unit.escalation.scene import at, incident, path
from vagt.escalation.ladder import Rung
from vagt.escalation.memory import Reminder
from vagt.escalation.record import NOTHING
from vagt.escalation.standing import standing
from vagt.escalation.watch import Proposal
from vagt.ui.screens.due import due_words, is_urgent

REMINDER = Reminder(incident().key, "desk:7", at(0), "call the vendor", rung=True)


def proposal(seconds: float, *, taken: bool) -> Proposal:
    return Proposal(Rung(incident(), standing(incident(), path(), NOTHING, at(0)), True), seconds, taken)


def words(*proposals: Proposal) -> str:
    return due_words(proposals, (REMINDER,), str, hold="h", escalate="e")


def test_a_step_that_can_be_held_only_now_stands_before_a_reminder_and_the_key_is_for_it() -> None:
    assert words(proposal(40, taken=True)) == (
        "P1 desk:1 Mail is down: step 1, the on-call of noc, in 40 s · h holds it · and 1 more"
    )
    assert is_urgent((proposal(40, taken=True),))


def test_a_step_that_only_waits_for_a_person_does_not_hide_a_reminder() -> None:
    assert words(proposal(-900, taken=False)) == "Reminder for desk:7: call the vendor · h puts it away · and 1 more"
    assert words() == "Reminder for desk:7: call the vendor · h puts it away"
    assert not is_urgent((proposal(-900, taken=False),))
    assert not is_urgent(())


def test_on_a_narrow_screen_the_title_gives_way_and_never_the_key() -> None:
    from dataclasses import replace

    long = replace(incident(), title="ERP: cannot post goods receipt at Copenhagen")
    one = Proposal(Rung(long, standing(long, path(), NOTHING, at(0)), True), 40, True)

    def at_width(width: int) -> str:
        return due_words((one, one), (), str, hold="h", escalate="e", width=width)

    whole = "P1 desk:1 ERP: cannot post goods receipt: step 1, the on-call of noc, in 40 s · h holds it · and 1 more"
    assert at_width(200) == whole
    assert at_width(len(whole)) == whole
    assert at_width(78) == "P1 desk:1: step 1, the on-call of noc, in 40 s · h holds it · and 1 more"
    assert at_width(84) == "P1 desk:1 ERP: canno…: step 1, the on-call of noc, in 40 s · h holds it · and 1 more"
    for width in range(50, 120):
        assert len(at_width(width)) <= width
        assert "· h holds it · and 1 more" in at_width(width)
