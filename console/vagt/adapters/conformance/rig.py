"""What the kit needs of an adapter's author: a way to seed a backend and to look into it past the adapter."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from vagt.adapters.protocol import Manifest, Session
from vagt.domain.incident import LinkKind


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
    FORBIDDEN = "forbidden"
    """The backend knows us and refuses whatever writes: this account may not."""
    NONSENSE = "nonsense"
    """It answers with success and something that is not its format (a proxy's HTML page)."""
    READS_LOST = "reads lost"
    """Requests that write are carried out and answered; those that read, after the first such, get no answer."""
    READS_REFUSED = "reads refused"
    """The same, and reading is forbidden from then on: it went to a team whose incidents we may not see."""
    READS_THROTTLED = "reads throttled"
    """The same, and reading is too much from then on: the write was the last request of the minute."""


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
    """One backend under test, fresh or with its earlier rows; the kit counts only what it seeded.

    Derive from `BaseRig`: it has everything that may be left out. What must be there is
    `manifest`, `page_size`, `colleague`, `other_team`, `connect`, `seed`, `change`, `give`,
    `finish` and `truth`.
    """

    manifest: Manifest
    page_size: int
    """How many rows the adapter asks for at once: the kit seeds more than two pages. 0: it lists all at once."""
    colleague: str
    """Somebody else who may be assigned, in the words of `Incident.assignee`."""
    other_team: str
    """A team that an incident can be given to."""

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

    async def truth(self, id: str) -> Truth:
        """What the backend holds now."""
        ...

    @property
    def secrets(self) -> Sequence[str]:
        """What must never occur in any error, log or repr: passwords, tokens, session ids."""
        ...

    @property
    def settle(self) -> float:
        """Seconds after which a cancelled write has come to its end, and the backend's clock tells two writes apart."""
        ...

    @property
    def title_length(self) -> int:
        """How many characters of a title the backend keeps."""
        ...

    @property
    def quiet_requests(self) -> int:
        """The most requests that a poll may cost while nothing changes."""
        ...

    @property
    def link_kind(self) -> LinkKind:
        """How two incidents can be related here."""
        ...

    @property
    def requests_a_page(self) -> int:
        """How many requests a page of a long listing may need: more than one where deadlines are kept elsewhere."""
        ...

    @property
    def crowd(self) -> int:
        """How many incidents `seed` can register in some seconds, for the check of a long queue; 0: it is left out."""
        ...

    @property
    def crowd_seconds(self) -> float:
        """How long the first listing of the whole crowd may take."""
        ...

    def requests(self) -> int | None:
        """How many requests the backend has had from our sessions so far; None where nobody counts them."""
        ...

    async def remove(self, id: str) -> bool:
        """It is deleted or moved out of our sight; False where the backend knows no such thing."""
        ...

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        """Make things go wrong for sessions already connected; None where this rig cannot."""
        ...

    async def close(self) -> None:
        """The check is over: let go of everything."""
        ...


class BaseRig:
    """What a rig may leave out, with what the kit then assumes."""

    secrets: Sequence[str] = ()
    settle: float = 0.05
    title_length: int = 200
    quiet_requests: int = 1
    link_kind: LinkKind = LinkKind.RELATED
    requests_a_page: int = 2
    crowd: int = 0
    crowd_seconds: float = 60.0

    def requests(self) -> int | None:
        return None

    async def remove(self, id: str) -> bool:
        return False

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return None

    async def close(self) -> None:
        return None
