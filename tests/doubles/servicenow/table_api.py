"""/api/now/table: lists, single rows, and writes, with the headers and the errors of the real one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tests.doubles.servicenow.query import Denied, Who, run
from tests.doubles.servicenow.rendering import OWN_HOST, Renderer
from tests.doubles.servicenow.rules import Refused, create, update
from tests.doubles.servicenow.schema import SCHEMA
from tests.doubles.servicenow.state import Row, Store
from tests.doubles.web import Reply, Request, json_reply

_KNOWN = frozenset(
    {
        "sysparm_query",
        "sysparm_fields",
        "sysparm_limit",
        "sysparm_offset",
        "sysparm_display_value",
        "sysparm_exclude_reference_link",
        "sysparm_no_count",
        "sysparm_suppress_pagination_header",
        "sysparm_input_display_value",
        "sysparm_view",
    }
)
QUOTA = "Transaction cancelled: maximum execution time exceeded"


def failure(status: int, message: str, detail: str | None) -> Reply:
    """The error envelope."""
    return json_reply(status, {"error": {"message": message, "detail": detail}, "status": "failure"})


class TableApi:
    """Answers for one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.dropped: list[str] = []
        """Conditions that were ignored."""
        self.ignored: list[str] = []
        """Fields of writes that were ignored."""
        self.withheld = 0
        """Rows taken out after the limit."""

    def handle(self, request: Request, table: str, id: str, me: Row, version: str) -> Reply:
        if table not in SCHEMA:
            return failure(400, f"Invalid table {table}", None)
        if refusal := self._closed(table):
            return refusal
        if "json" not in request.headers.get("accept", "json") and "*/*" not in request.headers.get("accept", ""):
            return failure(406, "Not acceptable", None)
        match request.method:
            case "GET" if not id:
                return self._list(request, table, me, version)
            case "GET":
                return self._one(request, table, id, me)
            case "POST" if not id:
                return self._post(request, table, me)
            case "PATCH" | "PUT" if id:
                return self._patch(request, table, id, me)
            case "DELETE" if id:
                self.store.delete(table, id)
                return Reply(204)
            case _:
                return failure(405, "Method not supported", None)

    def _closed(self, table: str) -> Reply | None:
        quirks = self.store.quirks
        shut = {
            "sys_audit": quirks.hide_audit,
            "dl_u_priority": quirks.hide_matrix,
            "task_sla": quirks.hide_sla,
            "sys_user_has_role": quirks.hide_roles,
            "sys_choice": quirks.hide_choices,
        }
        if shut.get(table):
            return failure(403, "User Not Authorized", f"User is unauthorized to access table: {table}")
        return None

    def _renderer(self, request: Request, me: Row) -> Renderer:
        query = request.query
        return Renderer(
            self.store,
            me,
            mode=query.get("sysparm_display_value", "false"),
            links=query.get("sysparm_exclude_reference_link", "false") != "true",
            host=OWN_HOST if self.store.quirks.foreign_links else f"http://{request.headers.get('host', '')}",
        )

    def _list(self, request: Request, table: str, me: Row, version: str) -> Reply:
        given, quirks = request.query, self.store.quirks
        text = given.get("sysparm_query", "")
        plain = [name for name in given if name not in _KNOWN]
        if plain and not text:
            text = "^".join(f"{name}={given[name]}" for name in plain)
        try:
            rows, query = run(self.store, table, text, Who(me["sys_id"], me["time_zone"] or "UTC"))
        except Denied:
            return failure(
                403,
                "Insufficient rights to query records",
                "Field(s) present in the query do not have permission to be read",
            )
        self.dropped += query.dropped
        if table == "sys_journal_field" and quirks.hide_journal:
            rows = []
        if table == "task_sla":
            rows = [row for row in rows if not row.get("visible_from")]
        total = len(rows)
        limit, offset = int(given.get("sysparm_limit", "10000")), int(given.get("sysparm_offset", "0"))
        page = rows[offset : offset + limit]
        visible = [row for row in page if row["sys_id"] not in quirks.hidden_rows]
        self.withheld += len(page) - len(visible)
        renderer = self._renderer(request, me)
        told = [renderer.row(table, row, given.get("sysparm_fields", "")) for row in visible]
        if version == "v1" and not told:
            return failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        broken = self._broken(told, limit)
        if broken is not None:
            return broken
        reply = json_reply(200, {"result": told})
        if given.get("sysparm_no_count") != "true" and not quirks.no_count:
            reply.headers["X-Total-Count"] = str(total)
        if given.get("sysparm_suppress_pagination_header") != "true":
            reply.headers["Link"] = (
                f'<{OWN_HOST}/api/now/table/{table}?sysparm_offset=-1&sysparm_query={quote(text)}>;rel="prev"'
            )
        return reply

    def _broken(self, told: list[Any], limit: int) -> Reply | None:
        quirks = self.store.quirks
        error = {
            "error": {"message": QUOTA, "detail": f"{QUOTA} Check logs for error trace or enable"},
            "status": "failure",
        }
        if quirks.error_in_200:
            return json_reply(200, {"result": told[: len(told) // 2], **error})
        if quirks.quota_200_over and limit > quirks.quota_200_over and len(told) > quirks.quota_200_over:
            part = json.dumps({"result": told[: quirks.quota_200_over]}, ensure_ascii=False)[:-2]
            body = f"{part},{json.dumps(error)[1:]}".encode()
            return Reply(200, body, {"Content-Type": "application/json"})
        return None

    def _one(self, request: Request, table: str, id: str, me: Row) -> Reply:
        row = self.store.seen(table, id)
        if row is None or id in self.store.quirks.hidden_rows:
            return failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        told = self._renderer(request, me).row(table, row, request.query.get("sysparm_fields", ""))
        return json_reply(200, {"result": told})

    def _body(self, request: Request) -> dict[str, Any] | None:
        body = request.json()
        if isinstance(body, list):
            body = body[0] if body else {}
        return body if isinstance(body, dict) else None

    def _post(self, request: Request, table: str, me: Row) -> Reply:
        body, quirks = self._body(request), self.store.quirks
        if body is None:
            return failure(400, "Exception while reading request", "The payload is not valid JSON")
        if quirks.read_only_account:
            return failure(403, "Operation Failed", "ACL Exception Insert Failed due to security constraints")
        if quirks.refuse_double_sys_id and not quirks.ignore_sys_id and self.store.get(table, str(body.get("sys_id"))):
            return failure(
                403, "Operation Failed", "Unique Key violation detected by database (Duplicate entry 'PRIMARY')"
            )
        try:
            row = create(self.store, table, body, me)
        except Refused as refused:
            return failure(403, "Operation Failed", refused.detail)
        reply = json_reply(201, {"result": self._told(request, table, row, me)})
        reply.headers["Location"] = f"{OWN_HOST}/api/now/table/{table}/{row['sys_id']}"
        return self._committed(reply)

    def _patch(self, request: Request, table: str, id: str, me: Row) -> Reply:
        row, body, quirks = self.store.get(table, id), self._body(request), self.store.quirks
        if row is None or id in quirks.hidden_rows:
            return failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        if body is None:
            return failure(400, "Exception while reading request", "The payload is not valid JSON")
        if quirks.read_only_account or id in quirks.forbidden_rows:
            return failure(403, "Operation Failed", "ACL Exception Update Failed due to security constraints")
        try:
            update(self.store, table, row, body, me)
        except Refused as refused:
            return failure(403, "Operation Failed", refused.detail)
        self.ignored += [name for name in body if name in quirks.ignore_fields or name not in SCHEMA[table]]
        return self._committed(json_reply(200, {"result": self._told(request, table, row, me)}))

    def _told(self, request: Request, table: str, row: Row, me: Row) -> dict[str, Any]:
        return self._renderer(request, me).row(table, row, request.query.get("sysparm_fields", ""))

    def _committed(self, reply: Reply) -> Reply:
        if self.store.quirks.quota_500_after_commit:
            return failure(500, QUOTA, f"{QUOTA} Check logs for error trace")
        return reply
