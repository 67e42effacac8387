"""The requests, as the vendor documents them ("REST API v3", Cloud; "REST API v2", Data Center; "Service Management").

Cloud is spoken to in version 3, whose texts are documents; Data Center has only version 2, with wiki
markup. Cloud's search gives pages by token, POST only reads its body and an unknown key is 400; Data
Center's gives them by `startAt`. An empty answer or a 404 is believed only where the answer, or
`/myself`, shows that it was given to us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from vagt.adapters.http import Answer, Files, HttpClient, Params
from vagt.adapters.jsm.errors import (
    fields_of,
    is_captcha,
    is_login_page,
    is_refused,
    is_scope,
    jira_words,
    names_us,
)
from vagt.adapters.jsm.options import Deployment
from vagt.adapters.jsm.wire import NOTHING, Row, parts, rows_of, text, whole
from vagt.adapters.protocol import (
    AuthError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    UnavailableError,
)
from vagt.domain.clock import Clock

_JUDGED = (400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422)
"""Refusals that are told apart here."""
_AWAY = (302, 303, 307)
"""To a page to sign in at, as a filter in front of Jira sends a stranger."""
_REF = re.compile(r"[A-Za-z0-9_]{1,80}(?:-[0-9]{1,12})?")
_HEADERS = {"X-ExperimentalApi": "opt-in", "X-Atlassian-Token": "no-check"}
"""Parts of Data Center's service API want the first; the second says that no browser is behind a write."""
BULK = 100
RECONCILED = 50
_ONE_BY_ONE = 10
"""So many issues Data Center is asked for one by one, which reads the store."""
_PAGE = 100
_STRANGER = "Jira answers as to a stranger: the token is wrong, revoked or over its end, or the account is closed"

_SCOPED = ". A token with scopes needs the option gateway"


class BusyError(UnavailableError):
    """409: another save was under way. Ours was not carried out."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search."""

    rows: tuple[Row, ...]
    next: str | None
    """A token, or on Data Center a number of rows to leave out; None: this was the last page."""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """What a Jira tells anybody of itself."""

    deployment: Deployment
    product: str
    base_url: str = ""


