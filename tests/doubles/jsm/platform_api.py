"""The platform's REST API, versions 2 and 3: issues, transitions, comments, links, people, fields."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from tests.doubles.jsm import files, world
from tests.doubles.jsm.answers import FORBIDDEN, GONE, GONE_FOREIGN, problem, refused
from tests.doubles.jsm.catalogue import Catalogue
from tests.doubles.jsm.rendering import Renderer
from tests.doubles.jsm.rules import Refused, derive_priority, document, edit, save, say, stored
from tests.doubles.jsm.search_api import Search
from tests.doubles.jsm.state import Issue, Store, User
from tests.doubles.jsm.workflow import meta, perform, possible, tell
from tests.doubles.web import Reply, Request, json_reply

EDITABLE = {
    "summary", "description", "priority", "assignee", "labels", "components", "resolution", "reporter",
    world.IMPACT, world.URGENCY, world.MAJOR, world.TEAM, world.GROUP, world.ROOT_CAUSE, world.PENDING_REASON,
}  # fmt: skip
CREATABLE = (
    ("summary", True), ("description", False), ("priority", False), ("reporter", True), ("components", False),
    ("labels", False), (world.IMPACT, False), (world.URGENCY, False), (world.TEAM, False), (world.GROUP, False),
)  # fmt: skip
_ISSUE = re.compile(r"issue/([^/]+)(?:/(.+))?")


class PlatformApi:
    """Answers below /rest/api/{2,3}/."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._search = Search(store)
        self._catalogue = Catalogue(store)
        self.lost_409 = 0

    def handle(self, request: Request, version: str, rest: str, me: User | None, base: str) -> Reply:
        renderer = Renderer(self._store, f"{base}/rest/api/{version}", me, version)
        try:
            return self._dispatch(request, version, rest, me, renderer)
        except Refused as error:
            return refused(error.status, *error.messages, errors=error.errors)

    def _dispatch(self, request: Request, version: str, rest: str, me: User | None, renderer: Renderer) -> Reply:
        store = self._store
        if request.writes and not rest.startswith(("search", "issue/bulkfetch")):
            if "Mozilla" in request.headers.get("user-agent", "") or "origin" in request.headers:
                return Reply(403, b"XSRF check failed", {"Content-Type": "text/plain"})
            if me is None:
                return refused(401, "You must be authenticated.")
            if store.quirks.read_only_account:
                return refused(403, FORBIDDEN)
        if rest in ("search/jql", "search"):
            return self._searched(request, rest, me, renderer)
        if store.cloud and rest == "search/approximate-count":
            return self._search.count(request, me)
        if rest == "issueLink" and request.method == "POST":
            assert me is not None, "checked above"
            return self._link(request, me)
        if rest == "issue" and request.method == "POST":
            assert me is not None, "checked above"
            return self._create(request, version, me)
        if store.cloud and rest == "issue/bulkfetch":
            return self._bulk(request, me, renderer)
        if rest.startswith("issue/createmeta/"):
            return self._catalogue.create_meta(request, rest, me)
        if store.cloud and rest.startswith("attachment/content/") and me is not None:
            id = rest.rpartition("/")[2]
            if request.query.get("redirect") == "false" or id not in store.files:
                return files.content(store, id)
            return Reply(303, b"", {"Location": "https://api.media.example.com/file/x/binary"})
        match = _ISSUE.fullmatch(rest)
        if match is None:
            return self._catalogue.handle(request, rest, me, renderer)
        issue = self._visible(match[1], me)
        if issue is None:
            return refused(404, GONE_FOREIGN if store.quirks.foreign_words else GONE)
        return self._issue(request, version, issue, match[2] or "", me, renderer)

    def _searched(self, request: Request, rest: str, me: User | None, renderer: Renderer) -> Reply:
        if not self._store.cloud:
            if rest == "search/jql":
                return problem(404, "Not Found", "null for uri", request)
            return self._search.data_center(request, me, renderer)
        if rest == "search":
            words = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
            return refused(410, words)
        return self._search.cloud(request, me, renderer)

    def _visible(self, ref: str, me: User | None) -> Issue | None:
        issue = self._store.find(ref)
        if issue is None or me is None:
            return None
        hidden_for = self._store.quirks.new_issue_404
        fresh = hidden_for > 0 and self._store.now() - issue.created < hidden_for
        return None if fresh else issue

    def _issue(
        self, request: Request, version: str, issue: Issue, rest: str, me: User | None, renderer: Renderer
    ) -> Reply:
        assert me is not None, "anonymous callers see no issue"
        body = request.json() if request.body else None
        if request.writes and self._store.quirks.conflict_409:
            self._store.quirks.conflict_409 -= 1
            return refused(409, "The issue was updated at the same time.")
        parts = rest.split("/") if rest else []
        handlers: dict[tuple[str, str], Callable[[], Reply]] = {
            ("GET", ""): lambda: self._read(request, issue, renderer),
            ("PUT", ""): lambda: self._edit(issue, body or {}, me, version),
            ("GET", "editmeta"): lambda: json_reply(
                200, {"fields": {name: meta(self._store, name, name == "summary") for name in sorted(EDITABLE)}}
            ),
            ("GET", "transitions"): lambda: self._transitions(request, issue, renderer),
            ("POST", "transitions"): lambda: self._move(issue, body or {}, me, version),
            ("PUT", "assignee"): lambda: self._assign(issue, body, me),
            ("GET", "comment"): lambda: self._comments(request, issue, renderer),
            ("POST", "attachments"): lambda: files.attach(self._store, request, issue, me, renderer),
            ("POST", "comment"): lambda: self._say(issue, body or {}, me, version, renderer),
            ("GET", "changelog"): lambda: self._history(request, issue, renderer),
        }
        handler = handlers.get((request.method, rest))
        if handler is not None:
            return handler()
        if parts and parts[0] == "properties" and len(parts) == 2:
            return self._property(request, issue, parts[1], body)
        return problem(404, "Not Found", f"No endpoint {request.method} {request.path}.", request)

    # --- issues
    def _read(self, request: Request, issue: Issue, renderer: Renderer) -> Reply:
        wanted = request.query.get("fields", "*all").split(",")
        told = renderer.issue(issue, wanted)
        expand = request.query.get("expand", "")
        if "changelog" in expand:
            changes = [renderer.change(change) for change in reversed(issue.history)]
            told["changelog"] = {"startAt": 0, "maxResults": len(changes), "total": len(changes), "histories": changes}
        if "properties" in request.query:
            keys = request.query["properties"].split(",")
            told["properties"] = {key: issue.properties[key] for key in keys if key in issue.properties}
        return json_reply(200, told)

    def _bulk(self, request: Request, me: User | None, renderer: Renderer) -> Reply:
        given = request.json()
        if not isinstance(given, dict) or isinstance(given.get("expand"), str):
            return json_reply(400, {"errorMessages": ["There was an error parsing JSON."]})
        refs = given.get("issueIdsOrKeys") or []
        if not 1 <= len(refs) <= 100:
            return refused(400, "issueIdsOrKeys must hold 1 to 100 ids or keys.")
        found: dict[str, Issue] = {}
        for ref in refs:
            issue = self._visible(str(ref), me)
            if issue is not None:
                found[issue.id] = issue
        fields = given.get("fields") or ["*navigable"]
        return json_reply(
            200, {"issues": [renderer.issue(issue, fields) for issue in found.values()], "issueErrors": []}
        )

    def _edit(self, issue: Issue, body: dict[str, Any], me: User, version: str) -> Reply:
        given = dict(body.get("fields") or {})
        for name, operations in (body.get("update") or {}).items():
            for operation in operations:
                ((verb, value),) = operation.items()
                if name in given:
                    raise Refused(None, f"Field '{name}' cannot appear in both 'fields' and 'update'")
                if verb == "set":
                    given[name] = value
                elif name == "labels":
                    held = [label for label in issue.fields["labels"] if label != value]
                    given[name] = [*held, value] if verb == "add" else held
        edit(self._store, issue, given, me, version, EDITABLE)
        for entry in body.get("properties") or []:
            issue.properties[entry["key"]] = entry["value"]
        return Reply(204)

    def _create(self, request: Request, version: str, me: User) -> Reply:
        body = request.json() or {}
        given = dict(body.get("fields") or {})
        project = given.pop("project", {}) or {}
        key = next(
            (k for k, p in world.PROJECTS.items() if k == project.get("key") or p["id"] == project.get("id")), ""
        )
        if not key:
            raise Refused({"project": "Specify a valid project ID or key"})
        kind = given.pop("issuetype", {}) or {}
        type = next((i for i, n in world.TYPES.items() if i == kind.get("id") or n == kind.get("name")), "")
        if not type:
            raise Refused({"issuetype": "Specify an issue type"})
        screen = {name for name, _ in CREATABLE}
        values: dict[str, Any] = {
            "description": None, "status": "1", "priority": "1", "assignee": None, "reporter": me.login,
            "creator": me.login, "resolution": None, "labels": [], "components": [],
        }  # fmt: skip
        if "summary" not in given:
            raise Refused({"summary": "You must specify a summary of the issue."})
        for name, value in given.items():
            values[name] = stored(self._store, name, value, version, screen)
        issue = self._store.add(key, type, values)
        for entry in body.get("properties") or []:
            issue.properties[entry["key"]] = entry["value"]
        if self._store.quirks.priority_follows:
            derive_priority(issue)
        save(self._store, issue, {}, me)
        return json_reply(201, {"id": issue.id, "key": issue.key, "self": f"…/issue/{issue.id}"})

    def _assign(self, issue: Issue, body: Any, me: User) -> Reply:
        key = "accountId" if self._store.cloud else "name"
        if not isinstance(body, dict) or key not in body:
            raise Refused({"assignee": f"{key} is missing."})
        value = None if body[key] is None else {key: body[key]}
        edit(self._store, issue, {"assignee": value}, me, "3", EDITABLE)
        return Reply(204)

    # --- transitions
    def _transitions(self, request: Request, issue: Issue, renderer: Renderer) -> Reply:
        fields = "transitions.fields" in request.query.get("expand", "")
        moves = [tell(self._store, move, renderer, fields=fields) for move in possible(self._store, issue)]
        if wanted := request.query.get("transitionId"):
            moves = [move for move in moves if move["id"] == wanted]
        return json_reply(200, {"expand": "transitions", "transitions": moves})

    def _move(self, issue: Issue, body: dict[str, Any], me: User, version: str) -> Reply:
        before = copy.deepcopy(issue.fields)
        try:
            perform(self._store, issue, body, me, version)
        except Refused:
            issue.fields = before
            raise
        return Reply(204)

    # --- comments
    def _comments(self, request: Request, issue: Issue, renderer: Renderer) -> Reply:
        query = request.query
        if not all(query.get(name, "0").lstrip("-").isdigit() for name in ("startAt", "maxResults")):
            return problem(400, "Bad Request", "Failed to convert 'startAt'", request)
        order = query.get("orderBy", "")
        if order not in ("", "created", "-created", "+created"):
            raise Refused(None, f"The orderBy field '{order}' is not supported.")
        start, size = int(query.get("startAt", "0")), int(query.get("maxResults", "100"))
        size = min(max(size, 1), 100)
        found = sorted(issue.comments, key=lambda comment: comment.created, reverse=order == "-created")
        told = self._store.quirks.expands_properties and "properties" in query.get("expand", "")
        rows = [renderer.comment(issue, c, properties=told) for c in found[start : start + size]]
        return json_reply(200, {"startAt": start, "maxResults": size, "total": len(found), "comments": rows})

    def _say(self, issue: Issue, body: dict[str, Any], me: User, version: str, renderer: Renderer) -> Reply:
        text = document(self._store, version, body.get("body"), "comment")
        properties = {entry["key"]: entry["value"] for entry in body.get("properties") or []}
        flag = properties.get("sd.public.comment") or {}
        quirks = self._store.quirks
        # whoever has no agent's seat writes what customers write
        public = not flag.get("internal") or quirks.property_ignored or not quirks.agent
        if public and flag:
            properties["sd.public.comment"] = {"internal": False}
        comment = say(self._store, issue, text, me, public=public, properties=properties)
        return json_reply(201, renderer.comment(issue, comment))

    def _history(self, request: Request, issue: Issue, renderer: Renderer) -> Reply:
        if not self._store.cloud:
            return problem(404, "Not Found", "null for uri", request)
        start, size = int(request.query.get("startAt", "0")), min(int(request.query.get("maxResults", "100")), 100)
        rows = [renderer.change(change) for change in issue.history[start : start + size]]
        last = start + size >= len(issue.history)
        told = {"startAt": start, "maxResults": size, "total": len(issue.history), "isLast": last, "values": rows}
        return json_reply(200, told)

    def _property(self, request: Request, issue: Issue, key: str, body: Any) -> Reply:
        if request.method == "PUT":
            known = key in issue.properties
            issue.properties[key] = body
            return Reply(200 if known else 201)
        if key not in issue.properties:
            return refused(404, f"The property {key} does not exist.")
        return json_reply(200, {"key": key, "value": issue.properties[key]})

    # --- links
    def _link(self, request: Request, me: User) -> Reply:
        body = request.json() or {}
        named = body.get("type") or {}
        type_id = next(
            (i for i, names in world.LINK_TYPES.items() if i == named.get("id") or names[0] == named.get("name")), ""
        )
        inward = self._visible(str((body.get("inwardIssue") or {}).get("key", "")), me)
        outward = self._visible(str((body.get("outwardIssue") or {}).get("key", "")), me)
        if not type_id or inward is None or outward is None:
            words = f"No issue link type with name '{named.get('name')}' found." if not type_id else GONE
            return refused(404, words)
        for issue in (inward, outward):
            self._store.before(issue)
        # the link goes from the inward issue, which reads the outward words, to the outward one
        if (type_id, "outward", outward.id) not in inward.links:
            inward.links.append((type_id, "outward", outward.id))
            outward.links.append((type_id, "inward", inward.id))
        for issue in (inward, outward):
            self._store.saved(issue)
        return Reply(201)
