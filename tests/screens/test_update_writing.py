"""The composer's keys, and what is written there that is not as usual: hostile, long, broken, in many languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import TextArea

from tests.adapters.embedded import Desk
from tests.screens.test_update_stories import MANAGERS, PRESS, USERS, audiences, compose, previewed
from tests.screens.triage_stage import SIZES, shift
from tests.unit.engine.fakes import FakeChannel
from vagt.comms.markup import Form
from vagt.config.response import ChannelSettings
from vagt.config.settings import Settings
from vagt.domain.incident import Incident
from vagt.domain.timeline import EntryKind
from vagt.ui.screens.update.by_hand import parts
from vagt.ui.screens.update.forms import form_words, html_channels
from vagt.ui.screens.update.keys import KEYS, KeysScreen, hint
from vagt.ui.screens.update.preview import text_of

NASTY = "Mail [bold red]down[/] {{ 7*7 }} {% raw %} \x1b[31m\u202eevil\u202c @here <!channel> 郵便 <b>x</b>"


class Board:
    mail: Incident
    nasty: Incident

    async def __call__(self, bo: Desk) -> None:
        self.mail = await bo.opened("Mail is down", impact=1, urgency=1, service="E-mail", caller="Ole Hansen")
        self.nasty = await bo.opened(NASTY, impact=1, urgency=2, service="E-mail", caller="Ole Hansen")


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def chat() -> FakeChannel:
    return FakeChannel()


async def test_what_nobody_wrote_in_the_readers_language_is_asked_once(
    tmp_path: Path, board: Board, chat: FakeChannel
) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(USERS, MANAGERS)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.press("ctrl+s")
        assert anna.app.screen is screen
        assert "Impact (da) is empty: users would read the other language · ctrl+s again sends it so" in anna.words
        assert not anna.real.intents()
        await anna.write("Der kan ikke sendes mail.")
        assert "Der kan ikke sendes mail." in await previewed(anna), "the cursor stood where it is missing"
        await anna.press("ctrl+s")
        await anna.sent()
        entries = await anna.bo.session.timeline(board.mail.id)
        (public,) = [entry.text for entry in entries if entry.kind is EntryKind.COMMENT]
        assert "Der kan ikke sendes mail." in public


async def test_no_change_does_not_swallow_what_was_written(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.press("ctrl+s")
        await anna.sent()
        await anna.pass_time(1000)
        screen = await compose(anna)
        await anna.write(" Calendars neither.")
        await anna.press("ctrl+n")
        await anna.shows("is not sent with it")
        await anna.press("escape")
        await anna.until(lambda: anna.app.screen is screen, "the composer")
        assert "Calendars neither." in await previewed(anna)
        assert len(chat.told) == 1


async def test_what_is_taken_back_goes_on(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, undo=5, channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await anna.write("Mail cannot be sen")
        await anna.press("ctrl+s")
        await anna.shows("u undoes")
        await anna.press("u")
        await anna.shows("goes on with what you wrote")
        await compose(anna)
        assert "Mail cannot be sen" in await previewed(anna)
        assert not chat.told


async def test_the_messages_are_read_as_html_and_markdown_too(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, size=(200, 50), channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("<b>Mail</b> & *all*")
        await anna.shows("Impact: <b>Mail</b> & *all*")
        await anna.press("ctrl+r")
        await anna.shows("<strong>Impact:</strong> &lt;b&gt;Mail&lt;/b&gt; &amp; *all*")
        assert "to copy from: every channel of this audience gets plain text" in anna.words
        await anna.press("ctrl+r")
        await anna.shows("**Impact:** &lt;b\\>Mail&lt;/b\\> &amp; \\*all\\*")
        await anna.press("ctrl+r")
        await anna.shows("Impact: <b>Mail</b> & *all*")
        assert text_of(screen.composer, Form.HTML) != text_of(screen.composer)


def test_html_goes_along_by_mail_and_where_a_payload_asks_for_it() -> None:
    class Office:
        settings = Settings(
            channels=(
                ChannelSettings(name="mail", url="mailtos://x:{secret}@mail.example?to=all@example.com"),
                ChannelSettings(name="page", url="json://page.example", payload={"body": "{html}"}),
                ChannelSettings(name="chat", url="slack://{secret}"),
            )
        )

    class Audience:
        channels = ("comment", "mail", "page", "chat")

    assert html_channels(Audience, Office) == ("mail", "page")  # type: ignore[arg-type]
    assert form_words(Form.HTML, Audience, Office) == "As HTML, which goes along to mail, page"  # type: ignore[arg-type]
    assert form_words(Form.PLAIN, Audience, Office) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_the_keys_are_told_by_f1_and_outside_of_a_text_by_a_question_mark(
    tmp_path: Path, board: Board, chat: FakeChannel, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, board, size=size, channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("Is it mail?")
        assert "Is it mail?" in await previewed(anna)
        await anna.press("f1")
        await anna.until(lambda: isinstance(anna.app.screen, KeysScreen), "the keys")
        assert "Stakeholder update: keys" in anna.words
        assert "Send. What is missing or wrong" in anna.words
        await anna.press("escape", "ctrl+g", "question_mark")
        await anna.until(lambda: isinstance(anna.app.screen, KeysScreen), "the keys again")
        await anna.press("escape")
        await anna.until(lambda: anna.app.screen is screen, "the composer")


def test_the_last_line_never_says_more_than_fits_and_the_keys_that_matter_first() -> None:
    for width in (78, 198):
        line = hint(width, approval=True, no_change="14:30")
        assert len(line) <= width
        assert line.startswith("ctrl+s asks for approval, sends the rest · ctrl+n no change, next 14:30")
    assert hint(10, approval=False, no_change="") == "ctrl+s send"
    told = " ".join(keys for keys, _ in KEYS)
    assert all(key in told for key in ("ctrl+s", "ctrl+n", "ctrl+e", "ctrl+r", "ctrl+g", "ctrl+x", "ctrl+t", "esc"))


async def test_the_stage_is_a_key_and_a_letter_away(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.press("ctrl+g", "right", "right", "left")
        assert screen.composer.template == "identified", "the cursor stays on the stage"
        await anna.press("ctrl+g")
        await anna.until(lambda: isinstance(screen.focused, TextArea), "the input")
        await anna.write("A full disk.")
        assert "Being done is missing" in await previewed(anna), "the cursor stood where something is missing"
        answers = screen.composer.answers()
        assert (answers["impact_text"], answers["cause"]) == ("Mail cannot be sent.", "A full disk.")


async def test_a_message_written_over_by_hand_goes_back_to_the_template(
    tmp_path: Path, board: Board, chat: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def by_hand(_: object, text: str) -> str:
        return text.replace("Mail cannot be sent.", "By hand {{ 7*7 }} @here")

    monkeypatch.setattr("vagt.ui.screens.update.by_hand.edited", by_hand)
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("Mail cannot be sent.")
        screen.query("AudienceLine").first().focus()
        await anna.press("ctrl+e")
        await anna.until(lambda: "By hand {{ 7*7 }} ＠here" in text_of(screen.composer), "what was written")
        assert "ctrl+t goes back to the template" in await previewed(anna)
        await anna.press("ctrl+t")
        assert "By hand" not in await previewed(anna)
        assert "From the template again: managers." in anna.words
        await anna.press("ctrl+t")
        assert "Nothing here was written over by hand." in anna.words


def test_the_editors_text_is_a_subject_and_a_text() -> None:
    assert parts("Subject: Mail\n\nIt is down.\n", "before") == ("Mail", "It is down.")
    assert parts("It is down.\nSince ten.", "before") == ("before", "It is down.\nSince ten.")
    assert parts("Subject:\n\nIt is down.", "before") == ("", "It is down.")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_words_of_others_style_and_move_nothing(
    tmp_path: Path, board: Board, chat: FakeChannel, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def by_hand(_: object, text: str) -> str:
        return "[red]外部 {{ x }}[/red] \x1b[2J\u202eevil"

    monkeypatch.setattr("vagt.ui.screens.update.screen.edited", by_hand)
    async with shift(tmp_path, board, size=size, channels={"chat": chat}, config=audiences(USERS, MANAGERS)) as anna:
        await anna.point_at(board.nasty)
        screen = await compose(anna)
        await anna.press("ctrl+e")
        await anna.shows("[red]外部 {{ x }}[/red]")
        assert "{{ 7*7 }}" in anna.words or size[0] < 100
        assert "49" not in text_of(screen.composer).replace("49:", "")
        for held in ("\x1b", "\u202e"):
            assert held not in anna.text
        lines = anna.text.splitlines()
        assert len(lines) <= size[1]
        right = {line.index("│") for line in lines[2:10] if "│" in line}
        assert len(right) <= 1, "wide characters move no border"
        assert "＠here" in text_of(screen.composer)


async def test_ten_audiences_leave_room_to_write(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    many = tuple(replace(MANAGERS, name=f"group-{number}", language=("en", "da")[number % 2]) for number in range(10))
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(*many)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("Mail cannot be sent.")
        assert "Mail cannot be sent." in anna.words, "the input under the cursor is in sight"
        assert len(screen.composer.messages) == 10
        await anna.press("ctrl+g")
        await anna.shows("[investigating]")


def own_templates(folder: Path) -> None:
    (folder / "templates").mkdir()
    (folder / "templates" / "shop.inside.en.j2").write_text(
        '+++\ntitle = "For the web shop"\nsubject = "{{ service }}: orders"\n'
        'asks = ["service", "orders", "next_update"]\nneeds = ["service", "orders"]\n\n'
        '[fields.orders]\nlabel = "Orders that wait"\nkind = "number"\n+++\nWaiting: {{ orders }} orders\n'
    )
    (folder / "templates" / "broken.inside.en.j2").write_text('+++\ntitle = "Broken"\n+++\n{% if {{ x }}\n')


async def test_a_template_of_ones_own_asks_for_its_own_field_and_a_broken_one_is_named(
    tmp_path: Path, board: Board, chat: FakeChannel
) -> None:
    own_templates(tmp_path)

    def with_folder(settings: Settings) -> Settings:
        return replace(audiences(MANAGERS)(settings), path=tmp_path / "config.toml")

    async with shift(tmp_path, board, size=(200, 50), channels={"chat": chat}, config=with_folder) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.shows("broken.inside.en.j2")
        await anna.press("ctrl+g")
        await anna.press("s", "s")
        assert screen.composer.template == "shop", "the letter goes from stage to stage"
        assert "Orders that wait is missing" in anna.words
        screen._focus_on("orders")
        await anna.write("many")
        await anna.press("ctrl+s")
        assert "is not a number" in anna.words
        assert not anna.real.intents()
        await anna.press("ctrl+u")
        await anna.write("12")
        await anna.press("ctrl+s")
        await anna.sent()
        assert chat.told[0].text == "Waiting: 12 orders"


async def test_times_that_nobody_typed_go_with_the_clock(tmp_path: Path, board: Board, chat: FakeChannel) -> None:
    async with shift(tmp_path, board, size=(200, 50), channels={"chat": chat}, config=audiences(USERS)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("Mail kan ikke sendes.")
        before = next(one.shown for one in screen.composer.fields if one.key == "next_update")
        anna.clock.advance(1800)
        screen._tick()
        await anna.settle()
        after = next(one.shown for one in screen.composer.fields if one.key == "next_update")
        assert before != after
        shown = next(row.value for row in screen.query("FormRow") if row.spec.name == "next_update")  # type: ignore[attr-defined]
        assert shown == after
        assert f"Næste melding: kl. {after}" in await previewed(anna)
        assert "next_update" not in screen.composer._draft.answers, "a time that nobody typed stays nobody's"


async def test_what_waits_for_approval_is_said_with_the_key_that_asks(
    tmp_path: Path, board: Board, chat: FakeChannel
) -> None:
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(PRESS)) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.shows("ctrl+s asks for approval")
        await anna.press("ctrl+s")
        await anna.shows("waits for a colleague's approval")
        await anna.sent()
        await anna.pass_time(1)
        assert "sent to all" not in anna.words
        assert not chat.told
