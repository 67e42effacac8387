"""What the operator presses, what they see, and what the backend then holds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.events import Key as Key_
from textual.events import Paste

from tests.adapters.embedded import Desk, desk
from tests.screens.triage_stage import SIZES, Shift, shift
from vagt.adapters.protocol import UnavailableError
from vagt.domain.commands import Create, SetMajor, Verb
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, Key, LinkKind, State
from vagt.engine.engine import Request
from vagt.ui.screens.triage import assign, priority
from vagt.ui.screens.triage.candidates import Candidates


class Board:
    """Three incidents of E-mail and VPN, filled in when the backend is prepared."""

    mail: Incident
    again: Incident
    vpn: Incident

    async def __call__(self, bo: Desk) -> None:
        self.mail = await bo.opened(
            "Mail is slow in Aarhus",
            impact=1,
            urgency=2,
            service="E-mail",
            caller="Ole Hansen",
            description="Since two.",
        )
        self.again = await bo.opened("Mail slow again", impact=2, urgency=2, service="E-mail")
        self.vpn = await bo.opened("VPN is down", impact=3, urgency=3, service="VPN")


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture(params=SIZES, ids=["80x24", "200x50"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return tuple(request.param)


async def test_an_internal_note_says_internal_and_arrives_as_typed(
    tmp_path: Path, board: Board, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.point_at(board.vpn)
        await anna.press("n")
        assert "INTERNAL note" in anna.text
        await anna.write("looking")
        await anna.press("enter")
        await anna.write("at it")
        await anna.press("ctrl+s")
        await anna.sent()
        entries = await anna.bo.session.timeline(board.vpn.id)
        assert [(entry.text, entry.public) for entry in entries][-1] == ("looking\nat it", False)


async def test_a_public_comment_says_who_will_read_it(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("c")
        assert "PUBLIC comment" in anna.text
        assert "Ole Hansen and everybody else who can see the incident can read this." in anna.words
        assert "No mail is sent" in anna.words
        await anna.write("We are on it")
        await anna.press("ctrl+s")
        await anna.sent()
        entries = await anna.bo.session.timeline(board.mail.id)
        assert [(entry.text, entry.public) for entry in entries][-1] == ("We are on it", True)


async def test_nothing_is_sent_while_nothing_is_written(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("n", "ctrl+s")
        assert "Nothing is written yet" in anna.text
        await anna.press("escape")
        assert anna.real.intents() == ()


async def test_a_long_paste_is_kept_verbatim_and_triggers_nothing(tmp_path: Path, board: Board) -> None:
    pasted = "\n".join(f"2026-11-24 line {number} jjkkRM\t[red]tail" for number in range(400))
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("n")
        anna.app.post_message(Paste(pasted))
        await anna.settle()
        await anna.press("ctrl+s")
        await anna.sent()
        assert [intent.reason for intent in anna.stuck()] == []
        assert (await anna.bo.told(board.mail.id))[-1] == pasted


async def test_a_draft_is_kept_on_esc_for_this_incident_and_action_only(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("n")
        await anna.write("half a thought")
        await anna.press("escape")
        await anna.press("c")
        assert "half a thought" not in anna.text
        await anna.press("escape")
        await anna.point_at(board.vpn)
        await anna.press("n")
        assert "half a thought" not in anna.text
        await anna.press("escape")
        await anna.point_at(board.mail)
        await anna.press("n")
        assert "half a thought" in anna.text
        await anna.press("ctrl+s")
        await anna.sent()
        assert (await anna.bo.told(board.mail.id))[-1] == "half a thought"
        await anna.press("n")
        assert "half a thought" not in anna.text


async def test_assigning_finds_teams_and_people_together(tmp_path: Path, board: Board, size: tuple[int, int]) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.point_at(board.vpn)
        await anna.press("A")
        await anna.shows("Dorte Bach")
        await anna.write("noc")
        await anna.press("enter")
        await anna.shows("to NOC · u undoes")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).team == "NOC"


async def test_a_team_and_a_person_are_not_taken_where_the_backend_has_one_owner(
    tmp_path: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assign, "one_owner", lambda *_: "PagerDuty")
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("A")
        await anna.shows("Dorte Bach")
        assert "enter takes a team or a person" in anna.text
        await anna.write("noc")
        await anna.press("tab")
        await anna.press(*["backspace"] * 3)
        await anna.write("dorte")
        await anna.press("tab", "enter")
        assert "PagerDuty gives it to a team or to a person, not to both" in anna.words
        assert anna.real.intents() == ()
        await anna.press("tab", "enter")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).team == "NOC"


async def test_whoever_was_chosen_before_stands_first(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("A")
        await anna.shows("Dorte Bach")
        await anna.write("dorte")
        await anna.press("enter")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).assignee == "dorte"
        await anna.press("A")
        await anna.shows("Network")
        assert "Dorte Bach" in anna.line_with("│ ▶")


async def test_an_incident_is_given_back_to_nobody(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("t")
        await anna.sent()
        await anna.press("A")
        await anna.shows("nobody")
        await anna.write("nobody")
        await anna.press("enter")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).assignee is None


async def test_the_priority_follows_from_the_matrix(tmp_path: Path, board: Board, size: tuple[int, int]) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.point_at(board.vpn)
        await anna.press("p")
        assert "[P5 planning •]" in anna.text
        await anna.press("1", "1")
        assert "[P1 critical]" in anna.text
        await anna.press("enter")
        await anna.sent()
        now = await anna.bo.now(board.vpn.id)
        assert (now.impact, now.urgency, now.priority) == (1, 1, 1)


async def test_holding_asks_for_reason_and_until(tmp_path: Path, board: Board, size: tuple[int, int]) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.point_at(board.vpn)
        await anna.press("s")
        await anna.shows("1 Hold")
        await anna.press("1")
        await anna.shows("Reason")
        await anna.press("tab")
        await anna.write("4h")
        await anna.press("ctrl+s")
        await anna.sent()
        now = await anna.bo.now(board.vpn.id)
        assert now.state is State.WAITING
        assert now.waiting_until is not None
        assert now.waiting_until.hour == 13


async def test_a_held_incident_is_resumed_by_the_backends_own_transition(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("s")
        await anna.shows("1 Hold")
        await anna.press("1")
        await anna.shows("Reason")
        await anna.press("ctrl+s")
        await anna.sent()
        await anna.press("s")
        await anna.shows("Resume work")
        await anna.press(anna.line_with("Resume work").split("Resume")[0].split()[-1])
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).state is State.ACTIVE


async def test_a_transition_asks_for_exactly_what_it_requires(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("s")
        await anna.shows("Cancel")
        await anna.press(anna.line_with("Cancel").split("Cancel")[0].split()[-1])
        await anna.shows("Why it is no incident (required)")
        await anna.press("ctrl+s")
        assert "is required" in anna.text
        await anna.write("a test")
        await anna.press("ctrl+s")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).native_state == "Cancelled"


async def test_resolving_asks_for_the_backends_fields(tmp_path: Path, board: Board, size: tuple[int, int]) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.point_at(board.vpn)
        await anna.press("R")
        await anna.shows("What restored the service (required)")
        await anna.press("ctrl+s")
        assert "is required" in anna.text
        await anna.write("restarted it")
        await anna.press("ctrl+s")
        await anna.sent()
        now = await anna.bo.now(board.vpn.id)
        assert (now.state, now.resolution) == (State.RESOLVED, "restarted it")


async def test_snoozing_takes_two_keys_and_hides_it_from_the_view(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("z", "1")
        await anna.sent()
        until = anna.real.board.snoozed_until(board.vpn.key)
        assert until is not None
        assert 1700 < (until - anna.clock.now()).total_seconds() <= 1800


async def test_snoozing_until_a_moment_that_is_typed(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("z", "5")
        await anna.write("never")
        await anna.press("enter")
        assert "is not a moment" in anna.text
        await anna.press(*["backspace"] * 5)
        await anna.write("45m")
        assert "(in 45 m)" in anna.text
        assert "enter snoozes" in anna.text
        assert "a digit picks" not in anna.text
        await anna.press("ctrl+s")
        await anna.sent()
        assert anna.real.board.is_snoozed(board.vpn.key)


async def test_major_is_asked_in_the_middle_and_the_asking_key_says_no(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("M")
        assert "Declare a major incident?" in anna.text
        row = anna.row_of("Declare a major incident?")
        assert 6 <= row <= 16
        await anna.press("M", "enter")
        assert anna.real.intents() == ()
        await anna.press("M", "y")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).major


async def test_a_likely_duplicate_stands_first_and_goes_into_the_other(
    tmp_path: Path, board: Board, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.point_at(board.again)
        await anna.press("m")
        assert "Mail is slow in Aarhus" in anna.line_with("│ ▶")
        assert "likely the same" in anna.line_with("│ ▶")
        await anna.press("enter")
        assert f"{board.again.number} goes into {board.mail.number}, which survives" in anna.words
        await anna.press("d")
        await anna.sent()
        merged = await anna.bo.now(board.again.id)
        assert any(link.kind is LinkKind.DUPLICATE and link.ref == board.mail.ref for link in merged.links)
        assert not merged.is_open


async def test_of_several_marked_the_others_go_into_the_one_that_is_picked(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.again)
        await anna.press("asterisk", "m")
        await anna.write("aarhus")
        assert "one of those marked" in anna.line_with("│ ▶")
        await anna.press("enter")
        assert f"these 2 go into {board.mail.number}, which survives" in anna.words
        await anna.press("d")
        await anna.sent()
        assert (await anna.bo.now(board.mail.id)).is_open
        assert not (await anna.bo.now(board.again.id)).is_open
        assert not (await anna.bo.now(board.vpn.id)).is_open


async def test_a_problem_is_found_by_its_words(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("m")
        await anna.write("fills up")
        await anna.shows("PRB1 Mail store fills up")
        await anna.press("enter", "enter")
        await anna.sent()
        now = await anna.bo.now(board.mail.id)
        assert [(link.kind, link.ref) for link in now.links] == [(LinkKind.PROBLEM, "desk:PRB1")]


async def test_an_incident_is_registered_with_the_fields_of_its_backend(
    tmp_path: Path, board: Board, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.press("N")
        await anna.shows("Title (required)")
        await anna.write("Printer on fire")
        await anna.press("ctrl+s")
        await anna.sent()
        found = [one for one in await anna.bo.session.search(include_closed=True, limit=9) if "fire" in one.title]
        assert [one.title for one in found] == ["Printer on fire"]


async def test_a_resolved_incident_is_closed_after_a_question_and_reopened_without(
    tmp_path: Path, board: Board
) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("R")
        await anna.shows("What restored")
        await anna.write("done")
        await anna.press("ctrl+s")
        await anna.sent()
        await anna.press("U")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).state is State.ACTIVE


async def test_what_an_incident_cannot_do_is_said_before_anything_opens(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("U")
        assert anna.real.intents() == ()
        assert "Reopen" in anna.said
        assert anna.app.screen is anna.queue


async def test_one_composer_for_all_marked(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("asterisk", "n")
        assert "INTERNAL note · 3 incidents" in anna.text
        await anna.write("storm")
        await anna.press("ctrl+s")
        await anna.sent()
        for incident in (board.mail, board.again, board.vpn):
            assert (await anna.bo.told(incident.id))[-1] == "storm"


async def test_a_bulk_form_asks_for_what_the_strictest_incident_needs(tmp_path: Path, board: Board) -> None:
    async def with_major(bo: Desk) -> None:
        await board(bo)
        await bo.does(SetMajor(True), board.mail.id)

    async with shift(tmp_path, with_major) as anna:
        await anna.point_at(board.vpn)
        await anna.press("asterisk", "R")
        await anna.shows("Resolve · 3 incidents")
        assert "Resolution code (required)" in anna.text


async def test_bulk_lists_who_is_left_out_before_anything_is_sent(tmp_path: Path, board: Board) -> None:
    async def two_backends(bo: Desk) -> None:
        await board(bo)
        async with desk(tmp_path, clock=bo.clock, operator="bo", name="lab") as lab:
            await lab.opened("A fan is loud")

    async with shift(tmp_path, two_backends, backends=("desk", "lab"), read_only=("lab",)) as anna:
        await anna.shows("A fan is loud")
        await anna.press("asterisk", "R")
        await anna.shows("Resolve · 3 incidents")
        assert "Left out: 1" in anna.text
        # The incident's own row may stand in sight above the form; the line meant is the one with the reason.
        left_out = [line for line in anna.lines if "lab:10001" in line and "read-only" in line.casefold()]
        assert len(left_out) == 1, anna.text
        await anna.write("all fixed")
        await anna.press("ctrl+s")
        await anna.sent()
        for incident in (board.mail, board.again, board.vpn):
            assert (await anna.bo.now(incident.id)).resolution == "all fixed"


async def test_in_bulk_the_refused_one_keeps_its_reason_and_the_others_are_done(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("asterisk", "R")
        await anna.shows("Resolve · 3 incidents")
        await anna.write("fixed")
        # a major incident needs a code, and this one becomes one while the form is open
        await anna.bo.does(SetMajor(True), board.mail.id)
        await anna.press("ctrl+s")
        await anna.sent()
        assert [intent.command.ref for intent in anna.stuck()] == [board.mail.ref]
        assert (await anna.bo.now(board.vpn.id)).state is State.RESOLVED
        assert (await anna.bo.now(board.again.id)).state is State.RESOLVED
        assert (await anna.bo.now(board.mail.id)).is_open
        assert anna.queue.rows.marks == (board.mail.key,)


async def test_where_two_backends_can_register_it_is_asked_where(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board, backends=("desk", "lab")) as anna:
        await anna.until(lambda: anna.real.health("lab").last_good, "the other backend")
        await anna.press("N")
        assert "where?" in anna.text
        await anna.press("2")
        await anna.shows("New incident · lab")
        await anna.write("A fan is loud")
        await anna.press("ctrl+s")
        await anna.sent()
        await anna.until(lambda: any("fan" in i.title for i in anna.real.board.incidents.values()), "it on the board")
        assert {i.backend for i in anna.real.board.incidents.values() if "fan" in i.title} == {"lab"}


async def test_what_only_one_backend_knows_is_assigned_there_and_the_rest_is_told_of(
    tmp_path: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Candidates.assignment
    monkeypatch.setattr(
        Candidates,
        "assignment",
        lambda self, picked, backend: None if backend == "lab" else known(self, picked, backend),
    )
    async with shift(tmp_path, board, backends=("desk", "lab")) as anna:
        await anna.until(lambda: anna.real.health("lab").last_good, "the other backend")
        await anna.real.submit([Request("lab", None, Create(title="A fan is loud"))], undo=False)
        await anna.until(lambda: any("fan" in i.title for i in anna.real.board.incidents.values()), "it on the board")
        await anna.point_at(board.vpn)
        await anna.press("space")
        await anna.point_at(next(i for i in anna.real.board.incidents.values() if i.backend == "lab"))
        await anna.press("space", "A")
        await anna.shows("Dorte Bach")
        await anna.write("noc")
        await anna.press("enter")
        await anna.in_time(lambda: "1 left as they are: their backend does not know NOC." in anna.words, "the rest")
        assert (await anna.bo.now(board.vpn.id)).team == "NOC"


async def test_an_action_can_be_taken_while_the_backend_cannot_be_asked(
    tmp_path: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shift(tmp_path, board) as anna:

        async def away(*_: object) -> tuple[FieldSpec, ...]:
            raise UnavailableError("no route to host")

        monkeypatch.setattr(anna.real, "fields", away)
        await anna.point_at(board.vpn)
        await anna.press("R")
        await anna.shows("What restored the service (required)")
        assert "no route to host" in anna.words
        await anna.write("unplugged it")
        await anna.press("ctrl+s")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).resolution == "unplugged it"


async def test_a_slow_backend_shows_that_it_is_asked_and_loses_no_letter(
    tmp_path: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shift(tmp_path, board) as anna:
        asked, answer = anna.real.fields, asyncio.Event()

        async def slowly(verb: Verb, key: Key | None, backend: str) -> tuple[FieldSpec, ...]:
            await answer.wait()
            return await asked(verb, key, backend)

        monkeypatch.setattr(anna.real, "fields", slowly)
        await anna.point_at(board.vpn)
        await anna.press("R")
        await anna.shows("Resolve ·")
        await anna.write("fast hands")
        await anna.shows("Asking which fields are wanted")
        answer.set()
        await anna.shows("fast hands")
        await anna.press("ctrl+s")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).resolution == "fast hands"


async def burst(anna: Shift, *keys: str) -> None:
    """Press keys faster than any screen opens: all of them arrive at once."""
    for key in keys:
        anna.app.post_message(Key_(key, key if len(key) == 1 else None))
    for _ in range(10):
        await anna.settle()


async def test_letters_that_follow_the_key_at_once_belong_to_the_note(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await burst(anna, "n", *"RMactU", "ctrl+s")
        await anna.sent()
        assert (await anna.bo.told(board.vpn.id))[-1] == "RMactU"
        assert (await anna.bo.now(board.vpn.id)).state is State.NEW


async def test_a_form_filled_in_one_breath_is_sent_whole(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await burst(anna, "R", *"unplugged", "ctrl+s")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).resolution == "unplugged"


async def test_a_team_named_in_one_breath_is_the_one_that_gets_it(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("A")
        await anna.shows("Dorte Bach")
        await burst(anna, *"network", "enter")
        await anna.sent()
        assert (await anna.bo.now(board.mail.id)).team == "Network"


async def test_a_backend_that_only_knows_priorities_takes_a_digit(
    tmp_path: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shift(tmp_path, board) as anna:
        monkeypatch.setattr(priority, "able", lambda *_: False)
        await anna.point_at(board.vpn)
        await anna.press("p")
        assert "P5 planning (now)" in anna.text
        assert "impact × urgency: high × medium, medium × high" in anna.words
        await anna.press("1")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).priority == 1


async def test_a_text_that_the_backend_would_refuse_as_too_long_is_not_sent(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("n")
        anna.app.post_message(Paste("x" * 20_007))
        await anna.settle()
        await anna.press("ctrl+s")
        assert "at most 20000 are taken. Shorten it by 7." in anna.words
        await anna.press(*["backspace"] * 7, "ctrl+s")
        await anna.sent()
        assert (await anna.bo.told(board.vpn.id))[-1] == "x" * 20_000


async def test_where_the_terminal_cannot_be_lent_to_an_editor_the_text_stays(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("n")
        await anna.write("begun")
        await anna.press("ctrl+e")
        await anna.shows("cannot be lent to an editor")
        assert "begun" in anna.text


async def test_a_snoozed_incident_can_be_woken(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("z", "3")
        await anna.sent()
        await anna.filter_by("is:snoozed")
        await anna.point_at(board.vpn)
        await anna.press("z")
        assert "wake it now" in anna.text
        await anna.press("0")
        await anna.sent()
        assert not anna.real.board.is_snoozed(board.vpn.key)
