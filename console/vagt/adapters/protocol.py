"""What an adapter is: a manifest that tells what it can do, and a session that does it.

An adapter is a package whose `manifest` module holds a `Manifest` called MANIFEST (plain data,
cheap to import). Its entry point in the group `vagt.adapters` names that object; the code that
talks to the backend is imported only when a backend of the config uses it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, cast

from vagt.config.settings import BackendSettings
from vagt.domain.capability import Capabilities, Capability
from vagt.domain.clock import Clock
from vagt.domain.commands import Command, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, State
from vagt.domain.priority import PriorityMatrix
from vagt.domain.timeline import TimelineEntry

ENTRY_POINT_GROUP = "vagt.adapters"


@dataclass(frozen=True, slots=True)
class AuthMethod:
    """One way of signing in."""

    name: str
    """What `auth` in the config says: api-key, basic, token, oauth, session, none."""
    needs_username: bool = False
    needs_secret: bool = True
    help: str = ""
    """What the secret is and where a person finds it."""
    needs_options: tuple[str, ...] = ()
    """Names of options that this way cannot do without: asked for, and missed, with the way."""


class OptionKind(StrEnum):
    """What an option's value must be."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    LIST = "list"
    """of texts"""
    TABLE = "table"
    """text to text or number"""
    DURATION = "duration"
    """`90s`, `15m`, `4h`, `2d`"""


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One key that `[backends.options]` may hold."""

    name: str
    kind: OptionKind
    help: str
    default: object = None
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an adapter tells of itself before anything of it runs."""

    name: str
    title: str
    """The product's name for people."""
    session: str
    """`package.module:function`: an async callable, (Connection) -> Session."""
    check: str = ""
    """`package.module:function`: (BackendSettings) -> anything, without network; raises InvalidError, whose
    `fields` name the option, where options do not fit together. Empty: nothing beyond the option specs."""
    auth: tuple[AuthMethod, ...]
    capabilities: frozenset[Capability]
    """All that the product can; an account may be able to do less, `probe` tells."""
    options: tuple[OptionSpec, ...] = ()
    needs_url: bool = True
    url_help: str = ""
    query_help: str = ""
    """What the config's `query` is in this backend's language. Empty: there is none, a config with one is refused."""
    comment_notifies: bool = False
    """A public comment is mailed to people at once."""
    one_owner: bool = False
    """An incident belongs to a team or to a person, never to both at once."""
    closed_to: frozenset[Verb] = frozenset()
    """What cannot be done any more to a closed incident; the console says so before it asks for anything."""
    keeps_past: bool = True
    """False: the backend forgets what is over. An open incident that it no longer lists was resolved, and the
    console keeps the last it saw of it."""
    resync: float = 1200.0
    """Seconds after which a full listing is asked for again, to find what silently disappeared."""
    settles: float = 10.0
    """Seconds after a lost answer for which the backend may still be at work on the request: only then does what adds
    something, and is not found there, count as never arrived. 0 where nothing can come late."""
    quirks: tuple[str, ...] = ()
    """What a user should know, one sentence each; for docs."""

    def auth_method(self, name: str) -> AuthMethod:
        """The way of signing in called `name`; the first one for an empty name. Raises KeyError."""
        for method in self.auth:
            if not name or method.name == name:
                return method
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """All that a session needs to know; the secret never leaves it and is never shown."""

    settings: BackendSettings
    secret: Callable[[], Awaitable[str]]
    """Asked at sign-in and again after a 401, so that a rotated secret is picked up."""
    clock: Clock
    matrix: PriorityMatrix
    """The config's priority matrix, for backends without one."""
    data_dir: Path
    """The console's data folder; only a backend that lives on this machine keeps its own files there."""
    operator: str
    """The login name on this machine, where neither config nor backend tells who we are."""
    seed: int = 0
    """For all randomness (jitter, practice shift)."""
    thorough: bool = False
    """A person checks the connection: `probe` may ask more, and tells what it found in the account's notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who we are on the backend and what this account can do, as the probe found it."""

    login: str
    """What `assignee` of an incident says when it is mine."""
    name: str = ""
    teams: tuple[str, ...] = ()
    capabilities: Capabilities
    product: str = ""
    """Product and version, in the backend's words."""
    clock_skew: float | None = None
    """Seconds that the backend's clock is ahead of ours; None where it does not tell."""
    notes: tuple[str, ...] = ()
    """What a person who checks the connection should read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One answer to `changes`."""

    items: tuple[Incident, ...] = ()
    cursor: str
    """Hand it back next time; nobody but the adapter reads it."""
    more: bool = False
    """There is more right now: ask again at once."""
    complete: bool = False
    """With this batch, everything that belongs to the open set has been listed since `restart`."""
    restart: bool = False
    """A full listing begins with this batch (always so for the first batch after a None cursor)."""
    gone: tuple[str, ...] = ()
    """Ids that the backend says are deleted or out of our sight."""
    total: int | None = None
    """How many the listing will name, where the backend tells, on its first page at least: for progress."""


@dataclass(frozen=True, slots=True)
class Transition:
    """Something that can be done to this incident's state now."""

    id: str
    label: str
    """In the backend's words."""
    to: State
    native_to: str
    fields: tuple[FieldSpec, ...] = ()
    verb: Verb | None = None
    """The common verb that this is the backend's way of doing, where there is one."""


