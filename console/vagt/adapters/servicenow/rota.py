"""Who is on call (`whoisoncall` of the On-Call Scheduling plugin): sys_ids only, names are looked up.

The vendor documents it only inside an instance. What several groups at once mean is not known, so
that they are asked one at a time; the moment is left out, since its zone is not known either: now.
"""

from __future__ import annotations

from collections.abc import Sequence

from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError
from vagt.adapters.servicenow.context import Context, Group
from vagt.adapters.servicenow.wire import Row, id_of, is_sys_id, number, value
from vagt.domain.directory import OnCall

_MOST_GROUPS = 20


class Rota:
    """Asks who is on call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rotas: dict[str, str] = {}
        self._people: dict[str, Row] = {}

    async def on_call(self, team: str | None) -> tuple[OnCall, ...]:
        """For one group, or for those of this queue, ours, and else all that have a rota."""
        found: list[OnCall] = []
        for group in await self._groups(team):
            try:
                rows = await self._context.client.on_call(group.id)
            except (InvalidError, NotFoundError) as error:
                raise ForbiddenError(f"this instance has no on-call scheduling for us: {error.words}") from None
            await self._learn(rows)
            found += [turn for row in rows if (turn := self._turn(row, group)) is not None]
        return tuple(sorted(found, key=lambda turn: (turn.team.lower(), turn.rota, turn.level, turn.who)))

    async def _groups(self, team: str | None) -> Sequence[Group]:
        context = self._context
        if team is not None:
            group = await context.group_named(team)
            return [group] if group else []
        named = [group for name in context.options.groups if (group := await context.group_named(name))]
        if named:
            return named
        try:
            page = await context.client.rows(
                "cmn_rota", "active=true^ORDERBYsys_id", ("sys_id", "name", "group", "group.name"), limit=100
            )
        except (ForbiddenError, NotFoundError):
            return context.my_groups
        self._rotas |= {id_of(row): value(row, "name") for row in page.rows}
        groups = {
            value(r, "group"): value(r, "group.name") or value(r, "group") for r in page.rows if value(r, "group")
        }
        return [Group(id, name) for id, name in list(groups.items())[:_MOST_GROUPS]] or context.my_groups

    async def _learn(self, rows: Sequence[Row]) -> None:
        people = {value(row, "userId") for row in rows} - self._people.keys() - {""}
        ids = [id for id in people if is_sys_id(id)]
        if ids:
            page = await self._context.client.rows(
                "sys_user",
                f"sys_idIN{','.join(ids)}^ORDERBYsys_id",
                ("sys_id", "user_name", "name", "email"),
                limit=100,
            )
            self._people |= {id_of(row): row for row in page.rows}
        rotas = [id for row in rows if is_sys_id(id := value(row, "rota")) and id not in self._rotas]
        if rotas:
            try:
                page = await self._context.client.rows(
                    "cmn_rota", f"sys_idIN{','.join(dict.fromkeys(rotas))}^ORDERBYsys_id", ("sys_id", "name"), limit=100
                )
            except (ForbiddenError, NotFoundError):
                return
            self._rotas |= {id_of(row): value(row, "name") for row in page.rows}

    def _turn(self, row: Row, group: Group) -> OnCall | None:
        id = value(row, "userId")
        if not id:
            return None
        person = self._people.get(id, {})
        login = value(person, "user_name") or id
        return OnCall(
            rota=self._rotas.get(value(row, "rota")) or group.name,
            team=group.name,
            who=login,
            who_name=value(person, "name") or login,
            level=max(1, number(row, "order") or 1),
            contact=value(person, "email"),
            source=self._context.backend,
        )
