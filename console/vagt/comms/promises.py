"""What was promised to whom on each incident: kept on disk, so that the clocks run before any timeline is read.

A promise to one audience stands until that audience hears again, whoever else was told something meanwhile.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from vagt.comms.audiences import Audience
from vagt.comms.cadence import Cadence
from vagt.comms.record import UpdateRecord, moment_of, records_in
from vagt.domain import moments
from vagt.domain.incident import Incident, Key, SlaClock
from vagt.domain.query import Facts
from vagt.domain.timeline import TimelineEntry

_MOST = 2000
"""So many incidents are remembered, the last told first."""


class Promises:
    """The last update of each incident, as its timeline told it when somebody last read it."""

    def __init__(self, data_dir: Path, audiences: Collection[str]) -> None:
        """`audiences`: the names of those that the config has; nobody waits for a word to any other."""
        self._path = data_dir / "promises.json"
        self._audiences = frozenset(audiences)
        self._last: dict[Key, UpdateRecord] = {}
        self._others: dict[Key, dict[str, datetime]] = {}
        """Promises to those who were not told of the last update."""
        self._read()

    def last(self, key: Key) -> UpdateRecord | None:
        """The last update, with the earliest promise that stands to anybody."""
        known = self._last.get(key)
        if known is None:
            return None
        standing = [at for name, at in self._others.get(key, {}).items() if name in self._audiences]
        earliest = min([*standing, *([known.next_update] if known.next_update is not None else [])], default=None)
        return replace(known, next_update=earliest)

    def learn(self, key: Key, timeline: Sequence[TimelineEntry]) -> bool:
        """Take over what a timeline tells; whether that is news."""
        found = records_in(timeline)
        return bool(found) and self.keep(key, found[-1], promised_before(found[:-1]))

    def keep(self, key: Key, record: UpdateRecord, before: Mapping[str, datetime] | None = None) -> bool:
        """Remember an update that was just sent, or read; whether that is news. A disk that is full loses it only.

        `before`: what was promised to whom by the updates before it; None where nobody has read them now.
        """
        if not self._take(key, record, before):
            return False
        self.reload()
        with suppress(OSError):
            self._write()
        return True

    def forget(self, key: Key, update: str) -> bool:
        """An update was taken back: what it promised is none; whether that is news."""
        known = self._last.get(key)
        if known is None or known.id != update:
            return False
        del self._last[key]
        self._others.pop(key, None)
        with suppress(OSError):
            self._write()
        return True

    def reload(self) -> None:
        """Take over what another console of this data folder has written meanwhile."""
        self._read()

    def _take(self, key: Key, record: UpdateRecord, before: Mapping[str, datetime] | None) -> bool:
        known = self._last.get(key)
        if known is not None and (known.at > record.at or known.id == record.id):
            return False
        others = dict(self._others.get(key, {}) if before is None else before)
        if before is None and known is not None and known.next_update is not None:
            others |= dict.fromkeys(known.audiences, known.next_update)
        self._last.pop(key, None)
        self._last[key] = record
        self._others[key] = {name: at for name, at in others.items() if name not in record.audiences}
        while len(self._last) > _MOST:
            oldest = next(iter(self._last))
            del self._last[oldest]
            self._others.pop(oldest, None)
        return True

    def _read(self) -> None:
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            for row in json.loads(self._path.read_bytes())["last"]:
                others = {str(name): moment_of(str(text)) for name, text in dict(row.get("others", {})).items()}
                before = {name: at for name, at in others.items() if at is not None}
                self._take(Key(str(row["backend"]), str(row["on"])), _record(row), before)

    def _write(self) -> None:
        rows = [
            {
                "backend": key.backend,
                "on": key.id,
                "id": record.id,
                "template": record.template,
                "at": moments.rfc3339(record.at),
                "by": record.by,
                "to": list(record.audiences),
                "next": None if record.next_update is None else moments.rfc3339(record.next_update),
                "expected": None if record.expected is None else moments.rfc3339(record.expected),
                "every": record.every,
                "others": {name: moments.rfc3339(at) for name, at in self._others.get(key, {}).items()},
            }
            for key, record in self._last.items()
        ]
        body = json.dumps({"last": rows}).encode("ascii")
        fresh = self._path.with_suffix(f".{os.getpid()}-{uuid4().hex[:8]}.new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, body)
        finally:
            os.close(file)
        fresh.replace(self._path)


def promised_before(records: Sequence[UpdateRecord]) -> dict[str, datetime]:
    """What each audience was promised by the last of these updates that it got, oldest first."""
    found: dict[str, datetime] = {}
    for record in records:
        for audience in record.audiences:
            found.pop(audience, None)
            if record.next_update is not None:
                found[audience] = record.next_update
    return found


def _record(row: Any) -> UpdateRecord:
    at = moment_of(str(row["at"]))
    if at is None:
        raise ValueError("an update without a time")
    return UpdateRecord(
        id=str(row["id"]),
        template=str(row["template"]),
        at=at,
        by=str(row["by"]),
        audiences=tuple(map(str, row["to"])),
        next_update=moment_of(str(row.get("next"))),
        expected=moment_of(str(row.get("expected"))),
        every=row.get("every"),
    )


def giver(
    promises: Promises, audiences: Collection[Audience], cadence: Cadence, facts: Callable[[], Facts]
) -> Callable[[Incident], tuple[SlaClock, ...]]:
    """The clocks of the next word, for the board: none for an incident that concerns no audience."""

    def clocks(incident: Incident) -> tuple[SlaClock, ...]:
        if not incident.is_open:
            return ()
        last = promises.last(incident.key)
        if last is None:
            known = facts()
            if not any(audience.concerns(incident, known) for audience in audiences):
                return ()
        return cadence.clocks(incident, last)

    return clocks
