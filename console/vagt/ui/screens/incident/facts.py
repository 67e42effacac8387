"""What is known of an incident, as labelled lines: pure, so that it is read and tested without a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from vagt.domain import sla
from vagt.domain.commands import Announce, Change, Notify, Verb
from vagt.domain.incident import ClockKind, ClockState, Incident, LinkKind, SlaClock
from vagt.domain.priority import LEVEL_WORDS, PRIORITY_WORDS
from vagt.engine.intent import Intent, Stage
from vagt.ui.present.times import local, spoken, when


class Tone(StrEnum):
    """How much a line wants to be seen; the words carry it too."""

    PLAIN = "plain"
    STRONG = "strong"
    DIM = "dim"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: a label in the left column (empty: it continues the one above) and what is known."""

    label: str
    value: str
    tone: Tone = Tone.PLAIN


_LINK_WORDS = {
    LinkKind.PROBLEM: "problem",
    LinkKind.CHANGE: "change",
    LinkKind.PARENT: "part of",
    LinkKind.CHILD: "includes",
    LinkKind.DUPLICATE: "duplicate",
    LinkKind.RELATED: "related",
}


def headline(incident: Incident) -> tuple[tuple[str, Tone], ...]:
    """Reference, priority and state in words: the one line that must be right at a glance."""
    priority = incident.priority
    words = "no priority" if priority is None else f"P{priority} {PRIORITY_WORDS.get(priority, '')}".strip()
    urgent = Tone.BAD if priority == 1 else Tone.WARN if priority == 2 else Tone.PLAIN
    parts = [(incident.ref, Tone.STRONG), (words, urgent), (state_words(incident), Tone.STRONG)]
    if incident.major:
        parts.append(("MAJOR INCIDENT", Tone.BAD))
    return tuple(parts)


def state_words(incident: Incident) -> str:
    """The common state, and the backend's own word where it is another."""
    native = incident.native_state
    if not native or native.casefold() == incident.state.value:
        return incident.state.value.upper()
    return f"{incident.state.value.upper()} ({native})"


def facts(incident: Incident, now: datetime, zone: tzinfo | None = None) -> tuple[Fact, ...]:
    """Everything known besides headline, title and description. Times are shown in `zone` (None: this machine's)."""
    return tuple(_facts(incident, now, zone))


def _facts(incident: Incident, now: datetime, zone: tzinfo | None) -> Iterator[Fact]:
    for position, clock in enumerate(incident.sla):
        if clock.kind is ClockKind.SLA:
            yield _clock(clock, incident, now, zone, "SLA" if position == 0 else "")
        else:
            yield _coming(clock, now, zone)
    if incident.waiting_reason or incident.waiting_until:
        until = f" until {when(incident.waiting_until, now, zone)}" if incident.waiting_until else ""
        over = incident.waiting_until is not None and incident.waiting_until <= now and incident.is_open
        yield Fact("Waiting", (incident.waiting_reason or "") + until, Tone.WARN if over else Tone.PLAIN)
    yield Fact("Team", incident.team or "none", Tone.PLAIN if incident.team else Tone.WARN)
    yield Fact("Assignee", _assignee(incident), Tone.PLAIN if incident.assignee else Tone.WARN)
    if incident.impact or incident.urgency:
        yield Fact("Impact", f"{_level(incident.impact)} · urgency {_level(incident.urgency)}")
    for label, value in (("Service", incident.service), ("Category", incident.category), ("Caller", incident.caller)):
        if value:
            yield Fact(label, value)
    times = (
        ("Opened", incident.created_at),
        ("Acked", incident.acknowledged_at),
        ("Updated", incident.updated_at),
        ("Resolved", incident.resolved_at),
        ("Closed", incident.closed_at),
    )
    for label, moment in times:
        if moment is not None:
            by = f" by {incident.updated_by}" if label == "Updated" and incident.updated_by else ""
            yield Fact(label, when(moment, now, zone) + by)
    if incident.resolution:
        yield Fact("Resolution", incident.resolution)
    for position, link in enumerate(incident.links):
        title = f"  {link.title}" if link.title else ""
        yield Fact("Links" if position == 0 else "", f"{_LINK_WORDS[link.kind]:<9} {link.ref}{title}")
    for label, value in incident.extra:
        yield Fact(label, value)
    if incident.url:
        yield Fact("Address", incident.url, Tone.DIM)


def _level(level: int | None) -> str:
    return "–" if level is None else f"{level} {LEVEL_WORDS.get(level, '')}".strip()


