"""Ways of signing in that several adapters share: a fixed header from the secret, renewed when it is refused."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vagt.adapters.protocol import AuthError
from vagt.adapters.redact import Redactor
from vagt.domain.clock import Clock


class SignIn(Protocol):
    """What puts our identity into each request."""

    async def headers(self) -> Mapping[str, str]:
        """The headers that say who we are; signs in where that is needed first. May raise an AdapterError."""
        ...

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """After `refused` headers got a refusal: whether there are other ones now, so that one more try makes sense."""
        ...


class Identity(dict[str, str]):
    """Headers that no traceback, log or debugger shows."""

    def __repr__(self) -> str:
        return f"Identity({', '.join(self)}: •••)"


class Anonymous:
    """No identity at all."""

    async def headers(self) -> Mapping[str, str]:
        return {}

    async def renew(self, refused: Mapping[str, str]) -> bool:
        return False


class SecretHeader:
    """A header made of the secret; after a refusal the secret is asked for again, as it may have been rotated."""

    def __init__(
        self,
        secret: Callable[[], Awaitable[str]],
        make: Callable[[str], Mapping[str, str]],
        redact: Redactor,
        *,
        user: str = "",
    ) -> None:
        self._secret = secret
        self._make = make
        self._redact = redact
        self._user = user
        self._headers: Mapping[str, str] | None = None
        self._lock = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        async with self._lock:
            if self._headers is None:
                self._headers = await self._fresh()
            return self._headers

    async def renew(self, refused: Mapping[str, str]) -> bool:
        async with self._lock:
            if self._headers is not None and self._headers != refused:
                return True
            self._headers = await self._fresh()
            return self._headers != refused

    async def _fresh(self) -> Mapping[str, str]:
        secret = await self._secret()
        if not secret:
            raise AuthError("there is no secret to sign in with")
        if not secret.isprintable():
            raise AuthError("the secret holds characters that no header can carry")
        self._redact.learn(secret, self._user)
        made = Identity(self._make(secret))
        if not all(value.isascii() for value in made.values()):
            raise AuthError("the secret holds characters that no header can carry")
        return made

    def __repr__(self) -> str:
        return "SecretHeader()"


class OpenedSession:
    """An identity that must be opened first (a session, a token) and ends by itself: opened anew when it is refused.

    `open` signs in and gives the headers; it raises AuthError where that is refused, and then the
    session stays closed until it is asked for again. Several requests that are refused at once
    open one new session between them.
    """

    def __init__(self, open: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
        self._open = open
        self._headers: Mapping[str, str] | None = None
        self._lock = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        async with self._lock:
            if self._headers is None:
                self._headers = Identity(await self._open())
            return self._headers

    async def renew(self, refused: Mapping[str, str]) -> bool:
        async with self._lock:
            if self._headers is None or self._headers == refused:
                self._headers = None
                self._headers = Identity(await self._open())
            return self._headers != refused

    def __repr__(self) -> str:
        return "OpenedSession()"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a login gave us: headers for a while."""

    headers: Mapping[str, str] = field(repr=False)
    lasts: float | None = None
    """Seconds; None where the backend does not tell."""


class Expiring(OpenedSession):
    """An identity that says how long it lasts: opened anew before it ends, and once more after a refusal."""

    def __init__(self, log_in: Callable[[], Awaitable[Grant]], clock: Clock, *, early: float = 60.0) -> None:
        """`early`: so many seconds before its end it is not used any more; at most half of its life."""
        super().__init__(self._opened)
        self._log_in = log_in
        self._clock = clock
        self._early = early
        self._until: float | None = None

    async def headers(self) -> Mapping[str, str]:
        if self._until is not None and self._clock.monotonic() >= self._until:
            self._until, self._headers = None, None
        return await super().headers()

    async def _opened(self) -> Mapping[str, str]:
        grant = await self._log_in()
        lasts = grant.lasts
        self._until = None if lasts is None else self._clock.monotonic() + lasts - min(self._early, lasts / 2)
        return grant.headers

    def __repr__(self) -> str:
        return "Expiring()"


def basic(secret: Callable[[], Awaitable[str]], username: str, redact: Redactor) -> SecretHeader:
    """HTTP Basic authentication (RFC 7617), user name and secret in UTF-8."""

    def make(password: str) -> Mapping[str, str]:
        pair = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        return {"Authorization": f"Basic {pair}"}

    return SecretHeader(secret, make, redact, user=username)
