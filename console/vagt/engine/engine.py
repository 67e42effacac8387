"""The engine's face: what screens and the command line ask of it and are told by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from vagt.adapters.protocol import Account, Attachment, Transition
from vagt.channels.protocol import Open
from vagt.config.settings import Settings
from vagt.domain.actions import Action
from vagt.domain.capability import Capability
from vagt.domain.clock import Clock
from vagt.domain.commands import Attach, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, Key
from vagt.domain.past import Past
from vagt.domain.timeline import TimelineEntry
from vagt.engine import moves
from vagt.engine.backend import Connect, Secrets
from vagt.engine.board import Board
from vagt.engine.channel import channel_words
from vagt.engine.clocks import Clocks
from vagt.engine.desk import chosen
from vagt.engine.errors import OutboxError
from vagt.engine.events import Rang
from vagt.engine.fanout import Subscription
from vagt.engine.finding import Finder
from vagt.engine.health import Health
from vagt.engine.intent import Intent, Stage
from vagt.engine.parts import Parts
from vagt.engine.request import Request
from vagt.engine.settling import Settling
from vagt.engine.spool import Staged
from vagt.engine.supervisor import Supervisor

__all__ = ["Engine", "Request"]

_PATIENCE = 0.3
"""Seconds that what is on the wire gets to come back when the console ends."""


class Engine:
    """Everything behind the screens: what the backends say, what the operator wants, and how far it has come."""

    def __init__(self, parts: Parts) -> None:
        """Use `open`."""
        self._parts = parts
        self._supervisor = Supervisor(parts)
        self._finder = Finder(parts)
        self._settling = Settling(parts.outbox, parts.fanout, parts.clock)
        self._stopped = False
        self._staged: dict[str, Staged] = {}
        """Copies of files that no action names yet, by their digest."""

    @property
    def settings(self) -> Settings:
        return self._parts.settings

    @property
    def clock(self) -> Clock:
        return self._parts.clock

    @property
    def board(self) -> Board:
        """What is shown; asked, never written to."""
        return self._parts.board

    @property
    def clocks(self) -> Clocks:
        """Where those who have clocks of their own for incidents give them."""
        return self._parts.clocks

    @property
    def data_dir(self) -> Path:
        return self._parts.data_dir

    @property
    def operator(self) -> str:
        """Who sits at this machine."""
        return self._parts.operator

    @property
    def reading(self) -> bool:
        """A large store is still being read: the board does not yet have all that is known."""
        return self._parts.reading

    @classmethod
    async def open(
        cls,
        settings: Settings,
        data_dir: Path,
        *,
        clock: Clock,
        operator: str,
        secrets: Secrets,
        seed: int = 0,
        load: bool = True,
        connect: Connect | None = None,
        open_channel: Open | None = None,
    ) -> Engine:
        """Open store and outbox and load the last snapshot into the board; no network.

        `load=False` leaves the board empty, for a command that asks the backends itself.
        `connect` makes the sessions of backends, `open_channel` those of channels; without them the
        installed adapters and `vagt.channels` do. Raises DataError
        where the data folder was written by a newer Vagt or cannot be used.
        """
        parts = Parts(
            settings,
            data_dir,
            clock=clock,
            operator=operator,
            secrets=secrets,
            seed=seed,
            connect=connect,
            open_channel=open_channel,
        )
        await parts.open(load=load)
        return cls(parts)

    async def start(self, *, poll: bool = True) -> None:
        """Begin to poll and to send. `poll=False` only sends: for a command that does one thing and leaves.

        Of several processes on one data folder one polls and one sends for each backend; the
        others follow what it writes, and take over when it ends.
        """
        self._supervisor.start(poll=poll)

    async def stop(self) -> None:
        """Stop within a second; what is in flight stays in the outbox. Safe to call twice."""
        if self._stopped:
            return
        self._stopped = True
        self._parts.outbox.spool.drop(list(self._staged.values()))
        await self._supervisor.stop(_PATIENCE)
        await self._parts.close()

    def events(self) -> Subscription:
        """What changes from now on; each call is a subscription of its own, which ends with the engine.

        A slow listener is told less often, of more at once; the last state is never lost.
        """
        return self._parts.fanout.subscribe()

    def health(self, backend: str) -> Health:
        """How one backend does. Raises KeyError for a backend that the config does not have."""
        return self._parts.book.get(backend)

    def healths(self) -> tuple[Health, ...]:
        """How all do, in the config's order."""
        return self._parts.book.all()

    def channel_health(self, channel: str) -> str:
        """How a channel does, in words, as the outbox tells it. Raises KeyError for one the config does not have."""
        return channel_words(self._parts.channels[channel], self._parts.outbox, self.clock.now())

    def refresh(self) -> None:
        """Poll every backend now (a throttle is obeyed all the same); sign in again where we are signed out."""
        parts = self._parts
        parts.asking.forget()
        for poller in parts.pollers.values():
            poller.want()
        for sender in parts.senders.values():
            sender.encourage()
        if parts.polling != set(parts.backends):
            parts.later(asyncio.ensure_future(parts.store.wish()))

    def me(self, backend: str) -> str:
        """My login there: what the account says, else the config's user name, else the operator's."""
        return self._parts.me(backend)

    def my_name(self, backend: str) -> str:
        """How people there know me: the account's name, else `me`. Raises KeyError."""
        account = self.account(backend)
        return (account.name if account is not None else "") or self.me(backend)

    def account(self, backend: str) -> Account | None:
        """Who I am there, as the last sign-in found it; None before. Raises KeyError."""
        return self._parts.backends[backend].account

    def knows(self, backend: str, capability: Capability) -> bool:
        """Whether my account there has it, as far as is known; False for a backend that the config does not have."""
        return backend in self._parts.backends and self._parts.ability.knows(backend, capability)

    def system(self, backend: str) -> str:
        """Adapter and address: the same on every console, whatever its config calls the backend. Raises KeyError."""
        return self._parts.backends[backend].system

    def now_at(self, backend: str) -> datetime:
        """Now by the backend's clock, as far as it tells (UTC)."""
        known = self._parts.backends.get(backend)
        account = None if known is None else known.account
        skew = None if account is None else account.clock_skew
        return self.clock.now() + timedelta(seconds=skew or 0.0)

    def tell_log(self, what: str, on: str, result: str, why: str = "", **more: object) -> None:
        """Write into the audit log what is no action of the operator's."""
        self._parts.trail.note(what, on, result, why, **more)

    def ring(self, keys: Collection[Key]) -> None:
        """Ring for these, as for an arrival that the config's `bell` asks for."""
        if keys:
            self._parts.fanout.publish(Rang(frozenset(keys)))

    def my_teams(self, backend: str) -> tuple[str, ...]:
        """My teams there, as the account says, else the config."""
        return self._parts.my_teams(backend)

    async def submit(self, requests: Sequence[Request], *, undo: bool = True) -> tuple[Intent, ...]:
        """Put actions on disk, all or none; they leave after the undo window, or at once where `undo` is False.

        More than one request makes one bulk. Raises OutboxError where they could not be written,
        KeyError for an unknown backend or channel, ValueError for a change without its subject. A
        request whose id the outbox knows already is not added again: it comes back as it stands.
        """
        parts = self._parts
        if not requests:
            return ()
        digests = {request.change.digest for request in requests if isinstance(request.change, Attach)}
        staged = [self._staged.pop(digest) for digest in digests if digest in self._staged]
        intents = await parts.outbox.append(parts.desk.intents(requests, undo=undo), staged)
        for request in {(request.backend, request.change) for request in requests}:
            for kind, entry in chosen(request[1]):
                await parts.choices.count(request[0], kind, entry)
        return intents

    async def stage(self, source: Path) -> Attach:
        """Copy a file into the data folder, for an action that attaches it; it then leaves from there.

        Raises SpoolError in words: unreadable, empty, too large, or no room for the copy.
        """
        staged = await asyncio.to_thread(self._parts.outbox.spool.stage, source)
        if earlier := self._staged.pop(staged.change.digest, None):
            self._parts.outbox.spool.drop([earlier])
        self._staged[staged.change.digest] = staged
        return staged.change

    async def files(self, key: Key) -> tuple[Attachment, ...]:
        """The files that hang on it, oldest first, asked now. Raises AdapterError."""
        return await self._parts.asking.files(key)

    async def file(self, key: Key, attachment: str) -> bytes:
        """The content of one of them. Raises AdapterError."""
        return await self._parts.asking.file(key, attachment)

    async def undo(self) -> tuple[Intent, ...]:
        """Take back the newest action that is still held, a bulk as a whole; () where nothing is held."""
        return await self._parts.outbox.undo()

    async def retry(self, id: str, *, accept_theirs: bool = False) -> None:
        """Try again now. `accept_theirs`: do mine on top of what is there now. Raises KeyError, OutboxError.

        What was refused goes on from what the board shows: whoever asks for it again has that before his eyes.
        """
        parts = self._parts
        intent = parts.outbox.get(id)
        theirs: Incident | None = None
        if intent is not None and intent.unreadable:
            raise OutboxError("what it was cannot be read any more; look at the incident, and give it up")
        if intent is not None and (accept_theirs or intent.stage is Stage.REFUSED):
            subject = intent.command.subject
            shown = None if subject is None else parts.board.theirs(subject)
            theirs = shown if intent.stage is Stage.REFUSED else intent.theirs or shown
        await parts.outbox.change(lambda rows: moves.retry(rows, id, theirs, parts.overlay))
        if intent is not None and intent.command.backend in parts.senders:
            parts.senders[intent.command.backend].encourage()

    async def discard(self, id: str) -> None:
        """Give an action up. Raises KeyError, and OutboxError where it is on the wire just now."""
        if not await self._parts.outbox.change(lambda rows: moves.discard(rows, id)):
            raise OutboxError("it is on its way just now; wait for the backend's answer")

    def intents(self) -> tuple[Intent, ...]:
        """The outbox: what is under way and what needs a person, oldest first."""
        return self._parts.outbox.intents()

    def need_outbox(self) -> None:
        """Raises OutboxError where the outbox cannot be read, so that nobody takes it for an empty one."""
        problem = self._parts.outbox.problem
        if problem:
            raise OutboxError(f"the outbox cannot be read: {problem}")

    def recent(self) -> tuple[Intent, ...]:
        """The last 200 that ended (done, undone, discarded), newest first."""
        return self._parts.outbox.recent()

    def pending(self, key: Key) -> tuple[Intent, ...]:
        """What of mine on this incident is not confirmed: under way, or waiting for a person; oldest first."""
        return self._parts.outbox.on(key)

    def unconfirmed(self, key: Key) -> int:
        """How many actions of mine on it its backend has not confirmed; messages through channels do not count."""
        return sum(not intent.command.channel for intent in self.pending(key))

    async def settled(
        self,
        ids: Collection[str],
        timeout: float | None,  # noqa: ASYNC109  measured on our own clock, and no error where it runs out
    ) -> tuple[Intent, ...]:
        """Wait until none is pending, at most `timeout` seconds; how they stand then, in the order of `ids`."""
        return await self._settling.settled(ids, timeout)

    def delivery(self, id: str) -> Intent | None:
        """How an action stands; of one that another channel took over, how it stands there. None: ended long ago."""
        return self._settling.delivery(id)

    def unable(self, action: Action, key: Key | None) -> str:
        """Why the action cannot be done, in words; "" where it can."""
        problem = self._parts.outbox.problem if action.verb is not None else ""
        return problem or self._parts.ability.unable(action, key)

    def problems(self) -> tuple[str, ...]:
        """What is wrong on this machine: outbox, store, audit log; empty where all is well."""
        parts = self._parts
        known = (parts.outbox.problem, parts.store.problem, parts.trail.problem, parts.store.mended)
        return tuple(dict.fromkeys(words for words in known if words))

    async def timeline(self, key: Key) -> tuple[TimelineEntry, ...]:
        """Everything that happened to it, oldest first, asked now. Raises AdapterError."""
        return await self._parts.asking.timeline(key)

    async def transitions(self, key: Key) -> tuple[Transition, ...]:
        """What can be done to its state; remembered for some seconds. Raises AdapterError."""
        return await self._parts.asking.transitions(key, self._version(key))

    async def fields(self, verb: Verb, key: Key | None, backend: str) -> tuple[FieldSpec, ...]:
        """What the backend wants to know for `verb`; remembered for some seconds. Raises AdapterError."""
        return await self._parts.asking.fields(verb, key, backend, None if key is None else self._version(key))

    async def directory(
        self, backend: str, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        """Look up people, teams, services, codes; the most used first. Raises AdapterError."""
        found = await self._parts.asking.directory(backend, kind, text, within)
        return self._parts.choices.sorted(backend, kind, found)

    def frequent(self, kind: DirectoryKind, backend: str) -> tuple[DirectoryEntry, ...]:
        """What I chose before, the most used first; no network."""
        return self._parts.choices.frequent(backend, kind)

    async def oncall(self, backend: str, team: str | None = None) -> tuple[OnCall, ...]:
        """Who is on call now. Raises AdapterError."""
        return await self._parts.asking.oncall(backend, team)

    async def find(self, ref: str) -> Incident:
        """The incident called `backend:number`, or a bare number that one backend has, asked now.

        Raises NotFoundError, and the AdapterError of a backend that had to be asked and could not be.
        """
        return await self._finder.find(ref)

    async def remembered(self, backend: str, number: str) -> Incident | None:
        """The incident as last stored, for acting on it while its backend is away; no network. None: never seen."""
        return await self._finder.remembered(backend, number)

    async def fetch(
        self, backend: str, *, include_closed: bool = False, limit: int | None = None
    ) -> tuple[Incident, ...]:
        """The backend's queue, read now in full; with closed ones where asked (the newest `limit`).

        Raises AdapterError. Where the backend keeps no past, the closed ones are those that this console saw.
        """
        return await self._finder.fetch(backend, include_closed=include_closed, limit=limit)

    async def recall_closed(self) -> None:
        """Bring what is no longer open onto the board, as last stored, the last changed (at most 2,000); no network."""
        await self._parts.recall_closed()

    async def closed(self, *, limit: int = 1000) -> list[Incident]:
        """What is no longer open, as last stored, the last changed first; no network."""
        return await self._parts.store.closed(tuple(self._parts.backends), limit=limit)

    def past(self, *, most: int) -> AsyncIterator[list[Past]]:
        """The newest `most` incidents that are no longer open, in slices, the longest unchanged first; no network."""
        return self._parts.store.past(tuple(self._parts.backends), most=most)

    def mark_seen(self, keys: Collection[Key]) -> None:
        """The operator has looked at these: no longer new or changed, after a restart neither."""
        parts = self._parts
        parts.publish(parts.board.mark_seen(keys))
        parts.later(asyncio.ensure_future(parts.store.mark([(key, "") for key in keys])))

    def _version(self, key: Key) -> str | None:
        incident = self.board.theirs(key)
        return None if incident is None else incident.version
