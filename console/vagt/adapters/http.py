"""The one HTTP client of all adapters: bounded, redacted, patient with reads and honest about writes."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import random
import re
import socket
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from vagt.adapters.html_text import is_html, page_title
from vagt.adapters.pacing import Pacer
from vagt.adapters.protocol import (
    AdapterError,
    AuthError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ThrottledError,
    UnavailableError,
)
from vagt.adapters.redact import Redactor
from vagt.adapters.signin import Anonymous, SignIn
from vagt.adapters.unpack import ACCEPTED, Unpacker
from vagt.config.settings import BackendSettings
from vagt.domain.clock import Clock

for _chatty in ("httpx", "httpcore"):
    # Their logs show addresses with queries, and headers such as Set-Cookie.
    logging.getLogger(_chatty).setLevel(logging.CRITICAL)

_log = logging.getLogger(__name__)

Params = Sequence[tuple[str, str]] | Mapping[str, str]
Files = Mapping[str, tuple[str, bytes]]
"""Parts of a multipart form: field name → (file name, content)."""
_SIGN_IN = ("login", "signin", "sign_in", "sign-in", "oauth", "sso", "saml", "auth")
"""What stands in the paths of pages that people sign in at."""
_RETRY_STATUS = frozenset({502, 503, 504})
_TRIES = 3
_FIRST_PAUSE = 0.3
_LARGEST = 32 * 1024 * 1024
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_NOT_TAKEN = frozenset({407, 408, 425})
"""A proxy wants a sign-in, the request came too slowly or too early: not looked at, and good for another time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read whole."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    where: str
    """Method and path, for words."""
    harmless: bool = True
    """False: it answers a write, so that whoever cannot read it does not know whether that was done."""

    @property
    def text(self) -> str:
        """The body, decoded leniently: some backends mislabel theirs."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises ProtocolError, also where a web page came instead."""
        if is_html(self.headers.get("content-type", ""), self.body):
            title = page_title(self.body)
            words = f"a web page came where data was expected: “{title}” ({self.where})"
            raise ProtocolError(words, sent=not self.harmless)
        text = self.text
        try:
            found = json.loads(text)
            return _whole(found) if _SURROGATE.search(text) else found
        except (ValueError, RecursionError):
            raise ProtocolError(f"what came is not JSON ({self.where})", sent=not self.harmless) from None


