"""All there is of Tidy Desk: its "API reference" as a small HTTP server on loopback, for the adapter's tests.

Requests carry `Authorization: Bearer TOKEN`, answers are JSON. A writing request carries an
`Idempotency-Key`: the same key again changes nothing and gets the first answer again.

    GET   /api/me
    GET   /api/people?q=  /api/teams?q=  /api/codes?q=     {"entries": [{"id", "name"}]}
    GET   /api/tickets?open=1&after=ID&limit=N     by id, one page   {"tickets", "more", "stamp"}
    GET   /api/tickets?since=STAMP&limit=N         what changed or was deleted, oldest change first
    GET   /api/tickets?ids=1,2                     these
    GET   /api/tickets?newest=1&open=0&limit=N     the newest
    POST  /api/tickets                             {"title", "description", "team", "priority"}
    PATCH /api/tickets/ID                          any of the fields; `claim` begins work, and takes what is nobody's
    GET   /api/tickets/ID/entries                  {"entries": [{"id", "at", "by", "kind", "public", "text"}]}
    POST  /api/tickets/ID/entries                  {"text", "public"}
    GET   /api/receipts/KEY                        200 where a request with this key was carried out, else 404

    401 who are you · 403 you may not · 404 no such thing · 409 its status does not allow that
    412 it has another revision than `If-Match` says · 422 {"error", "fields": {name: words}} · 429 with Retry-After
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "tidy-token-1"
PEOPLE = {"anna": "Anna Holm", "bo": "Bo Friis", "åse": "Åse Ærø"}
TEAMS = {"desk": "Service Desk", "net": "Network"}
CODES = {"fixed": "Fixed", "vanished": "Went away by itself"}
ME = "anna"


class Refused(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, error: str, **fields: str) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error} | ({"fields": fields} if fields else {})


def now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass
class Desk:
    """What Tidy Desk knows, and what may be done to it."""

    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    entries: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    deleted: dict[int, int] = field(default_factory=dict)
    """Id to the stamp of its deletion."""
    receipts: dict[str, Any] = field(default_factory=dict)
    stamp: int = 0
    newest: int = 0

    def touch(self, id: int, **values: Any) -> dict[str, Any]:
        self.stamp += 1
        ticket = self.tickets[id]
        ticket.update(values, stamp=self.stamp, updated=now())
        ticket["assignee_name"] = PEOPLE.get(ticket["assignee"])
        return ticket

    def change(self, id: int, **values: Any) -> dict[str, Any]:
        return self.touch(id, **values, revision=self.tickets[id]["revision"] + 1)

    def log(self, id: int, by: str, kind: str, text: str, *, public: bool = False) -> None:
        line = {"id": len(self.entries[id]), "at": now(), "by": by, "kind": kind, "text": text, "public": public}
        self.entries[id].append(line)

    def create(self, given: dict[str, Any], by: str) -> dict[str, Any]:
        if not str(given.get("title") or "").strip():
            raise Refused(422, "a ticket needs a title", title="is missing")
        self.newest += 1
        id = self.newest
        fixed = {"id": id, "number": f"TD-{id}", "status": "new", "revision": 0, "created": now(), "assignee": None}
        self.tickets[id] = {"priority": 3, "team": "desk", "description": "", **given, **fixed}
        self.entries[id] = []
        self.log(id, by, "other", "registered")
        return self.change(id)

    def update(self, id: int, given: dict[str, Any], by: str) -> dict[str, Any]:
        ticket, values = self.tickets[id], dict(given)
        over = ticket["status"] == "done"
        if over and not values.pop("reopen", False):
            raise Refused(409, f"TD-{id} is done")
        if values.pop("claim", False):
            values |= {"status": "working" if ticket["status"] == "new" else ticket["status"], "begun": now()}
            values |= {"assignee": ticket["assignee"] or by}
        self._check(values)
        if values.get("status") == "done":
            values["done"] = now()
        ticket = self.change(id, **values)
        for name, kind in (("status", "state"), ("assignee", "assignment"), ("priority", "priority")):
            if name in values:
                self.log(id, by, kind, f"{name}: {values[name]}")
        return ticket

    def _check(self, values: dict[str, Any]) -> None:
        for name, known in (("assignee", PEOPLE), ("team", TEAMS), ("code", CODES)):
            if values.get(name) and values[name] not in known:
                raise Refused(422, f"no {name} is called {values[name]}", **{name: "is unknown"})
        required = {"done": ("solution", "code"), "waiting": ("wait_reason",)}.get(values.get("status", ""), ())
        missing = {name: "is missing" for name in required if not values.get(name)}
        if missing:
            raise Refused(422, f"{' and '.join(missing)} must be given", **missing)

    def say(self, id: int, given: dict[str, Any], by: str) -> dict[str, Any]:
        public = bool(given.get("public"))
        self.log(id, by, "comment" if public else "note", given["text"], public=public)
        self.touch(id)
        return self.entries[id][-1]

    def delete(self, id: int) -> None:
        del self.tickets[id]
        self.stamp += 1
        self.deleted[id] = self.stamp

    def page(self, asked: dict[str, str]) -> dict[str, Any]:
        limit = int(asked.get("limit", "100"))
        if "ids" in asked:
            found = [self.tickets[int(id)] for id in asked["ids"].split(",") if int(id) in self.tickets]
            limit = len(found)
        elif "since" in asked:
            gone = [{"id": id, "deleted": True, "stamp": stamp} for id, stamp in self.deleted.items()]
            changed = [row for row in (*self.tickets.values(), *gone) if row["stamp"] > int(asked["since"])]
            found = sorted(changed, key=lambda row: row["stamp"])
            if len(found) > limit:
                return {"tickets": found[:limit], "more": True, "stamp": found[limit - 1]["stamp"]}
        else:
            shown = [row for row in self.tickets.values() if asked.get("open") != "1" or row["status"] != "done"]
            found = [row for row in shown if row["id"] > int(asked.get("after", "0"))]
            if "newest" in asked:
                found.reverse()
        return {"tickets": found[:limit], "more": len(found) > limit, "stamp": self.stamp}


class TidyDeskServer:
    """Speaks HTTP/1.1 for a desk. `fault` makes it fail: lost-answer, throttled, signed-out, forbidden, nonsense.

    With reads-lost, reads-refused and reads-throttled only what reads fails, and that after the next write.
    """

    def __init__(self) -> None:
        self.desk = Desk()
        self.fault = ""
        self.written = False
        self.requests = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; after `stop`, where it listened before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port or self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections, and end those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in set(self._open):
            writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._exchange(reader, writer):
                continue
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; False where the connection ends with it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, target, _ = first.split(" ")
        self.requests += 1
        status, answer, kind = 200, b"<html><title>Welcome</title></html>", "text/html"
        if self.fault != "nonsense":
            try:
                found = self._answer(method, target, headers, json.loads(body or b"{}"))
            except Refused as refused:
                status, found = refused.status, refused.body
            answer, kind = json.dumps(found).encode(), "application/json"
        self.written = self.written or method != "GET"
        if self.fault == "lost-answer" and method != "GET":
            return False
        if self.fault == "reads-lost" and self.written and method == "GET":
            return False
        wait = "Retry-After: 7\r\n" if status == 429 else ""
        heading = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\n{wait}\r\n"
        writer.write(heading.encode() + answer)
        await writer.drain()
        return True

    def _answer(self, method: str, target: str, headers: dict[str, str], body: dict[str, Any]) -> Any:
        if self.fault == "throttled":
            raise Refused(429, "slow down")
        if self.fault == "signed-out" or headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refused(401, "who are you?")
        if self.fault == "forbidden" and method != "GET":
            raise Refused(403, "your role may only read")
        if self.fault in ("reads-refused", "reads-throttled") and self.written and method == "GET":
            raise Refused(403 if self.fault == "reads-refused" else 429, "no more reading now")
        key = headers.get("idempotency-key", "")
        if key in self.desk.receipts:
            return self.desk.receipts[key]
        url = urlsplit(target)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        found = self._found(method, url.path.strip("/").split("/")[1:], asked, headers, body)
        if key:
            self.desk.receipts[key] = found
        return found

    def _found(
        self, method: str, path: list[str], asked: dict[str, str], headers: dict[str, str], body: dict[str, Any]
    ) -> Any:
        desk, books = self.desk, {"people": PEOPLE, "teams": TEAMS, "codes": CODES}
        match method, path:
            case "GET", ["me"]:
                return {"login": ME, "name": PEOPLE[ME], "teams": ["desk"], "may_write": True, "product": "Tidy Desk 3"}
            case "GET", [("people" | "teams" | "codes") as book]:
                text = asked.get("q", "").casefold()
                hits = ((id, name) for id, name in books[book].items() if text in f"{id} {name}".casefold())
                return {"entries": [{"id": id, "name": name} for id, name in hits]}
            case "GET", ["receipts", key] if key in desk.receipts:
                return {"carried out": True}
            case "GET", ["tickets"]:
                return desk.page(asked)
            case "POST", ["tickets"]:
                return desk.create(body, ME)
            case _, ["tickets", id, *rest] if id.isdecimal() and int(id) in desk.tickets:
                ticket = desk.tickets[int(id)]
                if headers.get("if-match", str(ticket["revision"])) != str(ticket["revision"]):
                    raise Refused(412, "it was changed meanwhile")
                match method, rest:
                    case "PATCH", []:
                        return desk.update(int(id), body, ME)
                    case "GET", ["entries"]:
                        return {"entries": desk.entries[int(id)]}
                    case "POST", ["entries"]:
                        return desk.say(int(id), body, ME)
        raise Refused(404, f"no {'/'.join(path)}")


async def main(port: int) -> None:
    """A desk with some tickets, until it is interrupted."""
    server = TidyDeskServer()
    for title in ("Mail is slow", "The printer on floor 3 prints 東京", "VPN drops every hour"):
        server.desk.create({"title": title}, "bo")
    await server.start(port)
    print(f"Tidy Desk on {server.url}, token {TOKEN}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8099))
    except KeyboardInterrupt:
        sys.exit(0)
