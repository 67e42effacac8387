"""When the next word is due: the first one, the ones by priority, and whatever was promised instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.comms.expected import Expected
from vagt.comms.heard import Word
from vagt.comms.record import UpdateRecord
from vagt.config.response import CommsSettings
from vagt.domain.incident import ClockKind, ClockState, Incident, SlaClock

FIRST = 300.0
EVERY = (1200.0, 1800.0, 3600.0)
"""Seconds, for P1, P2 and P3; beyond, on change only."""
WIDENED_AFTER = timedelta(hours=2)
WIDER = 2.0
_ROUNDED_FROM = 1200.0
"""Seconds; times this far away are promised to the five minutes."""
CLOCK = "update"
"""The name of the clock that counts down to the next word."""
EXPECTED_CLOCK = "new expected time"
"""The name of the clock that asks for a new expected time before the old one passes."""
REMIND = 300.0
"""Seconds before it is due, somebody is reminded."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """One audience that is to hear of an incident. Times are UTC."""

    audience: str
    due_at: datetime
    began: datetime | None
    """From when its time counts: the last word to it, or since the incident concerns it."""
    first: bool = False
    """It has not heard anything yet."""

    @property
    def clock(self) -> SlaClock:
        return _clock(CLOCK, self.due_at, self.began)

    def is_due(self, now: datetime) -> bool:
        """Whether it should be written to now."""
        return reminder_due(self.clock, now)


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often those affected hear, from `[comms]`."""

    first: float = FIRST
    """Seconds to the first word."""
    every: tuple[float, ...] = EVERY
    """Seconds, by priority from 1; beyond the list, on change only."""

    @classmethod
    def of(cls, settings: CommsSettings | None) -> Cadence:
        """As the config says, with the usual times where it says nothing."""
        if settings is None:
            return cls()
        return cls(FIRST if settings.first is None else settings.first, settings.every if settings.every else EVERY)

    def interval(self, incident: Incident, now: datetime) -> float | None:
        """Seconds from one update to the next, wider once it has lasted two hours; None: on change only."""
        base = self._base(incident)
        if base is None:
            return None
        began = incident.created_at
        return base * WIDER if began is not None and now - began >= WIDENED_AFTER else base

    def _base(self, incident: Incident) -> float | None:
        priority = 1 if incident.major else incident.priority
        if priority is None or priority > len(self.every):
            return None
        return self.every[priority - 1]

    def next_update(self, incident: Incident, now: datetime) -> datetime | None:
        """What to promise when an update is written now: a time that people can remember; None: nothing."""
        every = self.interval(incident, now)
        if every is None or not incident.is_open:
            return None
        due = (now + timedelta(seconds=every)).replace(second=0, microsecond=0)
        # never later than promised, and never more than a quarter sooner
        return due - timedelta(minutes=due.minute % 5) if every >= _ROUNDED_FROM else due

    def awaited(
        self, incident: Incident, words: Mapping[str, Word], concerned: Collection[str], since: Mapping[str, datetime]
    ) -> tuple[Awaited, ...]:
        """Who is to hear of an open incident, and when: the earliest first. Nobody once it is over.

        `words`: what each audience heard last; `concerned`: who is to hear of it as it stands now; `since`: from
        when on, where that was later than the incident's beginning.
        """
        if not incident.is_open:
            return ()
        names = dict.fromkeys((*concerned, *(name for name, word in words.items() if word.next_update is not None)))
        found = [one for name in names if (one := self._awaits(incident, name, words.get(name), since)) is not None]
        return tuple(sorted(found, key=lambda one: one.due_at))

    def _awaits(
        self, incident: Incident, name: str, word: Word | None, since: Mapping[str, datetime]
    ) -> Awaited | None:
        if word is None:
            began = max((moment for moment in (incident.created_at, since.get(name)) if moment), default=None)
            return None if began is None else Awaited(name, began + timedelta(seconds=self.first), began, first=True)
        if word.next_update is not None:
            return Awaited(name, word.next_update, word.at)
        every = self.interval(incident, word.at)
        return None if every is None else Awaited(name, word.at + timedelta(seconds=every), word.at)

    def clocks(self, incident: Incident, awaited: Sequence[Awaited], last: UpdateRecord | None) -> tuple[SlaClock, ...]:
        """The clocks of an open incident: of the next word to anybody, and of the expected time in the last one."""
        if not incident.is_open:
            return ()
        found = [awaited[0].clock] if awaited else []
        if last is not None and last.expected is not None:
            asked = Expected(last.expected, last.by).asked_anew_at(last.at)
            found.append(_clock(EXPECTED_CLOCK, asked, last.at))
        return tuple(found)


def _clock(name: str, due: datetime, began: datetime | None) -> SlaClock:
    return SlaClock(name, due, ClockState.RUNNING, began, ClockKind.UPDATE)


def reminder_due(clock: SlaClock, now: datetime) -> bool:
    """Whether it is time to remind somebody that it runs out: five minutes before, or a fifth of a shorter time."""
    if clock.due_at is None:
        return False
    lead = REMIND
    if clock.started_at is not None:
        lead = min(lead, max(60.0, (clock.due_at - clock.started_at).total_seconds() / 5))
    return (clock.due_at - now).total_seconds() <= lead
