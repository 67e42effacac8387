"""The internal note: words for those who work on it."""

from __future__ import annotations

from vagt.domain.commands import Note
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.composer import Composer


async def ask(asking: Asking) -> Answer:
    """Compose a note on all subjects at once."""
    text = await asking.app.push_screen_wait(
        Composer(
            f"INTERNAL note · {asking.what}",
            kind="internal",
            who="Only those who work on it can read this.",
            text=asking.draft().get("text", ""),
            on_draft=lambda written: asking.keep_draft({"text": written}),
            refusals=asking.refusals,
        )
    )
    if text is None:
        return None
    asking.drop_draft()
    return asking.same(Note(text))
