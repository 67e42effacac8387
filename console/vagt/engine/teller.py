"""Takes one message through a channel one step further: tells it, finds out whether it arrived, or passes it on."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from vagt.adapters.protocol import AdapterError, ProtocolError, Seen, ThrottledError, UnavailableError
from vagt.channels.protocol import Message, Telling
from vagt.domain.commands import Notify
from vagt.engine import moves
from vagt.engine.channel import Channel
from vagt.engine.gate import Gate
from vagt.engine.intent import Intent, Stage
from vagt.engine.outbox import Outbox
from vagt.engine.performer import OVERTAKEN, Outcome

log = logging.getLogger("vagt.teller")

TOO_LATE = "it could not be told in time, and another console may have seen to it since; look, then retry or discard"
UNTOLD = "it was cut off on its way, and this channel cannot say whether it arrived; send it again, or give it up"


class Teller:
    """One channel's messages, one step at a time. Raises OutboxError where the disk fails, nothing else."""

    def __init__(self, channel: Channel, outbox: Outbox, *, gate: Gate, known: Collection[str]) -> None:
        """`known`: the names of all channels, for passing on."""
        self._channel = channel
        self._outbox = outbox
        self._gate = gate
        self._known = known
        self._clock = channel.clock

    async def advance(self, intent: Intent, *, local: bool) -> Outcome:
        """One step; `local` never holds for a message."""
        id = intent.command.id
        if intent.stage is Stage.UNSURE:
            return await self._ask(intent)
        if _is_over(intent, self._clock.now()):
            words = OVERTAKEN if _is_update(intent) else TOO_LATE
            await self._outbox.change(lambda rows: moves.stop(rows, id, Stage.REFUSED, words, None))
            return Outcome.SETTLED
        closed = self._gate.closed(self._channel.name)
        if closed:
            await self._outbox.change(lambda rows: moves.stop(rows, id, Stage.REFUSED, closed, None))
            return Outcome.SETTLED
        try:
            # Whatever ends us meanwhile, nothing has left yet, and nobody need ask.
            telling = await self._channel.prepare(message_of(intent))
        except UnavailableError as error:
            why, now = _words(error), self._clock.now()
            await self._outbox.change(lambda rows: moves.requeue(rows, id, why, now))
            return Outcome.AWAY
        except AdapterError as error:
            await self._failed(id, error)
            return Outcome.SETTLED
        begun = await self._outbox.change(lambda rows: moves.begin(rows, id))
        if begun is None:
            # Another process took it back or gave it up: take that over before anything is tried again.
            await self._outbox.look()
            return Outcome.SETTLED
        return await self._tell(begun, telling)

    async def tend(self) -> float | None:
        """Pass on what this channel cannot be reached for any longer; seconds until more is due, None where nothing."""
        if not self._channel.trouble:
            return None
        now = self._clock.now()
        delay: float | None = None
        for intent in self._outbox.pending(self._channel.name):
            left = _patience(intent, now)
            if left is None:
                continue
            if left > 0:
                delay = left if delay is None else min(delay, left)
            elif intent.stage is Stage.QUEUED or _insists(intent):
                await self._pass_on(intent)
        return delay

    async def _pass_on(self, intent: Intent) -> None:
        id, why = intent.command.id, self._channel.trouble
        await self._outbox.change(lambda rows: moves.pass_on(rows, id, why, self._known))

    async def _tell(self, intent: Intent, telling: Telling) -> Outcome:
        id = intent.command.id
        try:
            words = await self._channel.tell(telling)
        except ThrottledError as error:
            why, due = _words(error), self._clock.now() + timedelta(seconds=error.wait)
            await self._outbox.change(lambda rows: moves.requeue(rows, id, why, due))
            return Outcome.THROTTLED
        except (UnavailableError, ProtocolError) as error:
            why, now = _words(error), self._clock.now()
            if error.sent:
                await self._outbox.change(lambda rows: moves.unsure(rows, id, why, now + moves.GRACE))
                return Outcome.AWAY
            if isinstance(error, UnavailableError):
                await self._outbox.change(lambda rows: moves.requeue(rows, id, why, now))
                return Outcome.AWAY
            await self._failed(id, error)
        except AdapterError as error:
            await self._failed(id, error)
        else:
            await self._arrived(id, words)
        return Outcome.SETTLED

    async def _ask(self, intent: Intent) -> Outcome:
        """Did it arrive?"""
        id = intent.command.id
        first = intent.first_tried or intent.changed_at or self._clock.now()
        try:
            seen = await self._channel.seen(message_of(intent), first)
        except AdapterError as error:
            why, now = _words(error), self._clock.now()
            await self._outbox.change(lambda rows: moves.requeue(rows, id, why, now))
            return Outcome.AWAY
        match seen:
            case Seen.YES:
                await self._arrived(id, "it had arrived")
            case Seen.NO:
                await self._outbox.change(lambda rows: moves.again(rows, id))
            case Seen.UNKNOWN if _is_over(intent, self._clock.now()):
                await self._outbox.change(lambda rows: moves.stop(rows, id, Stage.UNKNOWN, UNTOLD, None))
            case Seen.UNKNOWN if _insists(intent) and not intent.doubtful:
                await self._outbox.change(lambda rows: moves.insist(rows, id))
            case Seen.UNKNOWN:
                await self._give_in(intent)
        return Outcome.SETTLED

    async def _give_in(self, intent: Intent) -> None:
        """Nobody can tell: the next channel where it insists and went twice already, else a person."""
        id, why = intent.command.id, intent.reason or "nobody can tell whether it arrived"

        def decide(rows: moves.Rows) -> None:
            if not (_insists(intent) and moves.pass_on(rows, id, why, self._known)):
                moves.stop(rows, id, Stage.UNKNOWN, UNTOLD, None)

        await self._outbox.change(decide)

    async def _failed(self, id: str, error: AdapterError) -> None:
        """It was not told, and this channel will not do it."""
        words = _words(error)

        def fail(rows: moves.Rows) -> None:
            if not moves.pass_on(rows, id, words, self._known):
                moves.stop(rows, id, Stage.REFUSED, words, None)

        await self._outbox.change(fail)

    async def _arrived(self, id: str, words: str) -> None:
        await self._outbox.change(
            lambda rows: moves.finish(rows, id, words, None, carry=False, overlay=lambda incident, _: incident)
        )


def message_of(intent: Intent) -> Message:
    """What leaves. Raises TypeError for what is no message."""
    command = intent.command
    change = command.change
    if not isinstance(change, Notify):
        raise TypeError(f"“{command.verb.value}” does not go through a channel")
    return Message(
        id=command.id,
        title=change.title,
        text=change.text,
        html=change.html,
        purpose=change.purpose,
        at=command.at,
        ref=command.ref if command.subject is not None else "",
        again=change.insist and intent.doubtful,
    )


def _is_update(intent: Intent) -> bool:
    return isinstance(intent.command.change, Notify) and intent.command.change.purpose == "update"


def _insists(intent: Intent) -> bool:
    return isinstance(intent.command.change, Notify) and intent.command.change.insist


def _is_over(intent: Intent, now: datetime) -> bool:
    change = intent.command.change
    return isinstance(change, Notify) and change.expires is not None and change.expires <= now


def _patience(intent: Intent, now: datetime) -> float | None:
    """Seconds until another channel should try it; None where there is no other, or all the time in the world."""
    change = intent.command.change
    if not isinstance(change, Notify) or not change.then or change.within is None:
        return None
    return change.within - (now - intent.command.at).total_seconds()


def _words(error: AdapterError) -> str:
    return error.words or type(error).__name__
