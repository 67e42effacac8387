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

    def handle(self, request: Request, rest: list[str], me: Row) -> Reply:
        if request.method == "POST" and rest == ["file"]:
            query = request.query
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
        if rest and rest[-1] == "file" and rest[0] in self._bytes:
            return Reply(200, self._bytes[rest[0]], {"Content-Type": "application/octet-stream"})
        if rest:
            row = self._store.get("sys_attachment", rest[0]) or {}
            return json_reply(200, {"result": row}) if row else failure(404, "No Record found", None)
        rows, _ = run(self._store, "sys_attachment", request.query.get("sysparm_query", ""), Who(me["sys_id"]))
        return json_reply(200, {"result": rows})


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
