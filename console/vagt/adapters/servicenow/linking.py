"""Relating incidents to other records: each relation is one field of the incident ("Incident" fields).

`parent_incident` is the parent, `parent` another task that it belongs to, `problem_id` the problem,
`rfc` the change that will mend it. Each holds one record only, and what is there already is never
overwritten. A duplicate becomes a child of the survivor and is resolved with the instance's code for
duplicates; ServiceNow itself has no merging.
"""

from __future__ import annotations

from vagt.adapters.protocol import InvalidError, NotFoundError
from vagt.adapters.servicenow import people
from vagt.adapters.servicenow.desk import Desk, Written
from vagt.adapters.servicenow.diary import Diary
from vagt.adapters.servicenow.forms import LINKS
from vagt.adapters.servicenow.reading import Reader
from vagt.adapters.servicenow.wire import Row, is_sys_id, shown, value
from vagt.domain.commands import LinkTo
from vagt.domain.incident import LinkKind

_TABLES = {LinkKind.PROBLEM: "problem", LinkKind.CHANGE: "change_request"}


async def link(desk: Desk, reader: Reader, diary: Diary, row: Row, wanted: LinkTo) -> Written:
    """Relate the incident. Raises NotFoundError where the other is not there, InvalidError where the place is taken."""
    other = await _other(desk, reader, wanted)
    if other == desk.id:
        raise InvalidError("an incident is not related to itself", (("other", "is the same"),))
    if wanted.kind is LinkKind.CHILD:
        there = Desk(desk.context, reader, diary, desk.command, None, id=other)
        held = await there.look()
        _free(held, "parent_incident", desk.id)
        return await there.write(held, {"parent_incident": desk.id})
    name = LINKS[wanted.kind]
    _free(row, name, other)
    values = {name: other}
    if wanted.kind is LinkKind.DUPLICATE:
        choices = await desk.context.choices.of("close_code")
        code = next((stored for stored, label in choices if "duplicate" in label.lower()), "")
        if not code:
            words = "this instance has no resolution code for duplicates: link it to its parent, and resolve it"
            raise InvalidError(words, (("kind", "is not possible"),))
        values |= {
            "state": desk.context.options.resolve_state,
            "close_code": code,
            "close_notes": f"Duplicate of {wanted.other_ref.partition(':')[2] or wanted.other_ref}",
        }
    return await desk.write(row, values)


async def _other(desk: Desk, reader: Reader, wanted: LinkTo) -> str:
    ref = wanted.other.strip()
    if table := _TABLES.get(wanted.kind):
        return await people.record(desk.context, table, ref, "other")
    if is_sys_id(ref):
        if not await reader.get([ref], clocks=False):
            raise NotFoundError(f"there is no incident {wanted.other_ref}, or this account may not see it")
        return ref
    return (await reader.find(ref)).id


def _free(row: Row, name: str, other: str) -> None:
    held = value(row, name)
    if held and held != other:
        words = f"{name} already holds {shown(row, name, limit=60)}, and has room for one only"
        raise InvalidError(words, (("other", "has no room"),))
