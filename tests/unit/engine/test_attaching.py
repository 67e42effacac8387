"""Files that are attached: on disk before anything is said of them, uploaded once, and gone when nobody needs them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, Bench, FakeSession, World, incident, opened, settle
from vagt.adapters.protocol import Attachment, ForbiddenError, InvalidError, NotFoundError, UnavailableError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Attach, Note
from vagt.domain.incident import Key
from vagt.engine import spool
from vagt.engine.errors import OutboxError, SpoolError
from vagt.engine.intent import Stage
from vagt.engine.request import Request

ONE, TWO = Key("desk", "1"), Key("desk", "2")
CONTENT = b"line 1\r\nline 2\x00" * 50
GONE = UnavailableError("connection reset", sent=True)


@dataclass
class Filing(FakeSession):
    """A desk that takes files."""

    kept: list[tuple[str, str, bytes]] = field(default_factory=list)
    """(incident, name, content)"""
    hidden: bool = False
    """What hangs there may not be read."""
    renames: bool = False

    async def attachments(self, id: str) -> tuple[Attachment, ...]:
        return tuple(
            Attachment(id=f"f{n}", name=name, at=self.world.clock.now(), size=None if self.renames else len(content))
            for n, (whose, name, content) in enumerate(self.kept)
            if whose == id
        )

    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        self.calls.append("attach")
        await self._step("attach", self.before)
        if id not in self.world.incidents:
            raise NotFoundError("no such incident")
        self.kept.append((id, f"upload-{name}" if self.renames else name, content))
        await self._step("attach", self.after)
        return (await self.attachments(id))[-1]

    async def attached(self, id: str, attachment: str) -> bytes:
        if self.hidden:
            raise ForbiddenError("not yours to read")
        return self.kept[int(attachment.removeprefix("f"))][2]


@pytest.fixture
def world() -> World:
    world = World(ManualClock(START))
    world.put(incident("1"), incident("2"))
    return world


@pytest.fixture
def desk(world: World) -> dict[str, FakeSession]:
    return {"desk": Filing(world)}


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.txt"
    path.write_bytes(CONTENT)
    return path


def copies(bench: Bench) -> list[Path]:
    folder = bench.data_dir / "spool"
    return sorted(folder.iterdir()) if folder.exists() else []


def kept(bench: Bench) -> list[tuple[str, str, bytes]]:
    assert isinstance(bench.session, Filing)
    return bench.session.kept


async def asked(bench: Bench, path: Path, *keys: Key, undo: bool = False) -> list[str]:
    change = await bench.engine.stage(path)
    requests = [Request(key.backend, key, change) for key in keys or (ONE,)]
    return [intent.command.id for intent in await bench.engine.submit(requests, undo=undo)]


async def until_settled(bench: Bench, *ids: str) -> None:
    await bench.until(lambda: all(not bench.intent(id).stage.is_pending for id in ids))
    await settle()


async def test_a_file_leaves_from_its_copy_once_and_the_copy_goes(
    tmp_path: Path, world: World, desk: dict[str, FakeSession], trace: Path
) -> None:
    async with opened(tmp_path / "d", world, sessions=desk) as bench:
        (id,) = await asked(bench, trace, undo=True)
        (copy,) = copies(bench)
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
        assert copy.read_bytes() == CONTENT
        trace.write_bytes(b"something else by now")
        await until_settled(bench, id)
        assert bench.intent(id).stage is Stage.DONE
        assert kept(bench) == [("1", "trace.txt", CONTENT)]
        assert copies(bench) == []


async def test_one_file_for_several_incidents_is_one_copy(
    tmp_path: Path, world: World, desk: dict[str, FakeSession], trace: Path
) -> None:
    async with opened(tmp_path / "d", world, sessions=desk) as bench:
        bench.session.before["attach"] = [InvalidError("not this type")]
        ids = await asked(bench, trace, ONE, TWO)
        assert len(copies(bench)) == 1
        await until_settled(bench, *ids)
        assert sorted(bench.intent(id).stage.value for id in ids) == ["done", "refused"]
        assert len(copies(bench)) == 1, "the refused one may be tried again"
        (refused,) = [id for id in ids if bench.intent(id).stage is Stage.REFUSED]
        await bench.engine.retry(refused)
        await until_settled(bench, refused)
        assert sorted(whose for whose, _, _ in kept(bench)) == ["1", "2"]
        assert copies(bench) == []


async def test_what_is_taken_back_or_given_up_leaves_no_copy(
    tmp_path: Path, world: World, desk: dict[str, FakeSession], trace: Path
) -> None:
    async with opened(tmp_path / "d", world, sessions=desk) as bench:
        await asked(bench, trace, undo=True)
        await bench.engine.undo()
        assert copies(bench) == []
        bench.session.before["attach"] = [InvalidError("not this type")]
        (id,) = await asked(bench, trace)
        await until_settled(bench, id)
        assert bench.intent(id).reason == "not this type"
        await bench.engine.discard(id)
        assert copies(bench) == []
        assert kept(bench) == []


async def test_after_kill_9_it_leaves_from_the_copy(
    tmp_path: Path, world: World, desk: dict[str, FakeSession], trace: Path
) -> None:
    async with opened(tmp_path / "d", world, sessions=desk, start=False, crash=True) as bench:
        (id,) = await asked(bench, trace)
    trace.unlink()
    async with opened(tmp_path / "d", world, sessions=desk) as bench:
        await until_settled(bench, id)
        assert kept(bench) == [("1", "trace.txt", CONTENT)]


@pytest.mark.parametrize("renames", [False, True], ids=["as it is called", "under another name"])
async def test_a_file_whose_answer_was_lost_is_uploaded_once(
    tmp_path: Path, world: World, trace: Path, renames: bool
) -> None:
    session = Filing(world, renames=renames)
    async with opened(tmp_path / "d", world, sessions={"desk": session}) as bench:
        session.after["attach"] = [GONE]
        (id,) = await asked(bench, trace)
        await bench.pass_time(1)
        assert bench.intent(id).stage is Stage.UNSURE
        await until_settled(bench, id)
        assert bench.intent(id).stage is Stage.DONE
        assert len(session.kept) == 1


async def test_a_file_that_did_not_arrive_is_uploaded_again(
    tmp_path: Path, world: World, desk: dict[str, FakeSession], trace: Path
) -> None:
    async with opened(tmp_path / "d", world, sessions=desk) as bench:
        kept(bench).append(("1", "trace.txt", b"x" * len(CONTENT)))
        bench.session.before["attach"] = [GONE]
        (id,) = await asked(bench, trace)
        await until_settled(bench, id)
        assert [content for _, _, content in kept(bench)] == [b"x" * len(CONTENT), CONTENT]
        assert bench.session.calls.count("attach") == 2


async def test_where_one_could_be_ours_and_cannot_be_read_a_person_decides(
    tmp_path: Path, world: World, trace: Path
) -> None:
    session = Filing(world, hidden=True)
    async with opened(tmp_path / "d", world, sessions={"desk": session}) as bench:
        session.after["attach"] = [GONE]
        (id,) = await asked(bench, trace)
        await until_settled(bench, id)
        assert bench.intent(id).stage.needs_person
        assert len(copies(bench)) == 1
        assert len(session.kept) == 1


@pytest.mark.parametrize("harm", ["gone", "damaged"])
async def test_without_its_copy_it_is_refused_in_words_and_nothing_is_sent(
    tmp_path: Path, world: World, desk: dict[str, FakeSession], trace: Path, harm: str
) -> None:
    async with opened(tmp_path / "d", world, sessions=desk) as bench:
        (id,) = await asked(bench, trace, undo=True)
        (copy,) = copies(bench)
        copy.write_bytes(b"flipped") if harm == "damaged" else copy.unlink()
        await until_settled(bench, id)
        assert bench.intent(id).stage is Stage.REFUSED
        assert f"is {harm}; attach it again" in bench.intent(id).reason
        assert "attach" not in bench.session.calls


async def test_a_backend_without_files_refuses_in_words(tmp_path: Path, world: World, trace: Path) -> None:
    async with opened(tmp_path / "d", world) as bench:
        (id,) = await asked(bench, trace)
        await until_settled(bench, id)
        assert (bench.intent(id).stage, bench.intent(id).reason) == (Stage.REFUSED, "this backend takes no files")


async def test_what_cannot_be_attached_is_told_and_leaves_nothing(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MOST", 1 << 20)
    large, empty = tmp_path / "large.bin", tmp_path / "empty.txt"
    large.write_bytes(b"x" * ((1 << 20) + 1))
    empty.touch()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    told = {
        large: "large.bin is larger than 1 MiB, which is the most that Vagt attaches",
        empty: "empty.txt is empty",
        tmp_path: "is a folder",
        pipe: "is no file",
        tmp_path / "none": "cannot be read: No such file or directory",
        tmp_path / "nul\x00": "cannot be read",
    }
    async with opened(tmp_path / "d", world) as bench:
        for path, words in told.items():
            with pytest.raises(SpoolError, match=words):
                await bench.engine.stage(path)
        assert copies(bench) == []


async def test_a_copy_that_no_action_names_is_dropped_when_the_console_ends(
    tmp_path: Path, world: World, trace: Path
) -> None:
    async with opened(tmp_path / "d", world) as bench:
        await bench.engine.stage(trace)
        assert len(copies(bench)) == 1
    assert copies(bench) == []


async def test_an_attachment_without_a_copy_is_not_taken(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path / "d", world) as bench:
        with pytest.raises(OutboxError, match=r"the copy of a\.txt is gone"):
            await bench.engine.submit([Request("desk", ONE, Attach("a.txt", 1, "0" * 64))])
        assert bench.engine.intents() == ()


async def test_forgotten_copies_are_swept_at_the_start_and_needed_ones_stay(
    tmp_path: Path, world: World, desk: dict[str, FakeSession], trace: Path
) -> None:
    async with opened(tmp_path / "d", world, sessions=desk, start=False, crash=True) as bench:
        await asked(bench, trace)
        (needed,) = copies(bench)
        (needed.parent / ("f" * 64)).write_bytes(b"nobody's")
        broken = needed.parent / "0123.part"
        broken.write_bytes(b"half a copy")
        os.utime(broken, (START.timestamp() - 4000, START.timestamp() - 4000))
        fresh = needed.parent / "4567.part"
        fresh.write_bytes(b"being written by another console")
    async with opened(tmp_path / "d", world, sessions=desk, start=False) as bench:
        assert copies(bench) == sorted([needed, fresh])


async def test_files_and_notes_on_one_incident_keep_their_order(
    tmp_path: Path, world: World, desk: dict[str, FakeSession], trace: Path
) -> None:
    async with opened(tmp_path / "d", world, sessions=desk) as bench:
        change = await bench.engine.stage(trace)
        made = await bench.engine.submit([Request("desk", ONE, change), Request("desk", ONE, Note("see the trace"))])
        await until_settled(bench, *(intent.command.id for intent in made))
        writes = [call for call in bench.session.calls if call in ("attach", "perform")]
        assert writes == ["attach", "perform"]
