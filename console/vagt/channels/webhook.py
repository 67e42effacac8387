"""JSON webhooks, sent by ourselves: with a key by which a repeat is known, and fields of one's own."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vagt.adapters.protocol import AdapterError, AuthError, InvalidError, ThrottledError
from vagt.channels.apprising import of_status
from vagt.channels.protocol import AGAIN, Line, Message
from vagt.channels.tame import line, lines

if TYPE_CHECKING:
    from vagt.adapters.http import Answer
    from vagt.adapters.redact import Redactor

_FIELD = re.compile(r"\{(\w+)\}")
_VERSION = "1.0"


def fields_of(message: Message) -> dict[str, str]:
    """What a payload of one's own may name, each as `{name}`."""
    title, text = line(message.title), lines(message.words)
    return {
        "title": title,
        "text": text,
        "html": html_of(message),
        "id": message.id,
        "ref": message.ref,
        "purpose": message.purpose,
        "time": message.at.isoformat(timespec="seconds"),
    }


def html_of(message: Message) -> str:
    """The HTML as it leaves; empty where there is none."""
    html = lines(message.html)
    if not message.again or not html:
        return html
    said = f"<p>{AGAIN}</p>"
    body = re.search(r"<body[^>]*>", html, re.IGNORECASE)
    return html[: body.end()] + said + html[body.end() :] if body else said + html


def payload_of(service: Any, message: Message, own: Mapping[str, Any]) -> object:
    """What is sent: the fields of one's own where there are any, else what Apprise would send."""
    if own:
        known = fields_of(message)
        return _filled(dict(own), known)
    kind = "warning" if message.purpose in ("escalation", "reminder") else "info"
    usual: dict[str, Any] = {
        "version": _VERSION,
        "title": line(message.title),
        "message": lines(message.words),
        "attachments": [],
        "type": kind,
    }
    for name, value in getattr(service, "payload_extras", {}).items():
        if name not in usual:
            usual[name] = value
        elif value:
            usual[value] = usual.pop(name)
        else:
            del usual[name]
    return usual


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    """The same shape with the fields filled in, once: what a title says is not looked at again."""
    if isinstance(value, str):
        return _FIELD.sub(lambda found: known.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {name: _filled(item, known) for name, item in value.items()}
    return [_filled(item, known) for item in value] if isinstance(value, list) else value


async def post(service: Any, message: Message, line_: Line, redact: Redactor) -> str:
    """Send it. Words are empty; raises AdapterError."""
    from vagt.adapters.http import HttpClient, plain_words
    from vagt.config.settings import BackendSettings

    scheme = "https" if service.secure else "http"
    port = f":{service.port}" if service.port else ""
    host = f"[{service.host}]" if ":" in str(service.host) else service.host
    settings = BackendSettings(
        name=line_.settings.name, adapter="webhook", url=f"{scheme}://{host}", timeout=line_.settings.timeout
    )
    headers = {"Idempotency-Key": message.id, **_signed(service), **service.headers}
    if not all(f"{name}{value}".isascii() for name, value in headers.items()):
        raise InvalidError("a header of the address, or the secret in it, holds letters beyond ASCII")
    client = HttpClient(settings, line_.clock, base=f"{scheme}://{host}{port}", redact=redact)
    try:
        answer = await client.request(
            service.method,
            service.fullpath or "/",
            params=dict(service.params),
            body=payload_of(service, message, line_.settings.payload),
            headers=headers,
            safe=False,
            accept=range(400, 600),
        )
        if answer.status >= 400:
            raise _refused(answer, redact.words(plain_words(answer)), client.pacer.wait)
    finally:
        await client.close()
    return ""


def _refused(answer: Answer, words: str, wait: float) -> AdapterError:
    error = of_status(answer.status, words or "it gave no reason")
    if wait > 0 and answer.status in (429, 503):
        return ThrottledError(error.words, wait)
    if answer.status == 403 and not words:
        return AuthError(error.words)
    return error


def _signed(service: Any) -> dict[str, str]:
    if not service.user:
        return {}
    pair = f"{service.user}:{service.password or ''}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
