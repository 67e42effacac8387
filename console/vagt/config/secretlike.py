"""Which keys and addresses look like they hold a secret, so that a config with one is refused."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import parse_qsl, unquote, urlsplit

_WORDS = frozenset(
    {"password", "passwd", "passphrase", "pwd", "token", "secret", "apikey", "credential", "credentials"}
)
_PAIRS = frozenset({("api", "key"), ("private", "key"), ("access", "key"), ("auth", "key"), ("integration", "key")})
_HARMLESS_LAST = frozenset({"url", "endpoint", "command", "lifetime", "ttl", "expiry"})
"""`token_url` and `secret_command` tell where a secret is fetched, not the secret."""
_PLACEHOLDER = "{secret}"
_LONG_TOKEN = re.compile(r"(?=[^\s/]*\d)(?=[^\s/]*[A-Za-z])[A-Za-z0-9_\-]{16,}")
_NAMES_ONLY = frozenset({"http", "https", "mailto", "mailtos", "ntfy", "ntfys", "json", "jsons", "xml", "xmls"})
"""Schemes whose path is a name that may well be long, not a token."""


def looks_secret(key: str) -> bool:
    """Whether a config key is named like one that holds a password, token or key."""
    words = [word for word in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()) if word]
    if not words or words[-1] in _HARMLESS_LAST:
        return False
    singular = [word[:-1] if word.endswith("s") and word[:-1] in _WORDS else word for word in words]
    return any(word in _WORDS for word in singular) or any(pair in _PAIRS for pair in pairwise(singular))


def secret_in_address(address: str) -> str:
    """What in an address looks like a written-out secret: `password`, `token`, or the parameter; empty if nothing.

    `{secret}` in its place is no secret.
    """
    parts = _split(address)
    if parts is None:
        return ""
    scheme, user_info, query, rest = parts
    if ":" in user_info and unquote(user_info.partition(":")[2]) not in ("", _PLACEHOLDER):
        return "a password"
    for name, value in parse_qsl(query):
        if looks_secret(name) and value != _PLACEHOLDER:
            return f"the parameter “{name}”"
    if scheme not in _NAMES_ONLY and any(_LONG_TOKEN.fullmatch(segment) for segment in re.split(r"[/@:]", rest)):
        return "a token"
    return ""


def _split(address: str) -> tuple[str, str, str, str] | None:
    """Scheme, user info, query and the rest; None where it is no address."""
    try:
        url = urlsplit(address)
    except ValueError:
        return None
    user_info, at, _ = url.netloc.rpartition("@")
    return url.scheme.lower(), user_info if at else "", url.query, url.netloc + url.path
