"""A night with an Alertmanager, through the engine: what comes, is snoozed, ends, is kept, and comes again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.adapters.alertmanager.rig import AlertmanagerRig
from tests.servers.alertmanager import PASSWORD, USER
from tests.waiting import DEADLINE, until
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.actions import BY_NAME
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Snooze
from vagt.domain.incident import Incident, Key, State
from vagt.domain.ordering import parse_sort
from vagt.domain.query import parse
from vagt.engine.engine import Engine
from vagt.engine.events import Rang
from vagt.engine.intent import Stage
from vagt.engine.request import Request


@asynccontextmanager
async def console(rig: AlertmanagerRig, folder: Path) -> AsyncIterator[Engine]:
    async def secret(_: object) -> str:
        return PASSWORD

    backend = BackendSettings(
        name="am", adapter="alertmanager", url=rig.cutter.url, auth="basic", username=USER, query=rig.filter
    )
    engine = await Engine.open(
        Settings(console=ConsoleSettings(refresh=0.2, undo=0.1), backends=(backend,)),
        folder,
        clock=SystemClock(),
        operator="nobody",
        secrets=secret,
    )
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


def queue(engine: Engine, query: str = "is:open") -> list[str]:
    view = engine.board.open_view(parse(query), parse_sort("age"))
    try:
        return [incident.title for key in view if (incident := engine.board.get(key)) is not None]
    finally:
        view.close()


async def test_what_is_over_leaves_the_queue_is_kept_over_a_restart_and_rings_when_it_begins_again(
    rig: AlertmanagerRig, tmp_path: Path
) -> None:
    first, second = await rig.seed(["disk full", "host down"])
    async with console(rig, tmp_path) as engine:
        await until(lambda: sorted(queue(engine)) == ["disk full", "host down"], "both", lambda: queue(engine))
        number = _known(engine, first).number
        await rig.finish(first)
        await until(lambda: queue(engine) == ["host down"], "the other", lambda: queue(engine))
        assert (await engine.find(f"am:{number}")).state is State.RESOLVED
    await rig.finish(second)  # while nobody looks
    async with console(rig, tmp_path) as engine:
        await until(lambda: queue(engine) == [], "an empty queue", lambda: queue(engine))
        over = await engine.fetch("am", include_closed=True)
        assert {(one.title, one.state) for one in over} == {
            ("disk full", State.RESOLVED),
            ("host down", State.RESOLVED),
        }
        rang: list[frozenset[Key]] = []

        async def listen() -> None:
            async for event in engine.events():
                rang[:] += [event.keys] if isinstance(event, Rang) else []

        listening = asyncio.ensure_future(listen())
        await asyncio.sleep(0.05)
        rig.server.fire([rig.alert("disk full", "c0", severity="critical")])
        await until(lambda: queue(engine) == ["disk full"], "one that is open", lambda: queue(engine))
        again = _known(engine, first)
        assert (again.number, again.state) == (number, State.NEW)
        await until(lambda: rang == [frozenset({Key("am", first)})], "the bell", lambda: rang)
        listening.cancel()


async def test_a_snooze_goes_out_of_sight_for_everybody_until_its_end(rig: AlertmanagerRig, tmp_path: Path) -> None:
    (id,) = await rig.seed(["disk full"])
    key = Key("am", id)
    async with console(rig, tmp_path) as engine:
        await until(lambda: queue(engine) == ["disk full"], "one that is open", lambda: queue(engine))
        assert "acknowledgement" in engine.unable(BY_NAME["acknowledge"], key)
        assert engine.unable(BY_NAME["snooze"], key) == ""
        end = datetime.now(UTC) + timedelta(hours=1)
        (intent,) = await engine.submit([Request("am", key, Snooze(end, "known"))], undo=False)
        assert queue(engine) == [], "at once"
        (settled,) = await engine.settled([intent.command.id], DEADLINE)
        assert settled.stage is Stage.DONE, settled
        assert [one["comment"] for one in rig.held(id)] == ["known"]
        assert queue(engine, "is:snoozed") == ["disk full"]
        # a colleague ends it in Alertmanager
        rig.server.expire(rig.held(id)[0]["id"])
        await until(lambda: queue(engine) == ["disk full"], "one that is open", lambda: queue(engine))
        (refused,) = await engine.submit([Request("am", key, Snooze(end))], undo=False)
        (settled,) = await engine.settled([refused.command.id], DEADLINE)
        assert settled.stage is Stage.REFUSED and "say why" in settled.reason
        await until(lambda: queue(engine) == ["disk full"], "the queue", lambda: queue(engine))


async def test_a_restart_of_alertmanager_takes_nothing_out_of_the_queue(rig: AlertmanagerRig, tmp_path: Path) -> None:
    (id,) = await rig.seed(["disk full"])
    async with console(rig, tmp_path) as engine:
        await until(lambda: queue(engine) == ["disk full"], "one that is open", lambda: queue(engine))
        await rig.server_restarts()
        before = rig.requests()
        await until(lambda: rig.requests() > before + 4, "some polls", rig.requests)
        assert queue(engine) == ["disk full"]
        assert _known(engine, id).state is State.NEW
    async with console(rig, tmp_path) as engine:
        before = rig.requests()
        await until(lambda: rig.requests() > before + 5, "some polls", rig.requests)
        assert queue(engine) == ["disk full"], "a console that starts now does not call it over either"


def _known(engine: Engine, id: str) -> Incident:
    found = engine.board.get(Key("am", id))
    assert found is not None
    return found
