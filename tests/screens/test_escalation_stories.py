"""Escalation at the console: from the bell to somebody who knows, held steps, reminders."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.adapters.embedded import Desk
from tests.screens.triage_stage import Shift, shift
from tests.unit.engine.fakes import FakeChannel
from vagt.config.response import EscalationSettings, PersonSettings, RotaSettings, StepSettings
from vagt.config.settings import ConsoleSettings, Settings
from vagt.domain import marker
from vagt.domain.commands import Acknowledge, Assign, Reopen, Resolve
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine
from vagt.ui.screens.triage import snooze

PEOPLE = (
    PersonSettings(name="anna", full_name="Anna Holm", manager="bo", channels=("anna-ntfy",)),
    PersonSettings(name="carl", full_name="Carl Lund", manager="bo", channels=("carl-ntfy",)),
    PersonSettings(name="bo", full_name="Bo Friis", channels=("dora-mail",)),
)
ROTAS = (
    RotaSettings(name="noc", team="NOC", people=("anna",), start=datetime(2026, 11, 1), every=86400.0),
    RotaSettings(
        name="net", team="Network", timezone="Asia/Tokyo", people=("carl",), start=datetime(2026, 11, 1), every=86400.0
    ),
)
PATH = EscalationSettings(
    name="p1",
    query="p<=1",
    steps=(
        StepSettings(after=0, to="oncall:noc"),
        StepSettings(after=600, to="oncall:net", notify=("noc-chat",)),
        StepSettings(after=1500, to="manager", kind="hierarchical"),
    ),
)


def config(settings: Settings, *, watch: bool = False) -> Settings:
    return replace(
        settings,
        console=ConsoleSettings(undo=0.0, watch=watch),
        people=PEOPLE,
        rotas=ROTAS,
        escalations=(PATH,),
    )


async def one(bo: Desk) -> Incident:
    return await bo.opened("Mail is down", impact=1, urgency=1, service="E-mail")


class Story:
    """The incident of a test, and whoever can be told."""

    def __init__(self) -> None:
        self.channels = {name: FakeChannel() for name in ("anna-ntfy", "carl-ntfy", "dora-mail", "noc-chat")}
        self.incident: Incident | None = None

    @property
    def told(self) -> list[str]:
        """Which channels told somebody something."""
        return sorted(name for name, channel in self.channels.items() for _ in channel.told)

    async def prepare(self, bo: Desk) -> None:
        self.incident = await one(bo)

    async def begin(self, play: Shift) -> Incident:
        assert self.incident is not None
        await play.point_at(self.incident)
        return self.incident


async def test_from_the_bell_to_the_on_call_of_another_team_in_three_keys(tmp_path: Path) -> None:
    story = Story()
    async with shift(tmp_path, story.prepare, size=(100, 30), config=config, channels=story.channels) as play:
        incident = await story.begin(play)
        await play.press("e")
        await play.shows("Carl Lund (18:00 there) by carl-ntfy")
        assert "step 1 due" in play.words
        await play.press("2")
        await play.shows("Enter: Carl Lund")
        await play.press("enter")
        await play.until(lambda: len(story.told) == 2, "two people to be told")
        assert story.told == ["carl-ntfy", "noc-chat"]
        assert "nobody has acknowledged it" in story.channels["carl-ntfy"].told[0].text
        await play.until(lambda: not play.real.intents(), "everything to be confirmed")
        await play.shows("told Carl Lund by carl-ntfy")
        assert (await play.bo.now(incident.id)).team == "Network"
        entries = await play.real.timeline(incident.key)
        assert [each.kind for entry in entries for each in marker.find(entry.text)] == ["done"]


async def test_the_reason_is_ones_own_where_one_is_typed_and_esc_does_nothing(tmp_path: Path) -> None:
    story = Story()
    async with shift(tmp_path, story.prepare, size=(100, 30), config=config, channels=story.channels) as play:
        incident = await story.begin(play)
        await play.press("e")
        await play.shows("Carl Lund")
        await play.press("escape")
        assert play.real.intents() == ()
        await play.press("e")
        await play.shows("Carl Lund")
        await play.press("3")
        await play.shows("Enter: Bo Friis")
        assert "enter escalates" in play.text
        await play.write("the board asks")  # replaces the reason that is proposed
        await play.press("enter")
        await play.until(lambda: bool(story.told), "the manager to be told")
        assert story.told == ["dora-mail"]
        await play.until(lambda: not play.real.intents(), "everything to be confirmed")
        entries = await play.real.timeline(incident.key)
        (said,) = (entry.text for entry in entries if "the board asks" in entry.text)
        assert said.startswith("Escalated by Anna Holm, step 3 of 3") and "Reason: the board asks" in said


async def test_somebody_else_by_name(tmp_path: Path) -> None:
    story = Story()
    async with shift(tmp_path, story.prepare, size=(80, 24), config=config, channels=story.channels) as play:
        await story.begin(play)
        await play.press("e")
        await play.shows("somebody else")
        await play.press("o")
        await play.shows("Whom?")
        assert "channel:NAME, manager or a name" in play.text
        await play.write("nobody at all")
        await play.press("enter")
        await play.until(lambda: "Enter:" in play.text or "escalated by" in play.text, "what will happen")


async def test_what_is_due_is_proposed_and_not_taken_without_watch(tmp_path: Path) -> None:
    story = Story()
    async with shift(tmp_path, story.prepare, size=(110, 30), config=config, channels=story.channels) as play:
        await story.begin(play)
        await play.until(lambda: play.app.keeping is not None, "the watch")
        for _ in range(10):
            await play.pass_time(1)
        await play.shows("step 1, the on-call of noc, is due since")
        assert story.told == []


async def test_a_step_that_a_watching_console_announces_can_be_held(tmp_path: Path) -> None:
    story = Story()
    async with shift(
        tmp_path,
        story.prepare,
        size=(110, 30),
        config=lambda settings: config(settings, watch=True),
        channels=story.channels,
    ) as play:
        incident = await story.begin(play)

        def comes_next() -> int:
            rung = play.app.keeping.escalation.ladder.get(incident.key) if play.app.keeping is not None else None
            return rung.standing.next.number if rung is not None and rung.standing.next is not None else 0

        await play.in_time(lambda: story.told, "the first step")
        assert story.told == ["anna-ntfy"]
        # told is not yet said: a step that is said to be done late moves the next one
        await play.in_time(lambda: comes_next() == 2, "the second step to be next")
        await play.pass_time(530)
        await play.in_time(lambda: "h holds it" in play.text, "what is announced")
        await play.press("h")
        await play.shows("is held until")
        for _ in range(40):
            await play.pass_time(3)
        assert story.told == ["anna-ntfy"]
        assert "h holds it" not in play.text


async def test_the_row_shows_which_clock_runs_out_next(tmp_path: Path) -> None:
    story = Story()
    async with shift(tmp_path, story.prepare, size=(110, 30), config=config, channels=story.channels) as play:
        incident = await story.begin(play)
        for _ in range(6):
            await play.pass_time(1)
        shown = play.real.board.get(incident.key)
        assert shown is not None
        assert any(clock.kind == "escalation" for clock in shown.sla)


async def test_who_is_on_call_by_the_rotas_until_when_and_who_comes_then(tmp_path: Path) -> None:
    story = Story()
    empty = RotaSettings(name="db", team="Databases", people=("carl",), start=datetime(2027, 1, 1), every=86400.0)
    two = replace(ROTAS[0], people=("anna", "carl"))
    async with shift(
        tmp_path,
        story.prepare,
        size=(100, 30),
        config=lambda settings: replace(config(settings), rotas=(two, ROTAS[1], empty)),
        channels=story.channels,
    ) as play:
        await play.press("w")
        await play.shows("rotas of the config")
        assert "Carl Lund (carl) (18:00 there)" in play.words
        assert "NOBODY is on call for Databases (rota db)" in play.words
        assert "from 25 Nov 00:00" in play.words


async def test_put_away_with_a_note_it_rings_when_it_comes_back(tmp_path: Path) -> None:
    story = Story()
    async with shift(tmp_path, story.prepare, size=(110, 30), config=config, channels=story.channels) as play:
        incident = await story.begin(play)
        await play.press("z", "5")
        await play.write("20m call the vendor")
        await play.shows("then a reminder: call the vendor")
        await play.press("enter")
        await play.until(lambda: play.real.board.is_snoozed(incident.key), "it to be out of sight")
        for _ in range(4):
            await play.pass_time(301)
            await play.pass_time(1)
        await play.shows("call the vendor · h puts it away")
        assert story.channels["anna-ntfy"].told[0].title == f"Reminder: {incident.ref}"
        await play.press("h")
        await play.until(lambda: "puts it away" not in play.text, "the reminder to be gone")


async def test_a_snooze_that_is_given_up_leaves_no_reminder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story()

    async def given_up(*_: object, **__: object) -> None:
        return None

    # as on a backend that keeps snoozes itself and wants to know why
    monkeypatch.setattr(snooze, "ask_fields", given_up)
    monkeypatch.setattr(Engine, "knows", lambda *_: True)
    async with shift(tmp_path, story.prepare, size=(110, 30), config=config, channels=story.channels) as play:
        await story.begin(play)
        await play.until(lambda: play.app.keeping is not None, "the watch")
        await play.press("z", "5")
        await play.write("20m call the vendor")
        await play.press("enter")
        await play.until(lambda: len(play.app.screen_stack) == 1, "the question to be over")
        assert play.app.keeping is not None
        assert play.app.keeping.escalation.reminding.all() == ()


async def test_the_hand_over_is_walked_through_and_accepted(tmp_path: Path) -> None:
    story = Story()
    async with shift(tmp_path, story.prepare, size=(100, 30), config=config, channels=story.channels) as play:
        incident = await story.begin(play)
        await play.press("H")
        await play.shows("1 to walk through; enter begins.")
        assert "On call" in play.text
        await play.press("enter")
        await play.shows("Hand-over · 1 of 1 · 0 of 1 accepted")
        assert "Mail is down" in play.text
        await play.press("enter")
        await play.shows("All of it is accepted.")
        log = (tmp_path / "audit.jsonl").read_text()
        assert f'"what":"handover","on":"{incident.ref}","result":"accepted"' in log
        await play.press("backspace")
        await play.shows("1 of 1 accepted")
        await play.press("escape")
        assert play.app.screen is play.queue


async def test_what_was_only_skipped_is_told_in_the_end(tmp_path: Path) -> None:
    story = Story()
    async with shift(tmp_path, story.prepare, size=(80, 24), config=config, channels=story.channels) as play:
        await story.begin(play)
        await play.press("H")
        await play.shows("enter begins")
        await play.press("space", "space")
        await play.shows("1 of 1 is not accepted; enter goes through it:")


async def test_in_the_end_enter_goes_through_what_was_left(tmp_path: Path) -> None:
    story = Story()

    async def four(bo: Desk) -> None:
        await story.prepare(bo)
        for number in (1, 2, 3):
            await bo.opened(f"Disk {number} is full", impact=1, urgency=2, service="E-mail")

    async with shift(tmp_path, four, size=(80, 24), config=config, channels=story.channels) as play:
        await story.begin(play)
        await play.press("H")
        await play.shows("4 to walk through; enter begins")
        for key, page in (("enter", "1 of 4 · 0"), ("enter", "2 of 4 · 1"), ("space", "3 of 4 · 1")):
            await play.press(key)
            await play.shows(f"Hand-over · {page}")
        await play.press("enter")
        await play.shows("Hand-over · 4 of 4 · 2")
        await play.press("space")
        await play.shows("2 of 4 are not accepted; enter goes through them:")
        await play.press("enter")
        await play.shows("Hand-over · 2 of 4 · 2")
        await play.press("enter")
        await play.shows("Hand-over · 4 of 4 · 3")
        await play.press("enter")
        await play.shows("All of it is accepted.")


async def test_what_a_colleague_reopened_is_taken_in_hand_with_a(tmp_path: Path) -> None:
    story = Story()

    async def reopened(bo: Desk) -> None:
        await story.prepare(bo)
        assert story.incident is not None
        id = story.incident.id
        await bo.does(Assign(to="anna"), id)
        await bo.does(Acknowledge(), id)
        await bo.does(Resolve("restarted"), id)
        await bo.does(Reopen(), id)

    async with shift(tmp_path, reopened, size=(110, 30), config=config, channels=story.channels) as play:
        await play.press("6")
        incident = await story.begin(play)
        await play.in_time(
            lambda: play.app.keeping is not None and play.app.keeping.comes_back(incident.key),
            "its timeline to be read",
        )
        await play.shows("step 1, the on-call of noc, is due since")
        await play.press("a")
        await play.until(lambda: not play.real.intents(), "everything to be confirmed")
        entries = await play.real.timeline(incident.key)
        (said,) = (entry.text for entry in entries if "has it again" in entry.text)
        assert marker.without(said) == "Anna Holm has it again: it was reopened."
        assert play.app.keeping is not None
        assert not play.app.keeping.comes_back(incident.key)
        await play.press("a")
        await play.shows("acknowledged already")
