"""Whose an incident is: owner and team, and what the tenant's rules make of changing one without the other.

Whether Owner must be sent anew with another team, and whether a status wants an owner, is a matter
of the tenant's rules. A refused change changes nothing, so the ways are tried from the one that
touches least: the team alone, then without an owner, then in the status that the config names.
"""

from __future__ import annotations

from vagt.adapters.ivanti import wire
from vagt.adapters.ivanti.desk import Body, Desk
from vagt.adapters.protocol import InvalidError


async def own(desk: Desk, body: Body) -> None:
    """Write `body`, which may make it mine. Raises InvalidError where only the team's members may own it."""
    me = await desk.context.me()
    try:
        await desk.write(body)
    except InvalidError as error:
        team = desk.holds("OwnerTeam")
        if not wire.is_unlisted(error, "Owner") or not me.team or me.team.lower() == team.lower():
            raise
        desk.context.members_only = True
        if not desk.context.options.take_moves_team:
            raise InvalidError(
                f"only members of “{team}” may own it: assign it to “{me.team}” first, or set take_moves_team"
            ) from None
        await desk.write({**body, "OwnerTeam": me.team})


async def assign(desk: Desk, team: str | None, to: str | None) -> str:
    """To a team, a person, or both; empty: to nobody. The words say what went along with it."""
    desk.refuse_closed()
    body: Body = {}
    if team is not None:
        body["OwnerTeam"] = team or None
    if to is not None:
        body["Owner"] = to or None
    try:
        await desk.write(body)
        return ""
    except InvalidError as error:
        if to and wire.is_unlisted(error, "Owner"):
            words = f"“{to}” cannot own it: not a member of “{team or desk.holds('OwnerTeam')}”"
            raise InvalidError(words) from None
        if to:
            raise
        owner_refused = wire.is_unlisted(error, "Owner")
        owner_missing = wire.is_missing(error, "Owner")
        if not owner_refused and not owner_missing:
            raise
    who = desk.holds("Owner")
    if owner_refused:
        try:
            await desk.write({**body, "Owner": None})
            return f"{who} is not in {team}: it has no owner now"
        except InvalidError as error:
            if not wire.is_missing(error, "Owner"):
                raise
    status = desk.context.options.handover_status
    if not status:
        words = f"an incident that is {desk.status} must have an owner: name a person as well, or set handover_status"
        raise InvalidError(words)
    await desk.write({**body, "Owner": None, "Status": status})
    return f"it has no owner and is {status} now"
