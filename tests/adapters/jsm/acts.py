"""Short words for tests: one incident, one command, a mirror of the queue, a plain request to the double."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.adapters.jsm.rig import JsmRig
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.protocol import Done, Session
from vagt.domain.commands import Change, Command, Create
from vagt.domain.incident import Incident, Key


async def one(session: Session, id: str) -> Incident:
    (found,) = await session.get([id])
    return found


def command(change: Change, base: Incident | None, rig: JsmRig) -> Command:
    return Command(
        id=uuid.uuid4().hex,
        backend="jira",
        subject=None if isinstance(change, Create) or base is None else Key("jira", base.id),
        ref=base.ref if base else "jira",
        change=change,
        by=rig.identity("anna"),
        at=datetime.now(UTC),
        base=base,
    )


async def act(session: Session, rig: JsmRig, id: str, change: Change) -> Done:
    """Do it on the incident as it is now."""
    base = await one(session, id)
    return await session.perform(command(change, base, rig), base.version)


async def mirrored(session: Session) -> Mirror:
    mirror = Mirror(session)
    await mirror.poll()
    return mirror


async def ask(rig: JsmRig, method: str, path: str, body: Any = None, *, token: str = "") -> httpx.Response:
    """A request of anna's past the adapter; with `token` by another credential."""
    auth = ("anna@example.org", token or rig.secret)
    async with httpx.AsyncClient(base_url=rig.site.web.url, auth=auth) as client:
        return await client.request(method, path, json=body)
