"""Drills on disk: folders of their own, scores that stay, and an audit log that is read leniently."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vagt.adapters.embedded.shift.scenarios import FIRST_SHIFT, STORM
from vagt.config.settings import DEFAULT_VIEWS, BackendSettings, ConsoleSettings, Settings, ViewSettings
from vagt.drill import record
from vagt.drill import run as runs
from vagt.drill.card import Card, Part
from vagt.drill.deeds import Deeds, read_deeds

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def begun(drills: Path, minutes: float = 0, *, speed: float = 1.0) -> runs.Run:
    now = NOON + timedelta(minutes=minutes)
    return runs.begin(drills, FIRST_SHIFT, seed=7, rate=1.5, speed=speed, now=now)


def card(share: float | None) -> Card:
    figures = dict.fromkeys(Card.__dataclass_fields__, 0)
    figures |= {"parts": (Part("acknowledging", 30, share),), "acknowledged": {}, "resolved": {}}  # type: ignore[dict-item]
    return Card(**figures)  # type: ignore[arg-type]


def test_each_drill_has_a_folder_of_its_own_for_its_owner_only(tmp_path: Path) -> None:
    first, second = begun(tmp_path / "drills"), begun(tmp_path / "drills")
    assert first.folder != second.folder
    assert all(run.folder.stat().st_mode & 0o777 == 0o700 for run in (first, second))
    assert [run.id for run in runs.all_runs(tmp_path / "drills")] == [second.id, first.id]


def test_what_is_known_of_a_drill_is_read_back(tmp_path: Path) -> None:
    run = runs.end(begun(tmp_path), NOON + timedelta(minutes=9))
    assert runs.found(tmp_path, run.id) == run
    assert runs.found(tmp_path, "last") == run
    assert runs.found(tmp_path, "first-shift-2026") == run


def test_an_unknown_drill_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(runs.NoRun, match="no drill of this data folder"):
        runs.found(tmp_path, "last")
    first = begun(tmp_path)
    begun(tmp_path, 1)
    with pytest.raises(runs.NoRun, match=f"no drill is called “storm”; there are .*{first.id}"):
        runs.found(tmp_path, "storm")
    with pytest.raises(runs.NoRun, match="several drills begin with “first”"):
        runs.found(tmp_path, "first")


def test_only_the_newest_folders_stay_and_nothing_that_is_not_a_drills(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "keep.txt").write_text("x", encoding="utf-8")
    made = [begun(tmp_path, minutes) for minutes in range(runs.KEPT + 3)]
    assert [run.id for run in reversed(runs.all_runs(tmp_path))] == [run.id for run in made[3:]]
    assert (tmp_path / "mine" / "keep.txt").exists()


def test_a_drill_keeps_how_the_person_likes_it_and_touches_none_of_the_backends(tmp_path: Path) -> None:
    base = Settings(
        console=ConsoleSettings(theme="vagt-light", read_only=True, watch=True, undo=2.0),
        backends=(BackendSettings(name="real", adapter="rt", url="https://rt.example"),),
        views=(ViewSettings(name="Hot", query="p<=2"),),
        keys=(("acknowledge", ("f2",)),),
    )
    made = runs.settings_of(begun(tmp_path, speed=10), base)
    assert (made.console.theme, made.console.undo, made.keys) == ("vagt-light", 2.0, base.keys)
    assert [view.name for view in made.views] == ["Hot", "All open"], "what comes is to be seen, whatever theirs show"
    assert runs.settings_of(begun(tmp_path), Settings()).views == DEFAULT_VIEWS
    assert (made.console.read_only, made.console.watch) == (False, False)
    assert [(backend.name, backend.adapter) for backend in made.backends] == [("drill", "embedded")]
    assert made.backends[0].options["scenario"] == "first-shift"
    assert "1.5 minutes, nothing here is real" in made.notices[0]


def test_scores_are_added_and_compared_within_their_scenario(tmp_path: Path) -> None:
    first, second = begun(tmp_path), begun(tmp_path, 5)
    record.keep(tmp_path, runs.end(first, NOON + timedelta(minutes=4)), card(0.5))
    record.keep(tmp_path, runs.end(second, NOON + timedelta(minutes=9)), card(None))
    storm = runs.begin(tmp_path, STORM, seed=1, rate=1, speed=1, now=NOON)
    record.keep(tmp_path, runs.end(storm, NOON), card(1.0))
    assert [(score.run, score.marks) for score in record.earlier(tmp_path, "first-shift")] == [
        (first.id, 50),
        (second.id, None),
    ]
    again = replace(second, left=NOON + timedelta(minutes=9))
    assert [score.run for score in record.earlier(tmp_path, "first-shift", than=again)] == [first.id]
    assert (tmp_path / record.FILE).stat().st_mode & 0o777 == 0o600


def test_lines_that_nobody_can_read_do_not_hide_the_others(tmp_path: Path) -> None:
    record.keep(tmp_path, begun(tmp_path), card(0.5))
    with (tmp_path / record.FILE).open("a", encoding="utf-8") as file:
        file.write('{"run": "x"}\n{torn\n[]\n')
    record.keep(tmp_path, begun(tmp_path, 1), card(0.6))
    assert [score.marks for score in record.earlier(tmp_path, "first-shift")] == [50, 60]


def _audit(path: Path, *lines: dict[str, object]) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines) + '\n{"id": "torn', encoding="utf-8")
    return path


def test_the_audit_log_tells_what_was_asked_and_what_became_of_it(tmp_path: Path) -> None:
    until = "2026-11-24T12:20:00+00:00"
    log = _audit(
        tmp_path / "audit.jsonl",
        {"id": "1", "what": "hold", "on": "drill:10004", "result": "asked", "with": {"until": until}},
        {"id": "1", "what": "hold", "on": "drill:10004", "result": "done", "at": NOON.isoformat()},
        {"id": "2", "what": "note", "on": "drill:10004", "result": "asked"},
        {"id": "2", "what": "note", "on": "drill:10004", "result": "taken back"},
        {"id": "3", "what": "take", "on": "drill:10005", "result": "conflict"},
        {"id": "4", "what": "take", "on": "drill:10005", "result": "asked"},
        {"what": "recovered", "torn": True},
    )  # fmt: skip
    found = read_deeds(log)
    assert (found.asked, found.taken_back, found.conflicts, found.refused, found.left) == (4, 1, 1, 0, 1)
    assert [(held.number, held.until.isoformat()) for held in found.holds] == [("10004", until)]


def test_no_audit_log_is_nothing_done(tmp_path: Path) -> None:
    assert read_deeds(tmp_path / "none.jsonl") == Deeds()
