"""Watch-keeping: an incident that nobody takes climbs, once, whoever and however many watch."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.escalation.consoles import DESK, Room, room, settings
from tests.unit.escalation.scene import mark
from vagt.adapters.protocol import UnavailableError
from vagt.config.settings import BackendSettings
from vagt.domain import marker
from vagt.domain.commands import Acknowledge, Comment, Hold, Note, SetPriority
from vagt.engine import console_id
from vagt.engine.audit import AuditLog
from vagt.escalation.record import MarkKind, line_of, record_of
from vagt.escalation.timing import Timing


def kinds(entries: object) -> list[str]:
    return [each.kind for entry in entries for each in marker.find(entry.text)]  # type: ignore[attr-defined]


async def test_an_incident_that_nobody_takes_climbs_its_path_in_order_and_in_time(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console = await desk.console()
        key = await desk.incident(console)
        await desk.until(lambda: len(console.results) == 1, 30)
        assert desk.wire.channels == ["anna-ntfy"]
        await desk.to(9.5)
        assert desk.wire.channels == ["anna-ntfy"], "not before its time"
        await desk.to(11)
        assert sorted(desk.wire.channels[1:]) == ["carl-ntfy", "noc-chat"]
        found = await desk.now(key)
        assert (found.team, found.assignee) == ("Databases", None)
        await desk.to(26)
        assert desk.wire.channels[3:] == ["dora-mail"]
        found = await desk.now(key)
        assert found.team == "Databases", "up the management line nobody takes it away"
        await desk.to(60)
        assert len(desk.wire.told) == 4
        assert kinds(await desk.timeline(key)) == ["claim", "done"] * 3
        assert [result.status for result in console.results] == ["done"] * 3


async def test_what_whoever_is_told_can_read(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console = await desk.console()
        await desk.incident(console)
        await desk.until(lambda: bool(desk.wire.told), 30)
        (_, _, message), *_ = desk.wire.told
        assert message.title.startswith("P1 desk:")
        assert "Mail is down" in message.title
        for words in ("Nobody has acknowledged it", "Service: Mail", "step 1 of 3 on p1", "the on-call of noc"):
            assert words in message.text
        assert "[vagt" not in message.text


async def test_acknowledged_it_stays_quiet_until_it_was_left_alone_for_too_long(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console = await desk.console()
        key = await desk.incident(console)
        await desk.to(5)
        await desk.do(console, key, Acknowledge())
        await desk.to(34)
        assert desk.wire.channels == ["anna-ntfy"]
        await desk.to(36.5)
        assert sorted(desk.wire.channels[1:]) == ["carl-ntfy", "noc-chat"]
        assert "left untouched for 30 m" in desk.wire.told[1][2].text


@pytest.mark.parametrize("change", [Comment("we are on it"), Hold("the vendor")])
async def test_whoever_does_anything_to_it_keeps_it_quiet(tmp_path: Path, change: Comment | Hold) -> None:
    async with room(tmp_path) as desk:
        console = await desk.console()
        key = await desk.incident(console)
        await desk.to(5)
        await desk.do(console, key, Acknowledge())
        await desk.to(30)
        await desk.do(console, key, change)
        await desk.to(50)
        assert desk.wire.channels == ["anna-ntfy"]


@pytest.mark.parametrize("count", [2, 5])
async def test_many_consoles_escalate_it_once(tmp_path: Path, count: int) -> None:
    async with room(tmp_path) as desk:
        consoles = [await desk.console(f"c{number}") for number in range(count)]
        key = await desk.incident(consoles[0])
        await desk.to(12)
        assert sorted(desk.wire.channels) == ["anna-ntfy", "carl-ntfy", "noc-chat"]
        entries = kinds(await desk.timeline(key))
        assert entries.count("done") == 2
        assert 2 <= entries.count("claim") <= 2 * count


async def test_a_few_seconds_apart_one_claims_and_the_others_see_it(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        for name in ("second", "third", "fourth"):
            # who claims when hangs on who it is
            (tmp_path / name).mkdir(mode=0o700)
            (tmp_path / name / console_id.FILE).write_text(f"{name}\n{console_id.bound_to(tmp_path / name)}\n")
        consoles = [await desk.console(name, timing=Timing(stagger=40.0)) for name in ("second", "third", "fourth")]
        key = await desk.incident(consoles[0])
        await desk.to(2)
        assert desk.wire.channels == ["anna-ntfy"]
        assert kinds(await desk.timeline(key)) == ["claim", "done"]


async def test_without_watch_due_steps_are_proposed_and_nothing_is_done(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console = await desk.console(act=False)
        key = await desk.incident(console)
        await desk.until(lambda: bool(console.escalation.watch.proposals()), 30)
        (proposal,) = console.escalation.watch.proposals()
        assert (proposal.rung.key, proposal.taken) == (key, False)
        await desk.to(12)
        assert desk.wire.told == []
        assert kinds(await desk.timeline(key)) == []


async def test_a_step_is_announced_a_minute_before_and_can_be_held_on_every_console(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        one, two = await desk.console("anna"), await desk.console("bo")
        key = await desk.incident(one)
        await desk.to(8.9)
        assert one.escalation.watch.proposals() == ()
        await desk.to(9.2)
        (proposal,) = one.escalation.watch.proposals()
        assert proposal.taken
        assert 40 < proposal.seconds <= 60
        await one.escalation.hold(proposal.rung)
        await desk.to(11)
        assert desk.wire.channels == ["anna-ntfy"], "neither here nor on the other console"
        assert two.escalation.watch.proposals() == ()
        await desk.to(26)
        assert sorted(desk.wire.channels[1:3]) == ["carl-ntfy", "noc-chat"], "held is not given up"
        assert kinds(await desk.timeline(key)).count("hold") == 1


async def test_a_channel_that_is_down_falls_to_the_next_of_the_person(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        desk.wire.down["anna-ntfy"] = UnavailableError("connection refused")
        console = await desk.console()
        await desk.incident(console)
        await desk.until(lambda: len(console.results) == 1, 90)
        assert desk.wire.channels == ["anna-mail"]


async def test_where_all_channels_are_down_it_is_tried_again_and_the_next_step_comes_in_its_time(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as desk:
        desk.wire.down["anna-ntfy"] = desk.wire.down["anna-mail"] = UnavailableError("connection refused")
        console = await desk.console()
        key = await desk.incident(console)
        await desk.to(9)
        assert desk.wire.told == []
        assert "done" not in kinds(await desk.timeline(key))
        assert any(intent.command.channel for intent in console.engine.pending(key)), "shown on the incident"
        del desk.wire.down["anna-mail"]
        await desk.to(14)
        assert "carl-ntfy" in desk.wire.channels


async def test_nobody_on_call_is_said_and_the_next_step_does_not_wait(tmp_path: Path) -> None:
    from datetime import datetime

    from tests.unit.escalation.consoles import ROTAS

    empty = replace(ROTAS[0], start=datetime(2027, 1, 1))
    async with room(tmp_path) as desk:
        console = await desk.console(config=settings("anna", rotas=(empty, ROTAS[1])))
        await desk.incident(console)
        await desk.to(2)
        assert "NOBODY is on call" in console.results[0].message
        assert sorted(desk.wire.channels) == ["carl-ntfy", "noc-chat"]


async def test_every_step_stands_in_the_audit_log(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console = await desk.console()
        await desk.incident(console)
        await desk.until(lambda: len(console.results) == 1, 30)
        log = (tmp_path / "anna" / "audit.jsonl").read_text()
        assert '"what":"escalation"' in log
        assert '"result":"claimed"' in log
        assert AuditLog(tmp_path / "anna" / "audit.jsonl").verify().ok


async def test_what_is_due_now_is_done_and_then_it_ends_and_the_next_step_keeps_its_distance(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        other = await desk.console("bo", act=False)
        await desk.incident(other)
        await desk.to(12)
        console = await desk.console(start=False)
        await console.engine.start(poll=False)
        found = await console.engine.fetch("desk")
        console.escalation.ladder.look(found)
        results = await _while_time_passes(desk, console.escalation.watch.once())
        assert [result.status for result in results] == ["done"]
        assert desk.wire.channels == ["anna-ntfy"]
        assert await _while_time_passes(desk, console.escalation.watch.once()) == []
        await desk.to(23)
        results = await _while_time_passes(desk, console.escalation.watch.once())
        assert [result.status for result in results] == ["done"]
        assert sorted(desk.wire.channels[1:]) == ["carl-ntfy", "noc-chat"]


async def test_a_priority_that_is_raised_late_begins_the_path_then_with_its_distances(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        one, _ = await desk.console("anna"), await desk.console("bo")
        key = await desk.incident(one, urgent=3)
        await desk.to(120)
        assert desk.wire.told == []
        await desk.do(one, key, SetPriority(impact=1, urgency=1))
        await desk.to(129.5)
        assert desk.wire.channels == ["anna-ntfy"], "the first step at once, the second when there was time to act"
        await desk.to(131)
        assert sorted(desk.wire.channels[1:]) == ["carl-ntfy", "noc-chat"]
        await desk.to(144)
        assert len(desk.wire.told) == 3
        await desk.to(147)
        assert desk.wire.channels[3:] == ["dora-mail"]


async def _while_time_passes(desk: Room, work: object) -> list:  # type: ignore[type-arg]
    import asyncio

    task = asyncio.ensure_future(work)  # type: ignore[arg-type]
    await desk.until(task.done, 200)
    return await task  # type: ignore[no-any-return]


async def test_where_nothing_may_be_written_nothing_is_and_the_outbox_stays_empty(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        other = await desk.console("bo", act=False)
        key = await desk.incident(other)
        usual = settings("anna")
        closed = replace(usual, backends=(replace(usual.backends[0], read_only=True),))
        console = await desk.console(config=closed)
        await desk.to(12)
        assert desk.wire.told == []
        assert console.engine.intents() == ()
        assert kinds(await desk.timeline(key)) == []


async def test_a_backend_that_refuses_the_claim_is_not_asked_every_second(tmp_path: Path) -> None:
    from vagt.adapters.protocol import ForbiddenError

    class Strict:
        reads = 0

        def __init__(self, session: object) -> None:
            self._session = session

        def __getattr__(self, name: str) -> object:
            return getattr(self._session, name)

        async def perform(self, command, expected):  # type: ignore[no-untyped-def]
            if isinstance(command.change, Note):
                raise ForbiddenError("you may not write notes")
            return await self._session.perform(command, expected)  # type: ignore[attr-defined]

        async def timeline(self, id: str) -> object:
            Strict.reads += 1
            return await self._session.timeline(id)  # type: ignore[attr-defined]

    async with room(tmp_path) as desk:
        console = await desk.console(wrap=Strict)  # type: ignore[arg-type]
        await desk.incident(console)
        await desk.to(6)
        assert desk.wire.told == []
        assert Strict.reads <= 30, f"{Strict.reads} times in six minutes"
        assert [intent.reason for intent in console.engine.intents()] == ["you may not write notes"]


async def test_a_second_console_takes_over_and_says_that_it_may_be_the_second(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        other = await desk.console("anna", act=False)
        key = await desk.incident(other)
        dead = mark(MarkKind.CLAIM, 1, 0, id="0123456789abcdef", by="anna")
        await desk.do(other, key, Note(f"Vagt escalates.\n{line_of(dead)}"))
        console = await desk.console("bo")
        await desk.to(1.5)
        assert desk.wire.told == [], "whoever claimed it may be at it"
        await desk.until(lambda: bool(console.results), 120)
        (_, channel, message) = desk.wire.told[-1]
        assert channel == "anna-ntfy"
        assert "This may be the second of its kind: anna began this step at 12:00" in message.text
        claims = [entry.text for entry in await desk.timeline(key) if "[vagt claim" in entry.text]
        assert "anna began it at 12:00" in claims[1]


async def test_a_backend_without_notes_is_watched_from_one_data_folder_which_is_said(tmp_path: Path) -> None:
    from dataclasses import replace as changed

    from vagt.adapters.protocol import Account
    from vagt.domain.capability import Capabilities, Capability

    class Mute:
        def __init__(self, session: object) -> None:
            self._session = session

        def __getattr__(self, name: str) -> object:
            return getattr(self._session, name)

        async def probe(self) -> Account:
            account: Account = await self._session.probe()  # type: ignore[attr-defined]
            able = account.capabilities.able - {Capability.NOTE, Capability.ESCALATE, Capability.ASSIGN_TEAM}
            return changed(account, capabilities=Capabilities(able))

    async with room(tmp_path) as desk:
        console = await desk.console(wrap=Mute)  # type: ignore[arg-type]
        key = await desk.incident(console)
        await desk.to(12)
        assert sorted(desk.wire.channels) == ["anna-ntfy", "carl-ntfy", "noc-chat"]
        assert "takes no notes, so only this data folder knows of it" in console.results[0].message
        assert kinds(await desk.timeline(key)) == []
        await console.stop()
        del desk.consoles["anna"]
        again = await desk.console(wrap=Mute)  # type: ignore[arg-type]
        await desk.to(14)
        assert len(desk.wire.told) == 3, "after a restart it knows what it did"
        assert again.results == []


async def test_of_five_the_one_that_won_the_claim_dies_and_another_takes_over_within_its_lease(tmp_path: Path) -> None:
    names = ("anna", "bo", "carl", "dora", "emil")
    async with room(tmp_path) as desk:
        consoles = [await desk.console(name, config=settings(name, backends=_desk(name))) for name in names]
        key = await desk.incident(consoles[0])
        for _ in range(200):
            await desk.pass_time(0.25, 0.25)
            claims = [each for each in record_of(await desk.timeline(key)).marks if each.kind is MarkKind.CLAIM]
            if claims:
                break
        assert desk.wire.told == []
        await desk.pass_time(0.5, 0.25)
        marks = record_of(await desk.timeline(key)).marks
        won = min(marks, key=lambda each: (each.at.replace(microsecond=0), each.id))
        logins = {name: login for login, name in DESK["people"].items()}
        dead = desk.consoles.pop(logins[won.by])
        await dead.stop()
        await desk.pass_time(110, 2)
        assert desk.wire.told == [], "the claim holds"
        await desk.pass_time(30)
        assert desk.wire.channels == ["anna-ntfy"]
        assert f"{won.by} began this step" in desk.wire.told[0][2].text


def _desk(name: str) -> tuple[BackendSettings, ...]:
    (usual,) = settings(name).backends
    options = dict(usual.options)
    options["people"] = {**DESK["people"], "emil": "Emil Dam"}
    return (replace(usual, options=options),)


async def test_a_console_on_a_copy_of_the_data_folder_is_another_one_and_a_step_is_told_once(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        first = await desk.console("anna")
        await first.stop()
        del desk.consoles["anna"]
        shutil.copytree(tmp_path / "anna", tmp_path / "bo")
        one, two = await desk.console("anna"), await desk.console("bo")
        key = await desk.incident(one)
        await desk.to(2)
        assert desk.wire.channels == ["anna-ntfy"]
        claims = [mark.id for mark in record_of(await desk.timeline(key)).marks if mark.kind is MarkKind.CLAIM]
        assert len(set(claims)) == len(claims)
        assert len(one.results) + len(two.results) == 1
