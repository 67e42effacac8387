"""The service API, /rest/servicedeskapi: desks, queues, requests' comments and clocks, in its own paging and errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.doubles.jsm import clocks, files, world
from tests.doubles.jsm.adf import from_wiki, plain
from tests.doubles.jsm.answers import GONE, desk_refused, page, refused
from tests.doubles.jsm.rendering import Renderer
from tests.doubles.jsm.rules import LONGEST, Refused, say
from tests.doubles.jsm.state import Comment, Issue, Store, User
from tests.doubles.web import Reply, Request, json_reply


class DeskApi:
    """Answers below /rest/servicedeskapi/."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def handle(self, request: Request, rest: str, me: User | None, base: str) -> Reply:
        quirks = self._store.quirks
        if rest == "info":
            return json_reply(200, {"version": "6.0", "platformVersion": "11.3", "isLicensedForUse": True})
        if not self._store.cloud and not quirks.agent and quirks.dc_major == 10:
            return page(403, "Jira Service Management is not licensed")
        if quirks.experimental_412 and not request.headers.get("x-experimentalapi"):
            return desk_refused(412, "This is an experimental API.", "sd.experimental")
        if me is None:
            return desk_refused(401, "Client must be authenticated to access this resource.")
        renderer = Renderer(self._store, f"{base}/rest/api/2", me, "2")
        match rest.split("/"):
            case ["servicedesk"]:
                if not quirks.agent:
                    return desk_refused(403, "You do not have permission to access this service desk.")
                rows = [
                    {"id": id, "projectId": world.PROJECTS[k]["id"], "projectName": "Operations", "projectKey": k}
                    for k, id in world.DESKS.items()
                ]
                return self._paged(request, rows)
            case ["servicedesk", id, "queue"] if id in (*world.DESKS, *world.DESKS.values()):
                queue = {"id": "31", "name": "All open incidents", "jql": "statusCategory != Done", "fields": ["key"]}
                return self._paged(request, [queue])
            case ["servicedesk", id, "attachTemporaryFile"] if request.method == "POST":
                if id not in (*world.DESKS, *world.DESKS.values()):
                    return desk_refused(404, "The service desk could not be found.")
                return files.temporary(self._store, request)
            case ["request", ref, "attachment"] if request.method == "POST":
                issue = self._request(ref)
                if isinstance(issue, Reply):
                    return issue
                if quirks.read_only_account:
                    return desk_refused(403, "You do not have permission to attach files.")
                return files.put(self._store, request, issue, me, self._comment, renderer)
            case ["request", ref, "comment"]:
                return self._comments(request, ref, me, renderer)
            case ["request", ref, "sla"]:
                issue = self._request(ref)
                if isinstance(issue, Reply):
                    return issue
                rows = [
                    clocks.value(self._store, issue, f, me)
                    for f in (world.FIRST_RESPONSE, world.RESOLUTION)
                    if issue.clocks
                ]
                return self._paged(request, rows)
            case _:
                return desk_refused(404, "null for uri")

    def _request(self, ref: str) -> Issue | Reply:
        issue = self._store.find(ref)
        if issue is None:
            return refused(404, GONE)
        if issue.project not in world.DESKS:
            return desk_refused(403, "The project is not a service project.")
        if not issue.fields.get(world.REQUEST_TYPE):
            return desk_refused(404, "The request could not be found.", "sd.request.not.found")
        return issue

    def _comments(self, request: Request, ref: str, me: User, renderer: Renderer) -> Reply:
        issue = self._request(ref)
        if isinstance(issue, Reply):
            return issue
        if request.method == "POST":
            return self._say(request, issue, me, renderer)
        query = request.query
        shown = {True: query.get("public", "true") == "true", False: query.get("internal", "true") == "true"}
        rows = [self._comment(c, me, renderer) for c in issue.comments if shown[c.public]]
        return self._paged(request, rows)

    def _say(self, request: Request, issue: Issue, me: User, renderer: Renderer) -> Reply:
        if self._store.quirks.read_only_account:
            return desk_refused(403, "You do not have permission to comment.")
        body = request.json() or {}
        text = body.get("body")
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
            return desk_refused(400, "The comment body is not valid.")
        public = body.get("public", True) is not False
        try:
            held: Any = from_wiki(text) if self._store.cloud else text
            properties = {"sd.public.comment": {"internal": not public}}
            comment = say(self._store, issue, held, me, public=public, properties=properties)
        except Refused as error:
            return desk_refused(400, str(error))
        return json_reply(201, self._comment(comment, me, renderer))

    def _comment(self, comment: Comment, viewer: User, renderer: Renderer) -> dict[str, Any]:
        return {
            "id": comment.id,
            "body": plain(comment.body),
            "public": comment.public,
            "author": renderer.user(comment.author),
            "created": clocks.moment(self._store, comment.created, viewer),
            "_links": {"self": "…"},
        }

    def _paged(self, request: Request, rows: Sequence[dict[str, Any]]) -> Reply:
        start, limit = int(request.query.get("start", "0")), int(request.query.get("limit", "50"))
        some = rows[start : start + limit]
        told = {"size": len(some), "start": start, "limit": limit, "isLastPage": start + limit >= len(rows)}
        return json_reply(200, {**told, "_links": {}, "values": list(some)})
