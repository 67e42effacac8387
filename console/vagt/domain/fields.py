"""What can be asked of a person before something is done: the same for forms and for arguments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    """How a field is asked for and checked."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    CHOICE = "choice"
    PERSON = "person"
    TEAM = "team"
    SERVICE = "service"
    TIME = "time"
    """A moment: `+30m`, `14:15` or RFC 3339; sent as UTC, RFC 3339."""
    DURATION = "duration"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value and the words for it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One thing to ask for."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    choices: tuple[Choice, ...] = ()
    default: str = ""
    help: str = ""
    max_length: int | None = None
    """Characters; None where the backend tells no limit."""
