"""The files of incidents, kept in the same database as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from vagt.adapters.embedded.desk import Doing, ServiceDesk
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.store import Store, moment, stamp
from vagt.adapters.protocol import Attachment, InvalidError, NotFoundError
from vagt.domain.timeline import EntryKind

MOST = 25 * 1024 * 1024
"""Bytes of one file."""


def listed(store: Store, row: Row) -> tuple[Attachment, ...]:
    """The incident's files, oldest first."""
    found = store.db.execute(
        "SELECT id, name, by, at, length(content) FROM file WHERE incident = ? ORDER BY id", (row.pk,)
    )
    return tuple(_attachment(each) for each in found)


def added(desk: ServiceDesk, row: Row, name: str, content: bytes, doing: Doing) -> Attachment:
    """Hang a file on it, with a line in the timeline. Raises InvalidError."""
    if not name.strip() or PurePosixPath(name).name != name:
        raise InvalidError(f"“{name}” is not the name of a file.", (("name", "is not a file's name"),))
    if len(content) > MOST:
        raise InvalidError(f"{name} is larger than {MOST >> 20} MiB.")
    cursor = desk.store.db.execute(
        "INSERT INTO file (incident, at, by, name, content) VALUES (?, ?, ?, ?, ?)",
        (row.pk, stamp(doing.at), doing.by, name, content),
    )
    desk.saved(row, doing, EntryKind.UPDATE, f"Attached {name}")
    return Attachment(id=f"f{cursor.lastrowid}", name=name, by=doing.by, at=doing.at, size=len(content))


def content_of(store: Store, row: Row, id: str) -> bytes:
    """The content of one of its files. Raises NotFoundError."""
    key = id.removeprefix("f")
    found = None
    if key.isascii() and key.isdigit() and len(key) < 18:
        found = store.db.execute(
            "SELECT content FROM file WHERE incident = ? AND id = ?", (row.pk, int(key))
        ).fetchone()
    if found is None:
        raise NotFoundError(f"{row.number} has no file “{id}”.")
    return bytes(found[0])


def _attachment(found: Sequence[object]) -> Attachment:
    id, name, by, at, size = found
    assert isinstance(at, int) and isinstance(size, int)
    return Attachment(id=f"f{id}", name=str(name), by=str(by), at=moment(at), size=size)
