"""Apprise, loaded when a channel is first used: reads addresses, sends through its services, says why one failed.

What Apprise tells of a send is "yes" or "no"; the reason stands in what it logs. So its log is
taken down for the length of a send, never shown, and read for three things: the status of an
HTTP answer (`error=503`), the exception of a connection (`Socket Exception: …`), and whether a
part of the message went out all the same (`Sent …`).
"""

from __future__ import annotations

import logging
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vagt.adapters.protocol import (
    AdapterError,
    AuthError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ThrottledError,
    UnavailableError,
)
from vagt.channels.limits import Limits
from vagt.channels.protocol import Message
from vagt.channels.tame import line, lines, quiet, unmarked, untagged

if TYPE_CHECKING:
    from apprise.plugins import NotifyBase

_LOGGER = "apprise"
_CHATTY = ("urllib3", "requests", "requests_oauthlib", "oauthlib", "markdown")
"""What Apprise uses and what would log addresses, tokens among them."""
_STATUS = re.compile(r"\berror=(\d{3})\b")
_SOCKET = "Socket Exception:"
_NEVER_LEFT = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|Failed to establish|Connection refused|"
    r"No route to host|Network is unreachable|Name or service not known|Temporary failure in name resolution|"
    r"nodename nor servname|getaddrinfo|SSLError|CERTIFICATE_VERIFY_FAILED|SSL: |ProxyError|InvalidURL|"
    r"InvalidHeader|MissingSchema|InvalidSchema"
)
_PAUSE = 30.0
"""Seconds to leave a service alone that wants it and does not say for how long."""
_loading = threading.Lock()
_READ_MARKDOWN = frozenset({"NotifyDiscord", "NotifyMattermost"})
"""They call it plain text and show it as Markdown: a link would hide behind other words."""
_URGENT = frozenset({"escalation", "reminder"})


def load(address: str) -> NotifyBase:
    """The service that an address means, secret and all. Raises InvalidError in words without it. Blocks."""
    with _loading:
        apprise = _tamed()
        with _taken_down() as said:
            try:
                found = apprise.Apprise.instantiate(address, asset=_asset(apprise), suppress_exceptions=True)
            except Exception as error:  # a broken plugin is no reason to end
                raise InvalidError(f"Apprise cannot use this address: {type(error).__name__}") from None
    if found is None:
        raise InvalidError(f"Apprise does not understand this address{_because(said)}; check `url` against its page")
    return found  # type: ignore[no-any-return]


def send(service: NotifyBase, message: Message, timeout: float) -> str:
    """Send through it; empty words where it says that it did. Blocks. Raises AdapterError in words not yet redacted."""
    from apprise import NotifyFormat, NotifyType

    service.socket_connect_timeout = service.socket_read_timeout = timeout
    # A redirected POST arrives as an empty GET, and answers with 200.
    service.redirects = False
    service.retry = 0
    if service.verify_certificate and (store := _store()):
        service.verify_certificate = store  # type: ignore[assignment]
    _recognisable(service, message.id)
    title, body = line(quiet(message.title)), lines(quiet(message.words)) or line(quiet(message.title))
    format = service.resolve_format(NotifyFormat.TEXT)
    if format is NotifyFormat.TEXT and type(service).__name__ in _READ_MARKDOWN:
        title, body = unmarked(title), unmarked(body)
    if format is NotifyFormat.HTML:
        # Telegram lets what looks like one of its tags be one again.
        title, body = untagged(title), untagged(body)
    if format is not NotifyFormat.TEXT and service.title_maxlen > 0:
        from apprise.conversion import convert_between

        title = convert_between(  # type: ignore[no-untyped-call]
            NotifyFormat.TEXT, format, title
        )
    with _taken_down() as said:
        try:
            done = service.notify(
                body=body,
                title=title,
                notify_type=NotifyType.WARNING if message.purpose in _URGENT else NotifyType.INFO,
                body_format=NotifyFormat.TEXT,
                overflow="split",
            )
        except Exception as error:  # each service has errors of its own
            if type(error).__name__ == "AppriseImproperlyConfigured":
                raise InvalidError(f"the message does not suit this service{_because(said)}") from None
            raise UnavailableError(f"the service failed: {type(error).__name__}: {error}", sent=True) from None
    if not done:
        raise _reason(said)
    return ""


def limits_of(scheme: str) -> Limits | None:
    """What a service takes, by its scheme; None where Apprise has no such service. Blocks."""
    with _loading:
        _tamed()
        from apprise.manager_plugins import NotificationManager

        try:
            plugin: Any = NotificationManager()[scheme]  # type: ignore[no-untyped-call]
        except KeyError:
            return None
    body, title = plugin.body_maxlen, plugin.title_maxlen
    format = plugin.notify_format
    formats = format if isinstance(format, tuple) else (format,)
    plain = any(one.value == "text" for one in formats)
    # With some services it depends on the account; then the usual bounds are as good as any.
    return Limits(
        body if isinstance(body, int) else 32768,
        title if isinstance(title, int) else 250,
        "text" if plain else formats[0].value,
    )


def remote(service: NotifyBase) -> tuple[str, int, bool] | None:
    """Host, port and whether TLS, where this service is reached; None where that cannot be told."""
    from urllib.parse import urlsplit

    for name in ("webhook_url", "notify_url", "cloud_notify_url", "api_url", "notify_sms_url"):
        address = getattr(type(service), name, None)
        if isinstance(address, str) and address.startswith("http") and not _own_host(service):
            url = urlsplit(address)
            if url.hostname and "{" not in url.netloc:
                return url.hostname, url.port or (443 if url.scheme == "https" else 80), url.scheme == "https"
    if _own_host(service):
        secure = bool(service.secure)
        return str(service.host), int(service.port or (443 if secure else 80)), secure
    return None


