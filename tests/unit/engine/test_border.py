"""What a stranger's adapter says of incidents: mended or left out, so that one bad record stops nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.unit.engine.fakes import START, World, incident, opened, settle
from vagt.adapters.protocol import ConflictError, ProtocolError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Take
from vagt.domain.incident import ClockState, Incident, Key, SlaClock
from vagt.domain.ordering import parse_sort
from vagt.domain.query import parse
from vagt.domain.timeline import EntryKind, TimelineEntry
from vagt.engine.border import Unsound, sound
from vagt.engine.health import Condition
from vagt.engine.intent import Stage
from vagt.engine.request import Request

WEST = timezone(timedelta(hours=-14))
UNUSABLE: list[dict[str, Any]] = [
    {"title": None},
    {"title": 5},
    {"team": 7},
    {"state": "weird"},
    {"major": "yes"},
    {"id": ""},
    {"id": "x" * 10_000_000},
    {"id": "a\ud800"},
    {"sla": [1]},
    {"links": ("x",)},
    {"extra": (("label",),)},
]


@pytest.fixture
def world() -> World:
    made = World(ManualClock(START))
    made.put(incident("1"), incident("3"))
    return made


def test_what_is_sound_is_left_as_it_is() -> None:
    same = incident("1", sla=(SlaClock("response", START, ClockState.RUNNING),), extra=(("a", "b"),), team="NOC")
    assert sound(same, "desk") is same


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"created_at": datetime(2026, 1, 1, 8)}, {"created_at": datetime(2026, 1, 1, 8, tzinfo=UTC)}),
        ({"updated_at": datetime(9999, 12, 31, 23, tzinfo=WEST)}, {"updated_at": None}),
        ({"closed_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))}, {"closed_at": None}),
        ({"snoozed_until": "tomorrow"}, {"snoozed_until": None}),
        ({"priority": 10**30, "impact": "1", "urgency": 0}, {"priority": None, "impact": None, "urgency": None}),
        ({"backend": "another"}, {"backend": "desk"}),
        ({"number": "1\ud800"}, {"number": "1?"}),
    ],
)
def test_what_can_be_mended_is(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert sound(incident("1", **given), "desk") == incident("1", **{**{"number": "11"}, **kept})


def test_the_times_of_clocks_too() -> None:
    clock = SlaClock("response", datetime(2026, 1, 1), ClockState.RUNNING, started_at=datetime(1, 1, 1, tzinfo=WEST))
    (mended,) = sound(incident("1", sla=(clock,)), "desk").sla
    assert mended.due_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert mended.started_at == datetime(1, 1, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize("changes", UNUSABLE)
def test_the_rest_is_refused_without_its_content(changes: dict[str, Any]) -> None:
    with pytest.raises(Unsound) as caught:
        sound(replace(incident("1"), **changes), "desk")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("changes", [*UNUSABLE, {"created_at": datetime(2026, 1, 1)}])
async def test_one_bad_record_stops_neither_its_neighbours_nor_the_next_start(
    tmp_path: Path, world: World, changes: dict[str, Any]
) -> None:
    world.incidents["2"] = replace(incident("2"), **changes)
    for _ in range(2):
        async with opened(tmp_path, world) as bench:
            board = bench.engine.board
            assert {Key("desk", "1"), Key("desk", "3")} <= board.incidents.keys()
            assert bench.engine.health("desk").condition is Condition.FRESH
            facts = board.facts()
            for query in ("age>2h", "created>2026-01-01", "team:noc", "p<=2"):
                assert [parse(query).matches(one, facts) for one in board.incidents.values()]
            for order in ("priority,-age", "title", "state", "team", "-updated"):
                assert sorted(board.incidents.values(), key=parse_sort(order).key())


async def test_an_answer_to_an_action_is_looked_at_as_well(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        theirs = incident("1", created_at=datetime(2026, 1, 1), version="9", updated_by="bo", priority=1)
        bench.session.before["perform"] = [ConflictError("it has changed", theirs)]
        (intent,) = await bench.engine.submit([Request("desk", Key("desk", "1"), Take())], undo=False)
        await settle()
        stopped = bench.intent(intent.command.id)
        assert stopped.stage is Stage.CONFLICT
        assert stopped.theirs is not None and stopped.theirs.created_at == datetime(2026, 1, 1, tzinfo=UTC)


async def test_what_a_person_asks_for_by_number_is_told_to_be_unusable(tmp_path: Path, world: World) -> None:
    world.incidents["1"] = replace(incident("1"), team=7)  # type: ignore[arg-type]
    async with opened(tmp_path, world, start=False) as bench:
        with pytest.raises(ProtocolError, match="cannot be used"):
            await bench.engine.find("desk:11")


async def test_a_timeline_without_zones_is_taken_for_utc(tmp_path: Path, world: World) -> None:
    world.words["1"] = [TimelineEntry(datetime(2026, 1, 1), "bo", EntryKind.NOTE, False, "x")]
    async with opened(tmp_path, world, start=False) as bench:
        (entry,) = await bench.engine.timeline(Key("desk", "1"))
        assert entry.at == datetime(2026, 1, 1, tzinfo=UTC)


def test_it_knows_every_field_that_an_incident_has() -> None:
    from vagt.engine import border

    seen = {*border._TEXTS, *border._WORDS, *border._MOMENTS, *(name for name, _ in border._SCALES)}
    rest = {"backend", "state", "major", "also_assigned", "sla", "links", "extra"}
    assert seen | rest == set(Incident.__dataclass_fields__)
