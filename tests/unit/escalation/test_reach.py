"""Who a step reaches: rotas of the config and of the backend, aliases, the management line, nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.unit.escalation.consoles import PATH, PEOPLE, ROTAS, Console, room, settings
from vagt.config.response import PersonSettings, StepSettings
from vagt.config.settings import Settings
from vagt.domain.incident import Incident
from vagt.escalation.paths import Paths, TargetError, target
from vagt.escalation.reach import Reach


async def reached(
    tmp_path: Path, *steps: str, config: Settings | None = None, kind: str = "functional", **changes: object
) -> Reach:
    """Who the last of these steps reaches, for an incident of the NOC."""
    path = replace(PATH, steps=tuple(StepSettings(after=0, to=to, kind=kind) for to in steps))
    (found,) = Paths((path,))
    async with room(tmp_path) as desk:
        console: Console = await desk.console(act=False, config=config)
        key = await desk.incident(console)
        incident = console.engine.board.get(key)
        assert isinstance(incident, Incident)
        changed = replace(incident, **changes)  # type: ignore[arg-type]
        return await console.escalation.reaching.step(changed, found, found.steps[-1])


async def test_the_on_call_of_a_rota_is_told_and_its_team_gets_it(tmp_path: Path) -> None:
    found = await reached(tmp_path, "oncall:db")
    assert found.person is not None
    assert (found.person.name, found.team, found.login) == ("carl", "Databases", "")
    assert found.notify == (("carl-ntfy",),)
    assert found.words() == "Carl Berg by carl-ntfy; assigned to Databases"


async def test_what_the_team_has_already_is_not_assigned_again(tmp_path: Path) -> None:
    assert (await reached(tmp_path, "oncall:noc")).team == ""


async def test_where_the_config_has_no_such_rota_the_backends_own_is_asked(tmp_path: Path) -> None:
    found = await reached(tmp_path, "oncall:Databases", config=settings(rotas=()))
    assert found.person is not None
    assert (found.person.name, found.native, found.team) == ("carl", True, "Databases")
    unknown = await reached(tmp_path / "2", "oncall:nowhere", config=settings(rotas=()))
    assert "neither the config nor desk has a rota “nowhere”" in unknown.problem
    assert unknown.is_nobody


async def test_the_manager_is_that_of_whoever_has_it(tmp_path: Path) -> None:
    people = (*PEOPLE[:2], replace(PEOPLE[2], manager="bo"), PEOPLE[3])
    found = await reached(tmp_path, "oncall:noc", "manager", config=settings(people=people), assignee="carl")
    assert found.person is not None
    assert found.person.name == "bo"


async def test_else_that_of_whoever_the_step_below_reached_and_then_theirs(tmp_path: Path) -> None:
    people = (*PEOPLE[:3], replace(PEOPLE[3], manager="ceo"), PersonSettings(name="ceo", channels=("noc-chat",)))
    first = await reached(tmp_path, "oncall:db", "manager", config=settings(people=people))
    second = await reached(tmp_path / "2", "oncall:db", "manager", "manager", config=settings(people=people))
    assert first.person is not None and second.person is not None
    assert (first.person.name, second.person.name) == ("dora", "ceo")


async def test_where_the_line_ends_that_is_said(tmp_path: Path) -> None:
    people = tuple(replace(person, manager="") for person in PEOPLE)
    found = await reached(tmp_path, "oncall:db", "manager", config=settings(people=people))
    assert found.is_nobody
    assert "the config names no manager for Carl Berg, Anna Holm" in found.problem


async def test_a_person_is_assigned_by_the_name_that_the_backend_knows(tmp_path: Path) -> None:
    people = (replace(PEOPLE[2], name="carl-berg", aliases=("carl",)), *PEOPLE[:2], PEOPLE[3])
    rotas = (ROTAS[0], replace(ROTAS[1], people=("carl-berg",)))
    found = await reached(tmp_path, "user:carl-berg", config=settings(people=people, rotas=rotas))
    assert (found.login, found.notify) == ("carl", (("carl-ntfy",),))


async def test_up_the_line_nothing_is_taken_from_whoever_works_on_it(tmp_path: Path) -> None:
    found = await reached(tmp_path, "user:dora", kind="hierarchical")
    assert (found.team, found.login, found.native) == ("", "", False)
    assert found.notify == (("dora-mail",),)


async def test_a_team_and_the_backends_own_level_go_through_its_own_escalation(tmp_path: Path) -> None:
    team = await reached(tmp_path, "team:Databases")
    assert (team.native, team.team) == (True, "Databases")
    assert (await reached(tmp_path / "2", "backend")).native


async def test_somebody_without_a_channel_is_named(tmp_path: Path) -> None:
    people = (*PEOPLE[:2], replace(PEOPLE[2], channels=()), PEOPLE[3])
    found = await reached(tmp_path, "oncall:db", config=settings(people=people))
    assert "who has no channel" in found.words()
    assert found.notify == ()


async def test_nobody_on_call_still_moves_it_to_the_team(tmp_path: Path) -> None:
    empty = replace(ROTAS[1], start=datetime(2030, 1, 1))
    found = await reached(tmp_path, "oncall:db", config=settings(rotas=(ROTAS[0], empty)))
    assert (found.person, found.team) == (None, "Databases")
    assert "NOBODY is on call" in found.problem


@pytest.mark.parametrize("text", ["", "oncall", "oncall:", "manager:bo", "pager:x", "bo"])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(TargetError):
        target(text)
