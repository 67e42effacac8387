"""Refusals in words: what is missing, unknown or out of range."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.adapters.embedded.organisation import Organisation, Team, nearest
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.transitions import TEXT_LENGTH, TITLE_LENGTH
from vagt.adapters.protocol import InvalidError, TransitionError
from vagt.domain.priority import LEVELS

_NOUNS = {
    "to": "person or team",
    "team": "team",
    "service": "service",
    "category": "category",
    "code": "resolution code",
}


def required(name: str, text: str) -> str:
    """The text without blanks around it. Raises InvalidError where nothing is left, or too much."""
    if not text.strip():
        raise InvalidError(f"“{name}” is missing.", ((name, "required"),))
    if len(text) > TEXT_LENGTH:
        raise InvalidError(f"“{name}” is longer than {TEXT_LENGTH} characters.", ((name, "too long"),))
    return text.strip()


def title(text: str) -> str:
    """A title on one line. Raises InvalidError."""
    line = " ".join(required("title", text).split())
    if len(line) > TITLE_LENGTH:
        raise InvalidError(f"The title is longer than {TITLE_LENGTH} characters.", (("title", "too long"),))
    return line


def level(name: str, value: int) -> int:
    """An impact or urgency. Raises InvalidError."""
    if value not in LEVELS:
        raise InvalidError(f"{name} is 1 (high), 2 or 3 (low).", ((name, "1 to 3"),))
    return value


def moment(name: str, text: str) -> datetime:
    """A time with its zone, RFC 3339. Raises InvalidError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(f"“{text}” is not a time.", ((name, "not a time"),)) from error
    if found.tzinfo is None:
        raise InvalidError(f"“{text}” has no time zone.", ((name, "no time zone"),))
    return found


def in_future(name: str, until: datetime, now: datetime) -> None:
    """Raises InvalidError where the moment has passed."""
    if until <= now:
        raise InvalidError(f"{minute(until)} has passed.", ((name, "must be in the future"),))


def must_be_open(row: Row, what: str) -> None:
    """Raises TransitionError for what is resolved or closed."""
    if not row.state.is_open:
        raise TransitionError(f"It is {row.native.lower()} and cannot be {what}: reopen it first.")


def unknown(name: str, text: str, known: Sequence[str]) -> InvalidError:
    """That nothing of the kind is called so, with what comes nearest."""
    return InvalidError(f"No {_NOUNS[name]} is called “{text}”{nearest(text, known)}", ((name, "unknown"),))


def team_called(organisation: Organisation, text: str) -> Team:
    """The team of that name. Raises InvalidError where there is none."""
    team = organisation.team(text)
    if team is None:
        raise unknown("team", text, [known.name for known in organisation.teams])
    return team


def minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
