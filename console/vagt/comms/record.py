"""What was sent, to whom and with which promise: written as an internal note, and read back by every console."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from vagt.domain import marker, moments
from vagt.domain.marker import Marker
from vagt.domain.timeline import EntryKind, TimelineEntry

KIND = "update"
MISSED = "missed"
_SECONDS = re.compile(r"[0-9]{1,7}")
_LAST_YEAR = 9000
"""Nobody promises later than that, and sums with it still work."""
_AHEAD = timedelta(hours=1)
_MOST = 200_000
"""Characters that a packed part may unfold to: a note is no archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRecord:
    """One stakeholder update, as the incident's timeline tells it. Times are UTC."""

    id: str
    template: str
    at: datetime
    by: str
    """As the backend names the author."""
    audiences: tuple[str, ...]
    next_update: datetime | None = None
    expected: datetime | None = None
    every: float | None = None
    """Seconds between updates at that time."""
    answers: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    """Audience to the digest of its text."""
    approvals: tuple[str, ...] = ()
    """The proposals that were approved and are sent with it."""
    missed: tuple[str, ...] = ()
    """Of `audiences`, those of whom a later note says that nothing arrived."""
    text: str = ""
    """The note for people, where it was read from a timeline: to whom, what was promised, and each text."""

    @property
    def reached(self) -> tuple[str, ...]:
        """Those who were told, as far as anybody knows."""
        return tuple(name for name in self.audiences if name not in self.missed)


def packed(data: object) -> str:
    """Anything that is JSON as one word that a marker can carry."""
    raw = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "replace")
    return base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode("ascii").rstrip("=")


def unpacked(word: str) -> object:
    """What `packed` made a word of; None for anything else."""
    try:
        raw = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        unfolder = zlib.decompressobj()
        text = unfolder.decompress(raw, _MOST)
        if not unfolder.eof:
            return None
        found: object = json.loads(text)
        return found
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        return None


def marker_of(record: UpdateRecord) -> Marker:
    """The record as other consoles read it."""
    values = [
        ("id", record.id),
        ("template", record.template),
        ("at", moments.rfc3339(record.at)),
        ("to", packed(list(record.audiences))),
    ]
    if record.next_update is not None:
        values.append(("next", moments.rfc3339(record.next_update)))
    if record.expected is not None:
        values.append(("expected", moments.rfc3339(record.expected)))
    if record.every:
        values.append(("every", str(round(record.every))))
    values.append(("fields", packed(dict(record.answers))))
    values.append(("texts", packed(dict(record.digests))))
    if record.approvals:
        values.append(("approvals", packed(list(record.approvals))))
    return Marker(KIND, tuple(values))


def missed_line(update: str, audiences: Sequence[str]) -> str:
    """The line for consoles that says: of this update nothing arrived at these."""
    return marker.line(Marker(MISSED, (("id", update), ("to", packed(list(audiences))))))


def internal(entries: Iterable[TimelineEntry]) -> Iterable[TimelineEntry]:
    """Those that only people who work on it can have written: a customer's mail is never believed."""
    return (entry for entry in entries if entry.kind is EntryKind.NOTE and not entry.public)


def records_in(entries: Sequence[TimelineEntry]) -> tuple[UpdateRecord, ...]:
    """Every update that the timeline tells, oldest first, each once."""
    found: dict[str, UpdateRecord] = {}
    missed: dict[str, tuple[str, ...]] = {}
    for entry in internal(entries):
        for one in marker.find(entry.text):
            if one.kind == KIND and (record := _record(one, entry)) is not None:
                found.setdefault(record.id, record)
            elif one.kind == MISSED:
                missed[one.get("id")] = _texts(unpacked(one.get("to")))
    told = (replace(one, missed=missed[one.id]) if one.id in missed else one for one in found.values())
    return tuple(sorted(told, key=lambda record: record.at))


def _record(one: Marker, entry: TimelineEntry) -> UpdateRecord | None:
    if not one.get("id"):
        return None
    at = moment_of(one.get("at"))
    return UpdateRecord(
        id=one.get("id"),
        template=one.get("template"),
        # a console whose clock is wrong must not have the last word for ever
        at=entry.at if at is None or at - entry.at > _AHEAD else at,
        by=entry.by,
        audiences=_texts(unpacked(one.get("to"))),
        next_update=moment_of(one.get("next")),
        expected=moment_of(one.get("expected")),
        every=seconds_of(one.get("every")),
        answers=_table(unpacked(one.get("fields"))),
        digests=_table(unpacked(one.get("texts"))),
        approvals=_texts(unpacked(one.get("approvals"))),
        text=marker.without(entry.text),
    )


def moment_of(text: str) -> datetime | None:
    """The moment (UTC) in RFC 3339; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo and found.year < _LAST_YEAR else None
    except (ValueError, OverflowError):
        return None


def seconds_of(text: str) -> float | None:
    """A number of whole seconds, of at most some months; None for anything else."""
    return float(text) if _SECONDS.fullmatch(text) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _table(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(key, str) and isinstance(text, str)}
