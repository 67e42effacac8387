"""Signing in to Ivanti: an API key, or a session opened with user name and password ("Session-ID-Log-In").

The session's answer is a bare JSON string. A session id (`host#…#n`) is sent raw; where the tenant
has OpenID Connect it is a JWT and is sent as Bearer. How long either lives is the tenant's affair
and there is no refresh: after a 401 Vagt signs in once more.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from vagt.adapters.http import HttpClient
from vagt.adapters.ivanti import wire
from vagt.adapters.ivanti.client import Base
from vagt.adapters.protocol import AuthError, ProtocolError
from vagt.adapters.redact import Redactor

LOGIN = "/rest/authentication/login"


def key_header(key: str) -> Mapping[str, str]:
    """An equals sign and no scheme ("Using-REST-API-Key")."""
    return {"Authorization": f"rest_api_key={key.strip()}"}


def session_header(told: str) -> Mapping[str, str]:
    """What a session id or a JWT is sent as."""
    return {"Authorization": f"Bearer {told}" if "#" not in told and told.count(".") == 2 else told}


class Login:
    """Opens a session; given to `OpenedSession` as its way in."""

    def __init__(
        self,
        secret: Callable[[], Awaitable[str]],
        http: Callable[[], HttpClient],
        base: Base,
        redact: Redactor,
        *,
        tenant: str,
        username: str,
        role: str,
    ) -> None:
        self._secret = secret
        self._http = http
        self._base = base
        self._redact = redact
        self._who = {"tenant": tenant, "username": username, "role": role}

    async def __call__(self) -> Mapping[str, str]:
        password = await self._secret()
        if not password:
            raise AuthError("there is no secret to sign in with")
        self._redact.learn(password, self._who["username"])
        path = await self._base.path() + LOGIN
        answer = await self._http().request(
            "POST", path, body={**self._who, "password": password}, signed=False, safe=True, accept=(400, 401, 403)
        )
        if answer.status in (400, 401, 403):
            # One text for every cause: tenant, password, role, or a tenant that signs in elsewhere.
            raise AuthError(self._redact.words(wire.words_of(answer)))
        told = answer.json() if answer.body.strip().startswith((b'"', b"{", b"<")) else answer.text
        if not isinstance(told, str) or not (token := told.strip().strip('"')):
            raise ProtocolError("Ivanti signed in without giving a session")
        self._redact.learn(token)
        if not token.isascii() or not token.isprintable():
            raise ProtocolError("Ivanti gave a session that no header can carry")
        return session_header(token)

    def __repr__(self) -> str:
        return f"Login({json.dumps(self._who['username'])})"
