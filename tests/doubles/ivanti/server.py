"""The tenant on a socket: paths, sign-in, status codes and error bodies of the documented interface."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from tests.doubles.ivanti import actions, auth, files, looking, metadata, rules, stock
from tests.doubles.ivanti.query import BadOptions, listed, shown
from tests.doubles.ivanti.quirks import Quirks
from tests.doubles.ivanti.tenant import Row, Tenant
from tests.doubles.web import Reply, Request, WebServer, json_reply

_DESCRIPTIONS = {
    "ISM_2000": "Ok",
    "ISM_4000": "Invalid Request Payload",
    "ISM_4001": "Invalid session key or session timed out",
    "ISM_4004": "Not Found",
    "ISM_5000": "Internal Server Error",
}
_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"
_RECORD = re.compile(r"^(?P<set>[^/(]+)\('(?P<id>[^']*)'\)(?:/(?P<rest>.*))?$")
_LINK = re.compile(r"^(?P<relation>\w+)\('(?P<other>[^']*)'\)/\$Ref$")


def error(status: int, code: str, *messages: str) -> Reply:
    """An error in the one shape that they all have."""
    return json_reply(status, {"code": code, "description": _DESCRIPTIONS[code], "message": list(messages), "help": ""})


def web_page(status: int) -> Reply:
    return Reply(status, _PAGE, {"Content-Type": "text/html"})


class IvantiDouble:
    """Start it, seed `tenant`, connect to `url`; `web.log` tells what was asked."""

    def __init__(self, quirks: Quirks | None = None, tenant: Tenant | None = None) -> None:
        self.tenant = tenant or Tenant(quirks)
        self.web = WebServer(self._answer)

    @property
    def quirks(self) -> Quirks:
        return self.tenant.quirks

    @property
    def url(self) -> str:
        return self.web.url

    async def start(self, port: int = 0) -> None:
        await self.web.start(port)

    async def stop(self) -> None:
        await self.web.stop()

    def seed(self, title: str, **fields: Any) -> Row:
        """A new incident that nobody has, straight into the state."""
        body = {
            "Subject": title,
            "Symptom": f"About {title}",
            "Status": "Logged",
            "Impact": "High",
            "Urgency": "Low",
            "Service": "Network Service",
            "Category": "Connectivity",
            "OwnerTeam": "Service Desk",
            "ProfileLink_RecID": next(r["RecId"] for r in self.tenant.rows("employees") if r["LoginID"] == "AGreen"),
            "ProfileLink_Category": "Employee",
            **fields,
        }
        return rules.create(self.tenant, body, "monitor")

    async def _answer(self, request: Request) -> Reply:
        quirks = self.quirks
        if request.path.startswith("/_state"):
            return looking.state(self.tenant, self.web.log, request)
        reply = self._trouble() or self._routed(request)
        if quirks.broken:
            await asyncio.sleep(0)
        reply.headers.setdefault("Date", format_datetime(datetime.now(UTC), usegmt=True))
        return reply

    def _trouble(self) -> Reply | None:
        quirks = self.quirks
        if quirks.web_page:
            return web_page(200)
        if quirks.throttle:
            return Reply(429, b"Too many requests", {"Retry-After": str(int(quirks.throttle))})
        if quirks.busy:
            return Reply(503, b"Busy", {"Retry-After": str(int(quirks.busy))})
        if quirks.broken:
            key = self.tenant.api_key
            return error(500, "ISM_5000", f"Unhandled system exception: &lt;session {key}&gt; at Server.Process")
        return None

    def _routed(self, request: Request) -> Reply:
        base = next((b for b in self.quirks.base_paths if request.path.startswith(b + "/")), None)
        if base is None:
            return web_page(404)
        path = request.path.removeprefix(base)
        if path == "/rest/authentication/login":
            host = request.headers.get("host", "")
            token = auth.login(self.tenant, request.json(), host) if request.method == "POST" else None
            return json_reply(200, token) if token else error(400, "ISM_4000", auth.refusal())
        by = auth.account(self.tenant, request)
        if by is None:
            return error(401, "ISM_4001", "Authentication required")
        if request.writes and self.quirks.forbid_writes:
            return error(400, "ISM_4000", "Role ServiceDeskAnalyst does not have rights to update Incident#")
        try:
            return self._served(path, request, by)
        except rules.Refused as refused:
            return error(400, "ISM_4000", *refused.messages)
        except BadOptions as bad:
            return error(bad.status, "ISM_5000" if bad.status == 500 else "ISM_4000", bad.message)

    def _served(self, path: str, request: Request, by: str) -> Reply:
        if path == "/rest/Attachment":
            return self._attachment(request, by)
        if match := re.match(r"^/odata/([^/]+)/\$metadata$", path):
            return self._metadata(match[1].lower(), request)
        if match := re.match(r"^/odata(v2)?/businessobject/(.+)$", path):
            if match[1] and not self.quirks.v2:
                return error(404, "ISM_4004", "No service for type 'IEdmModel' has been registered.")
            return self._object(match[2], request, by, v2=bool(match[1]))
        return error(404, "ISM_4004", "No HTTP resource was found")

    def _attachment(self, request: Request, by: str) -> Reply:
        id = request.query.get("ID", "")
        match request.method:
            case "POST":
                return files.upload(self.tenant, request, by)
            case "GET":
                return files.download(self.tenant, id)
            case _:
                self.tenant.sets["attachments"].pop(id, None)
                return Reply(204)

    def _metadata(self, name: str, request: Request) -> Reply:
        if not self.quirks.metadata:
            return error(404, "ISM_4004", "No service for type 'IEdmModel' has been registered.")
        if "xml" not in request.headers.get("accept", ""):
            return error(500, "ISM_5000", "Unhandled system exception: no formatter")
        return Reply(200, metadata.document(self.tenant, name).encode(), {"Content-Type": "application/xml"})

    def _object(self, path: str, request: Request, by: str, *, v2: bool) -> Reply:
        record = _RECORD.match(path)
        if record is None:
            name, _, search = path.partition("/")
            name = name.lower()
            if not self._known(name):
                return error(404, "ISM_4004", f"No business object {name}")
            if search:
                return self._saved(name, search, request)
            if request.method == "POST":
                return self._create(name, request, by)
            rows = [] if by == "nobody" else self.tenant.rows(name)
            page, total = listed(self.tenant, name, rows, request.query, v2=v2)
            return self._collection(name, page, total, self.quirks.empty, request.query.get("$select"))
        name, id = record["set"].lower(), record["id"].upper()
        if not self._known(name):
            return error(404, "ISM_4004", f"No business object {name}")
        row = self.tenant.sets[name].get(id)
        if row is None:
            bo = name.removesuffix("s")
            return error(400, "ISM_4000", f"Record '{record['id']}' cannot be found in the business object '{bo}'")
        if record["rest"]:
            return self._under(name, row, record["rest"], request, by)
        return self._single(name, row, request, by)

    def _known(self, name: str) -> bool:
        if name == "journal__emails" and not self.quirks.emails:
            return False
        if name in self.quirks.hidden_sets:
            return False
        return name in self.tenant.sets and name != "audit_incidents"

    def _single(self, name: str, row: Row, request: Request, by: str) -> Reply:
        match request.method:
            case "GET":
                whole = {} if "$select" in request.query else shown(self.tenant, name, row)
                return self._entity(200, name, whole)
            case "PATCH" | "PUT":
                body = request.json()
                if not isinstance(body, dict):
                    raise rules.Refused("Key value cannot be empty")
                if name == "incidents":
                    rules.update(self.tenant, row, body, by)
                else:
                    row.update({key: value for key, value in body.items() if key in row})
                    self.tenant.stamp(row, by)
                return self._entity(200, name, shown(self.tenant, name, row))
            case "DELETE":
                del self.tenant.sets[name][row["RecId"]]
                return Reply(204)
        return error(404, "ISM_4004", "No HTTP resource was found")

    def _under(self, name: str, row: Row, rest: str, request: Request, by: str) -> Reply:
        if link := _LINK.match(rest):
            return self._link(row, link["relation"], link["other"].upper(), request, by)
        if request.method == "GET" and name == "incidents" and rest == "AuditHistoryRelationship" and self.quirks.audit:
            mine = [r for r in self.tenant.rows("audit_incidents") if r["ParentLink_RecID"] == row["RecId"]]
            page, total = listed(self.tenant, "audit_incidents", mine, request.query)
            return self._collection("audit_incidents", page, total, self.quirks.empty_relation, None)
        if request.method == "GET" and name == "incidents" and rest in stock.RELATIONS:
            target = stock.RELATIONS[rest]
            page, total = listed(self.tenant, target, self.tenant.related(rest, row["RecId"]), request.query)
            return self._collection(target, page, total, self.quirks.empty_relation, None)
        if request.method == "POST" and name == "incidents":
            told = actions.run(self.tenant, rest, row, request.json(), by)
            if told is not None:
                return json_reply(200, told)
        return error(404, "ISM_4004", f"No relationship or action {rest}")

    def _link(self, row: Row, relation: str, other: str, request: Request, by: str) -> Reply:
        target = stock.RELATIONS.get(relation)
        if target is None:
            return error(404, "ISM_4004", f"No relationship {relation}")
        if other not in self.tenant.sets[target]:
            return error(400, "ISM_4000", f"Record '{other}' cannot be found in the business object '{target[:-1]}'")
        on = request.method == "PATCH"
        if relation == "IncidentAssocMasterIncident":
            row["MasterIncidentLink_RecID"] = other if on else None
        elif relation == "IncidentAssocChildIncident":
            self.tenant.sets["incidents"][other]["MasterIncidentLink_RecID"] = row["RecId"] if on else None
        else:
            pairs = self.tenant.links.setdefault(relation, set())
            (pairs.add if on else pairs.discard)((row["RecId"], other))
        if relation == "ProblemAssociatesIncident":
            row["ProblemLink_RecID"] = other if on else None
        self.tenant.stamp(row, by)
        return json_reply(
            200,
            {
                "code": "ISM_2000",
                "description": "Ok",
                "message": [f"Successfully {'Created' if on else 'Deleted'} the link"],
                "help": "",
            },
        )

    def _saved(self, name: str, search: str, request: Request) -> Reply:
        options = request.query
        if name != "incidents" or stock.SEARCHES.get(search) != options.get("ActionId"):
            return error(404, "ISM_4004", f"No saved search {search}")
        if "$filter" in options and not self.quirks.saved_search_filters:
            return error(400, "ISM_4000", "Invalid OData query")
        rows = [row for row in self.tenant.rows(name) if row["Status"] not in ("Resolved", "Closed")]
        if search == "Network_Outages":
            rows = [row for row in rows if row["Service"] == "Network Service"]
        page, total = listed(self.tenant, name, rows, options, nulls=True)
        return self._collection(name, page, total, self.quirks.empty, None)

    def _create(self, name: str, request: Request, by: str) -> Reply:
        body = request.json()
        if not isinstance(body, dict) or not body:
            raise rules.Refused("Key value cannot be empty")
        if name == "incidents":
            return self._entity(201, name, shown(self.tenant, name, rules.create(self.tenant, dict(body), by)))
        quirks = self.quirks
        author = by
        if "CreatedBy" in body:
            if quirks.refuses_created_by:
                raise rules.Refused("Field 'CreatedBy' cannot be set")
            author = str(body.pop("CreatedBy")) if quirks.keeps_created_by else by
            body.pop("CreatedBy", None)
        for field in body:
            if field not in self.tenant.fields[name]:
                raise rules.Refused(f"Field '{field}' was not found")
        if name == "journal__notess":
            spelling = body.get("ParentLink_Category")
            if quirks.note_parent and spelling != quirks.note_parent:
                raise rules.Refused(f"ParentLink: '{spelling}' is not a valid object type")
            text = str(body.get("NotesBody") or "")
            body = {
                "Category": "Memo",
                "PublishToWeb": False,
                "JournalType": "Notes",
                "DisplayText": f"{body.get('Subject') or ''} {text}".strip(),
                **body,
            }
            parent = self.tenant.sets["incidents"].get(str(body.get("ParentLink_RecID")).upper())
            if parent is not None and quirks.note_moves_incident:
                self.tenant.stamp(parent, "InternalServices")
        return self._entity(201, name, shown(self.tenant, name, self.tenant.insert(name, author, **body)))

    def _entity(self, status: int, name: str, row: dict[str, Any]) -> Reply:
        return json_reply(status, {"@odata.context": f"{self.url}/api/odata/$metadata#{name}/$entity", **row})

    def _collection(self, name: str, page: list[Any], total: int, empty: str, select: str | None) -> Reply:
        context = f"{self.url}/api/odata/$metadata#{name}" + (f"({select})" if select else "")
        if page:
            counted = {"@odata.count": total} if self.quirks.counts else {}
            return json_reply(200, {"@odata.context": context, **counted, "value": page})
        match empty:
            case "204":
                return Reply(204)
            case "blank":
                return Reply(200)
            case "words":
                return json_reply(200, {"@odata.context": context, "value": "No instances found."})
        return json_reply(200, {"@odata.context": context, "@odata.count": 0, "value": []})
