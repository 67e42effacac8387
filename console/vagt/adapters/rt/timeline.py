"""An RT ticket's transactions as a timeline: pure functions ("RT REST2", section 6.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from vagt.adapters.rt.messages import body_text
from vagt.adapters.rt.wire import NOBODY, Row, number_of, reference, text_of, time_of
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind, TimelineEntry

_MAIL_RECORDS = frozenset({"EmailRecord", "CommentEmailRecord"})
_NOISE = frozenset({"Told", "Started", "TimeLeft", "TimeWorked", "LastUpdated"})
_USER_FIELDS = frozenset({"Owner"})
_LINKS = {
    "DependsOn": "depends on",
    "DependedOnBy": "is depended on by",
    "RefersTo": "refers to",
    "ReferredToBy": "is referred to by",
    "MemberOf": "is a child of",
    "HasMember": "has the child",
    "MergedInto": "was merged into",
}
NOBODY_ID = "6"
"""RT's own user "Nobody", as transactions name him."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Names = Callable[[str, str], str]
"""("user" | "queue" | "field", id) → the name for people."""


def entries_of(
    history: Iterable[Row],
    bodies: Iterable[Row],
    names: Names,
    meaning: Callable[[str], State | None] = lambda _: None,
) -> tuple[TimelineEntry, ...]:
    """Everything worth reading, oldest first; mail records and RT's own book-keeping are left out.

    `meaning`: what the name of a status means.
    """
    texts: dict[int, list[Row]] = {}
    for part in bodies:
        number = number_of(part.get("TransactionId"))
        if number is not None:
            texts.setdefault(number, []).append(part)
    found: list[tuple[datetime, int, TimelineEntry]] = []
    for row in history:
        id = number_of(row.get("id")) or 0
        told = _entry(row, body_text(texts.get(id, [])), names)
        if told is None:
            continue
        kind, public, text = told
        at = time_of(row.get("Created"), "Created", f"transaction {id}") or _EPOCH
        by = names("user", reference(row.get("Creator"))) or "?"
        became = _became(row, meaning)
        found.append((at, id, TimelineEntry(at, by, kind, public, text, str(id) if id else "", became)))
    return tuple(entry for _, _, entry in sorted(found, key=lambda item: item[:2]))


def user_ids(history: Iterable[Row]) -> set[str]:
    """The numbers of users that only their transactions name, and only by number."""
    found: set[str] = set()
    for row in history:
        type_, field = text_of(row.get("Type")), text_of(row.get("Field"))
        if (type_ == "Set" and field in _USER_FIELDS) or type_ in ("AddWatcher", "DelWatcher"):
            found |= {text_of(row.get("OldValue")), text_of(row.get("NewValue"))}
    return {id for id in found if id.isdigit() and id != "0"}


def _became(row: Row, meaning: Callable[[str], State | None]) -> State | None:
    type_, new = text_of(row.get("Type")), text_of(row.get("NewValue"))
    if type_ == "Status":
        return meaning(new)
    given_back = type_ == "Set" and text_of(row.get("Field")) == "Owner" and new in (NOBODY_ID, NOBODY)
    return State.NEW if given_back else None


def _entry(row: Row, body: str, names: Names) -> tuple[EntryKind, bool, str] | None:
    type_ = text_of(row.get("Type"))
    field = text_of(row.get("Field"))
    old, new = text_of(row.get("OldValue")), text_of(row.get("NewValue"))
    match type_:
        case "Create":
            return (EntryKind.COMMENT, True, body) if body else (EntryKind.OTHER, False, "registered")
        case "Comment":
            return EntryKind.NOTE, False, body or "(empty)"
        case "Correspond":
            return EntryKind.COMMENT, True, body or "(empty)"
        case "Status":
            return EntryKind.STATE, False, f"{old} → {new}"
        case "Set":
            return _set(field, old, new, names)
        case "CustomField":
            name = names("field", field) or f"custom field {field}"
            return EntryKind.UPDATE, False, _change(name, old, new)
        case "AddLink" | "DeleteLink":
            what = _LINKS.get(field, field)
            target = new if type_ == "AddLink" else old or new
            no_longer = "" if type_ == "AddLink" else "no longer "
            return EntryKind.UPDATE, False, f"{no_longer}{what} {_target(target)}"
        case "AddWatcher" | "DelWatcher":
            who = names("user", new or old) or new or old
            return EntryKind.UPDATE, False, f"{field}: {'+' if type_ == 'AddWatcher' else '−'} {who}"
        case "SetWatcher":
            return None if field == "Owner" else (EntryKind.UPDATE, False, _change(field, old, new))
        case _ if type_ in _MAIL_RECORDS:
            return None
        case "":
            return EntryKind.OTHER, False, body or "?"
        case _:
            return EntryKind.OTHER, False, body or f"{type_} {field}".strip()


def _set(field: str, old: str, new: str, names: Names) -> tuple[EntryKind, bool, str] | None:
    if field in _NOISE:
        return None
    if field == "Owner":
        to = names("user", new)
        return EntryKind.ASSIGNMENT, False, f"{names('user', old) or 'nobody'} → {to or 'nobody'}"
    if field == "Queue":
        return EntryKind.ASSIGNMENT, False, f"{names('queue', old) or old} → {names('queue', new) or new}"
    if field == "Priority":
        return EntryKind.PRIORITY, False, f"{old} → {new}"
    return EntryKind.UPDATE, False, _change(field, _value(old), _value(new))


def _value(text: str) -> str:
    moment = time_of(text) if len(text) == 19 and text[4] == "-" else None
    if moment is not None:
        return f"{moment:%Y-%m-%d %H:%M} UTC"
    return "" if text.startswith("1970-01-01 00:00:00") else text


def _change(name: str, old: str, new: str) -> str:
    return f"{name}: {old or '–'} → {new or '–'}"


def _target(uri: str) -> str:
    """`fsck.com-rt://site/ticket/14` is our ticket 14; everything else is told as it is."""
    kind, _, number = uri.rpartition("/ticket/")
    return f"#{number}" if kind.startswith("fsck.com-rt:") and number.isdigit() else uri


def named(table: Mapping[str, Mapping[str, str]]) -> Names:
    """`Names` from plain tables."""

    def name(kind: str, id: str) -> str:
        if kind == "user" and id in (NOBODY_ID, NOBODY):
            return ""
        return table.get(kind, {}).get(id, "" if id.isdigit() else id)

    return name
