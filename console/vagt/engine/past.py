"""The store's closed incidents in slices, oldest first: what the suggestions learn from."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import NamedTuple

import msgspec

from vagt.domain.past import Past

_pasts = msgspec.json.Decoder(Past)


class Place(NamedTuple):
    """Where a slice ended: the next one begins behind it."""

    updated: float
    id: int


def beginning(connection: sqlite3.Connection, most: int) -> Place:
    """Just before the newest `most` closed incidents; before all of them where there are fewer."""
    row = connection.execute(
        "SELECT updated, id FROM incidents WHERE open = 0 ORDER BY updated DESC, id DESC LIMIT 1 OFFSET ?", (most,)
    ).fetchone()
    return Place(float("-inf"), 0) if row is None else Place(float(row[0]), int(row[1]))


def slice_after(
    connection: sqlite3.Connection, backends: Collection[str], after: Place, size: int
) -> tuple[list[Past], Place | None]:
    """The next `size` closed incidents, last changed first to last, and where to go on; None: that was all.

    Rows that cannot be read are left out: the reading of open ones sees to damage.
    """
    rows = connection.execute(
        "SELECT updated, id, backend, body FROM incidents WHERE open = 0 AND (updated, id) > (?, ?)"
        " ORDER BY updated, id LIMIT ?",
        (*after, size),
    ).fetchall()
    found = []
    for _, _, backend, body in rows:
        if backend in backends:
            try:
                found.append(_pasts.decode(body))
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
    return found, Place(rows[-1][0], rows[-1][1]) if len(rows) == size else None
