"""Signing in: an API key, a session id from user name and password, or the token that OIDC tenants give instead."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any

from tests.doubles.ivanti.tenant import Tenant
from tests.doubles.web import Request

_BAD = "Authentication failed: check the tenant, the password, or the OpenID setup"


def account(tenant: Tenant, request: Request) -> str | None:
    """The login that a request speaks for; None where it is not let in."""
    told = request.headers.get("authorization", "")
    if "sid=" in request.headers.get("cookie", "").lower():
        told = request.headers["cookie"].partition("=")[2].split(";")[0]
    kind, _, key = told.partition("=")
    if kind == "rest_api_key":
        return tenant.api_account if key == tenant.api_key and key not in tenant.quirks.revoked else None
    token = told.removeprefix("Bearer ")
    if token in tenant.quirks.revoked or told.startswith("Bearer ") is not (token.count(".") == 2 and "#" not in token):
        return None
    return tenant.sessions.get(token)


def login(tenant: Tenant, body: Any, host: str) -> str | None:
    """A session for what `body` says; None where it is refused."""
    if not isinstance(body, dict) or body.get("role") not in tenant.roles or not body.get("tenant"):
        return None
    name = str(body.get("username"))
    if tenant.passwords.get(name) != body.get("password"):
        return None
    if tenant.quirks.jwt:
        claims = json.dumps({"sub": name, "exp": int(time.time()) + 3600}).encode()
        body_part = base64.urlsafe_b64encode(claims).decode().rstrip("=")
        token = f"eyJhbGciOiJSUzI1NiJ9.{body_part}.{secrets.token_urlsafe(32)}"
    else:
        token = f"{host}#{secrets.token_hex(16).upper()}#2"
    tenant.sessions[token] = name
    return token


def refusal() -> str:
    """The one text for every way in which signing in fails."""
    return _BAD
