"""Issues, people, comments and histories as the platform's REST API tells them, in its two versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from tests.doubles.jsm import clocks, world
from tests.doubles.jsm.adf import plain
from tests.doubles.jsm.state import Change, Comment, File, Issue, Store, User

ALWAYS = ("summary", "status", "priority", "issuetype", "project", "assignee", "reporter", "creator", "created")


class Renderer:
    """What `viewer` is told, by version 2 or 3 of the API at `base`."""

    def __init__(self, store: Store, base: str, viewer: User | None, version: str) -> None:
        self._store = store
        self._base = base
        self._viewer = viewer or next(iter(store.users.values()))
        self._version = version

    def user(self, login: str | None) -> dict[str, Any] | None:
        user = self._store.users.get(login or "")
        if user is None:
            return None
        told = {"displayName": user.name, "active": user.active, "timeZone": str(self._store.zone(user))}
        if self._store.cloud:
            kind = "atlassian" if user.agent else "customer"
            return {"self": f"{self._base}/user", "accountId": user.account_id, "accountType": kind, **told}
        return {"self": f"{self._base}/user", "name": user.login, "key": user.key, "emailAddress": user.email, **told}

    def text(self, value: Any) -> Any:
        """Documents for version 3, wiki text for version 2."""
        return value if self._version == "3" or value is None else plain(value)

    def status(self, id: str) -> dict[str, Any]:
        name, category = world.STATUSES[id]
        if self._store.quirks.renamed_statuses:
            name = world.RENAMED[id]
        return {"id": id, "name": name, "statusCategory": world.CATEGORIES[category]}

    def short(self, issue: Issue) -> dict[str, Any]:
        """As links show it."""
        fields = {
            "summary": issue.fields["summary"],
            "status": self.status(issue.fields["status"]),
            "priority": {"id": issue.fields["priority"], "name": world.PRIORITIES[issue.fields["priority"]]},
            "issuetype": {"id": issue.type, "name": world.TYPES[issue.type], "subtask": False},
        }
        return {"id": issue.id, "key": issue.key, "self": f"{self._base}/issue/{issue.id}", "fields": fields}

    def issue(self, issue: Issue, wanted: Sequence[str] | None) -> dict[str, Any]:
        """With the fields that were asked for; None: the id alone."""
        told: dict[str, Any] = {"id": issue.id}
        if wanted is None:
            return told
        told |= {
            "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
            "self": f"{self._base}/issue/{issue.id}",
            "key": issue.key,
        }
        everything = self._fields(issue)
        if "*all" in wanted or "*navigable" in wanted:
            names = [name for name in everything if f"-{name}" not in wanted]
        else:
            names = [name for name in wanted if name in everything]
        return {**told, "fields": {name: everything[name] for name in names}}

    def _fields(self, issue: Issue) -> dict[str, Any]:
        store, held = self._store, issue.fields
        resolution = held["resolution"]
        told: dict[str, Any] = {
            "summary": held["summary"],
            "description": self.text(held["description"]),
            "issuetype": {"id": issue.type, "name": world.TYPES[issue.type], "subtask": False},
            "project": world.PROJECTS[issue.project],
            "attachment": [self.file(one) for one in store.files.values() if one.issue == issue.id],
            "status": self.status(held["status"]),
            "priority": {"id": held["priority"], "name": world.PRIORITIES[held["priority"]], "iconUrl": "…"},
            "assignee": self.user(held["assignee"]),
            "reporter": self.user(held["reporter"]),
            "creator": self.user(held["creator"]),
            "created": store.stamp(issue.created, self._viewer),
            "updated": store.stamp(issue.updated, self._viewer),
            "resolution": {"id": resolution, "name": world.RESOLUTIONS[resolution]} if resolution else None,
            "resolutiondate": store.stamp(held["resolved"], self._viewer) if held.get("resolved") else None,
            "labels": held["labels"],
            "components": [{"id": id, "name": world.COMPONENTS[id]} for id in held["components"]],
            "issuelinks": self._links(issue),
            "duedate": None,
        }
        if issue.project in world.DESKS:
            told |= self._service_fields(issue)
        return told

    def _service_fields(self, issue: Issue) -> dict[str, Any]:
        store, held = self._store, issue.fields
        told: dict[str, Any] = {world.REQUEST_TYPE: self._request(issue), world.ROOT_CAUSE: held.get(world.ROOT_CAUSE)}
        for field in (world.FIRST_RESPONSE, world.RESOLUTION):
            told[field] = clocks.value(store, issue, field, self._viewer) if issue.clocks else None
        for field, options in world.OPTIONS.items():
            option = held.get(field)
            told[field] = {"self": "…", "id": option, "value": options[option]} if option else None
        if not store.quirks.no_team_field:
            team = held.get(world.TEAM)
            told[world.TEAM] = {"id": team, "name": world.TEAMS[team]} if team else None
        if not store.quirks.no_major_field:
            major = held.get(world.MAJOR)
            told[world.MAJOR] = {"id": "599", "value": "Yes"} if major and store.quirks.major_is_select else major
        group = held.get(world.GROUP)
        told[world.GROUP] = {"name": group, "groupId": f"id-{group}"} if group else None
        told[world.SERVICES] = [{"id": "ari:cloud:service/1", "name": "Mail"}] if held.get(world.SERVICES) else []
        return told

    def _request(self, issue: Issue) -> dict[str, Any] | None:
        kind = issue.fields.get(world.REQUEST_TYPE)
        if not kind:
            return None
        name, category = world.STATUSES[issue.fields["status"]]
        return {
            "_links": {"web": f"{self._base}/portal/4/{issue.key}"},
            "requestType": {"id": kind, "name": "Report a system problem", "serviceDeskId": "4"},
            "currentStatus": {"status": name, "statusCategory": category.upper()},
        }

    def _links(self, issue: Issue) -> list[dict[str, Any]]:
        told = []
        for number, (type_id, side, other_id) in enumerate(issue.links):
            other = self._store.issues.get(other_id)
            if other is None:
                continue
            name, inward, outward = world.LINK_TYPES[type_id]
            kind = {"id": type_id, "name": name, "inward": inward, "outward": outward}
            told.append({"id": f"{issue.id}{number}", "type": kind, f"{side}Issue": self.short(other)})
        return told

    def file(self, file: File) -> dict[str, Any]:
        site = self._base.partition("/rest/api/")[0]
        content = f"{self._base}/attachment/content/{file.id}"
        if not self._store.cloud:
            content = f"{site}/secure/attachment/{file.id}/{quote(file.name)}"
        return {
            "self": f"{self._base}/attachment/{file.id}",
            "id": file.id,
            "filename": file.name,
            "author": self.user(file.author),
            "created": self._store.stamp(file.created, self._viewer),
            "size": len(file.content),
            "mimeType": "application/octet-stream",
            "content": content,
        }

    def comment(self, issue: Issue, comment: Comment, *, properties: bool = False) -> dict[str, Any]:
        told: dict[str, Any] = {
            "self": f"{self._base}/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.user(comment.author),
            "updateAuthor": self.user(comment.author),
            "body": self.text(comment.body),
            "created": self._store.stamp(comment.created, self._viewer),
            "updated": self._store.stamp(comment.created, self._viewer),
        }
        if not self._store.quirks.no_jsd_public:
            # outside a service project it is true whatever the comment is
            told["jsdPublic"] = comment.public or issue.project not in world.DESKS
        if properties:
            told["properties"] = [{"key": key, "value": held} for key, held in comment.properties.items()]
        return told

    def change(self, change: Change) -> dict[str, Any]:
        return {
            "id": change.id,
            "author": self.user(change.author),
            "created": self._store.stamp(change.created, self._viewer),
            "items": change.items,
        }