@dataclass(frozen=True, slots=True)
class Done:
    """The backend did it, and we have looked."""

    incident: Incident | None = None
    """As it is now; None only where the adapter could not read it back."""
    message: str = ""
    """What is worth telling beyond "done"."""


class Seen(StrEnum):
    """Whether an earlier try of a command reached the backend."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Session(Protocol):
    """One signed-in connection to one backend. Every method may raise an `AdapterError` and nothing else."""

    async def probe(self) -> Account:
        """Sign in where needed and tell who we are and what this account can do."""
        ...

    async def changes(self, cursor: str | None) -> Batch:
        """One page of what changed since `cursor`; None begins a full listing of the open set."""
        ...

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        """Read these incidents, open or not; what is gone or hidden is left out of the answer."""
        ...

    async def find(self, number: str) -> Incident:
        """The incident that people call `number`. Raises NotFoundError."""
        ...

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        """The newest incidents of this queue, closed ones too where asked; for `vagt list --all`."""
        ...

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        """Everything that happened to it, oldest first."""
        ...

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        """What can be done to its state now, with the fields each one requires."""
        ...

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        """What the backend wants to know for RESOLVE, HOLD, CLOSE, CREATE ...; the common fields included.

        Raises TransitionError where the incident's state does not allow RESOLVE, HOLD, CLOSE or REOPEN now,
        so that a person is told before anything is filled in or said yes to.

        For LINK, the choices of a field `kind` tell which kinds of links there are; without it all are offered.

        A field named like an attribute of the change (`text`, `code`, `reason`, `until`, `title` ...)
        becomes that attribute, every other one travels in the change's `fields`
        (`vagt.domain.answers.change_from`).
        """
        ...

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        """Look up people, teams, services, codes; all where `text` is empty (at most some hundred).

        `within` narrows people to a team, where the backend can.
        """
        ...

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        """Who is on call now, for one team or for all."""
        ...

    async def perform(self, command: Command, expected: str | None) -> Done:
        """Do it, once. `expected` is the version the operator saw; None: do not compare.

        Where the command is guarded and the incident's version differs just before writing,
        raises ConflictError with the incident as it is. UnavailableError with `sent=True` means
        that the write may have happened: the engine asks `seen` before it tries again.
        """
        ...

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        """Whether an earlier try of `command`, begun at `first_tried`, reached the backend."""
        ...

    async def close(self) -> None:
        """Sign out and let go of connections. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that hangs on an incident."""

    id: str
    name: str
    """As the backend has it: data, never a path."""
    by: str = ""
    at: datetime | None = None
    size: int | None = None
    """In bytes; None where the backend does not tell."""


class Attaching(Protocol):
    """What the session of an adapter with Capability.ATTACH offers besides: files.

    Every method may raise an `AdapterError` and nothing else.
    """

    async def attachments(self, id: str) -> tuple[Attachment, ...]:
        """The incident's files, oldest first."""
        ...

    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        """Hang a file on the incident, and see that it is there.

        Never compared with a version, as it overwrites nothing. Raises InvalidError for what the
        backend does not take, UnavailableError with `sent=True` where the answer was lost: the
        engine then looks for the file by its content before it sends it again.
        """
        ...

    async def attached(self, id: str, attachment: str) -> bytes:
        """The content of one file of the incident, byte for byte. Raises NotFoundError."""
        ...


def attaching(session: Session) -> Attaching:
    """The same session, for its files. Raises ForbiddenError where the adapter knows none."""
    if not callable(getattr(session, "attach", None)):
        raise ForbiddenError("this backend takes no files")
    return cast("Attaching", session)


class AdapterError(Exception):
    """Something between us and the backend; `words` are the vendor's, without secrets."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class AuthError(AdapterError):
    """The backend does not accept our credentials (any more): a person must act."""


class ForbiddenError(AdapterError):
    """This account may not do that."""


class NotFoundError(AdapterError):
    """It does not exist, or we may not see it."""


class InvalidError(AdapterError):
    """The backend does not accept what we sent; `fields` names the culprits where it tells."""

    def __init__(self, words: str, fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(words)
        self.fields = fields


class ConflictError(AdapterError):
    """The incident changed since the operator saw it; `theirs` is how it is now."""

    def __init__(self, words: str, theirs: Incident) -> None:
        super().__init__(words)
        self.theirs = theirs


class TransitionError(AdapterError):
    """Its state does not allow that now."""


class ThrottledError(AdapterError):
    """Too many requests; `wait` is how many seconds the backend wants us to stay away."""

    def __init__(self, words: str, wait: float) -> None:
        super().__init__(words)
        self.wait = wait


class UnavailableError(AdapterError):
    """Not reachable, or failing on its side. `sent`: our request may have arrived all the same."""

    def __init__(self, words: str, *, sent: bool = False) -> None:
        super().__init__(words)
        self.sent = sent


class ProtocolError(AdapterError):
    """It answered something that we do not understand; `sent` as for UnavailableError."""

    def __init__(self, words: str, *, sent: bool = False) -> None:
        super().__init__(words)
        self.sent = sent
