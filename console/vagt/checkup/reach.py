"""Whether a backend's address resolves and connects, and whether its certificate is trusted and for how long."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from vagt.checkup.dial import ProxyRefuses, Unknown, connected, secured, tunnel
from vagt.checkup.finding import Finding, Trouble, ok, problem, skipped, warning
from vagt.checkup.proxy import BadProxy, Proxy, proxy_for
from vagt.config.settings import BackendSettings

_SOON = 21
"""Days before its end from which on a certificate is worth a warning."""
_DAY = 86400.0
_IS_IT_HTTP = "check scheme and port of `url`: is it http?"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class _Target:
    backend: BackendSettings
    host: str
    port: int
    secure: bool
    proxy: Proxy | None

    @property
    def via(self) -> str:
        return f" through the proxy {self.proxy.shown}" if self.proxy else ""

    @property
    def asked(self) -> tuple[str, int]:
        """What is connected to first."""
        return (self.proxy.host, self.proxy.port) if self.proxy else (self.host, self.port)

    @property
    def asked_words(self) -> str:
        return f"the proxy {self.proxy.shown}" if self.proxy else f"{self.host}:{self.port}"


async def check_reach(backend: BackendSettings, now: datetime) -> list[Finding]:
    """The address and, for https, the certificate."""
    if not backend.url:
        return [skipped("address", "it has none: it lives on this machine", backend=backend.name)]
    parts = urlsplit(backend.url)
    secure = parts.scheme == "https"
    try:
        proxy = proxy_for(backend.url)
    except BadProxy as error:
        return [_away(backend, "address", str(error), "put the variable right, or unset it")]
    target = _Target(backend, parts.hostname or "", parts.port or (443 if secure else 80), secure, proxy)
    if proxy is not None and not proxy.is_http:
        words = f"the proxy {proxy.shown} is of a kind that Vagt cannot use"
        return [
            _away(backend, "address", words, f"set ${proxy.variable} to an http proxy, or name the host in $no_proxy")
        ]
    found: list[Finding] = []
    try:
        async with asyncio.timeout(backend.timeout):
            return await _dialled(target, now, found)
    except TimeoutError:
        if found:
            words = f"{target.host}:{target.port} does not answer in TLS within {backend.timeout:g} s"
            return [*found, _away(backend, "certificate", words, _IS_IT_HTTP)]
        words = f"{target.asked_words} does not answer within {backend.timeout:g} s"
        return [_away(backend, "address", words, _unreachable(target))]


async def _dialled(target: _Target, now: datetime, found: list[Finding]) -> list[Finding]:
    """What is found, into `found` as soon as it is known."""
    backend = target.backend
    try:
        async with connected(*target.asked) as line:
            if target.proxy is not None and target.secure:
                await tunnel(line, target.proxy, target.host, target.port)
            found.append(ok("address", f"{target.host}:{target.port} connects{target.via}", backend=backend.name))
            if not target.secure:
                return [*found, _unencrypted(target)]
            bundle = str(backend.ca_bundle) if backend.ca_bundle else None
            try:
                until = await secured(line, target.host, bundle)
            except ssl.SSLCertVerificationError as error:
                return [*found, _distrusted(target, error)]
            except (ssl.SSLError, ConnectionError) as error:
                words = f"{target.host}:{target.port} does not speak TLS as expected ({_reason(error)})"
                return [*found, _away(backend, "certificate", words, _IS_IT_HTTP)]
            return [*found, _valid(target, until, now)]
    except Unknown as error:
        words = f"the name {target.asked[0]} is not known ({error})"
        return [_away(backend, "address", words, f"check {_where(target)}; name server and VPN up?")]
    except ProxyRefuses as error:
        return [_away(backend, "address", f"{target.asked_words} refuses: {error.words}", _let_through(target, error))]
    except ConnectionRefusedError:
        words = f"{target.asked_words} refuses the connection"
        return [_away(backend, "address", words, f"is it running? check the port in {_where(target)}")]
    except OSError as error:
        words = f"{target.asked_words} cannot be reached: {_reason(error)}"
        return [_away(backend, "address", words, _unreachable(target))]


def _away(backend: BackendSettings, name: str, words: str, remedy: str) -> Finding:
    return problem(name, words, remedy, backend=backend.name, trouble=Trouble.AWAY)


def _where(target: _Target) -> str:
    return f"${target.proxy.variable}" if target.proxy else "`url` in the config"


def _unreachable(target: _Target) -> str:
    return f"is this machine online, the VPN up, the firewall open? check {_where(target)}"


def _let_through(target: _Target, refusal: ProxyRefuses) -> str:
    assert target.proxy is not None
    if refusal.status == 407:
        return f"the proxy wants a user name and password: put them into ${target.proxy.variable}"
    return f"have the proxy allow {target.host}:{target.port}, or name {target.host} in $no_proxy"


def _unencrypted(target: _Target) -> Finding:
    name = target.backend.name
    if target.host in _LOCAL:
        return ok("certificate", "not encrypted, and it does not leave this machine", backend=name)
    words = f"{target.backend.url} is not encrypted: who listens on the way can read the secret"
    return warning("certificate", words, "use https:// in `url`", backend=name)


def _valid(target: _Target, until: float, now: datetime) -> Finding:
    name = target.backend.name
    days = int((until - now.timestamp()) // _DAY)
    words = f"trusted, valid until {datetime.fromtimestamp(until, UTC):%Y-%m-%d} ({days} days)"
    if days < _SOON:
        return warning("certificate", words, f"whoever runs {target.host} has to renew it before then", backend=name)
    return ok("certificate", words, backend=name)


def _distrusted(target: _Target, error: ssl.SSLCertVerificationError) -> Finding:
    host = target.host
    bundle = target.backend.ca_bundle
    match error.verify_code:
        case 10:  # X509_V_ERR_CERT_HAS_EXPIRED (openssl-verification-options)
            words, remedy = "has expired", f"whoever runs {host} has to renew it; is this machine's clock right?"
        case 9:  # X509_V_ERR_CERT_NOT_YET_VALID
            words, remedy = "is not valid yet", "check this machine's clock"
        case 62 | 64:  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
            words, remedy = f"is for another name than {host}", "use the name that it is for in `url`"
        case 18 | 19:  # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN
            words = "is signed by an authority that this machine does not know"
            remedy = "get that authority's certificate (PEM) and name the file in `ca_bundle`"
        case _:
            words = f"is not trusted: {error.verify_message}"
            remedy = "name the file with its authority's certificates (PEM) in `ca_bundle`"
    if bundle is not None and error.verify_code not in (9, 10, 62, 64):
        words += f", nor {bundle.name}"
        remedy = f"{bundle} must hold the authority that signed this certificate; ask who runs {host}"
    return _away(target.backend, "certificate", f"the certificate of {host} {words}", remedy)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
