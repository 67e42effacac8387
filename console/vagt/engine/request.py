"""What an operator asks for, before it becomes an intent on disk."""

from __future__ import annotations

from dataclasses import dataclass

from vagt.domain.commands import Change, Notify, channel_backend
from vagt.domain.incident import Key


@dataclass(frozen=True, slots=True)
class Request:
    """One change to one incident; `subject` is None for a Create, and may be for a Notify."""

    backend: str
    """A backend's name, or for a Notify `channel:NAME`; see `Request.notify`."""
    subject: Key | None
    change: Change
    id: str | None = None
    """The command's id where whoever asks derives it from what is asked: a second one of the same id is not added."""

    @classmethod
    def notify(cls, change: Notify, subject: Key | None = None, id: str | None = None) -> Request:
        """Words through the channel that they name, about an incident or about none."""
        return cls(channel_backend(change.channel), subject, change, id)
