"""Whether the names with which one table of the config refers to another exist."""

from __future__ import annotations

from collections.abc import Iterable

from vagt.config.document import Document
from vagt.config.errors import did_you_mean
from vagt.config.settings import Settings
from vagt.config.source import Path as Place
from vagt.domain.priority import PRIORITIES

OWN_CHANNELS = ("comment", "journal", "status")
"""Channels that are the backend's own."""
READ_BY_ALL = ("comment", "journal")
"""Those of them that people outside can read: nothing internal may go there."""


def check_references(settings: Settings, document: Document) -> None:
    """Raise ConfigError at the first name that leads nowhere, or table that contradicts itself."""
    _slas(settings, document)
    _people(settings, document)
    _rotas(settings, document)
    _escalations(settings, document)
    channels = (*(channel.name for channel in settings.channels), *OWN_CHANNELS)
    for position, audience in enumerate(settings.audiences):
        _exist(document, audience.channels, channels, "channel", ("audiences", position, "channels"))
        open_to_all = [name for name in audience.channels if name in READ_BY_ALL]
        if open_to_all and not audience.public:
            words = f"“{audience.name}” is inside (public = false), and everybody affected can read “{open_to_all[0]}”"
            raise document.error(("audiences", position, "channels"), f"{words}; name a channel of [[channels]]")
        _exist(
            document, audience.fallback, channels[: -len(OWN_CHANNELS)], "channel", ("audiences", position, "fallback")
        )


def _exist(document: Document, used: Iterable[str], known: Iterable[str], noun: str, place: Place) -> None:
    names = list(known)
    for name in used:
        if name not in names:
            raise document.error(
                place, f"no {noun} is called “{name}”; {did_you_mean(name, names, otherwise=f'{noun}s are')}"
            )


def _slas(settings: Settings, document: Document) -> None:
    slas = settings.slas
    if slas is None:
        return
    calendars = ("always", *(calendar.name for calendar in settings.calendars))
    _exist(document, (slas.calendar,), calendars, "calendar", ("slas", "calendar"))
    for key, times in (("response", slas.response), ("resolution", slas.resolution)):
        if times and len(times) != len(PRIORITIES):
            raise document.error(("slas", key), f"needs 5 entries, one for each priority; it has {len(times)}")


def _people(settings: Settings, document: Document) -> None:
    names = [person.name for person in settings.people]
    channels = [channel.name for channel in settings.channels]
    managers = {person.name: person.manager for person in settings.people}
    for position, person in enumerate(settings.people):
        place = ("people", position)
        _exist(document, filter(None, [person.manager]), names, "person", (*place, "manager"))
        _exist(document, person.channels, channels, "channel", (*place, "channels"))
        line = [person.name]
        while manager := managers.get(line[-1]):
            if manager in line:
                raise document.error(
                    (*place, "manager"), f"the line {' → '.join([*line, manager])} comes back on itself"
                )
            line.append(manager)


def _rotas(settings: Settings, document: Document) -> None:
    names = [person.name for person in settings.people]
    for position, rota in enumerate(settings.rotas):
        place: Place = ("rotas", position)
        if bool(rota.people) == bool(rota.ical):
            raise document.error(place, f"rota “{rota.name}” needs either `people` or `ical`")
        if rota.people and (rota.start is None or not rota.every):
            raise document.error(place, f"rota “{rota.name}” needs `start` and `every` for its people to take turns")
        _exist(document, rota.people, names, "person", (*place, "people"))
        for index, override in enumerate(rota.overrides):
            inner: Place = (*place, "overrides", index)
            _exist(document, (override.who,), names, "person", (*inner, "who"))
            if override.until <= override.start:
                raise document.error((*inner, "to"), "must be later than `from`")


def _escalations(settings: Settings, document: Document) -> None:
    channels = [channel.name for channel in settings.channels]
    people = [name for person in settings.people for name in (person.name, *person.aliases)]
    rotas = [rota.name for rota in settings.rotas]
    for position, path in enumerate(settings.escalations):
        place: Place = ("escalations", position, "steps")
        if not path.steps:
            raise document.error(place, f"“{path.name}” has no step; write at least one {{ after, to }}")
        times = [step.after for step in path.steps]
        if times != sorted(times):
            raise document.error(place, "the steps must stand in the order of their `after`")
        for index, step in enumerate(path.steps):
            inner: Place = (*place, index)
            kind, _, who = step.to.partition(":")
            # where the config has no rotas or people at all, the backend's own are meant
            if kind == "oncall" and rotas:
                _exist(document, (who,), rotas, "rota", (*inner, "to"))
            if kind == "user" and people:
                _exist(document, (who,), people, "person", (*inner, "to"))
            if kind == "channel":
                _exist(document, (who,), channels, "channel", (*inner, "to"))
            _exist(document, step.notify, channels, "channel", (*inner, "notify"))
