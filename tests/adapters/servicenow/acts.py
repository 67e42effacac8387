"""Short words for tests: one incident, one command, a mirror of the queue."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from tests.adapters.servicenow.rig import SnowRig
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.protocol import Done, Session
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Change, Command, Create
from vagt.domain.incident import Incident, Key


class Skipping(SystemClock):
    """The machine's clock, with some seconds skipped."""

    skipped = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.skipped


async def one(session: Session, id: str) -> Incident:
    (found,) = await session.get([id])
    return found


def command(change: Change, base: Incident | None) -> Command:
    return Command(
        id=uuid.uuid4().hex,
        backend="snow",
        subject=None if isinstance(change, Create) or base is None else Key("snow", base.id),
        ref=base.ref if base else "snow",
        change=change,
        by="anna",
        at=datetime.now(UTC),
        base=base,
    )


async def act(session: Session, id: str, change: Change) -> Done:
    """Perform a change on what is there now."""
    base = await one(session, id)
    return await session.perform(command(change, base), base.version)


async def mirrored(session: Session) -> Mirror:
    mirror = Mirror(session)
    await mirror.poll()
    return mirror


def asked(rig: SnowRig, since: int, table: str = "") -> list[str]:
    """What was asked for since that line of the log: method and target."""
    lines = rig.log[since:]
    return [f"{line.method} {line.target}" for line in lines if not table or line.path.endswith(f"/{table}")]
