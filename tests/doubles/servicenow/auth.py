"""Who asks: Basic, Bearer from /oauth_token.do, API key, and cookies that can mask them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from tests.doubles.servicenow.quirks import Quirks
from tests.doubles.servicenow.state import Row, Store
from tests.doubles.web import Reply, Request, json_reply

CLIENT_ID, CLIENT_SECRET = "c1ient1d0000000000000000000000aa", "(Ws^;7;canary-client"
LIFE = 1800


@dataclass(slots=True)
class Account:
    """One who can sign in."""

    user: str
    """sys_id"""
    password: str
    roles: tuple[str, ...] = ("itil",)
    api_key: str = ""
    web_service_only: bool = False
    fails: int = 0


@dataclass(slots=True)
class Token:
    user: str
    access: str
    refresh: str
    until: float


@dataclass(slots=True)
class Door:
    """Checks credentials."""

    store: Store
    quirks: Quirks
    accounts: dict[str, Account] = field(default_factory=dict)
    """By login."""
    tokens: list[Token] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    """JSESSIONID → login."""
    shut: bool = False
    """No credential is accepted."""
    asked: int = 0
    token_requests: int = 0
    token_life: float = LIFE
    logins: int = 0
    """How many sessions were opened."""

    def who(self, request: Request, api: str) -> tuple[Row | None, str, str]:
        """(the account's row with its roles, the cookie to set, why not)."""
        self.asked += 1
        if self.shut:
            return None, "", "User Not Authenticated"
        if self.quirks.flaky_401 and self.asked % self.quirks.flaky_401 == 0:
            return None, "", "User Not Authenticated"
        cookie = _cookie(request.headers.get("cookie", ""))
        login = self._login(request, api)
        if not login and self.quirks.session_sticky and cookie in self.sessions:
            login = self.sessions[cookie]
        if not login:
            return None, "", "User Not Authenticated"
        user = self.store.tables["sys_user"][self.accounts[login].user]
        if user["active"] != "true" or user["locked_out"] == "true":
            return None, "", "User is not authenticated"
        if self.sessions.get(cookie) != login:
            cookie = f"CANARY{self.store.new_id().upper()}"
            self.sessions[cookie] = login
            self.logins += 1
        else:
            cookie = ""
        return {**user, "roles": ",".join(self.accounts[login].roles)}, cookie, ""

    def _login(self, request: Request, api: str) -> str:
        if key := request.headers.get("x-sn-apikey", ""):
            owner = next((login for login, a in self.accounts.items() if a.api_key and a.api_key == key), "")
            return owner if api in self.quirks.api_key_apis else ""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return self._basic(given)
        if scheme.lower() == "bearer":
            now = self.store.seconds()
            token = next((t for t in self.tokens if t.access == given and t.until > now), None)
            return self._name_of(token.user) if token else ""
        return ""

    def _basic(self, given: str) -> str:
        try:
            login, _, password = base64.b64decode(given).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        account = self.accounts.get(login)
        if account is None or account.fails >= 5:
            return ""
        if account.password != password:
            account.fails += 1
            return ""
        account.fails = 0
        allowed = account.web_service_only or "snc_basic_auth_api_access" in account.roles
        return "" if self.quirks.basic_gate and not allowed else login

    def _name_of(self, user: str) -> str:
        return next((login for login, account in self.accounts.items() if account.user == user), "")

    def token(self, request: Request) -> Reply:
        """POST /oauth_token.do: nearly everything that is wrong looks the same."""
        self.token_requests += 1
        wrong = json_reply(401, {"error": "server_error", "error_description": "access_denied"})
        if self.shut or (self.quirks.oauth_flaky and self.token_requests % self.quirks.oauth_flaky == 0):
            return wrong
        if "x-www-form-urlencoded" not in request.headers.get("content-type", ""):
            return wrong
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if not self._is_client(request, form):
            return wrong
        user, refresh = "", ""
        match form.get("grant_type"):
            case "password":
                account = self.accounts.get(form.get("username", ""))
                if account and account.password == form.get("password"):
                    user, refresh = account.user, f"canary-refresh-{self.store.new_id()}"
            case "refresh_token":
                held = next((t for t in self.tokens if t.refresh and t.refresh == form.get("refresh_token")), None)
                if held:
                    user, refresh = held.user, held.refresh
            case "client_credentials":
                user = next((a.user for login, a in self.accounts.items() if login == "vagt.svc"), "")
            case _:
                pass
        if not user:
            return wrong
        return json_reply(200, self._grant(user, refresh))

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        header = request.headers.get("authorization", "").partition(" ")[2]
        if header:
            return base64.b64decode(header).decode() == f"{CLIENT_ID}:{CLIENT_SECRET}"
        if self.quirks.header_only_client:
            return False
        return form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET

    def _grant(self, user: str, refresh: str) -> dict[str, object]:
        now = self.store.seconds()
        held = next((t for t in self.tokens if t.user == user and t.until > now and self.quirks.same_token), None)
        if held is None:
            held = Token(user, f"canary-access-{self.store.new_id()}", refresh, now + self.token_life)
            self.tokens.append(held)
        held.refresh = held.refresh or refresh
        told: dict[str, object] = {
            "access_token": held.access,
            "scope": "useraccount",
            "token_type": "Bearer",
            "expires_in": int(held.until - now),
        }
        return {**told, "refresh_token": held.refresh} if refresh else told

    def revoke_all(self) -> None:
        """Every token and session ends; credentials stay good."""
        for token in self.tokens:
            token.until = 0
        self.sessions.clear()


def _cookie(header: str) -> str:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return next((value for name, _, value in pairs if name == "JSESSIONID"), "")
