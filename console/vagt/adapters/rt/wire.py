"""Lenient reading of RT's JSON: what cannot be read is dropped with a log line, never guessed ("RT REST2").

Numbers mostly come as text, references to users carry the login name, 1970 means "not set",
lists may hold null, and keys may be missing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_log = logging.getLogger(__name__)

Row = Mapping[str, object]
NOBODY = "Nobody"
ROBOTS = frozenset({"RT_System", NOBODY})
"""RT's own users, who are nobody to assign to."""
_LONGEST = 1_000_000


def dropped(what: str, of: str) -> None:
    """Leave a trace of something unreadable; its content may be private and stays out."""
    _log.warning("RT: %s of %s is unreadable and was left out", what, of)


def text_of(value: object, what: str = "", of: str = "", limit: int = _LONGEST) -> str:
    """A text or number as text, at most `limit` characters; empty where it is neither."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if len(value) <= limit else value[:limit]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if what:
        dropped(what, of)
    return ""


def number_of(value: object, what: str = "", of: str = "") -> int | None:
    """A whole number, also where it comes as text; None where there is none."""
    text = text_of(value, what, of).strip()
    if not text:
        return None
    try:
        return int(text) if len(text) < 20 else None
    except ValueError:
        if what:
            dropped(what, of)
        return None


def time_of(value: object, what: str = "", of: str = "") -> datetime | None:
    """A moment in UTC; None for 1970, which is how RT says "not set"."""
    text = text_of(value, what, of).strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        if what:
            dropped(what, of)
        return None
    return moment if moment.year > 1970 else None


def reference(value: object) -> str:
    """The id that a reference carries: the login of a user, the number of a queue or ticket."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return text_of(value).strip()


def person_name(value: object) -> str:
    """What a user reference tells besides the login: the real name, else the address."""
    if not isinstance(value, Mapping):
        return ""
    return text_of(value.get("RealName")).strip() or text_of(value.get("EmailAddress")).strip()


def ticket_id(row: Row) -> str:
    """The ticket's number as text; empty where the row has none."""
    value = row.get("id")
    number = number_of(value) if not isinstance(value, bool) else None
    return str(number) if number is not None and number > 0 else ""


def rows_of(value: object) -> Iterator[Row]:
    """The objects in a list; anything else in it is passed over."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))


def custom_fields(row: Row) -> dict[str, tuple[str, ...]]:
    """Custom fields by name, in the order of their names; unset ones are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for field in rows_of(row.get("CustomFields")):
        name = text_of(field.get("name")).strip()
        values = field.get("values")
        kept = tuple(text_of(v) for v in values if text_of(v) != "") if isinstance(values, list) else ()
        if name and kept:
            found[name] = kept
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class LifecycleAction:
    """A labelled step of the ticket's lifecycle that the caller may do."""

    to: str
    label: str
    update: str
    """What RT's own form asks for with it: "comment", "respond" or nothing."""


def actions_of(row: Row) -> tuple[LifecycleAction, ...]:
    """The lifecycle's labelled actions in `_hyperlinks`, each target once."""
    found: dict[str, LifecycleAction] = {}
    for link in rows_of(row.get("_hyperlinks")):
        to = text_of(link.get("to")).strip()
        if text_of(link.get("ref")) == "lifecycle" and to:
            label = text_of(link.get("label")).strip() or to
            found.setdefault(to.lower(), LifecycleAction(to, label, text_of(link.get("update")).strip().lower()))
    return tuple(found.values())


def may(row: Row, what: str) -> bool:
    """Whether `_hyperlinks` offers "comment" or "correspond": RT lists them only to who has the right."""
    return any(text_of(link.get("ref")) == what for link in rows_of(row.get("_hyperlinks")))


def clean(text: str) -> str:
    """Text that RT and every database under it keep whole: no NUL, escapes or lone surrogates, LF as line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))
    return kept.encode("utf-8", "replace").decode("utf-8") if any(0xD800 <= ord(c) < 0xE000 for c in kept) else kept


def cut_bytes(text: str, limit: int) -> str:
    """The longest beginning of `text` that fits `limit` bytes of UTF-8."""
    return text.encode("utf-8")[:limit].decode("utf-8", "ignore")
