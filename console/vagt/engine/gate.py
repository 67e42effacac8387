"""The one gate in front of every write to a backend."""

from __future__ import annotations

from vagt.adapters.protocol import Done, ForbiddenError, Session, attaching
from vagt.config.settings import Settings
from vagt.domain.commands import Attach, Command


class ReadOnly(ForbiddenError):
    """The config forbids writing; `words` say where."""


class Gate:
    """Nothing else in the program calls `Session.perform` or `Attaching.attach`."""

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

    async def attach(self, session: Session, command: Command, change: Attach, content: bytes) -> Done:
        """The same for a file. Raises ReadOnly, and the AdapterError of the backend."""
        words = self.closed(command.backend)
        if words:
            raise ReadOnly(words)
        assert command.subject is not None, "only a new incident has no subject"
        await attaching(session).attach(command.subject.id, change.name, content)
        return Done(None, "")
