"""JSM Operations: alerts that change out of band, schedules, on-call, escalation policies."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.doubles.jsm import world
from tests.doubles.jsm.state import Store, User
from tests.doubles.web import Reply, Request, json_reply

ESCALATIONS = {
    "e5c1-net": ("8d1f6a00-net", "Network escalation", (("schedule", "s-net"), ("user", "bo"))),
    "e5c1-db": ("8d1f6a00-db", "Database escalation", (("schedule", "s-db"),)),
}
SCHEDULES = {
    "s-net": ("Network on call", "8d1f6a00-net", "Europe/Berlin", ("bo", "cleo")),
    "s-db": ("Database on call", "8d1f6a00-db", "Asia/Tokyo", ("cleo",)),
}
_VERBS = {
    "acknowledge": "Acknowledge",
    "unacknowledge": "UnAcknowledge",
    "close": "Close",
    "notes": "AddNote",
    "snooze": "Snooze",
    "assign": "AssignAlert",
    "escalate": "EscalateToNext",
    "responders": "AddResponder",
}


def refused(status: int, words: str) -> Reply:
    return json_reply(status, {"message": words, "took": 0.01, "requestId": str(uuid.uuid4())})


@dataclass(slots=True)
class Alert:
    """One alert."""

    id: str
    tiny: str
    alias: str
    message: str
    priority: str
    created: float
    status: str = "open"
    acknowledged: bool = False
    owner: str = ""
    count: int = 1
    description: str = ""
    responders: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    paged: list[str] = field(default_factory=list)
    """Who was called, in order: what a test looks at."""


@dataclass(slots=True)
class _Task:
    due: float
    act: Callable[[], tuple[bool, str, str]]
    action: str
    outcome: tuple[bool, str, str] | None = None


class Operations:
    """Answers below /jsm/ops/api/{cloudId}/v1/."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.alerts: dict[str, Alert] = {}
        self._tasks: dict[str, _Task] = {}
        self._tiny = itertools.count(101)

    def handle(self, request: Request, rest: str, me: User) -> Reply:
        quirks = self._store.quirks
        if quirks.no_ops:
            return refused(404, "Operations is not enabled for this site.")
        alerts = rest.startswith("alerts")
        if ("ops-alert" if alerts else "ops-config") in quirks.missing_scopes:
            return json_reply(401, {"code": 401, "message": "Unauthorized; scope does not match"})
        self._carry_out()
        if alerts:
            return self._alerts(request, rest, me)
        return self._config(request, rest)

    def _carry_out(self) -> None:
        now = self._store.now()
        for task in self._tasks.values():
            if task.outcome is None and task.due <= now:
                if task.action in self._store.quirks.ops_plan_refuses:
                    task.outcome = (False, "Your account plan does not support this feature", "")
                else:
                    task.outcome = task.act()

    def _later(self, action: str, act: Callable[[], tuple[bool, str, str]]) -> Reply:
        id = str(uuid.uuid4())
        self._tasks[id] = _Task(self._store.now() + self._store.quirks.ops_delay, act, action)
        return json_reply(202, {"result": "Request will be processed", "requestId": id, "took": 0.195})

    # --- alerts
    def _alerts(self, request: Request, rest: str, me: User) -> Reply:
        match rest.split("/"):
            case ["alerts"] if request.method == "POST":
                return self._create(request.json() or {}, me)
            case ["alerts"]:
                return self._list(request)
            case ["alerts", "alias"]:
                alias = request.query.get("alias", "")
                found = [a for a in self.alerts.values() if a.alias == alias and a.status != "closed"]
                return json_reply(200, self._tell(found[-1])) if found else refused(404, "Alert does not exist")
            case ["alerts", "requests", id]:
                return self._outcome(id)
            case ["alerts", id]:
                alert = self.alerts.get(id)
                return json_reply(200, self._tell(alert)) if alert else refused(404, "Alert does not exist")
            case ["alerts", id, verb] if request.method == "POST" and verb in _VERBS:
                return self._act(id, verb, request.json() or {}, me)
            case ["alerts", id, "notes"] if id in self.alerts:
                return json_reply(200, {"values": self.alerts[id].notes, "links": {}})
            case _:
                return refused(404, f"No route for {request.method} {request.path}")

    def _create(self, body: dict[str, Any], me: User) -> Reply:
        message = str(body.get("message") or "")
        if not message or len(message) > 130:
            return refused(422, "message must be 1 to 130 characters")
        responders = body.get("responders") or []
        if any(r.get("type") not in ("team", "user", "escalation", "schedule") for r in responders):
            return refused(422, "responders are not valid")

        def act() -> tuple[bool, str, str]:
            alias = str(body.get("alias") or "")
            for alert in self.alerts.values():
                if alias and alert.alias == alias and alert.status != "closed":
                    alert.count += 1
                    return True, "Alert is deduplicated", alert.id
            now = self._store.now()
            alert = Alert(
                f"{uuid.uuid4()}-{round(now * 1000)}",
                str(next(self._tiny)),
                alias or str(uuid.uuid4()),
                message,
                str(body.get("priority") or "P3"),
                now,
                description=str(body.get("description") or ""),
            )
            if body.get("note"):
                alert.notes.append(self._note(str(body["note"]), me))
            for responder in responders:
                self._call(alert, responder)
            self.alerts[alert.id] = alert
            return True, "Created alert", alert.id

        return self._later("Create", act)

    def _note(self, text: str, me: User) -> dict[str, str]:
        at = datetime.fromtimestamp(self._store.now(), UTC).isoformat()
        return {"id": str(uuid.uuid4()), "note": text, "owner": me.account_id, "createdAt": at}

    def _call(self, alert: Alert, responder: dict[str, str]) -> None:
        alert.responders.append({"id": str(responder["id"]), "type": str(responder["type"])})
        alert.paged.append(f"{responder['type']}:{responder['id']}")

    def _act(self, id: str, verb: str, body: dict[str, Any], me: User) -> Reply:
        needs = {"notes": "note", "snooze": "endTime", "assign": "accountId", "escalate": "escalationId"}
        if verb in needs and not body.get(needs[verb]):
            return refused(422, f"{needs[verb]} is required")
        if verb == "responders" and (not body.get("id") or not body.get("type")):
            return refused(422, "id and type are required")

        def act() -> tuple[bool, str, str]:
            alert = self.alerts.get(id)
            if alert is None:
                return False, "Alert does not exist", ""
            match verb:
                case "acknowledge" | "unacknowledge":
                    alert.acknowledged = verb == "acknowledge"
                    alert.owner = me.account_id if alert.acknowledged else ""
                case "close":
                    alert.status = "closed"
                case "notes":
                    alert.notes.append(self._note(str(body["note"]), me))
                case "escalate" if body["escalationId"] not in ESCALATIONS:
                    return False, "Escalation does not exist", alert.id
                case "escalate":
                    self._call(alert, {"id": body["escalationId"], "type": "escalation"})
                case "responders":
                    self._call(alert, body)
            return True, f"{_VERBS[verb]} done", alert.id

        return self._later(_VERBS[verb], act)

    def _outcome(self, id: str) -> Reply:
        task = self._tasks.get(id)
        if task is None or task.outcome is None:
            return refused(404, "Request is not processed yet")
        ok, words, alert = task.outcome
        held = self.alerts.get(alert)
        return json_reply(
            200,
            {
                "action": task.action,
                "isSuccess": ok,
                "status": words,
                "processedAt": datetime.now(UTC).isoformat(),
                "alertId": alert,
                "alias": held.alias if held else "",
            },
        )

    def _list(self, request: Request) -> Reply:
        offset, size = int(request.query.get("offset", "0")), int(request.query.get("size", "20"))
        if offset + size >= 20_000:
            return refused(422, "Sum of offset and size should be lower than 20000")
        found = [] if self._store.quirks.ops_blind else list(self.alerts.values())
        for name, value in re.findall(r"(\w+):(\S+)", request.query.get("query", "")):
            match name:
                case "status":
                    found = [alert for alert in found if alert.status == value]
                case "alias":
                    found = [alert for alert in found if alert.alias == value.strip('"')]
                case _:
                    return refused(400, f"Unknown field: {name}")
        rows = [self._tell(alert) for alert in found[offset : offset + size]]
        more = offset + size < len(found)
        return json_reply(200, {"values": rows, "links": {"next": "…"} if more else {}, "count": len(rows)})

    def _tell(self, alert: Alert) -> dict[str, Any]:
        at = datetime.fromtimestamp(alert.created, UTC).isoformat()
        return {
            "id": alert.id,
            "tinyId": alert.tiny,
            "alias": alert.alias,
            "message": alert.message,
            "description": alert.description,
            "status": alert.status,
            "acknowledged": alert.acknowledged,
            "priority": alert.priority,
            "owner": alert.owner,
            "count": alert.count,
            "responders": alert.responders,
            "createdAt": at,
            "lastOccuredAt": at,
        }

    # --- schedules and teams
    def _config(self, request: Request, rest: str) -> Reply:
        blind = self._store.quirks.ops_blind
        match rest.split("/"):
            case ["schedules"]:
                rows = [] if blind else [self._schedule(id) for id in SCHEDULES]
                offset, size = int(request.query.get("offset", "0")), int(request.query.get("size", "20"))
                more = {"next": "…"} if offset + size < len(rows) else {}
                return json_reply(200, {"values": rows[offset : offset + size], "links": more})
            case ["schedules", id, "on-calls"] if id in SCHEDULES:
                return self._on_call(id, flat=request.query.get("flat") == "true")
            case ["schedules", id, "timeline"] if id in SCHEDULES:
                return json_reply(200, self._timeline(id))
            case ["teams"]:
                teams = [] if blind else [{"teamId": id, "teamName": name} for id, name in world.TEAMS.items()]
                return json_reply(200, {"platformTeams": teams})
            case ["teams", id, "escalations"] if id in world.TEAMS:
                rows = [self._escalation(e) for e, (team, _, _) in ESCALATIONS.items() if team == id and not blind]
                return json_reply(200, {"values": rows, "links": {}})
            case _:
                return json_reply(404, {"errors": [{"title": "Not found", "code": "NOT_FOUND", "detail": rest}]})

    def _schedule(self, id: str) -> dict[str, Any]:
        name, team, zone, _ = SCHEDULES[id]
        return {"id": id, "name": name, "description": "", "timezone": zone, "enabled": True, "teamId": team}

    def _account(self, login: str) -> str:
        return self._store.users[login].account_id

    def _on_call(self, id: str, *, flat: bool) -> Reply:
        people = () if self._store.quirks.nobody_on_call else SCHEDULES[id][3]
        if flat:
            return json_reply(200, {"onCallUsers": [self._account(login) for login in people]})
        rows = [{"id": self._account(login), "type": "user"} for login in people] or [{"type": "noone"}]
        return json_reply(200, {"onCallParticipants": rows})

    def _timeline(self, id: str) -> dict[str, Any]:
        start = datetime.fromtimestamp(self._store.now(), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        periods = [
            {
                "startDate": (start + timedelta(days=day)).isoformat(),
                "endDate": (start + timedelta(days=day + 1)).isoformat(),
                "type": "base",
                "responder": {"id": self._account(SCHEDULES[id][3][0]), "type": "user"},
            }
            for day in range(2)
        ]
        return {"finalTimeline": {"rotations": [{"name": "days", "periods": periods}]}}

    def _escalation(self, id: str) -> dict[str, Any]:
        _, name, steps = ESCALATIONS[id]
        rules = [
            {
                "condition": "if-not-acked",
                "notifyType": "default",
                "delay": 5 * number,
                "recipient": {"id": self._account(who) if kind == "user" else who, "type": kind},
            }
            for number, (kind, who) in enumerate(steps)
        ]
        return {"id": id, "name": name, "description": "", "rules": rules}
