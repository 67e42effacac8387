"""RT's ways of signing in: token, password, or a cookie that spares RT a hash per request ("RT REST2", section 1)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from vagt.adapters.http import Answer, HttpClient
from vagt.adapters.protocol import AuthError
from vagt.adapters.redact import Redactor
from vagt.adapters.signin import Identity

_TOKEN_OWNER = re.compile(r"\d+-(\d+)-")
_COOKIE = re.compile(r"\s*(RT_SID[^=;\s]*)=([^;\s]+)")


def token_owner(token: str) -> str:
    """The id of the user whose token this is: its middle part. Empty where it is not of that form."""
    match = _TOKEN_OWNER.match(token)
    return match[1] if match else ""


def token_header(token: str) -> Mapping[str, str]:
    """RT's own scheme; it does not know "Bearer"."""
    return {"Authorization": f"token {token}"}


def is_refused(answer: Answer) -> bool:
    """401, or the login page's 302 that RT sends instead when a request carries a cookie."""
    if answer.status == 401:
        return True
    return answer.status == 302 and not urlsplit(answer.headers.get("location", "/")).netloc


class CookieSession:
    """A browser's session, opened with user name and password and opened anew when it has ended."""

    def __init__(
        self,
        secret: Callable[[], Awaitable[str]],
        username: str,
        redact: Redactor,
        client: Callable[[], HttpClient],
    ) -> None:
        self._secret = secret
        self._username = username
        self._redact = redact
        self._client = client
        self._cookie: Mapping[str, str] | None = None
        self._lock = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        async with self._lock:
            if self._cookie is None:
                self._cookie = await self._opened()
            return self._cookie

    async def renew(self, refused: Mapping[str, str]) -> bool:
        async with self._lock:
            if self._cookie == refused:
                self._cookie = await self._opened()
            return True

    async def _opened(self) -> Mapping[str, str]:
        password = await self._secret()
        if not password:
            raise AuthError("there is no secret to sign in with")
        self._redact.learn(password, self._username)
        answer = await self._client().request(
            "POST",
            "/NoAuth/Login.html",
            form={"user": self._username, "pass": password},
            signed=False,
            safe=True,
            accept=(302, 401),
        )
        # RT hands out a cookie for a wrong password too: only the next request tells.
        cookies = [match for line in answer.headers.get_list("set-cookie") if (match := _COOKIE.match(line))]
        if not cookies:
            raise AuthError("RT opened no session for this user name and password")
        name, value = cookies[-1][1], cookies[-1][2]
        self._redact.learn(value)
        return Identity({"Cookie": f"{name}={value}"})

    def __repr__(self) -> str:
        return "CookieSession()"
