"""Links: master and child incidents, problems, changes, configuration items ("Link-Business-Objects").

Numbers of problems and changes are taken for `ProblemNumber` and `ChangeNumber`, by analogy with
`IncidentNumber`; where a tenant has no such field, the key of the record can be given instead.
"""

from __future__ import annotations

import asyncio

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.desk import Desk
from vagt.adapters.ivanti.mapping import Details, record_id
from vagt.adapters.ivanti.wire import RECORD_ID
from vagt.adapters.lenient import Row, text_of
from vagt.adapters.protocol import (
    AuthError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ThrottledError,
    UnavailableError,
)
from vagt.domain.incident import Link, LinkKind

MASTER, CHILD = "IncidentAssocMasterIncident", "IncidentAssocChildIncident"
RECORDS = {
    LinkKind.PROBLEM: ("ProblemAssociatesIncident", "problems", "ProblemNumber"),
    LinkKind.CHANGE: ("IncidentAssociatesChange", "changes", "ChangeNumber"),
}
_CIS, _TASKS = "IncidentAssociatesCI", "IncidentContainsTask"
_MOST = 25


async def link(desk: Desk, other: str, kind: LinkKind) -> None:
    """Relate the incident to another record, and see that it is. Raises NotFoundError, InvalidError, ForbiddenError."""
    desk.refuse_closed()
    context = desk.context
    relation, id = await _target(context, other.strip(), kind)
    if id.upper() == desk.id.upper():
        raise InvalidError("an incident cannot be linked to itself", (("other", "is this one"),))
    if await _is_linked(desk, relation, id):
        return
    await context.client.link(desk.id, relation, id)
    if not await _is_linked(desk, relation, id):
        raise InvalidError("Ivanti says that it is linked, and shows no link")
    await desk.look()
    await gather(context, desk.id)


async def _target(context: Context, other: str, kind: LinkKind) -> tuple[str, str]:
    if kind in RECORDS:
        relation, name, column = RECORDS[kind]
        return relation, await _record(context, name, column, other)
    if not RECORD_ID.match(other):
        raise NotFoundError(f"“{other}” is not the key of an incident")
    match kind:
        case LinkKind.PARENT:
            return MASTER, other
        case LinkKind.CHILD:
            return CHILD, other
    relation = context.options.related_relation
    if not relation:
        raise ForbiddenError(
            "Ivanti relates incidents only as master and child: link it as parent, or name your own relationship in "
            "related_relation"
        )
    return relation, other


async def _record(context: Context, name: str, column: str, other: str) -> str:
    """The key of the problem or change that people call `other`."""
    if RECORD_ID.match(other):
        return other
    number = other.lstrip("#")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFoundError(f"“{other}” is not a number")
    page = await context.client.rows(name, where=filters.Compare(column, "eq", number), select=("RecId",), top=1)
    if not page.rows:
        raise NotFoundError(f"there is no number {number} among the {name}")
    return record_id(page.rows[0])


async def _is_linked(desk: Desk, relation: str, id: str) -> bool:
    rows = await desk.context.client.related(desk.id, relation)
    return any(record_id(row).upper() == id.upper() for row in rows)


async def gather(context: Context, id: str) -> tuple[Row, ...]:
    """Read what hangs on an incident, remember it for its details, and give back its tasks."""
    names = [CHILD, RECORDS[LinkKind.PROBLEM][0], RECORDS[LinkKind.CHANGE][0], _CIS, _TASKS]
    if context.options.related_relation:
        names.append(context.options.related_relation)
    found = dict(zip(names, await asyncio.gather(*(_quietly(context, id, name) for name in names)), strict=True))
    children = found[CHILD]
    context.learn(children)
    links = [
        Link(LinkKind.CHILD, f"{context.backend}:{text_of(row.get('IncidentNumber')) or record_id(row)}", _title(row))
        for row in children
    ]
    for kind, (relation, _, column) in RECORDS.items():
        links += [Link(kind, text_of(row.get(column)) or record_id(row), _title(row)) for row in found[relation]]
    for row in found.get(context.options.related_relation, ()):
        ref = f"{context.backend}:{text_of(row.get('IncidentNumber')) or record_id(row)}"
        links.append(Link(LinkKind.RELATED, ref, _title(row)))
    items = ", ".join(sorted(filter(None, (text_of(row.get("Name")) for row in found[_CIS]))))
    tasks = found[_TASKS]
    extra = [("Configuration items", items)] if items else []
    if tasks:
        extra.append(("Tasks", "; ".join(task_words(row) for row in tasks)))
    details = Details(tuple(links), tuple(extra))
    if context.details.get(id, Details()) != details:
        context.details[id] = details
        context.moved.add(id)
    return tasks


def task_words(row: Row) -> str:
    """A task in a few words."""
    who = text_of(row.get("Owner")) or text_of(row.get("OwnerTeam"))
    status = text_of(row.get("Status"))
    return f"{_title(row) or 'task'} ({', '.join(part for part in (status, who) if part)})"


async def _quietly(context: Context, id: str, relation: str) -> tuple[Row, ...]:
    """Nothing, where a role does not show a relationship or a tenant does not have it."""
    if f"relation {relation}" in context.settled:
        return ()
    try:
        return await context.client.related(id, relation, top=_MOST)
    except (AuthError, ThrottledError, UnavailableError):
        raise
    except (ForbiddenError, InvalidError, NotFoundError) as error:
        context.settled[f"relation {relation}"] = f"{relation} cannot be read: {error.words}"
        return ()


def _title(row: Row) -> str:
    return text_of(row.get("Subject"))
