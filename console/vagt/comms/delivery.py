"""From finished messages to the outbox: each audience and channel once, and what became of each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from uuid import UUID, uuid5

from vagt.comms.audiences import OWN_CHANNELS, Audience
from vagt.comms.message import Message
from vagt.comms.record import KIND, UpdateRecord, marker_of, unpacked
from vagt.domain import marker, moments
from vagt.domain.actions import BY_NAME
from vagt.domain.capability import Capability
from vagt.domain.commands import Announce, Comment, Note, Notify
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine
from vagt.engine.intent import Intent, Stage
from vagt.engine.request import Request

_SPACE = UUID("5c0c2f0c-52a5-4b19-9d0a-0d6d6f1c8f6e")
_WITHIN = 120.0
"""Seconds after which a channel that cannot be reached passes an update on to the audience's `fallback`."""
_ABILITIES = {"journal": Capability.JOURNAL, "status": Capability.STATUS}


class Status(StrEnum):
    """What became of one delivery."""

    SENT = "sent"
    QUEUED = "queued"
    FAILED = "failed"
    AWAITING = "awaiting approval"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One audience's finished message."""

    audience: Audience
    language: str
    subject: str
    text: str
    html: str = ""
    expires: datetime | None = None
    """When the expected time that it tells has passed (UTC): what has not left by then does not."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One audience on one channel."""

    audience: str
    channel: str
    status: Status
    message: str = ""
    id: str = ""
    """The command's, in the outbox (of what awaits approval: that of the request); empty where nothing went there."""
    unknown: bool = False
    """It was cut off in the act, and nobody can tell whether it arrived: a person decides in the outbox."""

    @property
    def word(self) -> str:
        """How it stands, for people: what may have arrived is not called failed."""
        return "unknown" if self.unknown else self.status.value


def text_digest(subject: str, text: str) -> str:
    """What makes a text recognisable as the same."""
    return hashlib.sha256(f"{subject}\0{text}".encode("utf-8", "replace")).hexdigest()[:16]


def delivery_id(update: str, audience: str, channel: str) -> str:
    """The id of what one update sends to one audience through one channel: always the same."""
    return uuid5(_SPACE, f"{update}\0{audience}\0{channel}").hex


def record_id(update: str) -> str:
    """The id of the note that tells of an update."""
    return uuid5(_SPACE, f"{update}\0record").hex


def ids_of(update: str, audiences: Sequence[Audience]) -> tuple[str, ...]:
    """The ids of all that an update to these audiences put into the outbox."""
    found = [delivery_id(update, audience.name, channel) for audience in audiences for channel in audience.channels]
    return (*found, record_id(update))


async def was_taken_back(engine: Engine, update: str, audiences: Sequence[Audience]) -> bool:
    """Whether the operator took the whole update back before it left."""
    found = [one for id in ids_of(update, audiences) if (one := await stored(engine, id)) is not None]
    return bool(found) and all(one.stage is Stage.UNDONE for one in found)


class Sent(Enum):
    """Whether an update's id has been used."""

    NOT = auto()
    SAME = auto()
    """For these words to these audiences: sent again, nothing happens."""
    OTHER = auto()
    TAKEN_BACK = auto()


async def sent_as(engine: Engine, update: str, messages: Sequence[Message]) -> Sent:
    """What this data folder has sent under an update's id, compared with what is to be sent now."""
    record = await stored(engine, record_id(update))
    if record is None:
        return Sent.NOT
    if record.stage is Stage.UNDONE:
        return Sent.TAKEN_BACK
    change = record.command.change
    marks = marker.find(change.text) if isinstance(change, Note) else ()
    told = next((unpacked(mark.get("texts")) for mark in marks if mark.kind == KIND), None)
    wanted = {one.audience.name: text_digest(one.subject, one.text) for one in messages if not one.audience.approval}
    return Sent.SAME if told == wanted else Sent.OTHER


def unable(engine: Engine, incident: Incident, channel: str) -> str:
    """Why one of the backend's own channels cannot be used, in words; empty where it can, or where nobody knows yet."""
    if channel not in OWN_CHANNELS:
        return ""
    if channel == "comment":
        return engine.unable(BY_NAME["comment"], incident.key)
    account = engine.account(incident.backend)
    if account is None:
        return ""
    return account.capabilities.reason(_ABILITIES[channel])


def requests(
    engine: Engine,
    incident: Incident,
    update: UpdateRecord,
    outgoing: Sequence[Outgoing],
    *,
    able: Sequence[tuple[str, str]],
) -> tuple[Request, ...]:
    """What goes into the outbox: the deliveries in `able` (audience, channel), then the note of what was sent.

    A backend that takes no notes gets none: what was promised is then known on this machine only.
    """
    wanted = set(able)
    found = [
        _request(incident, update, message, channel)
        for message in outgoing
        for channel in message.audience.channels
        if (message.audience.name, channel) in wanted
    ]
    # the backend's own go first: what follows them in the incident's queue is the note of all
    found.sort(key=lambda request: isinstance(request.change, Notify))
    if no_notes(engine, incident):
        return tuple(found)
    note = Note(record_note(incident, update, outgoing))
    return (*found, Request(incident.backend, incident.key, note, record_id(update.id)))


