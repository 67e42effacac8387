"""The one gate in front of every write to a backend."""

from __future__ import annotations

from vagt.adapters.protocol import Done, ForbiddenError, Session
from vagt.config.settings import Settings
from vagt.domain.commands import Command


class ReadOnly(ForbiddenError):
    """The config forbids writing; `words` say where."""


class Gate:
    """Nothing else in the program calls `Session.perform`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def closed(self, backend: str) -> str:
        """Why nothing may be written to this backend; "" where it may."""
        if self._settings.console.read_only:
            return "this console is read-only ([console] read_only in the config)"
        if any(known.name == backend and known.read_only for known in self._settings.backends):
            return f"{backend} is read-only (read_only of the backend in the config)"
        return ""

    async def perform(self, session: Session, command: Command, expected: str | None) -> Done:
        """Let it through. Raises ReadOnly, and the AdapterError of the backend."""
        words = self.closed(command.backend)
        if words:
            raise ReadOnly(words)
        return await session.perform(command, expected)
