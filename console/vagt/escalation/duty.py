"""Who is on call by the config's own rotas, at any moment, and when that changes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from vagt.config.response import RotaSettings
from vagt.config.settings import Settings
from vagt.domain.clock import Clock
from vagt.domain.directory import OnCall
from vagt.escalation.feeds import Feeds, Fetch
from vagt.escalation.ical import CalendarError, Shifts, shifts
from vagt.escalation.people import People
from vagt.escalation.roster import Roster, duties_at, next_change
from vagt.escalation.rota import roster_of


@dataclass(frozen=True, slots=True)
class Rota:
    """One rota at one moment."""

    settings: RotaSettings
    shifts: tuple[OnCall, ...] = ()
    """Whoever is on call, the first to be called first; () for nobody."""
    next_handover: datetime | None = None
    """When other people will be on call (UTC); None: never, as far as one sees."""
    then: tuple[str, ...] = ()
    """Who will be on call then; () for nobody."""
    problem: str = ""
    """Why its calendar cannot be read; then what is told is from the last good one."""

    @property
    def known(self) -> bool:
        """Whether anything is known of it at all: a calendar that was never read tells nothing, not even nobody."""
        return not self.problem or bool(self.shifts) or self.next_handover is not None


class Duties:
    """The config's rotas."""

    def __init__(self, settings: Settings, data_dir: Path, clock: Clock, *, fetch: Fetch | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self.people = People(settings.people)
        self.feeds = Feeds(
            data_dir / "calendars", clock, base=None if settings.path is None else settings.path.parent, fetch=fetch
        )
        self._parsed: dict[str, tuple[str, datetime, Shifts]] = {}

    @property
    def rotas(self) -> tuple[RotaSettings, ...]:
        return self._settings.rotas

    def rota(self, name: str) -> RotaSettings | None:
        """The rota of that name, or else the first that answers for a team of that name."""
        folded = name.casefold()
        by_name = (rota for rota in self.rotas if rota.name.casefold() == folded)
        by_team = (rota for rota in self.rotas if rota.team.casefold() == folded)
        return next(by_name, None) or next(by_team, None)

    async def at(self, moment: datetime | None = None, team: str | None = None) -> tuple[Rota, ...]:
        """All rotas at a moment (now, where none is given), or those of one team or name."""
        when = moment or self._clock.now()
        wanted = [rota for rota in self.rotas if team is None or team.casefold() in _names(rota)]
        return tuple([await self.one(rota, when) for rota in wanted])

    async def one(self, rota: RotaSettings, moment: datetime) -> Rota:
        """One rota at a moment."""
        roster, problem = await self._roster(rota, moment)
        if roster is None:
            return Rota(rota, problem=problem)
        change = next_change(roster, moment)
        found = tuple(
            OnCall(
                rota=rota.name,
                team=rota.team,
                who=duty.who,
                who_name=self.people.full_name(duty.who),
                level=level,
                start=duty.start,
                until=duty.until,
                contact=", ".join(self.people.channels(duty.who)),
                source="override" if duty.override else "calendar" if rota.ical else "config",
            )
            for level, duty in enumerate(duties_at(roster, moment), 1)
        )
        return Rota(rota, found, change, () if change is None else roster.people_at(change), problem)

    async def _roster(self, rota: RotaSettings, moment: datetime) -> tuple[Roster | None, str]:
        if not rota.ical:
            return roster_of(rota), ""
        feed = await self.feeds.read(rota.ical)
        problem = feed.problem
        if feed.problem and feed.read_at is not None:
            problem = f"{feed.problem}; this is what it said {feed.read_at:%Y-%m-%d %H:%M} UTC"
        known = self._parsed.get(rota.name)
        if known is None or known[0] != feed.text or abs((known[1] - moment).days) > 30:
            from zoneinfo import ZoneInfo  # its tables are read only where there is a rota

            try:
                zone = ZoneInfo(rota.timezone)
                # A year of shifts takes a second to read, and keys are to be answered meanwhile.
                read = partial(shifts, feed.text, zone, moment, self._named)
                found = Shifts(await asyncio.to_thread(read)) if feed.text else None
            except CalendarError as error:
                # A file that cannot be understood is as good as one that is away.
                problem = str(error)
                found = None if known is None else known[2]
            if found is None:
                return (roster_of(rota, Shifts(())) if rota.overrides else None), problem
            known = self._parsed[rota.name] = (feed.text, moment, found)
        return roster_of(rota, known[2]), problem

    def _named(self, words: tuple[str, ...]) -> str:
        """Whom an event means: an attendee or a name of the config, else what it says."""
        for word in words:
            person = self.people.named_in(word)
            if person is not None:
                return person.name
        return words[0]


def nobody(rota: Rota) -> str:
    """The warning where nobody is on call; empty where somebody is."""
    if rota.shifts:
        return ""
    if not rota.known:
        return f"who is on call by the rota {rota.settings.name} is not known: {rota.problem}"
    return f"NOBODY is on call for {rota.settings.team} (rota {rota.settings.name})"


def _names(rota: RotaSettings) -> tuple[str, str]:
    return rota.team.casefold(), rota.name.casefold()
