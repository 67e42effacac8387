"""What the kit needs of an adapter's author: a way to seed a backend and to look into it past the adapter."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from vagt.adapters.protocol import Manifest, Session


class Fault(StrEnum):
    """Something that goes wrong between the adapter and the backend while a context is open."""

    LOST_ANSWER = "lost answer"
    """Requests that write arrive and are carried out; their answers never come back."""
    DOWN = "down"
    """Connections are refused."""
    THROTTLED = "throttled"
    """The backend wants us to stay away for a while, and says for how long."""
    SIGNED_OUT = "signed out"
    """The backend no longer accepts the credentials."""
    NONSENSE = "nonsense"
    """It answers with success and something that is not its format (a proxy's HTML page)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the backend itself holds for one incident, looked up past the adapter."""

    is_open: bool
    assignee: str | None
    """In the words that the adapter uses for `Incident.assignee`."""
    internal: tuple[str, ...] = ()
    """Texts that only those who work on it can read."""
    public: tuple[str, ...] = ()


class Rig(Protocol):
    """One backend under test, fresh or with its earlier rows; the kit counts only what it seeded."""

    manifest: Manifest
    page_size: int
    """How many rows the adapter asks for at once: the kit seeds more than two pages."""
    colleague: str
    """Somebody else who may be assigned, in the words of `Incident.assignee`."""
    other_team: str
    """A team that an incident can be given to."""
    secrets: tuple[str, ...]
    """What must never occur in any error: passwords, tokens, session ids."""

    settle: float
    """Seconds after which a cancelled write has come to its end, and the backend's clock tells two writes apart."""

    async def connect(self) -> Session:
        """A new session of the operator's account."""
        ...

    async def seed(self, titles: Sequence[str]) -> tuple[str, ...]:
        """Register one new incident a title, unacknowledged and nobody's; the backend's ids."""
        ...

    async def change(self, id: str) -> None:
        """A colleague changes something that matters (its priority, say)."""
        ...

    async def give(self, id: str) -> None:
        """The colleague takes it."""
        ...

    async def finish(self, id: str) -> None:
        """The colleague resolves it: it leaves the open set."""
        ...

    async def remove(self, id: str) -> bool:
        """It is deleted or moved out of our sight; False where the backend knows no such thing."""
        ...

    async def truth(self, id: str) -> Truth:
        """What the backend holds now."""
        ...

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        """Make things go wrong for sessions already connected; None where this rig cannot."""
        ...
