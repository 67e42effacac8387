"""What the next shift is told: open incidents with clocks, what happened, promises, snoozes, deeds, who is on call."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.unit.escalation.consoles import Console, Room, room
from vagt.domain.commands import Acknowledge, Comment, Resolve, Snooze
from vagt.domain.incident import Key
from vagt.escalation.handover import as_json, handover
from vagt.escalation.handover_text import markdown, plain
from vagt.ui.screens.handover.page import item_page


async def told(console: Console, **more: object) -> str:
    shown = list(console.engine.board.incidents.values())
    found = await handover(
        console.escalation,
        [console.escalation.with_clocks(one) for one in shown if one.is_open],
        over=[one for one in shown if not one.is_open],
        **more,  # type: ignore[arg-type]
    )
    return markdown(found)


async def busy(desk: Room) -> tuple[Console, Key, Key]:
    """Anna's shift: one acknowledged and talked about, one resolved."""
    console = await desk.console(act=False)
    mail, disk = await desk.incident(console), await desk.incident(console, "Disk is full", urgent=2)
    await desk.pass_time(120, 6)
    await desk.do(console, mail, Acknowledge())
    await desk.do(console, mail, Comment("we are *on* it"))
    await desk.do(console, disk, Resolve("emptied", code="fixed"))
    await desk.pass_time(12, 3)
    return console, mail, disk


async def test_what_is_open_what_is_over_and_what_was_done(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console, _, _ = await busy(desk)
        text = await told(console)
        assert "## Open, one by one (1)" in text
        assert "### P1 desk:10001 Mail is down" in text
        assert "anna: we are \\*on\\* it" in text.replace("Anna Holm", "anna")
        assert "resolution:" in text
        assert "## Over since the shift began (1)" in text
        assert "Disk is full: emptied" in text
        assert "desk:10002: resolve" in text
        assert "On call for NOC: Anna Holm" in text


async def test_promises_snoozes_and_reminders_stand_with_their_incident(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console, mail, _ = await busy(desk)
        now = desk.clock.now()
        incident = console.engine.board.get(mail)
        assert incident is not None
        await console.escalation.reminding.set(incident, now + timedelta(hours=1), "call the vendor")
        await desk.do(console, mail, Snooze(now + timedelta(minutes=30)))
        text = await told(console, promises=lambda _: (("users", now - timedelta(minutes=1)),))
        assert "Promised to users: a word until" in text
        assert "**overdue**" in text
        assert "Snoozed until" in text
        assert "call the vendor" in text
        assert "reminder: " not in text, "its clock says the same with fewer words"


async def test_a_shift_that_saw_nothing_says_so(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console = await desk.console()
        text = await told(console)
        assert "Nothing that needs a word." in text
        assert "## Done from this console (0)" in text


async def test_mild_ones_that_nobody_touched_are_only_counted(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        other = await desk.console("bo", act=False)
        for number in range(3):
            await desk.incident(other, f"Printer {number}", urgent=3)
        console = await desk.console("carl", act=False)
        text = await told(console)
        assert "## Open, one by one (0)" in text
        assert "Besides, 3 of priority 5 are open." in text


async def test_only_this_shift_is_told(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console, _, _ = await busy(desk)
        since = desk.clock.now() + timedelta(seconds=1)
        await desk.pass_time(600, 6)
        text = await told(console, since=since)
        assert "we are" not in text
        assert "Over since the shift began (0)" in text
        assert "Done from this console (0)" in text


def test_text_of_others_is_no_markdown() -> None:
    assert plain("[x](http://evil) `rm` *all* <b>") == "\\[x\\](http://evil) \\`rm\\` \\*all\\* \\<b\\>"


async def test_a_timeline_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    from vagt.adapters.protocol import UnavailableError

    class Deaf:
        def __init__(self, session: object) -> None:
            self._session = session

        def __getattr__(self, name: str) -> object:
            return getattr(self._session, name)

        async def timeline(self, id: str) -> object:
            raise UnavailableError("the line is dead")

    async with room(tmp_path) as desk:
        console = await desk.console(act=False, wrap=Deaf)  # type: ignore[arg-type,return-value]
        key = await desk.incident(console)
        found = console.engine.board.get(key)
        assert found is not None
        text = markdown(await handover(console.escalation, [replace(found)]))
        assert "**Not known:** desk:10001: its timeline cannot be read: the line is dead" in text


async def test_a_reminder_goes_by_the_operators_clock_which_is_named(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console, mail, _ = await busy(desk)
        incident = console.engine.board.get(mail)
        assert incident is not None
        at = desk.clock.now().replace(hour=14, minute=30, second=0, microsecond=0)
        await console.escalation.reminding.set(incident, at, "call the *vendor*")
        found = await handover(console.escalation, [incident])
        there = markdown(found, ZoneInfo("Europe/Copenhagen"))
        assert "- Reminder: 15:30 CET call the \\*vendor\\*" in there
        assert there.startswith("# Hand-over, 2026-11-25 13:") and there.splitlines()[0].endswith(" CET")
        assert "UTC" not in there
        (item,) = as_json(found, lambda one, pending: {"ref": one.ref})["items"]
        assert (item["reminder"], item["reminder_at"]) == ("call the *vendor*", "2026-11-25T14:30:00Z")
        (block,) = item_page(item=found.items[0], shown=incident, found=found, accepted=False)
        page = "\n".join(text for line in block.lines(80) for _, text in line)
        assert f"reminder: {at.astimezone():%H:%M %Z} call the *vendor*" in page


async def test_the_shift_began_with_the_turn_of_whoever_the_backend_knows(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console = await desk.console("anna")
        console.engine._parts.operator = "root"
        found = await handover(console.escalation, [])
        (noc,) = [rota for rota in found.rotas if rota.settings.name == "noc"]
        assert found.since == noc.shifts[0].start
        assert noc.shifts[0].who == "anna"


async def test_a_reminder_is_told_to_whoever_the_backend_knows(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console, mail, _ = await busy(desk)
        console.engine._parts.operator = "root"
        incident = console.engine.board.get(mail)
        assert incident is not None
        await console.escalation.reminding.set(incident, desk.clock.now() + timedelta(seconds=30), "call the vendor")
        await desk.until(lambda: "anna-ntfy" in desk.wire.channels)
        assert desk.wire.told[-1][2].text.endswith("call the vendor")
