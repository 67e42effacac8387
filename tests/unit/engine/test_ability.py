"""What cannot be done is known, with its reason, before anything is typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.engine.fakes import EVERYTHING, START, FakeSession, World, incident, opened, settings_for, settle
from vagt.adapters.embedded.manifest import MANIFEST
from vagt.domain.actions import ACTIONS, BY_NAME
from vagt.domain.capability import Capability
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Verb
from vagt.domain.incident import Key, State
from vagt.engine.backend import Backend

ONE = Key("desk", "1")


@pytest.fixture
def world() -> World:
    world = World(ManualClock(START))
    world.put(
        incident("1"),
        incident("2", state=State.WAITING),
        incident("3", state=State.RESOLVED),
        incident("4", state=State.CLOSED),
    )
    return world


async def test_with_every_capability_every_action_can_be_done_somewhere(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        for number in (3, 4):
            await bench.engine.find(f"desk:1{number}")
        for action in ACTIONS:
            reasons = [bench.engine.unable(action, Key("desk", id)) for id in "1234"]
            assert "" in reasons, (action.name, reasons)


@pytest.mark.parametrize(
    ("action", "id", "words"),
    [
        ("acknowledge", "3", "it is resolved; reopen it first"),
        ("resolve", "3", "it is resolved; reopen it first"),
        ("snooze", "4", "it is closed; reopen it first"),
        ("close", "4", "it is closed already"),
        ("reopen", "2", "it is open (waiting)"),
        ("reopen", "3", ""),
        ("close", "3", ""),
        ("acknowledge", "2", ""),
        ("note", "4", ""),
    ],
)
async def test_the_state_of_an_incident_decides(tmp_path: Path, world: World, action: str, id: str, words: str) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        await bench.engine.find(f"desk:1{id}")
        assert bench.engine.unable(BY_NAME[action], Key("desk", id)) == words


async def test_what_a_product_allows_no_more_on_what_is_closed_is_told(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = replace(MANIFEST, title="Strictdesk", closed_to=frozenset({Verb.ASSIGN}))
    monkeypatch.setattr(Backend, "manifest", lambda self: final)
    async with opened(tmp_path, world) as bench:
        await settle()
        for number in (3, 4):
            await bench.engine.find(f"desk:1{number}")
        told = {id: bench.engine.unable(BY_NAME["assign"], Key("desk", id)) for id in "134"}
        assert told == {"1": "", "3": "", "4": "it is closed: Strictdesk allows no such change any more"}
        assert not bench.engine.unable(BY_NAME["priority"], Key("desk", "4"))


async def test_what_the_account_lacks_is_told_with_its_reason(tmp_path: Path, world: World) -> None:
    session = FakeSession(world, able=EVERYTHING - {Capability.LINK, Capability.MERGE, Capability.ASSIGN_PERSON})
    async with opened(tmp_path, world, sessions={"desk": session}) as bench:
        await settle()
        assert "link" in bench.engine.unable(BY_NAME["link"], ONE)
        assert bench.engine.unable(BY_NAME["assign"], ONE) == "", "a team can still be assigned"
        assert bench.engine.unable(BY_NAME["snooze"], ONE) == "", "the console does it itself"


async def test_read_only_allows_what_stays_in_the_console(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, settings=settings_for(read_only=True)) as bench:
        await settle()
        assert "read-only" in bench.engine.unable(BY_NAME["take"], ONE)
        assert "read-only" in bench.engine.unable(BY_NAME["register"], None)
        assert bench.engine.unable(BY_NAME["snooze"], ONE) == ""
        assert bench.engine.unable(BY_NAME["open"], ONE) == ""


async def test_without_an_incident_or_its_backend(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        assert bench.engine.unable(BY_NAME["take"], None) == "no incident is chosen"
        assert bench.engine.unable(BY_NAME["copy_ref"], None) == "no incident is chosen"
        assert bench.engine.unable(BY_NAME["register"], None) == ""
        assert "no backend called other" in bench.engine.unable(BY_NAME["take"], Key("other", "1"))
        assert bench.engine.unable(BY_NAME["quit"], None) == ""
