"""How far the last update of an incident has come, told from its timeline and this console's outbox."""

from __future__ import annotations

from dataclasses import dataclass

from vagt.comms import delivery
from vagt.comms.approval import Proposal, Standing
from vagt.comms.delivery import Delivery, Status
from vagt.comms.office import Office, Seen
from vagt.comms.record import UpdateRecord

LOOKED_AT = 5
"""Updates whose deliveries are looked up, the newest ones."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What an incident's page says of the words to those affected."""

    last: UpdateRecord | None = None
    deliveries: tuple[Delivery, ...] = ()
    """Of `last`, as far as they went out from here; empty where another console sent it."""
    unfinished: tuple[tuple[UpdateRecord, tuple[Delivery, ...]], ...] = ()
    """Updates before `last` of which something from here has not arrived, the newest first."""
    proposals: tuple[Proposal, ...] = ()
    """Texts that wait for approval, or came back."""

    @property
    def partly(self) -> bool:
        """Some of it has not arrived."""
        return _partly(self.deliveries)


def _partly(deliveries: tuple[Delivery, ...]) -> bool:
    return any(one.status is not Status.SENT for one in deliveries)


async def of_update(office: Office, update: UpdateRecord) -> tuple[Delivery, ...]:
    """How the deliveries of one update stand, as far as this data folder sent them: each audience and channel."""
    known = [audience for name in update.audiences if (audience := office.audience(name)) is not None]
    sent = [
        Delivery(audience.name, channel, Status.QUEUED, "", delivery.delivery_id(update.id, audience.name, channel))
        for audience in known
        for channel in audience.channels
    ]
    here = [one for one in sent if await delivery.stored(office.engine, one.id) is not None]
    return await delivery.standing(office.engine, here)


async def progress(office: Office, seen: Seen) -> Progress:
    """The last update with its deliveries, and what waits for somebody."""
    updates = seen.updates[-LOOKED_AT:]
    stood = [(update, await of_update(office, update)) for update in reversed(updates)]
    unfinished = tuple((update, deliveries) for update, deliveries in stood[1:] if _partly(deliveries))
    last, deliveries = stood[0] if stood else (None, ())
    return Progress(last, deliveries, unfinished, open_proposals(seen))


def open_proposals(seen: Seen) -> tuple[Proposal, ...]:
    """Those of which somebody still has to do something: approve, send what is approved, or write anew.

    What was void before it was approved counts while its audience has not heard anything since.
    """
    waits = (Standing.WAITING, Standing.RETURNED, Standing.APPROVED)
    newest = {one.audience: one.id for one in seen.proposals}
    found = []
    for one in seen.proposals:
        later = [update for update in seen.updates if one.at is not None and update.at > one.at]
        told = any(one.audience in update.audiences for update in later)
        lost = one.standing is Standing.VOID and newest[one.audience] == one.id and seen.incident.is_open
        if one.standing in waits or (lost and not told):
            found.append(one)
    return tuple(found)
