"""On-call, aggregate, attachment and batch: the APIs beside the tables."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.doubles.servicenow.query import Who, run
from tests.doubles.servicenow.state import Row, Store
from tests.doubles.servicenow.table_api import failure
from tests.doubles.web import Reply, Request, json_reply

NO_API = "Requested URI does not represent any resource"


def who_is_on_call(store: Store, request: Request) -> Reply:
    """The escalation line of the groups asked for: every member, in the order of joining."""
    if store.quirks.oncall_off:
        return failure(400, NO_API, request.path)
    wanted = [id for id in request.query.get("group_ids", "").split(",") if id]
    told = []
    for rota in store.tables["cmn_rota"].values():
        if wanted and rota["group"] not in wanted:
            continue
        roster = store.find("cmn_rota_roster", rota=rota["sys_id"])
        for order, member in enumerate(store.all("sys_user_grmember", group=rota["group"]), start=1):
            told.append(
                {
                    "memberId": member["sys_id"],
                    "memberIds": [member["sys_id"]],
                    "userId": member["user"],
                    "userIds": [member["user"]],
                    "roster": roster["sys_id"] if roster else "",
                    "rota": rota["sys_id"],
                    "group": rota["group"],
                    "escalationGroups": [],
                    "deviceId": "",
                    "isDevice": False,
                    "order": order,
                    "isOverride": False,
                }
            )
    return json_reply(200, {"result": told})


def stats(store: Store, request: Request, table: str, me: Row) -> Reply:
    """Counts, as text."""
    rows, _ = run(store, table, request.query.get("sysparm_query", ""), Who(me["sys_id"]))
    groups = [name for name in request.query.get("sysparm_group_by", "").split(",") if name]
    if not groups:
        return json_reply(200, {"result": {"stats": {"count": str(len(rows))}}})
    counted = Counter(tuple(row.get(name, "") for name in groups) for row in rows)
    told = [
        {
            "stats": {"count": str(n)},
            "groupby_fields": [{"field": f, "value": v} for f, v in zip(groups, key, strict=True)],
        }
        for key, n in counted.items()
    ]
    return json_reply(200, {"result": told})


class Attachments:
    """Files of records."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bytes: dict[str, bytes] = {}

    def handle(self, request: Request, rest: list[str], me: Row, version: str) -> Reply:
        if version not in ("", "v1"):
            return failure(400, NO_API, request.path)
        if request.method == "POST":
            return self._upload(request, me) if rest == ["file"] else failure(400, NO_API, request.path)
        if rest:
            row = self._store.get("sys_attachment", rest[0])
            if row is None or not self._may_see(row["table_name"], row["table_sys_id"]):
                return failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
            if rest[1:] == ["file"]:
                kind = row["content_type"] or "application/octet-stream"
                return Reply(200, self._bytes[rest[0]], {"Content-Type": kind})
            return json_reply(200, {"result": row})
        rows, _ = run(self._store, "sys_attachment", request.query.get("sysparm_query", ""), Who(me["sys_id"]))
        seen = [row for row in rows if self._may_see(row["table_name"], row["table_sys_id"])]
        return json_reply(200, {"result": seen[: int(request.query.get("sysparm_limit", "1000"))]})

    def _upload(self, request: Request, me: Row) -> Reply:
        """The raw body; a record that is hidden or not there is 404, an ending that is not listed is refused."""
        query = request.query
        missing = [name for name in ("table_name", "table_sys_id", "file_name") if not query.get(name)]
        if missing or not request.body:
            return failure(400, f"Missing or empty: {', '.join(missing) or 'request body'}", None)
        if not self._may_see(query["table_name"], query["table_sys_id"]):
            return failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        if self._store.quirks.read_only_account or query["table_sys_id"] in self._store.quirks.forbidden_rows:
            return failure(403, "Operation Failed", "Attachment cannot be added: ACL restricts it")
        allowed = self._store.quirks.attachment_endings
        if len(request.body) > self._store.quirks.attachment_most:
            return failure(413, "Request body too large", None)
        if allowed and not query["file_name"].lower().endswith(allowed):
            return failure(400, "File type is not allowed or does not match the content of the file", None)
        row = self._store.insert(
            "sys_attachment",
            {
                "table_name": query["table_name"],
                "table_sys_id": query["table_sys_id"],
                "file_name": query["file_name"],
                "content_type": request.headers.get("content-type", ""),
                "size_bytes": str(len(request.body)),
            },
            by=me["user_name"],
        )
        self._bytes[row["sys_id"]] = request.body
        return json_reply(201, {"result": row})

    def _may_see(self, table: str, id: str) -> bool:
        return id not in self._store.quirks.hidden_rows and id in self._store.tables.get(table, {})


def batch(request: Request, inner: Callable[[Request], Reply]) -> Reply:
    """Each request in turn; 200 even if some fail."""
    given: dict[str, Any] = request.json() or {}
    served = []
    for item in given.get("rest_requests", []):
        headers = {str(h["name"]).lower(): str(h["value"]) for h in item.get("headers", [])}
        body = base64.b64decode(item.get("body") or "")
        reply = inner(Request(item["method"], item["url"], {**request.headers, **headers}, body))
        served.append(
            {
                "id": item["id"],
                "status_code": reply.status,
                "status_text": "OK" if reply.status < 300 else "Error",
                "body": base64.b64encode(reply.body).decode(),
                "headers": [],
                "execution_time": 1,
            }
        )
    told = {
        "batch_request_id": given.get("batch_request_id", ""),
        "serviced_requests": served,
        "unserviced_requests": [],
    }
    return Reply(200, json.dumps(told).encode(), {"Content-Type": "application/json"})
