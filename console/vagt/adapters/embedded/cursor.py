"""The opaque cursor of `changes`: where a listing stands, and in which file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cursor:
    """Either within a full listing (`after` is the last row told) or between increments (`after` is None)."""

    epoch: str
    """Of the file: a cursor from another file is void."""
    seq: int
    """All changes up to this one are told, or will be by the listing under way."""
    after: int | None = None

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}" + ("" if self.after is None else f".{self.after}")


def read(text: str | None, epoch: str) -> Cursor | None:
    """The cursor in `text`; None where it is none of this file's, so that a full listing begins."""
    parts = (text or "").split(".")
    if parts[0] != epoch or len(parts) not in (2, 3) or not all(part.isdigit() for part in parts[1:]):
        return None
    return Cursor(epoch, int(parts[1]), int(parts[2]) if len(parts) == 3 else None)
