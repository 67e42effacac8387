"""The config's own deadlines on an engine: their calendar, and how long each incident has waited."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import date, datetime

from vagt.config.response import CalendarSettings, SlaSettings
from vagt.domain.incident import Incident, Key, SlaClock, State
from vagt.domain.working_time import WorkingTime, working_time
from vagt.engine.engine import Engine
from vagt.engine.events import IncidentsChanged
from vagt.escalation.feeds import FRESH, Feeds
from vagt.escalation.ical import CalendarError, days
from vagt.escalation.memory import Memory
from vagt.escalation.slas import OwnDeadlines, Paused

log = logging.getLogger("vagt.escalation")

ALWAYS = "always"
_NO_TARGETS = SlaSettings()


class Deadlines:
    """Gives clocks to the board, and follows it to see what waits."""

    def __init__(self, engine: Engine, memory: Memory, feeds: Feeds) -> None:
        settings = engine.settings.slas or _NO_TARGETS
        self._engine = engine
        self._memory = memory
        self._feeds = feeds
        self._calendar = next((c for c in engine.settings.calendars if c.name == settings.calendar), None)
        self._hours = None if self._calendar is None else _without_feeds(self._calendar)
        self._own = OwnDeadlines(settings, lambda: self._hours, memory.paused)
        self.problem = ""
        """Which calendar of holidays cannot be read, and why."""

    def clocks(self, incident: Incident) -> tuple[SlaClock, ...]:
        """The clocks of an incident whose backend gives none."""
        return self._own.clocks(incident)

    def warnings(self, incident: Incident, clock: SlaClock) -> tuple[datetime, ...]:
        """The moments at which a deadline warns."""
        return self._own.warnings(incident, clock)

    async def run(self) -> None:
        """For ever: read calendars of holidays anew, and note what begins and ends to wait."""
        if self._engine.settings.slas is None:
            return
        reading = asyncio.ensure_future(self._read_for_ever())
        try:
            await self._note(tuple(self._engine.board.incidents))
            async for event in self._engine.events():
                if isinstance(event, IncidentsChanged):
                    await self._note(event.keys)
        finally:
            reading.cancel()

    async def read(self) -> bool:
        """Take the holidays from their files and addresses; whether anything is another than before."""
        calendar = self._calendar
        if calendar is None:
            return False
        hours = _without_feeds(calendar)
        found = set(hours.holidays)
        self.problem = ""
        for source in (each for each in calendar.holidays if isinstance(each, str)):
            feed = await self._feeds.read(source)
            problem = feed.problem
            try:
                found |= days(feed.text, hours.zone, self._engine.clock.now()) if feed.text else set()
            except CalendarError as error:
                problem = str(error)
            if problem:
                self.problem = f"the holidays of the calendar {calendar.name} cannot be read: {problem}"
                log.warning("%s", self.problem)
        changed = self._hours is None or frozenset(found) != self._hours.holidays
        self._hours = WorkingTime(hours.zone, hours.week, frozenset(found))
        return changed

    async def _read_for_ever(self) -> None:
        while self._calendar is not None and any(isinstance(each, str) for each in self._calendar.holidays):
            if await self.read():
                await self._engine.clocks.all_changed()
            await self._engine.clock.sleep(FRESH)

    async def _note(self, keys: Collection[Key]) -> None:
        """See who began or ended to wait; what waits and is over needs nothing more."""
        now = self._engine.clock.now()
        fresh: list[Key] = []
        over: list[Key] = []
        known = self._memory.pauses()
        for key in keys:
            incident = self._engine.board.get(key)
            paused = self._memory.paused(key)
            if incident is None or not incident.is_open:
                if key in known:
                    over.append(key)
            elif incident.state is State.WAITING and paused.since is None:
                since = incident.updated_at if incident.updated_at is not None and key not in known else now
                self._memory.waited(key, Paused(paused.seconds, since))
                fresh.append(key)
            elif incident.state is not State.WAITING and paused.since is not None:
                waited = self._own.length_between(paused.since, now)
                self._memory.waited(key, Paused(paused.seconds + waited, None))
                fresh.append(key)
        self._engine.clocks.changed(fresh)
        if over:
            await self._memory.forget(over)
        for key in fresh:
            await self._memory.pause(key)


def _without_feeds(calendar: CalendarSettings) -> WorkingTime:
    from zoneinfo import ZoneInfo  # its tables are read only where there is a calendar

    off = [day for day in calendar.holidays if isinstance(day, date)]
    return working_time(calendar.hours, ZoneInfo(calendar.timezone), off)
