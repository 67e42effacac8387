"""Which proxy of the environment a request to an address goes through, as the HTTP client decides it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and where it was named; user name and password stay out of every text."""

    scheme: str
    host: str
    port: int
    variable: str
    user: str = ""
    word: str = ""

    def __repr__(self) -> str:
        return f"<Proxy {self.shown}>"

    @property
    def shown(self) -> str:
        """For people: address and the variable that named it."""
        return f"{self.scheme}://{self.host}:{self.port} (${self.variable})"

    @property
    def is_http(self) -> bool:
        return self.scheme in ("http", "https")


class BadProxy(ValueError):
    """The variable holds what is no address; the message names the variable only."""


def proxy_for(url: str, environ: Mapping[str, str] | None = None) -> Proxy | None:
    """The proxy for `url`: `https_proxy` or `http_proxy`, else `all_proxy`, unless `no_proxy` names its host.

    Raises BadProxy.
    """
    known = os.environ if environ is None else environ
    target = urlsplit(url)
    if not target.hostname or _exempt(target, _value(known, "no_proxy")[1]):
        return None
    for name in (f"{target.scheme}_proxy", "all_proxy"):
        variable, value = _value(known, name)
        if value:
            return _parsed(variable, value)
    return None


def _value(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """(the variable, its value): small letters win, as in the standard library."""
    for variable in (name, name.upper()):
        if environ.get(variable, "").strip():
            return variable, environ[variable].strip()
    return name, ""


def _exempt(target: SplitResult, no_proxy: str) -> bool:
    host = (target.hostname or "").lower()
    for entry in no_proxy.split(","):
        word = entry.strip().lower().rpartition("://")[2].lstrip(".")
        if word == "*" or (word and word in (host, f"{host}:{target.port}")) or (word and host.endswith(f".{word}")):
            return True
    return False


def _parsed(variable: str, value: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        port = parts.port or {"https": 443, "socks5": 1080, "socks5h": 1080}.get(parts.scheme, 80)
    except ValueError as error:
        raise BadProxy(f"${variable} does not hold an address like http://proxy.example:3128") from error
    if not parts.hostname:
        raise BadProxy(f"${variable} does not hold an address like http://proxy.example:3128")
    return Proxy(
        parts.scheme, parts.hostname, port, variable, unquote(parts.username or ""), unquote(parts.password or "")
    )
