"""PagerDuty's ways of signing in ("Authentication", "OAuth"): a key, an app's own token, or a given one."""

from __future__ import annotations

from collections.abc import Mapping

from vagt.adapters.http import HttpClient
from vagt.adapters.lenient import text_of
from vagt.adapters.pagerduty.options import PdOptions
from vagt.adapters.protocol import AuthError, Connection, InvalidError, ProtocolError
from vagt.adapters.redact import Redactor
from vagt.adapters.signin import Expiring, Grant, Identity, SecretHeader, SignIn

SCOPES = (
    "incidents.read",
    "incidents.write",
    "users.read",
    "services.read",
    "escalation_policies.read",
    "oncalls.read",
    "priorities.read",
    "teams.read",
    "templates.read",
    "subscribers.read",
    "incident_types.read",
    "abilities.read",
)
"""What our operations name; an app that was not given all of them gets a token only for fewer."""


def token_header(key: str) -> Mapping[str, str]:
    """The form of keys, which must be exact."""
    return {"Authorization": f"Token token={key}"}


def bearer_header(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


class AppToken:
    """An app's own token (client credentials): it lasts a day, has no refresh, and is asked for again."""

    def __init__(self, connection: Connection, options: PdOptions, redact: Redactor, identity: HttpClient) -> None:
        self._connection = connection
        self._options = options
        self._redact = redact
        self._identity = identity

    async def log_in(self) -> Grant:
        """A new token. Raises AuthError."""
        secret = await self._connection.secret()
        if not secret:
            raise AuthError("there is no secret to sign in with")
        self._redact.learn(secret, self._options.client_id)
        form = {
            "grant_type": "client_credentials",
            "client_id": self._options.client_id,
            "client_secret": secret,
            "scope": " ".join((f"as_account-{self._options.account}", *(self._options.scopes or SCOPES))),
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = await self._identity.request(
                "POST", "/oauth/token", form=form, headers=kind, signed=False, safe=True
            )
        except InvalidError as error:
            raise AuthError(f"PagerDuty issues no token: {error.words}") from None
        told = answer.json()
        token = text_of(told.get("access_token")) if isinstance(told, dict) else ""
        if not token or not token.isprintable() or not token.isascii():
            raise ProtocolError("PagerDuty's identity server answered without a token")
        self._redact.learn(token)
        lasts = told.get("expires_in")
        return Grant(Identity(bearer_header(token)), float(lasts) if isinstance(lasts, int | float) else None)

    def __repr__(self) -> str:
        return "AppToken()"


def sign_in_of(
    connection: Connection, options: PdOptions, method: str, *, redact: Redactor, identity: HttpClient | None
) -> SignIn:
    """The way that the config names. Raises InvalidError where something is missing for it."""
    match method:
        case "api-key":
            return SecretHeader(connection.secret, token_header, redact)
        case "token":
            return SecretHeader(connection.secret, bearer_header, redact)
        case "oauth":
            for name, value in (("client_id", options.client_id), ("account", options.account)):
                if not value:
                    raise InvalidError(f"auth = “oauth” needs the option {name}", ((name, "is missing"),))
            assert identity is not None, "the session opens it for this way of signing in"
            return Expiring(AppToken(connection, options, redact, identity).log_in, connection.clock)
        case _:
            words = f"PagerDuty cannot be signed in to by “{method}”"
            raise InvalidError(words, (("auth", "is api-key, oauth or token"),))
