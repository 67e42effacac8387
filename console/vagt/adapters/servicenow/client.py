"""Requests as ServiceNow's Table API documents them, and its half-hearted answers made plain ("Table API").

What never passes for a complete answer: 202 (not executed), 200 with an error inside or broken off
(the transaction quota), a web page (hibernating, single sign-on), a page that is short because
access rules act after the limit. Nothing that an answer links to is followed: links name the
instance's own host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar

from vagt.adapters.html_text import is_html, page_title
from vagt.adapters.http import Answer, HttpClient, Params
from vagt.adapters.protocol import (
    AdapterError,
    ForbiddenError,
    NotFoundError,
    ProtocolError,
    UnavailableError,
)
from vagt.adapters.servicenow.errors import QUOTA, refusal, snow_words, told_of
from vagt.adapters.servicenow.wire import Row, rows_of
from vagt.domain.clock import Clock

API = "/api/now"
TABLE = f"{API}/table"
_PATIENCE = 65.0
"""Seconds for a write: ServiceNow cancels it after 60, and one that we give up earlier may still be stored."""
_FILES = 300.0
"""Seconds that a file may be on its way."""
_FEWEST = 25
"""Rows below which a page that runs into the quota is not halved any more."""
_NOT_DONE = "ServiceNow put the request aside (202) and did not execute it"


class _TooSlow(UnavailableError):
    """The transaction quota struck."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    rows: tuple[Row, ...]
    limit: int
    """How many rows the instance was asked for; it takes hidden ones out afterwards."""
    offset: int
    total: int | None
    """Matches before limit and access rules; None where the instance does not count."""

    @property
    def is_last(self) -> bool:
        """Nothing can follow. Without a count only an empty page says so."""
        return not self.rows if self.total is None else self.offset + self.limit >= self.total

    @property
    def hidden(self) -> int:
        """How many rows of this page access rules took out; 0 where that is not known."""
        if self.total is None:
            return 0
        return max(0, min(self.limit, self.total - self.offset) - len(self.rows))


