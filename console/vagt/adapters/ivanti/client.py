"""Requests as Ivanti documents them, one function each; the base path is found out once.

Pages of the help: "Get-All-Business-Objects" and its variants, "Create-/Update-a-Business-Object",
"Get-Related-", "Link-Business-Objects", "Quick-Actions-API", "Metadata", "Upload-Attachments".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from vagt.adapters.html_text import is_html, page_title
from vagt.adapters.http import Answer, Files, HttpClient
from vagt.adapters.ivanti import filters, wire
from vagt.adapters.ivanti.wire import Page
from vagt.adapters.lenient import Row
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError, ProtocolError, UnavailableError

_log = logging.getLogger(__name__)
BASES = ("/api", "/HEAT/api")
INCIDENTS = "incidents"
_MOST_PAGES = 500
FILES = 300.0
"""Seconds that a file may be on its way."""


class Base:
    """Where the interface answers: /api in the cloud, /HEAT/api on-premises, and some clouds answer under both."""

    def __init__(self, http: Callable[[], HttpClient], given: str, first: str) -> None:
        self._http = http
        self._found = given
        self._order = (first, *(base for base in BASES if base != first))

    @property
    def known(self) -> str:
        """The path; empty while it is not found out."""
        return self._found

    async def path(self) -> str:
        """Ask each candidate once, without signing in; 401 means: here it is. Raises an AdapterError where none is."""
        if self._found:
            return self._found
        failed = page = ""
        for base in self._order:
            answer = await self._http().request(
                "GET",
                f"{base}/odata/businessobject/{INCIDENTS}?$top=1&$select=RecId",
                signed=False,
                accept=(301, 302, 400, 401, 403, 404, 405, 500),
            )
            ours = answer.status in (200, 204, 400, 401, 403) and wire.is_json(answer)
            if ours or b"ISM_" in answer.body[:4096]:
                self._found = base
                return base
            if answer.status == 500:
                failed = self._http().redact.words(wire.words_of(answer))
            if is_html(answer.headers.get("content-type", ""), answer.body):
                page = page or self._http().redact.words(page_title(answer.body))
        if failed:
            raise UnavailableError(failed)
        came = f" A web page came: “{page}”." if page else ""
        raise ProtocolError(f"neither /api nor /HEAT/api answers as Ivanti does; is the address right?{came}")


class IvantiClient:
    """Ivanti's OData and REST interface."""

    def __init__(self, http: HttpClient, base: Base, *, v2: bool, page_size: int) -> None:
        self.http = http
        self.base = base
        self.v2 = v2
        self.page_size = page_size
        self.date: datetime | None = None
        """The server's clock at its last answer, UTC."""
        self.nothing = ""
        """How this tenant says that a list is empty, in words; empty while that was not met."""
        self._absent: set[str] = set()
        """Fields that this tenant does not have, so that they are asked for no more."""

    async def rows(
        self,
        name: str,
        *,
        where: filters.Node | None = None,
        select: Sequence[str] = (),
        order: str = "",
        top: int | None = None,
        skip: int = 0,
        search: tuple[str, str] | None = None,
    ) -> Page:
        """One page of a set, or of the saved search (name, ActionId).

        A saved search ignores `select` in its own way (it empties the rest), so that it is asked for whole.
        An unknown field in `order` looks like an empty answer: only stock fields are given there.
        """
        wanted = min(top or self.page_size, self.page_size)
        options = [("$top", str(wanted)), ("$skip", str(skip) if skip else ""), ("$orderby", order)]
        if where is not None:
            options.append(("$filter", filters.written(where, v2=self.v2)))
        path = f"{self._odata}/{name}"
        if search is not None:
            path += f"/{quote(search[0])}"
            options.append(("ActionId", search[1]))
        while True:
            kept = [field for field in select if field not in self._absent]
            shown = [] if search or not kept else [("$select", ",".join(kept))]
            try:
                answer = await self._call("GET", path, [*options, *shown])
            except InvalidError as error:
                if (limit := wire.most_rows(error.words)) and limit < wanted:
                    self.page_size = wanted = limit
                    options[0] = ("$top", str(limit))
                    continue
                missing = wire.unknown_field(error.words)
                if missing not in kept or missing == "RecId":
                    raise
                _log.warning("Ivanti: this tenant has no field %s of %s", missing, name)
                self._absent.add(missing)
                continue
            page = wire.page_of(answer)
            if not page.rows:
                self.nothing = wire.nothing_words(answer)
            return page

    async def has_v2(self) -> bool:
        """Whether the newer interface answers."""
        try:
            await self._call("GET", f"/odatav2/businessobject/{INCIDENTS}", [("$top", "1"), ("$select", "RecId")])
        except (NotFoundError, InvalidError, ForbiddenError, ProtocolError):
            return False
        return True

    async def all_rows(
        self,
        name: str,
        *,
        where: filters.Node | None = None,
        select: Sequence[str] = (),
        order: str = "",
        most: int = 0,
    ) -> list[Row]:
        """Every row, page by page, at most `most` of them: until a short page, since the count is only a hint."""
        found: dict[str, Row] = {}
        loose: list[Row] = []
        skip = 0
        for _ in range(_MOST_PAGES):
            page = await self.rows(name, where=where, select=select, order=order, skip=skip)
            before = len(found)
            for row in page.rows:
                id = row.get("RecId")
                if isinstance(id, str):
                    found.setdefault(id, row)
                else:
                    loose.append(row)
            skip += len(page.rows)
            if len(page.rows) < self.page_size or len(found) == before or (most and len(found) >= most):
                break
        return [*found.values(), *loose]

    async def record(self, name: str, id: str) -> Row:
        """One record, whole: `$select` gives none of its fields. Raises NotFoundError."""
        row = wire.record_of(await self._call("GET", f"{self._odata}/{name}('{id}')"))
        if not row.get("RecId"):
            raise NotFoundError(f"there is no record {id} any more")
        return row

    async def related(self, id: str, relation: str, *, top: int | None = None) -> tuple[Row, ...]:
        """What one relationship of an incident leads to, at most a page."""
        answer = await self._call(
            "GET", f"{self._odata}/{INCIDENTS}('{id}')/{relation}", [("$top", str(top or self.page_size))]
        )
        return wire.page_of(answer).rows

    async def members(self, team: str, relation: str) -> tuple[Row, ...]:
        """The members of a team, over the relationship that the config names."""
        answer = await self._call(
            "GET", f"{self._odata}/standarduserteams('{team}')/{relation}", [("$top", str(self.page_size))]
        )
        return wire.page_of(answer).rows

    async def create(self, name: str, body: Mapping[str, object]) -> Row:
        """A new record as it then is (201, in places 200). Raises ProtocolError(sent) where it is not told."""
        row = wire.record_of(await self._call("POST", f"{self._odata}/{name}", body=body))
        if not row.get("RecId"):
            raise ProtocolError("Ivanti did not tell what it registered", sent=True)
        return row

    async def patch(self, name: str, id: str, body: Mapping[str, object]) -> None:
        """Change these fields. What it answers is not believed: it can be the old value."""
        await self._call("PATCH", f"{self._odata}/{name}('{id}')", body=body)

    async def link(self, id: str, relation: str, other: str) -> None:
        """Relate two records; `$Ref` has a capital R, and there is no body."""
        await self._call("PATCH", f"{self._odata}/{INCIDENTS}('{id}')/{relation}('{other}')/$Ref")

    async def run(self, id: str, action: str, body: Mapping[str, object]) -> Answer:
        """Run a quick action. 200 does not mean that it did anything."""
        return await self._call("POST", f"{self._odata}/{INCIDENTS}('{id}')/{quote(action)}", body=body)

    async def metadata(self, name: str) -> bytes:
        """The schema of a set; only with this Accept (with JSON it answers 500). Raises NotFoundError where refused."""
        answer = await self._call("GET", f"/odata/{name}/$metadata", headers={"Accept": "application/xml"})
        return answer.body

    async def upload(self, form: Mapping[str, str], files: Files) -> Answer:
        """Attach a file; 300 means that at least one was refused, and is no redirection."""
        return await self._call("POST", "/rest/Attachment", form=form, files=files, accept=(300,), patience=FILES)

    async def download(self, id: str) -> bytes:
        """The bytes of an attachment, whatever they are: a file can be a web page."""
        return (await self._call("GET", "/rest/Attachment", [("ID", id)], raw=True, patience=FILES)).body

    @property
    def _odata(self) -> str:
        return f"/odata{'v2' if self.v2 else ''}/businessobject"

    async def _call(
        self,
        method: str,
        path: str,
        options: Sequence[tuple[str, str]] = (),
        *,
        body: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
        patience: float = 0.0,
        raw: bool = False,
    ) -> Answer:
        target = await self.base.path() + path
        # Built here, since a blank must become %20 and a blank option would be a 500.
        pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in options if value != "")
        answer = await self.http.request(
            method,
            f"{target}?{pairs}" if pairs else target,
            body=body,
            form=form,
            files=files,
            headers=headers,
            accept=(400, 403, *accept),
            patience=max(patience, self.http.timeout),
        )
        self._note_date(answer)
        if answer.status in (400, 403):
            told = wire.words_of(answer)
            shown = self.http.redact.words(told)
            raise ForbiddenError(shown) if answer.status == 403 else wire.refusal(told, shown)
        if raw:
            if not answer.headers.get("content-disposition") and not wire.is_json(answer):
                answer.json()
            return answer
        if not wire.is_json(answer) and "xml" not in answer.headers.get("content-type", ""):
            answer.json()
        return answer

    def _note_date(self, answer: Answer) -> None:
        try:
            self.date = parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
        except (ValueError, TypeError):
            return
