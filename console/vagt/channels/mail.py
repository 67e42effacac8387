"""E-mail, handed over by ourselves: "refused" is told from "cut off in the act", and each has its Message-ID."""

from __future__ import annotations

import hashlib
import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from vagt.adapters.protocol import (
    AdapterError,
    AuthError,
    InvalidError,
    ProtocolError,
    ThrottledError,
    UnavailableError,
)
from vagt.channels.protocol import Message
from vagt.channels.tame import header, line, lines
from vagt.channels.webhook import html_of

_URGENT = frozenset({"escalation"})
_OURS = frozenset(
    {"from", "to", "cc", "bcc", "subject", "date", "message-id", "references", "reply-to", "mime-version"}
)
_LATER = 60.0
"""Seconds to wait where the server says “not now”."""
_HEADER = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over, and as whom. The password is not shown."""

    host: str
    port: int
    mode: str
    """`insecure`, `ssl` or `starttls`, as Apprise names them."""
    user: str
    password: str
    timeout: float

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port}, {self.mode})"


@dataclass(frozen=True, slots=True)
class Post:
    """The envelope and the headers that the channel's address gives."""

    sender: tuple[str, str]
    """Name and address."""
    to: tuple[tuple[str, str], ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """Each once, in order."""
        return tuple(dict.fromkeys((*(address for _, address in self.to), *self.cc, *self.bcc)))


def of_address(service: Any, timeout: float) -> tuple[Server, Post]:
    """What a `mailto://` address means, as Apprise reads it. Raises InvalidError."""
    if getattr(service, "pgp_mode", "no") != "no":
        raise InvalidError("mail of this channel is to be signed or encrypted (`pgp`), which Vagt does not do")
    if not service.targets:
        raise InvalidError("the address names nobody to write to; add `?to=name@host`")
    server = Server(
        host=service.smtp_host,
        port=int(service.port),
        mode=str(service.secure_mode),
        user=service.user or "" if service.password else "",
        password=service.password or "",
        timeout=timeout,
    )
    name, address = service.from_addr
    post = Post(
        sender=(name or "", address),
        to=tuple((called or "", address) for called, address in service.targets),
        cc=tuple(sorted(service.cc)),
        bcc=tuple(sorted(service.bcc)),
        reply_to=tuple(sorted(service.reply_to)),
        headers=tuple(service.headers.items()),
    )
    return server, post


def written(post: Post, message: Message, now: datetime) -> EmailMessage:
    """The mail. The same message gives the same Message-ID, however often it is written."""
    mail = EmailMessage(policy=SMTP)
    domain = post.sender[1].rpartition("@")[2] or "localhost"
    mail["From"] = _mailbox(*post.sender)
    mail["To"] = [_mailbox(name, address) for name, address in post.to]
    if post.cc:
        mail["Cc"] = [_mailbox("", address) for address in post.cc]
    if post.reply_to:
        mail["Reply-To"] = [_mailbox("", address) for address in post.reply_to]
    mail["Subject"] = header(message.title) or "(no title)"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    if message.ref:
        # All mail about one incident is one thread; the reference itself says nothing to whoever reads it.
        thread = hashlib.sha256(f"vagt {message.ref}".encode()).hexdigest()[:32]
        mail["References"] = f"<{thread}@{domain}>"
    # So that no absence note answers (RFC 3834, and Exchange's own header).
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if message.purpose in _URGENT:
        mail["Importance"] = "high"
    for name, value in post.headers:
        if _HEADER.fullmatch(name) and name.lower() not in _OURS:
            mail[name] = header(value)
    mail.set_content(lines(message.words))
    if message.html:
        mail.add_alternative(html_of(message), subtype="html")
    return mail


def _mailbox(name: str, address: str) -> Mailbox:
    try:
        return Mailbox(display_name=header(name), addr_spec=line(address))
    except (ValueError, IndexError) as error:
        raise InvalidError(f"“{line(address)}” is no mail address: {type(error).__name__}") from None
    except Exception as error:  # email.errors has no common base but MessageError
        raise InvalidError(f"“{line(address)}” is no mail address: {error}") from None


def hand_over(server: Server, post: Post, mail: EmailMessage) -> str:
    """Give the mail to the server, once for all recipients. Blocks.

    Words where some of them were refused for good. Raises AdapterError; UnavailableError with
    `sent=True` only where the text had begun to leave and the server's answer to it did not come.
    """
    content = mail.as_bytes()
    with _signed_in(server) as smtp:
        return _handed(smtp, post, content)


def greet(server: Server) -> str:
    """Sign in and out again; nothing is sent. Blocks. Raises AdapterError."""
    with _signed_in(server) as smtp:
        smtp.noop()
    as_whom = f" as {server.user}" if server.user else " without signing in"
    return f"{server.host}:{server.port} takes mail{as_whom}{'' if server.mode != 'insecure' else ', unencrypted'}"


class _signed_in:
    """A connection to the server, encrypted and signed in as the address says."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> smtplib.SMTP:
        server = self._server
        where = f"{server.host}:{server.port}"
        try:
            return self._begun(server)
        except AdapterError:
            self._end()
            raise
        except smtplib.SMTPAuthenticationError as error:
            self._end()
            raise AuthError(f"{where} does not accept the secret: {_said(error.smtp_error)}") from None
        except smtplib.SMTPNotSupportedError as error:
            self._end()
            raise InvalidError(f"{where}: {error}; `mode=` in the address says how to connect") from None
        except UnicodeError:
            self._end()
            raise InvalidError("signing in to a mail server takes a user name and secret of ASCII letters") from None
        except ssl.SSLCertVerificationError as error:
            self._end()
            raise UnavailableError(f"the certificate of {where} is not trusted ({error.verify_message})") from None
        except (smtplib.SMTPException, OSError) as error:
            self._end()
            raise UnavailableError(f"{where}: {_words(error)}") from None

    def _begun(self, server: Server) -> smtplib.SMTP:
        if server.mode == "ssl":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        if server.mode == "starttls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password)
        return smtp

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()


def _handed(smtp: smtplib.SMTP, post: Post, content: bytes) -> str:
    begun = False
    try:
        refused = _enveloped(smtp, post)
        code, said = smtp.docmd("DATA")
        if code != 354:
            raise _answered(code, said, "the text")
        begun = True
        smtp.send(re.sub(rb"(?m)^\.", b"..", content) + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, said = smtp.getreply()
        if not 200 <= code < 300:
            raise _answered(code, said, "the mail")
    except AdapterError:
        raise
    except (smtplib.SMTPException, OSError) as error:
        raise UnavailableError(_words(error), sent=begun) from None
    return f"not to {'; '.join(refused)}" if refused else ""


def _enveloped(smtp: smtplib.SMTP, post: Post) -> list[str]:
    """From whom, to whom; who was refused for good. Raises AdapterError where nobody is left, or somebody must wait."""
    everybody = (post.sender[1], *post.recipients)
    options = []
    if not all(address.isascii() for address in everybody):
        if not smtp.has_extn("smtputf8"):
            raise InvalidError("the server takes no addresses with letters beyond ASCII")
        options = ["SMTPUTF8"]
        smtp.command_encoding = "utf-8"
    code, said = smtp.mail(post.sender[1], options)
    if code != 250:
        raise _answered(code, said, f"the sender {post.sender[1]}")
    refused: list[str] = []
    worst: AdapterError | None = None
    for recipient in post.recipients:
        code, said = smtp.rcpt(recipient)
        if code in (250, 251):
            continue
        error = _answered(code, said, recipient)
        if not isinstance(error, InvalidError):
            # Sent to the others now, it would be there twice for them later.
            raise error
        worst = worst or error
        refused.append(f"{recipient}: {_said(said)}")
    if worst is not None and len(refused) == len(post.recipients):
        raise worst
    return refused


def _answered(code: int, said: bytes | str, what: str) -> AdapterError:
    """What a reply code means (RFC 5321, section 4.2): 4xx later, 5xx never."""
    words = f"the server does not take {what}: {code} {_said(said)}"
    if code == 421:
        return UnavailableError(words)
    if 400 <= code < 500:
        return ThrottledError(words, _LATER)
    if code in (530, 534, 535, 538):
        return AuthError(words)
    if 500 <= code < 600:
        return InvalidError(words)
    return ProtocolError(words)


def _said(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return line(text)


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_said(error.smtp_error)}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "no machine has this name"
    return line(str(getattr(error, "strerror", "") or error)) or type(error).__name__
