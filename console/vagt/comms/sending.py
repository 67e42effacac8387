"""Sends what is finished: to the outbox what may go, to a colleague what needs a second pair of eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from vagt.comms import answers as typed
from vagt.comms import approval, delivery
from vagt.comms.approval import Proposal
from vagt.comms.audiences import OWN_CHANNELS, Audience
from vagt.comms.contents import Situation
from vagt.comms.delivery import Delivery, Outgoing, Status
from vagt.comms.message import Message, html_of
from vagt.comms.office import Office, Seen
from vagt.comms.record import UpdateRecord, moment_of, packed, seconds_of, unpacked
from vagt.comms.rendering import names_in
from vagt.domain import moments
from vagt.domain.commands import Note
from vagt.domain.incident import Incident, State
from vagt.engine.request import Request

_SPACE = UUID("0d5b8d33-7f0e-4f0b-9c3a-4b1d54a3f1aa")


def unable_words(office: Office, incident: Incident, audience: Audience) -> str:
    """Which of its channels cannot be used on this incident, and why; empty where all can."""
    found = [
        f"{channel}: {why}"
        for channel in audience.channels
        if (why := delivery.unable(office.engine, incident, channel))
    ]
    return "; ".join(found)


async def send(
    office: Office,
    seen: Seen,
    messages: Sequence[Message],
    *,
    update_id: str,
    situation: Situation,
    template: str,
    typed_answers: Mapping[str, str],
    undo: bool,
) -> tuple[Delivery, ...]:
    """Put these messages into the outbox, all or none; what each audience can expect. Raises OutboxError.

    The same `update_id` a second time sends nothing a second time. `typed_answers` are those of
    `situation` that somebody typed: what the next update begins with.
    """
    record = record_of(update_id, situation, template, office.me(seen.incident.backend), typed_answers)
    direct = [message for message in messages if not message.audience.approval]
    waiting = [message for message in messages if message.audience.approval]
    asking: list[Request] = []
    deliveries: list[Delivery] = []
    opens = seen.incident.state is State.NEW and any(set(OWN_CHANNELS) & {*one.audience.channels} for one in direct)
    for message in waiting:
        proposal = _proposal(seen.incident, update_id, record, message, opens=opens)
        asked = uuid5(_SPACE, f"{update_id}\0{message.audience.name}\0{proposal.digest}").hex
        note = Note(approval.asking_note(proposal))
        asking.append(Request(seen.incident.backend, seen.incident.key, note, asked))
        deliveries += [
            Delivery(message.audience.name, channel, Status.AWAITING, f"approval {proposal.id[:8]}", asked)
            for channel in message.audience.channels
        ]
    outgoing = [
        Outgoing(
            one.audience, one.language, one.subject, one.text, one.html,
            _until(office, template, one.audience, record.expected),
        )
        for one in direct
    ]  # fmt: skip
    planned = plan(office, seen.incident, update_id, outgoing)
    deliveries += planned
    requests: list[Request] = []
    going = {one.audience for one in planned if one.status is Status.QUEUED}
    # whoever can be reached by nothing is not told, and nobody is told that they were
    outgoing = [one for one in outgoing if one.audience.name in going]
    if outgoing:
        told = replace(
            record,
            audiences=tuple(one.audience.name for one in outgoing),
            digests={one.audience.name: delivery.text_digest(one.subject, one.text) for one in outgoing},
        )
        able = [(one.audience, one.channel) for one in planned if one.status is Status.QUEUED]
        requests += delivery.requests(office.engine, seen.incident, told, outgoing, able=able)
    # last: a reply may open the ticket, and what is asked before a change is void after it
    await office.engine.submit([*requests, *asking], undo=undo)
    if outgoing and office.promises.keep(seen.incident.key, told):
        office.engine.clocks.changed((seen.incident.key,))
    return tuple(deliveries)


def _until(office: Office, template: str, audience: Audience, expected: datetime | None) -> datetime | None:
    """Until when the text is true: the expected time, where such a template tells it to that audience."""
    one = office.library.find(template, audience.side, audience.language)
    tells = "expected" in audience.allowed and (one is None or "expected" in names_in(f"{one.subject}\n{one.body}"))
    return expected if tells else None


def plan(office: Office, incident: Incident, update_id: str, outgoing: Sequence[Outgoing]) -> tuple[Delivery, ...]:
    """Each audience and channel once: queued where it can go, failed with the reason where it cannot."""
    found = []
    for message in outgoing:
        for channel in message.audience.channels:
            why = delivery.unable(office.engine, incident, channel)
            status = Status.FAILED if why else Status.QUEUED
            id = "" if why else delivery.delivery_id(update_id, message.audience.name, channel)
            found.append(Delivery(message.audience.name, channel, status, why, id))
    return tuple(found)


def record_of(update_id: str, situation: Situation, template: str, by: str, kept: Mapping[str, str]) -> UpdateRecord:
    """What the update promises and from what it was made, for the timeline."""
    expected = typed.expected_of(situation.answers)
    return UpdateRecord(
        id=update_id,
        template=template,
        at=situation.now,
        by=by,
        audiences=(),
        next_update=typed.moment_of(situation.answers, "next_update") if situation.incident.is_open else None,
        expected=expected.at if expected is not None else None,
        every=situation.every,
        answers=dict(kept),
    )


def details_of(record: UpdateRecord) -> dict[str, str]:
    """The record's parts as a proposal carries them."""
    return {
        "template": record.template,
        "next": "" if record.next_update is None else moments.rfc3339(record.next_update),
        "expected": "" if record.expected is None else moments.rfc3339(record.expected),
        "every": "" if record.every is None else str(round(record.every)),
        "fields": packed(dict(record.answers)),
    }


