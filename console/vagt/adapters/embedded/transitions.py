"""What can be done to an incident's state, and which fields each of it needs."""

from __future__ import annotations

from vagt.adapters.embedded.organisation import Coded, Organisation
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.rules import CANCELLED, NATIVE, OBSERVING
from vagt.adapters.protocol import Transition
from vagt.domain.commands import Verb
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import State
from vagt.domain.priority import LEVEL_WORDS, LEVELS

TITLE_LENGTH = 250
TEXT_LENGTH = 20_000

START, HOLD, OBSERVE, RESUME, RESOLVE, CANCEL, CLOSE, REOPEN = (
    "start",
    "hold",
    "observe",
    "resume",
    "resolve",
    "cancel",
    "close",
    "reopen",
)


def _choices(coded: Coded) -> tuple[Choice, ...]:
    return tuple(Choice(value, label) for value, label in coded)


def _words(label: str, *, required: bool = False, help: str = "") -> FieldSpec:
    return FieldSpec("text", label, FieldKind.LONG_TEXT, required, help=help, max_length=TEXT_LENGTH)


def fields_of(verb: Verb, row: Row | None, organisation: Organisation) -> tuple[FieldSpec, ...]:
    """What this desk wants to know for a verb; for RESOLVE it depends on the incident."""
    levels = tuple(Choice(str(level), LEVEL_WORDS[level]) for level in LEVELS)
    match verb:
        case Verb.RESOLVE:
            strict = row is not None and row.major
            code = FieldSpec(
                "code",
                "Resolution code",
                FieldKind.CHOICE,
                strict,
                _choices(organisation.codes),
                help="A major incident needs one." if strict else "",
            )
            return (_words("What restored the service", required=True), code)
        case Verb.HOLD:
            return (
                FieldSpec("reason", "Reason", FieldKind.CHOICE, False, _choices(organisation.reasons), default="other"),
                FieldSpec("until", "Until", FieldKind.TIME, help="Then it is in progress again by itself."),
            )
        case Verb.SNOOZE:
            return (FieldSpec("until", "Until", FieldKind.TIME, True),)
        case Verb.NOTE:
            return (_words("Note", required=True, help="Only those who work on it read this."),)
        case Verb.COMMENT:
            return (_words("Comment", required=True, help="The caller reads this."),)
        case Verb.ASSIGN:
            return (FieldSpec("team", "Team", FieldKind.TEAM), FieldSpec("to", "Person", FieldKind.PERSON))
        case Verb.PRIORITY:
            return (
                FieldSpec("impact", "Impact", FieldKind.CHOICE, True, levels),
                FieldSpec("urgency", "Urgency", FieldKind.CHOICE, True, levels),
            )
        case Verb.ESCALATE:
            return (
                FieldSpec("reason", "Reason", FieldKind.LONG_TEXT, True, max_length=TEXT_LENGTH),
                FieldSpec(
                    "level", "Level", FieldKind.CHOICE, choices=tuple(Choice(str(n), f"level {n}") for n in LEVELS)
                ),
                FieldSpec("to", "To", FieldKind.TEXT, help="A team or a person, instead of a level."),
            )
        case Verb.CREATE:
            return (
                FieldSpec("title", "Title", FieldKind.TEXT, True, max_length=TITLE_LENGTH),
                FieldSpec("description", "Description", FieldKind.LONG_TEXT, max_length=TEXT_LENGTH),
                FieldSpec("impact", "Impact", FieldKind.CHOICE, choices=levels, default="3"),
                FieldSpec("urgency", "Urgency", FieldKind.CHOICE, choices=levels, default="3"),
                FieldSpec("service", "Service", FieldKind.SERVICE),
                FieldSpec("team", "Team", FieldKind.TEAM, help="Where empty: the team of the service."),
                FieldSpec("caller", "Caller", FieldKind.TEXT),
                FieldSpec(
                    "category",
                    "Category",
                    FieldKind.CHOICE,
                    choices=tuple(Choice(name, name) for name in organisation.categories),
                ),
            )
        case _:
            return ()


def transitions_of(row: Row, organisation: Organisation) -> tuple[Transition, ...]:
    """Everything that can be done to the state of this incident now."""
    start = Transition(START, "Start work", State.ACTIVE, NATIVE[State.ACTIVE], verb=Verb.ACKNOWLEDGE)
    hold = Transition(
        HOLD, "Hold", State.WAITING, NATIVE[State.WAITING], fields_of(Verb.HOLD, row, organisation), Verb.HOLD
    )
    observe = Transition(OBSERVE, "Observe the fix", State.ACTIVE, OBSERVING)
    resume = Transition(RESUME, "Resume work", State.ACTIVE, NATIVE[State.ACTIVE])
    resolve = Transition(
        RESOLVE,
        "Resolve",
        State.RESOLVED,
        NATIVE[State.RESOLVED],
        fields_of(Verb.RESOLVE, row, organisation),
        Verb.RESOLVE,
    )
    cancel = Transition(CANCEL, "Cancel", State.CLOSED, CANCELLED, (_words("Why it is no incident", required=True),))
    close = Transition(CLOSE, "Close", State.CLOSED, NATIVE[State.CLOSED], verb=Verb.CLOSE)
    reopen = Transition(REOPEN, "Reopen", State.ACTIVE, NATIVE[State.ACTIVE], verb=Verb.REOPEN)
    match row.state:
        case State.NEW:
            return (start, hold, resolve, cancel)
        case State.ACTIVE if row.native == OBSERVING:
            return (resume, hold, resolve, cancel)
        case State.ACTIVE:
            return (hold, observe, resolve, cancel)
        case State.WAITING:
            return (resume, hold, resolve, cancel)
        case State.RESOLVED:
            return (close, reopen)
        case State.CLOSED:
            return () if row.duplicate_of else (reopen,)
