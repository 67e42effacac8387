"""What is missing from a listing is over, ran out, or is only not sent again since a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tests.adapters.alertmanager.makers import NOON, alert, case, frame
from vagt.adapters.alertmanager.cases import Case
from vagt.adapters.alertmanager.ledger import RAN_OUT, RESOLVED, Ledger
from vagt.adapters.alertmanager.mapping import incident_of
from vagt.domain.incident import Incident, State

LONG_AGO = NOON - timedelta(days=30)


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def listed(*cases: Case) -> list[tuple[Case, Incident]]:
    return [(one, incident_of(one, frame())) for one in cases]


def states(told: tuple[Incident, ...]) -> dict[str | None, tuple[State, str]]:
    return {one.category: (one.state, one.native_state) for one in told}


def test_only_what_differs_is_told() -> None:
    ledger = Ledger(180)
    a, b = case(alert("A")), case(alert("B"))
    assert len(ledger.take(listed(a, b), now=NOON, started=LONG_AGO)) == 2
    assert ledger.take(listed(a, b), now=minutes(1), started=LONG_AGO) == ()
    louder = case(alert("A"), alert("A", instance="2"))
    assert states(ledger.take(listed(louder, b), now=minutes(2), started=LONG_AGO)) == {"A": (State.NEW, "active")}


def test_what_is_missing_was_resolved_and_keeps_all_that_was_known() -> None:
    ledger = Ledger(180)
    before = incident_of(case(alert("A", severity="critical")), frame())
    ledger.take(listed(case(alert("A", severity="critical"))), now=NOON, started=LONG_AGO)
    (over,) = ledger.take([], now=minutes(1), started=LONG_AGO)
    assert (over.state, over.native_state, over.resolved_at) == (State.RESOLVED, RESOLVED, minutes(1))
    assert (over.id, over.title, over.priority) == (before.id, before.title, 1)
    assert over.version != before.version
    assert len(ledger) == 0
    assert ledger.take([], now=minutes(2), started=LONG_AGO) == (), "it is told once"


def test_what_nobody_sent_any_more_ran_out() -> None:
    ledger = Ledger(180)
    ledger.take(listed(case(alert("A"))), now=NOON, started=LONG_AGO)
    (over,) = ledger.take([], now=minutes(6), started=LONG_AGO)
    assert over.native_state == RAN_OUT
    assert "not known" in (over.resolution or "")


def test_after_a_restart_what_is_not_sent_again_yet_still_fires() -> None:
    ledger = Ledger(180)
    a, b, c = (case(alert(name)) for name in "ABC")
    ledger.take(listed(a, b, c), now=NOON, started=LONG_AGO)
    restarted = minutes(1)
    assert ledger.take([], now=minutes(1.1), started=restarted) == ()
    assert {one.category for one in ledger.incidents} == {"A", "B", "C"}
    again = case(replace(alert("A"), updated_at=minutes(2)))
    assert ledger.take(listed(again), now=minutes(2), started=restarted) == (), "A is as it was"
    # A was heard of by the new server: its end is an end. B and C are waited for.
    assert states(ledger.take([], now=minutes(3), started=restarted)) == {"A": (State.RESOLVED, RESOLVED)}
    late = case(alert("C", heard=minutes(3.5), instance="9"))
    assert states(ledger.take(listed(late), now=minutes(3.5), started=restarted)) != {}
    told = ledger.take(listed(late), now=minutes(4.1), started=restarted)
    assert states(told)["B"] == (State.RESOLVED, RAN_OUT)
    assert "restarted" in (told[0].resolution or "")


def test_what_began_after_the_restart_ends_like_anything_else() -> None:
    ledger = Ledger(180)
    ledger.take(listed(case(alert("A", heard=minutes(2)))), now=minutes(2), started=minutes(1))
    assert states(ledger.take([], now=minutes(2.5), started=minutes(1))) == {"A": (State.RESOLVED, RESOLVED)}


def test_one_that_begins_again_is_told_as_new() -> None:
    ledger = Ledger(180)
    ledger.take(listed(case(alert("A"))), now=NOON, started=LONG_AGO)
    ledger.take([], now=minutes(1), started=LONG_AGO)
    (again,) = ledger.take(listed(case(alert("A", starts=minutes(2)))), now=minutes(2), started=LONG_AGO)
    assert (again.state, again.created_at) == (State.NEW, minutes(2))


def test_a_server_whose_start_is_not_known_is_believed() -> None:
    ledger = Ledger(180)
    ledger.take(listed(case(alert("A"))), now=NOON, started=None)
    assert states(ledger.take([], now=minutes(1), started=None)) == {"A": (State.RESOLVED, RESOLVED)}


def test_what_is_over_is_not_called_firing() -> None:
    ledger = Ledger(180)
    ledger.take(listed(case(alert("A"), alert("A", instance="2"))), now=NOON, started=LONG_AGO)
    (over,) = ledger.take([], now=minutes(1), started=LONG_AGO)
    assert over.title == "A"
    assert "Alerts" not in dict(over.extra)
    one = case(alert("B", annotations={"summary": "pumps (3 firing)"}))
    ledger.take(listed(one), now=NOON, started=LONG_AGO)
    (over,) = ledger.take([], now=minutes(1), started=LONG_AGO)
    assert over.title == "pumps (3 firing)", "its own words stay"


def test_of_several_peers_one_alone_does_not_call_anything_over() -> None:
    ledger = Ledger(180)
    a = case(alert("A"))
    ledger.take(listed(a), now=NOON, started=LONG_AGO, wary=True)
    assert ledger.take([], now=minutes(1), started=LONG_AGO, wary=True) == (), "perhaps this peer lacks it"
    assert ledger.take(listed(a), now=minutes(1.2), started=LONG_AGO, wary=True) == (), "the other one has it"
    assert ledger.take([], now=minutes(1.4), started=LONG_AGO, wary=True) == ()
    (over,) = ledger.take([], now=minutes(1.6), started=LONG_AGO, wary=True)
    assert (over.native_state, over.resolution) == (RESOLVED, "Alertmanager no longer lists it.")
