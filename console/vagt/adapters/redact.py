"""Keeps secrets out of every text that leaves an adapter: errors, notes, logs."""

from __future__ import annotations

import base64
import json
import re
from html import escape
from urllib.parse import quote, quote_plus

_MASK = "•••"
_SHORTEST = 4
"""A shorter secret would mask ordinary words everywhere and hides nothing by being masked."""
_NAMED = re.compile(
    r"(?i)\b((?:api[_-]?key|access[_-]?token|refresh[_-]?token|token|password|passwd|pass|secret|sid|session[_-]?id)=)"
    r"[^\s&;,\"'<>]+"
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic|token|genietoken|geniekey)\s+(?=[\w.~+/=-]*\d)[\w.~+/=-]{8,}")
USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,30}://)(?:[^/\s]+|[^/\s:@]+:(?!\d{1,5}/)[^\s@]{1,200})@")
"""What signs in within an address; group 1 is its scheme."""
_LOOKED_AT = 40_000
"""Characters of a vendor's text that are looked at: its errors may be as long as its answers."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
"""Halves of surrogate pairs among them, which no file and no terminal can hold."""


def spellings(secret: str) -> frozenset[str]:
    """A secret as it stands in an address, or as an error page or a JSON answer gives it back."""
    as_json = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    return frozenset({secret, quote(secret, safe=""), quote_plus(secret), escape(secret), *as_json})


class Redactor:
    """Replaces the secrets that it was told of, in the forms in which they travel, and what looks like one."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, secret: str, username: str = "") -> None:
        """Never show `secret` again; with `username`, nor the pair as Basic authentication sends it."""
        if len(secret) < _SHORTEST:
            return
        pair = base64.b64encode(f"{username}:{secret}".encode()).decode("ascii")
        self._known |= {pair, *spellings(secret)}

    def __call__(self, text: str) -> str:
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, _MASK)
        text = _NAMED.sub(rf"\1{_MASK}", text)
        text = _SCHEME.sub(rf"\1 {_MASK}", text)
        return USERINFO.sub(rf"\1{_MASK}@", text)

    def words(self, text: str, limit: int = 300) -> str:
        """A vendor's text as one line for people: redacted, without controls, at most `limit` characters."""
        if len(text) > _LOOKED_AT:
            # cut after the secrets are gone, and once more, for the first cut may have left the half of one
            text = self(text[:_LOOKED_AT])[: _LOOKED_AT // 2]
        line = " ".join(_CONTROLS.sub(" ", self(text)).split())
        return line if len(line) <= limit else line[: limit - 1] + "…"

    def __repr__(self) -> str:
        return f"Redactor({len(self._known)} forms)"
