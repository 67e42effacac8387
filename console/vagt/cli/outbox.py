"""`vagt outbox`: actions that the backends have not confirmed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from vagt.cli import json_out, people, table
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.session import load_settings, opened
from vagt.config.settings import Settings
from vagt.domain.commands import Notify
from vagt.engine.engine import Engine
from vagt.engine.errors import OutboxError
from vagt.engine.intent import Intent, Stage

_PATIENCE = 3.0
_ID_SHOWN = 8
_COLUMNS = (
    table.Column("ID"),
    table.Column("REF"),
    table.Column("ACTION"),
    table.Column("STAGE"),
    table.Column("TAKEN"),
    table.Column("TRIES", right=True),
    table.Column("REASON", least=20),
)


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """List, retry or discard. Raises UsageError, ConfigError and EngineError."""
    settings = load_settings(given, output)
    async with opened(settings, given, load=False) as engine:
        engine.need_outbox()
        if given.do == "list":
            if given.ids:
                raise UsageError("“outbox list” takes no ids")
            return _answer(engine.intents(), Exit.DONE)
        if given.do == "discard" and not given.ids:
            raise UsageError("“outbox discard” needs the ids of what to give up; “vagt outbox list” tells them")
        chosen = _chosen(engine.intents(), given.ids)
        if given.do == "discard":
            return await _discard(engine, chosen)
        return await _retry(engine, settings, chosen, over_theirs=given.over_theirs)


async def _discard(engine: Engine, chosen: list[Intent]) -> Answer:
    errors = Errors()
    for intent in chosen:
        try:
            await engine.discard(intent.command.id)
        except OutboxError as error:
            errors.add(intent.command.backend, error.words)
    after = await engine.settled([intent.command.id for intent in chosen], 0)
    return _answer(after, Exit.REFUSED if errors else Exit.DONE, errors)


async def _retry(engine: Engine, settings: Settings, chosen: list[Intent], *, over_theirs: bool) -> Answer:
    if not chosen:
        return _answer((), Exit.DONE)
    errors = Errors()
    for intent in chosen:
        try:
            await engine.retry(intent.command.id, accept_theirs=over_theirs and intent.stage is Stage.CONFLICT)
        except OutboxError as error:
            errors.add(intent.command.backend, f"{intent.command.ref}: {error.words}")
    await engine.start(poll=False)
    timeout = _PATIENCE * max(
        *(backend.timeout for backend in settings.backends), *(channel.timeout for channel in settings.channels), 0.0
    )
    after = await engine.settled([intent.command.id for intent in chosen], timeout)
    for intent in after:
        if intent.stage.is_pending:
            errors.add(intent.command.backend, intent.reason or "no answer yet; it stays in the outbox")
    code = Exit.UNREACHABLE if errors else Exit.DONE
    if any(intent.stage.needs_person for intent in after):
        code = Exit.REFUSED
    return _answer(after, code, errors)


def _chosen(intents: Sequence[Intent], ids: list[str]) -> list[Intent]:
    """Those whose ids begin so; where none is named all but what may have arrived. Raises UsageError.

    Whether to send that again is a question for each of them.
    """
    if not ids:
        return [intent for intent in intents if intent.stage is not Stage.UNKNOWN]
    chosen: dict[str, Intent] = {}
    for id in ids:
        found = [intent for intent in intents if intent.command.id.startswith(id)]
        if len(found) != 1:
            count = "no action" if not found else "more than one action"
            raise UsageError(f"{count} in the outbox has an id that begins with “{id}”; “vagt outbox list” tells them")
        chosen[found[0].command.id] = found[0]
    return list(chosen.values())


def _answer(intents: Sequence[Intent], code: Exit, errors: Errors | None = None) -> Answer:
    now = datetime.now(UTC)
    shown = max((_distinct(intents), _ID_SHOWN))
    rows = [
        [
            intent.command.id[:shown],
            intent.command.ref,
            _what(intent),
            intent.stage.value,
            people.when(intent.command.at, now),
            str(intent.attempts),
            intent.reason,
        ]
        for intent in intents
    ]
    return Answer(
        noun="actions",
        payload=[json_out.action(intent) for intent in intents],
        human=table.lines(_COLUMNS, rows, table.terminal_width()) if rows else [],
        errors=errors or Errors(),
        code=code,
    )


def _what(intent: Intent) -> str:
    """The action; of a message its purpose and the channel."""
    change = intent.command.change
    return f"{change.purpose} via {change.channel}" if isinstance(change, Notify) else intent.command.verb.value


def _distinct(intents: Sequence[Intent]) -> int:
    """How many characters of the ids tell them apart."""
    ids = [intent.command.id for intent in intents]
    longest = max((len(id) for id in ids), default=0)
    return next((size for size in range(1, longest) if len({id[:size] for id in ids}) == len(ids)), longest)
