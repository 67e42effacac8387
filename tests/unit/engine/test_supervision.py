"""One backend's trouble, even a bug of ours, ends no other task of the engine."""

from __future__ import annotations

from pathlib import Path

from tests.unit.engine.fakes import START, World, incident, opened, settle
from vagt.adapters.protocol import UnavailableError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Take
from vagt.domain.incident import Key
from vagt.engine.health import Condition
from vagt.engine.intent import Stage
from vagt.engine.request import Request


async def test_a_poller_and_a_sender_that_fail_are_begun_again(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world, start=False) as bench:
        parts = bench.engine._parts
        failing = {"poll": 2, "send": 2}
        poll, send = parts.pollers["desk"].run, parts.senders["desk"].run

        async def bad_poll() -> None:
            if failing["poll"]:
                failing["poll"] -= 1
                raise RuntimeError("a bug")
            await poll()

        async def bad_send() -> None:
            if failing["send"]:
                failing["send"] -= 1
                raise RuntimeError("another bug")
            await send()

        parts.pollers["desk"].run = bad_poll  # type: ignore[method-assign]
        parts.senders["desk"].run = bad_send  # type: ignore[method-assign]
        await bench.engine.start()
        (intent,) = await bench.engine.submit([Request("desk", Key("desk", "1"), Take())], undo=False)
        await bench.pass_time(12)
        assert bench.engine.health("desk").condition is Condition.FRESH
        assert bench.intent(intent.command.id).stage is Stage.DONE
    assert "another bug" in (tmp_path / "vagt.log").read_text()


async def test_a_backend_that_comes_back_gets_its_actions_at_once(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world) as bench:
        await settle()
        bench.session.before["perform"] = [UnavailableError("down")] * 7
        (intent,) = await bench.engine.submit([Request("desk", Key("desk", "1"), Take())], undo=False)
        await bench.until(lambda: not bench.session.before["perform"], within=400)
        waited = bench.clock.monotonic()
        await bench.until(lambda: bench.intent(intent.command.id).stage is Stage.DONE)
        assert bench.clock.monotonic() - waited <= 17, "the next good poll lets it go, not the end of a long pause"
