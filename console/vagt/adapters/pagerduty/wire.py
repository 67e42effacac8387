"""Lenient reading of PagerDuty's objects ("Resource references", "Types"): a reference and a whole object read alike.

Any field may be null, an unknown `type` has a `summary` all the same, and ids are opaque texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from vagt.adapters.lenient import Row, text_of

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_id(text: str) -> bool:
    """Whether it can stand in a path as an id."""
    return _ID.fullmatch(text) is not None


def held(row: Row, name: str) -> Row:
    """The object in a field; an empty one where there is none."""
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> tuple[Row, ...]:
    """The objects of a list; none where it is null or no list."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def id_of(row: Row) -> str:
    return text_of(row.get("id"))


def name_of(row: Row) -> str:
    """What people call it: its name, else its summary, else its id."""
    return text_of(row.get("name")) or text_of(row.get("summary")) or id_of(row)


def kind_of(row: Row) -> str:
    """Its type without `_reference`."""
    return text_of(row.get("type")).removesuffix("_reference")


def reference(kind: str, id: str) -> dict[str, str]:
    """A reference as a write wants it."""
    return {"id": id, "type": f"{kind}_reference"}


def wire_time(when: datetime) -> str:
    """A moment for a parameter: always with its zone, since one without is read in the account's."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown_time(when: datetime) -> str:
    """A moment for people."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def clean(text: str) -> str:
    """Text without controls and lone surrogates, LF as line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))
    return kept.encode("utf-8", "replace").decode("utf-8")
