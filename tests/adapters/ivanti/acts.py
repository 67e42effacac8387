"""Words for the Ivanti tests: do something as the operator, and expect an error."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from vagt.adapters.ivanti.session import IvantiSession
from vagt.adapters.protocol import AdapterError, Done
from vagt.domain.commands import Change, Command
from vagt.domain.incident import Incident


def command(base: Incident | None, change: Change) -> Command:
    return Command(
        id=uuid.uuid4().hex,
        backend="ivanti",
        subject=base.key if base else None,
        ref=base.ref if base else "ivanti",
        change=change,
        by="anna",
        at=datetime.now(UTC),
        base=base,
    )


async def do(session: IvantiSession, base: Incident | None, change: Change) -> Done:
    return await session.perform(command(base, change), base.version if base else None)


async def done(session: IvantiSession, base: Incident | None, change: Change) -> Incident:
    incident = (await do(session, base, change)).incident
    assert incident is not None
    return incident


async def refused(session: IvantiSession, base: Incident | None, change: Change) -> AdapterError:
    try:
        made = await do(session, base, change)
    except AdapterError as error:
        return error
    raise AssertionError(f"it was done: {made}")


async def one(session: IvantiSession, id: str) -> Incident:
    (found,) = await session.get([id])
    return found
