"""What an incident's page says of the words to those affected: how far the last went, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from vagt.comms import delivery
from vagt.comms.approval import Proposal, Standing
from vagt.comms.delivery import Delivery, Status
from vagt.comms.progress import Progress
from vagt.comms.record import UpdateRecord
from vagt.ui.present.times import relative
from vagt.ui.screens.incident.facts import Fact, Tone


def told_facts(progress: Progress, now: datetime) -> tuple[Fact, ...]:
    """The lines, those that need somebody first; none where nobody was told anything."""
    return tuple(_facts(progress, now))


def _facts(progress: Progress, now: datetime) -> Iterator[Fact]:
    for proposal in progress.proposals:
        yield _proposal(proposal, now)
    if progress.last is not None:
        yield from _update(progress.last, progress.deliveries, now)
    for update, deliveries in progress.unfinished:
        yield from _update(update, deliveries, now)


def _update(update: UpdateRecord, deliveries: Sequence[Delivery], now: datetime) -> Iterator[Fact]:
    by = f" by {update.by}" if update.by else ""
    head = f"“{update.template}” to {', '.join(update.audiences)}, {relative(update.at, now)}{by}"
    left = [one for one in deliveries if one.status is not Status.SENT]
    if not left:
        yield Fact("Told", f"{head}: {delivery.summary(deliveries)}" if deliveries else head)
        return
    bad = any(one.status is Status.FAILED for one in left)
    words = f"{head}: sent to {len(deliveries) - len(left)} of {len(deliveries)}"
    yield Fact("Told", words, Tone.BAD if bad else Tone.WARN)
    for one in left:
        why = f": {one.message}" if one.message else ""
        tone = Tone.BAD if one.status is Status.FAILED else Tone.WARN
        yield Fact("", f"{one.audience} by {one.channel}: {one.word}{why}", tone)


def _proposal(one: Proposal, now: datetime) -> Fact:
    when = "" if one.at is None else f" {relative(one.at, now)}"
    match one.standing:
        case Standing.RETURNED:
            words = f"The update to {one.audience} was sent back by {one.decided_by}: {one.words} · c"
        case Standing.APPROVED:
            words = f"The update to {one.audience} is approved by {one.decided_by}, and not sent yet"
        case Standing.VOID:
            words = f"The update to {one.audience} by {one.by}{when} cannot be approved: {one.words} · c"
        case _:
            words = f"An update to {one.audience} waits for approval, by {one.by}{when} · V"
    return Fact("Approval", words, Tone.WARN)
