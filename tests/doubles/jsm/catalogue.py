"""What the platform tells of itself: fields, priorities, screens for new issues, people, groups, link types, rights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.doubles.jsm import world
from tests.doubles.jsm.answers import problem, refused
from tests.doubles.jsm.rendering import Renderer
from tests.doubles.jsm.state import Store, User
from tests.doubles.jsm.workflow import meta
from tests.doubles.web import Reply, Request, json_reply

_USERS_LOOKED_AT = 1000


class Catalogue:
    """Everything below /rest/api that is no issue."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def handle(self, request: Request, rest: str, me: User | None, renderer: Renderer) -> Reply:
        cloud = self._store.cloud
        match rest.split("/"):
            case ["serverInfo"]:
                return self._server_info(me)
            case ["myself"] if me is not None:
                told = renderer.user(me.login) or {}
                return json_reply(200, {**told, "emailAddress": me.email, "locale": "de_DE", "groups": {}})
            case ["field"]:
                return json_reply(200, self._fields())
            case ["priority", "search"] if cloud:
                rows = [{**row, "isDefault": False} for row in _named(world.PRIORITIES)]
                return _paged(request, "values", rows)
            case ["priority"]:
                return json_reply(200, _named(world.PRIORITIES))
            case ["resolution"]:
                return json_reply(200, _named(world.RESOLUTIONS))
            case ["status"]:
                return json_reply(200, [renderer.status(id) for id in world.STATUSES])
            case ["issueLinkType"]:
                links = [
                    {"id": id, "name": name, "inward": inward, "outward": outward}
                    for id, (name, inward, outward) in world.LINK_TYPES.items()
                ]
                return json_reply(200, {"issueLinkTypes": links})
            case ["mypermissions"]:
                return self._permissions(request, me)
            case ["project", "search"] if cloud:
                rows = list(world.PROJECTS.values()) if me else []
                return _paged(request, "values", rows)
            case ["project", key, "components"] if key in world.PROJECTS and me is not None:
                return json_reply(200, _named(world.COMPONENTS))
            case ["project", key] if key in world.PROJECTS and me is not None:
                types: list[dict[str, Any]] = [{"id": id, "name": name} for id, name in world.TYPES.items()]
                return json_reply(200, {**world.PROJECTS[key], "issueTypes": types})
            case ["user", "assignable", "search"] | ["user", "search"] if me is not None:
                return self._people(request, renderer, assignable="assignable" in rest)
            case ["user"] if me is not None:
                return self._person(request, renderer)
            case ["user", "bulk"] if me is not None and cloud:
                return self._bulk(request, renderer)
            case ["groups", "picker"] if me is not None:
                text = request.query.get("query", "").lower()
                rows = [{"name": n, "groupId": f"id-{n}"} for n in world.GROUPS.values() if text in n.lower()]
                return json_reply(200, {"groups": rows, "total": len(rows), "header": "…"})
            case ["comment", id, "properties", key] if me is not None:
                return self._comment_property(request, id, key)
            case _ if me is None:
                return refused(401, "You must be authenticated.")
            case _:
                return problem(404, "Not Found", f"No endpoint {request.method} {request.path}.", request)

    def _server_info(self, me: User | None) -> Reply:
        store = self._store
        viewer = me or next(iter(store.users.values()))
        version = "1001.0.0-SNAPSHOT" if store.cloud else f"{store.quirks.dc_major}.3.2"
        told: dict[str, Any] = {
            "baseUrl": "https://jira.example.org",
            "version": version,
            "deploymentType": "Cloud" if store.cloud else "Server",
            "buildNumber": 100233,
            "serverTime": store.stamp(store.now(), viewer),
            "serverTitle": "Jira",
        }
        return json_reply(200, told)

    def _fields(self) -> list[dict[str, Any]]:
        quirks = self._store.quirks
        told: list[dict[str, Any]] = [
            {"id": id, "key": id, "name": name, "custom": False, "schema": {"type": kind, "system": id}}
            for id, name, kind in world.SYSTEM
        ]
        for id, (name, foreign, custom, kind) in world.CUSTOM.items():
            if (id == world.TEAM and quirks.no_team_field) or (id == world.MAJOR and quirks.no_major_field):
                continue
            select = id == world.MAJOR and quirks.major_is_select
            number = int(id.rpartition("_")[2])
            told.append(
                {
                    "id": id,
                    "key": id,
                    "name": foreign if quirks.foreign_words else name,
                    "custom": True,
                    "clauseNames": [f"cf[{number}]", name],
                    "schema": {
                        "type": "option" if select else kind,
                        "custom": world.SELECT if select else custom,
                        "customId": number,
                    },
                }
            )
        return told

    def _permissions(self, request: Request, me: User | None) -> Reply:
        asked = request.query.get("permissions", "")
        if self._store.cloud and not asked:
            return refused(400, "The permissions query parameter is required.")
        known = {
            "BROWSE_PROJECTS",
            "EDIT_ISSUES",
            "ASSIGN_ISSUES",
            "TRANSITION_ISSUES",
            "ADD_COMMENTS",
            "LINK_ISSUES",
            "CREATE_ISSUES",
            "CREATE_ATTACHMENTS",
            "MANAGE_WATCHERS",
            "ASSIGNABLE_USER",
            "SERVICEDESK_AGENT",
        }
        strange = [name for name in asked.split(",") if name and name not in known]
        if strange and self._store.cloud:
            return refused(400, f"Unrecognized permission: {strange[0]}")
        held = me is not None
        may_write = held and not self._store.quirks.read_only_account
        told = {
            name: {"key": name, "havePermission": held if name == "BROWSE_PROJECTS" else may_write}
            for name in known
            if not asked or name in asked.split(",")
        }
        if "SERVICEDESK_AGENT" in told:
            told["SERVICEDESK_AGENT"]["havePermission"] = held and self._store.quirks.agent
        return json_reply(200, {"permissions": told})

    def create_meta(self, request: Request, rest: str, me: User | None) -> Reply:
        """issue/createmeta/{project}/issuetypes[/{id}]."""
        from tests.doubles.jsm.platform_api import CREATABLE

        parts = rest.split("/")
        if me is None or self._store.quirks.no_createmeta or len(parts) < 4 or parts[2] not in world.PROJECTS:
            return refused(404, "Project not found or you cannot create issues in it.")
        cloud = self._store.cloud
        if len(parts) == 4:
            rows = [{"id": id, "name": name, "subtask": False} for id, name in world.TYPES.items()]
            return _paged(request, "issueTypes" if cloud else "values", rows)
        absent = {world.TEAM} if self._store.quirks.no_team_field else set()
        rows = [
            {"fieldId": name, **meta(self._store, name, required)} for name, required in CREATABLE if name not in absent
        ]
        return _paged(request, "fields" if cloud else "values", rows)

    # --- people
    def _people(self, request: Request, renderer: Renderer, *, assignable: bool) -> Reply:
        query = request.query
        cloud = self._store.cloud
        if cloud and ("query" in query) == ("accountId" in query):
            return refused(400, "Exactly one of the parameters query and accountId is required.")
        if not cloud and "username" not in query:
            return refused(400, "The username query parameter was not provided.")
        text = query.get("query" if cloud else "username", "").lower()
        found = []
        for user in list(self._store.users.values())[:_USERS_LOOKED_AT]:
            if assignable and not user.agent:
                continue
            wanted = query.get("accountId")
            fits = (
                user.account_id == wanted
                if wanted
                else text in (".", "") or any(text in held.lower() for held in (user.login, user.name, user.email))
            )
            if fits:
                found.append(renderer.user(user.login))
        return json_reply(200, found[: int(query.get("maxResults", "50"))])

    def _person(self, request: Request, renderer: Renderer) -> Reply:
        identity = request.query.get("accountId") or request.query.get("username") or ""
        user = self._store.user(identity)
        if user is None:
            return refused(404, "The user does not exist.")
        return json_reply(200, renderer.user(user.login))

    def _bulk(self, request: Request, renderer: Renderer) -> Reply:
        from urllib.parse import parse_qsl, urlsplit

        ids = [value for name, value in parse_qsl(urlsplit(request.target).query) if name == "accountId"]
        users = [user for id in ids if (user := self._store.user(id)) is not None]
        return json_reply(200, {"values": [renderer.user(user.login) for user in users], "isLast": True})

    def _comment_property(self, request: Request, id: str, key: str) -> Reply:
        for issue in self._store.issues.values():
            for comment in issue.comments:
                if comment.id != id:
                    continue
                if request.method == "PUT":
                    comment.properties[key] = request.json()
                    if key == "sd.public.comment":
                        comment.public = not (request.json() or {}).get("internal")
                    return Reply(200)
                if key in comment.properties:
                    return json_reply(200, {"key": key, "value": comment.properties[key]})
        return refused(404, f"The property {key} does not exist.")


def _named(table: dict[str, str]) -> list[dict[str, Any]]:
    return [{"id": id, "name": name, "self": "…", "description": ""} for id, name in table.items()]


def _paged(request: Request, name: str, rows: Iterable[dict[str, Any]]) -> Reply:
    start, size = int(request.query.get("startAt", "0")), int(request.query.get("maxResults", "50"))
    everything = list(rows)
    some = everything[start : start + size]
    told = {"startAt": start, "maxResults": size, "total": len(everything), "isLast": start + size >= len(everything)}
    return json_reply(200, {**told, name: some})
