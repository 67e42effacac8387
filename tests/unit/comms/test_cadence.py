"""When the next word is due, on the clock of every console."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.comms.desk import KEY, MAIL_DOWN, MANAGERS, USERS, composing, desk, office, ready
from tests.unit.engine.fakes import incident
from vagt.comms.audiences import audiences_of
from vagt.comms.cadence import CLOCK, EXPECTED_CLOCK, Cadence, reminder_due
from vagt.comms.contents import Situation
from vagt.comms.courier import Courier, Due
from vagt.comms.expected import Expected, in_words
from vagt.comms.heard import words_of
from vagt.comms.leaks import Internal
from vagt.comms.library import load
from vagt.comms.message import compose
from vagt.comms.record import UpdateRecord, marker_of
from vagt.config.response import CommsSettings
from vagt.config.settings import Settings
from vagt.domain import marker
from vagt.domain.incident import ClockKind, ClockState, Incident, SlaClock, State
from vagt.domain.moments import rfc3339
from vagt.domain.timeline import EntryKind, TimelineEntry

NOW = datetime(2026, 11, 25, 13, 7, tzinfo=UTC)
FRESH = incident("1", priority=1, created_at=NOW - timedelta(minutes=3), state=State.ACTIVE)


def update(**more: object) -> UpdateRecord:
    plain = UpdateRecord(id="u", template="investigating", at=NOW, by="anna", audiences=("users",), every=1200.0)
    return replace(plain, **more)  # type: ignore[arg-type]


def clocks_of(cadence: Cadence, incident: Incident, *updates: UpdateRecord) -> tuple[SlaClock, ...]:
    """Of an incident that concerns the users, who got these updates."""
    waits = cadence.awaited(incident, words_of(updates), ("users",), {})
    return cadence.clocks(incident, waits, updates[-1] if updates else None)


def test_the_first_word_is_due_five_minutes_after_it_came() -> None:
    (clock,) = clocks_of(Cadence(), FRESH)
    assert (clock.name, clock.kind) == (CLOCK, ClockKind.UPDATE)
    assert clock.due_at == NOW + timedelta(minutes=2)


@pytest.mark.parametrize(("priority", "minutes"), [(1, 20), (2, 30), (3, 60), (4, None), (None, None)])
def test_afterwards_by_priority_and_on_change_only_below(priority: int | None, minutes: int | None) -> None:
    one = replace(FRESH, priority=priority)
    assert Cadence().interval(one, NOW) == (None if minutes is None else minutes * 60)
    clocks = clocks_of(Cadence(), one, update())
    assert [clock.due_at for clock in clocks] == ([] if minutes is None else [NOW + timedelta(minutes=minutes)])


def test_the_config_says_how_soon_and_how_often() -> None:
    cadence = Cadence.of(CommsSettings(first=120.0, every=(600.0,)))
    assert clocks_of(cadence, FRESH)[0].due_at == NOW - timedelta(minutes=1)
    assert cadence.interval(FRESH, NOW) == 600
    assert cadence.interval(replace(FRESH, priority=2), NOW) is None
    assert Cadence.of(CommsSettings(first=60.0)).interval(FRESH, NOW) == 1200


def test_what_was_promised_sets_the_clock() -> None:
    promised = NOW + timedelta(minutes=90)
    (clock,) = clocks_of(Cadence(), FRESH, update(next_update=promised))
    assert (clock.due_at, clock.started_at) == (promised, NOW)


def test_a_new_expected_time_is_asked_for_before_the_old_one_passes() -> None:
    back = NOW + timedelta(hours=1)
    clocks = {clock.name: clock.due_at for clock in clocks_of(Cadence(), FRESH, update(expected=back))}
    assert clocks[EXPECTED_CLOCK] == back - timedelta(minutes=10)


def test_after_two_hours_it_widens_and_the_update_that_does_it_says_so() -> None:
    old = replace(FRESH, created_at=NOW - timedelta(hours=2, minutes=1), service="Mail")
    assert Cadence().interval(old, NOW) == 2400
    outside, library = audiences_of(Settings(audiences=(USERS,)))[0], load(None)
    answers = {"impact_text": "Mail is down.", "next_update": rfc3339(NOW + timedelta(minutes=40))}
    for before, says in ((update(), True), (update(every=2400.0), False), (update(audiences=("others",)), False)):
        situation = Situation(incident=old, answers=answers, now=NOW, updates=(before,), every=2400.0)
        text = compose(situation, outside, "still-working", library, Internal()).text
        assert text and ("fra nu af" in text.lower()) is says, text


def test_nothing_is_due_once_it_is_over() -> None:
    assert clocks_of(Cadence(), replace(FRESH, state=State.RESOLVED), update(next_update=NOW)) == ()


def test_a_promise_is_a_time_that_people_can_remember_and_never_later_than_the_cadence() -> None:
    promised = Cadence().next_update(FRESH, NOW + timedelta(minutes=1, seconds=17))
    assert promised == NOW.replace(minute=25)
    assert Cadence.of(CommsSettings(every=(300.0,))).next_update(FRESH, NOW) == NOW.replace(minute=12)


def test_a_reminder_comes_before_it_is_due() -> None:
    (clock,) = clocks_of(Cadence(), FRESH, update())
    assert not reminder_due(clock, NOW + timedelta(minutes=15, seconds=50))
    assert reminder_due(clock, NOW + timedelta(minutes=16))


@pytest.mark.parametrize(
    ("sure", "told"),
    [("certain", "by 15:07"), ("likely", "between 15:07 and 15:40"), ("guess", "between 15:07 and 16:10")],
)
def test_an_expected_time_is_the_wider_the_less_sure(sure: str, told: str) -> None:
    expected = Expected(NOW + timedelta(hours=2), "Bo", sure)
    words = load(None).words_for("en")
    assert in_words(expected, None, now=NOW, words=words, zone=UTC, with_source=False) == told


def test_a_passed_or_unowned_expected_time_is_never_told() -> None:
    words = load(None).words_for("da")
    for bad in (Expected(NOW - timedelta(minutes=1), "Bo"), Expected(NOW + timedelta(hours=1), " ")):
        told = in_words(bad, NOW + timedelta(minutes=20), now=NOW, words=words, zone=UTC, with_source=True)
        assert told == "ukendt endnu; vi melder mere kl. 13:27"


async def test_the_clock_runs_in_the_queue_and_another_console_reads_the_promise(tmp_path: Path) -> None:
    async with desk(tmp_path / "anna", USERS) as bench:
        courier = Courier(office(bench))
        courier.start()
        await bench.pass_time(5)
        shown = bench.engine.board.get(KEY)
        assert shown is not None
        assert [(one.name, one.kind) for one in shown.sla] == [(CLOCK, ClockKind.UPDATE)]
        composer = await ready(bench)
        composer.set("next_update", "+42m")
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        await courier.stop()
        world = bench.world
    async with desk(tmp_path / "bo", USERS, world=world, login="bo") as bench:
        courier = Courier(office(bench))
        courier.start()
        await bench.pass_time(10)
        shown = bench.engine.board.get(KEY)
        assert shown is not None and composer.messages == composer.messages
        (clock,) = shown.sla
        (record,) = composer.seen.updates or (await composing(bench)).seen.updates
        assert clock.due_at == record.next_update
        await courier.stop()


async def test_a_promise_to_one_audience_stands_although_another_was_told_something(tmp_path: Path) -> None:
    async with desk(tmp_path, start=False) as bench:
        known = office(bench).promises
        soon, late = NOW + timedelta(minutes=20), NOW + timedelta(minutes=60)
        known.keep(KEY, replace(update(next_update=soon), id="1", audiences=("users", "gone")))
        second = replace(update(next_update=late), id="2", at=NOW + timedelta(minutes=5), audiences=("managers",))
        known.keep(KEY, second)
        for one in (known, office(bench).promises):
            last = one.last(KEY)
            assert last is not None and (last.id, last.next_update) == ("2", soon), "also from disk"
        third = replace(second, id="3", at=NOW + timedelta(minutes=15), audiences=("users",))
        known.keep(KEY, third)
        last = known.last(KEY)
        assert last is not None and last.next_update == late, (
            "an audience that the config has no more is not waited for"
        )
    notes = [
        TimelineEntry(one.at, "anna", EntryKind.NOTE, False, marker.line(marker_of(one)))
        for one in (replace(update(next_update=soon), id="1", audiences=("users",)), second)
    ]
    async with desk(tmp_path / "other", start=False) as bench:
        known = office(bench).promises
        assert known.learn(KEY, notes)
        last = known.last(KEY)
        assert last is not None and last.next_update == soon, "read from a timeline"


async def test_somebody_is_reminded_once_for_each_promise(tmp_path: Path) -> None:
    async with desk(tmp_path, USERS, MANAGERS) as bench:
        courier, told = Courier(office(bench)), []
        courier.on_due = told.append
        courier.start()
        await bench.pass_time(100, step=5)
        assert told == []
        await bench.pass_time(40, step=5)
        (due,) = told
        assert isinstance(due, Due)
        assert due.words(bench.clock.now()) == "desk:11: update due in 1 min"
        composer = await ready(bench)
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        await bench.pass_time(60, step=5)
        assert len(told) == 1 and courier.due() == ()
        await bench.pass_time(26 * 60, step=30)
        assert len(told) == 2
        await courier.stop()


async def test_an_incident_that_concerns_nobody_has_no_clock(tmp_path: Path) -> None:
    calm = replace(MAIL_DOWN, priority=4)
    async with desk(tmp_path, USERS, incidents=(calm,)) as bench:
        courier = Courier(office(bench))
        courier.start()
        await bench.pass_time(10)
        shown = bench.engine.board.get(KEY)
        assert shown is not None and shown.sla == () and courier.due() == ()
        assert "timeline" not in bench.session.calls, "nobody's timeline is read for nothing"
        await courier.stop()


async def test_the_consoles_own_clocks_are_no_deadlines_to_be_told(tmp_path: Path) -> None:
    due = SlaClock("resolution", NOW + timedelta(days=1), ClockState.RUNNING)
    async with desk(tmp_path, MANAGERS, incidents=(replace(MAIL_DOWN, sla=(due,)),)) as bench:
        courier = Courier(office(bench))
        courier.start()
        await bench.pass_time(5)
        shown = bench.engine.board.get(KEY)
        assert shown is not None and {one.name for one in shown.sla} == {"resolution", CLOCK}
        (message,) = (await ready(bench)).messages
        assert "Deadlines: resolution due" in message.text and "update due" not in message.text
        await courier.stop()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(5, "in 5 min"), (0, "now"), (-7, "7 min ago"), (-90, "1 h 30 m ago"), (-60 * 24 * 35, "35 d ago")],
)
def test_a_reminder_says_when_in_units_that_can_be_read(minutes: int, words: str) -> None:
    clock = SlaClock(CLOCK, NOW + timedelta(minutes=minutes), ClockState.RUNNING, kind=ClockKind.UPDATE)
    assert Due(KEY, "rt:1", clock).words(NOW) == f"rt:1: {CLOCK} due {words}"
