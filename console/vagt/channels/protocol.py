"""What every channel is to the outbox: something that can be told, and sometimes asked whether it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vagt.adapters.protocol import Seen
from vagt.config.response import ChannelSettings
from vagt.domain.clock import Clock

AGAIN = "Sent again: it is not known whether the first arrived."
"""Stands in front of a message that may be the second of its kind."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, once."""

    id: str
    """The command's id: what makes a second one recognisable as the same."""
    title: str
    text: str
    at: datetime
    """When it was asked for (UTC)."""
    html: str = ""
    purpose: str = "update"
    ref: str = ""
    """`backend:number` of the incident that it is about; may be empty."""
    again: bool = False
    """An earlier try may have arrived, and this one says so."""

    @property
    def words(self) -> str:
        """The plain text as it leaves."""
        return f"{AGAIN}\n\n{self.text}" if self.again else self.text


Telling = Callable[[], Awaitable[str]]
"""Tells what was prepared, once. What is worth saying beyond "done", else empty. Raises AdapterError, nothing else."""


class ChannelSession(Protocol):
    """One way to reach somebody. Errors are those of an adapter, in words without secrets.

    InvalidError, ForbiddenError, NotFoundError: it will not take this message, and nothing was told.
    AuthError: the secret is missing or refused. ThrottledError: later. UnavailableError: it could
    not be reached; with `sent=True` it may have been told all the same.
    """

    async def prepare(self, message: Message) -> Telling:
        """Do all that comes before the first byte leaves: find the secret, read the address, load what is needed.

        What ends while that goes on has told nobody. Raises AdapterError.
        """
        ...

    async def seen(self, message: Message, first_tried: datetime) -> Seen:
        """Whether it was told since then. NO also where a second of the same id is no second to whoever gets it.

        Raises AdapterError.
        """
        ...

    async def check(self) -> str:
        """Find out whether it can be reached, in words, without telling anybody anything. Raises AdapterError."""
        ...

    async def close(self) -> None:
        """Let go of its connections. Never raises."""
        ...


SecretOf = Callable[[], Awaitable[str]]
"""Gives the channel's secret; raises AuthError in words where there is none."""


@dataclass(frozen=True, slots=True)
class Line:
    """All that a channel is made from."""

    settings: ChannelSettings
    secret: SecretOf
    clock: Clock


Open = Callable[[Line], ChannelSession]
"""Makes a channel's session; connects to nothing yet."""
