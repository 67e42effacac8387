"""Who a step reaches just now, and how: looked up when it is shown, and again when it is carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vagt.adapters.protocol import AdapterError
from vagt.config.response import PersonSettings
from vagt.domain.capability import Capability
from vagt.domain.directory import DirectoryKind, OnCall
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine
from vagt.escalation.duty import Duties, Rota, nobody
from vagt.escalation.paths import Path, Step, Target, TargetKind


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is reached."""

    name: str
    full_name: str
    channels: tuple[str, ...] = ()
    """In the order to try."""
    zone: str = ""
    """Where that person's day is, as far as a rota tells (IANA)."""
    until: datetime | None = None
    """Until when this person has the duty (UTC)."""
    contact: str = ""
    """How the backend says that this person is reached."""

    def local_time(self, now: datetime) -> str:
        """The time on that person's clock, `03:12`; empty where nobody tells."""
        if not self.zone:
            return ""
        from zoneinfo import ZoneInfo  # its tables are read only where there is a rota

        return f"{now.astimezone(ZoneInfo(self.zone)):%H:%M}"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a target means for one incident at one moment."""

    target: Target
    person: Person | None = None
    team: str = ""
    """The team that gets it; empty: it stays where it is."""
    login: str = ""
    """Who gets it, as the backend calls that person; empty: nobody does."""
    native: bool = False
    """The backend's own escalation does it."""
    notify: tuple[tuple[str, ...], ...] = ()
    """Who is told: for each message the channels to try, in order."""
    problem: str = ""
    """Why nobody or not everybody is reached, in words."""

    @property
    def is_nobody(self) -> bool:
        """Nothing at all would happen."""
        return not (self.team or self.login or self.native or self.notify)

    def words(self, now: datetime | None = None) -> str:
        """For people: `Bo Friis (03:12 there) by bo-ntfy, then bo-mail; assigned to Databases`."""
        parts = []
        if self.person is not None:
            there = self.person.local_time(now) if now is not None else ""
            how = _how(self.person, self.notify)
            parts.append(self.person.full_name + (f" ({there} there)" if there else "") + how)
        elif self.target.kind is TargetKind.CHANNEL:
            parts.append(self.target.words)
        if self.native:
            aim = self.login or self.team
            parts.append(f"escalated by the backend to {aim}" if aim else "escalated by the backend to its next level")
        elif self.login or self.team:
            parts.append(f"assigned to {' / '.join(filter(None, (self.team, self.login)))}")
        told = self.notify if self.person is None or not self.person.channels else self.notify[1:]
        also = [chain[0] for chain in told if chain[0] != self.target.name]
        if also:
            parts.append(f"told in {', '.join(also)}")
        if self.problem:
            parts.append(self.problem)
        return "; ".join(parts) or "nobody"


def _how(person: Person, notify: Sequence[tuple[str, ...]]) -> str:
    if person.channels and notify:
        return f" by {', then '.join(person.channels)}"
    return f", {person.contact}" if person.contact else ", who has no channel"


