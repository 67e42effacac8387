"""Turns what the operator asks for into intents: identity, what was seen, the version it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from uuid import uuid4

from vagt.domain.clock import Clock
from vagt.domain.commands import Assign, Change, Command, Create, Notify, channel_of
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.incident import Incident, Key
from vagt.engine.backend import Backend
from vagt.engine.clocks import bare
from vagt.engine.intent import Intent, Stage
from vagt.engine.request import Request


class Desk:
    """Makes commands; what it gives is not on disk yet."""

    def __init__(
        self,
        backends: dict[str, Backend],
        clock: Clock,
        *,
        channels: Collection[str],
        undo: float,
        me: Callable[[str], str],
        get: Callable[[Key], Incident | None],
    ) -> None:
        self._backends = backends
        self._channels = channels
        self._clock = clock
        self._undo = undo
        self._me = me
        self._get = get

    def intents(self, requests: Sequence[Request], *, undo: bool) -> tuple[Intent, ...]:
        """One for each request, all of one moment.

        Raises KeyError for an unknown backend or channel, ValueError where a subject is missing or one too many.
        """
        now = self._clock.now()
        bulk = uuid4().hex if len(requests) > 1 else None
        held = undo and self._undo > 0
        made = []
        for request in requests:
            self._check(request)
            base = None if request.subject is None else bare(self._get(request.subject))
            command = Command(
                # Unique over all consoles and restarts, which a seeded number could not be.
                id=request.id or uuid4().hex,
                backend=request.backend,
                subject=request.subject,
                ref=_ref(request, base),
                change=request.change,
                by=self._me(_asker(request)),
                at=now,
                base=base,
                bulk=bulk,
            )
            made.append(
                Intent(
                    command=command,
                    stage=Stage.HELD if held else Stage.QUEUED,
                    seq=0,
                    not_before=now + timedelta(seconds=self._undo if held else 0),
                    expected=None if base is None else base.version,
                    changed_at=now,
                    # A channel is meant by its name: put right in the config, what waits goes to the new address.
                    target="" if channel_of(request.backend) else self._backends[request.backend].system,
                )
            )
        return tuple(made)

    def _check(self, request: Request) -> None:
        change = request.change
        if isinstance(change, Notify):
            if channel_of(request.backend) != change.channel:
                raise ValueError(f"words for “{change.channel}” cannot go to “{request.backend}”")
            for channel in (change.channel, *change.then):
                if channel not in self._channels:
                    raise KeyError(channel)
            return
        if request.backend not in self._backends:
            raise KeyError(request.backend)
        if (request.subject is None) != isinstance(change, Create):
            raise ValueError(f"{change.verb.value} and its subject do not go together")


def _asker(request: Request) -> str:
    """The backend by whose name for me it is signed; empty where it is about no incident."""
    if not channel_of(request.backend):
        return request.backend
    return "" if request.subject is None else request.subject.backend


def _ref(request: Request, base: Incident | None) -> str:
    if base is not None:
        return base.ref
    return request.backend if request.subject is None else f"{request.backend}:{request.subject.id}"


def chosen(change: Change) -> Iterator[tuple[DirectoryKind, DirectoryEntry]]:
    """Which people, teams and services a change names: what is offered first next time."""
    match change:
        case Assign(team=team, team_name=team_name, to=to, to_name=name):
            if team:
                yield DirectoryKind.TEAM, DirectoryEntry(team, team_name or team)
            if to:
                yield DirectoryKind.PERSON, DirectoryEntry(to, name or to)
        case Create(team=team, service=service):
            if team:
                yield DirectoryKind.TEAM, DirectoryEntry(team, team)
            if service:
                yield DirectoryKind.SERVICE, DirectoryEntry(service, service)
        case _:
            return
