"""The console goes on: a fault in one place, or a terminal that takes nothing, leaves no screen standing still."""

from __future__ import annotations

import asyncio
from pathlib import Path
from queue import Queue
from types import SimpleNamespace

import pytest

from tests.screens.queue.doubles import PuppetEngine, incident
from tests.screens.queue.stage import stage
from vagt.ui import deeds
from vagt.ui.trouble import FILE, write_trouble
from vagt_widgets.output import MAX_WAITING


def shift(count: int = 5) -> PuppetEngine:
    return PuppetEngine([incident(number) for number in range(1, count + 1)])


async def test_a_fault_while_one_event_is_told_does_not_end_the_telling() -> None:
    async with stage(shift()) as play:

        def broken(ids: frozenset[str]) -> None:
            raise RuntimeError("a bug while watching a bulk")

        play.app.acting.watching.outbox_changed = broken  # type: ignore[method-assign]
        await play.press("a")
        assert "a bug while watching a bulk" in play.said
        play.engine.arrive(incident(90, "Came after the fault"))
        await play.settle()
        assert "Came after the fault" in play.text
        assert play.app.troubles
        play.app.troubles.clear()


async def test_an_engine_that_cannot_start_is_told() -> None:
    engine = shift()

    async def broken(*, poll: bool = True) -> None:
        raise RuntimeError("no thread can be made")

    engine.start = broken  # type: ignore[method-assign]
    async with stage(engine) as play:
        assert "no thread can be made" in play.said
        play.app.troubles.clear()


async def test_troubles_are_kept_for_a_while_only() -> None:
    async with stage(shift()) as play:
        for number in range(200):
            play.app.trouble(RuntimeError(str(number)))
        assert [str(one) for one in play.app.troubles][-1] == "199"
        assert len(play.app.troubles) < 50
        play.app.troubles.clear()


async def test_a_bell_waits_for_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(shift()) as play:
        written: list[str] = []
        waiting: Queue[str] = Queue()
        arrived = frozenset(play.engine.board.incidents)
        with monkeypatch.context() as patch:
            writer = SimpleNamespace(_queue=waiting)
            patch.setattr(play.app, "_driver", SimpleNamespace(write=written.append, _writer_thread=writer))
            play.app.ring(arrived)
            assert len(written) == 1 and written[0].startswith("\x07\x1b]9;")
            for _ in range(MAX_WAITING + 1):
                waiting.put("a frame")
            play.app.ring(arrived)
        assert len(written) == 1, "a terminal that takes nothing gets no more"
        assert "desk:" in play.said


async def test_the_desktops_opener_gets_the_address_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho noise; echo noise >&2\n(echo "$1"; env) > {tmp_path}/told\n')
    opener.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("VAGT_SECRET_DESK", "hunter2-secret")
    assert await deeds.opened_by_desktop("https://desk.example/1")
    told = (tmp_path / "told").read_text()
    assert told.startswith("https://desk.example/1\n") and "hunter2" not in told
    assert capfd.readouterr() == ("", "")


async def test_an_opener_that_stays_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opener = tmp_path / "xdg-open"
    opener.write_text("#!/bin/sh\nexec sleep 20\n")
    opener.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(deeds, "OPENING", 0.1)
    async with asyncio.timeout(15):
        assert await deeds.opened_by_desktop("https://desk.example/1")


def test_what_is_written_down_shows_no_secret(tmp_path: Path) -> None:
    error = RuntimeError("GET https://anna:hunter2@desk.example Authorization: Bearer abcdef123456")
    words = write_trouble(tmp_path, error, incident(1).created_at)  # type: ignore[arg-type]
    kept = (tmp_path / FILE).read_text()
    assert FILE in words and "RuntimeError" in kept
    assert "hunter2" not in kept and "abcdef123456" not in kept
