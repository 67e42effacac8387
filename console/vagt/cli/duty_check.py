"""What `vagt doctor` says of rotas, calendars and escalations: whether somebody would know at three in the morning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from vagt.adapters.registry import BrokenAdapter, UnknownAdapter, manifest
from vagt.checkup.finding import Finding, Trouble, ok, problem, warning
from vagt.config.response import CalendarSettings, PersonSettings
from vagt.config.settings import Settings
from vagt.domain import moments
from vagt.domain.capability import Capability
from vagt.domain.clock import Clock
from vagt.escalation.duty import Duties, Rota, nobody
from vagt.escalation.feeds import Feeds, Fetch
from vagt.escalation.ical import CalendarError, days
from vagt.escalation.paths import Path as Climb
from vagt.escalation.paths import Paths, Step, TargetKind

ROTA, CALENDAR, PATH = "rota", "calendar", "escalation"
_ALL = frozenset({"", "is:open"})
"""Queries that every open incident fits."""


async def findings(settings: Settings, clock: Clock, *, fetch: Fetch | None = None) -> tuple[Finding, ...]:
    """One line for each rota, calendar and path. Calendars are read; nothing is kept, and nobody is told anything."""
    with TemporaryDirectory(prefix="vagt-") as folder:
        duties = Duties(settings, Path(folder), clock, fetch=fetch)
        now = clock.now()
        rotas = [_rota(duties, await duties.one(rota, now), now) for rota in settings.rotas]
        calendars = [await _calendar(each, duties.feeds, now) for each in settings.calendars]
    return (*rotas, *calendars, *_paths(settings, duties))


def _rota(duties: Duties, now: Rota, moment: datetime) -> Finding:
    settings = now.settings
    if not now.known:
        return _unread(ROTA, f"{settings.name}: {now.problem}", "ical")
    then = ""
    if now.next_handover is not None:
        then = f"; from {moments.local(now.next_handover, moment)} {_names(duties, now.then)}"
    remedy = f"see {'its calendar' if settings.ical else '`start` and `people`'}, or add an override for the gap"
    if not now.shifts:
        return problem(ROTA, f"{nobody(now)}{then}", remedy, trouble=Trouble.CONFIG)
    who = ", ".join(shift.who_name or shift.who for shift in now.shifts)
    line = f"{settings.name}: {who} now{then}"
    if now.problem:
        return _unread(ROTA, f"{line}; {now.problem}", "ical")
    people = dict.fromkeys([*(shift.who for shift in now.shifts), *now.then, *settings.people])
    strangers = [name for name in people if duties.people.find(name) is None]
    if strangers:
        words = f"{line}; not in the config: {', '.join(strangers)}"
        return warning(ROTA, words, "add [[people]], with the calendar's name as full_name or among aliases")
    if now.next_handover is not None and not now.then:
        return warning(ROTA, line, remedy)
    mute = [name for name in people if not duties.people.channels(name)]
    if mute:
        words = f"{line}; without a channel, so never told: {', '.join(mute)}"
        return warning(ROTA, words, "give them `channels` in [[people]]")
    return ok(ROTA, line)


async def _calendar(calendar: CalendarSettings, feeds: Feeds, now: datetime) -> Finding:
    from zoneinfo import ZoneInfo  # its tables are read only where there is a calendar

    zone = ZoneInfo(calendar.timezone)
    found = {day for day in calendar.holidays if not isinstance(day, str)}
    for source in (each for each in calendar.holidays if isinstance(each, str)):
        feed = await feeds.read(source)
        try:
            found |= days(feed.text, zone, now) if feed.text else set()
        except CalendarError as error:
            feed = replace(feed, problem=str(error))
        if feed.problem:
            return _unread(CALENDAR, f"{calendar.name}: its holidays cannot be read: {feed.problem}", "holidays")
    hours = f"{calendar.name}: {', '.join(calendar.hours)} {calendar.timezone}"
    coming = sorted(day for day in found if day >= now.astimezone(zone).date())
    if coming:
        return ok(CALENDAR, f"{hours}; the next holiday is {coming[0]:%Y-%m-%d}")
    if calendar.holidays:
        words = f"{hours}; all holidays that it knows lie back"
        return warning(CALENDAR, words, "add the next year's to `holidays`")
    return ok(CALENDAR, f"{hours}; no holidays")


def _unread(name: str, words: str, key: str) -> Finding:
    return problem(name, words, f"put right `{key}`, or see whether its address answers", trouble=Trouble.AWAY)


@dataclass(frozen=True, slots=True)
class _Flaw:
    words: str
    remedy: str
    weighs: bool = True
    """It keeps somebody from knowing."""


def _paths(settings: Settings, duties: Duties) -> Iterator[Finding]:
    before: dict[str, str] = {}
    queries = (" ".join(each.query.split()) for each in settings.escalations)
    for path, query in zip(Paths(settings.escalations), queries, strict=True):
        flaws = [
            *_hidden(query, before),
            *(flaw for step in path.steps for flaw in _step(settings, duties, path, step)),
        ]
        before[path.name] = query
        if not flaws:
            count = f"{len(path.steps)} steps" if len(path.steps) > 1 else "1 step"
            yield ok(PATH, f"{path.name}: {count}, each to somebody who is there")
            continue
        worst = next((flaw for flaw in flaws if flaw.weighs), flaws[0])
        make = problem(PATH, f"{path.name}: {worst.words}", worst.remedy, trouble=Trouble.CONFIG)
        if not worst.weighs:
            make = warning(PATH, f"{path.name}: {worst.words}", worst.remedy)
        rest = tuple(f"{flaw.words} ({flaw.remedy})" for flaw in flaws if flaw is not worst)
        yield replace(make, details=rest)


def _hidden(query: str, before: dict[str, str]) -> Iterator[_Flaw]:
    """Of two paths that fit, the first is the incident's."""
    for name, theirs in before.items():
        narrower = bool(theirs) and "(" not in theirs + query and set(theirs.split()) < set(query.split())
        if theirs in _ALL or theirs == query or (narrower and " or " not in query):
            words = f"none of its steps is ever taken: all its incidents climb {name}, which stands before it"
            yield _Flaw(words, f"put it above {name}, or make its query another")
            return


