"""A whole message written over by hand: out to the editor, and back to what the template makes."""

from __future__ import annotations

from typing import Any

from textual.app import App

from vagt.comms.composer import Composer
from vagt.ui.editor import edited

SUBJECT = "Subject: "


async def write(app: App[Any], composer: Composer, audience: str) -> str:
    """Open one audience's message in the editor; why it cannot be, in words, "" where it was. Raises EditorError."""
    message = next((one for one in composer.messages if one.audience.name == audience), None)
    if message is None:
        return f"{audience} gets nothing: space chooses it."
    if not message.text:
        return f"There is no message to {audience} yet: {message.problem or 'fill in what is asked'}."
    before = f"{SUBJECT}{message.subject}\n\n{message.text}"
    after = await edited(app, before)
    if after.strip() != before.strip():
        subject, text = parts(after, message.subject)
        composer.edit(audience, subject, text)
    return ""


def parts(written: str, subject: str) -> tuple[str, str]:
    """(subject, text) of what stood in the editor; without its first line the subject stays."""
    first, _, rest = written.strip().partition("\n")
    if not first.startswith(SUBJECT.strip()):
        return subject, written.strip()
    return first.removeprefix(SUBJECT.strip()).strip(), rest.strip()


def undo(composer: Composer, only: str) -> str:
    """Let the template make it again: the message of `only`, or all of them; what was done, in words."""
    names = [one.audience.name for one in composer.messages if one.edited and (not only or one.audience.name == only)]
    for name in names:
        composer.unedit(name)
    return f"From the template again: {', '.join(names)}." if names else "Nothing here was written over by hand."
