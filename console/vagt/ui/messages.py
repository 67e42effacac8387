"""What the app tells its screens and widgets: references, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from textual.message import Message

from vagt.domain.incident import Key


class Tone(StrEnum):
    """How a line to the operator is meant."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class Told(Message, bubble=False):
    """Something that every listener is told (`VagtApp.listen`)."""


class BoardChanged(Told, bubble=False):
    """The board shows these incidents differently now."""

    def __init__(self, keys: frozenset[Key], arrived: frozenset[Key]) -> None:
        super().__init__()
        self.keys = keys
        self.arrived = arrived


class HealthChanged(Told, bubble=False):
    """A backend's health is another."""

    def __init__(self, backend: str) -> None:
        super().__init__()
        self.backend = backend


class OutboxChanged(Told, bubble=False):
    """Actions were added, confirmed, refused or taken back."""

    def __init__(self, ids: frozenset[str]) -> None:
        super().__init__()
        self.ids = ids


class Rang(Told, bubble=False):
    """Something arrived that the config's `bell` asks for."""

    def __init__(self, keys: frozenset[Key]) -> None:
        super().__init__()
        self.keys = keys


class SecondPassed(Told, bubble=False):
    """The clock moved on: ages, countdowns and the time of day are other words now."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now


@dataclass(frozen=True, slots=True)
class Line:
    """One short line to the operator. `until` is on the monotonic clock, in seconds."""

    text: str
    tone: Tone = Tone.PLAIN
    until: float = 0.0
    countdown: bool = False
    """The seconds left stand behind the text: an undo window."""


class LineChanged(Told, bubble=False):
    """The line to the operator is another, or none."""

    def __init__(self, line: Line | None) -> None:
        super().__init__()
        self.line = line
