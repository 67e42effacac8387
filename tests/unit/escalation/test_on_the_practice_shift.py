"""On the practice shift, where colleagues take and leave incidents: what nobody takes climbs, the rest is quiet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.unit.escalation.consoles import Room, room, settings
from vagt.config.response import EscalationSettings, StepSettings
from vagt.config.settings import BackendSettings
from vagt.domain.incident import Key, State
from vagt.domain.timeline import EntryKind
from vagt.escalation.record import MarkKind, record_of

FIRST, SECOND = 300.0, 900.0
"""Seconds after which somebody must know, and after which the manager must."""
SLACK = timedelta(seconds=45)
"""A poll, a claim and its reading back."""
PATH = EscalationSettings(
    name="urgent",
    query="p<=2",
    steps=(
        StepSettings(after=FIRST, to="channel:noc-chat"),
        StepSettings(after=SECOND, to="channel:dora-mail", kind="hierarchical"),
    ),
)


async def acknowledged_after(desk: Room, key: Key, created: datetime) -> float | None:
    """Seconds until somebody acknowledged it; None: nobody has."""
    found = await desk.now(key)
    if found.state is State.NEW:
        return None
    moments = [entry.at for entry in await desk.timeline(key) if entry.kind in (EntryKind.STATE, EntryKind.ASSIGNMENT)]
    later = [moment for moment in moments if moment > created]
    return (min(later) - created).total_seconds() if later else 0.0


async def test_what_nobody_takes_climbs_and_what_somebody_takes_is_quiet(tmp_path: Path) -> None:
    shift = BackendSettings(name="desk", adapter="embedded", username="anna", options={"shift": True, "seed": 11})
    config = replace(settings(), backends=(shift,), escalations=(PATH,))
    async with room(tmp_path) as desk:
        begun = desk.clock.now()
        console = await desk.console(config=config)
        await desk.pass_time(40 * 60, 5.0)
        board = console.engine.board
        fresh = [
            one
            for key in board.incidents
            if (one := board.get(key)) is not None
            and one.created_at is not None
            and one.created_at > begun
            and (one.priority or 9) <= 2
        ]
        climbed, quiet = 0, 0
        for incident in fresh:
            created = incident.created_at
            assert created is not None
            after = await acknowledged_after(desk, incident.key, created)
            age = (desk.clock.now() - created).total_seconds()
            entries = await desk.timeline(incident.key)
            if any(entry.kind is EntryKind.PRIORITY for entry in entries):
                continue  # it came to the path later than it came
            record = record_of(entries)
            done = [mark for mark in record.marks if mark.kind is MarkKind.DONE]
            stayed = age if after is None else after
            for number, due in ((1, FIRST), (2, SECOND)):
                taken = [mark for mark in done if mark.step == number]
                if stayed > due + SLACK.total_seconds():
                    assert len(taken) == 1, f"step {number} of {incident.ref}, left alone for {stayed:.0f} s"
                    late = taken[0].at - created - timedelta(seconds=due)
                    assert timedelta(0) <= late < SLACK
                    climbed += 1
                elif stayed < due:
                    assert not taken, f"step {number} of {incident.ref}, acknowledged after {stayed:.0f} s"
                    quiet += 1
        assert climbed >= 2, "some that nobody takes, or the test shows nothing"
        assert quiet >= 2, "some that somebody takes in time, or the test shows nothing"
