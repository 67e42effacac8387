"""People, services, policies, who is on call, priorities, templates, and the log of the whole account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from tests.doubles.pagerduty import rendering
from tests.doubles.pagerduty.listing import Query, paged
from tests.doubles.pagerduty.rules import Refused, invalid
from tests.doubles.pagerduty.state import Entry, Policy, Store

_NOISE = frozenset({"notify_log_entry"})


class OtherApis:
    """Everything that is no incident."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def users(self, query: Query) -> dict[str, Any]:
        text = query.one("query").lower()
        names_only = self.store.quirks.users_by_name_only
        rows = [
            rendering.user(self.store, one, full=True)
            for one in sorted(self.store.users.values(), key=lambda user: user.name)
            if text in one.name.lower() or (not names_only and text in one.email.lower())
        ]
        return paged(query, rows, "users")

    def user(self, id: str) -> dict[str, Any]:
        return {"user": rendering.user(self.store, _known(self.store.users, id), full=True)}

    def me(self, user: str) -> dict[str, Any]:
        if not user:
            raise Refused(400, 2001, "Invalid Input Provided", "The current user cannot be determined for this key.")
        return self.user(user)

    def services(self, query: Query) -> dict[str, Any]:
        text, teams = query.one("query").lower(), set(query.many("team_ids[]"))
        found = [
            one
            for one in self.store.services.values()
            if text in one.name.lower() and (not teams or teams & set(one.teams))
        ]
        rows = [rendering.service(self.store, one, full=True) for one in found]
        return paged(query, rows, "services")

    def service(self, id: str) -> dict[str, Any]:
        return {"service": rendering.service(self.store, _known(self.store.services, id), full=True)}

    def teams(self, query: Query) -> dict[str, Any]:
        self._able("teams")
        text = query.one("query").lower()
        rows = [rendering.team(self.store, id, full=True) for id, n in self.store.teams.items() if text in n.lower()]
        return paged(query, rows, "teams")

    def policies(self, query: Query) -> dict[str, Any]:
        text, people = query.one("query").lower(), set(query.many("user_ids[]"))
        found = [
            one
            for one in sorted(self.store.policies.values(), key=lambda policy: policy.name)
            if text in one.name.lower() and (not people or people & self._people(one))
        ]
        return paged(query, [rendering.policy(self.store, one, full=True) for one in found], "escalation_policies")

    def _people(self, policy: Policy) -> set[str]:
        found: set[str] = set()
        for rule in policy.rules:
            for target in rule.targets:
                found |= set(self.store.schedules[target].users) if target in self.store.schedules else {target}
        return found

    def policy(self, id: str) -> dict[str, Any]:
        return {"escalation_policy": rendering.policy(self.store, _known(self.store.policies, id), full=True)}

    def priorities(self, query: Query) -> dict[str, Any]:
        self._able("priorities")
        rows = [rendering.priority(self.store, id, full=True) for id, _ in self.store.priorities]
        return paged(query, rows, "priorities")

    def types(self) -> dict[str, Any]:
        rows = [
            {"id": id, "name": name, "type": "incident_type", "display_name": name, "enabled": True, "parent": None}
            for id, name in self.store.types
        ]
        return {"incident_types": rows}

    def oncalls(self, query: Query) -> dict[str, Any]:
        wanted, people = set(query.many("escalation_policy_ids[]")), set(query.many("user_ids[]"))
        full = query.includes
        rows = []
        for policy in self.store.policies.values():
            for level, rule in enumerate(policy.rules, 1):
                for target in rule.targets:
                    schedule = self.store.schedules.get(target)
                    user = (schedule.users[0] if schedule.users else "") if schedule else target
                    if not user or (wanted and policy.id not in wanted) or (people and user not in people):
                        continue
                    start = (schedule.until - timedelta(hours=12)) if schedule else None
                    rows.append(
                        {
                            "escalation_policy": rendering.policy(
                                self.store, policy, full="escalation_policies" in full
                            ),
                            "escalation_level": level,
                            "schedule": rendering.schedule(schedule) if schedule else None,
                            "user": rendering.user(self.store, self.store.users[user], full="users" in full),
                            "start": rendering.zoned(start, query.zone) if start else None,
                            "end": rendering.zoned(schedule.until, query.zone) if schedule else None,
                        }
                    )
        return paged(query, rows, "oncalls")

    def log(self, query: Query, incident: str = "") -> dict[str, Any]:
        """Log entries of one incident, or of all that this key may see."""
        since, until = query.moment("since"), query.moment("until")
        seen = self.store.moment() - timedelta(seconds=self.store.quirks.log_delay)
        teams = set(query.many("team_ids[]"))
        found = [
            one
            for one in self.store.log
            if one.at <= seen
            and not self.store.incidents[one.incident].hidden
            and (not incident or one.incident == incident)
            and (since is None or one.at >= since)
            and (until is None or one.at < until)
            and (query.one("is_overview") != "true" or one.type not in _NOISE)
            and (not teams or teams & set(self.store.policies[self.store.incidents[one.incident].policy].teams))
        ]
        page = paged(query, list(self._ordered(found)), "log_entries")
        page["log_entries"] = [
            rendering.entry(self.store, one, query.zone, query.includes) for one in page["log_entries"]
        ]
        return page

    def _ordered(self, found: list[Entry]) -> Iterable[Entry]:
        ordered = sorted(found, key=lambda one: one.at)
        return ordered if self.store.quirks.oldest_first else reversed(ordered)

    # --- templates of status updates
    def templates(self, query: Query) -> dict[str, Any]:
        self._able("status_updates")
        text = query.one("query").lower()
        rows = [one for one in self.store.templates.values() if text in one["name"].lower()]
        return paged(query, rows, "templates")

    def render(self, id: str, body: Any) -> dict[str, Any]:
        self._able("status_updates")
        template = _known(self.store.templates, id)
        incident = self.store.find(str((body or {}).get("incident_id", "")))
        if incident is None:
            raise invalid("incident_id is invalid.")
        values = {
            "{{incident.title}}": incident.title,
            "{{status_update.message}}": str((body.get("status_update") or {}).get("message", "")),
        }
        told = {}
        for name, text in template["templated_fields"].items():
            filled = text
            for mark, value in values.items():
                filled = filled.replace(mark, value)
            told[name] = filled
        return {"templated_fields": told, "warnings": [], "errors": []}

    def _able(self, ability: str) -> None:
        if ability not in self.store.quirks.abilities:
            raise Refused(402, 2014, "Account does not have the abilities to perform the action", ability)


def _known(table: dict[str, Any], id: str) -> Any:
    if id not in table:
        raise Refused(404, 2100, "Not Found")
    return table[id]