def _proposal(incident: Incident, update_id: str, record: UpdateRecord, message: Message, *, opens: bool) -> Proposal:
    details = {**details_of(record), **({approval.OPENS: "true"} if opens else {})}
    digest = approval.digest_of(
        incident,
        audience=message.audience.name,
        language=message.language,
        subject=message.subject,
        text=message.text,
        details=details,
    )
    return approval.propose(
        incident,
        id=uuid5(_SPACE, f"{update_id}\0{digest}").hex,
        audience=message.audience.name,
        language=message.language,
        subject=message.subject,
        text=message.text,
        details=details,
    )


async def send_approved(
    office: Office, incident: Incident, proposal: Proposal, audience: Audience
) -> tuple[Delivery, ...]:
    """Send exactly the text that was approved, to that audience, once. Raises OutboxError."""
    details = proposal.details
    until = _until(office, details.get("template", ""), audience, moment_of(details.get("expected", "")))
    html = html_of(proposal.text)
    outgoing = [Outgoing(audience, proposal.language, proposal.subject, proposal.text, html, until)]
    planned = plan(office, incident, proposal.id, outgoing)
    fields = unpacked(details.get("fields", ""))
    record = UpdateRecord(
        id=proposal.id,
        template=details.get("template", ""),
        at=office.now(),
        by=f"{proposal.by}, approved by {proposal.decided_by}",
        audiences=(audience.name,),
        next_update=moment_of(details.get("next", "")),
        expected=moment_of(details.get("expected", "")),
        every=seconds_of(details.get("every", "")),
        answers=_texts(fields),
        digests={audience.name: delivery.text_digest(proposal.subject, proposal.text)},
        approvals=(proposal.id,),
    )
    able = [(one.audience, one.channel) for one in planned if one.status is Status.QUEUED]
    await office.engine.submit(delivery.requests(office.engine, incident, record, outgoing, able=able), undo=False)
    if office.promises.keep(incident.key, record):
        office.engine.clocks.changed((incident.key,))
    return planned


def _texts(value: object) -> Mapping[str, str]:
    return {str(key): str(text) for key, text in value.items()} if isinstance(value, dict) else {}
