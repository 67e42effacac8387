"""What was told and promised to whom on each incident: kept on disk, so that clocks run before any timeline is read.

A promise to one audience stands until that audience hears again, whoever else was told something meanwhile; and
whoever has heard nothing waits for the first word, however much others were told.
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
from vagt.comms.cadence import Awaited, Cadence
from vagt.comms.heard import Word, words_of
from vagt.comms.record import UpdateRecord, moment_of, records_in
from vagt.domain import moments
from vagt.domain.incident import Incident, Key, SlaClock
from vagt.domain.query import Facts
from vagt.domain.timeline import TimelineEntry

_MOST = 2000
"""So many incidents are remembered, the last told first."""


class Promises:
    """What the audiences of each incident heard last, as its timeline told it when somebody last read it."""

    def __init__(self, data_dir: Path, audiences: Collection[str]) -> None:
        """`audiences`: the names of those that the config has; nobody waits for a word to any other."""
        self._path = data_dir / "promises.json"
        self._audiences = frozenset(audiences)
        self._last: dict[Key, UpdateRecord] = {}
        self._words: dict[Key, dict[str, Word]] = {}
        self._since: dict[Key, dict[str, datetime]] = {}
        self._read()

    def last(self, key: Key) -> UpdateRecord | None:
        """The last update, with the earliest promise that stands to anybody."""
        known = self._last.get(key)
        if known is None:
            return None
        promised = [word.next_update for word in self.words(key).values() if word.next_update is not None]
        return replace(known, next_update=min(promised, default=None))

    def words(self, key: Key) -> Mapping[str, Word]:
        """What each audience of the config heard last; whoever is not in it has heard nothing."""
        return {name: word for name, word in self._words.get(key, {}).items() if name in self._audiences}

    def since(self, key: Key) -> Mapping[str, datetime]:
        """From when on an incident concerns an audience, where that is later than its beginning."""
        return self._since.get(key, {})

    def concerns(self, key: Key, audiences: Collection[str], now: datetime) -> None:
        """It has begun to concern these: their first word is not late from the beginning."""
        self.reload()
        self._since[key] = {**self._since.pop(key, {}), **dict.fromkeys(audiences, now)}
        self._keep()

    def learn(self, key: Key, timeline: Sequence[TimelineEntry]) -> bool:
        """Take over what a timeline tells; whether that is news."""
        found = records_in(timeline)
        if not found:
            return False
        before = self._state(key)
        read = {record.id for record in found}
        # what is still on its way into the timeline stands beside what has arrived there
        late = {name: word for name, word in self._words.get(key, {}).items() if word.update not in read}
        words = words_of(found)
        words |= {name: word for name, word in late.items() if name not in words or word.at > words[name].at}
        known = self._last.get(key)
        last = known if known is not None and known.id not in read and known.at > found[-1].at else found[-1]
        self._take(key, last, words)
        return self._news(key, before)

    def keep(self, key: Key, record: UpdateRecord) -> bool:
        """Remember an update that was just sent; whether that is news. A disk that is full loses it only."""
        before = self._state(key)
        self._add(key, record, words_of((record,)))
        return self._news(key, before)

    def forget(self, key: Key, update: str) -> bool:
        """An update was taken back: what it promised is none; whether that is news."""
        known, words = self._last.get(key), self._words.get(key, {})
        if (known is None or known.id != update) and all(word.update != update for word in words.values()):
            return False
        # whatever was said before it stands in the timeline
        self._last.pop(key, None)
        self._words.pop(key, None)
        with suppress(OSError):
            self._write()
        return True

    def miss(self, key: Key, update: str, audiences: Collection[str]) -> bool:
        """Nothing of an update arrived at these: they were not told; whether that is news."""
        words = self._words.get(key, {})
        kept = {name: word for name, word in words.items() if name not in audiences or word.update != update}
        if len(kept) == len(words):
            return False
        self._words[key] = kept
        with suppress(OSError):
            self._write()
        return True

    def reload(self) -> None:
        """Take over what another console of this data folder has written meanwhile."""
        self._read()

    def _state(self, key: Key) -> object:
        known = self._last.get(key)
        return known and (known.id, known.expected), dict(self._words.get(key, {}))

    def _news(self, key: Key, before: object) -> bool:
        if self._state(key) == before:
            return False
        self.reload()
        self._keep()
        return True

    def _keep(self) -> None:
        for table in (self._last, self._words, self._since):
            while len(table) > _MOST:
                del table[next(iter(table))]
        with suppress(OSError):
            self._write()

    def _add(self, key: Key, record: UpdateRecord, words: Mapping[str, Word]) -> None:
        """What was told beside what is known: of each the newer."""
        known, heard = self._last.get(key), dict(self._words.get(key, {}))
        heard |= {name: word for name, word in words.items() if name not in heard or word.at > heard[name].at}
        self._take(key, known if known is not None and known.at >= record.at else record, heard)

    def _take(self, key: Key, last: UpdateRecord, words: dict[str, Word]) -> None:
        # the one that was told last comes last
        self._last.pop(key, None)
        self._words.pop(key, None)
        self._last[key], self._words[key] = last, words

    def _read(self) -> None:
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            data = json.loads(self._path.read_bytes())
            for row in data["last"]:
                self._add(Key(str(row["backend"]), str(row["on"])), _record(row), _words(row))
            for row in data.get("since", []):
                key = Key(str(row["backend"]), str(row["on"]))
                for name, text in row["of"].items():
                    if (at := moment_of(str(text))) is not None:
                        self._since.setdefault(key, {}).setdefault(str(name), at)

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
                "expected": None if record.expected is None else moments.rfc3339(record.expected),
                "every": record.every,
                "words": {name: _row(word) for name, word in self._words.get(key, {}).items()},
            }
            for key, record in self._last.items()
        ]
        since = [
            {"backend": key.backend, "on": key.id, "of": {name: moments.rfc3339(at) for name, at in known.items()}}
            for key, known in self._since.items()
        ]
        body = json.dumps({"last": rows, "since": since}).encode("ascii")
        fresh = self._path.with_suffix(f".{os.getpid()}-{uuid4().hex[:8]}.new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, body)
        finally:
            os.close(file)
        fresh.replace(self._path)


def _row(word: Word) -> dict[str, str]:
    next = {} if word.next_update is None else {"next": moments.rfc3339(word.next_update)}
    return {"update": word.update, "at": moments.rfc3339(word.at), **next}


def _words(row: Any) -> dict[str, Word]:
    return {
        str(name): Word(str(one["update"]), at, moment_of(str(one.get("next"))))
        for name, one in row["words"].items()
        if (at := moment_of(str(one["at"]))) is not None
    }


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
        expected=moment_of(str(row.get("expected"))),
        every=row.get("every"),
    )


def awaited(
    promises: Promises, audiences: Collection[Audience], cadence: Cadence, facts: Facts, incident: Incident
) -> tuple[Awaited, ...]:
    """Who is to hear of an incident next, and when: the earliest first; nobody once it is over."""
    if not incident.is_open:
        return ()
    key = incident.key
    concerned = [audience.name for audience in audiences if audience.concerns(incident, facts)]
    return cadence.awaited(incident, promises.words(key), concerned, promises.since(key))


def giver(
    promises: Promises, audiences: Collection[Audience], cadence: Cadence, facts: Callable[[], Facts]
) -> Callable[[Incident], tuple[SlaClock, ...]]:
    """The clocks of the next word, for the board: none for an incident of which nobody is to hear."""

    def clocks(incident: Incident) -> tuple[SlaClock, ...]:
        if not incident.is_open:
            return ()
        waits = awaited(promises, audiences, cadence, facts(), incident)
        return cadence.clocks(incident, waits, promises.last(incident.key))

    return clocks
