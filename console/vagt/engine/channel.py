"""One channel of the config: its session, made when it is first needed, and how it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

from vagt.adapters.protocol import AdapterError, AuthError, ProtocolError, Seen, ThrottledError, UnavailableError
from vagt.channels.protocol import ChannelSession, Line, Message, Open, Telling
from vagt.config.response import ChannelSettings
from vagt.domain.clock import Clock
from vagt.domain.commands import channel_backend
from vagt.domain.durations import spoken
from vagt.engine.backend import Secrets
from vagt.engine.intent import Stage
from vagt.engine.outbox import Outbox

T = TypeVar("T")
log = logging.getLogger("vagt.channel")

_PATIENCE = 6.0
"""How many of its timeouts one message may take in all: connecting, signing in, sending."""


class Channel:
    """Every call ends in time and raises nothing but an AdapterError."""

    def __init__(self, settings: ChannelSettings, *, clock: Clock, secrets: Secrets, open: Open | None) -> None:
        self.settings = settings
        self.clock = clock
        self.trouble = ""
        """Why it could not be reached last time, in words; empty where it could, or nobody tried."""
        self._secrets = secrets
        self._open = open
        self._session: ChannelSession | None = None
        self._pause_until = 0.0

    @property
    def name(self) -> str:
        """As it stands in `Command.backend`."""
        return channel_backend(self.settings.name)

    @property
    def paused(self) -> float:
        """For how many more seconds it wants to be left alone."""
        return max(0.0, self._pause_until - self.clock.monotonic())

    async def prepare(self, message: Message) -> Telling:
        """All that comes before anything leaves. Raises AdapterError."""
        try:
            return await self._bounded(self._sessions().prepare(message))
        except (AuthError, UnavailableError) as error:
            self.trouble = error.words
            raise

    async def tell(self, telling: Telling) -> str:
        """Let it leave. Raises AdapterError."""
        try:
            words = await self._bounded(telling())
        except (AuthError, ThrottledError, UnavailableError) as error:
            self.trouble = error.words
            if isinstance(error, ThrottledError):
                self._pause_until = max(self._pause_until, self.clock.monotonic() + error.wait)
            raise
        self.trouble = ""
        return words

    async def seen(self, message: Message, first_tried: datetime) -> Seen:
        """Raises AdapterError."""
        return await self._bounded(self._sessions().seen(message, first_tried))

    async def close(self) -> None:
        """Let go of its connections."""
        session, self._session = self._session, None
        if session is not None:
            try:
                async with asyncio.timeout(0.3):
                    await session.close()
            except Exception as error:  # leaving: whatever it says, we are gone
                log.debug("%s did not close cleanly: %s", self.name, type(error).__name__)

    def _sessions(self) -> ChannelSession:
        if self._session is None:
            make = self._open
            if make is None:
                from vagt.channels.opening import open_channel  # nothing of it before something is told

                make = open_channel
            self._session = make(Line(self.settings, self._secret, self.clock))
        return self._session

    async def _secret(self) -> str:
        try:
            return await self._secrets(self.settings)
        except AdapterError:
            raise
        except Exception as error:  # whatever a keyring or a command raises, a person must act
            raise AuthError(str(error) or f"no secret was found for {self.settings.name}") from error

    async def _bounded(self, answer: Awaitable[T]) -> T:
        seconds = self.settings.timeout * _PATIENCE
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except AdapterError:
            raise
        except TimeoutError as error:
            raise UnavailableError(f"no answer within {seconds:g} s", sent=True) from error
        except Exception as error:  # a bug in a channel is that channel's trouble, not the console's
            log.exception("channel %s failed", self.settings.name)
            raise ProtocolError(f"the channel failed: {type(error).__name__}", sent=True) from error


def channel_words(channel: Channel, outbox: Outbox, now: datetime) -> str:
    """How it does: from the outbox, which also holds what another process told through it."""
    waiting = [intent for intent in outbox.pending(channel.name) if intent.reason]
    if waiting:
        oldest = min(waiting, key=lambda intent: intent.seq)
        since = spoken((now - oldest.command.at).total_seconds())
        return f"in trouble for {since}: {oldest.reason}"
    mine = (intent for intent in outbox.recent() if intent.command.backend == channel.name)
    last = next((intent for intent in mine if intent.stage is Stage.DONE or intent.passed_to), None)
    if last is None or last.changed_at is None:
        return "not used yet"
    ago = spoken((now - last.changed_at).total_seconds())
    return f"failed {ago} ago: {last.reason}" if last.passed_to else f"took a message {ago} ago"
