"""Who is asking: keys of a person or of the account, OAuth tokens with their scopes, and in whose name a write is."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from tests.doubles.pagerduty.quirks import Quirks
from tests.doubles.pagerduty.rules import Refused
from tests.doubles.pagerduty.state import Store
from tests.doubles.pagerduty.world import ACCOUNT_KEY, BEARER, CLIENT_ID, CLIENT_SECRET, READ_ONLY_KEY, USER_KEY, World
from tests.doubles.web import Reply, Request, json_reply

_FROM = (
    ("POST", "incidents"),
    ("PUT", "incidents"),
    ("PUT", "incidents/*"),
    ("PUT", "incidents/*/merge"),
    ("POST", "incidents/*/snooze"),
    ("POST", "incidents/*/notes"),
    ("PUT", "incidents/*/notes/*"),
    ("POST", "incidents/*/status_updates"),
    ("PUT", "incidents/*/alerts"),
    ("PUT", "incidents/*/alerts/*"),
)
"""Writes that document `From`."""
_LASTS = 86400
GIVEN = {
    f"{name}.read"
    for name in (
        "incidents services users teams templates subscribers oncalls priorities escalation_policies incident_types "
        "abilities"
    ).split()
} | {"incidents.write"}
"""The scopes that the app was given."""


@dataclass(slots=True)
class Account:
    """What a credential stands for."""

    user: str = ""
    """Empty: the account's own key, or an application; it is nobody."""
    read_only: bool = False
    scopes: frozenset[str] | None = None
    """None: everything."""
    until: float | None = None


@dataclass(slots=True)
class Who:
    """Whoever is asking."""

    account: Account
    acts_as: str = ""
    """Id of the user in whose name a write is."""


@dataclass(slots=True)
class Door:
    store: Store
    quirks: Quirks
    world: World
    keys: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, Account] = field(default_factory=dict)
    shut: bool = False
    """Nobody is let in any more."""
    logins: int = 0

    def __post_init__(self) -> None:
        anna = self.world.users["anna"]
        self.keys = {USER_KEY: Account(anna), ACCOUNT_KEY: Account(), READ_ONLY_KEY: Account(anna, read_only=True)}
        self.tokens = {BEARER: Account(anna)}

    def who(self, request: Request) -> Who | None:
        """None: 401."""
        given = request.headers.get("authorization", "")
        account = None
        if given.startswith("Token token="):
            account = self.keys.get(given.removeprefix("Token token="))
        elif given.startswith("Bearer "):
            account = self.tokens.get(given.removeprefix("Bearer "))
            if account and account.until is not None and account.until <= self.store.moment().timestamp():
                account = None
        return None if self.shut or account is None else Who(account)

    def check(self, who: Who, request: Request, parts: list[str]) -> None:
        """Rights of the key, and whose name the write is in. Raises Refused."""
        what = parts[0] if parts else ""
        account = who.account
        if request.writes and "render" not in parts and (account.read_only or self.quirks.read_only_account):
            raise Refused(403, 2010, "Access Denied", "This key may only read.")
        if account.scopes is not None and parts != ["users", "me"]:
            need = f"{_resource(parts)}.{'write' if request.writes and 'render' not in parts else 'read'}"
            if need not in account.scopes and "write" not in account.scopes:
                raise Refused(403, 2018, "Access Denied", f"The token lacks the scope {need}.")
        if what == "users" and self.quirks.hidden_users and parts != ["users", "me"]:
            raise Refused(403, 2010, "Access Denied")
        who.acts_as = account.user
        if not any(request.method == m and _fits(parts, pattern) for m, pattern in _FROM):
            return
        email = request.headers.get("from", "")
        if not email:
            if account.user and not self.quirks.require_from:
                return
            raise Refused(400, 2011, "Requester User Not Found", "A valid From header is required.")
        user = self.store.user_by_email(email)
        if user is None:
            raise Refused(400, 1008, "Requester User Not Found")
        if not account.user:
            who.acts_as = user.id

    def token(self, request: Request) -> Reply:
        """`POST /oauth/token` of the identity server: an application's own token, without refresh."""
        form = dict(parse_qsl(request.body.decode()))
        scopes = form.get("scope", "").split()
        fine = (
            not self.shut
            and form.get("grant_type") == "client_credentials"
            and form.get("client_id") == CLIENT_ID
            and form.get("client_secret") == CLIENT_SECRET
        )
        if not fine:
            return json_reply(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        if set(scopes) - GIVEN - {"as_account-us.acme"}:
            return json_reply(400, {"error": "invalid_scope", "error_description": "The app was not given this scope"})
        if "as_account-us.acme" not in scopes:
            return json_reply(400, {"error": "invalid_scope", "error_description": "as_account scope is missing"})
        self.logins += 1
        token = f"pdus+_app-token-{self.logins}-{self.store.id('', 12)}"
        until = self.store.moment().timestamp() + _LASTS
        self.tokens[token] = Account("", scopes=frozenset(scopes), until=until)
        return json_reply(200, {"access_token": token, "token_type": "bearer", "expires_in": _LASTS})


def _resource(parts: list[str]) -> str:
    """What a scope is named after."""
    if parts[:2] == ["incidents", "types"]:
        return "incident_types"
    if "subscribers" in parts:
        return "subscribers"
    return "incidents" if parts[0] == "log_entries" else parts[0]


def _fits(parts: list[str], pattern: str) -> bool:
    wanted = pattern.split("/")
    return len(wanted) == len(parts) and all(w in ("*", p) for w, p in zip(wanted, parts, strict=True))
