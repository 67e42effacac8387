"""The audit log: a chain that shows any change, whole after a crash and with several writers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, World, incident, opened, settle
from vagt.adapters.protocol import InvalidError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Assign, Note, Take
from vagt.domain.incident import Key
from vagt.engine.audit import GENESIS, AuditLog
from vagt.engine.request import Request

ONE = Key("desk", "1")


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{") and line.endswith("}")]


async def test_each_step_of_an_action_is_a_line_that_says_who_what_on_what_and_how_it_went(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world) as bench:
        await settle()
        bench.session.before["perform"] = [InvalidError("no such team")]
        (bad,) = await bench.engine.submit([Request("desk", ONE, Assign(team="X"))], undo=False)
        await bench.engine.settled([bad.command.id], timeout=None)
        await bench.engine.discard(bad.command.id)
        await bench.engine.submit([Request("desk", ONE, Take())])
        await bench.engine.undo()
        (good,) = await bench.engine.submit([Request("desk", ONE, Note("on it"))])
        await bench.pass_time(6)
    told = [(line["what"], line["result"], line.get("why")) for line in lines(tmp_path / "audit.jsonl")]
    assert told == [
        ("assign", "asked", None),
        ("assign", "sent", None),
        ("assign", "refused", "no such team"),
        ("assign", "given up", "no such team"),
        ("take", "asked", None),
        ("take", "taken back", None),
        ("note", "asked", None),
        ("note", "sent", None),
        ("note", "done", None),
    ]
    last = lines(tmp_path / "audit.jsonl")[-1]
    assert (last["who"], last["on"], last["id"]) == ("anna", "desk:11", good.command.id)
    first = lines(tmp_path / "audit.jsonl")[0]
    assert first["prev"] == GENESIS
    assert isinstance(first["with"], dict) and first["with"]["team"] == "X"
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o777 == 0o600
    assert AuditLog(tmp_path / "audit.jsonl").verify().ok


def test_a_changed_removed_or_moved_line_is_found(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    for number in range(6):
        log.append([{"number": number}])
    whole = path.read_bytes()
    assert log.verify().ok and log.verify().lines == 6
    parts = whole.splitlines(keepends=True)
    for damaged in (
        whole.replace(b'"number":2', b'"number":9'),
        b"".join(parts[:2] + parts[3:]),
        b"".join([*parts[:1], parts[2], parts[1], *parts[3:]]),
        b"".join(parts[1:]),
        whole.replace(parts[3], b"{}\n"),
        whole.replace(parts[3], b"rubbish\n"),
    ):
        path.write_bytes(damaged)
        assert not log.verify().ok


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_line_that_a_crash_cut_short_is_kept_and_named_by_the_next(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    log.append([{"number": 1}, {"number": 2}])
    path.write_bytes(path.read_bytes()[:-cut])
    assert log.verify().ok and log.verify().torn == (2,)
    rest = path.read_bytes()
    log.append([{"number": 3}])
    assert path.read_bytes().startswith(rest)
    verdict = log.verify()
    assert verdict.ok
    assert verdict.torn == ((2,) if cut > 1 else ())
    told = lines(path)
    assert told[-1]["number"] == 3 and told[-2]["torn"] is True


def test_long_lines_are_chained_too(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.append([{"text": "x" * 300_000}])
    log.append([{"text": "y"}])
    assert log.verify().ok


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    script = (
        "import sys; from pathlib import Path; from vagt.engine.audit import AuditLog\n"
        "for n in range(100): AuditLog(Path(sys.argv[1])).append([{'n': n}])"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(3)]
    assert [writer.wait(30) for writer in writers] == [0, 0, 0]
    verdict = AuditLog(path).verify()
    assert verdict.ok and verdict.lines == 300


async def test_an_audit_log_that_cannot_be_written_stops_no_action(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    (tmp_path / "audit.jsonl").mkdir()
    async with opened(tmp_path, world) as bench:
        await settle()
        await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        await bench.pass_time(1)
        assert world.incidents["1"].assignee == "anna"
        assert any("audit" in words for words in bench.engine.problems())
