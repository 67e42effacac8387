"""A real SMTP server on loopback (aiosmtpd), with the troubles that servers make as switches."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class Mailbox:
    """What arrived, and what to do with what comes next."""

    mails: list[Mail] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    """Answers by recipient, as `550 no such user`; `*` for all."""
    text_answers: list[str] = field(default_factory=list)
    """Answers to the text of the next mails, as `451 try later`."""
    fate: str = ""
    """`cut before`: the connection ends when the text has come, nothing is kept. `cut after`: the mail
    is kept and the connection ends instead of an answer. `hang after`: kept, and no answer comes."""
    password: str = ""
    """What signing in as `vagt` needs; empty: nobody need sign in."""
    host: str = "127.0.0.1"
    port: int = 0
    _server: asyncio.Server | None = None
    _tls: ssl.SSLContext | None = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.refuse.get(address) or self.refuse.get("*")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.fate != "cut before" and not self.text_answers:
            assert isinstance(envelope.content, bytes)
            self.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content))
        if self.fate.startswith("cut"):
            server.transport.abort()
            return "250 nobody hears this"
        if self.fate == "hang after":
            await asyncio.sleep(3600)
        return self.text_answers.pop(0) if self.text_answers else "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, way: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and given == LoginPassword(b"vagt", self.password.encode())
        return AuthResult(success=right, handled=False)

    async def start(self) -> None:
        """Listen, after `stop` on the same port as before."""

        def make() -> SMTP:
            with warnings.catch_warnings():
                # that a secret is asked for without encryption is what some tests are about
                warnings.simplefilter("ignore", UserWarning)
                return self._smtp()

        self._server = await asyncio.get_running_loop().create_server(make, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def _smtp(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.test",
            enable_SMTPUTF8=False,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            auth_required=bool(self.password),
            auth_require_tls=self._tls is not None,
            authenticator=self.authenticate if self.password else None,
        )

    async def stop(self) -> None:
        """Nobody answers any more."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def url(self, to: str = "bo@users.test", **more: str) -> str:
        """The channel's address for it."""
        user = "vagt:{secret}@" if self.password else ""
        scheme = "mailtos" if self._tls is not None else "mailto"
        pairs = {"from": "vagt@noc.test", "to": to, **more}
        return f"{scheme}://{user}{self.host}:{self.port}?" + "&".join(
            f"{name}={value}" for name, value in pairs.items()
        )


@asynccontextmanager
async def mailbox(
    password: str = "", tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Mailbox]:
    """A server that takes mail until the end of the block."""
    box = Mailbox(password=password, _tls=tls, host=host)
    await box.start()
    try:
        yield box
    finally:
        await box.stop()
