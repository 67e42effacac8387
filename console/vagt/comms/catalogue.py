"""Every name that a template may use: where its value comes from, how it is asked for, and who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vagt.domain.fields import FieldKind


class Origin(StrEnum):
    """Where a value comes from."""

    INCIDENT = "incident"
    """The incident tells; what is typed instead counts for this message only."""
    ASKED = "asked"
    """Somebody types it."""
    CONSOLE = "console"
    """The console works it out: times, the operator, the next update."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name that a template may use."""

    name: str
    label: str
    """What stands beside its input."""
    origin: Origin
    kind: FieldKind = FieldKind.TEXT
    public: bool = False
    """Somebody outside may see it, where the audience's `fields` allow it."""
    carried: bool = True
    """Taken over from the last update."""
    translated: bool = False
    """Words, which each language may want for itself (`impact_text.da`)."""
    help: str = ""
    max_length: int | None = None
    """Characters."""
    past: bool = False
    """Of a time: it has come already, so `13:45` is the last one."""


_TEXT, _LONG, _TIME = FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.TIME
_I, _A, _C = Origin.INCIDENT, Origin.ASKED, Origin.CONSOLE

CATALOGUE: tuple[Name, ...] = (
    Name("number", "Number", _I, public=True, help="What people call the incident."),
    Name("title", "Title", _I, public=True, translated=True, help="The incident's title, or a better one for this message."),
    Name("service", "Service", _I, public=True, help="What is affected, as those affected call it."),
    Name("started", "Began", _I, _TIME, public=True, past=True, help="When it began; the incident's registration unless you know better."),
    Name("resolved", "Resolved", _I, _TIME, public=True, past=True, help="When service was restored."),
    Name("state", "State", _I, public=True, help="Where it stands, in the reader's language."),
    Name("priority", "Priority", _I, public=True, help="P1 to P5."),
    Name("major", "Major", _I, FieldKind.FLAG, public=True, help="Whether it is a major incident."),
    Name("ref", "Reference", _I, help="backend:number"),
    Name("description", "Description", _I, _LONG, help="As it was reported."),
    Name("impact", "Impact", _I, help="High, medium or low."),
    Name("urgency", "Urgency", _I, help="High, medium or low."),
    Name("team", "Team", _I),
    Name("assignee", "Assignee", _I, help="The person's name."),
    Name("caller", "Caller", _I),
    Name("category", "Category", _I),
    Name("acknowledged", "Acknowledged", _I, _TIME, past=True),
    Name("resolution", "Resolution", _I, _LONG, help="How it was solved, as the backend has it."),
    Name("waiting", "Waits for", _I),
    Name("url", "Address", _I),
    Name("clocks", "Deadlines", _I, help="What its SLA clocks say."),
    Name("links", "Linked", _I, help="Problems, changes and other incidents."),
    Name("impact_text", "Impact", _A, _LONG, public=True, translated=True, max_length=600,
         help="What people notice, in their words: “Mail cannot be sent or received.”"),
    Name("scope", "Who is affected", _A, public=True, translated=True, max_length=200,
         help="Who and where: “everybody in Aarhus”, “web shop, all countries”."),
    Name("workaround", "Workaround", _A, _LONG, public=True, translated=True, max_length=600,
         help="What people can do meanwhile."),
    Name("expected", "Expected back", _A, _TIME, public=True, help="When it should work again, told as a window; empty where nobody knows."),
    Name("next_update", "Next update", _A, _TIME, public=True, carried=False,
         help="When we write again: a promise, which sets the clock."),
    Name("cause", "Cause", _A, _LONG, translated=True, max_length=600, help="What is known of the cause; inside only."),
    Name("actions", "Being done", _A, _LONG, translated=True, max_length=800, help="What is done now; inside only."),
    Name("people", "People", _A, help="Who works on it and who leads; inside only.", max_length=300),
    Name("needs", "Needs", _A, _LONG, carried=False, max_length=400, help="Which decision or help is wanted; inside only."),
    Name("expected_by", "Said by", _A, help="Who gave the expected time."),
    Name("expected_sure", "How sure", _A, FieldKind.CHOICE, help="certain, likely or guess."),
    Name("what_was_done", "What was done", _A, _LONG, public=True, translated=True, max_length=800,
         help="How it was put right, in plain words."),
    Name("lessons", "What follows", _A, _LONG, public=True, translated=True, max_length=1200,
         help="What will be done so that it does not come back."),
    Name("window_start", "From", _A, _TIME, public=True, help="When the work begins."),
    Name("window_end", "Until", _A, _TIME, public=True, help="When it is over."),
    Name("business", "In business terms", _A, _LONG, translated=True, max_length=400,
         help="What it costs or stops: orders, deadlines, customers; inside only."),
    Name("risks", "Risks", _A, _LONG, translated=True, carried=False, max_length=400, help="What could make it worse; inside only."),
    Name("every", "How often", _C, public=True, help="How long the time between two updates is."),
    Name("widened", "Wider from now", _C, public=True, help="The new, longer time between updates, in the update that changes it."),
    Name("since", "How long already", _C, public=True, help="How long it has lasted."),
    Name("now", "Now", _C, _TIME, public=True),
    Name("first", "First word", _C, FieldKind.FLAG, public=True, help="Whether this audience hears of it for the first time."),
    Name("operator", "You", _C, help="Who sends it."),
    Name("history", "Earlier updates", _C, _LONG, help="One line for each update that went out."),
)  # fmt: skip
"""In the order in which they are asked for and documented."""

BY_NAME: dict[str, Name] = {name.name: name for name in CATALOGUE}
ALWAYS = frozenset({"now", "first", "every", "widened", "since"})
"""For every audience: they tell nothing of the incident but its times."""
OUTSIDE = frozenset(name.name for name in CATALOGUE if name.public)
"""All that an outside audience can ever see."""
OUTSIDE_DEFAULT: tuple[str, ...] = (
    "service", "impact_text", "scope", "workaround", "next_update", "started", "resolved", "number",
    "what_was_done", "lessons", "window_start", "window_end",
)  # fmt: skip
"""What an outside audience sees whose config names no fields: an expected time only where it is named."""
INSIDE_DEFAULT: tuple[str, ...] = tuple(name.name for name in CATALOGUE)
SURENESS = ("certain", "likely", "guess")
