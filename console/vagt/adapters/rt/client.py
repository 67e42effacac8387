"""Requests as RT's REST 2.0 interface documents them, and its odd answers made plain ("RT REST2")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from vagt.adapters.http import Answer, HttpClient, Params, plain_words
from vagt.adapters.protocol import (
    AdapterError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    UnavailableError,
)
from vagt.adapters.rt.wire import Row, number_of, rows_of, text_of

REST = "/REST/2.0"
MOST = 100
"""Rows that RT gives at once, whatever is asked for."""
FILES = 300.0
"""Seconds that a file may be on its way."""
PATIENCE = 30.0
"""Seconds for messages and new tickets: one that we give up may still arrive."""
_EMPTY_PAGES = 3
"""Where RT cuts rows out after paging, a page can be empty and more follow; so many in a row are the end."""
_MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing."""

    rows: tuple[Row, ...]
    total: int | None
    """None where RT checks rights row by row; pages can then be short or empty in the middle."""
    date: datetime | None = None
    """The server's clock, UTC."""


class Stale(Exception):
    """If-Match did not fit: the ticket has a newer transaction."""


def rt_words(answer: Answer) -> str:
    """RT's own message, without the server paths that follow " at /"."""
    words = plain_words(answer).partition(" at /")[0].strip()
    return words or f"RT failed without a word (HTTP {answer.status})"


