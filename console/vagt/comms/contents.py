"""What a template gets to see for one audience: its allow-list, in its language, and nothing else at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vagt.comms import answers as typed
from vagt.comms import expected, markup
from vagt.comms.audiences import Audience
from vagt.comms.catalogue import CATALOGUE, Name, Origin
from vagt.comms.record import UpdateRecord
from vagt.comms.rendering import Value, absent, withheld
from vagt.comms.template import Template
from vagt.comms.words import Words
from vagt.domain.fields import FieldKind
from vagt.domain.incident import ClockKind, ClockState, Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that is known when an update is written. Times are UTC."""

    incident: Incident
    answers: Mapping[str, str]
    now: datetime
    operator: str = ""
    updates: tuple[UpdateRecord, ...] = field(default=())
    """Earlier ones, oldest first."""
    every: float | None = None
    """Seconds between updates at this priority, as it stands now."""


def values_for(situation: Situation, audience: Audience, template: Template, words: Words) -> dict[str, Value]:
    """Name to value for every name that there is: what is not allowed, or not known, cannot be printed."""
    found: dict[str, Value] = {}
    for name in (*CATALOGUE, *template.own):
        if not allows(audience, name, template):
            found[name.name] = withheld(name.name)
            continue
        value = _value(name, situation, audience, template, words)
        if isinstance(value, str):
            value = markup.clean(value, lines=name.kind is FieldKind.LONG_TEXT)
        elif isinstance(value, tuple):
            value = tuple(markup.clean(one, lines=False) for one in value)
        found[name.name] = absent(name.name) if value is None or value in ("", ()) else value
    return found


def allows(audience: Audience, name: Name, template: Template) -> bool:
    """Whether the audience may see it."""
    if name not in template.own:
        return name.name in audience.allowed
    if audience.outside and not name.public:
        return False
    return audience.every_own or name.name in audience.allowed


def _value(
    name: Name, situation: Situation, audience: Audience, template: Template, words: Words
) -> str | bool | tuple[str, ...] | None:
    answers = situation.answers
    if name.name == "expected":
        return expected.in_words(
            typed.expected_of(answers),
            typed.moment_of(answers, "next_update"),
            now=situation.now,
            words=words,
            zone=audience.zone,
            with_source=not audience.outside,
        )
    if name.origin is Origin.CONSOLE:
        return _worked_out(name.name, situation, audience, words)
    given = typed.words_in(answers, name.name, audience.language)
    if given:
        return _as_told(name, given, situation, audience, words)
    if name.origin is Origin.INCIDENT:
        return _of_incident(name.name, situation.incident, situation.now, audience, words)
    fallback = template.default(name.name)
    return _as_told(name, fallback, situation, audience, words) if fallback else None


def _as_told(name: Name, text: str, situation: Situation, audience: Audience, words: Words) -> str | bool:
    if name.kind is FieldKind.TIME:
        moment = typed.moment_of({name.name: text}, name.name)
        return words.clock(moment, situation.now, audience.zone) if moment is not None else text
    if name.kind is FieldKind.FLAG:
        return text == "true"
    if name.name == "expected_sure":
        return words.say(f"sure_{text}")
    return text


def _last(situation: Situation, audience: Audience) -> UpdateRecord | None:
    """The last update that reached the audience."""
    return next((update for update in reversed(situation.updates) if audience.name in update.reached), None)


def _worked_out(
    name: str, situation: Situation, audience: Audience, words: Words
) -> str | bool | tuple[str, ...] | None:
    now, incident = situation.now, situation.incident
    match name:
        case "every":
            return words.span(situation.every) if situation.every else None
        case "widened":
            last = _last(situation, audience)
            known = last.every if last is not None else None
            # each audience is told by the first update that it gets in the longer time
            return words.span(situation.every) if situation.every and known and situation.every > known else None
        case "since":
            began = typed.moment_of(situation.answers, "started") or incident.created_at
            return words.span((now - began).total_seconds()) if began is not None and began < now else None
        case "now":
            return words.clock(now, now, audience.zone)
        case "first":
            return _last(situation, audience) is None
        case "operator":
            return situation.operator
        case "history":
            return tuple(
                f"{words.clock(update.at, now, audience.zone)} {update.template} ({', '.join(update.audiences)})"
                for update in situation.updates
            )
    raise KeyError(name)


def _of_incident(
    name: str, incident: Incident, now: datetime, audience: Audience, words: Words
) -> str | bool | tuple[str, ...] | None:
    def clock(moment: datetime | None) -> str | None:
        return None if moment is None else words.clock(moment, now, audience.zone)

    def level(number: int | None) -> str | None:
        return words.say(f"level_{number}") if number in (1, 2, 3) else None

    match name:
        case "state":
            return words.say(f"state_{incident.state.value}")
        case "priority":
            return f"P{incident.priority}" if incident.priority else None
        case "impact":
            return level(incident.impact)
        case "urgency":
            return level(incident.urgency)
        case "started":
            return clock(incident.created_at)
        case "resolved":
            return clock(incident.resolved_at or incident.closed_at)
        case "acknowledged":
            return clock(incident.acknowledged_at)
        case "assignee":
            return incident.assignee_name or incident.assignee
        case "waiting":
            return incident.waiting_reason
        case "clocks":
            return tuple(
                words.say(
                    "clock_over" if one.state is ClockState.BREACHED or one.due_at < now else "clock_due",
                    name=one.name,
                    time=words.clock(one.due_at, now, audience.zone),
                )
                for one in incident.sla
                if one.kind is ClockKind.SLA and one.due_at is not None and one.state is not ClockState.MET
            )
        case "links":
            return tuple(" ".join(filter(None, (link.kind.value, link.ref, link.title))) for link in incident.links)
        case "major":
            return incident.major
    value: str | None = getattr(incident, name)
    return value
