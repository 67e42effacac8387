"""What an incident's page says of the words to those affected: how far the last went, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from vagt.comms import delivery
from vagt.comms.approval import Proposal, Standing
from vagt.comms.delivery import Status
from vagt.comms.progress import Progress
from vagt.ui.present.times import relative
from vagt.ui.screens.incident.facts import Fact, Tone


def told_facts(progress: Progress, now: datetime) -> tuple[Fact, ...]:
    """The lines, those that need somebody first; none where nobody was told anything."""
    return tuple(_facts(progress, now))


def _facts(progress: Progress, now: datetime) -> Iterator[Fact]:
    for proposal in progress.proposals:
        yield _proposal(proposal, now)
    last = progress.last
    if last is None:
        return
    by = f" by {last.by}" if last.by else ""
    head = f"“{last.template}” to {', '.join(last.audiences)}, {relative(last.at, now)}{by}"
    if not progress.deliveries:
        yield Fact("Told", head, Tone.PLAIN)
        return
    sent = sum(one.status is Status.SENT for one in progress.deliveries)
    if not progress.partly:
        yield Fact("Told", f"{head}: {delivery.summary(progress.deliveries)}", Tone.PLAIN)
        return
    bad = any(one.status is Status.FAILED for one in progress.deliveries)
    yield Fact("Told", f"{head}: sent to {sent} of {len(progress.deliveries)}", Tone.BAD if bad else Tone.WARN)
    for one in progress.deliveries:
        if one.status is not Status.SENT:
            why = f": {one.message}" if one.message else ""
            words = f"{one.audience} by {one.channel}: {one.status.value}{why}"
            yield Fact("", words, Tone.BAD if one.status is Status.FAILED else Tone.WARN)


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
