"""The engine's face: what screens and the command line ask of it and are told by it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vagt.adapters.protocol import Transition
from vagt.config.settings import BackendSettings, Settings
from vagt.domain.actions import Action
from vagt.domain.clock import Clock
from vagt.domain.commands import Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, Key
from vagt.domain.timeline import TimelineEntry
from vagt.engine.events import Event
from vagt.engine.health import Health
from vagt.engine.intent import Intent
from vagt.engine.request import Request

if TYPE_CHECKING:
    from vagt.engine.board import Board

__all__ = ["Engine", "Request"]


class Engine:
    """Everything behind the screens: what the backends say, what the operator wants, and how far it has come."""

    settings: Settings
    clock: Clock
    board: Board

    @classmethod
    async def open(
        cls,
        settings: Settings,
        data_dir: Path,
        *,
        clock: Clock,
        operator: str,
        secrets: Callable[[BackendSettings], Awaitable[str]],
        seed: int = 0,
        load: bool = True,
    ) -> Engine:
        """Open store and outbox and load the last snapshot into the board; no network.

        `load=False` leaves the board empty, for a command that asks the backends itself.
        Raises DataError where the data folder was written by a newer Vagt or cannot be used.
        """
        raise NotImplementedError

    async def start(self, *, poll: bool = True) -> None:
        """Begin to poll and to send. `poll=False` only sends: for a command that does one thing and leaves."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Stop within a second; what is in flight stays in the outbox. Safe to call twice."""
        raise NotImplementedError

    def events(self) -> AsyncIterator[Event]:
        """What changes from now on; each call is a subscription of its own, which ends with the engine."""
        raise NotImplementedError

    def health(self, backend: str) -> Health:
        """How one backend does. Raises KeyError for a backend that the config does not have."""
        raise NotImplementedError

    def healths(self) -> tuple[Health, ...]:
        """How all do, in the config's order."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Poll every backend now (a throttle is obeyed all the same); sign in again where we are signed out."""
        raise NotImplementedError

    def me(self, backend: str) -> str:
        """My login there: what the account says, else the config's user name, else the operator's."""
        raise NotImplementedError

    def my_teams(self, backend: str) -> tuple[str, ...]:
        """My teams there, as the account says, else the config."""
        raise NotImplementedError

    async def submit(self, requests: Sequence[Request], *, undo: bool = True) -> tuple[Intent, ...]:
        """Put actions on disk, all or none; they leave after the undo window, or at once where `undo` is False.

        More than one request makes one bulk. Raises OutboxError where they could not be written.
        """
        raise NotImplementedError

    async def undo(self) -> tuple[Intent, ...]:
        """Take back the newest action that is still held, a bulk as a whole; () where nothing is held."""
        raise NotImplementedError

    async def retry(self, id: str, *, accept_theirs: bool = False) -> None:
        """Try again now. `accept_theirs`: do mine on top of what is there now. Raises KeyError."""
        raise NotImplementedError

    async def discard(self, id: str) -> None:
        """Give an action up. Raises KeyError, and OutboxError where it is on the wire just now."""
        raise NotImplementedError

    def intents(self) -> tuple[Intent, ...]:
        """The outbox: what is under way and what needs a person, oldest first."""
        raise NotImplementedError

    def recent(self) -> tuple[Intent, ...]:
        """The last 200 that ended (done, undone, discarded), newest first."""
        raise NotImplementedError

    def pending(self, key: Key) -> tuple[Intent, ...]:
        """What of mine on this incident is not confirmed: under way, or waiting for a person; oldest first."""
        raise NotImplementedError

    async def settled(
        self,
        ids: Collection[str],
        timeout: float | None,  # noqa: ASYNC109  measured on our own clock, and no error where it runs out
    ) -> tuple[Intent, ...]:
        """Wait until none is pending, at most `timeout` seconds; how they stand then, in the order of `ids`."""
        raise NotImplementedError

    def unable(self, action: Action, key: Key | None) -> str:
        """Why the action cannot be done, in words; "" where it can."""
        raise NotImplementedError

    async def timeline(self, key: Key) -> tuple[TimelineEntry, ...]:
        """Everything that happened to it, oldest first, asked now. Raises AdapterError."""
        raise NotImplementedError

    async def transitions(self, key: Key) -> tuple[Transition, ...]:
        """What can be done to its state; remembered for some seconds. Raises AdapterError."""
        raise NotImplementedError

    async def fields(self, verb: Verb, key: Key | None, backend: str) -> tuple[FieldSpec, ...]:
        """What the backend wants to know for `verb`; remembered for some seconds. Raises AdapterError."""
        raise NotImplementedError

    async def directory(
        self, backend: str, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        """Look up people, teams, services, codes; the most used first. Raises AdapterError."""
        raise NotImplementedError

    def frequent(self, kind: DirectoryKind, backend: str) -> tuple[DirectoryEntry, ...]:
        """What I chose before, the most used first; no network."""
        raise NotImplementedError

    async def oncall(self, backend: str, team: str | None = None) -> tuple[OnCall, ...]:
        """Who is on call now. Raises AdapterError."""
        raise NotImplementedError

    async def find(self, ref: str) -> Incident:
        """The incident called `backend:number`, or a bare number that one backend has, asked now.

        Raises NotFoundError, and the AdapterError of a backend that had to be asked and could not be.
        """
        raise NotImplementedError

    async def fetch(
        self, backend: str, *, include_closed: bool = False, limit: int | None = None
    ) -> tuple[Incident, ...]:
        """The backend's queue, read now in full; with closed ones where asked (the newest `limit`).

        Raises AdapterError.
        """
        raise NotImplementedError

    def mark_seen(self, keys: Collection[Key]) -> None:
        """The operator has looked at these: no longer new or changed, after a restart neither."""
        raise NotImplementedError