def _assignee(incident: Incident) -> str:
    if not incident.assignee:
        return "nobody"
    name = incident.assignee_name
    words = incident.assignee if not name or name == incident.assignee else f"{name} ({incident.assignee})"
    return ", ".join((words, *incident.also_assigned))


def _clock(clock: SlaClock, incident: Incident, now: datetime, zone: tzinfo | None, label: str) -> Fact:
    due = f" (due {local(clock.due_at, now, zone)})" if clock.due_at else ""
    left = sla.seconds_left(clock, now)
    if clock.state is ClockState.MET:
        return Fact(label, f"{clock.name}: met", Tone.DIM)
    if clock.state is ClockState.PAUSED:
        return Fact(label, f"{clock.name}: paused{due}", Tone.DIM)
    if sla.is_breached(clock, now) or left is None:
        over = "" if left is None or left >= 0 else f" by {spoken(-left)}"
        return Fact(label, f"{clock.name}: BREACHED{over}{due}", Tone.BAD if incident.is_open else Tone.DIM)
    used = sla.used_fraction(clock, now)
    gone = "" if used is None else f", {min(99, int(used * 100))} % used"
    soon = used is not None and used >= 0.8
    return Fact(label, f"{clock.name}: {spoken(left)} left{gone}{due}", Tone.WARN if soon else Tone.PLAIN)


def _coming(clock: SlaClock, now: datetime, zone: tzinfo | None) -> Fact:
    """A clock whose end breaks no promise: what comes, and when."""
    left = sla.seconds_left(clock, now)
    label = _COMING[clock.kind]
    # “Update: update due” would say it twice
    what = "" if clock.name.casefold() == label.casefold() else f"{clock.name}: "
    if left is None:
        return Fact(label, clock.name, Tone.DIM)
    due = f" ({local(clock.due_at, now, zone)})" if clock.due_at else ""
    if left < 0:
        return Fact(label, f"{what}due since {spoken(-left)}{due}", Tone.WARN)
    return Fact(label, f"{what}in {spoken(left)}{due}")


_COMING = {ClockKind.ESCALATION: "Escalation", ClockKind.UPDATE: "Update", ClockKind.REMINDER: "Reminder"}
_VERB_WORDS = {
    Verb.ACKNOWLEDGE: "acknowledge",
    Verb.PRIORITY: "priority",
    Verb.TRANSITION: "state",
    Verb.NOTE: "internal note",
    Verb.COMMENT: "public comment",
    Verb.CREATE: "register",
    Verb.NOTIFY: "message",
    Verb.ANNOUNCE: "announcement",
}
_PURPOSES = {"escalation": "page", "handover": "hand-over"}
_ANNOUNCED = {"journal": "mail journal", "status": "status update"}


def verb_words(verb: Verb) -> str:
    """What an action is called in a sentence."""
    return _VERB_WORDS.get(verb, verb.value)


def deed_words(change: Change) -> str:
    """What it is, in a word or two: of a message its purpose and the channel."""
    match change:
        case Notify(purpose=purpose, channel=channel):
            return f"{_PURPOSES.get(purpose, purpose)} via {channel}"
        case Announce(via=via):
            return _ANNOUNCED.get(via, via)
        case _:
            return verb_words(change.verb)


def stage_words(intent: Intent, now: datetime) -> str:
    """Where an action of ours stands, in words, with the reason where there is one."""
    reason = f": {intent.reason}" if intent.reason else ""
    wait = max(0.0, (intent.not_before - now).total_seconds())
    match intent.stage:
        case Stage.HELD:
            return f"leaves in {spoken(wait)}, u takes it back"
        case Stage.QUEUED if intent.attempts:
            return f"tried {intent.attempts}×, next try in {spoken(wait)}{reason}"
        case Stage.QUEUED:
            return f"waits for its turn{reason}"
        case Stage.SENDING:
            return "being sent"
        case Stage.UNSURE:
            return f"sent, not confirmed; asking whether it arrived{reason}"
        case Stage.CONFLICT:
            return f"CONFLICT{reason}"
        case Stage.REFUSED:
            return f"REFUSED{reason}"
        case Stage.UNKNOWN:
            return f"UNKNOWN{reason}"
        case _:
            return f"{intent.stage.value}{reason}"


def pending_facts(intents: Sequence[Intent], now: datetime) -> tuple[Fact, ...]:
    """What of ours the backend has not confirmed on this incident, those that need a person first."""
    ordered = sorted(intents, key=lambda intent: (not intent.stage.needs_person, intent.seq))
    return tuple(
        Fact(
            deed_words(intent.command.change),
            stage_words(intent, now),
            Tone.BAD if intent.stage.needs_person else Tone.WARN,
        )
        for intent in ordered
    )
