"""The internal note: words for those who work on it."""

from __future__ import annotations

from vagt.domain.commands import Note
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.composer import compose


async def ask(asking: Asking) -> Answer:
    """Compose a note on all subjects at once."""
    who = "Only those who work on it can read this."
    text = await compose(asking, kind="internal", title=f"INTERNAL note · {asking.what}", who=who)
    if text is None:
        return None
    return asking.same(Note(text))
