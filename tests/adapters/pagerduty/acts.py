"""Short words for tests: one incident, one command, a mirror of the queue."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from tests.adapters.pagerduty.rig import ANNA, PdRig
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.protocol import Done, Session
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Change, Command, Create
from vagt.domain.incident import Incident, Key


class Hasty(SystemClock):
    """The machine's clock, but nobody waits."""

    async def sleep(self, seconds: float) -> None:
        return None


async def one(session: Session, id: str) -> Incident:
    (found,) = await session.get([id])
    return found


def command(change: Change, base: Incident | None) -> Command:
    return Command(
        id=uuid.uuid4().hex,
        backend="pd",
        subject=None if isinstance(change, Create) or base is None else Key("pd", base.id),
        ref=base.ref if base else "pd",
        change=change,
        by=ANNA,
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


def asked(rig: PdRig, since: int) -> list[str]:
    """What was asked for since that line of the log: method and path."""
    return [f"{line.method} {line.path}" for line in rig.log[since:]]
