"""What a person who checks the connection should read: how this Jira does what its vendor's pages leave open."""

from __future__ import annotations

from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.fieldmap import TeamKind
from vagt.adapters.jsm.jql import both
from vagt.adapters.jsm.reading import Reader
from vagt.adapters.jsm.wire import Row, text
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError


async def settle(context: Context, reader: Reader, *, agent: bool) -> tuple[str, ...]:
    """One sentence each; nothing is written."""
    query = f"{both(context.scope())} ORDER BY created DESC, key DESC"
    fields = await context.fields()
    page = await context.client.search(query, fields.wanted, context.options.page_size)
    notes = [_size(len(page.rows), context.options.page_size, more=page.next is not None)]
    if page.rows:
        await reader.moments.try_with(page.rows[0])
        zone = (await context.me()).zone or "UTC"
        notes.append(
            "Times in queries: milliseconds since 1970 are understood."
            if reader.moments.absolute
            else f"Times in queries: only by the minute, in the account's zone ({zone})."
        )
    levels = await context.levels()
    told = ", ".join(f"{name} = {levels.priority(id, name)}" for id, name in levels.priorities)
    notes.append(f"Priorities, by their order: {told or 'none are told'}. The option priorities says it otherwise.")
    names = fields.names
    notes.append(
        "Fields: "
        + ", ".join(
            f"{what} is {names.get(id, id)} ({id})" if id else f"{what} is not there"
            for what, id in (
                ("team", fields.team if fields.team_kind is not TeamKind.NONE else ""),
                ("impact", fields.impact),
                ("urgency", fields.urgency),
                ("major incident", fields.major),
                ("request type", fields.request_type),
            )
        )
        + f"; {len(fields.slas)} SLA clocks."
    )
    if not agent:
        notes.append("The account has no agent's seat, so that Vagt writes no notes.")
    if page.rows:
        notes.append(await _comments(context, page.rows[0]))
    operations = context.operations
    if operations.can_escalate:
        notes.append("Operations: alerts and schedules can be read.")
    else:
        notes.append(f"Operations: {operations.why or 'alerts or schedules cannot be read'}.")
    return tuple(notes)


def _size(rows: int, asked: int, *, more: bool) -> str:
    if more and rows < asked:
        return f"Pages: {asked} rows are asked for and {rows} come."
    return f"Pages: {asked} rows at most."


async def _comments(context: Context, row: Row) -> str:
    params = [("maxResults", "1"), ("orderBy", "-created")]
    try:
        told = await context.client.get(f"/issue/{text(row, 'id', 40)}/comment", params)
    except (NotFoundError, ForbiddenError, InvalidError) as error:
        return f"Comments cannot be read: {error.words}"
    comments = told.get("comments")
    if not isinstance(comments, list) or not comments:
        return "Comments: the newest incident has none to look at."
    shown = isinstance(comments[0], dict) and "jsdPublic" in comments[0]
    return f"Comments {'say' if shown else 'do not say'} whether they are public."