def no_notes(engine: Engine, incident: Incident) -> str:
    """Why the incident's timeline takes no internal notes from us, in words; empty where it does."""
    return engine.unable(BY_NAME["note"], incident.key)


def _request(incident: Incident, update: UpdateRecord, message: Outgoing, channel: str) -> Request:
    id = delivery_id(update.id, message.audience.name, channel)
    if channel == "comment":
        return Request(incident.backend, incident.key, Comment(message.text, message.expires), id)
    if channel in OWN_CHANNELS:
        told = Announce(channel, message.subject, message.text, message.expires)
        return Request(incident.backend, incident.key, told, id)
    audience = message.audience
    return Request.notify(
        Notify(
            channel=channel,
            title=message.subject,
            text=message.text,
            html=message.html,
            purpose="update",
            to=audience.name,
            audience=audience.name,
            then=audience.fallback,
            within=_WITHIN if audience.fallback else None,
            expires=message.expires,
        ),
        incident.key,
        id,
    )


def record_note(incident: Incident, update: UpdateRecord, outgoing: Sequence[Outgoing]) -> str:
    """What was sent, to whom, by whom and with which promise; below, the same for other consoles."""
    lines = [f"Stakeholder update “{update.template}”, handed over by {update.by or 'Vagt'}:"]
    for message in outgoing:
        ways = ", ".join(message.audience.channels)
        lines.append(f"- to {message.audience.name} ({message.language}) by {ways}")
    promises = []
    if update.next_update is not None:
        promises.append(f"next update {moments.rfc3339(update.next_update)}")
    if update.expected is not None:
        promises.append(f"expected back {moments.rfc3339(update.expected)}")
    if promises:
        lines.append(f"Promised: {', '.join(promises)}.")
    for message in outgoing:
        lines += ["", f"To {message.audience.name}: {message.subject}", message.text]
    return "\n".join([*lines, "", marker.line(marker_of(update))])


async def standing(engine: Engine, deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """How these deliveries stand now, each followed to the channel that took over where one failed."""
    return tuple([_standing(one, await stored(engine, one.id)) for one in deliveries])


async def stored(engine: Engine, id: str) -> Intent | None:
    """How a delivery stands, however long ago it ended; None where this data folder knows none of that id."""
    found = next(iter(await engine.settled((id,), 0)), None) if id else None
    while found is not None and found.passed_to:
        found = next(iter(await engine.settled((found.passed_to,), 0)), None)
    return found


async def settled(engine: Engine, deliveries: Sequence[Delivery], patience: float) -> tuple[Delivery, ...]:
    """Wait until each has come to an end, at most `patience` seconds; how they stand then."""
    await engine.settled([one.id for one in deliveries if one.id], patience)
    return await standing(engine, deliveries)


def _standing(one: Delivery, intent: Intent | None) -> Delivery:
    if intent is None:
        return one
    if one.status is Status.AWAITING:
        return _asked(one, intent)
    change, message = intent.command.change, intent.reason
    other = change.channel if isinstance(change, Notify) and change.channel != one.channel else ""
    if intent.stage is Stage.DONE:
        status = Status.SENT
        message = f"{one.channel} failed; sent by {other} instead" if other else message
    elif intent.stage.is_pending:
        status = Status.QUEUED
        message = f"{one.channel} failed; {other} is to send it" if other else message
    else:
        status = Status.FAILED
        message = message or {Stage.UNDONE: "taken back", Stage.DISCARDED: "given up"}.get(intent.stage, "")
    return Delivery(one.audience, one.channel, status, message, one.id, intent.stage is Stage.UNKNOWN)


def _asked(one: Delivery, intent: Intent) -> Delivery:
    """A text whose approval was asked for by a note."""
    if intent.stage is Stage.DONE:
        return one
    if intent.stage.is_pending:
        return Delivery(one.audience, one.channel, one.status, "the request has not left yet", one.id)
    return Delivery(one.audience, one.channel, Status.FAILED, f"approval was not asked for: {intent.reason}", one.id)


def summary(deliveries: Sequence[Delivery]) -> str:
    """In words, how far an update has come: “sent to 2 of 3; managers: boss-mail failed (…)”."""
    sent = sum(one.status is Status.SENT for one in deliveries)
    if sent == len(deliveries):
        return f"sent to all {sent}" if sent != 1 else "sent"
    return f"sent to {sent} of {len(deliveries)}; {shortfalls(deliveries)}"


def shortfalls(deliveries: Sequence[Delivery]) -> str:
    """Which of them have not gone, and why: “managers: boss-mail failed (…)”; empty where all have."""
    return "; ".join(_shortfall(one) for one in deliveries if one.status is not Status.SENT)


def _shortfall(one: Delivery) -> str:
    """A way that was closed from the start has not failed: nothing was tried, and nothing waits for anybody."""
    closed = one.status is Status.FAILED and not one.id
    words = f"{one.audience}: " + (f"not by {one.channel}" if closed else f"{one.channel} {one.word}")
    return f"{words} ({one.message})" if one.message else words
