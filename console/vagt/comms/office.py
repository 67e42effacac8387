"""Everything that stakeholder communication is made of, put together on one engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from vagt.adapters.protocol import AdapterError
from vagt.channels import Limits
from vagt.comms import leaks, library
from vagt.comms.approval import Proposal, proposals_in
from vagt.comms.audiences import Audience, audiences_of
from vagt.comms.cadence import Awaited, Cadence
from vagt.comms.catalogue import BY_NAME, Name
from vagt.comms.drafts import Drafts
from vagt.comms.leaks import Internal
from vagt.comms.library import Library
from vagt.comms.promises import Promises, awaited, giver
from vagt.comms.record import UpdateRecord, records_in
from vagt.comms.sizes import limits_of
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry
from vagt.engine.engine import Engine


@dataclass(frozen=True)
class Seen:
    """One incident with its timeline, as they are now; what stands in it is read once."""

    incident: Incident
    timeline: tuple[TimelineEntry, ...] = ()
    problem: str = ""
    """Why the timeline is not known, in words; empty where it is."""

    @cached_property
    def updates(self) -> tuple[UpdateRecord, ...]:
        """Every update that went out, oldest first."""
        return records_in(self.timeline)

    @cached_property
    def proposals(self) -> tuple[Proposal, ...]:
        """Every text that waits, or waited, for approval."""
        return proposals_in(self.timeline, self.incident)


class Office:
    """Audiences, templates, cadence, drafts and promises of one console; templates are read when they are used."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.settings = engine.settings
        self.audiences: tuple[Audience, ...] = audiences_of(engine.settings)
        self.cadence = Cadence.of(engine.settings.comms)
        self.drafts = Drafts(engine.data_dir)
        self.promises = Promises(engine.data_dir, [one.name for one in self.audiences])
        self.on_seen: Callable[[Seen], None] = lambda _: None
        """Told of each timeline that somebody has read."""
        self._clocks = False

    @cached_property
    def library(self) -> Library:
        return library.load(self.settings.path)

    @cached_property
    def limits(self) -> dict[str, Limits]:
        """What each channel takes."""
        return limits_of(self.settings)

    @cached_property
    def names(self) -> dict[str, Name]:
        """Every field that there is: everybody's, and those that a template brings along."""
        own = {name.name: name for template in self.library.templates.values() for name in template.own}
        return {**own, **BY_NAME}

    def run_clocks(self) -> None:
        """From now on the board shows when the next word is due. Without audiences there is nobody to write to."""
        if self.audiences and not self._clocks:
            self._clocks = True
            self.engine.clocks.add(giver(self.promises, self.audiences, self.cadence, self.engine.board.facts))

    def audience(self, name: str) -> Audience | None:
        return next((audience for audience in self.audiences if audience.name == name), None)

    def concerned(self, incident: Incident) -> tuple[Audience, ...]:
        """Who is to hear of it, in the config's order."""
        facts = self.engine.board.facts()
        return tuple(audience for audience in self.audiences if audience.concerns(incident, facts))

    def awaited(self, incident: Incident) -> tuple[Awaited, ...]:
        """Who is to hear of it next, and when, the earliest first: as far as this console knows what was told."""
        return awaited(self.promises, self.audiences, self.cadence, self.engine.board.facts(), incident)

    async def look(self, incident: Incident) -> Seen:
        """The incident with its timeline, asked now; what it promises is remembered."""
        try:
            timeline = await self.engine.timeline(incident.key)
        except AdapterError as error:
            return Seen(incident, (), error.words or type(error).__name__)
        return self.learn(incident, timeline)

    def learn(self, incident: Incident, timeline: tuple[TimelineEntry, ...]) -> Seen:
        """Somebody has read a timeline: what it promises sets the clocks."""
        seen = Seen(incident, timeline)
        if self.promises.learn(incident.key, timeline):
            self.engine.clocks.changed((incident.key,))
        self.on_seen(seen)
        return seen

    def internal(self, seen: Seen) -> Internal:
        """What must not get out about this incident."""
        mine = (self.engine.operator, *self.my_names(seen.incident.backend))
        return leaks.gather(seen.incident, seen.timeline, self.settings, operators=mine)

    def my_names(self, backend: str) -> tuple[str, ...]:
        """All by which I may be called there: login, name, and what `[[people]]` has besides."""
        account = self.engine.account(backend)
        known = {self.engine.me(backend), *((account.login, account.name) if account is not None else ())} - {""}
        for person in self.settings.people:
            names = {person.name, person.full_name, *person.aliases} - {""}
            if {name.casefold() for name in names} & {name.casefold() for name in known}:
                known |= names
        return tuple(sorted(known))

    def me(self, backend: str) -> str:
        """How I am called there: my name, else my login."""
        account = self.engine.account(backend)
        return (account.name or account.login) if account is not None else self.engine.me(backend)

    def now(self) -> datetime:
        return self.engine.clock.now()
