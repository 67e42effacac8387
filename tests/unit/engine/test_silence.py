"""A backend that is silent, turns in a circle or changes what an account may do: told in time, never hammered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, World, incident, keys, opened, settle
from vagt.adapters.protocol import AuthError, Batch, ForbiddenError, ProtocolError, UnavailableError
from vagt.domain.capability import Capability
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Take
from vagt.engine.health import Condition
from vagt.engine.request import Request


@pytest.fixture
def world() -> World:
    made = World(ManualClock(START))
    made.put(incident("1"), incident("2"))
    return made


async def test_a_backend_that_hangs_at_the_sign_in_is_told_of_before_any_timeout(tmp_path: Path, world: World) -> None:
    answered = asyncio.Event()
    async with opened(tmp_path, world, start=False) as bench:
        bench.session.before["probe"] = [lambda: _waits(answered)]
        await bench.engine.start()
        await bench.pass_time(2)
        assert bench.engine.health("desk").problem == ""
        await bench.pass_time(2)
        health = bench.engine.health("desk")
        assert (health.condition, health.problem) == (Condition.NEVER, "no answer for 3 s")
        await bench.pass_time(10)
        assert bench.engine.health("desk").problem == "no answer for 13 s"
        answered.set()
        await settle()
        health = bench.engine.health("desk")
        assert (health.condition, health.problem) == (Condition.FRESH, "")


async def test_so_is_one_that_hangs_later_and_its_answer_ends_it(tmp_path: Path, world: World) -> None:
    answered = asyncio.Event()
    async with opened(tmp_path, world) as bench:
        bench.session.before["changes"] = [lambda: _waits(answered)]
        await bench.pass_time(30)
        assert bench.engine.health("desk").problem.startswith("no answer for ")
        answered.set()
        await settle()
        assert bench.engine.health("desk").problem == ""


async def test_what_went_wrong_before_is_not_forgotten_by_an_answer_that_fails(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["changes"] = [UnavailableError("refused")] * 3
        await bench.pass_time(20)
        assert bench.engine.health("desk").problem == "refused"


async def test_a_listing_that_turns_in_a_circle_is_no_listing(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, start=False) as bench:
        asked = _turning(bench.session, lambda count: "list:0:0")
        await bench.engine.start()
        await bench.pass_time(60)
        health = bench.engine.health("desk")
        assert "the same page again and again" in health.problem
        assert len(asked) < 40
        assert bench.engine.board.incidents.keys() == set(keys("12")), "what came all the same is shown"
        with pytest.raises(ProtocolError, match="again and again"):
            await bench.engine.fetch("desk")


async def test_so_is_one_whose_pages_bring_nothing_new_for_ever(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, start=False) as bench:
        asked = _turning(bench.session, lambda count: f"list:{count}:0")
        with pytest.raises(ProtocolError, match="again and again"):
            await bench.engine.fetch("desk")
        assert len(asked) < 1100


async def test_rights_that_change_are_noticed_within_the_hour(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.able -= {Capability.ESCALATE}
        await bench.pass_time(1800, step=15)
        assert bench.session.probes == 1
        await bench.pass_time(1900, step=15)
        assert bench.session.probes == 2
        assert not bench.engine.knows("desk", Capability.ESCALATE)


async def test_and_soon_after_something_was_forbidden(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(90, step=5)
        bench.session.before["perform"] = [ForbiddenError("you may not")]
        bench.session.able -= {Capability.ESCALATE}
        await bench.engine.submit([Request("desk", keys("1")[0], Take())], undo=False)
        await bench.pass_time(40, step=5)
        assert bench.session.probes == 2
        assert not bench.engine.knows("desk", Capability.ESCALATE)
        await bench.pass_time(120, step=5)
        assert bench.session.probes == 2, "once is enough"


async def test_a_question_about_rights_that_fails_costs_nothing(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["probe"] = [UnavailableError("not now")]
        await bench.pass_time(3700, step=15)
        assert bench.session.probes == 2
        assert bench.engine.health("desk").condition is Condition.FRESH
        assert bench.engine.knows("desk", Capability.ESCALATE)


async def test_credentials_that_are_refused_then_are_told(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["probe"] = [AuthError("revoked")]
        await bench.pass_time(3700, step=15)
        assert bench.engine.health("desk").condition is Condition.SIGNED_OUT


def _turning(session: object, cursor: object) -> list[str | None]:
    """Let a session give its first page for ever, under the cursors that are named."""
    listing = session.changes  # type: ignore[attr-defined]
    asked: list[str | None] = []

    async def turning(given: str | None) -> Batch:
        asked.append(given)
        batch: Batch = await listing(None)
        return replace(batch, more=True, complete=False, restart=given is None, cursor=cursor(len(asked)))  # type: ignore[operator]

    session.changes = turning  # type: ignore[attr-defined]
    return asked


async def _waits(event: asyncio.Event) -> None:
    await event.wait()
