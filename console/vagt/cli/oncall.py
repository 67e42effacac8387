"""`vagt oncall`: who answers for which team, by the backends and by the config's own rotas."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from vagt.adapters.protocol import AdapterError, ForbiddenError, InvalidError, NotFoundError
from vagt.adapters.registry import manifest
from vagt.cli import json_out, people, table
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Errors, Exit, UsageError
from vagt.cli.session import load_settings, opened, words_of
from vagt.domain import moments
from vagt.domain.capability import Capability
from vagt.domain.directory import OnCall
from vagt.engine.engine import Engine
from vagt.escalation.duty import Duties, Rota, nobody

_COLUMNS = (
    table.Column("TEAM", least=8),
    table.Column("LEVEL"),
    table.Column("WHO", least=12),
    table.Column("UNTIL"),
    table.Column("THEN", least=6),
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
        duties = Duties(settings, engine.data_dir, engine.clock)
        parts, rotas = await asyncio.gather(
            asyncio.gather(*(_ask(engine, name, given.team, errors, strangers) for name in able)),
            duties.at(at, given.team),
        )
    code = Exit.UNREACHABLE if errors else Exit.DONE
    if strangers and not any(parts) and not rotas:
        # What one backend does not know or tell is no fault as long as somebody else does.
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
    warnings = []
    for rota in rotas:
        if warning := nobody(rota):
            warnings.append(warning)
        elif rota.problem:
            warnings.append(f"rota {rota.settings.name}: {rota.problem}")
    warnings += [
        f"NOBODY is on call for {duty.team} on {name}, level {duty.level}" for name, duty in found if not duty.who
    ]
    for warning in warnings:
        output.note(f"warning: {warning}")
    if given.team and not rotas and not able:
        errors.add("", f"neither a backend nor a rota answers for “{given.team}”")
        code = max(code, Exit.REFUSED)
    elif not able and not settings.rotas:
        output.note("none of the backends knows who is on call, and the config has no [[rotas]]")
    rows = [_row(duty, now, duty.source or name) for name, duty in found]
    rows += [_row(duty, now, f"rota {duty.rota}", rota) for rota in rotas for duty in rota.shifts or (_empty(rota),)]
    payload = [json_out.duty(duty, name) for name, duty in found]
    payload += [_rota_out(duty, rota) for rota in rotas for duty in rota.shifts or (_empty(rota),)]
    return Answer(
        noun="oncall",
        payload=payload,
        human=table.lines(_COLUMNS, rows, table.terminal_width()) if rows else [],
        more={"warnings": warnings},
        errors=errors,
        code=code,
    )


def _row(duty: OnCall, now: datetime, source: str, rota: Rota | None = None) -> list[str]:
    return [
        duty.team or duty.rota,
        str(duty.level),
        duty.shown or ("NOBODY" if rota is None or rota.known else "not known"),
        people.when(duty.until or (rota.next_handover if rota is not None else None), now),
        (", ".join(rota.then) or "nobody") if rota is not None and rota.next_handover is not None else "",
        duty.contact,
        source,
    ]


def _empty(rota: Rota) -> OnCall:
    """The line that says that nobody is on call, which must not be missing."""
    settings = rota.settings
    return OnCall(settings.name, settings.team, "", until=rota.next_handover, source="config")


def _rota_out(duty: OnCall, rota: Rota) -> dict[str, Any]:
    made = json_out.duty(duty, "")
    return {
        **made,
        "backend": None,
        "source": f"rota:{rota.settings.name}",
        "by": duty.source,
        "next_handover": json_out.moment(rota.next_handover),
        "then": list(rota.then),
        "known": rota.known,
    }


async def _ask(engine: Engine, backend: str, team: str | None, errors: Errors, strangers: Errors) -> Sequence[OnCall]:
    """`strangers` are told of the backends that do not know the team, or tell this account nothing of anybody."""
    try:
        return await engine.oncall(backend, team)
    except (NotFoundError, InvalidError, ForbiddenError) as error:
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
