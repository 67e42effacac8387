"""What a bug report needs, in one readable file: versions, masked config, the checks, the last lines of the log."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import ssl
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from vagt.adapters.redact import Redactor
from vagt.adapters.registry import installed
from vagt.channels.address import Address
from vagt.checkup.finding import Finding, Status
from vagt.checkup.masked import masked
from vagt.checkup.proxy import BadProxy, proxy_for
from vagt.config import secrets
from vagt.config.settings import Settings
from vagt.domain.aside import aside
from vagt.domain.moments import rfc3339

LOG_FILES = ("vagt.log.1", "vagt.log", "vagt-trouble.jsonl")
_LINES = 200
_TAIL = 512 * 1024
_LIBRARIES = ("textual", "rich", "httpx", "httpcore", "keyring", "msgspec", "platformdirs", "tomli-w")
_ENVIRONMENT = ("TERM", "COLORTERM", "TERM_PROGRAM", "VTE_VERSION", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR")
_PRESENT = ("TMUX", "STY", "SSH_CONNECTION", "VAGT_CONFIG", "VAGT_DATA_DIR", "CREDENTIALS_DIRECTORY")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SHORTEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the bundle is made of."""

    settings: Settings | None
    config: Path | None
    folder: Path
    findings: tuple[Finding, ...]
    now: datetime
    operator: str


async def write_bundle(path: Path, taken: Taken) -> None:
    """Write the file, readable by its owner only. Raises FileExistsError where there is one, and OSError."""
    clean = await _cleaner(taken.settings)
    text = await aside(lambda: clean(_text(taken)))
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write(text)


def _text(taken: Taken) -> str:
    parts = [
        ("Vagt, for a bug report", f"made {rfc3339(taken.now)}; hosts, people, texts and secrets are left out"),
        ("Versions", "\n".join(_versions())),
        ("Checks", "\n".join(_finding(finding) for finding in taken.findings)),
        ("Config", masked(taken.config) if taken.config else "# there is none"),
        ("Data folder", "\n".join(_listing(taken.folder))),
    ]
    parts += [(f"Last lines of {name}", "\n".join(_tail(taken.folder / name))) for name in LOG_FILES]
    return "\n".join(f"# {title}\n\n{body.strip() or '(nothing)'}\n" for title, body in parts)


class _Cleaner:
    """Takes out of a text what nobody else should read."""

    def __init__(self) -> None:
        self.redact = Redactor()
        self.words: dict[str, str] = {}
        """What to put in the place of which words."""

    def __call__(self, text: str) -> str:
        text = self.redact(text)
        for word in sorted(self.words, key=len, reverse=True):
            text = re.sub(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", self.words[word], text)
        home = str(Path.home())
        if len(home) > 1:
            text = text.replace(home, "~")
        return _MAIL.sub("‹mail›", text)


async def _cleaner(settings: Settings | None) -> _Cleaner:
    """Knows every secret that can be found from here, and the names of hosts and accounts."""
    clean = _Cleaner()
    for name, value in os.environ.items():
        if name.startswith("VAGT_SECRET_"):
            clean.redact.learn(value.strip())
    for number, backend in enumerate(settings.backends if settings else (), 1):
        host = urlsplit(backend.url).hostname
        if host and (len(host) >= _SHORTEST or "." in host):
            clean.words.setdefault(host, f"‹host {number}›")
        if len(backend.username) >= _SHORTEST:
            clean.words.setdefault(backend.username, f"‹user {number}›")
        try:
            if (proxy := proxy_for(backend.url)) is not None:
                clean.words.setdefault(proxy.host, "‹proxy›")
                clean.redact.learn(proxy.word, proxy.user)
        except BadProxy:
            continue
    for number, channel in enumerate(settings.channels if settings else (), 1):
        for host in Address(channel.url).hosts:
            if len(host) >= _SHORTEST or "." in host:
                clean.words.setdefault(host, f"‹channel host {number}›")
    wanted = [(b.name, b.secret_command, b.username) for b in (settings.backends if settings else ())]
    wanted += [(c.name, c.secret_command, "") for c in (settings.channels if settings else ())]
    for name, command, user in wanted:
        try:
            clean.redact.learn((await secrets.find(name, command)).reveal(), user)
        except secrets.SecretError:
            continue  # what cannot be found cannot be shown either
    return clean


def _versions() -> Iterable[str]:
    yield f"vagt {_version('vagt')}, Python {platform.python_version()} ({sys.implementation.name})"
    yield f"{platform.platform()}, SQLite {sqlite3.sqlite_version}, {ssl.OPENSSL_VERSION}"
    yield ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    yield "adapters: " + ", ".join(f"{info.name} ({info.distribution} {info.version})" for info in installed())
    yield ", ".join(f"{name}={os.environ[name]}" for name in _ENVIRONMENT if name in os.environ)
    yield "set: " + (", ".join(name for name in _PRESENT if name in os.environ) or "none of ours")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"


def _finding(finding: Finding) -> str:
    message = finding.message
    if finding.name == "sign-in" and finding.status is Status.OK:
        message = f"‹somebody›{message[message.find(' on ') :]}" if " on " in message else "‹somebody›"
    told = {
        "backend": finding.backend,
        "name": finding.name,
        "status": finding.status.value,
        "message": message,
        "details": finding.details,
    }
    return json.dumps(told, ensure_ascii=False)


def _listing(folder: Path) -> Iterable[str]:
    try:
        for path in sorted(folder.iterdir()):
            found = path.stat()
            yield f"{found.st_mode & 0o777:04o} {found.st_size:>12} {path.name}"
    except OSError as error:
        yield f"cannot be listed: {error.strerror or error}"


def _tail(path: Path) -> list[str]:
    """The last lines of a file; none where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            return file.read().decode("utf-8", "replace").splitlines()[-_LINES:]
    except OSError:
        return []
