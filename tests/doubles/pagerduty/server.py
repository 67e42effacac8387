"""The account on a socket: what comes in front of every path, the paths, and a look behind the curtain."""

from __future__ import annotations

import json
import time
from email.utils import format_datetime
from typing import Any

from tests.doubles.pagerduty.auth import Door, Who
from tests.doubles.pagerduty.incident_api import IncidentApi
from tests.doubles.pagerduty.listing import Query
from tests.doubles.pagerduty.other_apis import OtherApis
from tests.doubles.pagerduty.quirks import Quirks
from tests.doubles.pagerduty.rendering import render_incident, utc
from tests.doubles.pagerduty.rules import Refused, invalid, pass_time, update
from tests.doubles.pagerduty.state import Incident, Store
from tests.doubles.pagerduty.world import World, furnish, incidents
from tests.doubles.web import Reply, Request, WebServer, json_reply

LONGEST_ADDRESS = 4096
"""Bytes above which the edge answers 414."""


class PagerDuty:
    """One account."""

    def __init__(self, *, incidents_: int = 0, seed: int = 1, **quirks: Any) -> None:
        self.quirks = Quirks()
        self.quirks.set(quirks)
        self.store = Store(self.quirks, seed)
        self.world: World = furnish(self.store)
        self.door = Door(self.store, self.quirks, self.world)
        self.incidents = IncidentApi(self.store)
        self.others = OtherApis(self.store)
        self.web = WebServer(self._handle)
        self.strange: list[str] = []
        """Parameters that no page names."""
        self._minute: tuple[int, int] = (0, 0)
        self.seeded = incidents(self.store, self.world, incidents_)

    @property
    def url(self) -> str:
        return self.web.url

    async def start(self, port: int = 0) -> None:
        await self.web.start(port)

    async def stop(self) -> None:
        await self.web.stop()

    def save(self, incident: Incident, by: str = "bo", **values: Any) -> None:
        """A colleague changes an incident, past the API's client."""
        update(self.store, incident, {"type": "incident_reference", **values}, self.world.users[by])

    # --- requests
    def _handle(self, request: Request) -> Reply:
        if request.path.startswith("/_double/"):
            return self._control(request)
        if request.path == "/oauth/token" and request.method == "POST":
            return self.door.token(request)
        if len(request.target) > LONGEST_ADDRESS:
            return Reply(414, b"<html><title>414 Request-URI Too Large</title></html>", {"Content-Type": "text/html"})
        limited = self._limited()
        if limited is not None:
            return limited
        pass_time(self.store)
        who = self.door.who(request)
        try:
            if who is None:
                raise Refused(401, 2006, "Authentication failed")
            reply = self._inside(request, who)
        except Refused as refused:
            reply = self._refusal(refused)
        return self._finished(reply)

    def _inside(self, request: Request, who: Who) -> Reply:
        parts = [part for part in request.path.split("/") if part]
        self.door.check(who, request, parts)
        body = request.json() if request.body else None
        if request.writes and request.body and body is None:
            raise invalid("The body is not JSON.", code=2002)
        match request.method, parts:
            case "GET", ["incidents", "types"]:
                return json_reply(200, self.others.types())
            case _, ["incidents", *rest]:
                return self._incidents(request, rest, body, who)
            case "GET", [_, *_]:
                return json_reply(200, self._read(request, parts, who))
            case "POST", ["templates", id, "render"]:
                return json_reply(200, self.others.render(id, body))
            case _:
                raise Refused(404, 2100, "Not Found")

    def _query(self, request: Request, path: str) -> Query:
        return Query(request.target, path, self.strange)

    def _read(self, request: Request, parts: list[str], who: Who) -> dict[str, Any]:
        others = self.others
        match parts:
            case ["users", "me"]:
                return others.me(who.account.user)
            case ["users", id]:
                return others.user(id)
            case ["services", id]:
                return others.service(id)
            case ["escalation_policies", id]:
                return others.policy(id)
            case ["abilities"]:
                return {"abilities": sorted(self.quirks.abilities)}
            case ["users"]:
                return others.users(self._query(request, "users"))
            case ["services"]:
                return others.services(self._query(request, "services"))
            case ["teams"]:
                return others.teams(self._query(request, "teams"))
            case ["escalation_policies"]:
                return others.policies(self._query(request, "escalation_policies"))
            case ["priorities"]:
                return others.priorities(self._query(request, "priorities"))
            case ["oncalls"]:
                return others.oncalls(self._query(request, "oncalls"))
            case ["log_entries"]:
                return others.log(self._query(request, "log_entries"))
            case ["templates"]:
                return others.templates(self._query(request, "templates"))
            case _:
                raise Refused(404, 2100, "Not Found")

    def _incidents(self, request: Request, rest: list[str], body: Any, who: Who) -> Reply:
        api, me = self.incidents, who.acts_as
        match request.method, rest:
            case "GET", []:
                return json_reply(200, api.list(self._query(request, "incidents")))
            case "POST", []:
                return json_reply(201, api.create(body, me))
            case "PUT", []:
                return json_reply(200, api.change_many(body, me))
            case _, [id, *below]:
                return self._one(request, api.one(id), below, body, me)
            case _:
                raise Refused(404, 2100, "Not Found")

    def _one(self, request: Request, incident: Incident, below: list[str], body: Any, me: str) -> Reply:
        api = self.incidents
        match request.method, below:
            case "GET", []:
                return json_reply(200, api.show(incident, self._query(request, "incident")))
            case "PUT", []:
                return json_reply(200, api.change(incident, body, me))
            case "POST", ["snooze"]:
                return json_reply(201, api.snooze(incident, body, me))
            case "PUT", ["merge"]:
                return json_reply(200, api.merge(incident, body, me))
            case "GET", ["notes"]:
                return json_reply(200, api.notes(incident))
            case "POST", ["notes"]:
                return json_reply(200, api.note(incident, body, me))
            case "GET", ["log_entries"]:
                return json_reply(200, self.others.log(self._query(request, "incident log_entries"), incident.id))
            case "POST", ["status_updates"]:
                return json_reply(200, api.announce(incident, body, me))
            case "GET", ["status_updates", "subscribers"]:
                return json_reply(200, api.subscribers(incident))
            case "POST", ["status_updates", "subscribers"]:
                return json_reply(200, api.subscribe(incident, body))
            case "POST", ["responder_requests"]:
                return json_reply(200, api.request_responders(incident, body, me))
            case _:
                raise Refused(404, 2100, "Not Found")

    # --- limits and refusals
    def _limited(self) -> Reply | None:
        quirks = self.quirks
        if quirks.bare_429:
            return Reply(429, b"Too many requests")
        if quirks.throttled:
            return self._throttled(quirks.throttled)
        if not quirks.rate_limit:
            return None
        minute = int(time.time() + self.store.skipped.total_seconds()) // 60
        used = self._minute[1] + 1 if self._minute[0] == minute else 1
        self._minute = (minute, used)
        if used > quirks.rate_limit:
            return self._throttled(self._left())
        return None

    def _left(self) -> int:
        return 60 - int(time.time() + self.store.skipped.total_seconds()) % 60

    def _throttled(self, wait: int) -> Reply:
        error = {"message": "Rate Limit Exceeded", "code": 2020, "errors": ["Rate limit exceeded"]}
        reply = json_reply(429, {"error": error})
        reply.headers |= {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": str(wait)}
        return reply

    def _refusal(self, refused: Refused) -> Reply:
        error: Any = {"message": refused.words, "code": refused.code, "errors": list(refused.lines)}
        match self.quirks.odd_errors:
            case "string":
                error["errors"] = refused.lines[0]
            case "list":
                error = list(refused.lines)
            case "empty":
                return Reply(refused.status)
            case "html":
                page = b"<html><head><title>Error</title></head><body>no</body></html>"
                return Reply(refused.status, page, {"Content-Type": "text/html"})
        return json_reply(refused.status, {"error": error})

    def _finished(self, reply: Reply) -> Reply:
        reply.headers["Date"] = format_datetime(self.store.now(), usegmt=True)
        if self.quirks.rate_limit and "ratelimit-limit" not in reply.headers:
            left = max(0, self.quirks.rate_limit - self._minute[1])
            reply.headers |= {
                "ratelimit-limit": str(self.quirks.rate_limit),
                "ratelimit-remaining": str(left),
                "ratelimit-reset": str(self._left()),
            }
        return reply

    # --- by hand
    def _control(self, request: Request) -> Reply:
        match request.path.removeprefix("/_double/"):
            case "quirks" if request.method == "POST":
                self.quirks.set(request.json() or {})
                return json_reply(200, {"set": True})
            case "skip" if request.method == "POST":
                self.store.skip(float(json.loads(request.body)))
                return json_reply(200, {"now": utc(self.store.now())})
            case "incident":
                return self._behind(self.store.find(request.query.get("number", "")))
            case "seen":
                told = {"strange": self.strange, "ignored": self.incidents.ignored, "logins": self.door.logins}
                return json_reply(200, {**told, "requests": len(self.web.log)})
            case "log":
                return json_reply(200, [f"{line.status} {line.method} {line.target}" for line in self.web.log[-200:]])
            case _:
                return json_reply(404, {"known": ["quirks", "skip", "incident?number=", "seen", "log"]})

    def _behind(self, incident: Incident | None) -> Reply:
        if incident is None:
            return json_reply(404, {})
        told = {
            "incident": render_incident(self.store, incident, frozenset({"conference_bridge", "body"})),
            "level": incident.level,
            "notes": [[self.store.users[note.user].name, note.content] for note in incident.notes],
            "updates": [[one.message, one.subject, one.html] for one in incident.updates],
            "log": [[one.type, one.summary] for one in self.store.log if one.incident == incident.id],
        }
        return json_reply(200, told)
