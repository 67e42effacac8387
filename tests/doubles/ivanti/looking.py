"""The tenant's state for people with curl, past all sign-in."""

from __future__ import annotations

from collections.abc import Sequence

from tests.doubles.ivanti.query import shown
from tests.doubles.ivanti.tenant import Tenant
from tests.doubles.web import Logged, Reply, Request, json_reply


def state(tenant: Tenant, log: Sequence[Logged], request: Request) -> Reply:
    """The state past all sign-in, for people with curl: /_state/incidents/10001, /_state/notes/…, /_state/log."""
    _, _, what, *rest = [*request.path.split("/"), ""]
    try:
        if what == "incidents" and rest[0]:
            return json_reply(200, shown(tenant, "incidents", tenant.incident(rest[0])))
        if what == "notes" and rest[0]:
            notes = tenant.notes(tenant.incident(rest[0])["RecId"])
            return json_reply(200, [shown(tenant, "journal__notess", note) for note in notes])
    except KeyError:
        return json_reply(404, "no such incident")
    if what == "log":
        return json_reply(200, [f"{one.method} {one.target} {one.status} {one.size}" for one in log[-100:]])
    return json_reply(200, {name: len(rows) for name, rows in tenant.sets.items()})
