"""Puts a new backend into the config file: what a person wrote there stays letter by letter, and a copy is kept."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from vagt.adapters.checked import checked
from vagt.checkup.draft import Draft
from vagt.config.build import settings_of
from vagt.config.document import Document
from vagt.config.errors import ConfigError
from vagt.config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A config with one backend more, checked, not yet written."""

    path: Path
    addition: str
    """What is added at the end."""
    before: bytes | None = field(repr=False)
    """What the file held when it was read; None: there was none."""
    after: bytes = field(repr=False)
    settings: Settings
    """As the file will be read."""


def names_in(path: Path) -> tuple[str, ...]:
    """The backends that the file has; none where there is no file. Raises ConfigError where it does not load."""
    before = _read(path)
    if before is None:
        return ()
    document = _document(path, before)
    settings = settings_of(document)
    return tuple(backend.name for backend in settings.backends) if document.tables("backends") else ()


def planned(path: Path, draft: Draft) -> Plan:
    """The config with `draft` at its end. Raises ConfigError where that would not load, or change what was there."""
    before = _read(path)
    known = names_in(path)
    addition = draft.written()
    after = _joined(before, addition)
    try:
        document = _document(path, after)
        settings = checked(settings_of(document), document)
    except ConfigError as error:
        if before is None or not _inline(path, before):
            raise
        words = "`backends` is one list there, and a table cannot be put behind it"
        raise ConfigError(
            f"{path}: {words}; write its entries as [[backends]] tables, or add this one by hand"
        ) from error
    if tuple(backend.name for backend in settings.backends) != (*known, draft.name):
        raise ConfigError(f"{path}: the new table would not stand where it belongs; add it by hand")
    return Plan(path=path, addition=addition, before=before, after=after, settings=settings)


def write(plan: Plan, now: datetime) -> Path | None:
    """Put it in the file's place at once; the copy of what was there, None where there was nothing.

    A link stays a link. Raises ConfigError where somebody changed the file meanwhile, and OSError.
    """
    target = plan.path.resolve()
    if _read(plan.path) != plan.before:
        raise ConfigError(f"{plan.path} was changed by somebody else just now; nothing was written, start again")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy: Path | None = None
    if plan.before is not None:
        copy = _free(target.with_name(f"{target.name}.before-{now:%Y%m%d-%H%M%S}"))
        mode = target.stat().st_mode & 0o777
        _replace(copy, plan.before, mode)
        _replace(target, plan.after, mode)
    else:
        _replace(target, plan.after, 0o600)
    return copy


def _replace(path: Path, data: bytes, mode: int) -> None:
    """The whole file or nothing, even where the machine goes down half way."""
    file, passing = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(file, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(passing, path)  # noqa: PTH105  the same for both kinds of path
    except BaseException:
        Path(passing).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _free(path: Path) -> Path:
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}; check who may read it") from error


def _document(path: Path, data: bytes) -> Document:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    return Document.parse(text, path)


def _inline(path: Path, before: bytes) -> bool:
    """Whether `backends = [...]` stands there as one value, which no [[backends]] may follow."""
    document = _document(path, before)
    return bool(document.tables("backends")) and b"[[backends]]" not in before.replace(b" ", b"")


def _joined(before: bytes | None, addition: str) -> bytes:
    """Text behind text: a blank line between them, line ends as the file has them."""
    if not before or not before.strip():
        return (before or b"") + addition.encode()
    new_line = b"\r\n" if b"\r\n" in before else b"\n"
    gap = new_line if before.endswith(b"\n") else new_line * 2
    return before + gap + addition.encode().replace(b"\n", new_line)
