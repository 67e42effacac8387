"""Takes one action one step further: sends it, or finds out whether it arrived, and says what became of it."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from enum import Enum, auto

from vagt.adapters.protocol import (
    AdapterError,
    AuthError,
    ConflictError,
    Done,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    Seen,
    ThrottledError,
    TransitionError,
    UnavailableError,
)
from vagt.domain.commands import Announce, Assign, Attach, Command, Comment, Escalate, Snooze, Verb
from vagt.domain.incident import Incident
from vagt.domain.overlay import overlaid
from vagt.domain.priority import PriorityMatrix
from vagt.engine import moves
from vagt.engine.backend import Backend
from vagt.engine.errors import SpoolError
from vagt.engine.files import arrived
from vagt.engine.gate import Gate
from vagt.engine.intake import Intake
from vagt.engine.intent import Intent, Stage
from vagt.engine.judge import Mine, Ruling, carries, judge, overtaken
from vagt.engine.outbox import Outbox

log = logging.getLogger("vagt.performer")

ADDING = frozenset({Verb.NOTE, Verb.COMMENT, Verb.CREATE, Verb.ESCALATE, Verb.ATTACH, Verb.ANNOUNCE})
"""Done twice, these are there twice; where nobody can tell whether they arrived, a person looks."""
_REBASES = 5
"""After so many changes of others in a row we wait before trying once more."""
_FRESH = timedelta(seconds=10)
"""For so long what was seen when it was asked for is taken for what is there."""
_MISUNDERSTOOD = 5
"""After so many answers that make no sense a person must look."""
_PATIENCE = 6.0
_FILE_PATIENCE = 30.0
"""A file takes as long as its way is narrow."""
LOST = "the answer was lost and the backend cannot say whether it arrived; look, then retry or discard"

LATE = "dropped: the step that it was for was not carried out in its time, and is another console's since"
OVERTAKEN = "the time that it tells has passed before it could leave; send a new update"


class Outcome(Enum):
    """What the sender should do next."""

    SETTLED = auto()
    """The backend answered: go on."""
    AWAY = auto()
    """It did not: back off."""
    THROTTLED = auto()
    """It wants to be left alone; `Backend.paused` says for how long."""
    SIGNED_OUT = auto()
    """It refuses our credentials: a person must act."""


class Performer:
    """One backend's actions, one step at a time. Raises OutboxError where the disk fails, nothing else."""

    def __init__(self, backend: Backend, outbox: Outbox, intake: Intake, *, gate: Gate, matrix: PriorityMatrix) -> None:
        self._backend = backend
        self._outbox = outbox
        self._intake = intake
        self._gate = gate
        self._clock = backend.clock
        self._matrix = matrix
        self._rebases: dict[str, int] = {}

    async def advance(self, intent: Intent, *, local: bool) -> Outcome:
        """`local`: the console does it on its own (a snooze where the backend has none)."""
        id = intent.command.id
        if intent.target and intent.target != self._backend.system:
            words = f"it was meant for {intent.target}, and {self._backend.name} is now {self._backend.system}"
            await self._stop(id, Stage.REFUSED, words)
            return Outcome.SETTLED
        if local:
            await self._finish(intent.command, "kept by this console", None)
            return Outcome.SETTLED
        closed = self._gate.closed(self._backend.name)
        if closed and intent.stage is Stage.QUEUED:
            await self._stop(id, Stage.REFUSED, closed)
            return Outcome.SETTLED
        if intent.stage is Stage.QUEUED and _is_over(intent.command, self._clock.now()):
            await self._stop(id, Stage.REFUSED, OVERTAKEN)
            return Outcome.SETTLED
        try:
            await self._backend.ready()
        except AdapterError as error:
            return await self._not_sent(id, error)
        if intent.stage is Stage.UNSURE:
            return await self._ask(intent)
        if intent.stage is Stage.QUEUED and (late := await self._late(intent)):
            await self._outbox.change(lambda rows: moves.drop(rows, id, late))
            return Outcome.SETTLED
        content = b""
        if isinstance(intent.command.change, Attach):
            try:
                content = await asyncio.to_thread(self._outbox.spool.content, intent.command.change)
            except SpoolError as error:
                await self._stop(id, Stage.REFUSED, error.words)
                return Outcome.SETTLED
        return await self._send(id, content)

    async def tend(self) -> float | None:
        """Nothing of a backend's falls due besides what the outbox says."""
        return None

    async def _send(self, id: str, content: bytes) -> Outcome:
        begun = await self._outbox.change(lambda rows: moves.begin(rows, id))
        if begun is None:
            # Another process took it back or gave it up: take that over before anything is tried again.
            await self._outbox.look()
            return Outcome.SETTLED
        command = begun.command
        asked_at = self._clock.now()
        try:
            done = await self._perform(command, begun.expected, content)
        except ConflictError as error:
            return await self._conflict(begun, error.theirs, asked_at)
        except TransitionError as error:
            return await self._not_possible(begun, error)
        except (ForbiddenError, NotFoundError, InvalidError) as error:
            if isinstance(error, ForbiddenError):
                self._backend.doubt()
            await self._stop(id, Stage.REFUSED, _refusal(error))
        except (UnavailableError, ProtocolError) as error:
            if error.sent:
                await self._unsure(id, error.words)
                return Outcome.AWAY
            if isinstance(error, ProtocolError) and begun.attempts >= _MISUNDERSTOOD:
                await self._stop(id, Stage.REFUSED, error.words)
                return Outcome.SETTLED
            return await self._not_sent(id, error)
        except AdapterError as error:
            return await self._not_sent(id, error)
        else:
            await self._done(begun.command, done, asked_at)
        return Outcome.SETTLED

    async def _perform(self, command: Command, expected: str | None, content: bytes) -> Done:
        change = command.change
        if isinstance(change, Attach):
            return await self._backend.ask(
                lambda session: self._gate.attach(session, command, change, content), _FILE_PATIENCE
            )
        return await self._backend.ask(lambda session: self._gate.perform(session, command, expected), _PATIENCE)

    async def _seen(self, command: Command, first: datetime) -> Seen:
        change, subject = command.change, command.subject
        if isinstance(change, Attach) and subject is not None:
            account = self._backend.account
            skew = account.clock_skew if account is not None else None
            return await self._backend.ask(
                lambda session: arrived(session, subject.id, change, first, skew), _FILE_PATIENCE
            )
        return await self._backend.ask(lambda session: session.seen(command, first), _PATIENCE)

    async def _ask(self, intent: Intent) -> Outcome:
        """Did it arrive?"""
        command = intent.command
        first = intent.first_tried or intent.changed_at or self._clock.now()
        asked_at = self._clock.now()
        try:
            seen = await self._seen(command, first)
            if seen is Seen.UNKNOWN and command.verb in ADDING:
                await self._stop(command.id, Stage.UNKNOWN, LOST)
                return Outcome.SETTLED
            if seen is Seen.NO and (left := self._may_come_late(intent)) > 0:
                due = self._clock.now() + timedelta(seconds=left)
                await self._outbox.change(lambda rows: moves.requeue(rows, command.id, intent.reason, due))
                return Outcome.SETTLED
            if seen is Seen.NO:
                await self._outbox.change(lambda rows: moves.again(rows, command.id))
                return Outcome.SETTLED
            now = await self._read(command)
        except (NotFoundError, ForbiddenError, InvalidError) as error:
            await self._stop(command.id, Stage.REFUSED, error.words)
            return Outcome.SETTLED
        except AdapterError as error:
            return await self._not_sent(command.id, error)
        if seen is Seen.YES or self._holds(command, now):
            await self._done(command, Done(now), asked_at)
        else:
            # What is set and not added can be sent again: the version it is compared with protects it.
            await self._outbox.change(lambda rows: moves.again(rows, command.id))
        return Outcome.SETTLED

    def _may_come_late(self, intent: Intent) -> float:
        """For how many more seconds the lost request may still take effect, where that would make it two."""
        manifest = self._backend.manifest()
        if manifest is None or intent.changed_at is None or intent.command.verb not in ADDING:
            return 0.0
        return manifest.settles - abs((self._clock.now() - intent.changed_at).total_seconds())

    async def _conflict(self, intent: Intent, theirs: Incident, asked_at: datetime) -> Outcome:
        """The incident changed since the operator saw it."""
        await self._look(theirs, asked_at)
        command = intent.command
        verdict = judge(command, theirs, self._mine, self._now)
        if verdict.ruling is Ruling.ALREADY:
            await self._finish(command, verdict.words, theirs)
        elif verdict.ruling is Ruling.CLASH and _expires(command) is not None:
            # a console wants it by itself: where it cannot be, nobody need decide anything
            words = f"dropped: {verdict.words}"
            await self._outbox.change(lambda rows: moves.drop(rows, command.id, words))
        elif verdict.ruling is Ruling.CLASH:
            await self._stop(command.id, Stage.CONFLICT, verdict.words, theirs)
        else:
            tries = self._rebases[command.id] = self._rebases.get(command.id, 0) + 1
            wait = timedelta(seconds=0 if tries <= _REBASES else 5)
            await self._outbox.change(
                lambda rows: moves.rebase(rows, command.id, theirs, rows.now + wait, self._overlay)
            )
        return Outcome.SETTLED

    async def _not_possible(self, intent: Intent, error: TransitionError) -> Outcome:
        """Its state does not allow it; perhaps because somebody did the same already."""
        asked_at = self._clock.now()
        try:
            theirs = await self._read(intent.command)
        except AdapterError:
            theirs = None
        if theirs is not None:
            await self._look(theirs, asked_at)
            verdict = judge(intent.command, theirs, self._mine, self._now)
            if verdict.ruling is Ruling.ALREADY:
                await self._finish(intent.command, verdict.words, theirs)
                return Outcome.SETTLED
        await self._stop(intent.command.id, Stage.REFUSED, error.words, theirs)
        return Outcome.SETTLED

    async def _done(self, command: Command, done: Done, asked_at: datetime) -> None:
        incident = done.incident
        if incident is None and command.subject is not None:
            try:
                incident = await self._read(command)
            except AdapterError as error:
                log.info("%s could not be read back: %s", command.ref, error.words)
        if incident is not None:
            # Before the outbox: after a crash in between the backend is asked, and nothing is lost.
            await self._look(incident, asked_at)
        await self._finish(command, done.message, incident)

    async def _finish(self, command: Command, message: str, result: Incident | None) -> None:
        self._rebases.pop(command.id, None)
        expected = None if command.base is None else self._overlay(command.base, command)
        carry = result is not None and carries(command, result, expected, self._mine)
        await self._outbox.change(
            lambda rows: moves.finish(rows, command.id, message, result, carry=carry, overlay=self._overlay)
        )

    async def _stop(self, id: str, stage: Stage, words: str, theirs: Incident | None = None) -> None:
        self._rebases.pop(id, None)
        await self._outbox.change(lambda rows: moves.stop(rows, id, stage, words, theirs))

    async def _unsure(self, id: str, words: str) -> None:
        due = self._clock.now() + moves.GRACE
        await self._outbox.change(lambda rows: moves.unsure(rows, id, words, due))

    async def _not_sent(self, id: str, error: AdapterError) -> Outcome:
        """It stays in the queue, or unsure where it was; the backend as a whole has a rest."""
        wait = timedelta(0)
        outcome = Outcome.AWAY
        match error:
            case ThrottledError(wait=seconds):
                self._backend.pause(seconds)
                wait = timedelta(seconds=seconds)
                outcome = Outcome.THROTTLED
            case AuthError():
                await self._backend.reset()
                outcome = Outcome.SIGNED_OUT
            case _:
                outcome = Outcome.AWAY
        due = self._clock.now() + wait
        await self._outbox.change(lambda rows: moves.requeue(rows, id, error.words, due))
        return outcome

    async def _late(self, intent: Intent) -> str:
        """Why what a console wants by itself must not happen any more; empty where it may."""
        command, now = intent.command, self._clock.now()
        expires = _expires(command)
        if expires is None:
            return ""
        if expires <= now:
            return LATE
        if now - command.at < _FRESH:
            return ""
        try:
            theirs = await self._read(command)
        except AdapterError:
            return ""  # whatever keeps it from being read keeps it from being written as well
        words = "" if theirs is None else overtaken(command, theirs)
        return f"dropped: {words}" if words else ""

    async def _read(self, command: Command) -> Incident | None:
        """The incident as it is now; None for a new one, or one that we may not see."""
        subject = command.subject
        if subject is None:
            return None
        found = await self._backend.ask(lambda session: session.get((subject.id,)))
        return next(iter(found), None)

    def _holds(self, command: Command, now: Incident | None) -> bool:
        return now is not None and judge(command, now, self._mine, self._now).ruling is Ruling.ALREADY

    async def _look(self, incident: Incident, asked_at: datetime) -> None:
        try:
            await self._intake.look(self._backend, (incident,), asked_at)
        except AdapterError as error:
            log.info("%s could not be read again: %s", incident.ref, error.words)

    def _overlay(self, incident: Incident, command: Command) -> Incident:
        return overlaid(incident, command, self._mine.login, self._matrix)

    @property
    def _mine(self) -> Mine:
        account = self._backend.account
        return Mine("", "") if account is None else Mine(account.login, account.name)

    @property
    def _now(self) -> datetime:
        """By the backend's clock, as far as it is known, so that “4 s ago” is true."""
        account = self._backend.account
        skew = account.clock_skew if account is not None else None
        return self._clock.now() + timedelta(seconds=skew or 0.0)


def _refusal(error: ForbiddenError | NotFoundError | InvalidError) -> str:
    if isinstance(error, InvalidError) and error.fields:
        return f"{error.words} ({', '.join(f'{name}: {words}' for name, words in error.fields)})"
    return error.words


def is_local(command: Command, knows_snooze: bool) -> bool:
    """Whether the console does it on its own."""
    return isinstance(command.change, Snooze) and not knows_snooze


def _expires(command: Command) -> datetime | None:
    """Until when a console wants it by itself; None: a person does."""
    return command.change.expires if isinstance(command.change, Assign | Escalate) else None


def _is_over(command: Command, now: datetime) -> bool:
    """What it says is not true any more."""
    change = command.change
    return isinstance(change, Comment | Announce) and change.expires is not None and change.expires <= now
