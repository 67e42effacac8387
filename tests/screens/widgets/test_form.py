"""A form filled in from the keyboard."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual import events

from tests.screens.snapshot import assert_snapshot, screen_text
from tests.screens.widgets.host import Host
from vagt_widgets.form import FieldType, FormField, FormScreen
from vagt_widgets.fuzzy import PickItem

CODES = (PickItem("fixed", "Fixed"), PickItem("work", "Workaround"), PickItem("no", "Not an issue"))


async def teams(text: str) -> Sequence[PickItem]:
    return [PickItem("noc", "NOC"), PickItem("db", "Databases")]


FIELDS = (
    FormField("text", "Solution", FieldType.LONG_TEXT, required=True, help="The caller can [b]read[/b] this."),
    FormField("code", "Code", FieldType.CHOICE, required=True, choices=CODES),
    FormField("spent", "Time spent", FieldType.DURATION),
    FormField("public", "Tell the caller", FieldType.FLAG),
)


async def test_the_form_says_what_is_required_in_words() -> None:
    app = Host(dialog=FormScreen(FIELDS, title="Resolve ivanti:1", intro="Mail is down [red]"))
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.pause()
        await assert_snapshot(app, "widgets/form")


async def test_filled_in_without_leaving_the_keyboard() -> None:
    app = Host(dialog=FormScreen(FIELDS))
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.press(*"a b", "enter", "c", "tab", "right", "right", "tab", *"15m", "enter", "space", "enter")
        assert app.answers == [{"text": "a b\nc", "code": "work", "spent": "15m", "public": "true"}]


async def test_letters_choose() -> None:
    app = Host(dialog=FormScreen(FIELDS[1:2]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n", "ctrl+s")
        assert app.answers == [{"code": "no"}]


async def test_where_all_choices_begin_alike_the_letter_of_another_word_chooses() -> None:
    reasons = tuple(PickItem(str(n), f"Awaiting {who}") for n, who in enumerate(("Caller", "Change", "Vendor")))
    app = Host(dialog=FormScreen((FormField("reason", "Reason", FieldType.CHOICE, required=True, choices=reasons),)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "space or a letter chooses" in screen_text(app)
        await pilot.press("c", "c", "ctrl+s")
        assert app.answers == [{"reason": "1"}]


async def test_errors_stand_under_their_fields_and_the_first_gets_the_cursor() -> None:
    app = Host(dialog=FormScreen(FIELDS))
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.press("tab", "tab", *"soon", "ctrl+s")
        await pilot.pause()
        assert app.answers == []
        await assert_snapshot(app, "widgets/form_errors")
        await pilot.press("x")
        assert "Solution is required" not in screen_text(app), "an error goes as soon as it is put right"


async def test_what_a_backend_refused_is_shown_at_its_field() -> None:
    app = Host(dialog=FormScreen(FIELDS, errors={"code": "Close code \x1b[31m42 is retired"}))
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.pause()
        assert "! Close code 42 is retired" in screen_text(app)


async def test_a_draft_is_kept_and_handed_back() -> None:
    kept: list[dict[str, str]] = []
    app = Host(dialog=FormScreen(FIELDS, on_draft=lambda values: kept.append(dict(values))))
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.press(*"half", "escape")
        assert app.answers == [None]
        assert kept[-1]["text"] == "half"
        app.push_screen(FormScreen(FIELDS, values=kept[-1]), app.answers.append)
        await pilot.pause()
        assert "half" in screen_text(app)


async def test_a_picker_field_is_looked_up() -> None:
    spec = FormField("team", "Team", FieldType.PICKER, required=True, lookup=teams)
    app = Host(dialog=FormScreen([spec]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause(0.3)
        await pilot.press("d", "enter")
        await pilot.pause()
        assert "Databases" in screen_text(app)
        await pilot.press("ctrl+s")
        assert app.answers == [{"team": "db"}]


async def test_letters_open_the_picker_and_are_not_lost() -> None:
    many = tuple(
        PickItem(name.lower(), name) for name in ("Hardware", "Software", "Other", "Data", "DNS", "Mail", "Net")
    )
    app = Host(dialog=FormScreen([FormField("code", "Code", FieldType.CHOICE, required=True, choices=many)]))
    async with app.run_test(size=(80, 24)) as pilot:
        # all in one read, as over a slow line: they are on their way before the picker is there
        for letter in "soft":
            app.post_message(events.Key(letter, letter))
        await pilot.pause()
        await pilot.pause()
        assert "Software" in screen_text(app) and "soft" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("ctrl+s")
        assert app.answers == [{"code": "software"}]


@pytest.mark.parametrize("size", [(30, 10), (40, 12), (80, 24)])
async def test_on_a_small_screen_the_field_one_is_in_is_seen(size: tuple[int, int]) -> None:
    app = Host(dialog=FormScreen(FIELDS, title="Resolve"))
    async with app.run_test(size=size) as pilot:
        for label in ("Solution", "Code", "Time spent", "Tell the caller"):
            await pilot.pause()
            text = screen_text(app)
            assert label in text, f"{label} is out of sight:\n{text}"
            assert "ctrl+s" in text
            await pilot.press("tab")


async def test_a_paste_goes_into_the_field_and_does_nothing_else() -> None:
    from textual import events

    app = Host(dialog=FormScreen(FIELDS))
    async with app.run_test(size=(80, 30)) as pilot:
        app.screen.focused.post_message(events.Paste("line one\nline two\n"))  # type: ignore[union-attr]
        await pilot.pause()
        assert "line two" in screen_text(app)
        assert app.answers == []


async def test_what_stands_in_a_field_at_the_start_is_made_safe() -> None:
    spec = FormField("title", "Title", default="mail\x1b]0;x\x07 \u202edown")
    app = Host(dialog=FormScreen([spec], title="Change \x1b[31m[b]it"))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert "mail down" in screen_text(app)
        assert "Change [b]it" in screen_text(app)
        await pilot.press("ctrl+s")
        assert app.answers == [{"title": "mail down"}]
