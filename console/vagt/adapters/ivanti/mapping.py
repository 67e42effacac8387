"""An Ivanti incident as ours: pure functions, lenient about what is missing.

Names are those of the stock Incident object (help page "Get-Object-by-RecId" and its samples);
numbers may come as text and text as numbers, moments with any offset, and year 1 is "not set".
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vagt.adapters.html_text import html_to_text
from vagt.adapters.ivanti.clocks import clocks_of
from vagt.adapters.ivanti.options import IvantiOptions
from vagt.adapters.lenient import Fields, Row, moment_of, text_of
from vagt.domain.incident import Incident, Link, LinkKind, State

SHOWN = (
    "RecId IncidentNumber Subject Status Impact Urgency Priority Owner OwnerTeam ProfileFullName Service Category "
    "Source CauseCode IsVIP ReadOnly MasterIncidentLink_RecID ProblemLink_RecID RespondedDateTime ResolvedDateTime "
    "ClosedDateTime CreatedDateTime LastModDateTime LastModBy ResponseEscLink_RecID ResolutionEscLink_RecID "
    "WaitingEscLink_RecID ClosingEscLink_RecID"
).split()
"""What a list asks for; the whole record has some 180 fields."""
LONG = ("Symptom", "Resolution")
"""Long texts, which are asked for only where few incidents are read."""
CLOCK_LINKS = (
    ("response", "ResponseEscLink_RecID"),
    ("resolution", "ResolutionEscLink_RecID"),
    ("waiting", "WaitingEscLink_RecID"),
    ("closing", "ClosingEscLink_RecID"),
)
_DECISIVE = (
    "Subject",
    "Status",
    "Priority",
    "Impact",
    "Urgency",
    "Owner",
    "OwnerTeam",
    "Service",
    "Category",
    "MasterIncidentLink_RecID",
)
_TITLE = 2000
_HTML = re.compile(
    r"</?(?:p|div|br|span|b|i|u|ul|ol|li|table|tr|td|th|a|html|body|head|style|font|strong|em|h[1-6]|img|pre|hr|o:p)"
    r"(?:\s[^<>]*)?/?>|&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Details:
    """What only an incident's relationships tell."""

    links: tuple[Link, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a row does not tell of itself."""

    backend: str
    options: IvantiOptions
    names: Mapping[str, str] = field(default_factory=dict)
    """Login ID in lower case → display name."""
    numbers: Mapping[str, str] = field(default_factory=dict)
    """RecId in upper case of another incident → its number."""
    watches: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """RecId in upper case → the rows of its SLA clocks."""
    details: Mapping[str, Details] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """RecId → (description, resolution), as far as they were read."""


def record_id(row: Row) -> str:
    """The key of a record, as the interface gave it; empty where it has none."""
    return text_of(row.get("RecId"))


def number_of(row: Row) -> int | None:
    """IncidentNumber as a number, whichever way it comes; None where there is none."""
    text = text_of(row.get("IncidentNumber"))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def incident_of(row: Row, frame: Frame) -> Incident | None:
    """The row as an incident; None only where it has no key, so that nothing could be done with it."""
    id = record_id(row)
    if not id:
        Fields(row, "Ivanti: an incident").text("RecId")
        return None
    options = frame.options
    number = text_of(row.get("IncidentNumber")) or id
    of = Fields(row, f"Ivanti: incident {number}"[:80])
    status = of.text("Status").strip()
    state = state_of(row, options)
    owner = of.text("Owner").strip() or None
    team = of.text("OwnerTeam").strip() or None
    description, resolution = frame.texts.get(id, ("", ""))
    created = of.time("CreatedDateTime")
    responded = of.time("RespondedDateTime")
    return Incident(
        backend=frame.backend,
        id=id,
        number=number,
        title=of.text("Subject", _TITLE),
        state=state,
        native_state=status or "?",
        description=readable(of.text("Symptom")) or description,
        priority=priority_of(of.text("Priority"), options),
        impact=level_of(of.text("Impact"), options.impact_values),
        urgency=level_of(of.text("Urgency"), options.urgency_values),
        major=is_major(row, options),
        team=team,
        team_id=team,
        assignee=owner,
        assignee_name=(frame.names.get(owner.lower()) or owner) if owner else None,
        caller=of.text("ProfileFullName").strip() or None,
        service=of.text("Service").strip() or None,
        category=of.text("Category").strip() or None,
        created_at=created,
        updated_at=of.time("LastModDateTime"),
        updated_by=of.text("LastModBy").strip() or None,
        acknowledged_at=None if state is State.NEW else responded,
        resolved_at=None if state.is_open else of.time("ResolvedDateTime"),
        closed_at=of.time("ClosedDateTime") if state is State.CLOSED else None,
        waiting_reason=status if state is State.WAITING else None,
        resolution=(readable(of.text("Resolution")) or resolution or None) if not state.is_open else None,
        sla=clocks_of(row, frame.watches.get(id.upper(), ()), state, created),
        links=_links(row, frame, id),
        url=_url(options.incident_url, id, number),
        version=version_of(row, options),
        extra=(*_extra(of, options), *frame.details.get(id, Details()).extra),
    )


def state_of(row: Row, options: IvantiOptions) -> State:
    """What the status means: as told, else by its beginning, else by the dates; in doubt it is shown as open."""
    status = text_of(row.get("Status"))
    known = options.state(status)
    if known is not None:
        return known
    if status.lower().startswith(("waiting", "pending", "on hold", "awaiting")):
        return State.WAITING
    closed = moment_of(text_of(row.get("ClosedDateTime")))
    return State.CLOSED if closed or row.get("ReadOnly") is True else State.ACTIVE


def priority_of(native: str, options: IvantiOptions) -> int | None:
    """Our priority: by the table, else by a leading digit from 1 to 5; None where neither tells."""
    text = native.strip().lower()
    known = options.priorities.get(text)
    if known is not None:
        return known
    digit = text[:1]
    return int(digit) if digit in ("1", "2", "3", "4", "5") and not text[1:2].isdigit() else None


def level_of(native: str, values: Mapping[int, str]) -> int | None:
    """Impact or urgency from 1 (high) to 3."""
    text = native.strip().lower()
    return next((level for level, word in values.items() if text and word.lower() == text), None)


def is_major(row: Row, options: IvantiOptions) -> bool:
    """Whether the field that stands for a major incident says so."""
    if not options.major_field:
        return False
    held = row.get(options.major_field)
    if isinstance(held, bool):
        return held is (options.major_value.lower() in ("true", "yes", "1"))
    return bool(text_of(held)) and text_of(held).lower() == options.major_value.lower()


def version_of(row: Row, options: IvantiOptions) -> str:
    """Moment of the last change in UTC and a fingerprint: workflows touch a record without changing what matters."""
    moment = moment_of(text_of(row.get("LastModDateTime")))
    return f"{moment.isoformat() if moment else ''}~{fingerprint(row, options)}"


def fingerprint(row: Row, options: IvantiOptions) -> str:
    """A digest of the fields that a decision rests on."""
    parts = [text_of(row.get(name)) for name in _DECISIVE]
    parts.append(str(is_major(row, options)))
    return f"{zlib.crc32(chr(0).join(parts).encode('utf-8', 'replace')):08x}"


def looks_alike(version: str, row: Row, options: IvantiOptions) -> bool:
    """Whether nothing that a decision rests on changed since `version`."""
    return version.rpartition("~")[2] == fingerprint(row, options)


def is_read_only(row: Row, options: IvantiOptions) -> bool:
    """A closed record: the interface would take a change that Ivanti's own screens refuse."""
    return row.get("ReadOnly") is True or state_of(row, options) is State.CLOSED


def readable(text: str) -> str:
    """A long text without its HTML, where it is HTML; unknown tags, such as an address in brackets, stay."""
    return html_to_text(text) if _HTML.search(text) else text.replace("\r\n", "\n").strip("\n")


def note_text(text: str) -> str:
    """A note's words: HTML only where it begins as a document does, since notes are plain text by default."""
    begins = text.lstrip()[:200]
    is_document = bool(_HTML.match(begins)) and not begins.startswith("&") and "</" in text
    return html_to_text(text) if is_document else text.replace("\r\n", "\n").strip("\n")


def _links(row: Row, frame: Frame, id: str) -> tuple[Link, ...]:
    master = text_of(row.get("MasterIncidentLink_RecID")).upper()
    found: dict[tuple[LinkKind, str], Link] = {}
    if master:
        ref = f"{frame.backend}:{frame.numbers.get(master, master)}"
        found[(LinkKind.PARENT, ref)] = Link(LinkKind.PARENT, ref)
    for link in frame.details.get(id, Details()).links:
        if link.kind is LinkKind.PARENT and link.ref not in (one.ref for one in found.values()):
            continue
        found[(link.kind, link.ref)] = link
    return tuple(found.values())


def _extra(of: Fields, options: IvantiOptions) -> tuple[tuple[str, str], ...]:
    told = [("VIP", "yes")] if of.flag("IsVIP") else []
    for label, name in (("Source", "Source"), ("Cause code", "CauseCode")):
        if value := of.text(name).strip():
            told.append((label, value))
    native = of.text("Priority").strip()
    if native and native not in ("1", "2", "3", "4", "5"):
        told.append(("Priority in Ivanti", native))
    own = ((name, readable(of.text(name)).strip()) for name in options.extra_fields)
    return (*told, *((name, value) for name, value in own if value))


def _url(pattern: str, id: str, number: str) -> str | None:
    return pattern.replace("{id}", id).replace("{number}", number) if pattern else None