class RtClient:
    """RT's REST 2.0 interface below `http`'s base address."""

    def __init__(self, http: HttpClient) -> None:
        self.http = http

    async def version(self) -> tuple[str, datetime | None]:
        """RT's version and its clock: the cheapest question that needs a good credential."""
        answer = await self.http.request("GET", f"{REST}/rt")
        told = answer.json()
        if not isinstance(told, dict) or not told.get("Version"):
            raise ProtocolError("this does not answer as RT's REST 2.0 does; is the address right?")
        return text_of(told.get("Version")), date_of(answer)

    async def user(self, ref: str) -> Row:
        """A user by number or login."""
        return await self._object(f"/user/{quote(ref, safe='')}")

    async def tickets(
        self,
        query: str,
        *,
        fields: Params = (),
        order: Sequence[tuple[str, str]] = (("id", "ASC"),),
        rows: int,
        page: int = 1,
    ) -> Page:
        """One page of a TicketSQL query. Raises ProtocolError where RT swallowed an error of the database."""
        params = [
            ("query", query),
            ("per_page", str(rows)),
            ("page", str(page)),
            *(pair for column, way in order for pair in (("orderby", column), ("order", way))),
            *(fields.items() if isinstance(fields, Mapping) else fields),
        ]
        found = await self._page("/tickets", params)
        if page == 1 and not found.rows and found.total:
            raise ProtocolError(f"RT counts {found.total} tickets and shows none: its database refused the query")
        return found

    async def ticket(self, id: str) -> tuple[Row, str]:
        """One ticket and its ETag. A merged one answers with the other ticket, a deleted one with that status."""
        params = [("fields[Queue]", "Name,Lifecycle"), ("fields[Owner]", "Name,RealName")]
        answer = await self.http.request("GET", f"{REST}/ticket/{quote(id, safe='')}", params=params)
        return _as_row(answer), answer.headers.get("etag", "")

    async def put(self, id: str, body: Mapping[str, object], etag: str = "", way: str = "") -> tuple[str, ...] | None:
        """Change a ticket (`way`: "/take", "/steal", "/untake" instead); RT's sentences, which prove nothing.

        None where RT failed on it (500, and perhaps half of it done). Raises Stale.
        """
        headers = {"If-Match": etag} if etag else {}
        answer = await self.http.request(
            "PUT", f"{REST}/ticket/{quote(id, safe='')}{way}", body=dict(body), headers=headers, accept=(412, 500)
        )
        if answer.status == 412:
            raise Stale
        return None if answer.status == 500 else sentences(answer)

    async def say(
        self, id: str, way: str, body: Mapping[str, object], *, patience: float = 0.0
    ) -> tuple[str, tuple[str, ...]]:
        """Post a message (`way`: comment or correspond); its transaction's number and RT's sentences.

        Raises InvalidError or ForbiddenError where nothing was stored.
        """
        content = {"ContentType": "text/plain", **body}
        try:
            answer = await self.http.request(
                "POST",
                f"{REST}/ticket/{quote(id, safe='')}/{way}",
                body=content,
                patience=max(patience, self._patience),
            )
        except InvalidError as error:
            if "permission denied" in error.words.lower():
                raise ForbiddenError(error.words) from None
            raise
        if answer.status != 201:
            raise ProtocolError(f"a message was answered with HTTP {answer.status} instead of 201", sent=True)
        return answer.headers.get("location", "").rpartition("/")[2], sentences(answer)

    async def create(self, body: Mapping[str, object]) -> str:
        """Register a ticket; its number."""
        answer = await self.http.request(
            "POST", f"{REST}/ticket", body={"ContentType": "text/plain", **body}, patience=self._patience
        )
        try:
            told = answer.json()
            number = number_of(told.get("id")) if answer.status == 201 and isinstance(told, dict) else None
        except ProtocolError as error:
            raise ProtocolError(error.words, sent=True) from None
        if number is None:
            raise ProtocolError("RT took the new ticket and did not say its number", sent=True)
        return str(number)

    async def history(
        self, id: str, where: Sequence[Mapping[str, object]] = (), *, newest: bool = False, pages: int = _MOST_PAGES
    ) -> list[Row]:
        """The ticket's transactions by number. `where` as JSON: the SQL form forgets which ticket it is about."""
        params = [
            ("fields", "Type,Field,OldValue,NewValue,Data,Creator,Created,TimeTaken,ObjectId"),
            ("orderby", "id"),
            ("order", "DESC" if newest else "ASC"),
        ]
        return await self._all(f"/ticket/{quote(id, safe='')}/history", params, where, pages)

    async def bodies(self, id: str, since: int = 0) -> list[Row]:
        """The texts of the ticket's messages, from transaction `since` on."""
        params = [
            ("fields", "TransactionId,ContentType,Filename,Content,Creator,Created"),
            ("orderby", "id"),
            ("order", "ASC"),
        ]
        where: list[Mapping[str, object]] = [{"field": "ContentType", "operator": "LIKE", "value": "text/"}]
        if since:
            where.append({"field": "TransactionId", "operator": ">=", "value": since})
        return await self._all(f"/ticket/{quote(id, safe='')}/attachments", params, where, _MOST_PAGES)

    async def parts(self, id: str) -> list[Row]:
        """All parts of the ticket's messages, without their content: the files among them have a name."""
        params = [
            ("fields", "TransactionId,ContentType,Filename,Creator,Created,ContentLength"),
            ("orderby", "id"),
            ("order", "ASC"),
        ]
        return await self._all(f"/ticket/{quote(id, safe='')}/attachments", params, (), _MOST_PAGES)

    async def part(self, number: str) -> Row:
        """One part of a message with its content, which is base64. Raises NotFoundError."""
        answer = await self.http.request(
            "GET", f"{REST}/attachment/{quote(number, safe='')}", patience=max(FILES, self.http.timeout), accept=(500,)
        )
        if answer.status == 500:
            # so RT answers for what is not there or not ours to see
            raise NotFoundError(f"RT shows no file {number}")
        return _as_row(answer)

    async def queues(self) -> list[Row]:
        """The queues that the account can see."""
        return await self._all("/queues/all", [("fields", "Name,Lifecycle,Description,Disabled,SLADisabled")], (), 20)

    async def queue(self, ref: str) -> Row:
        return await self._object(f"/queue/{quote(ref, safe='')}")

    async def groups(self, where: Sequence[Mapping[str, object]]) -> list[Row]:
        return await self._all("/groups", [("fields", "Name,Description")], where, 10)

    async def group(self, id: str) -> Row:
        return await self._object(f"/group/{quote(id, safe='')}")

    async def users(self, where: Sequence[Mapping[str, object]], pages: int = 3) -> list[Row]:
        fields = [("fields", "id,Name,RealName,EmailAddress,Privileged,Disabled")]
        return await self._all("/users", fields, where, pages)

    async def custom_field(self, id: str) -> Row:
        return await self._object(f"/customfield/{quote(id, safe='')}")

    @property
    def _patience(self) -> float:
        return max(PATIENCE, self.http.timeout)

    async def _object(self, path: str) -> Row:
        return _as_row(await self.http.request("GET", REST + path))

    async def _page(self, path: str, params: Sequence[tuple[str, str]]) -> Page:
        answer = await self.http.request("GET", REST + path, params=params)
        told = answer.json()
        if not isinstance(told, dict) or not isinstance(told.get("items"), list):
            raise ProtocolError(f"RT answered a listing without items ({answer.where})")
        return Page(tuple(rows_of(told["items"])), number_of(told.get("total")), date_of(answer))

    async def _all(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        where: Sequence[Mapping[str, object]],
        pages: int,
    ) -> list[Row]:
        """Every page, each row once: a page past the end is empty in some releases and the last one again in others."""
        conditions = [("query", json.dumps(list(where)))] if where else []
        found: dict[str, Row] = {}
        empty = 0
        for page in range(1, pages + 1):
            numbered = [*params, *conditions, ("per_page", str(MOST)), ("page", str(page))]
            answer = await self._page(path, numbered)
            fresh = {key: row for row in answer.rows if (key := text_of(row.get("id"))) and key not in found}
            found |= fresh
            if answer.total is not None and page * MOST >= answer.total:
                break
            if answer.rows and not fresh:
                break
            empty = empty + 1 if not answer.rows else 0
            if empty >= _EMPTY_PAGES or (not answer.rows and len(found) < MOST and page > 1):
                break
        return list(found.values())


def date_of(answer: Answer) -> datetime | None:
    """The server's clock when it answered, UTC; None where it does not tell."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError):
        return None


def sentences(answer: Answer) -> tuple[str, ...]:
    """RT's sentences of a change, decoded leniently: it sends some languages in the wrong encoding."""
    try:
        told = json.loads(answer.text)
    except (ValueError, RecursionError):
        return ()
    return tuple(text_of(item) for item in told if text_of(item)) if isinstance(told, list) else ()


def _as_row(answer: Answer) -> Row:
    told = answer.json()
    if not isinstance(told, dict):
        raise ProtocolError(f"RT answered with something that is no object ({answer.where})")
    return told


def refusal(said: Sequence[str], kind: type[AdapterError]) -> AdapterError:
    """The error for a change that RT did not do: its sentences, as `kind` or as a missing right."""
    words = "; ".join(said) or "RT did not do it and does not say why"
    return ForbiddenError(words) if "permission denied" in words.lower() else kind(words)


def failed(words: str = "RT failed on this change and did not do it") -> UnavailableError:
    """For an empty 500 after which the ticket shows that nothing was done."""
    return UnavailableError(words)
