"""An action with its subject and fields: what the outbox keeps and an adapter performs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from vagt.domain.incident import Incident, Key, LinkKind, State


class Verb(StrEnum):
    """What can be done to an incident."""

    ACKNOWLEDGE = "acknowledge"
    TAKE = "take"
    ASSIGN = "assign"
    PRIORITY = "priority"
    HOLD = "hold"
    SNOOZE = "snooze"
    NOTE = "note"
    COMMENT = "comment"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    TRANSITION = "transition"
    MAJOR = "major"
    LINK = "link"
    CREATE = "create"
    ESCALATE = "escalate"
    ATTACH = "attach"
    NOTIFY = "notify"
    ANNOUNCE = "announce"


Fields = tuple[tuple[str, str], ...]
"""What the backend's transition asked for besides, as (field name, value)."""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody works on it: the active state, and mine where nobody has it. Never reopens, never takes."""

    verb: ClassVar[Verb] = Verb.ACKNOWLEDGE


@dataclass(frozen=True, slots=True)
class Take:
    """Mine now, from whoever had it."""

    verb: ClassVar[Verb] = Verb.TAKE


@dataclass(frozen=True, slots=True)
class Assign:
    """To a team, a person, or both. None leaves that part alone; an empty `to` gives it back to nobody."""

    verb: ClassVar[Verb] = Verb.ASSIGN
    team: str | None = None
    to: str | None = None
    to_name: str | None = None
    """The person's name for display, where the picker knew it."""
    team_name: str | None = None
    """The team's name for display, where that is not what `team` says."""
    expires: datetime | None = None
    """A console wants it by itself, until that moment (UTC) and for as long as nobody else has moved it."""


@dataclass(frozen=True, slots=True)
class SetPriority:
    """Either `priority` (1 to 5), or `impact` and `urgency` (1 to 3)."""

    verb: ClassVar[Verb] = Verb.PRIORITY
    priority: int | None = None
    impact: int | None = None
    urgency: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for somebody or something, until a moment (UTC) where that is known."""

    verb: ClassVar[Verb] = Verb.HOLD
    reason: str = ""
    until: datetime | None = None
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class Snooze:
    """Keep it out of sight until a moment (UTC)."""

    verb: ClassVar[Verb] = Verb.SNOOZE
    until: datetime
    reason: str = ""
    """Why, for those who meet the silence; a backend that keeps snoozes may insist on it."""


@dataclass(frozen=True, slots=True)
class Note:
    """Words for those who work on it."""

    verb: ClassVar[Verb] = Verb.NOTE
    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """Words that those affected can read, and are often mailed at once."""

    verb: ClassVar[Verb] = Verb.COMMENT
    text: str
    expires: datetime | None = None
    """After that moment (UTC) what it says is not true any more: it does not leave."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """Service is restored; how, and the backend's code for it."""

    verb: ClassVar[Verb] = Verb.RESOLVE
    text: str
    code: str | None = None
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class Close:
    """Nothing more is to come."""

    verb: ClassVar[Verb] = Verb.CLOSE
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class Reopen:
    """It is not over after all."""

    verb: ClassVar[Verb] = Verb.REOPEN
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class MoveTo:
    """One of the backend's own transitions, by its id, with the fields that it asked for."""

    verb: ClassVar[Verb] = Verb.TRANSITION
    transition: str
    label: str
    to: State
    native_to: str
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class SetMajor:
    """A major incident, or no longer one."""

    verb: ClassVar[Verb] = Verb.MAJOR
    on: bool = True
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class LinkTo:
    """Relate the subject to another record; as DUPLICATE the other one survives."""

    verb: ClassVar[Verb] = Verb.LINK
    other: str
    """The backend's id of the other incident, or the native number of a problem or change."""
    other_ref: str
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Create:
    """Register a new incident."""

    verb: ClassVar[Verb] = Verb.CREATE
    title: str
    description: str = ""
    impact: int | None = None
    urgency: int | None = None
    service: str | None = None
    team: str | None = None
    caller: str | None = None
    category: str | None = None
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class Escalate:
    """Bring in the next who must know: a level, or a target in the backend's words."""

    verb: ClassVar[Verb] = Verb.ESCALATE
    reason: str
    level: int | None = None
    to: str | None = None
    expires: datetime | None = None
    """As of an assignment."""


