"""Who is asking: each deployment's own way of meeting a good, a bad and a missing credential."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from tests.doubles.jsm import world
from tests.doubles.jsm.quirks import Quirks
from tests.doubles.jsm.state import Store, User
from tests.doubles.web import Reply, Request, json_reply

LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Log in - Jira</title></head><body><form id='login-form'></form></body></html>"
)


@dataclass(slots=True)
class Caller:
    """Who is asking, or what they get instead of an answer."""

    user: User | None
    reply: Reply | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """That go on every answer to this caller."""


class Door:
    """Knows the tokens of anna, bo and a service account."""

    def __init__(self, store: Store, quirks: Quirks) -> None:
        self._store = store
        self._quirks = quirks
        self.tokens = {world.API_TOKEN: "anna", "canary-api-token-of-bo": "bo"}
        self.scoped = {world.SCOPED_TOKEN: "anna"}
        self.bearers = {world.SERVICE_TOKEN: "anna"}
        self.pats = {world.PAT: "anna", "canary-pat-of-bo": "bo"}
        self.passwords = {world.PASSWORD: "anna"}
        self.shut = False
        """No credential is good any more."""
        self.bad_logins = 0

    def who(self, request: Request, *, gateway: bool) -> Caller:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        caller = (
            self._gateway(scheme.lower(), rest)
            if gateway
            else self._cloud(scheme.lower(), rest, request)
            if self._store.cloud
            else self._data_center(scheme.lower(), rest, request)
        )
        if self._quirks.names_account and caller.user is not None:
            name, value = (
                ("X-AAccountId", caller.user.account_id.replace(":", "%3A"))
                if self._store.cloud
                else ("X-AUSERNAME", caller.user.login)
            )
            caller.headers[name] = value
        return caller

    def _known(self, table: dict[str, str], secret: str, email: str = "") -> User | None:
        login = None if self.shut else table.get(secret)
        user = self._store.users.get(login or "")
        return user if user is not None and email in ("", user.email, user.login) else None

    def _cloud(self, scheme: str, rest: str, request: Request) -> Caller:
        if scheme == "bearer":
            return Caller(None, json_reply(401, {"error": "Failed to parse Connect Session Auth Token"}))
        email, token = _pair(rest) if scheme == "basic" else ("", "")
        if token in self.scoped:
            return Caller(None, Reply(401, b"Client must be authenticated to access this resource."))
        user = self._known(self.tokens, token, email) if email else None
        if user is not None:
            return Caller(user)
        headers = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"} if self._quirks.says_login_failed else {}
        if request.path.endswith("/myself"):
            words = b"Client must be authenticated to access this resource."
            return Caller(None, Reply(401, words, dict(headers)), headers)
        return Caller(None, None, headers)

    def _gateway(self, scheme: str, rest: str) -> Caller:
        email, token = _pair(rest) if scheme == "basic" else ("", rest)
        user = self._known({**self.tokens, **self.scoped}, token, email) if scheme == "basic" and email else None
        if scheme == "bearer":
            user = self._known(self.bearers, token)
        if user is None:
            return Caller(None, json_reply(401, {"code": 401, "message": "Unauthorized"}))
        return Caller(user)

    def _data_center(self, scheme: str, rest: str, request: Request) -> Caller:
        if request.path.endswith("/serverInfo") and not self._quirks.shy:
            return Caller(None)
        if scheme == "bearer":
            user = self._known(self.pats, rest)
            return Caller(user) if user is not None else self._dead()
        if scheme != "basic" or self._quirks.dc_major >= 11:
            return self._dead()
        limit = self._quirks.captcha_after
        if limit and self.bad_logins >= limit:
            headers = {
                "X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://jira.example.org/login.jsp",
                "X-Seraph-LoginReason": "AUTHENTICATION_DENIED",
                "Content-Type": "text/html",
            }
            return Caller(None, Reply(403, LOGIN_PAGE, headers))
        name, password = _pair(rest)
        user = self._known(self.passwords, password, name)
        if user is None:
            self.bad_logins += 1
            return self._dead()
        self.bad_logins = 0
        return Caller(user)

    def _dead(self) -> Caller:
        match self._quirks.dead_pat:
            case "html":
                headers = {"Content-Type": "text/html;charset=UTF-8", "X-AUSERNAME": "anonymous"}
                return Caller(None, Reply(200, LOGIN_PAGE, headers))
            case "302":
                return Caller(None, Reply(302, b"", {"Location": "https://sso.example.org/login?os_destination=x"}))
            case _:
                headers = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED", "WWW-Authenticate": 'OAuth realm="x"'}
                return Caller(None, Reply(401, b"", headers))


def _pair(text: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(text).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
