"""ServiceNow's ways of signing in ("OAuth 2.0", "REST API key"), and how often a refusal is worth another try.

OAuth: the body carries client id and secret, as the vendor's pages say; where that is refused they
go into a Basic header, as the vendor's own client does, and what worked is remembered. The token
endpoint says `access_denied` for nearly everything, and now and then for a good refresh token: those
grants are tried three times. A password is not, because five failures lock its account.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar

from vagt.adapters.http import HttpClient
from vagt.adapters.protocol import AuthError, Connection, InvalidError
from vagt.adapters.redact import Redactor
from vagt.adapters.servicenow.errors import snow_words
from vagt.adapters.servicenow.options import SnowOptions
from vagt.adapters.signin import Expiring, Grant, SecretHeader, SignIn, basic
from vagt.domain.clock import Clock

_TRIES = 3
_PAUSE = 1.0
"""Seconds."""
_AGAIN = 20.0
"""Seconds within which a credential that is refused again gets no second try: reading and sending both ask."""


class Jar(CookieJar):
    """The cookies of one credential: in memory only, and shown nowhere, since they are as good as a password."""

    def __repr__(self) -> str:
        return f"Jar({len(self)})"

    __str__ = __repr__


class Steady:
    """Another sign-in with one more try: single refusals of a good credential occur, more of them lock the account."""

    def __init__(self, inner: SignIn, jar: CookieJar, clock: Clock) -> None:
        self._inner = inner
        self._jar = jar
        self._clock = clock
        self._refused: tuple[Mapping[str, str], float] | None = None

    async def headers(self) -> Mapping[str, str]:
        return await self._inner.headers()

    async def renew(self, refused: Mapping[str, str]) -> bool:
        # The session may be that of somebody else, or the one that ended.
        self._jar.clear()
        if await self._inner.renew(refused):
            return True
        now = self._clock.monotonic()
        before, self._refused = self._refused, (refused, now)
        if before is not None and before[0] == refused and now - before[1] < _AGAIN:
            return False
        await self._clock.sleep(_PAUSE)
        return True

    def __repr__(self) -> str:
        return "Steady()"


class OAuth:
    """Gets access tokens from /oauth_token.do."""

    def __init__(
        self, connection: Connection, options: SnowOptions, redact: Redactor, http: Callable[[], HttpClient]
    ) -> None:
        self._connection = connection
        self._options = options
        self._redact = redact
        self._http = http
        self._in_header = False
        self._refresh = ""

    async def log_in(self) -> Grant:
        """A new token, or the same one where it has not ended yet. Raises AuthError."""
        client_secret, form = await self._form()
        tries = 1 if self._options.grant == "password" else _TRIES
        words = ""
        for attempt in range(tries):
            if attempt:
                await self._connection.clock.sleep(_PAUSE * attempt)
            for in_header in (self._in_header, not self._in_header):
                told = await self._ask(form, client_secret, in_header)
                if isinstance(told, Grant):
                    self._in_header = in_header
                    return told
                words = told
        raise AuthError(f"ServiceNow gives no token: {words}")

    async def _form(self) -> tuple[str, dict[str, str]]:
        secret = (await self._connection.secret()).strip()
        if not secret:
            raise AuthError("there is no secret to sign in with")
        grant = self._options.grant
        if grant == "client_credentials":
            self._redact.learn(secret)
            return secret, {"grant_type": grant}
        client_secret, _, rest = secret.partition(" ")
        if not rest.strip():
            raise AuthError(f"with the grant “{grant}” the secret is the client secret, a blank, and the rest")
        self._redact.learn(client_secret)
        self._redact.learn(rest.strip())
        if grant == "password":
            return client_secret, {
                "grant_type": grant,
                "username": self._connection.settings.username,
                "password": rest.strip(),
            }
        return client_secret, {"grant_type": grant, "refresh_token": self._refresh or rest.strip()}

    async def _ask(self, form: dict[str, str], client_secret: str, in_header: bool) -> Grant | str:
        """A grant, or why not."""
        headers = {}
        if in_header:
            pair = base64.b64encode(f"{self._options.client_id}:{client_secret}".encode()).decode("ascii")
            self._redact.learn(pair)
            headers["Authorization"] = f"Basic {pair}"
        else:
            form = {**form, "client_id": self._options.client_id, "client_secret": client_secret}
        answer = await self._http().request(
            "POST", "/oauth_token.do", form=form, headers=headers, signed=False, safe=True, accept=(400, 401, 403)
        )
        if answer.status >= 400:
            return self._redact.words(snow_words(answer).partition(". ServiceNow says")[0])
        told = answer.json()
        access = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(access, str) or not access:
            return "it answered without one"
        self._redact.learn(access)
        if isinstance(refresh := told.get("refresh_token"), str) and refresh:
            self._redact.learn(refresh)
            self._refresh = refresh if self._options.grant == "refresh_token" else ""
        lasts = told.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | float | str) and str(lasts).isdigit() else None
        return Grant({"Authorization": f"Bearer {access}"}, seconds)

    def __repr__(self) -> str:
        return "OAuth()"


def sign_in_of(
    connection: Connection,
    options: SnowOptions,
    method: str,
    *,
    redact: Redactor,
    jar: CookieJar,
    http: Callable[[], HttpClient],
) -> SignIn:
    """The sign-in that the config wants. Raises InvalidError where something for it is missing."""
    settings = connection.settings
    inner: SignIn
    match method:
        case "basic":
            if not settings.username:
                raise InvalidError("signing in by “basic” needs a username", (("username", "is missing"),))
            inner = basic(connection.secret, settings.username, redact)
        case "api-key":
            inner = SecretHeader(connection.secret, lambda key: {"x-sn-apikey": key}, redact)
        case "token":
            inner = SecretHeader(connection.secret, lambda token: {"Authorization": f"Bearer {token}"}, redact)
        case "oauth":
            if not options.client_id:
                raise InvalidError("OAuth needs the option client_id", (("client_id", "is missing"),))
            if options.grant == "password" and not settings.username:
                raise InvalidError("the grant “password” needs a username", (("username", "is missing"),))
            inner = Expiring(OAuth(connection, options, redact, http).log_in, connection.clock)
        case _:
            words = f"ServiceNow cannot be signed in to by “{method}”"
            raise InvalidError(words, (("auth", "is oauth, basic, api-key or token"),))
    return Steady(inner, jar, connection.clock)
