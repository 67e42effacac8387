"""A line that completes what is typed, by its keys."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App, ComposeResult
from textual.widgets import Input

from vagt_widgets.form_complete import CompletingInput, Offer, meaning_words

TIMES = (Offer("+30m", "14:30"), Offer("+3h", "17:00"), Offer("15:00", "15:00 today"))


def times(text: str) -> Sequence[Offer]:
    finished = tuple(offer for offer in TIMES if offer.text == text)
    return finished or tuple(offer for offer in TIMES if offer.text.startswith(text))


class Page(App[None]):
    def __init__(self, value: str = "") -> None:
        super().__init__()
        self.value = value
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        yield CompletingInput(self.value, times)
        yield Input("", id="next")

    def on_completing_input_offered(self, message: CompletingInput.Offered) -> None:
        self.said.append(message.words)

    @property
    def line(self) -> CompletingInput:
        return self.query_one(CompletingInput)


async def test_tab_completes_to_the_likeliest_and_goes_on_once_it_is_finished() -> None:
    app = Page()
    async with app.run_test() as pilot:
        await pilot.press(*"+3", "tab")
        assert app.line.value == "+30m"
        assert app.focused is app.line
        assert app.line.cursor_position == len("+30m")
        await pilot.press("tab")
        assert app.focused is not None
        assert app.focused.id == "next"
        assert app.line.value == "+30m"


async def test_an_empty_line_is_left_empty_by_tab() -> None:
    app = Page()
    async with app.run_test() as pilot:
        await pilot.press("tab")
        assert app.line.value == ""
        assert app.focused is not None
        assert app.focused.id == "next"


async def test_what_nobody_knows_is_no_trap() -> None:
    app = Page()
    async with app.run_test() as pilot:
        await pilot.press(*"noon", "tab")
        assert app.line.value == "noon"
        assert app.focused is not None
        assert app.focused.id == "next"


async def test_down_and_up_go_through_all_offers_of_what_was_typed() -> None:
    app = Page()
    async with app.run_test() as pilot:
        seen = []
        await pilot.press("plus", "3")
        for key in ("down", "down", "down", "up"):
            await pilot.press(key)
            seen.append(app.line.value)
        assert seen == ["+30m", "+3h", "+30m", "+3h"]
        await pilot.press("backspace", "m")
        assert app.line.value == "+3m"
        await pilot.press("down")
        assert app.line.value == "+3m", "nothing begins so: the line stays"


async def test_it_tells_what_the_text_means_and_what_could_be_meant() -> None:
    app = Page("+30m")
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.said[-1] == "14:30"
        await pilot.press("end", "backspace")
        await pilot.pause()
        assert app.said[-1] == "+30m 14:30"


def test_at_most_four_offers_are_told() -> None:
    many = [Offer(f"{hour}:00", "") for hour in range(10, 20)]
    assert meaning_words("1", many) == "10:00 · 11:00 · 12:00 · 13:00"
    assert meaning_words("12:00", [Offer("12:00", "noon in Copenhagen")]) == "noon in Copenhagen"