def _whole(value: Any) -> Any:
    """Half a surrogate pair, left by a backend that cuts texts in UTF-16, becomes U+FFFD: nothing else can hold it."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(name): _whole(item) for name, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def plain_words(answer: Answer) -> str:
    """What an answer says went wrong: `message`, `error` or `detail` of a JSON object, else its text."""
    if is_html(answer.headers.get("content-type", ""), answer.body):
        return page_title(answer.body)
    try:
        told = json.loads(answer.text)
    except (ValueError, RecursionError):
        return answer.text
    if isinstance(told, dict):
        for name in ("message", "error", "detail", "title"):
            if isinstance(told.get(name), str):
                return str(told[name])
            if isinstance(told.get(name), dict) and isinstance(told[name].get("message"), str):
                return str(told[name]["message"])
    return answer.text


def leads_to_sign_in(answer: Answer) -> str:
    """Where a redirect leads to, if that is a page for people to sign in; empty where it is anything else."""
    if answer.status not in (302, 303, 307):
        return ""
    target = urlsplit(answer.headers.get("location", ""))
    return f"{target.netloc}{target.path}" if any(word in target.path.lower() for word in _SIGN_IN) else ""


class HttpClient:
    """One backend's connections: kept alive, compressed, through the environment's proxies, cookies off
    unless the adapter brings a jar for them.

    Verification of certificates cannot be switched off, redirects are not followed, an answer
    larger than 32 MiB is refused. Reads (`safe`) are tried up to three times where the connection
    fails or the answer is 502, 503 or 504; writes are sent once.
    """

    def __init__(
        self,
        settings: BackendSettings,
        clock: Clock,
        *,
        base: str,
        sign_in: SignIn | None = None,
        redact: Redactor | None = None,
        pacer: Pacer | None = None,
        words: Callable[[Answer], str] = plain_words,
        refused: Callable[[Answer], bool] = lambda answer: answer.status == 401,
        headers: Mapping[str, str] | None = None,
        cookies: CookieJar | None = None,
        seed: int = 0,
    ) -> None:
        self.redact = redact or Redactor()
        self.pacer = pacer or Pacer(clock)
        self._base = base.rstrip("/")
        self.timeout = settings.timeout
        self._clock = clock
        self._sign_in: SignIn = sign_in or Anonymous()
        self._words = words
        self._refused = refused
        self._random = random.Random(seed)
        ours = {"User-Agent": f"vagt/{version('vagt')}", "Accept": "application/json", "Accept-Encoding": ACCEPTED}
        trust = _trust(self._base, settings)
        try:
            self._client = httpx.AsyncClient(
                verify=trust,
                follow_redirects=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])) if cookies is None else cookies,
                headers={**ours, **(headers or {})},
                limits=httpx.Limits(max_connections=8, max_keepalive_connections=8, keepalive_expiry=30),
            )
        except (httpx.InvalidURL, ValueError, ImportError):
            # its own words may hold a part of the proxy's password
            raise InvalidError(
                "the proxy in the environment (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) cannot be used: write "
                "http://HOST:PORT, and in a user name or password %2F for a slash, %23 for a hash"
            ) from None

    async def close(self) -> None:
        """Let go of the connections. Never raises."""
        try:
            await self._client.aclose()
        except Exception as error:  # closing is best effort: whatever the transport says, we are leaving
            _log.debug("closing a connection failed: %s", type(error).__name__)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: object = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool | None = None,
        signed: bool = True,
        patience: float | None = None,
        tries: int = _TRIES,
        accept: Collection[int] = (),
    ) -> Answer:
        """Send one request and give back its answer, if 2xx or listed in `accept`.

        `path` is below the base address; `body` is sent as JSON, `content` as it is (with its
        Content-Type in `headers`), `files` with `form` as a multipart form.
        `safe` says that repeating is harmless (default: for GET and HEAD). `patience` in seconds
        overrides the backend's timeout. `tries`: how often a read is sent at most.
        Raises an AdapterError: `sent` is True where a write may have arrived.
        """
        harmless = method in ("GET", "HEAD") if safe is None else safe
        extra = dict(headers or {})
        if body is not None:
            content = json.dumps(body, ensure_ascii=True).encode("ascii")
            extra.setdefault("Content-Type", "application/json")
        build = _Build(
            method, self._base + path, list(_pairs(params)), content, form, extra, patience or self.timeout, files
        )
        for attempt in range(1, tries + 1):
            last = not harmless or attempt == tries
            try:
                answer = await self._signed(build, harmless) if signed else await self._send(build, {}, harmless)
            except UnavailableError:
                if last:
                    raise
            else:
                if answer.status not in _RETRY_STATUS or last or self.pacer.wait:
                    return self._judged(answer, harmless, accept)
            await self._clock.sleep(_FIRST_PAUSE * 3 ** (attempt - 1) * (0.5 + self._random.random()))
        raise AssertionError("unreachable: the last try returns or raises")

    async def _signed(self, build: _Build, harmless: bool) -> Answer:
        identity = await self._sign_in.headers()
        answer = await self._send(build, identity, harmless)
        # Refused means not carried out, so that a second try with new credentials doubles nothing.
        if self._refused(answer) and await self._sign_in.renew(identity):
            answer = await self._send(build, await self._sign_in.headers(), harmless)
        return answer

    async def _send(self, build: _Build, identity: Mapping[str, str], harmless: bool) -> Answer:
        track = _Track()
        async with self.pacer.slot():
            try:
                request = self._client.build_request(
                    build.method,
                    build.url,
                    params=build.params or None,
                    content=build.content,
                    data=build.form,
                    files=build.files,
                    headers={**build.headers, **identity},
                    timeout=build.timeout,
                    extensions={"trace": track},
                )
                async with asyncio.timeout(build.timeout):
                    return await self._read(request, build, harmless)
            except AdapterError:
                raise
            except TimeoutError:
                failure: tuple[str, bool] = (f"no answer within {build.timeout:g} s", True)
            except httpx.TimeoutException:
                failure = (f"no answer within {build.timeout:g} s", True)
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError, ExceptionGroup) as error:
                failure = (_transport_words(error, self._base), True)
        # Raised out here so that no httpx exception, whose request holds our credentials, hangs on to ours.
        raise UnavailableError(self.redact.words(failure[0]), sent=failure[1] and track.writing and not harmless)

    async def _read(self, request: httpx.Request, build: _Build, harmless: bool) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            unpack = Unpacker(response.headers.get("content-encoding", ""))
            pieces: list[bytes] = []
            size = 0
            async for packed in response.aiter_raw():
                piece = unpack(packed, _LARGEST - size + 1)
                size += len(piece)
                if size > _LARGEST:
                    raise ProtocolError(
                        f"an answer larger than {_LARGEST >> 20} MiB ({build.where})", sent=not harmless
                    )
                pieces.append(piece)
        finally:
            await response.aclose()
        answer = Answer(response.status_code, response.headers, b"".join(pieces), build.where, harmless)
        self.pacer.note(answer.status, answer.headers, self._told(answer) if answer.status in (429, 503) else "")
        return answer

    def _told(self, answer: Answer) -> str:
        return self.redact.words(self._words(answer)) or f"HTTP {answer.status}"

    def _judged(self, answer: Answer, harmless: bool, accept: Collection[int]) -> Answer:
        status = answer.status
        if status in accept or 200 <= status < 300:
            return answer
        if self._refused(answer):
            raise AuthError(self._told(answer))
        words = self._told(answer)
        if 300 <= status < 400:
            target = urlsplit(answer.headers.get("location", ""))
            there = f"{target.netloc}{target.path}" or "elsewhere"
            # 302 and 303 are also how a server says "done, look there"
            maybe_done = not harmless and status in (302, 303)
            raise ProtocolError(self.redact.words(f"it redirects to {there}; is the address right?"), sent=maybe_done)
        match status:
            case _ if status in _NOT_TAKEN:
                raise UnavailableError(f"{'the proxy wants a sign-in: ' if status == 407 else ''}{words}")
            case 403:
                raise ForbiddenError(words)
            case 404 | 410:
                raise NotFoundError(words)
            case 429:
                raise ThrottledError(words, max(self.pacer.wait, 1.0))
            case 503 if harmless and self.pacer.wait:
                raise ThrottledError(words, self.pacer.wait)
            case _ if status >= 500:
                raise UnavailableError(words, sent=not harmless)
            case _:
                raise InvalidError(words)


@dataclass(frozen=True, slots=True)
class _Build:
    """A request before it is signed."""

    method: str
    url: str
    params: list[tuple[str, str | int | float | bool | None]]
    content: bytes | None = field(repr=False)
    form: Mapping[str, str] | None = field(repr=False)
    headers: Mapping[str, str]
    timeout: float
    files: Files | None = field(default=None, repr=False)

    @property
    def where(self) -> str:
        return f"{self.method} {urlsplit(self.url).path}"


class _Track:
    """Told by httpcore how far a request has come: whether any byte of it may have left."""

    def __init__(self) -> None:
        self.writing = False

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            # The CONNECT that opens a proxy's tunnel is not our request yet.
            self.writing = self.writing or getattr(info.get("request"), "method", b"") != b"CONNECT"


def _pairs(params: Params) -> Sequence[tuple[str, str]]:
    return list(params.items()) if isinstance(params, Mapping) else params


def _trust(base: str, settings: BackendSettings) -> ssl.SSLContext | bool:
    """Whom to trust: the config's bundle, else the system's store. Plain http asks nobody."""
    if not base.lower().startswith("https:"):
        return True
    try:
        return ssl.create_default_context(cafile=str(settings.ca_bundle) if settings.ca_bundle else None)
    except (OSError, ssl.SSLError) as error:
        raise InvalidError(f"ca_bundle {settings.ca_bundle} cannot be read: {error}") from None


def _transport_words(error: Exception, base: str) -> str:
    host = urlsplit(base).netloc.rpartition("@")[2]
    if proxy := _proxy_of(base):
        host = f"{host} (through the proxy {proxy})"
    text = str(error) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text or isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return f"the certificate of {host} is not trusted ({text}); `ca_bundle` can name the authority that signed it"
    causes = tuple(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"{host} cannot be reached: its name is not known; is the VPN up, and `url` right?"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return f"{host} cannot be reached: the connection was refused; is it running, and the port in `url` right?"
    if any(isinstance(cause, OSError) and cause.errno in _NO_WAY for cause in causes):
        return f"{host} cannot be reached: there is no way to it from here; is this machine online, and the VPN up?"
    return f"{host}: {text}"


def _proxy_of(base: str) -> str:
    """Host and port of the environment's proxy for this address, without what signs in to it; empty for none."""
    url = urlsplit(base)
    if proxy_bypass(url.hostname or ""):
        return ""
    proxies = getproxies()
    found = proxies.get(url.scheme.lower()) or proxies.get("all") or ""
    return found.rpartition("@")[2].rpartition("//")[2].partition("/")[0]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it came from: the HTTP client tells only that it failed, the socket tells why."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
