"""Search: page tokens on Cloud, startAt on Data Center; both see the index, not the store."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.doubles.jsm.answers import problem, refused
from tests.doubles.jsm.jql import BadQuery, Query, parse
from tests.doubles.jsm.rendering import Renderer
from tests.doubles.jsm.state import Issue, Store, User
from tests.doubles.web import Reply, Request, json_reply

_KEYS = frozenset(
    {
        "jql",
        "maxResults",
        "nextPageToken",
        "fields",
        "fieldsByKeys",
        "expand",
        "properties",
        "reconcileIssues",
        "failFast",
    }
)
_UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
_LARGEST = 5000


class Search:
    """Evaluates queries for one caller."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _seen(self, fresh: set[str]) -> list[Issue]:
        """The issues as the index has them, those of `fresh` as the store has them."""
        found = []
        for issue in self._store.issues.values():
            seen = issue if issue.id in fresh else self._store.indexed(issue)
            if seen is not None:
                found.append(seen)
        return found

    def _run(self, query: Query, fresh: set[str]) -> list[Issue]:
        found = query.run(self._seen(fresh))
        vanished = self._store.quirks.vanish
        if vanished:
            found = [issue for issue in found if issue.id not in vanished]
            self._store.quirks.vanish = set()
        return found

    # --- Cloud
    def cloud(self, request: Request, me: User | None, renderer: Renderer) -> Reply:
        given = self._cloud_body(request)
        if isinstance(given, Reply):
            return given
        offset, wrong = self._position(given, request)
        if wrong is not None:
            return wrong
        size = given.get("maxResults", 50)
        size = 0 if size is None else size
        if not isinstance(size, int) or not 1 <= size <= _LARGEST:
            return refused(400, f"The value for maxResults must be between 1 and {_LARGEST}.")
        try:
            query = parse(str(given.get("jql") or ""), self._store, me)
        except BadQuery as error:
            return json_reply(400, {"errorMessages": [str(error)], "errors": {}, "warningMessages": []})
        if not query.bounded:
            return refused(400, _UNBOUNDED)
        if me is None:
            return json_reply(200, {"issues": [], "isLast": True})
        fresh = {str(id) for id in given.get("reconcileIssues") or []}
        if len(fresh) > 50:
            return refused(400, "reconcileIssues may hold at most 50 ids.")
        if self._store.quirks.strict_reconcile and fresh - self._store.issues.keys():
            return refused(400, "reconcileIssues holds ids that do not exist.")
        found = self._run(query, fresh)
        if offset:
            found = self._after(found, query, offset)
        size = min(size, self._store.quirks.short_pages or size)
        rows, rest = found[:size], found[size:]
        fields = given.get("fields")
        told: dict[str, Any] = {"issues": [renderer.issue(issue, fields) for issue in rows], "isLast": not rest}
        if rest:
            told["nextPageToken"] = _token(rows[-1])
        return json_reply(200, told)

    def _cloud_body(self, request: Request) -> dict[str, Any] | Reply:
        if request.method == "GET":
            held: dict[str, Any] = dict(request.query)
            if "fields" in held:
                held["fields"] = held["fields"].split(",")
            if "maxResults" in held:
                held["maxResults"] = int(held["maxResults"]) if held["maxResults"].lstrip("-").isdigit() else "x"
            return held
        if not request.headers.get("content-type", "").startswith("application/json"):
            return problem(415, "Unsupported Media Type", "Content-Type is not supported.", request)
        given = request.json()
        if not isinstance(given, dict):
            return json_reply(400, {"errorMessages": ["There was an error parsing JSON. Check that it is valid."]})
        strange = given.keys() - _KEYS
        if strange:
            words = f'Unrecognized field "{min(strange)}" (not marked as ignorable)'
            return json_reply(400, {"errorMessages": [words]})
        if isinstance(given.get("expand"), list):
            return json_reply(400, {"errorMessages": ["Cannot deserialize value of type String from Array value"]})
        return given

    def _position(self, given: dict[str, Any], request: Request) -> tuple[list[Any], Reply | None]:
        token = given.get("nextPageToken")
        if not token:
            return [], None
        try:
            held = json.loads(base64.urlsafe_b64decode(str(token)))
        except ValueError:
            return [], refused(400, "The next page token is invalid or has expired.")
        return held, None

    def _after(self, found: list[Issue], query: Query, last: list[Any]) -> list[Issue]:
        """What comes behind the row where the last page ended, whatever moved meanwhile."""
        ids = [issue.id for issue in found]
        if last[0] in ids and _token_of(found[ids.index(last[0])]) == last:
            return found[ids.index(last[0]) + 1 :]
        marker = _Marker(*last)
        return [issue for issue in found if not _before(issue, marker, query)]

    def count(self, request: Request, me: User | None) -> Reply:
        if self._store.quirks.no_count:
            return problem(404, "Not Found", f"No endpoint {request.method} {request.path}.", request)
        try:
            query = parse(str((request.json() or {}).get("jql") or ""), self._store, me)
        except BadQuery as error:
            return refused(400, str(error))
        if not query.bounded:
            return refused(400, _UNBOUNDED)
        return json_reply(200, {"count": len(query.run(self._seen(set()))) if me else 0})

    # --- Data Center
    def data_center(self, request: Request, me: User | None, renderer: Renderer) -> Reply:
        given: dict[str, Any] = request.json() or {} if request.method == "POST" else dict(request.query)
        if request.method == "POST" and isinstance(given.get("expand"), str):
            return refused(400, "Can not deserialize instance of java.util.ArrayList out of VALUE_STRING token")
        if isinstance(given.get("fields"), str):
            given["fields"] = given["fields"].split(",")
        start, size = int(given.get("startAt") or 0), int(given.get("maxResults") or 50)
        size = min(size, self._store.quirks.search_cap)
        try:
            found = self._run(parse(str(given.get("jql") or ""), self._store, me), set())
        except BadQuery as error:
            if given.get("validateQuery") is False:
                told = {"startAt": start, "maxResults": size, "total": 0, "issues": []}
                return json_reply(200, {**told, "warningMessages": [str(error)]})
            return json_reply(400, {"errorMessages": [str(error)], "errors": {}})
        fields = given.get("fields") or ["*navigable"]
        rows = [renderer.issue(issue, fields) for issue in found[start : start + size]]
        told = {"expand": "schema,names", "startAt": start, "maxResults": size, "total": len(found), "issues": rows}
        return json_reply(200, told)


class _Marker:
    def __init__(self, id: str, created: int, updated: int, number: int) -> None:
        self.id, self.created, self.updated, self.number = id, created, updated, number


def _token_of(issue: Issue) -> list[Any]:
    return [
        issue.id,
        round(issue.created * 1000),
        round(issue.updated * 1000),
        int(issue.key.rpartition("-")[2]),
    ]


def _token(issue: Issue) -> str:
    return base64.urlsafe_b64encode(json.dumps(_token_of(issue)).encode()).decode()


def _before(issue: Issue, marker: _Marker, query: Query) -> bool:
    """Whether the row stands at or in front of the marker, by the order of the query."""
    own = _Marker(*_token_of(issue))
    for field, down in query.order or (("created", True),):
        name = field if field in ("created", "updated") else "number"
        mine, theirs = getattr(own, name), getattr(marker, name)
        if mine != theirs:
            return bool(mine > theirs) if down else bool(mine < theirs)
    return True
