"""A process with an engine in it, for tests that kill it: `python -m tests.endurance.watch {enqueue|drain} …`.

`enqueue CONFIG DATA SCRIPT` waits until the queue has been read, puts the actions of the script (JSON) on disk within
the undo window, so that none leaves, prints "queued", and stays until it is killed. `drain CONFIG DATA` sends until
the outbox is empty and exits; it prints what needs a person. Each prints "begun" first.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from vagt.config.load import load
from vagt.config.secrets import secret_of
from vagt.domain.answers import change_from
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Change, LinkTo, Verb
from vagt.domain.incident import Incident, Key, LinkKind
from vagt.engine.engine import Engine
from vagt.engine.health import Condition
from vagt.engine.intent import Intent
from vagt.engine.request import Request


async def main(what: str, config: Path, data: Path, script: str = "") -> int:
    engine = await Engine.open(load(config), data, clock=SystemClock(), operator="anna", secrets=secret_of)
    await engine.start()
    print("begun", flush=True)
    try:
        return await (_enqueue(engine, json.loads(Path(script).read_text())) if what == "enqueue" else _drain(engine))
    finally:
        await engine.stop()


async def _enqueue(engine: Engine, script: list[dict[str, str]]) -> int:
    while any(health.condition is not Condition.FRESH for health in engine.healths()):
        await asyncio.sleep(0.05)
    intents = await engine.submit([_request(engine, step) for step in script])
    print(f"queued {len(intents)}", flush=True)
    await asyncio.sleep(600)
    return 1


def _request(engine: Engine, step: dict[str, str]) -> Request:
    answers = dict(step)
    backend, id, verb = answers.pop("backend"), answers.pop("id", ""), Verb(answers.pop("verb"))
    change: Change
    if verb is Verb.LINK:
        other = engine.board.get(Key(backend, answers["other"]))
        assert isinstance(other, Incident)
        change = LinkTo(other=other.id, other_ref=other.ref, kind=LinkKind.RELATED)
    else:
        change = change_from(verb, answers)
    return Request(backend, Key(backend, id) if id else None, change)


async def _drain(engine: Engine) -> int:
    while any(intent.stage.is_pending for intent in engine.intents()):
        await asyncio.sleep(0.02)
    for intent in engine.intents():
        print(_told(intent), flush=True)
    return 0


def _told(intent: Intent) -> str:
    return f"{intent.stage.value}: {intent.command.verb.value} {intent.command.ref}: {intent.reason}"


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])))
