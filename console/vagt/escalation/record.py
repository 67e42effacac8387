"""What a timeline tells of an incident's escalation: who claimed, took and held which step, and the last human hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from vagt.domain import marker
from vagt.domain.incident import State
from vagt.domain.marker import Marker
from vagt.domain.timeline import EntryKind, TimelineEntry

_OURS = frozenset({EntryKind.ASSIGNMENT, EntryKind.ESCALATION, EntryKind.STATE})
_BELIEVED = frozenset({EntryKind.NOTE, EntryKind.ESCALATION})
_SLACK = timedelta(seconds=10)
"""What a console does for a step may be written so long after the note that tells of it."""


class MarkKind(StrEnum):
    """What a console said of a step."""

    CLAIM = "claim"
    DONE = "done"
    HOLD = "hold"
    SENT = "sent"
    """The backend's own escalation was asked for: it stands in the reason that the backend keeps."""
    ACK = "ack"
    """A person has what came back, though the backend's own state says nothing new by that. Of no step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One console's word about one step of a path. Times are the backend's."""

    kind: MarkKind
    path: str
    step: int
    round: str
    """`0` while nobody has acknowledged it, `rN` since it came back; else when the acknowledgement ran out."""
    id: str
    """The claim that it belongs to."""
    at: datetime
    by: str = ""
    until: datetime | None = None
    """Of a hold: until when nothing is done."""
    reached: bool = True
    """Of what was done: whether anybody was reached."""
    manual: bool = False
    """A person did it with a key or a command."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done to it, as far as it matters who did it, and what it became."""

    at: datetime
    by: str
    kind: EntryKind
    public: bool
    became: State | None
    """As `TimelineEntry.state`."""
    ours: bool
    """A console did it by itself, for a step."""


@dataclass(frozen=True, slots=True)
class Record:
    """What was read."""

    marks: tuple[Mark, ...] = ()
    """In the backend's order."""
    touched_at: datetime | None = None
    """The last thing that a person did, as far as the timeline tells."""
    ours_at: datetime | None = None
    """The last thing that a console did by itself."""
    deeds: tuple[Deed, ...] = ()
    """All of it, oldest first."""

    def plus(self, mark: Mark) -> Record:
        """The same with one more."""
        return replace(self, marks=(*self.marks, mark))


NOTHING = Record()


def line_of(mark: Mark) -> str:
    """The marker that stands in a note."""
    values = [("path", mark.path), ("step", str(mark.step)), ("round", mark.round), ("id", mark.id)]
    if mark.by:
        values.append(("by", mark.by))
    if mark.until is not None:
        values.append(("until", str(int(mark.until.timestamp()))))
    if mark.kind is MarkKind.DONE and not mark.reached:
        values.append(("reached", "0"))
    if mark.manual:
        values.append(("manual", "1"))
    return marker.line(Marker(mark.kind.value, tuple(values)))


def record_of(entries: Iterable[TimelineEntry]) -> Record:
    """What a timeline, oldest first, tells."""
    entries = tuple(entries)
    found = [(entry, mark) for entry in entries for mark in _marks(entry)]
    marks = tuple(mark for _, mark in found)
    own = {id(entry) for entry, mark in found if not mark.manual and mark.kind is not MarkKind.HOLD}
    spans = [(entry.by, mark.at, _end(marks, mark)) for entry, mark in found if mark.kind is MarkKind.CLAIM]
    deeds = []
    for entry in entries:
        during = entry.kind in _OURS and any(by == entry.by and start <= entry.at <= end for by, start, end in spans)
        ours = id(entry) in own or during
        deeds.append(Deed(entry.at, entry.by, entry.kind, entry.public, entry.state, ours))
    return Record(
        marks,
        max((deed.at for deed in deeds if not deed.ours), default=None),
        max((deed.at for deed in deeds if deed.ours), default=None),
        tuple(deeds),
    )


def _marks(entry: TimelineEntry) -> list[Mark]:
    """What consoles said in it. Only what people who work on it can have written is believed: no customer's mail."""
    if entry.public or entry.kind not in _BELIEVED:
        return []
    found = []
    for each in marker.find(entry.text):
        if each.kind not in set(MarkKind) or not each.get("step").isdigit():
            continue
        until = each.get("until")
        found.append(
            Mark(
                kind=MarkKind(each.kind),
                path=each.get("path"),
                step=int(each.get("step")),
                round=each.get("round", "0"),
                id=each.get("id"),
                at=entry.at,
                by=each.get("by") or entry.by,
                until=datetime.fromtimestamp(int(until), UTC) if until.isdigit() and len(until) < 12 else None,
                reached=each.get("reached") != "0",
                manual=each.get("manual") == "1",
            )
        )
    return found


def _end(marks: tuple[Mark, ...], claim: Mark) -> datetime:
    """Until when what happens under a claim's name is the console's own doing."""
    done = (mark.at for mark in marks if mark.kind is MarkKind.DONE and mark.id == claim.id)
    return min(done, default=claim.at + timedelta(seconds=120)) + _SLACK
