"""`vagt oncall`: who answers for which team."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from vagt.adapters.protocol import AdapterError, InvalidError, NotFoundError
from vagt.adapters.registry import manifest
from vagt.cli import json_out, people, table
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.session import load_settings, opened, words_of
from vagt.domain import moments
from vagt.domain.capability import Capability
from vagt.domain.directory import OnCall
from vagt.engine.engine import Engine

_COLUMNS = (
    table.Column("TEAM", least=8),
    table.Column("LEVEL"),
    table.Column("WHO", least=12),
    table.Column("UNTIL"),
    table.Column("CONTACT", least=8),
    table.Column("SOURCE", least=8),
)


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Everybody on call. Raises UsageError, ConfigError and EngineError."""
    settings = load_settings(given, output)
    now = datetime.now(UTC)
    at = _at(given.at, now)
    able = [
        backend.name for backend in settings.backends if Capability.ONCALL in manifest(backend.adapter).capabilities
    ]
    errors, strangers = Errors(), Errors()
    async with opened(settings, given, load=False) as engine:
        parts = await asyncio.gather(*(_ask(engine, name, given.team, errors, strangers) for name in able))
    code = Exit.UNREACHABLE if errors else Exit.DONE
    if strangers and not any(parts):
        # A team that one backend does not know is no fault as long as another one does.
        for name, words in sorted(strangers.items, key=lambda told: able.index(told[0])):
            errors.add(name, words)
        code = max(code, Exit.REFUSED)
    found = [(name, duty) for name, part in zip(able, parts, strict=True) for duty in part]
    if at is not None:
        then = [(name, duty) for name, duty in found if _covers(duty, at)]
        for name in dict.fromkeys(name for name, duty in found if (name, duty) not in then):
            errors.add(name, f"tells only who is on call now, which does not reach to {moments.local(at, now)}")
        code = max(code, Exit.REFUSED) if len(then) < len(found) else code
        found = then
    if not able:
        output.note("none of the backends knows who is on call")
    rows = [
        [
            duty.team or duty.rota,
            str(duty.level),
            f"{duty.who_name} ({duty.who})" if duty.who_name and duty.who_name != duty.who else duty.who,
            people.when(duty.until, now),
            duty.contact,
            duty.source or name,
        ]
        for name, duty in found
    ]
    return Answer(
        noun="oncall",
        payload=[json_out.duty(duty, name) for name, duty in found],
        human=table.lines(_COLUMNS, rows, table.terminal_width()) if rows else [],
        errors=errors,
        code=code,
    )


async def _ask(engine: Engine, backend: str, team: str | None, errors: Errors, strangers: Errors) -> Sequence[OnCall]:
    """`strangers` are told of the backends that do not know the team."""
    try:
        return await engine.oncall(backend, team)
    except (NotFoundError, InvalidError) as error:
        strangers.add(backend, words_of(error))
        return ()
    except AdapterError as error:
        errors.add(backend, words_of(error))
        return ()


def _covers(duty: OnCall, at: datetime) -> bool:
    # one without any times is a standing arrangement
    open_end = duty.until is None and duty.start is None
    return open_end or ((duty.start is None or duty.start <= at) and duty.until is not None and at < duty.until)


def _at(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    try:
        return moments.parse(text, now)
    except moments.MomentError as error:
        raise UsageError(str(error)) from error