def _own_host(service: NotifyBase) -> bool:
    """Whether the address names the machine itself, as that of a chat server of one's own does."""
    if getattr(service, "mode", "") == "cloud":
        return False
    host = getattr(service, "host", None)
    templates = " ".join(getattr(type(service), "templates", ()))
    return isinstance(host, str) and bool(host) and "{host}" in templates


def _store() -> str:
    """The certificates that everything else here trusts: what requests brings along knows no company's own."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile and Path(paths.cafile).is_file():
        return paths.cafile
    return paths.capath if paths.capath and Path(paths.capath).is_dir() and any(Path(paths.capath).iterdir()) else ""


def _recognisable(service: NotifyBase, id: str) -> None:
    """Let a second one of the same id be known as such, where the service has a way."""
    if hasattr(service, "dedup"):
        # PagerDuty Events v2, dedup_key: a second trigger of the same key opens no second alert.
        service.dedup = id
    elif isinstance(headers := getattr(service, "headers", None), dict) and hasattr(service, "payload_extras"):
        headers.setdefault("Idempotency-Key", id)


def _tamed() -> Any:
    """Apprise, whose log goes nowhere and which keeps nothing on disk."""
    import apprise

    logger = logging.getLogger(_LOGGER)
    if _intake not in logger.filters:
        logger.addFilter(_intake)
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
    # What it logs of a connection that failed, it logs for debugging only.
    logger.setLevel(logging.DEBUG)
    return apprise


def _asset(apprise: Any) -> Any:
    return apprise.AppriseAsset(
        app_id="Vagt",
        app_desc="Vagt",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        image_path_mask=False,
        storage_mode="memory",
        secure_logging=True,
        allow_templates=False,
        http_redirects=False,
        async_mode=False,
    )


class _Notes:
    """What one thread logged, as (level, words)."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []


class _Intake(logging.Filter):
    """Takes every record of Apprise's off its way: into the notes of the thread that logs it, where it keeps some."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[int, _Notes] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        notes = self.notes.get(threading.get_ident())
        if notes is not None:
            try:
                notes.lines.append((record.levelno, record.getMessage()))
            except Exception:  # a record that does not fit its arguments must not end the send
                notes.lines.append((record.levelno, str(record.msg)))
        return False


_intake = _Intake()


@contextmanager
def _taken_down() -> Iterator[_Notes]:
    thread = threading.get_ident()
    notes = _intake.notes[thread] = _Notes()
    try:
        yield notes
    finally:
        del _intake.notes[thread]


def _because(said: _Notes) -> str:
    words = [text for level, text in said.lines if level >= logging.WARNING]
    return f" ({line(words[0])})" if words else ""


def _reason(said: _Notes) -> AdapterError:
    """What a "no" means."""
    warned = [line(text) for level, text in said.lines if level >= logging.WARNING]
    words = warned[0] if warned else "it was not sent, and Apprise does not say why"
    details = next((text for _, text in said.lines if text.startswith(("Response Details", "Response"))), "")
    if details:
        words += f" {line(_unquoted(details))}"
    if any(level == logging.INFO and text.startswith("Sent ") for level, text in said.lines):
        # Sent again, what has arrived would be there twice.
        return UnavailableError(f"only a part of it went out: {words}", sent=True)
    socket = next((text for _, text in said.lines if _SOCKET in text), None)
    if socket is not None:
        reason = line(socket.partition(_SOCKET)[2])
        return UnavailableError(_connection_words(reason), sent=not _NEVER_LEFT.search(reason))
    status = next((int(found[1]) for text in warned if (found := _STATUS.search(text))), None)
    return UnavailableError(words, sent=True) if status is None else of_status(status, words)


def of_status(status: int, words: str) -> AdapterError:
    """What an HTTP answer other than success means for a message."""
    words = f"{words} (HTTP {status})" if str(status) not in words else words
    match status:
        case 401 | 407:
            return AuthError(words)
        case 403:
            return ForbiddenError(words)
        case 404 | 410:
            return NotFoundError(words)
        case 408 | 425:
            return UnavailableError(words)
        case 429:
            return ThrottledError(words, _PAUSE)
        case 502 | 504:
            # Whoever stands in front does not know what became of it.
            return UnavailableError(words, sent=True)
        case _ if status >= 500:
            return UnavailableError(words)
        case _:
            return InvalidError(words)


def _connection_words(reason: str) -> str:
    """What requests wraps in itself three times, without the address, which may hold a token."""
    reason = re.sub(r"with url: \S+", "", reason)
    host = re.search(r"host='([^']+)', port=(\d+)", reason)
    system = re.search(r"\[Errno -?\d+\] ([^\"')]+)", reason)
    innermost = re.findall(r"(?:\w+(?:Error|Disconnected|Exception))\(['\"]([^'\"]+)['\"]", reason)
    words = system[1] if system else innermost[-1] if innermost else reason.strip("'\", ")
    return f"{host[1]}:{host[2]}: {words}" if host and host[1] not in words else words or "the connection failed"


def _unquoted(details: str) -> str:
    text = details.partition("\n")[2].strip()
    return (
        text[2:-1].encode("latin-1", "replace").decode("unicode_escape", "replace")
        if text[:2] in ("b'", 'b"')
        else text
    )