def _step(settings: Settings, duties: Duties, path: Climb, step: Step) -> Iterator[_Flaw]:
    name = f"step {step.number}, {step.to.words}"
    match step.to.kind:
        case TargetKind.ONCALL if not settings.rotas and not _any(settings, Capability.ONCALL):
            yield _Flaw(f"{name}: neither the config nor a backend has rotas", "add [[rotas]]")
        case TargetKind.BACKEND if not _any(settings, Capability.ESCALATE):
            yield _Flaw(f"{name}: no backend has an escalation of its own", "name a rota, a team or a user")
        case TargetKind.TEAM if step.hierarchical and not step.notify:
            words = f"{name}: nobody is told, for a hierarchical step leaves it with whoever has it"
            yield _Flaw(words, "add `notify`, or leave out `kind`")
        case TargetKind.USER if not duties.people.channels(step.to.name) and not step.notify:
            yield _Flaw(f"{name}: has no channel, so is never told", "give them `channels` in [[people]]", False)
        case TargetKind.MANAGER:
            yield from _managers(duties, path, step, settings.people)


def _managers(duties: Duties, path: Climb, step: Step, people: Iterable[PersonSettings]) -> Iterator[_Flaw]:
    up = sum(each.to.kind is TargetKind.MANAGER for each in path.steps[: step.number])
    found = {manager.name: manager for one in people if (manager := duties.people.manager(one.name, up)) is not None}
    which = "the manager" if up == 1 else f"the manager {up} levels up"
    name = f"step {step.number}, {which}"
    if not found:
        yield _Flaw(f"{name}: the config names none", "give people a `manager` in [[people]]")
    mute = [manager.name for manager in found.values() if not manager.channels]
    if mute:
        words = f"{name}: {', '.join(mute)} has no channel, so is never told"
        yield _Flaw(words, "give them `channels` in [[people]]", len(mute) == len(found))


def _any(settings: Settings, capability: Capability) -> bool:
    for backend in settings.backends:
        try:
            if capability in manifest(backend.adapter).capabilities:
                return True
        except (UnknownAdapter, BrokenAdapter):
            return True  # it is told of elsewhere, and may well be able to
    return False


def _names(duties: Duties, who: Iterable[str]) -> str:
    return ", ".join(duties.people.full_name(one) for one in who) or "nobody"
