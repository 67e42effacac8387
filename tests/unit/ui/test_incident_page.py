"""What the incident page says, as the operator reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vagt.domain.commands import Command, Resolve
from vagt.domain.incident import ClockState, Incident, Link, LinkKind, SlaClock, State
from vagt.domain.timeline import EntryKind, TimelineEntry
from vagt.engine.intent import Intent, Stage
from vagt.ui.screens.incident.facts import facts, headline, state_words
from vagt.ui.screens.incident.page import Telling, page
from vagt_widgets.safe_text import cells

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MAIL = Incident(
    backend="desk",
    id="1",
    number="INC1",
    title="Mail is down",
    state=State.WAITING,
    native_state="Pending",
    description="Nobody gets mail.\nSince two.",
    priority=1,
    impact=1,
    urgency=2,
    team="NOC",
    assignee="anna",
    assignee_name="Anna Holm",
    caller="Ole",
    service="Mail",
    created_at=NOW - timedelta(hours=2, minutes=5),
    waiting_reason="vendor",
    waiting_until=NOW + timedelta(hours=1),
    sla=(
        SlaClock("response", NOW - timedelta(hours=1), ClockState.MET),
        SlaClock("resolution", NOW + timedelta(minutes=30), ClockState.RUNNING, NOW - timedelta(hours=2)),
    ),
    links=(Link(LinkKind.PROBLEM, "PRB7", "Old disks"),),
    extra=(("Site", "Aarhus"),),
)


def read(incident: Incident, *, intents: tuple[Intent, ...] = (), telling: Telling = Telling(), width: int = 60) -> str:  # noqa: B008
    blocks = page(incident, intents, telling, NOW, zone=UTC)
    return "\n".join("".join(text for _, text in line) for block in blocks for line in block.lines(width))


def resolving(stage: Stage, reason: str = "") -> Intent:
    command = Command(
        id="a", backend="desk", subject=MAIL.key, ref=MAIL.ref, change=Resolve("fixed"), by="anna", at=NOW, base=MAIL
    )
    return Intent(command=command, stage=stage, seq=1, not_before=NOW + timedelta(seconds=4), reason=reason)


def test_the_headline_says_reference_priority_and_state_in_words() -> None:
    assert [text for text, _ in headline(MAIL)] == ["desk:INC1", "P1 critical", "WAITING (Pending)"]
    assert headline(replace(MAIL, major=True))[-1][0] == "MAJOR INCIDENT"
    assert state_words(replace(MAIL, state=State.NEW, native_state="new")) == "NEW"


def test_everything_known_stands_on_the_page() -> None:
    text = read(MAIL)
    for known in (
        "Mail is down",
        "response: met",
        "resolution: 30 m left, 80 % used (due 03:30)",
        "vendor until 04:00 (in 1 h)",
        "NOC",
        "Anna Holm (anna)",
        "1 high · urgency 2 medium",
        "00:55 (2 h 5 m ago)",
        "problem   PRB7  Old disks",
        "Site        Aarhus",
        "Nobody gets mail.",
        "Since two.",
    ):
        assert known in text


def test_nobody_and_no_team_are_said_and_not_left_blank() -> None:
    text = read(replace(MAIL, assignee=None, assignee_name=None, team=None))
    assert "Assignee    nobody" in text
    assert "Team        none" in text


def test_a_breached_clock_says_so_in_words() -> None:
    late = replace(MAIL, sla=(SlaClock("resolution", NOW - timedelta(minutes=7), ClockState.RUNNING),))
    assert [fact.value for fact in facts(late, NOW, UTC) if fact.label == "SLA"] == [
        "resolution: BREACHED by 7 m (due 02:53)"
    ]


def test_internal_and_public_entries_differ_in_words_and_in_place() -> None:
    telling = Telling(
        (
            TimelineEntry(NOW - timedelta(minutes=9), "bo", EntryKind.NOTE, False, "Checking the disks"),
            TimelineEntry(NOW - timedelta(minutes=2), "anna", EntryKind.COMMENT, True, "We are on it"),
        )
    )
    lines = read(MAIL, telling=telling).splitlines()
    public = next(line for line in lines if "PUBLIC" in line)
    internal = next(line for line in lines if "internal" in line)
    assert public.startswith("» 02:58  PUBLIC  comment  anna  2 m ago")
    assert internal.startswith("    │ 02:51  internal  note  bo")
    assert lines.index(public) < lines.index(internal), "the newest stands first"


@pytest.mark.parametrize(
    ("stage", "reason", "said"),
    [
        (Stage.HELD, "", "leaves in 4 s, u takes it back"),
        (Stage.UNSURE, "", "asking whether it arrived"),
        (Stage.CONFLICT, "Bo acknowledged it 4 s ago", "CONFLICT: Bo acknowledged it 4 s ago"),
        (Stage.REFUSED, "code is missing", "REFUSED: code is missing"),
    ],
)
def test_an_action_of_mine_tells_its_stage_and_reason(stage: Stage, reason: str, said: str) -> None:
    assert said in read(MAIL, intents=(resolving(stage, reason),))


def test_a_timeline_that_cannot_be_read_says_so_and_keeps_what_was_known() -> None:
    entry = TimelineEntry(NOW, "bo", EntryKind.NOTE, False, "Checking")
    text = read(MAIL, telling=Telling((entry,), problem="The timeline cannot be read now: gone. r asks again."))
    assert "r asks again" in text
    assert "Checking" in text


@pytest.mark.parametrize("width", [20, 40, 60, 200])
def test_no_line_is_wider_than_the_pane(width: int) -> None:
    hostile = replace(
        MAIL,
        title="漢字" * 80,
        description="x" * 500 + "\n" + "[red]no markup[/] \x1b[31mred",
        extra=(("A very long label indeed", "v" * 300),),
    )
    telling = Telling((TimelineEntry(NOW, "n" * 90, EntryKind.COMMENT, True, "t" * 300),))
    lines = read(hostile, telling=telling, width=width).splitlines()
    assert max(cells(line) for line in lines) <= width
    assert not any("\x1b" in line for line in lines)


def test_markup_in_data_stays_text() -> None:
    assert "[red]boo[/red]" in read(replace(MAIL, description="[red]boo[/red]"))
