"""Words for the RT tests: do something as the operator, and expect an error."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from vagt.adapters.protocol import AdapterError, Done
from vagt.adapters.rt.session import RtSession
from vagt.domain.commands import Change, Command
from vagt.domain.incident import Incident


def command(base: Incident | None, change: Change, *, at: datetime | None = None, by: str = "anna") -> Command:
    return Command(
        id=uuid.uuid4().hex,
        backend="rt",
        subject=base.key if base else None,
        ref=base.ref if base else "rt",
        change=change,
        by=by,
        at=at or datetime.now(UTC),
        base=base,
    )


async def do(session: RtSession, base: Incident | None, change: Change) -> Done:
    return await session.perform(command(base, change), base.version if base else None)


async def done(session: RtSession, base: Incident | None, change: Change) -> Incident:
    incident = (await do(session, base, change)).incident
    assert incident is not None
    return incident


async def refused(session: RtSession, base: Incident | None, change: Change) -> AdapterError:
    try:
        made = await do(session, base, change)
    except AdapterError as error:
        return error
    raise AssertionError(f"it was done: {made}")


async def one(session: RtSession, id: str) -> Incident:
    (found,) = await session.get([id])
    return found
