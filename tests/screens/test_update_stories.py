"""What the operator writes for those affected, what they see of it, and what each of them gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.embedded import Desk
from tests.screens.triage_stage import SIZES, Shift, shift
from tests.unit.engine.fakes import FakeChannel
from vagt.comms.approval import asking_note, propose
from vagt.config.response import AudienceSettings, CommsSettings
from vagt.config.settings import Settings
from vagt.domain.commands import Note
from vagt.domain.incident import Incident
from vagt.domain.timeline import EntryKind
from vagt.ui.screens.update.screen import UpdateScreen

USERS = AudienceSettings(
    name="users",
    query="p<=2",
    public=True,
    fields=("title", "service", "impact_text", "workaround", "expected", "next_update"),
    language="da",
    timezone="Europe/Copenhagen",
    channels=("comment",),
)
MANAGERS = AudienceSettings(
    name="managers", query="p<=2", public=False, language="en", timezone="Europe/London", channels=("chat",)
)
PRESS = AudienceSettings(name="press", query="p<=2", public=True, language="en", channels=("chat",), approval=True)


def audiences(*chosen: AudienceSettings):  # type: ignore[no-untyped-def]
    def with_them(settings: Settings) -> Settings:
        comms = CommsSettings(first=300, every=(1200, 1800, 3600))
        return replace(settings, audiences=chosen, comms=comms)

    return with_them


class Board:
    """One incident that everybody wants to hear of."""

    mail: Incident

    async def __call__(self, bo: Desk) -> None:
        self.mail = await bo.opened("Mail is down", impact=1, urgency=1, service="E-mail", caller="Ole Hansen")


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def chat() -> FakeChannel:
    return FakeChannel()


async def compose(anna: Shift) -> UpdateScreen:
    """Press the key, and wait until the composer has the keyboard."""
    await anna.press("c")
    await anna.until(lambda: isinstance(anna.app.screen, UpdateScreen) and anna.app.screen.focused, "the composer")
    await anna.until(lambda: not anna.app.holds_keys, "the keys")
    await anna.settle()
    screen = anna.app.screen
    assert isinstance(screen, UpdateScreen)
    return screen


async def previewed(anna: Shift) -> str:
    """What the right side says once it has caught up with the keys."""
    from vagt.ui.screens.update.preview import text_of

    await anna.settle()
    screen = anna.app.screen
    assert isinstance(screen, UpdateScreen)
    return text_of(screen.composer)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_a_first_update_reaches_two_audiences_in_two_languages(
    tmp_path: Path, board: Board, chat: FakeChannel, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, board, size=size, channels={"chat": chat}, config=audiences(USERS, MANAGERS)) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        assert "Impact is missing" in anna.words
        await anna.write("Mail cannot be sent.")
        await anna.press("tab")
        await anna.write("Mail kan ikke sendes.")
        told = await previewed(anna)
        assert "To users (da) · PUBLIC" in told
        assert "Mail kan ikke sendes." in told
        await anna.press("ctrl+s")
        await anna.sent()
        entries = await anna.bo.session.timeline(board.mail.id)
        public = [entry.text for entry in entries if entry.kind is EntryKind.COMMENT]
        assert len(public) == 1
        assert "Mail kan ikke sendes." in public[0]
        assert "Mail cannot be sent." not in public[0]
        assert [message.title for message in chat.told] == [f"{board.mail.ref} Mail is down: investigating"]
        assert "Mail cannot be sent." in chat.told[0].text
        await anna.shows("sent to all 2")


async def test_keys_that_come_before_the_composer_are_its_own(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(USERS, MANAGERS)) as anna:
        await anna.point_at(board.mail)
        await anna.pilot.press("c", "R", "e", "d", "tab", "R", "ø", "d")
        await anna.until(lambda: isinstance(anna.app.screen, UpdateScreen), "the composer")
        await anna.until(lambda: not anna.app.holds_keys, "the keys")
        assert "Rød" in await previewed(anna)
        assert "Impact: Red" in await previewed(anna)
        assert not anna.real.intents()


async def test_what_was_written_is_there_again(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await anna.write("Half a sente")
        await anna.press("escape")
        await compose(anna)
        assert "your draft from before goes on" in anna.words
        assert "Half a sente" in await previewed(anna)
        await anna.press("ctrl+x")
        await anna.shows("Throw away")
        await anna.press("y")
        await anna.until(lambda: isinstance(anna.app.screen, UpdateScreen), "the composer again")
        assert "Half a sente" not in await previewed(anna)


async def test_nothing_new_takes_two_keys(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.press("ctrl+s")
        await anna.sent()
        await anna.pass_time(1000)
        await compose(anna)
        assert "no change, next" in anna.words
        await anna.press("ctrl+n")
        await anna.sent()
        assert len(chat.told) == 2
        assert chat.told[1].title.endswith("no news, still working")
        assert "Mail cannot be sent." in chat.told[1].text


async def test_an_audience_is_left_out_with_a_key(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(USERS, MANAGERS)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("Mail cannot be sent.")
        screen.query("AudienceLine").first().focus()
        await anna.press("space")
        assert [audience.name for audience in screen.composer.audiences] == ["managers"]
        await anna.press("ctrl+s")
        await anna.sent()
        entries = await anna.bo.session.timeline(board.mail.id)
        assert not [entry for entry in entries if entry.kind is EntryKind.COMMENT]
        assert len(chat.told) == 1


async def test_tab_completes_a_time_and_says_what_it_means_to_the_reader(
    tmp_path: Path, board: Board, chat: FakeChannel
) -> None:
    async with shift(tmp_path, board, size=(200, 50), channels={"chat": chat}, config=audiences(USERS)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        screen._focus_on("expected")
        await anna.settle()
        await anna.write("+3")
        await anna.press("tab")
        await anna.shows("10:30 Copenhagen")
        field = next(one for one in screen.composer.fields if one.key == "expected")
        assert field.shown == "10:30"


async def test_what_is_wrong_is_said_and_nothing_is_sent(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(USERS)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.press("ctrl+s")
        assert anna.app.screen is screen
        assert "Impact is missing" in anna.words
        assert not anna.real.intents()


async def test_without_audiences_it_is_a_public_comment(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("c")
        await anna.shows("PUBLIC comment")


async def test_a_colleague_approves_exactly_what_stands_there(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(PRESS)) as anna:
        await anna.point_at(board.mail)
        mail = anna.real.board.get(board.mail.key)
        assert mail is not None
        asked = propose(
            mail, id="a1b2c3d4", audience="press", language="en", subject="E-mail", text="We look.", details={}
        )
        await anna.bo.does(Note(asking_note(asked)), board.mail.id)
        await anna.press("V")
        await anna.shows("We look.")
        assert "written by Bo Friis" in anna.words
        await anna.press("a")
        await anna.shows("Send this to press")
        await anna.press("y")
        await anna.in_time(lambda: chat.told, "the text")
        assert [(message.title, message.text) for message in chat.told] == [("E-mail", "We look.")]
        await anna.shows("Approved; sent")


async def test_a_text_goes_back_with_a_comment(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(PRESS)) as anna:
        await anna.point_at(board.mail)
        mail = anna.real.board.get(board.mail.key)
        assert mail is not None
        asked = propose(
            mail, id="a1b2c3d4", audience="press", language="en", subject="E-mail", text="We look.", details={}
        )
        await anna.bo.does(Note(asking_note(asked)), board.mail.id)
        await anna.press("V")
        await anna.shows("We look.")
        await anna.press("b")
        await anna.shows("What should be another")
        await anna.write("Say when the next word comes.")
        await anna.press("ctrl+s")
        await anna.shows("Sent back to Bo Friis")
        entries = await anna.bo.session.timeline(board.mail.id)
        assert "Say when the next word comes." in entries[-1].text
        assert not chat.told
