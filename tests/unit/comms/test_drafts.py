"""A draft is on disk at every keystroke, whole, readable by its owner alone."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.unit.comms.desk import KEY, composing, desk, ready
from tests.unit.engine.fakes import START, Bench, FakeChannel
from vagt.comms.composer import Composer
from vagt.comms.delivery import Status, standing
from vagt.comms.drafts import Draft, Drafts, Edited
from vagt.domain.incident import Key


def test_everything_comes_back_as_it_was(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    draft = Draft(
        template="resolved",
        audiences=("users",),
        answers={"impact_text": "æøå\n“x”", "impact_text.da": "\ud83d kaput"},
        edited={"users": Edited("s", "t")},
        typed={"expected": "half p"},
    )
    drafts.save(KEY, draft, START)
    found = drafts.load(KEY)
    assert found is not None
    assert (found.id, found.template, found.audiences, found.edited) == (
        draft.id, draft.template, draft.audiences, draft.edited,
    )  # fmt: skip
    assert (dict(found.answers), dict(found.typed)) == (dict(draft.answers), dict(draft.typed))
    assert stat.S_IMODE(drafts.path(KEY).stat().st_mode) == 0o600
    assert stat.S_IMODE(drafts.path(KEY).parent.stat().st_mode) == 0o700
    assert [file.name for file in drafts.path(KEY).parent.iterdir()] == [drafts.path(KEY).name]
    drafts.drop(KEY)
    assert drafts.load(KEY) is None


def test_an_id_that_is_a_path_leads_nowhere(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    for id in ("../../etc/passwd", "/x", "a\0b", "x" * 500):
        key = Key("desk", id)
        drafts.save(key, Draft(template="resolved"), START)
        assert drafts.path(key).parent == tmp_path / "drafts"
        assert drafts.load(key) is not None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"schema": 9}', b'{"schema": 1, "id": "x"}', b"\xff\xfe"])
def test_a_damaged_draft_is_none(tmp_path: Path, body: bytes) -> None:
    drafts = Drafts(tmp_path)
    drafts.save(KEY, Draft(), START)
    drafts.path(KEY).write_bytes(body)
    assert drafts.load(KEY) is None


async def test_a_killed_console_loses_not_a_letter(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.unit.comms.typing_process",
        str(tmp_path),
        cwd=Path(__file__).parents[3],
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    assert process.stdout is not None
    try:
        for _ in range(40):
            assert await asyncio.wait_for(process.stdout.readline(), 90)
    finally:
        process.kill()
        rest = await process.stdout.read()
        await process.wait()
    typed = int(rest.split()[-1]) if rest.split() else 41
    async with desk(tmp_path) as bench:
        composer = await composing(bench)
        assert composer.resumed and composer.template == "identified"
        letters = len({one.key: one.shown for one in composer.fields}["impact_text"])
        assert letters in (typed, typed % 500 + 1), "what was told is on disk, and at most one letter more"


async def test_a_full_disk_is_told_and_the_words_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk(tmp_path) as bench:
        composer = await composing(bench)

        def full(*_: object) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("vagt.comms.drafts.os.write", full)
        composer.set("impact_text", "Mail cannot be sent.")
        assert "the draft is not on disk: No space left on device" in composer.remarks
        assert {one.key: one.shown for one in composer.fields}["impact_text"] == "Mail cannot be sent."
        monkeypatch.undo()
        composer.set("scope", "All")
        assert composer.disk_problem == ""
        (file,) = (tmp_path / "drafts").glob("*.json")
        assert json.loads(file.read_bytes())["answers"]["impact_text"] == "Mail cannot be sent."


async def _both(bench: Bench) -> tuple[Composer, Composer]:
    """One draft, open in two terminals of one data folder."""
    first = await ready(bench)
    second = await composing(bench)
    assert second.resumed and {one.key: one.shown for one in second.fields}["impact_text"] == "Mail cannot be sent."
    return first, second


async def test_what_another_terminal_has_sent_is_not_mistaken_for_my_other_words(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        first, second = await _both(bench)
        second.set("impact_text", "Mail is slow.")
        await first.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        with pytest.raises(ValueError, match="another terminal has sent this draft meanwhile"):
            await second.send(undo=False)
        assert len(boss.told) == 1
        deliveries = await second.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        assert [one.status for one in await standing(bench.engine, deliveries)] == [Status.SENT, Status.SENT]
        assert ["Mail is slow." in one.text for one in boss.told] == [False, True]


async def test_the_same_words_from_both_terminals_go_once(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        first, second = await _both(bench)
        await first.send(undo=False)
        await second.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        assert len(boss.told) == 1 and len([one for one in bench.world.words["1"] if one.public]) == 1


async def test_what_one_terminal_took_back_the_other_can_send(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, channels={"boss-mail": boss}) as bench:
        first, second = await _both(bench)
        await first.send()
        assert await bench.engine.undo()
        deliveries = await second.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        assert [one.status for one in await standing(bench.engine, deliveries)] == [Status.SENT, Status.SENT]
        assert len(boss.told) == 1
