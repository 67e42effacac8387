"""Who is on call: the rotas of Operations, with names from Jira, and when each turn ends ("Schedules", "On-calls").

People are told in the order in which they are called. `noone` is a real answer: then
the rota is told as nobody's.
"""

from __future__ import annotations

from vagt.adapters.jsm import people
from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.operations import Schedule
from vagt.adapters.protocol import ForbiddenError
from vagt.domain.directory import OnCall

_MOST = 40


async def on_call(context: Context, team: str | None) -> tuple[OnCall, ...]:
    """For one team, or for all. Raises ForbiddenError where this account has no Operations."""
    operations = context.operations
    if operations.config is None:
        await operations.find_out()
    if not operations.config:
        raise ForbiddenError(operations.why or "this account has no JSM Operations")
    wanted = (team or "").strip().lower()
    schedules = [
        one for one in await operations.schedules() if not wanted or wanted in (one.team.lower(), one.name.lower())
    ]
    found: list[OnCall] = []
    for schedule in schedules[:_MOST]:
        found += await _turns(context, schedule, team or "")
    return tuple(found)


async def _turns(context: Context, schedule: Schedule, asked: str) -> list[OnCall]:
    who = await context.operations.on_call(schedule.id)
    team = schedule.name if asked.strip().lower() == schedule.name.lower() else schedule.team
    if not who:
        return [OnCall(rota=schedule.name, team=team or schedule.name, who="", source=context.backend)]
    names = await people.names_for(context, who)
    now = context.now
    turns = await context.operations.turns(schedule.id)
    found = []
    for level, id in enumerate(who, start=1):
        turn = next(((start, end) for held, start, end in turns if held == id and start <= now < end), None)
        found.append(
            OnCall(
                rota=schedule.name,
                team=team,
                who=id,
                who_name=names.get(id, id),
                level=level,
                start=turn[0] if turn else None,
                until=turn[1] if turn else None,
                source=context.backend,
            )
        )
    return found
