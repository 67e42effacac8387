"""Triage mode as the operator meets it: what stands there, what enter does, and what happens meanwhile."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest
from textual.events import Key as Key_

from tests.screens.triage_past import Past
from tests.screens.triage_stage import SIZES, Shift, shift
from vagt.domain.commands import Acknowledge, Assign, Note, Resolve, SetPriority, Verb
from vagt.domain.incident import Incident, LinkKind, State


@pytest.fixture
def past() -> Past:
    return Past()


@pytest.fixture(params=SIZES, ids=["80x24", "200x50"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return tuple(request.param)


async def begin(anna: Shift, words: str = "went to Network") -> None:
    """Open triage mode and wait until it has thought."""
    await anna.press("T")
    await anna.shows(words)


async def on_screen(anna: Shift, incident: Incident) -> None:
    """Wait until this incident is the one that keys mean."""
    await anna.until(lambda: anna.app.screen.subjects() == (incident.key,), incident.ref)  # type: ignore[attr-defined]
    await anna.settle()


async def test_the_worst_stands_first_with_what_those_like_it_suggest(
    tmp_path: Path, past: Past, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, past, size=size) as anna:
        await begin(anna)
        assert "Triage: 1 of 3" in anna.text
        assert "desk:10041" in anna.text
        assert "12 of the last 12 like this went to Network" in anna.words
        assert "12 of the last 12 like this had medium impact" in anna.words
        assert "enter sets impact 2 medium, team Network, so P2 instead of P3" in anna.words
        assert "VPN drops in Esbjerg too" in anna.words


async def test_enter_sends_all_of_it_as_one_action_and_goes_on(
    tmp_path: Path, past: Past, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, past, size=size) as anna:
        await begin(anna)
        await anna.press("enter")
        await on_screen(anna, past.again)
        assert "Triage: 2 of 3 · 1 accepted" in anna.text
        intents = anna.real.intents()
        assert [intent.command.change for intent in intents] == [
            SetPriority(impact=2, urgency=1),
            Assign(team="Network"),
        ]
        assert len({intent.command.bulk for intent in intents}) == 1
        await anna.sent()
        now = await anna.bo.now(past.vpn.id)
        assert (now.impact, now.urgency, now.priority, now.team) == (2, 1, 2, "Network")


async def test_undo_takes_all_of_it_back_and_returns_to_the_incident(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        await anna.press("enter")
        await on_screen(anna, past.again)
        await anna.press("u")
        await on_screen(anna, past.vpn)
        assert "Taken back: priority and assign 10041" in anna.text
        assert "Triage: 1 of 3" in anna.text
        assert anna.real.intents() == ()
        assert not anna.queue.rows.marks


async def test_a_level_and_the_team_are_corrected_before_enter(
    tmp_path: Path, past: Past, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, past, size=size) as anna:
        await begin(anna)
        await anna.press("1")
        await anna.shows("a digit picks")
        await anna.press("1")
        await anna.shows("your word")
        await anna.press("3")
        await anna.shows("type to narrow")
        await anna.shows("team")
        await anna.write("NOC")
        await anna.shows("▶ NOC")
        await anna.press("enter")
        await anna.shows("enter sets impact 1 high, so P1 instead of P3")
        assert anna.real.intents() == ()
        await anna.press("enter")
        await anna.sent()
        now = await anna.bo.now(past.vpn.id)
        assert (now.impact, now.urgency, now.priority, now.team) == (1, 1, 1, "NOC")


async def test_a_suggestion_is_left_out(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        await anna.press("1")
        await anna.shows("leave it")
        await anna.press("0")
        await anna.shows("enter sets team Network · space skips")
        await anna.press("enter")
        await anna.until(anna.real.intents, "the action")
        assert [intent.command.change for intent in anna.real.intents()] == [Assign(team="Network")]


async def test_skipped_ones_come_again_at_the_end(tmp_path: Path, past: Past, size: tuple[int, int]) -> None:
    async with shift(tmp_path, past, size=size) as anna:
        await begin(anna)
        for following in (past.again, past.odd):
            await anna.press("space")
            await on_screen(anna, following)
        await anna.press("backspace")
        await on_screen(anna, past.again)
        await anna.press("space")
        await on_screen(anna, past.odd)
        await anna.press("space")
        await anna.shows("That was all: 3 incidents.")
        assert "   3  skipped" in anna.text
        await anna.press("enter")
        await on_screen(anna, past.vpn)
        await anna.press("escape")
        await anna.until(lambda: anna.app.screen is anna.queue, "the queue")
        assert anna.real.intents() == ()


async def test_the_usual_keys_settle_it_and_lead_on(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        await anna.press("a")
        await on_screen(anna, past.again)
        assert "1 decided" in anna.text
        await anna.press("n")
        await anna.write("asked the caller")
        await anna.press("ctrl+s")
        await anna.shows("Noted on 10042")
        await on_screen(anna, past.again)
        await anna.press("t")
        await on_screen(anna, past.odd)
        await anna.sent()
        assert (await anna.bo.now(past.vpn.id)).assignee == "anna"
        assert (await anna.bo.now(past.again.id)).assignee == "anna"


async def test_without_an_undo_window_a_deed_leads_on_too(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past, undo=0) as anna:
        await begin(anna)
        await anna.press("A")
        await anna.shows("Dorte Bach")
        await anna.write("net")
        await anna.press("enter")
        await on_screen(anna, past.again)
        await anna.until(lambda: not anna.real.intents(), "it to be sent")
        assert (await anna.bo.now(past.vpn.id)).team == "Network"
        await on_screen(anna, past.again)


async def test_a_duplicate_is_merged_from_here(tmp_path: Path, past: Past, size: tuple[int, int]) -> None:
    async with shift(tmp_path, past, size=size) as anna:
        await begin(anna)
        await anna.press("space")
        await on_screen(anna, past.again)
        await anna.shows("Perhaps the same")
        await anna.press("d")
        await anna.shows("goes into 10041")
        await anna.press("d")
        await on_screen(anna, past.odd)
        (intent,) = anna.real.intents()
        assert intent.command.verb is Verb.LINK
        assert intent.command.subject == past.again.key
        await anna.sent()
        links = (await anna.bo.now(past.again.id)).links
        assert [(link.kind, link.ref) for link in links] == [(LinkKind.DUPLICATE, past.vpn.ref)]


async def test_what_a_colleague_takes_meanwhile_says_so_and_is_passed_over(
    tmp_path: Path, past: Past, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, past, size=size) as anna:
        await begin(anna)
        await anna.bo.does(Acknowledge(), past.vpn.id)
        anna.real.refresh()
        await anna.shows("Meanwhile: it was taken by Bo Friis.")
        assert anna.app.screen.subjects() == (past.vpn.key,)  # type: ignore[attr-defined]
        assert "enter goes on" in anna.text
        await anna.press("enter")
        await on_screen(anna, past.again)
        assert "1 passed over" in anna.text
        assert anna.real.intents() == ()


async def test_one_to_come_that_a_colleague_takes_is_told_and_never_shown(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        await anna.bo.does(Acknowledge(), past.again.id)
        anna.real.refresh()
        await anna.shows("desk:10042 was taken by Bo Friis: passed over")
        assert "Triage: 2 of 3 · 1 passed over" in anna.text
        await anna.press("space")
        await on_screen(anna, past.odd)


async def test_a_worse_one_that_arrives_waits_until_this_one_is_left(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        worse = await anna.bo.opened("Fire in the server room", impact=1, urgency=1)
        anna.real.refresh()
        await anna.shows("Triage: 1 of 4")
        assert anna.app.screen.subjects() == (past.vpn.key,)  # type: ignore[attr-defined]
        await anna.press("space")
        await on_screen(anna, worse)


async def test_a_change_of_the_incident_changes_the_offer_in_sight(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        await anna.bo.does(Assign(team="Network"), past.vpn.id)
        anna.real.refresh()
        await anna.shows("enter sets impact 2 medium, so P2 instead of P3")
        await anna.press("enter")
        await anna.until(anna.real.intents, "the action")
        assert [intent.command.change for intent in anna.real.intents()] == [SetPriority(impact=2, urgency=1)]


async def test_a_key_from_before_the_incident_stood_there_does_nothing(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        early = Key_("enter", None)
        early.time = monotonic() - 60
        anna.app.post_message(early)
        await anna.shows("Pressed before this stood on the screen: nothing was done.")
        assert anna.app.screen.subjects() == (past.vpn.key,)  # type: ignore[attr-defined]
        assert anna.real.intents() == ()


async def test_two_enters_at_once_accept_one_incident(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        for _ in range(2):
            anna.app.post_message(Key_("enter", None))
        await on_screen(anna, past.again)
        assert {intent.command.subject for intent in anna.real.intents()} == {past.vpn.key}


async def test_without_a_past_nothing_is_suggested_and_enter_does_nothing(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    past = Past(history=0)
    async with shift(tmp_path, past, size=size) as anna:
        await begin(anna, "No past incident is known yet")
        assert "like this" not in anna.text
        assert "enter has nothing to set here" in anna.text
        await anna.press("enter")
        assert "Nothing is suggested here to accept" in anna.text
        assert anna.real.intents() == ()
        assert anna.app.screen.subjects() == (past.vpn.key,)  # type: ignore[attr-defined]


async def test_what_is_like_none_gets_no_suggestion(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        await anna.press("space")
        await on_screen(anna, past.again)
        await anna.press("space")
        await on_screen(anna, past.odd)
        await anna.shows("No suggestion: too few were similar")
        assert "like this" not in anna.text


async def test_a_backend_that_may_not_be_written_to_gets_nothing_to_accept(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past, read_only=("desk",)) as anna:
        await anna.press("T")
        await anna.shows("perhaps VPN")
        assert "enter has nothing to set here" in anna.text
        await anna.press("enter", "3")
        assert "cannot be set" in anna.text
        assert anna.real.intents() == ()


async def test_nothing_waits_and_what_arrives_is_told(tmp_path: Path) -> None:
    async with shift(tmp_path) as anna:
        await begin(anna, "Nothing waits for triage.")
        await anna.press("enter", "space", "d", "1", "a", "backspace")
        one = await anna.bo.opened("Mail is slow")
        anna.real.refresh()
        await anna.shows("1 incident arrived since: enter shows the worst")
        await anna.press("enter")
        await on_screen(anna, one)


async def test_what_is_refused_is_told_on_the_last_page(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        await anna.bo.does(Note("a colleague reads it"), past.vpn.id)
        await anna.press("enter")
        await on_screen(anna, past.again)
        await anna.bo.does(Resolve("Solved.", "fixed"), past.vpn.id)
        await anna.sent()
        await anna.until(anna.stuck, "the conflict")
        await anna.press("space")
        await on_screen(anna, past.odd)
        await anna.press("space")
        await anna.shows("cannot go on without you: O decides")
        assert (await anna.bo.now(past.vpn.id)).state is State.RESOLVED


async def test_everything_about_it_opens_and_comes_back(tmp_path: Path, past: Past) -> None:
    async with shift(tmp_path, past) as anna:
        await begin(anna)
        await anna.press("i")
        await anna.shows("Timeline")
        await anna.press("escape")
        await on_screen(anna, past.vpn)
