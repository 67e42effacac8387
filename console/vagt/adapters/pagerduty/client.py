"""Requests as PagerDuty's REST API v2 documents them, below `http`'s base address.

Every request carries the vendor's `Accept` and a `Content-Type` (its document marks that as required
even on reads), every write that documents it carries `From`. Pages go on by the number of rows that
came, since the server may cap `limit` silently, and end at 10,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from vagt.adapters.http import Answer, HttpClient
from vagt.adapters.lenient import Row
from vagt.adapters.pagerduty.errors import MissingAbility, Refusal, told
from vagt.adapters.pagerduty.wire import rows
from vagt.adapters.protocol import ForbiddenError, InvalidError, ProtocolError, UnavailableError
from vagt.domain.clock import Clock

HEADERS = {"Accept": "application/vnd.pagerduty+json;version=2", "Content-Type": "application/json"}
DEEPEST = 10_000
"""`offset` + `limit` may not go beyond ("Pagination")."""
MOST = 100
_TIGHT = 0.2
"""Below this part of the allowance polls ask less."""

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    rows: tuple[Row, ...]
    more: bool
    total: int | None = None


class PdClient:
    """The requests, each named after its resource."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self.http = http
        self._clock = clock
        self.email = ""
        """Whom writes are from."""
        self.skew: float | None = None
        """Seconds that PagerDuty's clock is ahead of ours."""
        self.tight = False
        """Little is left of the allowance of requests."""

    # --- sending
    async def send(
        self, method: str, path: str, *, params: Pairs = (), body: object = None, signer: bool = False
    ) -> Answer:
        """One request. Raises Refusal for 400, MissingAbility for 402, else as `HttpClient` does."""
        headers = {"From": self.email} if signer and self.email else {}
        writes = method != "GET"
        accept = (400, 402, 408, 413, 414) if writes else (400, 402, 414)
        answer = await self.http.request(method, path, params=params, body=body, headers=headers, accept=accept)
        self._note(answer)
        if 200 <= answer.status < 300:
            return answer
        words, code = told(answer)
        words = self.http.redact.words(words) or f"PagerDuty refused it without a word (HTTP {answer.status})"
        match answer.status:
            case 400:
                raise Refusal(words, code)
            case 402:
                raise MissingAbility(f"this PagerDuty account does not have it: {words}")
            case 408:
                raise UnavailableError(words, sent=True)
            case _:
                raise InvalidError(words)

    def _note(self, answer: Answer) -> None:
        try:
            date = parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
        except (ValueError, TypeError):
            date = None
        if date is not None:
            # the header is cut to whole seconds
            ahead = (date - self._clock.now()).total_seconds() + 0.5
            self.skew = 0.0 if abs(ahead) < 1 else ahead
        try:
            left = int(answer.headers.get("ratelimit-remaining", ""))
            allowed = int(answer.headers.get("ratelimit-limit", ""))
        except ValueError:
            return
        self.tight = allowed > 0 and left < allowed * _TIGHT

    async def _held(self, answer: Answer, name: str, *, sent: bool = False) -> Row:
        """The object that an answer wraps. Raises ProtocolError."""
        try:
            body = answer.json()
        except ProtocolError as error:
            raise ProtocolError(error.words, sent=sent) from None
        found = body.get(name) if isinstance(body, dict) else None
        if not isinstance(found, Mapping):
            raise ProtocolError(f"PagerDuty answered without “{name}” ({answer.where})", sent=sent)
        return found

    async def get(self, path: str, name: str, params: Pairs = ()) -> Row:
        """One object."""
        return await self._held(await self.send("GET", path, params=params), name)

    async def page(self, path: str, name: str, params: Pairs = (), *, limit: int = MOST, offset: int = 0) -> Page:
        """One page of a list. Raises ProtocolError where there is no list."""
        paging = [("limit", str(limit)), ("offset", str(offset))]
        body = (await self.send("GET", path, params=[*params, *paging])).json()
        found = body.get(name) if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise ProtocolError(f"PagerDuty answered a list without “{name}” (GET {path})")
        total = body.get("total")
        return Page(rows(found), body.get("more") is True, total if isinstance(total, int) else None)

    async def every(self, path: str, name: str, params: Pairs = (), *, pages: int = 10) -> tuple[list[Row], bool]:
        """The rows of at most so many pages, and whether these are all."""
        found: list[Row] = []
        for _ in range(pages):
            limit = min(MOST, DEEPEST - len(found))
            if limit <= 0:
                return found, False
            page = await self.page(path, name, params, limit=limit, offset=len(found))
            found += page.rows
            if not page.more or not page.rows:
                return found, True
        return found, False

    # --- who and what
    async def me(self) -> Row:
        """The user whose key it is. Refusal or ForbiddenError for a key that is nobody's."""
        return await self.get("/users/me", "user")

    async def abilities(self) -> frozenset[str]:
        body = (await self.send("GET", "/abilities")).json()
        found = body.get("abilities") if isinstance(body, dict) else None
        return frozenset(str(one) for one in found) if isinstance(found, list) else frozenset()

    async def types(self) -> list[Row]:
        """Incident types; not paged."""
        body = (await self.send("GET", "/incidents/types")).json()
        return list(rows(body.get("incident_types") if isinstance(body, dict) else None))

    async def may_write(self) -> bool:
        """Whether this key may write: a change of no incidents, which only a key for reading is refused."""
        try:
            await self.send("PUT", "/incidents", body={"incidents": []}, signer=True)
        except (MissingAbility, InvalidError):
            return True
        except ForbiddenError:
            return False
        return True

    # --- incidents
    async def incident(self, id: str, include: Sequence[str] = ()) -> Row:
        """One incident by id or by number."""
        return await self.get(f"/incidents/{id}", "incident", [("include[]", name) for name in include])

    async def put(self, id: str, values: Mapping[str, object]) -> Row:
        """Change one incident; the incident as it then is."""
        body = {"incident": {"type": "incident_reference", **values}}
        answer = await self.send("PUT", f"/incidents/{id}", body=body, signer=True)
        return await self._held(answer, "incident", sent=True)

    async def create(self, values: Mapping[str, object]) -> Row:
        body = {"incident": {"type": "incident", **values}}
        answer = await self.send("POST", "/incidents", body=body, signer=True)
        return await self._held(answer, "incident", sent=True)

    async def snooze(self, id: str, seconds: int) -> Row:
        answer = await self.send("POST", f"/incidents/{id}/snooze", body={"duration": seconds}, signer=True)
        return await self._held(answer, "incident", sent=True)

    async def merge(self, target: str, source: str) -> Row:
        """Merge `source` into `target`, for good."""
        body = {"source_incidents": [{"id": source, "type": "incident_reference"}]}
        answer = await self.send("PUT", f"/incidents/{target}/merge", body=body, signer=True)
        return await self._held(answer, "incident", sent=True)

    async def notes(self, id: str) -> list[Row]:
        """All notes; not paged."""
        body = (await self.send("GET", f"/incidents/{id}/notes")).json()
        found = body.get("notes") if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise ProtocolError(f"PagerDuty answered without “notes” (GET /incidents/{id}/notes)")
        return list(rows(found))

    async def note(self, id: str, content: str) -> Row:
        answer = await self.send("POST", f"/incidents/{id}/notes", body={"note": {"content": content}}, signer=True)
        return await self._held(answer, "note", sent=True)

    async def log(self, id: str, params: Pairs = (), *, pages: int = 10) -> list[Row]:
        """What happened to one incident."""
        chosen = [("time_zone", "UTC"), ("include[]", "channels"), *params]
        return (await self.every(f"/incidents/{id}/log_entries", "log_entries", chosen, pages=pages))[0]

    async def status_update(self, id: str, values: Mapping[str, str]) -> Row:
        answer = await self.send("POST", f"/incidents/{id}/status_updates", body=dict(values), signer=True)
        return await self._held(answer, "status_update", sent=True)

    async def subscribers(self, id: str) -> list[Row]:
        body = (await self.send("GET", f"/incidents/{id}/status_updates/subscribers")).json()
        return list(rows(body.get("subscribers") if isinstance(body, dict) else None))

    async def render(self, template: str, incident: str, message: str) -> Row:
        """What a template makes of a status update."""
        body = {"incident_id": incident, "status_update": {"message": message}}
        told_ = (await self.send("POST", f"/templates/{template}/render", body=body)).json()
        return told_ if isinstance(told_, Mapping) else {}

    async def request_responders(self, id: str, body: Mapping[str, object]) -> Row:
        answer = await self.send("POST", f"/incidents/{id}/responder_requests", body=dict(body), signer=True)
        return await self._held(answer, "responder_request", sent=True)