class Reaching:
    """Looks up who is meant."""

    def __init__(self, engine: Engine, duties: Duties) -> None:
        self._engine = engine
        self._duties = duties
        self._people = duties.people

    async def step(self, incident: Incident, path: Path, step: Step) -> Reach:
        """Who a step of a path reaches now; never raises, `problem` says what could not be found out."""
        found = await self.target(
            incident, step.to, hierarchical=step.hierarchical, below=path.steps[: step.number - 1]
        )
        more = tuple((channel,) for channel in step.notify)
        return replace(found, notify=(*found.notify, *more))

    async def target(
        self, incident: Incident, target: Target, *, hierarchical: bool = False, below: Sequence[Step] = ()
    ) -> Reach:
        """Who a target reaches. `below`: the steps under it, for whose manager is meant."""
        match target.kind:
            case TargetKind.CHANNEL:
                return Reach(target, notify=((target.name,),))
            case TargetKind.BACKEND:
                if not self._engine.knows(incident.backend, Capability.ESCALATE):
                    return Reach(target, problem=f"{incident.backend} has no escalation of its own")
                return Reach(target, native=True)
            case TargetKind.MANAGER:
                return await self._manager(incident, target, below)
            case TargetKind.TEAM:
                found = Reach(target, team=self._new_team(incident, target.name))
                return found if hierarchical else self._by_backend(incident, found)
            case TargetKind.USER:
                return await self._user(incident, target, hierarchical)
            case TargetKind.ONCALL:
                return await self._oncall(incident, target, hierarchical)

    async def _oncall(self, incident: Incident, target: Target, hierarchical: bool) -> Reach:
        rota = self._duties.rota(target.name)
        if rota is None:
            return await self._their_oncall(incident, target, hierarchical)
        found = await self._duties.one(rota, self._engine.clock.now())
        team = "" if hierarchical else self._assignable_team(incident, rota.team)
        person = self._first(found)
        if person is None:
            return Reach(target, team=team, problem=nobody(found))
        return self._told(Reach(target, person, team, problem=found.problem))

    def _first(self, rota: Rota) -> Person | None:
        """Whoever is called first and can be reached; else whoever is called first."""
        people = [self._person(shift, rota.settings.timezone) for shift in rota.shifts]
        return next((person for person in people if person.channels), people[0] if people else None)

    async def _their_oncall(self, incident: Incident, target: Target, hierarchical: bool) -> Reach:
        """By the backend's own rota, where the config has none of that name."""
        backend = incident.backend
        if not self._engine.knows(backend, Capability.ONCALL):
            return Reach(target, problem=f"neither the config nor {backend} has a rota “{target.name}”")
        try:
            duties = await self._engine.oncall(backend)
        except AdapterError as error:
            return Reach(target, problem=f"{backend} does not tell who is on call: {error.words}")
        folded = target.name.casefold()
        mine = [duty for duty in duties if folded in (duty.rota.casefold(), duty.team.casefold())]
        if not mine:
            return Reach(target, problem=f"neither the config nor {backend} has a rota “{target.name}”")
        duty = min(mine, key=lambda each: (not each.who, each.level))
        team = self._new_team(incident, duty.team)
        if not duty.who:
            return Reach(target, team=team, problem=f"NOBODY is on call for {duty.team} on {backend}")
        found = self._told(Reach(target, self._person(duty), team))
        return replace(found, team="") if hierarchical else self._by_backend(incident, found)

    async def _user(self, incident: Incident, target: Target, hierarchical: bool) -> Reach:
        settings = self._people.find(target.name)
        person = self._known(settings) if settings else Person(target.name, target.name)
        if hierarchical:
            return self._told(Reach(target, person))
        login = await self._login(incident.backend, target.name)
        mine = incident.assignee is not None and self._people.same(incident.assignee, login)
        return self._by_backend(incident, self._told(Reach(target, person, login="" if mine else login)))

    async def _manager(self, incident: Incident, target: Target, below: Sequence[Step]) -> Reach:
        """Of whoever works on it, else of whoever the step below brought in; a second such step means their manager."""
        up = 1 + sum(step.to.kind is TargetKind.MANAGER for step in below)
        assigned = self._people.find(incident.assignee) or self._people.find(incident.assignee_name)
        bases = [] if assigned is None else [assigned]
        others = [step.to for step in reversed(below) if step.to.kind in (TargetKind.ONCALL, TargetKind.USER)]
        if incident.team and self._duties.rota(incident.team) is not None:
            others.append(Target(TargetKind.ONCALL, incident.team))
        for other in others:
            reached = await self.target(incident, other, hierarchical=True)
            known = None if reached.person is None else self._people.find(reached.person.name)
            if known is not None:
                bases.append(known)
        for base in bases:
            manager = self._people.manager(base.name, up)
            if manager is not None:
                return self._told(Reach(target, self._known(manager)))
        if not bases:
            return Reach(target, problem="nobody is known whose manager this could be")
        names = ", ".join(dict.fromkeys(base.full_name or base.name for base in bases))
        return Reach(target, problem=f"the config names no manager for {names}")

    def _told(self, reach: Reach) -> Reach:
        """The same, with the person told through their own channels."""
        person = reach.person
        if person is None or not person.channels:
            return reach
        return replace(reach, notify=(person.channels, *reach.notify))

    def _by_backend(self, incident: Incident, reach: Reach) -> Reach:
        """The backend's own escalation where it has one, else the plain way of giving it to somebody."""
        if self._engine.knows(incident.backend, Capability.ESCALATE) and (reach.team or reach.login):
            return replace(reach, native=True)
        person_too = self._engine.knows(incident.backend, Capability.ASSIGN_PERSON)
        return replace(
            reach,
            team=self._assignable_team(incident, reach.team),
            login=reach.login if person_too else "",
        )

    def _new_team(self, incident: Incident, team: str) -> str:
        """The team, where it does not have it already."""
        held = (incident.team or "", incident.team_id or "")
        return "" if team.casefold() in (name.casefold() for name in held) else team

    def _assignable_team(self, incident: Incident, team: str) -> str:
        can = self._engine.knows(incident.backend, Capability.ASSIGN_TEAM)
        return self._new_team(incident, team) if can and team else ""

    def _person(self, duty: OnCall, zone: str = "") -> Person:
        known = self._people.find(duty.who) or self._people.find(duty.who_name)
        channels = () if known is None else known.channels
        name = duty.who_name or self._people.full_name(duty.who)
        return Person(duty.who, name, channels, zone, duty.until, "" if channels else duty.contact)

    def _known(self, settings: PersonSettings) -> Person:
        zone = next((rota.timezone for rota in self._duties.rotas if settings.name in rota.people), "")
        return Person(settings.name, settings.full_name or settings.name, settings.channels, zone)

    async def _login(self, backend: str, name: str) -> str:
        """The name by which the backend knows that person, of those that the config has; else the name itself."""
        settings = self._people.find(name)
        if settings is None or not settings.aliases:
            return settings.name if settings is not None else name
        for alias in (settings.name, *settings.aliases):
            try:
                found = await self._engine.directory(backend, DirectoryKind.PERSON, alias)
            except AdapterError:
                return settings.name
            if any(entry.id.casefold() == alias.casefold() for entry in found):
                return alias
        return settings.name
