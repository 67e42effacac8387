"""The site on a socket: what comes in front of every API, the paths, and a look behind the curtain."""

from __future__ import annotations

import re
import time
from collections import deque
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from tests.doubles.jsm import files, world
from tests.doubles.jsm.adf import plain
from tests.doubles.jsm.answers import page, problem
from tests.doubles.jsm.auth import Door
from tests.doubles.jsm.desk_api import DeskApi
from tests.doubles.jsm.ops_api import Operations
from tests.doubles.jsm.platform_api import PlatformApi
from tests.doubles.jsm.quirks import Quirks
from tests.doubles.jsm.rules import save
from tests.doubles.jsm.state import Issue, Store
from tests.doubles.web import Reply, Request, WebServer, json_reply

_GATEWAY = re.compile(r"/ex/jira/([0-9a-f-]+)(/.*)")
_OPS = re.compile(r"/jsm/ops/api/([0-9a-f-]+)/v1/(.+)")
_SECURE = re.compile(r"/secure/attachment/([^/]+)/.+")
_REST = re.compile(r"/rest/api/([23])/(.+)")
_WRITES_AT_ONCE, _WITHIN = 20, 2.0


class Site:
    """One Jira, with the gateway in front of it at the same address."""

    def __init__(self, *, deployment: str = "cloud", incidents_: int = 0, context: str = "", **quirks: Any) -> None:
        self.quirks = Quirks(**quirks)
        self.cloud = deployment == "cloud"
        self.store = Store(self.quirks, cloud=self.cloud)
        self.door = Door(self.store, self.quirks)
        world.furnish(self.store)
        self.platform = PlatformApi(self.store)
        self.desk = DeskApi(self.store)
        self.ops = Operations(self.store)
        self.web = WebServer(self._handle)
        self.context = context
        """The path below which a Data Center lives, such as /jira."""
        self.told_secrets: list[str] = []
        self._writes: dict[str, deque[float]] = {}
        world.incidents(self.store, incidents_)
        for issue in self.store.issues.values():
            self.store.skipped = issue.created - time.time()
            save(self.store, issue, {}, self.store.users["carl"])
        self.store.skipped = 0.0

    @property
    def url(self) -> str:
        return self.web.url + self.context

    async def start(self, port: int = 0) -> None:
        await self.web.start(port)

    async def stop(self) -> None:
        await self.web.stop()

    # --- for tests: as a colleague, past the API
    def register(self, title: str, **fields: Any) -> Issue:
        issue = world.register(self.store, title, **fields)
        save(self.store, issue, {}, self.store.users["carl"])
        return issue

    def save(self, id: str, by: str = "bo", **values: Any) -> None:
        save(self.store, self.store.issues[id], values, self.store.users[by])

    # --- requests
    def _handle(self, request: Request) -> Reply:
        path = request.path
        if path.startswith("/_double/"):
            return self._control(request)
        if early := self._in_front():
            return self._finished(early, {})
        if self.cloud and (match := _OPS.fullmatch(path)):
            return self._operations(request, match[1], match[2])
        gateway = self.cloud and (match := _GATEWAY.fullmatch(path)) is not None
        if gateway:
            assert match is not None, "it matched"
            if match[1] != world.CLOUD_ID:
                return json_reply(404, {"code": 404, "message": "Not Found"})
            path = match[2]
        elif self.context:
            if not path.startswith(self.context + "/"):
                return page(404, "Oops, you've found a dead link")
            path = path.removeprefix(self.context)
        if self.cloud and path == "/_edge/tenant_info":
            return json_reply(200, {"cloudId": world.CLOUD_ID})
        caller = self.door.who(request, gateway=gateway)
        if caller.reply is not None:
            return self._finished(caller.reply, caller.headers)
        if gateway and "jira" in self.quirks.missing_scopes:
            return self._finished(json_reply(401, {"code": 401, "message": "Unauthorized; scope does not match"}), {})
        reply = self._too_many(request, path) or self._inside(request, path, caller.user)
        return self._finished(reply, caller.headers)

    def _in_front(self) -> Reply | None:
        quirks = self.quirks
        if quirks.maintenance:
            return page(503, "Jira is being reindexed")
        if quirks.retry_after:
            reply = json_reply(429, {"errorMessages": ["Rate limit exceeded."], "errors": {}})
            reply.headers |= {"Retry-After": str(quirks.retry_after), "RateLimit-Reason": "jira-burst-based"}
            return reply
        if quirks.burst_reset:
            reset = datetime.fromtimestamp(self.store.now() + quirks.burst_reset, UTC)
            reply = Reply(429, b"", {"RateLimit-Reason": "jira-burst-based", "X-RateLimit-Remaining": "0"})
            reply.headers["X-RateLimit-Reset"] = f"{reset:%Y-%m-%dT%H:%M:%SZ}"
            return reply
        return None

    def _inside(self, request: Request, path: str, me: Any) -> Reply:
        if match := _REST.fullmatch(path):
            version = match[1]
            if version == "3" and not self.cloud:
                return page(404, "Oops, you've found a dead link")
            return self.platform.handle(request, version, match[2].rstrip("/"), me, self.url)
        if not self.cloud and me is not None and (match := _SECURE.fullmatch(path)):
            return files.content(self.store, match[1])
        if path.startswith("/rest/servicedeskapi/"):
            rest = path.removeprefix("/rest/servicedeskapi/").rstrip("/")
            return self.desk.handle(request, rest, me, self.url)
        if self.cloud:
            return problem(404, "Not Found", f"No endpoint {request.method} {path}.", request)
        return page(404, "Oops, you've found a dead link")

    def _operations(self, request: Request, cloud_id: str, rest: str) -> Reply:
        caller = self.door.who(request, gateway=True)
        if caller.reply is not None:
            return caller.reply
        if cloud_id != world.CLOUD_ID or caller.user is None:
            return json_reply(404, {"errors": [{"title": "Site not found"}]})
        return self.ops.handle(request, rest, caller.user)

    def _too_many(self, request: Request, path: str) -> Reply | None:
        """20 writes within 2 s on one issue."""
        match = re.search(r"/issue/([^/]+)", path)
        if not self.cloud or not request.writes or match is None or match[1] in ("bulkfetch", "createmeta"):
            return None
        issue = self.store.find(match[1])
        recent = self._writes.setdefault(issue.id if issue else "", deque())
        now = self.store.now()
        while recent and recent[0] < now - _WITHIN:
            recent.popleft()
        if len(recent) >= _WRITES_AT_ONCE:
            headers = {"Retry-After": "2", "RateLimit-Reason": "jira-per-issue-on-write"}
            return Reply(429, b"", headers)
        recent.append(now)
        return None

    def _finished(self, reply: Reply, headers: dict[str, str]) -> Reply:
        reply.headers = {**headers, **reply.headers}
        reply.headers["Date"] = format_datetime(datetime.fromtimestamp(self.store.now(), UTC), usegmt=True)
        if self.cloud:
            reply.headers.setdefault("X-RateLimit-Limit", "350")
            reply.headers.setdefault("X-RateLimit-Remaining", "340")
            reply.headers["Atl-Traceid"] = "0af7651916cd43dd8448eb211c80319c"
        elif self.quirks.dc_rate_headers:
            reply.headers |= {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59", "retry-after": "0"}
            reply.headers |= {"X-RateLimit-Interval-Seconds": "60", "X-RateLimit-FillRate": "60"}
        return reply

    def _control(self, request: Request) -> Reply:
        match request.path.removeprefix("/_double/"):
            case "quirks" if request.method == "POST":
                self.quirks.set(request.json() or {})
                return json_reply(200, {"set": True})
            case "door" if request.method == "POST":
                self.door.shut = bool((request.json() or {}).get("shut"))
                return json_reply(200, {"shut": self.door.shut})
            case "issue":
                issue = self.store.find(request.query.get("key", ""))
                if issue is None:
                    return json_reply(404, {})
                comments = [
                    {"by": c.author, "public": c.public, "text": plain(c.body), "properties": c.properties}
                    for c in issue.comments
                ]
                held = [one for one in self.store.files.values() if one.issue == issue.id]
                files_ = [{"name": one.name, "size": len(one.content), "public": one.public} for one in held]
                told = {"key": issue.key, "fields": issue.fields, "links": issue.links, "comments": comments}
                told["files"] = files_
                return json_reply(200, {**told, "history": [change.items for change in issue.history]})
            case "save" if request.method == "POST":
                given = request.json() or {}
                issue = self.store.find(str(given.pop("key", "")))
                if issue is None:
                    return json_reply(404, {})
                self.save(issue.id, **given)
                return json_reply(200, {"saved": issue.key})
            case "seen":
                alerts = [
                    {"alias": a.alias, "status": a.status, "acknowledged": a.acknowledged, "paged": a.paged}
                    for a in self.ops.alerts.values()
                ]
                return json_reply(200, {"mail": self.store.mail, "alerts": alerts, "requests": len(self.web.log)})
            case "log":
                return json_reply(200, [f"{line.status} {line.method} {line.target}" for line in self.web.log[-200:]])
            case _:
                return json_reply(404, {"known": ["quirks", "door", "issue?key=", "save", "seen", "log"]})
