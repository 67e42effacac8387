"""Files of incidents from the console, and the backend's own moves from the palette."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.embedded import Desk
from tests.screens.triage_stage import SIZES, shift
from vagt.domain.commands import Attach
from vagt.domain.incident import Incident, State
from vagt.ui.palette import moves_of

HOSTILE = "../../\x1b[31m[b]x[/b].sh"


class Board:
    """Two incidents, one of them with a file of Bo's whose name is a trap."""

    mail: Incident
    vpn: Incident

    async def __call__(self, bo: Desk) -> None:
        self.mail = await bo.opened("Mail is slow in Aarhus", impact=1, urgency=2, service="E-mail")
        self.vpn = await bo.opened("VPN is down", impact=3, urgency=3, service="VPN")
        bo.session._store.db.execute(
            "INSERT INTO file (incident, at, by, name, content) VALUES (?, 0, 'bo', ?, ?)",
            (int(self.vpn.id.removeprefix("i")), HOSTILE, b"#!/bin/sh"),
        )


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture(params=SIZES, ids=["80x24", "200x50"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return tuple(request.param)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "mx2-trace.txt").write_text("slow\r\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    return home


async def test_a_file_is_attached_by_its_path_and_saved_again(
    tmp_path: Path, board: Board, home: Path, size: tuple[int, int]
) -> None:
    async with shift(tmp_path / "d", board, size=size) as anna:
        await anna.point_at(board.mail)
        await anna.press("F")
        await anna.write("lo")
        await anna.press("tab")
        await anna.shows("logs/")
        await anna.press("tab")
        await anna.shows("logs/mx2-trace.txt")
        await anna.press("enter")
        await anna.sent()
        (file,) = await anna.bo.session.attachments(board.mail.id)
        assert (file.name, file.by) == ("mx2-trace.txt", "anna")
        await anna.press("f")
        await anna.shows("mx2-trace.txt")
        assert "6 B · anna" in anna.words
        await anna.press("enter")
        await anna.shows("~/mx2-trace.txt")
        await anna.press("enter")
        await anna.shows("Saved")
        assert (home / "mx2-trace.txt").read_bytes() == b"slow\r\n"


async def test_a_path_that_does_not_serve_is_told_below_it_and_kept(tmp_path: Path, board: Board, home: Path) -> None:
    async with shift(tmp_path / "d", board) as anna:
        await anna.point_at(board.mail)
        await anna.press("F", "enter")
        await anna.shows("no path is given")
        await anna.write("logs")
        await anna.press("enter")
        await anna.shows("logs is a folder")
        await anna.press("escape")
        assert anna.real.intents() == ()
        await anna.press("F")
        await anna.write("/none")
        await anna.press("enter")
        await anna.shows("logs/none cannot be read")


async def test_nothing_is_overwritten_and_a_hostile_name_is_only_a_name(
    tmp_path: Path, board: Board, home: Path
) -> None:
    (home / "here.txt").write_text("mine")
    async with shift(tmp_path / "d", board) as anna:
        await anna.point_at(board.vpn)
        await anna.press("f")
        await anna.shows("[b]x[/b].sh")
        assert "\x1b" not in anna.text
        await anna.press("enter")
        await anna.shows("~/b].sh")
        await anna.press("ctrl+u")
        await anna.write("here.txt")
        await anna.press("enter")
        await anna.shows("nothing is overwritten")
        await anna.press("ctrl+u")
        await anna.write(str(home))
        await anna.press("enter")
        await anna.shows("Saved")
        assert (home / "here.txt").read_text() == "mine"
        assert (home / "b].sh").read_bytes() == b"#!/bin/sh"


async def test_marked_ones_get_the_same_file_and_undo_takes_it_from_all(
    tmp_path: Path, board: Board, home: Path
) -> None:
    async with shift(tmp_path / "d", board) as anna:
        await anna.point_at(board.mail)
        await anna.press("asterisk", "f")
        await anna.shows("Files are shown of one incident at a time; 2 are marked.")
        await anna.press("F")
        await anna.write("logs/mx2-trace.txt")
        await anna.press("enter")
        await anna.until(lambda: len(anna.real.intents()) == 2, "two actions")
        assert all(isinstance(intent.command.change, Attach) for intent in anna.real.intents())
        await anna.press("u")
        await anna.shows("Taken back: attach 2 incidents")
        assert not list((tmp_path / "d" / "spool").iterdir())


async def test_repeat_asks_for_the_file_again(tmp_path: Path, board: Board, home: Path) -> None:
    async with shift(tmp_path / "d", board) as anna:
        await anna.point_at(board.mail)
        await anna.press("F")
        await anna.write("logs/mx2-trace.txt")
        await anna.press("enter")
        await anna.sent()
        await anna.point_at(board.vpn)
        await anna.press("full_stop")
        await anna.shows("Attach to")


async def test_a_read_only_console_shows_files_and_attaches_none(tmp_path: Path, board: Board, home: Path) -> None:
    async with shift(tmp_path / "d", board, read_only=("desk",)) as anna:
        await anna.point_at(board.vpn)
        await anna.press("f")
        await anna.shows("[b]x[/b].sh")
        await anna.shows("desk is read-only")
        await anna.press("a")
        await anna.shows("Attach: desk is read-only")


async def test_the_palette_offers_the_backends_moves_and_does_one(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path / "d", board) as anna:
        await anna.press("asterisk")
        assert await moves_of(anna.app, anna.queue) == [], "of several marked, nobody knows whose moves"
        await anna.press("escape")
        await anna.point_at(board.vpn)
        known = {command.name: command for command in await moves_of(anna.app, anna.queue)}
        assert known["Do: Cancel"].help.startswith(board.vpn.number)
        await anna.press("colon")
        await anna.write("cancel")
        await anna.until(lambda: "Do: Cancel" in anna.text, "the backend's move in the palette")
        await anna.press("enter")
        await anna.shows("Why it is no incident")
        await anna.write("a test")
        await anna.press("ctrl+s")
        await anna.sent()
        assert (await anna.bo.now(board.vpn.id)).state is State.CLOSED
