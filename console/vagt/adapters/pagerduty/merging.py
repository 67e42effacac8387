"""Merging a duplicate into another incident ("Merge incidents"): for good, and only what can be merged."""

from __future__ import annotations

from vagt.adapters.lenient import Row
from vagt.adapters.pagerduty.desk import Desk, is_over, status_of
from vagt.adapters.pagerduty.errors import ALREADY_MERGED, Refusal, as_error
from vagt.adapters.pagerduty.wire import held, id_of
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError, TransitionError
from vagt.domain.commands import LinkTo
from vagt.domain.incident import LinkKind


def merged_into(row: Row) -> str:
    """The id of the incident that it became part of."""
    return id_of(held(held(row, "resolve_reason"), "incident"))


async def merge(desk: Desk, row: Row, wanted: LinkTo) -> Row:
    """Make the incident part of the other one, which survives. Raises NotFoundError where that is not there."""
    if wanted.kind is not LinkKind.DUPLICATE:
        raise ForbiddenError("PagerDuty keeps no links between incidents: it merges duplicates, and nothing else")
    other = await _other(desk, wanted)
    into = id_of(other)
    if into == desk.id:
        raise InvalidError("an incident is not its own duplicate", (("other", "is the same"),))
    if merged_into(row) == into:
        return row
    if is_over(other):
        raise TransitionError(f"{wanted.other_ref} is resolved: only an open incident can take another one up")
    if row.get("is_mergeable") is False:
        words = "PagerDuty calls it not mergeable: only what has alerts, or was registered by hand, is"
        raise InvalidError(words, (("other", "cannot be merged"),))
    try:
        await desk.context.client.merge(into, desk.id)
    except Refusal as refusal:
        after = await desk.look()
        if refusal.code == ALREADY_MERGED and merged_into(after) == into:
            return after
        raise as_error(refusal) from None
    after = await desk.look()
    if status_of(after) != "resolved":
        raise InvalidError("PagerDuty answered “done”, and the duplicate is still open")
    return after


async def _other(desk: Desk, wanted: LinkTo) -> Row:
    ref = wanted.other.strip().lstrip("#")
    try:
        return await desk.reader.row(ref)
    except NotFoundError:
        found = await desk.reader.find(ref)
    return await desk.reader.row(found.id)
