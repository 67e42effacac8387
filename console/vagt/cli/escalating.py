"""`vagt escalate`: brings in the next who must know, and says who that was."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from vagt.cli import json_out, plain
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.refs import Missing, resolve_all
from vagt.cli.session import load_settings, opened
from vagt.domain.actions import BY_NAME
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine
from vagt.engine.intent import Intent, Stage
from vagt.escalation.carrying import outcome_words
from vagt.escalation.desk import Escalation, EscalationError
from vagt.escalation.order import Order

_PATIENCE = 3.0
"""How many of the backend's timeouts we wait for everything to be confirmed."""
_WORST = ("refused", "conflict", "queued", "done")


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Escalate each. Raises UsageError, ConfigError and EngineError."""
    if not given.reason.strip():
        raise UsageError("--reason must not be empty: it goes into the timeline")
    settings = load_settings(given, output)
    errors = Errors()
    results: list[tuple[str, str, str]] = []
    away = False
    async with opened(settings, given, load=False) as engine:
        escalation = Escalation(engine)
        await escalation.open()
        try:
            await engine.start(poll=False)
            for found in await resolve_all(engine, given.refs, errors):
                if isinstance(found, Missing):
                    results.append((found.ref, "refused", found.message))
                    away |= found.unreachable
                    continue
                results.append(await _one(engine, escalation, found, given))
        finally:
            await escalation.stop()
    code = Exit.DONE
    if away or (any(status == "queued" for _, status, _ in results) and not given.no_wait):
        code = Exit.UNREACHABLE
    if any(status in ("refused", "conflict") for _, status, _ in results) and not away:
        code = Exit.REFUSED
    return Answer(
        noun="results",
        payload=[json_out.result(*result) for result in results],
        human=[plain.line(f"{ref}: {status}: {message}") for ref, status, message in results],
        errors=errors,
        code=code,
    )


async def _one(
    engine: Engine, escalation: Escalation, incident: Incident, given: argparse.Namespace
) -> tuple[str, str, str]:
    closed = engine.unable(BY_NAME["escalate"], incident.key)
    if closed:
        return incident.ref, "refused", closed
    try:
        climb = await escalation.climb(incident)
        if climb.problem:
            return incident.ref, "refused", f"what was escalated already is not known: {climb.problem}"
        to = escalation.target_of(given.to, incident.backend) if given.to else None
        order = await escalation.order(climb, given.reason, level=given.level, to=to)
    except EscalationError as error:
        return incident.ref, "refused", str(error)
    requests = escalation.requests(order)
    intents = await engine.submit(requests, undo=False)
    ids = [intent.command.id for intent in intents]
    if given.no_wait:
        return incident.ref, "queued", f"{order.name}: {order.reach.words()}"
    timeout = _PATIENCE * engine.settings.backend(incident.backend).timeout
    intents = await engine.settled(ids, timeout)
    return incident.ref, _status(intents), _words(order, intents)


def _status(intents: Sequence[Intent]) -> str:
    """The worst of them; but words that came through one of two channels have come through."""
    statuses = [json_out.status(intent.stage) for intent in intents]
    return min(statuses, key=_WORST.index, default="done")


def _words(order: Order, intents: Sequence[Intent]) -> str:
    parts = [intent for intent in intents if intent.command.change.verb.value != "note"]
    note = [intent for intent in intents if intent not in parts and intent.stage is not Stage.DONE]
    missing = f"; the note in its timeline is not there yet: {note[0].reason}" if note else ""
    return f"{order.name}: {outcome_words(order, parts)}{missing}"
