"""The instance on a socket: what comes in front of every API, the paths, and a look behind the curtain."""

from __future__ import annotations

import re
from email.utils import format_datetime
from typing import Any

from tests.doubles.servicenow.auth import Door
from tests.doubles.servicenow.clocks import attach_due
from tests.doubles.servicenow.other_apis import NO_API, Attachments, batch, stats, who_is_on_call
from tests.doubles.servicenow.query import Unsupported
from tests.doubles.servicenow.quirks import Quirks
from tests.doubles.servicenow.rendering import journal
from tests.doubles.servicenow.rules import update
from tests.doubles.servicenow.state import Row, Store
from tests.doubles.servicenow.table_api import QUOTA, TableApi, failure
from tests.doubles.servicenow.world import World, furnish, incidents
from tests.doubles.web import Reply, Request, WebServer, json_reply

_PATH = re.compile(r"/api/now(?:/(v\d))?/([a-z_]+)(?:/(.*))?")


def _page(status: int, title: str) -> Reply:
    return Reply(
        status,
        f"<html><head><title>{title}</title></head><body>{title}</body></html>".encode(),
        {"Content-Type": "text/html"},
    )


class Instance:
    """One ServiceNow."""

    def __init__(self, *, incidents_: int = 0, seed: int = 1, **quirks: Any) -> None:
        self.quirks = Quirks(**quirks)
        self.store = Store(self.quirks, seed)
        self.door = Door(self.store, self.quirks)
        self.world: World = furnish(self.store, self.door)
        self.tables = TableApi(self.store)
        self.files = Attachments(self.store)
        self.web = WebServer(self._handle)
        self.hourly: dict[tuple[str, int], int] = {}
        self._count = 0
        self.seeded = incidents(self.store, self.world, incidents_)

    @property
    def url(self) -> str:
        return self.web.url

    async def start(self, port: int = 0) -> None:
        await self.web.start(port)

    async def stop(self) -> None:
        await self.web.stop()

    # --- for tests: as a colleague, past the API's client
    def user(self, login: str) -> Row:
        account = self.door.accounts[login]
        return {**self.store.tables["sys_user"][account.user], "roles": ",".join(account.roles)}

    def save(self, id: str, by: str = "bo", **values: str) -> None:
        """A colleague saves an incident."""
        update(self.store, "incident", self.store.tables["incident"][id], dict(values), self.user(by))

    def words(self, id: str, element: str) -> tuple[str, ...]:
        return tuple(row["value"] for row in journal(self.store, id) if row["element"] == element)

    # --- requests
    def _handle(self, request: Request) -> Reply:
        if request.path.startswith("/_double/"):
            return self._control(request)
        if request.path == "/oauth_token.do":
            return self.door.token(request)
        early = self._in_front(request)
        if early is not None:
            return self._finished(early, request)
        match = _PATH.fullmatch(request.path)
        if match is None:
            return failure(400, NO_API, request.path)
        version, api, rest = match[1] or "", match[2], match[3] or ""
        me, cookie, why = self.door.who(request, api)
        if me is None:
            return self._finished(failure(401, why, "Required to provide Auth information"), request)
        reply = self._limited(me) or self._inside(request, version, api, rest, me)
        if cookie:
            reply.headers["Set-Cookie"] = f"JSESSIONID={cookie}; Path=/; HttpOnly"
        return self._finished(reply, request)

    def _in_front(self, request: Request) -> Reply | None:
        quirks = self.quirks
        self._count += 1
        if quirks.hibernating_html:
            return _page(200, "Instance Hibernating page")
        if quirks.sso_html:
            return _page(200, "Sign in to Acme")
        if quirks.sso_redirect:
            return Reply(302, b"", {"Location": "https://sso.acme.example/login?token=abc"})
        if quirks.html_502:
            return _page(502, "Bad Gateway")
        if quirks.retry_after:
            reply = failure(429, "Rate limit exceeded", "Rate limit of 100 requests per hour for Table API exceeded")
            reply.headers["Retry-After"] = str(quirks.retry_after)
            return reply
        if quirks.overloaded:
            return Reply(429, b"Too many requests")
        if quirks.http_202 and self._count % quirks.http_202 == 0:
            return Reply(202)
        if quirks.quota_500 and not request.writes:
            return failure(500, QUOTA, f"{QUOTA} Check logs for error trace or enable")
        return None

    def _limited(self, me: Row) -> Reply | None:
        limit = self.quirks.rate_limit
        if not limit:
            return None
        hour = int(self.store.seconds() // 3600)
        used = self.hourly[(me["user_name"], hour)] = self.hourly.get((me["user_name"], hour), 0) + 1
        if used <= limit:
            return None
        reply = failure(429, "Rate limit exceeded", f"Rate limit of {limit} requests per hour for Table API exceeded")
        reply.headers["Retry-After"] = str(int((hour + 1) * 3600 - self.store.seconds()))
        return reply

    def _inside(self, request: Request, version: str, api: str, rest: str, me: Row) -> Reply:
        parts = [part for part in rest.split("/") if part]
        attach_due(self.store)
        try:
            match api:
                case "table" if parts:
                    return self.tables.handle(request, parts[0], parts[1] if len(parts) > 1 else "", me, version)
                case "stats" if parts:
                    return stats(self.store, request, parts[0], me)
                case "on_call_rota" if parts == ["whoisoncall"]:
                    return who_is_on_call(self.store, request)
                case "attachment":
                    return self.files.handle(request, parts, me, version)
                case "batch":
                    return batch(request, self._handle)
                case _:
                    return failure(400, NO_API, request.path)
        except Unsupported as error:
            return Reply(599, str(error).encode(), {"X-Double-Unsupported": "query"})

    def _finished(self, reply: Reply, request: Request) -> Reply:
        reply.headers["Date"] = format_datetime(self.store.now(), usegmt=True)
        reply.headers["X-Transaction-ID"] = f"tx{self._count}"
        if self.quirks.rate_limit:
            hour = int(self.store.seconds() // 3600)
            reply.headers |= {
                "X-RateLimit-Limit": str(self.quirks.rate_limit),
                "X-RateLimit-Reset": str((hour + 1) * 3600),
                "X-RateLimit-Rule": "f" * 32,
            }
        return reply

    def _control(self, request: Request) -> Reply:
        match request.path.removeprefix("/_double/"):
            case "quirks" if request.method == "POST":
                self.quirks.set(request.json() or {})
                return json_reply(200, {"set": True})
            case "incident":
                row = self.store.find("incident", number=request.query.get("number", "")) or {}
                notes = journal(self.store, row.get("sys_id", ""))
                return json_reply(200, {"incident": row, "journal": notes})
            case "seen":
                told = {
                    "dropped": self.tables.dropped,
                    "ignored": self.tables.ignored,
                    "withheld": self.tables.withheld,
                }
                return json_reply(200, {**told, "logins": self.door.logins, "requests": len(self.web.log)})
            case "log":
                return json_reply(200, [f"{line.status} {line.method} {line.target}" for line in self.web.log[-200:]])
            case _:
                return json_reply(404, {"known": ["quirks", "incident?number=", "seen", "log"]})
