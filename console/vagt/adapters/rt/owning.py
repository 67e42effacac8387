"""Who has a ticket: its owner (a person) and its queue (the team) ("RT REST2", section 5.1)."""

from __future__ import annotations

from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.desk import Desk, Fresh
from vagt.adapters.rt.wire import NOBODY, Row, reference, text_of


async def take(desk: Desk, fresh: Fresh) -> Fresh | None:
    """Make it ours: "take" where nobody has it, which never has two winners, else "steal", else by reassigning."""
    me = (await desk.context.me()).login
    if fresh.owner == me:
        return fresh
    if fresh.owner in ("", NOBODY):
        return await take_free(desk, fresh)
    try:
        return await desk.write(fresh, {}, lambda row: _owner(row) == me, way="/steal")
    except (ForbiddenError, InvalidError):
        # ReassignTicket allows it where StealTicket is missing.
        return await desk.write(await desk.look(), {"Owner": me}, lambda row: _owner(row) == me, ForbiddenError)


async def take_free(desk: Desk, fresh: Fresh) -> Fresh | None:
    """Make it ours only while nobody has it. Raises ConflictError where somebody was faster."""
    me = (await desk.context.me()).login
    try:
        return await desk.write(fresh, {}, lambda row: _owner(row) == me, ForbiddenError, way="/take")
    except ForbiddenError as error:
        now = await desk.look()
        if now.owner in ("", NOBODY, fresh.owner):
            raise
        raise await desk.conflict(f"{now.owner} took it first: {error.words}") from None


async def assign(desk: Desk, fresh: Fresh, team: str | None, to: str | None) -> str:
    """Move it to a queue, give it to a person, or both; what is worth telling beyond "done"."""
    current: Fresh | None = fresh
    if team is not None:
        current = await _move(desk, fresh, team)
        if current is None:
            if to is not None:
                raise ForbiddenError(f"moved to “{team}”, which this account cannot see, and so not given to anybody")
            return f"moved to “{team}”, which this account cannot see"
    if to is not None and current is not None:
        await _give(desk, current, to)
    return ""


async def _move(desk: Desk, fresh: Fresh, team: str) -> Fresh | None:
    queue = await desk.context.queue_named(team)
    wanted = {team.strip().lower(), *((queue.id, queue.name.lower()) if queue else ())}

    def there(row: Row) -> bool:
        held = row.get("Queue")
        name = text_of(held.get("Name")).lower() if isinstance(held, dict) else ""
        return reference(held) in wanted or name in wanted

    if there(fresh.row):
        return fresh
    return await desk.write(fresh, {"Queue": queue.id if queue else team}, there)


async def _give(desk: Desk, fresh: Fresh, to: str) -> None:
    login = await login_of(desk.context, to) if to.strip() else NOBODY
    if (fresh.owner or NOBODY).lower() == login.lower():
        return
    me = (await desk.context.me()).login
    if login == me and fresh.owner in ("", NOBODY):
        await take_free(desk, fresh)
        return
    await desk.write(fresh, {"Owner": login}, lambda row: _owner(row).lower() == login.lower())


async def login_of(context: Context, who: str) -> str:
    """The login of a person named by login, number or address; RT itself takes no address as an owner."""
    who = who.strip()
    if who.isdigit():
        try:
            return text_of((await context.client.user(who)).get("Name")) or who
        except (NotFoundError, ForbiddenError):
            return who
    if "@" in who:
        rows = await context.client.users([{"field": "EmailAddress", "value": who}], pages=1)
        names = [text_of(row.get("Name")) for row in rows if text_of(row.get("Name"))]
        return names[0] if len(names) == 1 else who
    return who


def _owner(row: Row) -> str:
    return reference(row.get("Owner"))
