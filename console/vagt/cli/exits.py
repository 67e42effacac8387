"""Exit codes, and the ways in which a command ends early."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class Exit(IntEnum):
    """What the shell is told."""

    DONE = 0
    REFUSED = 1
    """The backend refused it, a conflict, or no such incident."""
    USAGE = 2
    """Wrong usage or configuration."""
    UNREACHABLE = 3
    """A backend could not be reached or signed in to."""


class UsageError(Exception):
    """Called in a way that makes no sense; the message says what would."""


@dataclass(slots=True)
class Errors:
    """What went wrong with which backend, for `errors` in the JSON and for standard error."""

    items: list[tuple[str, str]] = field(default_factory=list)

    def add(self, backend: str, message: str) -> None:
        """Each thing is told once, however many incidents it hit."""
        if (backend, message) not in self.items:
            self.items.append((backend, message))

    def __bool__(self) -> bool:
        return bool(self.items)
