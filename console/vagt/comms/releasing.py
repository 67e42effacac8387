"""From an approval to the outbox: exactly the approved text, by one console of all those that see the approval."""

from __future__ import annotations

from contextlib import suppress
from itertools import count

from vagt.adapters.protocol import AdapterError
from vagt.comms import approval, delivery, sending
from vagt.comms.approval import Proposal, Standing
from vagt.comms.approvals import DecisionError, Waiting, Why, decision_id, may_decide, unsendable, write
from vagt.comms.claims import SETTLE, SILENT, Claim, claim_id
from vagt.comms.delivery import Delivery, Outgoing
from vagt.comms.office import Office, Seen
from vagt.domain.incident import Incident
from vagt.engine.console_id import console_id
from vagt.engine.errors import OutboxError
from vagt.engine.intent import Stage


async def approve(
    office: Office, waiting: Waiting, *, patience: float = 30.0, again: bool = False
) -> tuple[Delivery, ...]:
    """Approve a text, see that the backend has it from somebody else than its author, and send it.

    One that is approved already, and not sent, is sent by whoever asks. Waits at most `patience` seconds
    for the backend each time; `again` is `release`'s. Raises DecisionError, OutboxError.
    """
    if why := may_decide(office, waiting):
        raise DecisionError(why)
    if waiting.proposal.standing is Standing.WAITING:
        note = approval.approving_note(waiting.proposal)
        await write(office, waiting.seen.incident, note, decision_id(office, waiting, "approved"), patience)
    return await release(office, waiting, patience=patience, again=again)


async def release(
    office: Office, waiting: Waiting, *, patience: float = 30.0, again: bool = False
) -> tuple[Delivery, ...]:
    """Send what is approved, unless another console does: the first claim in the incident's timeline decides.

    `again`: also where another console claimed it and fell silent, although it may have sent. Raises
    DecisionError, OutboxError.
    """
    id = waiting.proposal.id
    incident, seen, now = await _look(office, waiting.seen.incident, id)
    console = console_id(office.engine.data_dir)
    if await delivery.stored(office.engine, delivery.record_id(id)) is not None:
        # this data folder has it in its outbox, whichever of its consoles put it there
        return await _handed_over(office, incident, now)
    claim, attempt = now.claim, 0
    if claim is not None:
        mine, silent = _is_mine(console, id, claim), _fell_silent(office, incident, claim)
        if not mine and not silent:
            raise DecisionError(f"{claim.by} has it: that console sends it", Why.TAKEN)
        if not mine and not again:
            raise DecisionError(silent_words(now), Why.SILENT)
        attempt = claim.attempt + 1 if silent else claim.attempt
    wanted = claim_id(console, id, attempt)
    if claim is None or claim.id != wanted:
        await _claim(office, incident, approval.claiming_note(now, wanted, attempt), wanted, patience)
        incident, seen, now = await _look(office, incident, id)
    if now.claim is None or now.claim.id != wanted:
        who = now.claim.by if now.claim is not None else "nobody that can be read"
        raise DecisionError(f"{who} was first, and sends it", Why.TAKEN)
    audience = office.audience(now.audience)
    # the answer may have taken its time, and the incident has new notes
    if audience is None or (why := unsendable(office, now, seen)):
        raise DecisionError(f"not sent: {why}" if audience else f"this config has no audience “{now.audience}”")
    return await sending.send_approved(office, incident, now, audience)


def silent_words(proposal: Proposal) -> str:
    """What to say of a text that another console may have sent."""
    claim = proposal.claim
    if claim is None:
        return ""
    return (
        f"{claim.by}'s console began to send it at {claim.at:%H:%M} UTC and has not said that it did: "
        "it may have gone out"
    )


def is_silent(office: Office, waiting: Waiting) -> bool:
    """Whether another console claimed it so long ago that a person should decide."""
    claim = waiting.proposal.claim
    if claim is None or _is_mine(console_id(office.engine.data_dir), waiting.proposal.id, claim):
        return False
    return _fell_silent(office, waiting.seen.incident, claim)


def _is_mine(console: str, proposal: str, claim: Claim) -> bool:
    return claim.id == claim_id(console, proposal, claim.attempt)


def _fell_silent(office: Office, incident: Incident, claim: Claim) -> bool:
    return (office.engine.now_at(incident.backend) - claim.at).total_seconds() >= SILENT


async def _look(office: Office, incident: Incident, id: str) -> tuple[Incident, Seen, Proposal]:
    """The incident, its timeline and the approved text as the backend has them now. Raises DecisionError."""
    try:
        incident = await office.engine.find(incident.ref)
    except AdapterError as error:
        words = f"approved, but not sent yet: {error.words}; approve it again to send it"
        raise DecisionError(words, Why.AWAY) from error
    seen = await office.look(incident)
    if seen.problem:
        words = f"approved, but it cannot be seen yet: {seen.problem}; approve it again to send it"
        raise DecisionError(words, Why.AWAY)
    now = next((one for one in seen.proposals if one.id == id), None)
    if now is None or now.standing is not Standing.APPROVED:
        words = "the backend shows no approval by another person than its author"
        if now is not None and now.standing is not Standing.WAITING:
            words = f"it is {now.standing.value}" + (f": {now.words}" if now.words else "")
        raise DecisionError(f"not sent: {words}")
    if why := unsendable(office, now, seen):
        raise DecisionError(f"not sent: {why}")
    return incident, seen, now


async def _claim(office: Office, incident: Incident, note: str, claim: str, patience: float) -> None:
    """Say that this console sends it, and wait until all who said so at once can be read. Raises DecisionError."""
    for number in count():
        id = claim_id(claim, "note", number)
        before = await delivery.stored(office.engine, id)
        if before is None or before.stage is not Stage.DISCARDED:
            break
    try:
        await write(office, incident, note, id, patience)
    except DecisionError:
        # too late it would only stand in the way of others; what is on the wire is found in the timeline
        with suppress(OutboxError, KeyError):
            await office.engine.discard(id)
        raise
    await office.engine.clock.sleep(SETTLE)


async def _handed_over(office: Office, incident: Incident, proposal: Proposal) -> tuple[Delivery, ...]:
    audience = office.audience(proposal.audience)
    if audience is None:
        return ()
    outgoing = [Outgoing(audience, proposal.language, proposal.subject, proposal.text)]
    planned = sending.plan(office, incident, proposal.id, outgoing)
    return await delivery.standing(office.engine, planned)
