"""Lists: parameters as documented (others are noticed), pages by offset, filters, sorting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.doubles.pagerduty.rules import invalid
from tests.doubles.pagerduty.state import Incident, Store

_MOST = 100
_DEEPEST = 10_000
_SORTS = ("incident_number", "created_at", "resolved_at", "urgency")
INCLUDES = frozenset(
    "acknowledgers agents assignees conference_bridge escalation_policies first_trigger_log_entries priorities "
    "services teams users".split()
)
_PAGING = frozenset({"limit", "offset", "total"})
KNOWN = {
    "incidents": _PAGING
    | frozenset(
        "date_range incident_key service_ids[] team_ids[] user_ids[] urgencies[] time_zone statuses[] sort_by "
        "include[] since until".split()
    ),
    "incident": frozenset({"include[]"}),
    "log_entries": _PAGING | frozenset("time_zone since until is_overview include[] team_ids[]".split()),
    "incident log_entries": _PAGING | frozenset("time_zone since until is_overview include[]".split()),
    "notes": frozenset(),
    "oncalls": _PAGING
    | frozenset("time_zone include[] user_ids[] escalation_policy_ids[] schedule_ids[] since until earliest".split()),
    "escalation_policies": _PAGING | frozenset("query user_ids[] team_ids[] include[] sort_by".split()),
    "escalation_policy": frozenset({"include[]"}),
    "services": _PAGING | frozenset("query team_ids[] time_zone sort_by include[] name".split()),
    "service": frozenset({"include[]"}),
    "users": _PAGING | frozenset("query team_ids[] include[]".split()),
    "user": frozenset({"include[]"}),
    "teams": _PAGING | frozenset({"query"}),
    "priorities": _PAGING,
    "abilities": frozenset(),
    "types": frozenset({"filter"}),
    "templates": _PAGING | frozenset("query template_type sort_by".split()),
    "subscribers": frozenset(),
    "render": frozenset(),
}


class Query:
    """The parameters of one request; what the page of that path does not name is put into `strange`."""

    def __init__(self, target: str, path: str, strange: list[str]) -> None:
        self.pairs = parse_qsl(urlsplit(target).query, keep_blank_values=True)
        for name, _ in self.pairs:
            if name not in KNOWN[path]:
                strange.append(f"{path}: {name}")

    def one(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.pairs if key == name), default)

    def many(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    @property
    def includes(self) -> frozenset[str]:
        return frozenset(self.many("include[]"))

    @property
    def zone(self) -> str:
        return self.one("time_zone")

    def moment(self, name: str) -> datetime | None:
        """A time; one without an offset would be read in the account's zone, and is refused here as a mistake."""
        text = self.one(name)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise invalid(f"{name} is invalid.", code=2004) from None
        if found.tzinfo is None:
            raise invalid(f"{name} has no zone: the account's would be used.", code=2004)
        return found


def paged(query: Query, rows: Sequence[Any], name: str, caps: int = _MOST) -> dict[str, Any]:
    """One page, wrapped."""
    try:
        limit, offset = int(query.one("limit", "25")), int(query.one("offset", "0"))
    except ValueError:
        raise invalid("limit and offset are numbers.", code=2003) from None
    if limit < 0 or offset < 0 or offset + limit > _DEEPEST:
        raise invalid("offset + limit must be 10000 or less.", code=2003)
    limit = min(limit, _MOST, caps)
    page = list(rows[offset : offset + limit])
    total = len(rows) if query.one("total") == "true" else None
    return {name: page, "limit": limit, "offset": offset, "more": offset + limit < len(rows), "total": total}


def incidents(store: Store, query: Query) -> list[Incident]:
    """What `GET /incidents` finds, in its order."""
    _enumerated(query, "statuses[]", ("triggered", "acknowledged", "resolved"))
    _enumerated(query, "urgencies[]", ("high", "low"))
    _enumerated(query, "include[]", sorted(INCLUDES))
    if query.one("date_range", "all") != "all":
        raise invalid("date_range is invalid.")
    since, until = query.moment("since"), query.moment("until")
    everything = query.one("date_range") == "all"
    if not everything:
        until = until or store.moment()
        since = since or until - timedelta(days=30)
        if until - since > timedelta(days=184):
            raise invalid("The time range is longer than six months.", code=2005)
    found = []
    for one in store.visible():
        sets = (
            (query.many("statuses[]"), {one.status}),
            (query.many("urgencies[]"), {one.urgency}),
            (query.many("service_ids[]"), {one.service}),
            (query.many("team_ids[]"), set(store.policies[one.policy].teams)),
            (query.many("user_ids[]"), {id for id, _ in one.assigned}),
            ([query.one("incident_key")] if query.one("incident_key") else [], {one.key}),
        )
        if all(not wanted or set(wanted) & held for wanted, held in sets) and (
            everything or (since is not None and until is not None and since <= one.created <= until)
        ):
            found.append(one)
    return _sorted(found, query.one("sort_by") or "created_at")


def _enumerated(query: Query, name: str, allowed: Sequence[str]) -> None:
    if wrong := [value for value in query.many(name) if value not in allowed]:
        raise invalid(f"{name} is invalid: {wrong[0]}")


def _sorted(found: list[Incident], by: str) -> list[Incident]:
    keys = [part.partition(":") for part in by.split(",")]
    if len(keys) > 2 or any(name not in _SORTS or way not in ("", "asc", "desc") for name, _, way in keys):
        raise invalid("sort_by is invalid.", code=2003)
    columns = {
        "incident_number": lambda one: one.number,
        "created_at": lambda one: one.created,
        "resolved_at": lambda one: one.resolved_at or one.created,
        "urgency": lambda one: one.urgency,
    }
    for name, _, way in reversed(keys):
        found.sort(key=columns[name], reverse=way == "desc")
    return found
