"""Who is on call, by policy and level ("List all of the on-calls").

It has a limit of its own, so that answers are kept for a minute.
"""

from __future__ import annotations

from vagt.adapters.lenient import Fields, Row, text_of
from vagt.adapters.pagerduty import people
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.wire import held, id_of, name_of
from vagt.domain.directory import OnCall

_FRESH = 60.0
"""Seconds."""
_PAGES = 10


class Rota:
    """Asks who is on call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: dict[str, tuple[float, tuple[OnCall, ...]]] = {}

    async def on_call(self, team: str | None) -> tuple[OnCall, ...]:
        """For one escalation policy, or for all that this account may see."""
        key = (team or "").strip().lower()
        now = self._context.connection.clock.monotonic()
        read_at, kept = self._kept.get(key, (0.0, ()))
        if kept and now - read_at < _FRESH:
            return kept
        found = await self._ask(team)
        while len(self._kept) > 200:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (now, found)
        return found

    async def _ask(self, team: str | None) -> tuple[OnCall, ...]:
        params = [("include[]", "users"), ("time_zone", "UTC")]
        if team is not None:
            policy = await people.policy_named(self._context, team)
            if policy is None:
                return ()
            params.append(("escalation_policy_ids[]", id_of(policy)))
        turns, _ = await self._context.client.every("/oncalls", "oncalls", params, pages=_PAGES)
        found = [turn for row in turns if (turn := self._turn(row)) is not None]
        return tuple(sorted(set(found), key=lambda turn: (turn.team.lower(), turn.level, turn.rota, turn.who)))

    def _turn(self, row: Row) -> OnCall | None:
        user, policy, schedule = held(row, "user"), held(row, "escalation_policy"), held(row, "schedule")
        if not id_of(user) or not id_of(policy):
            return None
        known = self._context.people.get(id_of(user))
        who = self._context.learn(user) if text_of(user.get("email")) else known
        read = Fields(row, "a turn on call")
        return OnCall(
            # somebody who stands on the policy himself is on call for good
            rota=name_of(schedule) if id_of(schedule) else "always",
            team=name_of(policy),
            who=who.login if who else id_of(user),
            who_name=name_of(user),
            level=max(1, read.number("escalation_level") or 1),
            start=read.time("start"),
            until=read.time("end"),
            contact=text_of(user.get("email")),
            source=self._context.backend,
        )