class SnowClient:
    """The instance below `http`'s base address."""

    def __init__(self, http: HttpClient, clock: Clock, jar: CookieJar) -> None:
        self.http = http
        self._clock = clock
        self._jar = jar
        self._most = 1000
        self.skew: float | None = None
        """Seconds that the instance's clock is ahead of ours, by its Date header."""
        self.date: datetime | None = None
        """The instance's clock at the last answer."""
        self.wrote_at = -1e9
        """When the last write was sent, by our monotonic clock."""
        self.hourly: str = ""
        """What a rule allows an hour, where one applies."""

    async def rows(
        self,
        table: str,
        query: str,
        fields: Sequence[str],
        *,
        limit: int,
        offset: int = 0,
        display: str = "all",
        count: bool = True,
    ) -> Page:
        """One page. A page that is too much for the instance is asked for again with half the rows."""
        while True:
            size = min(limit, self._most)
            params = [
                ("sysparm_query", query),
                ("sysparm_fields", ",".join(fields)),
                ("sysparm_limit", str(size)),
                ("sysparm_offset", str(offset)),
                *self._shape(display),
                ("sysparm_suppress_pagination_header", "true"),
                *((("sysparm_no_count", "true"),) if not count else ()),
            ]
            try:
                answer = await self._get(f"{TABLE}/{table}", params, accept=(404, 500))
                found = () if answer.status == 404 else rows_of(self._result(answer, list))
            except _TooSlow:
                if size <= _FEWEST:
                    raise
                self._most = max(_FEWEST, size // 2)
                continue
            if answer.status == 404:
                return Page((), size, offset, 0)
            told = answer.headers.get("x-total-count", "")
            return Page(found, size, offset, int(told) if told.isdigit() else None)

    async def row(self, table: str, id: str, fields: Sequence[str], display: str = "all") -> Row:
        """One row. Raises NotFoundError also where it is hidden."""
        params = [("sysparm_fields", ",".join(fields)), *self._shape(display)]
        answer = await self._get(f"{TABLE}/{table}/{id}", params, accept=(500,))
        found = self._result(answer, dict)
        assert isinstance(found, dict)
        return found

    async def patch(self, table: str, id: str, body: Mapping[str, str], fields: Sequence[str]) -> Row:
        """Change a row; the whole row as the instance has it afterwards, which proves what was stored.

        Raises ForbiddenError, TransitionError (a business rule) or InvalidError (a data policy).
        """
        return await self._write("PATCH", f"{TABLE}/{table}/{id}", body, fields)

    async def post(self, table: str, body: Mapping[str, str], fields: Sequence[str]) -> Row:
        """Register a row; the row as the instance has it afterwards."""
        return await self._write("POST", f"{TABLE}/{table}", body, fields)

    async def on_call(self, group: str) -> tuple[Row, ...]:
        """Who is on call for a group ("whoisoncall", which the vendor documents only inside an instance)."""
        answer = await self._get(f"{API}/on_call_rota/whoisoncall", [("group_ids", group)])
        return rows_of(self._result(answer, list))

    async def attachments(self, query: str, limit: int) -> tuple[Row, ...]:
        """Files by an encoded query ("Attachment API"). Raises ForbiddenError where the API is not open to us."""
        params = [("sysparm_query", query), ("sysparm_limit", str(limit))]
        answer = await self._get(f"{API}/attachment", params, accept=(401, 404))
        if answer.status == 404:
            return ()
        return rows_of(self._result(self._open_to_us(answer), list))

    async def attachment(self, id: str) -> Row:
        """What is known of one file. Raises NotFoundError."""
        found = self._result(self._open_to_us(await self._get(f"{API}/attachment/{id}", (), accept=(401,))), dict)
        assert isinstance(found, dict)
        return found

    async def attached(self, id: str) -> bytes:
        """The bytes of a file. Raises NotFoundError."""
        answer = await self.http.request(
            "GET", f"{API}/attachment/{id}/file", accept=(401,), patience=max(_FILES, self.http.timeout)
        )
        self._learn(answer)
        if answer.status == 202:
            raise UnavailableError(_NOT_DONE)
        return self._open_to_us(answer).body

    async def attach(self, id: str, name: str, content: bytes, kind: str) -> Row:
        """Upload a file to an incident as it is; what the instance then knows of it.

        404 means that the record is hidden; which status an ending takes that the instance does not
        allow is not known: every refusal is told in the instance's words.
        """
        params = [("table_name", "incident"), ("table_sys_id", id), ("file_name", name)]
        self.wrote_at = self._clock.monotonic()
        answer = await self.http.request(
            "POST",
            f"{API}/attachment/file",
            params=params,
            content=content,
            headers={"Content-Type": kind},
            patience=max(_FILES, self.http.timeout),
            accept=(401, 403),
        )
        self._learn(answer)
        if answer.status == 403:
            raise refusal(self.http.redact.words(snow_words(answer)))
        if answer.status == 202:
            self._jar.clear()
            raise UnavailableError(_NOT_DONE)
        try:
            found = self._result(self._open_to_us(answer), dict)
        except UnavailableError as error:
            raise UnavailableError(error.words, sent=True) from None
        except ProtocolError as error:
            raise ProtocolError(error.words, sent=True) from None
        assert isinstance(found, dict)
        return found

    def _open_to_us(self, answer: Answer) -> Answer:
        """401 of this API alone is its own policy: the credential is good for the tables."""
        if answer.status == 401:
            raise ForbiddenError(f"the attachment API refuses this account: {self._told(answer)}")
        return answer

    def _told(self, answer: Answer) -> str:
        return self.http.redact.words(snow_words(answer))

    async def tried(self, method: str, path: str, params: Params = (), body: object = None) -> int:
        """Only the status of a request: whether an API is there and open to us."""
        answer = await self.http.request(
            method, path, params=params, body=body, safe=True, accept=(400, 401, 403, 404, 405, 406, 415, 500)
        )
        self._learn(answer)
        return answer.status

    async def _write(self, method: str, path: str, body: Mapping[str, str], fields: Sequence[str]) -> Row:
        params = [("sysparm_fields", ",".join(fields)), *self._shape("all")]
        self.wrote_at = self._clock.monotonic()
        answer = await self.http.request(
            method, path, params=params, body=dict(body), patience=max(_PATIENCE, self.http.timeout), accept=(403,)
        )
        self._learn(answer)
        if answer.status == 403:
            raise refusal(self.http.redact.words(snow_words(answer)))
        if answer.status == 202:
            self._jar.clear()
            raise UnavailableError(_NOT_DONE)
        try:
            found = self._result(answer, dict)
        except UnavailableError as error:
            raise UnavailableError(error.words, sent=True) from None
        except AdapterError as error:
            raise ProtocolError(error.words, sent=True) from None
        assert isinstance(found, dict)
        return found

    async def _get(self, path: str, params: Params, accept: Sequence[int] = ()) -> Answer:
        before = self._clock.now()
        answer = await self.http.request("GET", path, params=params, accept=accept)
        self._learn(answer, before)
        if answer.status == 500:
            words = self.http.redact.words(snow_words(answer))
            raise _TooSlow(words) if QUOTA in words else UnavailableError(words)
        if answer.status == 404 and "no record found" not in snow_words(answer).lower():
            raise NotFoundError(self.http.redact.words(snow_words(answer)))
        if answer.status == 202:
            self._jar.clear()
            raise UnavailableError(_NOT_DONE)
        return answer

    def _result(self, answer: Answer, kind: type) -> object:
        """The `result` of an answer that is whole."""
        if is_html(answer.headers.get("content-type", ""), answer.body):
            title = page_title(answer.body)
            if "hibernat" in title.lower():
                raise UnavailableError("the instance is asleep (hibernating): wake it up on its owner's page")
            raise ProtocolError(f"a web page came where data was expected: “{title}” ({answer.where})")
        if QUOTA in answer.text[-4000:]:
            raise _TooSlow(f"{QUOTA}; the answer broke off")
        told = answer.json()
        if not isinstance(told, dict):
            raise ProtocolError(f"this does not answer as ServiceNow does ({answer.where}); is the address right?")
        if told.get("error"):
            words = self.http.redact.words(told_of(told))
            raise UnavailableError(f"the answer broke off: {words}")
        found = told.get("result")
        if not isinstance(found, kind):
            raise ProtocolError(f"an answer without its result ({answer.where}); is the address right?")
        return found

    def _learn(self, answer: Answer, before: datetime | None = None) -> None:
        for cookie in self._jar:
            self.http.redact.learn(cookie.value or "")
        if told := answer.headers.get("x-ratelimit-limit", ""):
            self.hourly = told[:12]
        try:
            date = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return
        if date.tzinfo is None:  # “-0000”: a moment in UTC whose place is not told
            date = date.replace(tzinfo=UTC)
        self.date = date
        if before is not None:
            middle = before + (self._clock.now() - before) / 2
            # The header tells whole seconds, cut off: half a second is the best guess of the rest.
            self.skew = (date + timedelta(seconds=0.5) - middle).total_seconds()

    def _shape(self, display: str) -> tuple[tuple[str, str], ...]:
        return (("sysparm_display_value", display), ("sysparm_exclude_reference_link", "true"))
