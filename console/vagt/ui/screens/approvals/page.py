"""One text that waits, as a page: who wants it sent to whom, and every word of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.comms.approvals import Waiting
from vagt.comms.audiences import Audience
from vagt.comms.releasing import silent_words
from vagt.ui.present.times import relative
from vagt.ui.screens.incident.reader import Block, Line
from vagt_widgets.safe_text import safe_text, wrap


def page(waiting: Waiting, audience: Audience | None, unable: str, now: datetime) -> tuple[Block, ...]:
    """`unable`: why the operator cannot approve it, in words; empty where it can."""
    return (
        Block("head", lambda width: _head(waiting, audience, unable, now, width)),
        Block("text", lambda width: _text(waiting, width)),
    )


def _head(waiting: Waiting, audience: Audience | None, unable: str, now: datetime, width: int) -> Sequence[Line]:
    proposal, incident = waiting.proposal, waiting.seen.incident
    when = "" if proposal.at is None else f", {relative(proposal.at, now)}"
    public = audience is None or audience.outside
    lines: list[Line] = []

    def add(style: str, words: str) -> None:
        lines.extend(((style, line),) for line in wrap(safe_text(words), width))

    add("heading", f"{incident.ref} {incident.title}")
    add("dim", f"P{incident.priority or '?'} · {incident.state.value} · written by {proposal.by}{when}")
    to = f"To {proposal.audience} ({proposal.language})"
    if audience is not None:
        to += f" by {', '.join(audience.channels)}"
    add("public" if public else "strong", f"{to} · PUBLIC" if public else to)
    if proposal.decided_by:
        add("strong", f"Approved by {proposal.decided_by}, and not sent yet: the key that approves sends it.")
    if silent_words(proposal):
        add("dim", silent_words(proposal) + ".")
    if unable:
        add("bad", f"You cannot {'send' if proposal.decided_by else 'approve'} it: {unable}.")
    return [*lines, ()]


def _text(waiting: Waiting, width: int) -> Sequence[Line]:
    proposal = waiting.proposal
    lines: list[Line] = [(("strong", line),) for line in wrap(safe_text(proposal.subject), width)]
    for paragraph in safe_text(proposal.text, multiline=True).split("\n"):
        lines += [(("plain", line),) for line in wrap(paragraph, width)] or [()]
    return lines
