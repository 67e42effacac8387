"""An action of the outbox in words: what, how far, how long, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vagt.domain.commands import (
    Announce,
    Assign,
    Attach,
    Change,
    Comment,
    Create,
    Escalate,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Notify,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
)
from vagt.domain.incident import LinkKind
from vagt.engine.intent import Intent, Stage
from vagt.ui.present.times import local
from vagt.ui.screens.files.paths import size_words
from vagt.ui.screens.incident.facts import deed_words, stage_words, verb_words

STAGES = {
    Stage.HELD: "held",
    Stage.QUEUED: "waiting",
    Stage.SENDING: "sending",
    Stage.UNSURE: "unsure",
    Stage.DONE: "done",
    Stage.CONFLICT: "CONFLICT",
    Stage.REFUSED: "REFUSED",
    Stage.UNKNOWN: "UNKNOWN",
    Stage.UNDONE: "taken back",
    Stage.DISCARDED: "given up",
}
"""What stands in the column of stages; in capitals where a person must act."""


def stage_label(intent: Intent) -> str:
    """How far it has come, in a word."""
    return "passed on" if intent.passed_to else STAGES[intent.stage]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the list: rows `start` to `start + count - 1`."""

    title: str
    start: int
    count: int


def ordered(intents: Sequence[Intent], recent: Sequence[Intent]) -> tuple[list[Intent], tuple[Section, ...]]:
    """All actions in the order of the list: those that need a person, those under way, those that ended."""
    stuck = [intent for intent in intents if intent.stage.needs_person]
    moving = [intent for intent in intents if not intent.stage.needs_person]
    rows = [*stuck, *moving, *recent]
    sections = []
    start = 0
    for title, part in (("Waiting for you", stuck), ("Under way", moving), ("Ended lately", recent)):
        if part:
            sections.append(Section(title, start, len(part)))
        start += len(part)
    return rows, tuple(sections)


def since(intent: Intent) -> datetime:
    """Since when it stands where it is; for one under way, since it was asked for."""
    ended = not intent.stage.is_pending and not intent.stage.needs_person
    return intent.changed_at if ended and intent.changed_at else intent.command.at


def subject(intent: Intent) -> str:
    """What it is done to."""
    base = intent.command.base
    if intent.command.subject is None:
        return intent.result_ref or (f"to {intent.command.channel}" if intent.command.channel else intent.command.ref)
    return f"{intent.command.ref} {base.title}" if base is not None else intent.command.ref


def why(intent: Intent, now: datetime) -> str:
    """Why it is where it is, and what comes next."""
    if intent.stage in (Stage.DONE, Stage.UNDONE, Stage.DISCARDED):
        return intent.reason
    words = stage_words(intent, now)
    if intent.blocked_by and not intent.stage.needs_person:
        return f"waits for an earlier action on the same incident: {words}"
    return words


def what(change: Change, now: datetime) -> str:
    """What the operator asked for, with the fields that say it."""
    match change:
        case Assign(team=team, to=to):
            whom = [change.team_name or team, "nobody" if to == "" else change.to_name or to]
            return f"assign to {', '.join(filter(None, whom))}"
        case SetPriority(priority=None):
            return f"impact {change.impact}, urgency {change.urgency}"
        case SetPriority():
            return f"priority P{change.priority}"
        case Hold(reason=reason, until=until):
            tail = f" until {local(until, now)}" if until else ""
            return f"hold{': ' if reason else ''}{reason}{tail}"
        case Snooze(until=until, reason=reason):
            return f"snooze until {local(until, now)}{': ' if reason else ''}{reason}"
        case Note(text=text) | Comment(text=text) | Resolve(text=text):
            return f"{verb_words(change.verb)}: {text}"
        case MoveTo(label=label):
            return f"“{label}”"
        case SetMajor(on=on):
            return "declare major" if on else "no longer major"
        case LinkTo(other_ref=ref, kind=kind):
            return f"{'merge into' if kind is LinkKind.DUPLICATE else f'link as {kind.value} to'} {ref}"
        case Create(title=title):
            return f"register: {title}"
        case Attach(name=name, size=size):
            return f"attach {name} ({size_words(size)})"
        case Escalate(reason=reason):
            return f"escalate: {reason}"
        case Notify(title=title, to=to, audience=audience):
            reader = to or audience
            return f"{deed_words(change)}{f' to {reader}' if reader else ''}: {title}"
        case Announce(title=title, text=text):
            return f"{deed_words(change)}: {title or text}"
        case _:
            return verb_words(change.verb)