class JiraClient:
    """The platform's and the service desk's API below one address."""

    def __init__(self, http: HttpClient, clock: Clock, deployment: Deployment, site: HttpClient | None = None) -> None:
        """`site`: where the browser goes, without an identity, where `http` goes through the gateway instead."""
        self.http = http
        self._clock = clock
        self._site = site
        self._told = deployment
        self._server: Server | None = None
        self._cloud_id = ""
        self.skew: float | None = None
        """Seconds that the server's clock is ahead of ours, by its Date header."""

    # --- where we are
    async def server(self) -> Server:
        """Which Jira this is. `deploymentType` says “Server” of a Data Center too."""
        if self._server is None:
            http = self._site or self.http
            strange = _JUDGED if self._site else (*_JUDGED, *_AWAY)
            answer = await http.request("GET", "/rest/api/2/serverInfo", signed=False, accept=strange)
            if answer.status in (401, 403, *_AWAY) and self._site is None:
                # a filter in front of it that lets no stranger through
                answer = await http.request("GET", "/rest/api/2/serverInfo", accept=_JUDGED)
                if is_refused(answer):
                    raise AuthError(self._why_refused(answer))
            if answer.status != 200:
                raise self._refusal(answer)
            told = self._object(answer)
            kind, version = text(told, "deploymentType", 40), text(told, "version", 60)
            if not kind and not version:
                raise ProtocolError("this does not answer as Jira does; is the address right, with its path?")
            cloud = kind.lower() == "cloud" if self._told is Deployment.AUTO else self._told is Deployment.CLOUD
            product = "Jira Service Management Cloud" if cloud else f"Jira Service Management Data Center {version}"
            deployment = Deployment.CLOUD if cloud else Deployment.DATA_CENTER
            self._server = Server(deployment, product, text(told, "baseUrl", 300))
        return self._server

    async def is_cloud(self) -> bool:
        return (await self.server()).deployment is Deployment.CLOUD

    async def cloud_id(self) -> str:
        """The site's id, which the gateway's addresses are made with; anybody may ask."""
        if not self._cloud_id:
            answer = await (self._site or self.http).request("GET", "/_edge/tenant_info", signed=False)
            found = text(self._object(answer), "cloudId", 100)
            if not re.fullmatch(r"[0-9A-Za-z-]{8,64}", found):
                raise ProtocolError("the site does not tell its cloud id; is the address right?")
            self._cloud_id = found
        return self._cloud_id

    async def _prefix(self) -> str:
        return f"/ex/jira/{await self.cloud_id()}" if self._site is not None else ""

    # --- asking
    async def get(self, path: str, params: Params = ()) -> Row:
        """An object below /rest/api/2 or 3."""
        return self._object(await self.ask("GET", path, params=params))

    async def get_list(self, path: str, params: Params = ()) -> list[Row]:
        """A list of objects, which some addresses answer with."""
        answer = await self.ask("GET", path, params=params)
        found = answer.json()
        if not isinstance(found, list):
            raise ProtocolError(f"an answer that is no list ({answer.where})")
        rows = rows_of(found)
        if not rows:
            await self.sure(answer)
        return rows

    async def post(self, path: str, body: Mapping[str, object]) -> Row:
        """Write, once; the answer's object, empty where it has none."""
        answer = await self.ask("POST", path, body=body)
        return self._written(answer)

    async def put(self, path: str, body: object) -> None:
        """Write, once; Jira answers nothing."""
        await self.ask("PUT", path, body=body)

    async def search(
        self, query: str, fields: Sequence[str], limit: int, at: str = "", fresh: Sequence[str] = ()
    ) -> Page:
        """One page. `at` is the page before's `next`; `fresh` are ids that Cloud reads past its index."""
        if await self.is_cloud():
            body: dict[str, object] = {"jql": query, "maxResults": limit, "fields": list(fields)}
            if at:
                body["nextPageToken"] = at
            if fresh:
                body["reconcileIssues"] = [int(id) for id in fresh[:RECONCILED] if id.isdigit()]
            answer = await self._searched(body)
            told = self._object(answer)
            rows = tuple(parts(told, "issues"))
            if not rows:
                # also behind other pages: a token that dies in between would end the listing early
                await self.sure(answer)
            # The token alone tells: a page may be short, and isLast may be missing.
            return Page(rows, text(told, "nextPageToken", 20_000) or None)
        start = int(at or "0")
        body = {"jql": query, "startAt": start, "maxResults": limit, "fields": list(fields)}
        answer = await self.ask("POST", "/search", body=body, safe=True)
        told = self._object(answer)
        if "issues" not in told:
            raise ProtocolError(f"an answer without its issues ({answer.where}); is the address right?")
        rows = tuple(parts(told, "issues"))
        if not rows:
            await self.sure(answer)
        total = whole(told.get("total"))
        end = start + len(rows)
        more = bool(rows) and (total is None or end < total)
        return Page(rows, str(end) if more else None, total)

    async def _searched(self, body: dict[str, object]) -> Answer:
        """An id among `reconcileIssues` that is gone may make the site refuse all of it: then without them."""
        try:
            return await self.ask("POST", "/search/jql", body=body, safe=True)
        except (InvalidError, NotFoundError):
            if "reconcileIssues" not in body:
                raise
        return await self.ask(
            "POST", "/search/jql", body={k: v for k, v in body.items() if k != "reconcileIssues"}, safe=True
        )

    async def count(self, query: str) -> int | None:
        """About how many issues there are (Cloud); None where it is not told."""
        try:
            answer = await self.ask("POST", "/search/approximate-count", body={"jql": query}, safe=True)
            return whole(self._object(answer).get("count"))
        except (InvalidError, NotFoundError, ForbiddenError, ProtocolError):
            return None

    async def issue(self, ref: str, fields: Sequence[str]) -> Row:
        """One issue from the store, by id or key. Raises NotFoundError also where it is hidden."""
        return await self.get(f"/issue/{self._checked(ref)}", [("fields", ",".join(fields))])

    async def issues(self, refs: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """Those of these issues that we may see, from the store and not from the index."""
        wanted = [ref for ref in dict.fromkeys(refs) if _REF.fullmatch(ref)]
        found: list[Row] = []
        if await self.is_cloud():
            for start in range(0, len(wanted), BULK):
                body = {"issueIdsOrKeys": wanted[start : start + BULK], "fields": list(fields)}
                answer = await self.ask("POST", "/issue/bulkfetch", body=body, safe=True)
                rows = parts(self._object(answer), "issues")
                if not rows:
                    await self.sure(answer)
                found += rows
            return found
        found = await self._many(wanted, fields) if len(wanted) > _ONE_BY_ONE else []
        there = {text(row, "id", 40) for row in found}
        for ref in wanted:
            if ref in there:
                continue
            try:
                found.append(await self.issue(ref, fields))
            except NotFoundError:
                continue
        return found

    async def _many(self, ids: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """Data Center: those that its search finds; one id that does not exist may hide all others."""
        found: list[Row] = []
        for start in range(0, len(ids), BULK):
            some = ids[start : start + BULK]
            body: dict[str, object] = {"jql": f"id in ({', '.join(some)})", "maxResults": BULK, "fields": list(fields)}
            try:
                answer = await self.ask("POST", "/search", body={**body, "validateQuery": False}, safe=True)
            except InvalidError:
                continue
            found += parts(self._object(answer), "issues")
        return found

    async def pages(self, path: str, names: Sequence[str], params: Params = (), most: int = 10) -> list[Row]:
        """All objects of an address that is paged by `startAt`, in a list called by one of `names`."""
        found: list[Row] = []
        pairs = list(params.items()) if isinstance(params, Mapping) else list(params)
        for _ in range(most):
            told = await self.get(path, [*pairs, ("startAt", str(len(found))), ("maxResults", str(_PAGE))])
            rows = next((parts(told, name) for name in names if name in told), [])
            found += rows
            total = whole(told.get("total"))
            if not rows or told.get("isLast") is True or (total is not None and len(found) >= total):
                break
        return found

    async def desk(self, method: str, path: str, *, params: Params = (), body: object = None) -> Row:
        """The service desk's API."""
        answer = await self.ask(method, path, params=params, body=body, api="/rest/servicedeskapi")
        return self._written(answer) if method == "POST" else self._object(answer)

    async def upload(self, path: str, name: str, content: bytes, patience: float, api: str = "") -> Row:
        """A file as a form's part `file`, once; the answer's object, empty where it is a list."""
        answer = await self.ask("POST", path, files={"file": (name, content)}, patience=patience, api=api)
        return self._written(answer) if api else NOTHING

    async def content(self, attachment: str, path: str) -> bytes:
        """A file's bytes: by its id on Cloud, whose answer would else lead to another host; else at `path`."""
        if await self.is_cloud():
            params = [("redirect", "false")]
            return (await self.ask("GET", f"/attachment/content/{quote(attachment, safe='')}", params=params)).body
        return (await self.ask("GET", path, api="/")).body

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: object = None,
        safe: bool | None = None,
        files: Files | None = None,
        patience: float | None = None,
        api: str = "",
    ) -> Answer:
        """Send it, and raise what a refusal means. `api` “/”: `path` is below the site. Raises BusyError for 409."""
        if not api:
            api = "/rest/api/3" if await self.is_cloud() else "/rest/api/2"
        before = self._clock.now()
        answer = await self.http.request(
            method,
            f"{await self._prefix()}{api.rstrip('/')}{path}",
            params=params,
            body=body,
            files=files,
            patience=patience,
            safe=safe,
            headers=_HEADERS,
            accept=_JUDGED,
        )
        self._learn(answer, (self._clock.now() - before).total_seconds())
        if is_refused(answer) or is_login_page(answer):
            raise AuthError(self._why_refused(answer))
        if answer.status == 404:
            await self.sure(answer)
        if not 200 <= answer.status < 300:
            raise self._refusal(answer)
        return answer

    async def sure(self, answer: Answer) -> None:
        """Whether nothing is really nothing: raises AuthError where it was told to a stranger."""
        if not names_us(answer) and not answer.where.endswith("/myself"):
            await self.get("/myself")

    # --- judging
    def _refusal(self, answer: Answer) -> Exception:
        words = self.http.redact.words(jira_words(answer)) or f"HTTP {answer.status}"
        if is_scope(answer):
            return ForbiddenError(f"the token lacks a scope for this: {words}")
        match answer.status:
            case 401:
                return AuthError(words)
            case 403:
                return ForbiddenError(words)
            case 404 | 410:
                return NotFoundError(words)
            case 409:
                return BusyError(words)
            case 400:
                told = self._maybe(answer)
                named = tuple((name, self.http.redact.words(text)) for name, text in fields_of(told).items())
                return InvalidError(words, named)
            case _:
                return InvalidError(words)

    def _why_refused(self, answer: Answer) -> str:
        if is_captcha(answer):
            return "Jira wants a CAPTCHA after several wrong passwords: log in once with a browser, then sign in again"
        words = self.http.redact.words(jira_words(answer)) if answer.status == 401 else ""
        cloud = self._server is not None and self._server.deployment is Deployment.CLOUD
        why = f"{_STRANGER}{_SCOPED}" if cloud and self._site is None else _STRANGER
        return f"{why} ({words})" if words else why

    def _written(self, answer: Answer) -> Row:
        """The object of an answer to a write; what cannot be read may be stored all the same."""
        if not answer.body.strip():
            return NOTHING
        try:
            return self._object(answer)
        except ProtocolError as error:
            raise ProtocolError(error.words, sent=True) from None
        except UnavailableError as error:
            raise UnavailableError(error.words, sent=True) from None

    def _object(self, answer: Answer) -> Row:
        found = answer.json()
        if not isinstance(found, Mapping):
            raise ProtocolError(f"this does not answer as Jira does ({answer.where}); is the address right?")
        return found

    def _maybe(self, answer: Answer) -> object:
        try:
            return answer.json()
        except ProtocolError:
            return None

    def _learn(self, answer: Answer, took: float) -> None:
        try:
            date = parsedate_to_datetime(answer.headers.get("date", ""))
            # whole seconds, cut off: half a second is the best guess of the rest
            self.skew = (date - self._clock.now()).total_seconds() + 0.5 + took / 2
        except (ValueError, TypeError):
            return

    def _checked(self, ref: str) -> str:
        if not _REF.fullmatch(ref):
            raise NotFoundError(f"“{ref}” is no id or key of an issue")
        return ref
