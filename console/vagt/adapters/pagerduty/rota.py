"""Who is on call, by policy and level ("List all of the on-calls", "List escalation policies").

It has a limit of its own, so that answers are kept for a minute. PagerDuty lists turns, and none for a
level whose rota is empty now: the policies tell which levels there are, and those are told as nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vagt.adapters.kept import Kept
from vagt.adapters.lenient import Fields, Row, text_of
from vagt.adapters.pagerduty import people
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.wire import held, id_of, name_of, rows
from vagt.adapters.protocol import ForbiddenError, NotFoundError
from vagt.domain.directory import OnCall

_FRESH = 60.0
"""Seconds."""
_MOST = 200
_PAGES = 10


class Rota:
    """Asks who is on call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept = Kept[OnCall](context.connection.clock, fresh=_FRESH, most=_MOST)

    async def on_call(self, team: str | None) -> tuple[OnCall, ...]:
        """For one escalation policy, or for all that this account may see."""
        return await self._kept.get((team or "").strip().lower(), lambda: self._ask(team))

    async def _ask(self, team: str | None) -> tuple[OnCall, ...]:
        params = [("include[]", "users"), ("time_zone", "UTC")]
        if team is not None:
            policy = await people.policy_named(self._context, team)
            if policy is None:
                return ()
            params.append(("escalation_policy_ids[]", id_of(policy)))
            policies = [policy]
        else:
            policies = await self._policies()
        turns, _ = await self._context.client.every("/oncalls", "oncalls", params, pages=_PAGES)
        found = [turn for row in turns if (turn := self._turn(row)) is not None]
        found += _unmanned(policies, turns, self._context.backend)
        return tuple(sorted(set(found), key=lambda turn: (turn.team.lower(), turn.level, turn.rota, turn.who)))

    async def _policies(self) -> list[Row]:
        """All that this account may see, with their levels; none where they are hidden from it."""
        try:
            found, _ = await self._context.client.every("/escalation_policies", "escalation_policies", pages=_PAGES)
        except (ForbiddenError, NotFoundError):
            return []
        return found

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


def _unmanned(policies: Iterable[Row], turns: Sequence[Row], backend: str) -> list[OnCall]:
    """The levels on which nobody is on call now."""
    manned = {
        (id_of(held(turn, "escalation_policy")), Fields(turn, "a turn on call").number("escalation_level"))
        for turn in turns
        if id_of(held(turn, "user"))
    }
    found = []
    for policy in policies:
        for level, rule in enumerate(rows(policy.get("escalation_rules")), 1):
            if (id_of(policy), level) not in manned:
                rotas = ", ".join(name for target in rows(rule.get("targets")) if (name := name_of(target)))
                found.append(OnCall(rota=rotas, team=name_of(policy), who="", level=level, source=backend))
    return found
