"""The right side of the composer: each message as its audience will get it, and what was said before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from textual.content import Content

from vagt.comms.approval import Proposal, Standing
from vagt.comms.composer import Composer
from vagt.comms.markup import Form
from vagt.comms.message import Message
from vagt.comms.record import UpdateRecord
from vagt.domain import moments
from vagt.ui.screens.update.forms import form_words
from vagt_widgets.safe_text import safe_text

Piece = tuple[str, str]
"""A style's name and a text that is safe to show."""
_STYLES: dict[str, str] = {
    "heading": "bold $secondary",
    "public": "bold $warning",
    "dim": "$dim",
    "bad": "bold $error",
    "strong": "bold",
    "plain": "",
}
EARLIER = 5


def preview(composer: Composer, form: Form = Form.PLAIN) -> Content:
    """All of the right side, with the messages in one of their forms."""
    parts: list[Content] = []
    for style, text in _pieces(composer, form):
        parts.append(Content.styled(text, _STYLES[style]))
    return Content("").join(parts)


def before(composer: Composer, audience: str, form: Form = Form.PLAIN) -> Content | None:
    """What stands above the message to an audience; None where it gets none."""
    parts: list[Content] = []
    for message in composer.messages:
        if message.audience.name == audience:
            return Content("").join(parts)
        parts += [Content.styled(text, _STYLES[style]) for style, text in _message(message, composer, form)]
    return None


def text_of(composer: Composer, form: Form = Form.PLAIN) -> str:
    """The same without its looks."""
    return "".join(text for _, text in _pieces(composer, form))


def _pieces(composer: Composer, form: Form) -> Iterator[Piece]:
    for message in composer.messages:
        yield from _message(message, composer, form)
    if not composer.messages:
        yield "dim", "Nobody is chosen: space on an audience chooses it.\n"
    if composer.changes:
        yield "heading", "Changed since the last update\n"
        for line in composer.changes:
            yield "plain", f"  {safe_text(line)}\n"
        yield "plain", "\n"
    yield from _proposals(composer)
    yield from _earlier(composer)


def _message(message: Message, composer: Composer, form: Form) -> Iterator[Piece]:
    audience = message.audience
    who = f"To {audience.name} ({message.language})"
    yield ("public", f"{who} · PUBLIC\n") if audience.outside else ("heading", f"{who}\n")
    if message.missing:
        yield "bad", f"{safe_text(composer.label(message.missing))} is missing.\n\n"
        return
    if message.problem:
        yield "bad", f"{safe_text(message.problem)}\n"
    if message.edited:
        yield "dim", "Written over by hand; ctrl+t goes back to the template.\n"
    for remark in message.remarks:
        yield "dim", f"{safe_text(remark)}\n"
    if words := form_words(form, audience, composer.office):
        yield "dim", f"{safe_text(words)}\n"
    if message.subject:
        yield "strong", f"{safe_text(message.subject)}\n"
    if message.text:
        yield "plain", f"{safe_text(message.form(form), multiline=True)}\n"
    for size in message.sizes:
        yield ("bad" if size.over else "dim"), f"{safe_text(size.words)}\n"
    yield "plain", "\n"


def _proposals(composer: Composer) -> Iterator[Piece]:
    waiting = [one for one in composer.proposals if one.standing in (Standing.WAITING, Standing.RETURNED)]
    if not waiting:
        return
    yield "heading", "With a colleague\n"
    for one in waiting:
        yield "plain", f"  {safe_text(_proposal(one, composer))}\n"
    yield "plain", "\n"


def _proposal(one: Proposal, composer: Composer) -> str:
    when = "" if one.at is None else f" {clock(one.at, composer)}"
    if one.standing is Standing.RETURNED:
        return f"{one.audience}: sent back by {one.decided_by}: {one.words}"
    return f"{one.audience}: waits for somebody else's approval, asked by {one.by}{when}"


def _earlier(composer: Composer) -> Iterator[Piece]:
    if not composer.earlier:
        return
    yield "heading", "Earlier updates\n"
    for record in composer.earlier[:EARLIER]:
        yield "dim", f"  {safe_text(_record(record, composer))}\n"
    if len(composer.earlier) > EARLIER:
        yield "dim", f"  and {len(composer.earlier) - EARLIER} more\n"


def _record(record: UpdateRecord, composer: Composer) -> str:
    words = f"{clock(record.at, composer)} {record.template} to {', '.join(record.audiences)} by {record.by}"
    if record.next_update is not None:
        words += f"; promised the next for {clock(record.next_update, composer)}"
    return words


def clock(moment: datetime, composer: Composer) -> str:
    """On the clock in which times are typed here."""
    return moments.local(moment, composer.office.now(), composer.zone)