@dataclass(frozen=True, slots=True)
class Attach:
    """Hang a file on it; the console keeps a copy of the content until the backend has it."""

    verb: ClassVar[Verb] = Verb.ATTACH
    name: str
    """The file's own name, without a folder."""
    size: int
    """In bytes."""
    digest: str
    """SHA-256 of the content in hex: by it the copy is found, and the file recognised on the backend."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Words through a channel of the config; the incident itself stays as it is."""

    verb: ClassVar[Verb] = Verb.NOTIFY
    channel: str
    """The name of a `[[channels]]` table."""
    title: str
    text: str
    """Plain text."""
    html: str = ""
    """The same for a channel that takes HTML."""
    purpose: str = "update"
    """`escalation`, `update`, `handover` or `reminder`."""
    to: str = ""
    """Whom it reaches, in words."""
    audience: str = ""
    """Of an update: which `[[audiences]]` table it is for."""
    insist: bool = False
    """Where nobody can tell whether it arrived it goes again, and the second says that it is one."""
    then: tuple[str, ...] = ()
    """Channels to try, in order, when this one fails."""
    within: float | None = None
    """Seconds after which a channel that cannot be reached passes it on to the next of `then`."""
    expires: datetime | None = None
    """After that moment (UTC) it is not told any more: of an update, what it says is not true then; of anything
    else, somebody has seen to it by then."""


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell those affected in the backend's own way."""

    verb: ClassVar[Verb] = Verb.ANNOUNCE
    via: str
    """`journal` (its e-mail journal) or `status` (its status updates)."""
    title: str
    text: str
    expires: datetime | None = None
    """After that moment (UTC) what it says is not true any more: it does not leave."""


Change = (
    Acknowledge
    | Take
    | Assign
    | SetPriority
    | Hold
    | Snooze
    | Note
    | Comment
    | Resolve
    | Close
    | Reopen
    | MoveTo
    | SetMajor
    | LinkTo
    | Create
    | Escalate
    | Attach
    | Notify
    | Announce
)

CHANGES: dict[Verb, type[Change]] = {
    change.verb: change
    for change in (
        Acknowledge,
        Take,
        Assign,
        SetPriority,
        Hold,
        Snooze,
        Note,
        Comment,
        Resolve,
        Close,
        Reopen,
        MoveTo,
        SetMajor,
        LinkTo,
        Create,
        Escalate,
        Attach,
        Notify,
        Announce,
    )
}
"""The change that belongs to each verb: what a stored command is read back as."""

UNGUARDED = frozenset(
    {Verb.NOTE, Verb.COMMENT, Verb.SNOOZE, Verb.CREATE, Verb.LINK, Verb.ATTACH, Verb.NOTIFY, Verb.ANNOUNCE}
)
"""These add and overwrite nothing, so they apply whatever happened to the incident meanwhile."""


_CHANNEL = "channel:"


def channel_backend(channel: str) -> str:
    """What stands as `Command.backend` for what goes through that channel."""
    return _CHANNEL + channel


def channel_of(backend: str) -> str:
    """The channel's name that a `Command.backend` stands for; empty for a real backend."""
    return backend.removeprefix(_CHANNEL) if backend.startswith(_CHANNEL) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One intention of one operator, bound to an incident's identity when the key went down."""

    id: str
    """Unique, made by us: the idempotency key where the backend takes one."""
    backend: str
    """Who is told: a backend's name, or `channel:NAME`."""
    subject: Key | None
    """None for CREATE, and for a NOTIFY that is about no single incident."""
    ref: str
    """`backend:number`, for words; where there is no subject just the backend's name."""
    change: Change
    by: str
    at: datetime
    base: Incident | None = field(default=None, repr=False)
    """What the operator saw: the conflict's "before"."""
    bulk: str | None = None
    """The same for all commands that one bulk action made."""

    @property
    def verb(self) -> Verb:
        return self.change.verb

    @property
    def channel(self) -> str:
        """The channel that it goes through; empty for what a backend does."""
        return channel_of(self.backend)

    @property
    def is_guarded(self) -> bool:
        return self.verb not in UNGUARDED
