"""Turns in local wall time: weekly, daily or around the clock, so that 08:00 stays 08:00 when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from vagt.config.response import RotaSettings
from vagt.escalation.roster import Overridden, Override, Roster


class Turns:
    """People who relieve each other every so many seconds, counted on the clocks of one zone."""

    def __init__(self, people: tuple[str, ...], start: datetime, every: float, zone: tzinfo) -> None:
        """`start`: the first hand-over, local time without an offset; before it, nobody is on call."""
        self._people = people
        self._start = start
        self._every = timedelta(seconds=every)
        self._zone = zone

    def people_at(self, moment: datetime) -> tuple[str, ...]:
        number = self._number(moment)
        return (self._people[number % len(self._people)],) if number >= 0 else ()

    def next_boundary(self, moment: datetime) -> datetime | None:
        return self._handover(max(self._number(moment) + 1, 0))

    def last_boundary(self, moment: datetime) -> datetime | None:
        number = self._number(moment)
        return self._handover(number) if number >= 0 else None

    def _number(self, moment: datetime) -> int:
        """Which turn it is; negative before the first."""
        local = moment.astimezone(self._zone).replace(tzinfo=None)
        number = (local - self._start) // self._every
        # the hour that a clock change repeats or leaves out may have put us one turn off
        while self._handover(number + 1) <= moment:
            number += 1
        while self._handover(number) > moment:
            number -= 1
        return number

    def _handover(self, number: int) -> datetime:
        return (self._start + number * self._every).replace(tzinfo=self._zone).astimezone(UTC)


def roster_of(rota: RotaSettings, base: Roster | None = None) -> Roster:
    """The roster of a `[[rotas]]` table; `base` instead of its people where it comes from an iCalendar file."""
    from zoneinfo import ZoneInfo  # its tables are read only where there is a rota

    zone = ZoneInfo(rota.timezone)
    if base is None:
        assert rota.start is not None and rota.every
        base = Turns(rota.people, rota.start, rota.every, zone)
    if not rota.overrides:
        return base
    return Overridden(
        base,
        (Override(_utc(each.start, zone), _utc(each.until, zone), each.who) for each in rota.overrides),
    )


def _utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)
