"""A channel of the config, opened: reads its secret at the moment of sending and keeps none of it."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from vagt.adapters.protocol import AdapterError, AuthError, InvalidError, ProtocolError, Seen, UnavailableError
from vagt.adapters.redact import Redactor
from vagt.channels.address import Address
from vagt.channels.protocol import ChannelSession, Line, Message, Telling
from vagt.domain.aside import aside

if TYPE_CHECKING:
    from apprise.plugins import NotifyBase

log = logging.getLogger("vagt.channel")

_TOLD_APART = frozenset({"pagerduty"})
"""Services that know a second message of the same id for what it is."""


def open_channel(line: Line) -> ChannelSession:
    """The session of a channel; connects to nothing yet."""
    return Opened(line)


class Opened:
    """See `ChannelSession`."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._address = Address(line.settings.url)
        self._redact = Redactor()

    async def prepare(self, message: Message) -> Telling:
        service = await self._service()
        try:
            send = self._sending(service, message)
        except AdapterError as error:
            self._raise(error)
        return partial(self._tell, send)

    async def tell(self, message: Message) -> str:
        """Both at once."""
        return await (await self.prepare(message))()

    def _sending(self, service: NotifyBase, message: Message) -> Telling:
        """How this kind of channel sends. Raises AdapterError for what it cannot."""
        settings = self._line.settings
        if self._address.is_mail:
            # smtplib and email are not there before the first mail
            from vagt.channels import mail

            server, post = mail.of_address(service, settings.timeout)
            written = mail.written(post, message, self._line.clock.now())
            return lambda: aside(lambda: mail.hand_over(server, post, written), name="mail")
        if self._address.is_json:
            from vagt.channels import webhook  # as above

            return lambda: webhook.post(service, message, self._line, self._redact)
        from vagt.channels import apprising  # as above

        return lambda: aside(lambda: apprising.send(service, message, settings.timeout), name="apprise")

    async def _tell(self, send: Telling) -> str:
        try:
            return await send()
        except AdapterError as error:
            self._raise(error)
        except Exception as error:  # its words and its frames may hold the secret
            log.error("channel %s failed: %s", self._line.settings.name, type(error).__name__)
            raise ProtocolError(f"the channel failed: {type(error).__name__}", sent=True) from None

    async def seen(self, message: Message, first_tried: datetime) -> Seen:
        known = self._line.settings.drops_repeats or self._address.scheme in _TOLD_APART
        return Seen.NO if known else Seen.UNKNOWN

    async def check(self) -> str:
        service = await self._service()
        try:
            if self._address.is_mail:
                from vagt.channels import mail  # as above

                server, _ = mail.of_address(service, self._line.settings.timeout)
                return await aside(lambda: mail.greet(server), name="mail")
            from vagt.channels import apprising  # as above

            found = apprising.remote(service)
            if found is None:
                return f"{self._address.scheme}:// is well-formed; whether it arrives shows with the first message"
            host, port, secure = found
            if (proxy := proxy_to(host, secure)) is not None:
                await self._dial(*proxy, secure=False)
                return f"the proxy {proxy[0]}:{proxy[1]} answers, by which {host}:{port} is reached"
            await self._dial(host, port, secure=secure)
        except AdapterError as error:
            self._raise(error)
        return f"{host}:{port} answers{' with a trusted certificate' if secure else ', unencrypted'}"

    async def close(self) -> None:
        return None

    async def _service(self) -> NotifyBase:
        """The channel as Apprise reads it, with its secret; made anew each time, so that none lies about."""
        if self._address.unverified:
            raise InvalidError("`verify=no` in the address: certificates are always checked; take it out")
        secret = await self._line.secret() if self._address.needs_secret else ""
        for part in (secret, *secret.replace(":", "/").split("/")):
            self._redact.learn(part)
        address = self._address.filled(secret)
        from vagt.channels import apprising  # loads Apprise in the thread below, 0.2 s the first time

        try:
            return await aside(lambda: apprising.load(address), name="apprise")
        except AdapterError as error:
            self._raise(error)

    async def _dial(self, host: str, port: int, *, secure: bool) -> None:
        import ssl  # only a check needs it here

        try:
            async with asyncio.timeout(self._line.settings.timeout):
                context = await aside(ssl.create_default_context) if secure else None
                _, writer = await asyncio.open_connection(host, port, ssl=context)
                writer.close()
        except ssl.SSLCertVerificationError as error:
            raise UnavailableError(f"the certificate of {host} is not trusted ({error.verify_message})") from None
        except TimeoutError:
            raise UnavailableError(f"{host}:{port} did not answer in time") from None
        except OSError as error:
            raise UnavailableError(f"{host}:{port}: {error.strerror or error}") from None

    def _raise(self, error: AdapterError) -> NoReturn:
        """The same error in words without the secret, and with what to do where that is known."""
        words = self._redact.words(error.words)
        name = self._line.settings.name
        if isinstance(error, AuthError) and "vagt secret" not in words:
            words += (
                f"; `vagt secret check {name}` tells where its secret comes from, `vagt secret set {name}` replaces it"
            )
        raise _again(error, words) from None


def proxy_to(host: str, secure: bool) -> tuple[str, int] | None:
    """Host and port of the proxy that the environment names for this host."""
    from urllib.request import getproxies, proxy_bypass  # only a check needs it here

    address = getproxies().get("https" if secure else "http", "")
    if not address or proxy_bypass(host):
        return None
    url = urlsplit(address if "://" in address else f"http://{address}")
    return (url.hostname, url.port or 8080) if url.hostname else None


def _again(error: AdapterError, words: str) -> AdapterError:
    """A new error of the same kind: the old one's frames hold what was sent."""
    from vagt.adapters.protocol import ThrottledError

    match error:
        case ThrottledError(wait=wait):
            return ThrottledError(words, wait)
        case UnavailableError(sent=sent):
            return UnavailableError(words, sent=sent)
        case ProtocolError(sent=sent):
            return ProtocolError(words, sent=sent)
        case InvalidError(fields=fields):
            return InvalidError(words, fields)
        case _:
            return type(error)(words)
