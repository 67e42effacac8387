"""What consoles say to each other in notes, through each backend and back: whole, and at the backend's time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.adapters.embedded_rig import EmbeddedRig
from tests.adapters.ivanti.rig import IvantiRig
from tests.adapters.jsm.rig import JsmRig
from tests.adapters.pagerduty.rig import PdRig
from tests.adapters.servicenow.rig import SnowRig
from vagt.domain import marker
from vagt.domain.commands import Command, Note
from vagt.domain.incident import Key
from vagt.escalation.record import Mark, MarkKind, line_of, record_of

RIGS: dict[str, Callable[[Path], Any]] = {
    "embedded": EmbeddedRig,
    "servicenow": lambda _: SnowRig(),
    "ivanti": lambda _: IvantiRig(),
    "jira-cloud": lambda _: JsmRig(),
    "jira-dc": lambda _: JsmRig(deployment="datacenter"),
    "pagerduty": lambda _: PdRig(),
}
SAID = Mark(
    kind=MarkKind.CLAIM,
    path="P1 – Größe & <co> [“x”]",
    step=2,
    round="1764038400",
    id="0123456789abcdef",
    at=datetime(2026, 11, 25, tzinfo=UTC),
    by="Anna Žižek <anna@example.org>",
    until=datetime(2026, 11, 25, 3, tzinfo=UTC),
)
WORDS = {
    "plain": "Vagt escalates: step 2 on p1 is due (the on-call of db).",
    "signs": "a < b && c > d — *bold* _em_ {code} [link|x] &amp; <b>html</b> “quoted” ✓ 障害\n> quoted\n\n| a | b |",
    "long": " ".join(["Somebody has much to say about this."] * 60),
}


def command(id: str, text: str) -> Command:
    return Command(
        id=uuid4().hex,
        backend="b",
        subject=Key("b", id),
        ref=f"b:{id}",
        change=Note(text),
        by="anna",
        at=datetime.now(UTC),
    )


@pytest.mark.parametrize("name", RIGS)
async def test_a_marker_comes_back_from_a_note_as_it_was_written(tmp_path: Path, name: str) -> None:
    rig = RIGS[name](tmp_path)
    if hasattr(rig, "start"):
        await rig.start()
    try:
        (id,) = await rig.seed(["Mail is down"])
        session = await rig.connect()
        await session.probe()
        for number, words in enumerate(WORDS.values(), 1):
            said = line_of(replace(SAID, step=number))
            await session.perform(command(id, f"{words}\n\n{said}"), None)
        entries = await session.timeline(id)
        marks = sorted(record_of(entries).marks, key=lambda mark: mark.step)
        assert [replace(mark, at=SAID.at) for mark in marks] == [replace(SAID, step=n) for n in (1, 2, 3)]
        now = datetime.now(UTC)
        assert all(abs(mark.at - now) < timedelta(seconds=30) for mark in marks), "dated by the backend, not long ago"
        assert not any("[vagt" in marker.without(entry.text) for entry in entries)
    finally:
        await rig.close()


@pytest.mark.parametrize("name", RIGS)
async def test_the_newest_marker_is_found_under_many_notes_and_the_oldest_too(tmp_path: Path, name: str) -> None:
    rig = RIGS[name](tmp_path)
    if hasattr(rig, "start"):
        await rig.start()
    try:
        (id,) = await rig.seed(["Mail is down"])
        session = await rig.connect()
        await session.probe()
        await session.perform(command(id, line_of(replace(SAID, step=1))), None)
        # more than a page of a hundred; the Jira double takes no more than this at once, as Jira does
        for number in range(18 if name == "jira-cloud" else 110):
            await session.perform(command(id, f"check {number} failed"), None)
        await session.perform(command(id, line_of(replace(SAID, step=2))), None)
        assert sorted(mark.step for mark in record_of(await session.timeline(id)).marks) == [1, 2]
    finally:
        await rig.close()
