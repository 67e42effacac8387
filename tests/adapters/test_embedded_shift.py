"""The practice shift: believable, the same from the same seed, bounded for ever, and never in the operator's way."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.embedded import MORNING, ORGANISATION, Desk, desk
from vagt.adapters.embedded.shift.practice import BURST, FULL, KEPT
from vagt.adapters.embedded.shift.world import DEPENDS
from vagt.adapters.protocol import ProtocolError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Change,
    Comment,
    Hold,
    MoveTo,
    Note,
    Resolve,
    SetPriority,
    Take,
)
from vagt.domain.incident import ClockState, Incident, LinkKind, State

MINUTE = 60
HOUR = 60 * MINUTE
_LOOKS = ("state", "native_state", "assignee", "team", "priority", "impact", "urgency", "waiting_reason", "resolution")


async def watch(opened: Desk, seconds: float, every: float = 15) -> None:
    """Poll as a console does while time goes on."""
    for _ in range(int(seconds / every)):
        opened.clock.advance(every)
        await opened.poll()


def everything(folder: Path) -> list[tuple[object, ...]]:
    """The whole course of events, as the file tells it."""
    with contextlib.closing(sqlite3.connect(folder / "embedded-desk.sqlite")) as db:
        return db.execute(
            "SELECT incident, title, entry.at, entry.by, entry.kind, entry.text FROM entry"
            " JOIN incident ON pk = incident ORDER BY entry.id"
        ).fetchall()


def looks(incident: Incident) -> dict[str, object]:
    return {name: getattr(incident, name) for name in _LOOKS}


async def test_whoever_comes_on_duty_finds_a_shift_under_way(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        queue = [incident for incident in anna.known.values() if incident.is_open]
        now = anna.clock.now()
        assert 45 <= len(queue) <= 70
        assert len({incident.service for incident in queue}) >= 10
        states = Counter(incident.state for incident in queue)
        assert states[State.NEW] >= 15 and states[State.ACTIVE] >= 12 and states[State.WAITING] >= 6
        priorities = Counter(incident.priority for incident in queue)
        assert 1 <= priorities[1] <= 6 and 5 <= priorities[2] <= 25 and priorities[4] >= 10
        (major,) = [incident for incident in queue if incident.major]
        assert {link.kind for link in major.links} == {LinkKind.PROBLEM, LinkKind.CHANGE, LinkKind.CHILD}
        timeline = await anna.session.timeline(major.id)
        assert any(entry.public for entry in timeline) and any(not entry.public for entry in timeline)
        assert [entry.at for entry in timeline] == sorted(entry.at for entry in timeline)
        assert max(entry.at for entry in timeline) <= now
        assert sum(incident.assignee == "anna" for incident in queue) >= 3
        breaching = [
            clock
            for incident in queue
            for clock in incident.sla
            if clock.due_at
            and clock.state is ClockState.RUNNING
            and timedelta(0) < clock.due_at - now < timedelta(minutes=8)
        ]
        assert len(breaching) >= 3
        storm = Counter(incident.title.split(":")[-1] for incident in queue).most_common(1)[0]
        assert storm[1] >= 8
        assert any(i.waiting_until and i.waiting_until - now < timedelta(minutes=5) for i in queue)
        untouched = [
            i for i in queue if i.state is State.ACTIVE and i.updated_at and now - i.updated_at > timedelta(hours=4)
        ]
        assert len(untouched) >= 3
        assert any(not incident.title.isascii() for incident in queue)
        assert all(incident.created_at and incident.created_at <= now for incident in queue)
        closed = [i for i in await anna.session.search(include_closed=True, limit=1000) if not i.is_open]
        assert len(closed) >= 200
        assert all(incident.resolution and incident.resolved_at for incident in closed)


async def test_the_operator_belongs_to_the_team_and_is_on_call(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True, operator="zoe") as zoe:
        account = await zoe.session.probe()
        assert (account.login, account.teams) == ("zoe", ("NOC",))
        assert any("nothing here is real" in note for note in account.notes)
        assert (await zoe.session.oncall("NOC"))[0].who == "zoe"


async def test_something_arrives_within_ten_seconds_and_goes_on_arriving(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        before = set(anna.known)
        anna.clock.advance(10)
        await anna.poll()
        assert len(set(anna.known) - before) == 1
        await watch(anna, 10 * MINUTE)
        assert 8 <= len(set(anna.known) - before) <= 45


async def test_colleagues_callers_and_machines_work_at_a_human_pace(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        began = len(everything(tmp_path))
        await watch(anna, 30 * MINUTE)
        events = everything(tmp_path)[began:]
        by = Counter(str(event[3]) for event in events)
        kinds = Counter(str(event[4]) for event in events)
        assert by["Monitoring"] >= 5 and len(by) >= 12 and by["anna"] == 0
        assert kinds["note"] >= 10 and kinds["comment"] >= 5 and kinds["state"] >= 20 and kinds["priority"] >= 1
        assert len(events) < 30 * 12


async def test_the_same_seed_gives_the_same_shift(tmp_path: Path) -> None:
    courses = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        async with desk(tmp_path / name, shift=True, seed=seed) as anna:
            await watch(anna, 20 * MINUTE)
        courses.append(everything(tmp_path / name))
    assert courses[0] == courses[1]
    assert courses[0] != courses[2]


async def test_how_often_one_looks_changes_nothing(tmp_path: Path) -> None:
    courses = []
    for name, every in (("often", 5), ("seldom", 300)):
        async with desk(tmp_path / name, shift=True) as anna:
            await watch(anna, 20 * MINUTE, every)
        courses.append(everything(tmp_path / name))
    assert courses[0] == courses[1]


async def test_it_goes_on_where_it_stood_when_the_console_is_opened_again(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    async with desk(tmp_path / "one", clock=ManualClock(MORNING), shift=True) as anna:
        await watch(anna, 20 * MINUTE)
    for _ in range(2):
        async with desk(tmp_path / "two", clock=clock, shift=True) as anna:
            await watch(anna, 10 * MINUTE)
    assert everything(tmp_path / "one") == everything(tmp_path / "two")


async def test_speed_makes_more_happen(tmp_path: Path) -> None:
    counts = []
    for name, speed in (("slow", 1.0), ("fast", 4.0)):
        async with desk(tmp_path / name, shift=True, speed=speed) as anna:
            await watch(anna, 10 * MINUTE, 5)
        counts.append(len(everything(tmp_path / name)))
    assert counts[1] > counts[0] + 100


async def test_what_the_operator_did_stays_done(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        new = [i for i in anna.known.values() if i.state is State.NEW and not i.major]
        decided: dict[str, Incident] = {}
        deeds: tuple[list[Change], ...] = (
            [Acknowledge()],
            [Take()],
            [Acknowledge(), SetPriority(impact=3, urgency=3)],
            [Hold("vendor", anna.clock.now() + timedelta(days=1))],
            [Resolve("Done by me.", "fixed")],
            [Assign(team="Network", to="")],
            [MoveTo("cancel", "Cancel", State.CLOSED, "Cancelled", (("text", "No incident."),))],
        )
        for number, incident in enumerate(new[:14]):
            for deed in deeds[number % len(deeds)]:
                decided[incident.id] = await anna.after(deed, incident.id)
        await watch(anna, 3 * HOUR)
        for id, incident in decided.items():
            assert looks(await anna.now(id)) == looks(incident), await anna.told(id)


async def test_colleagues_hold_back_but_callers_and_machines_still_speak(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        mine = [i.id for i in anna.known.values() if i.state is State.NEW and not i.major]
        for id in mine:
            await anna.does(Acknowledge(), id)
        told_by: Counter[str] = Counter()
        before = {id: len(await anna.session.timeline(id)) for id in mine}
        await watch(anna, 1 * HOUR)
        colleagues = {person.name for person in anna.session._desk.organisation.people} - {"anna"}
        for id in mine:
            told_by.update(entry.by for entry in (await anna.session.timeline(id))[before[id] :])
        assert not colleagues & set(told_by)
        assert told_by["Monitoring"] >= 3


async def test_who_is_given_an_incident_takes_it_on(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        incident = next(i for i in anna.known.values() if i.state is State.NEW and i.assignee is None)
        await anna.does(Assign(team="Network", to="keiko"), incident.id)
        await watch(anna, 2 * HOUR)
        entries = await anna.session.timeline(incident.id)
        assert next(entry.text for entry in entries if entry.by.startswith("Keiko")) == "Acknowledged"
        assert (await anna.now(incident.id)).assignee == "keiko"


async def test_a_caller_may_answer_a_comment(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        asked = [i for i in anna.known.values() if i.caller and i.is_open]
        for incident in asked:
            await anna.does(Take(), incident.id)
            await anna.does(Comment("Is it still so?"), incident.id)
        before = {i.id: len(await anna.told(i.id)) for i in asked}
        await watch(anna, 6 * MINUTE)
        answered = [
            incident
            for incident in asked
            if any(
                entry.by == incident.caller
                for entry in (await anna.session.timeline(incident.id))[before[incident.id] :]
            )
        ]
        assert answered


async def test_trouble_below_is_felt_above(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        await watch(anna, 60 * MINUTE)
        felt = [i for i in anna.known.values() if i.title.endswith("not there at all, for several people")]
        assert felt
        for incident in felt:
            assert incident.title.startswith(f"{incident.service}:")
            below = DEPENDS[incident.service or ""]
            came = incident.created_at
            assert came is not None
            everything = await anna.session.search(include_closed=True, limit=1000)
            assert any(i.service in below and i.created_at and i.created_at < came for i in everything)


async def test_a_week_without_anybody_touching_it_stays_within_bounds(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        for day in range(7):
            await watch(anna, 2 * HOUR, 60)
            anna.clock.advance(22 * HOUR)
            before = set(anna.known)
            told = await anna.poll()
            assert len(told) < 800, day
            assert len(anna.open_ids() - before) <= 120, day
            assert 35 <= len(anna.open_ids()) <= FULL + 12, day
            truth = {i.id for i in await anna.session.search(include_closed=False, limit=5000)}
            assert truth == anna.open_ids()
        with contextlib.closing(sqlite3.connect(tmp_path / "embedded-desk.sqlite")) as db:
            (rows,) = db.execute("SELECT count(*) FROM incident").fetchone()
            (steps,) = db.execute("SELECT count(*) FROM step").fetchone()
        assert rows <= KEPT + FULL + 400
        assert steps < 3000


async def test_eight_hours_of_watching_stay_within_bounds(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        for _ in range(16):
            await watch(anna, 30 * MINUTE, 30)
            assert 35 <= len(anna.open_ids()) <= FULL
        assert len(await anna.session.search(include_closed=True, limit=5000)) <= KEPT + 350


async def test_the_queue_fills_again_after_somebody_resolves_everything(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        for id in sorted(anna.open_ids()):
            await anna.does(Resolve("Everything at once.", "fixed"), id)
        await watch(anna, 20)
        assert anna.open_ids()
        await watch(anna, 12 * MINUTE)
        assert len(anna.open_ids()) >= 25


async def test_after_days_away_a_fresh_shift_is_on_and_mine_is_still_mine(tmp_path: Path) -> None:
    async with desk(tmp_path, shift=True) as anna:
        await anna.poll()
        mine = [i for i in anna.known.values() if i.state is State.NEW][:5]
        kept = {i.id: looks(await anna.after(Take(), i.id)) for i in mine}
        count = len(everything(tmp_path))
        anna.clock.advance(5 * 24 * HOUR)
        told = await anna.poll()
        now = anna.clock.now()
        assert 40 <= len(anna.open_ids()) <= FULL
        assert len(told) < 400
        assert len(everything(tmp_path)) - count < 8 * BURST
        fresh = [
            i for i in anna.known.values() if i.is_open and i.created_at and now - i.created_at < timedelta(hours=3)
        ]
        assert len(fresh) >= 30
        for id, was in kept.items():
            assert looks(await anna.now(id)) == was
        assert await anna.poll() == set()
        before = set(anna.known)
        await watch(anna, 2 * MINUTE)
        assert 1 <= len(set(anna.known) - before) <= 15


async def test_no_practice_runs_on_an_organisations_own_incidents(tmp_path: Path) -> None:
    async with desk(tmp_path, options=dict(ORGANISATION)) as anna:
        await anna.opened("A real one")
    with pytest.raises(ProtocolError, match="own incidents"):
        async with desk(tmp_path, shift=True):
            pass
    async with desk(tmp_path, options=dict(ORGANISATION)) as anna:
        assert [i.title for i in await anna.session.search(include_closed=True, limit=9)] == ["A real one"]


async def test_a_shift_that_is_switched_off_stands_still(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    async with desk(tmp_path, clock=clock, shift=True) as anna:
        await anna.poll()
        known = set(anna.known)
    async with desk(tmp_path, clock=clock, options={"shift": False}) as anna:
        await watch(anna, 10 * MINUTE)
        assert {i.id for i in await anna.session.search(include_closed=False, limit=999)} <= known
        assert any("stands still" in note for note in (await anna.session.probe()).notes)
        await anna.does(Note("Still writable"), next(iter(known)))


@pytest.mark.parametrize("speed", [0.0, -1.0, 5000.0])
async def test_a_speed_that_makes_no_sense_is_refused(tmp_path: Path, speed: float) -> None:
    with pytest.raises(ProtocolError, match="speed"):
        async with desk(tmp_path, shift=True, speed=speed):
            pass
