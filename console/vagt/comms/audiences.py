"""Who hears of which incidents, and how much of them they may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from vagt.comms.catalogue import ALWAYS, BY_NAME, INSIDE_DEFAULT, OUTSIDE, OUTSIDE_DEFAULT
from vagt.comms.template import Side
from vagt.config.errors import did_you_mean
from vagt.config.response import AudienceSettings
from vagt.config.settings import Settings
from vagt.domain.incident import Incident
from vagt.domain.query import Facts, Query, parse

OWN_CHANNELS = ("comment", "journal", "status")
"""Channels that are the backend's own."""


@dataclass(frozen=True)
class Audience:
    """One `[[audiences]]` table, ready for use."""

    name: str
    side: Side
    query: Query
    allowed: frozenset[str]
    """Every name that its text may contain."""
    every_own: bool
    """The config names no fields, so a template's own fields are allowed as they are marked."""
    language: str
    zone: tzinfo | None
    """None: the machine's."""
    channels: tuple[str, ...]
    fallback: tuple[str, ...]
    approval: bool

    @property
    def outside(self) -> bool:
        return self.side is Side.OUTSIDE

    def concerns(self, incident: Incident, facts: Facts) -> bool:
        """Whether the incident is theirs to hear of; one that is over concerns them for its last words."""
        return self.query.matches(incident, facts)


def audiences_of(settings: Settings) -> tuple[Audience, ...]:
    """All of the config, in its order."""
    return tuple(_audience(one, settings) for one in settings.audiences)


def _audience(one: AudienceSettings, settings: Settings) -> Audience:
    if one.public:
        allowed = OUTSIDE.intersection(one.fields or OUTSIDE_DEFAULT)
        extra = {name for name in one.fields if name not in BY_NAME}
    else:
        allowed = frozenset(one.fields or INSIDE_DEFAULT)
        extra = set()
    return Audience(
        name=one.name,
        side=Side.OUTSIDE if one.public else Side.INSIDE,
        query=parse(one.query),
        allowed=allowed | ALWAYS | extra,
        every_own=not one.fields,
        language=one.language or settings.console.language,
        zone=_zone(one.timezone),
        channels=tuple(dict.fromkeys(one.channels)),
        fallback=tuple(name for name in dict.fromkeys(one.fallback) if name not in one.channels),
        approval=one.approval,
    )


def _zone(name: str) -> tzinfo | None:
    if not name:
        return None
    from zoneinfo import ZoneInfo  # only audiences with a zone pay for it

    return ZoneInfo(name)


def problems_of(settings: Settings, own_fields: Sequence[str] = ()) -> tuple[str, ...]:
    """What a person should put right in the `[[audiences]]`, in words; `own_fields` are those that templates bring."""
    found = []
    for one in settings.audiences:
        for name in one.fields:
            if name in own_fields:
                continue
            if name not in BY_NAME:
                remedy = did_you_mean(name, (*BY_NAME, *own_fields))
                found.append(f"audience {one.name}: no field is called “{name}”; {remedy}")
            elif one.public and name not in OUTSIDE:
                found.append(f"audience {one.name} is outside: it is never told “{name}”, whatever `fields` says")
        if not one.channels:
            found.append(f"audience {one.name} has no channels: nothing can be sent to it")
    return tuple(found)
