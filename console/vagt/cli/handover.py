"""`vagt handover`: what the next shift needs, as Markdown, as JSON, or into a channel."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from vagt.adapters.protocol import AdapterError
from vagt.cli import json_out, plain
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.session import load_settings, opened, words_of
from vagt.comms.promised import promised
from vagt.config.errors import did_you_mean
from vagt.domain import durations, moments
from vagt.domain.commands import Notify
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine
from vagt.engine.intent import Stage
from vagt.engine.request import Request
from vagt.escalation.desk import Escalation
from vagt.escalation.handover import Handover, as_json, handover
from vagt.escalation.handover_text import markdown

_PATIENCE = 60.0
_LIMIT = 1000


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Gather and give it. Raises UsageError, ConfigError and EngineError."""
    settings = load_settings(given, output)
    channels = [channel.name for channel in settings.channels]
    if given.channel is not None and given.channel not in channels:
        remedy = did_you_mean(given.channel, channels, otherwise="the config has")
        raise UsageError(f"no channel is called “{given.channel}”; {remedy}")
    since = _since(given.since)
    errors = Errors()
    more: dict[str, object] = {}
    code = Exit.DONE
    async with opened(settings, given, load=True) as engine:
        escalation = Escalation(engine)
        await escalation.open()
        try:
            parts = await asyncio.gather(*(_fetch(engine, backend.name, errors) for backend in settings.backends))
            shown = [escalation.with_clocks(incident) for part in parts for incident in part]
            found = await handover(
                escalation,
                [incident for incident in shown if incident.is_open],
                since=since,
                promises=promised,
                over=[incident for incident in shown if not incident.is_open],
                problems=[f"{name}: {words}" for name, words in errors.items],
            )
            text = markdown(found)
            if given.channel is not None:
                status, message = await _into(engine, given.channel, found, text)
                more["delivery"] = {"channel": given.channel, "status": status, "message": message}
                output.note(f"{given.channel}: {status}{f': {message}' if message else ''}")
                code = {"sent": Exit.DONE, "queued": Exit.UNREACHABLE}.get(status, Exit.REFUSED)
        finally:
            await escalation.stop()
    return Answer(
        noun="handover",
        payload={**as_json(found, json_out.incident), "markdown": text},
        human=[],
        more=more,
        errors=errors,
        code=max(code, Exit.UNREACHABLE) if errors else code,
        raw=plain.block(text),
    )


async def _fetch(engine: Engine, backend: str, errors: Errors) -> Sequence[Incident]:
    try:
        return await engine.fetch(backend, include_closed=True, limit=_LIMIT)
    except AdapterError as error:
        errors.add(backend, words_of(error))
        # what was last seen is better than nothing, and the hand-over says that it is no more than that
        return [one for one in engine.board.incidents.values() if one.backend == backend]


async def _into(engine: Engine, channel: str, found: Handover, text: str) -> tuple[str, str]:
    await engine.start(poll=False)
    words = Notify(
        channel=channel,
        title=f"Hand-over from {found.by}",
        text=text,
        purpose="handover",
        to=channel,
    )
    (intent,) = await engine.submit([Request.notify(words)], undo=False)
    (intent,) = await engine.settled([intent.command.id], _PATIENCE)
    if intent.stage is Stage.DONE:
        return "sent", intent.reason
    return ("queued" if intent.stage.is_pending else "failed"), intent.reason


def _since(text: str | None) -> datetime | None:
    """`8h` is so long ago; else a moment."""
    if text is None:
        return None
    now = datetime.now(UTC)
    try:
        return now - timedelta(seconds=durations.parse(text))
    except durations.DurationError:
        pass
    try:
        moment = moments.parse(text, now)
    except moments.MomentError as error:
        raise UsageError(str(error)) from error
    # 08:00 means the last one, not the next
    return moment if moment <= now else moment - timedelta(days=1)
