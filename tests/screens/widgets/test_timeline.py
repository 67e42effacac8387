"""The timeline as one reads it."""

from __future__ import annotations

import time

from tests.screens.snapshot import assert_snapshot, screen_text
from tests.screens.widgets.host import Host
from vagt_widgets.timeline_view import TimelineItem, TimelineView


def entry(number: int, text: str = "", public: bool = False) -> TimelineItem:
    return TimelineItem(f"09:{number % 60:02}", "Anna", "note", public, text or f"entry {number}", str(number))


async def test_internal_and_public_differ_in_words_and_in_place() -> None:
    view = TimelineView(
        [
            entry(12, "We are looking into it.\nMail may be late.", public=True),
            entry(13, "disk full on \x1b[31mmx1[/red] " + "long " * 20),
            TimelineItem("09:14", "", "state", False, ""),
        ]
    )
    app = Host(view)
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        assert_snapshot(app, "widgets/timeline")


async def test_five_thousand_entries_open_as_fast_as_a_few() -> None:
    view = TimelineView([entry(number, "words and more words " * 30) for number in range(5_000)])
    app = Host(view)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        started = time.process_time()
        await pilot.press("ctrl+d", "ctrl+d", "j")
        assert time.process_time() - started < 0.5
        assert len(view._wrapped) < 500
        await pilot.press("G")
        assert "words" in screen_text(app)
        assert view._next == 5_000


async def test_moving_stops_at_both_ends() -> None:
    view = TimelineView([entry(number) for number in range(30)])
    app = Host(view)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("k")
        assert "entry 0" in screen_text(app)
        await pilot.press("G", "j", "j", "ctrl+d")
        lines = screen_text(app).rstrip().split("\n")
        assert lines[-1].endswith("entry 29")
        assert len(lines) == 10
        await pilot.press("g")
        assert "entry 0" in screen_text(app)


async def test_a_new_entry_on_top_does_not_move_what_one_reads() -> None:
    old = [entry(number) for number in range(30)]
    view = TimelineView(old)
    app = Host(view)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("ctrl+d", "j")
        before = screen_text(app)
        view.set_entries([entry(99, "new"), *old])
        await pilot.pause()
        assert screen_text(app) == before


async def test_another_width_keeps_the_entry_at_the_top() -> None:
    view = TimelineView([entry(number, f"entry {number} " + "word " * 40) for number in range(30)])
    app = Host(view)
    async with app.run_test(size=(80, 10)) as pilot:
        for _ in range(10):
            await pilot.press("j")
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert "entry 2" in screen_text(app)


async def test_nothing_yet_is_said() -> None:
    app = Host(TimelineView())
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        assert "Nothing has happened yet." in screen_text(app)
