"""The last question before something that has no form: in the middle, "no" by default."""

from __future__ import annotations

from vagt.ui.screens.triage.asking import Asking
from vagt.ui.screens.triage.question import refusal_lines
from vagt.ui.typed import vagt_of
from vagt_widgets.confirm import ConfirmScreen


async def confirmed(asking: Asking, question: str, detail: str = "") -> bool:
    """Whether the operator says yes, with another key than the one that asked."""
    keys = vagt_of(asking.app).keymap.keys(asking.action.name)
    if asking.refusals:
        detail = "\n".join(part for part in (detail, refusal_lines(asking.refusals).plain) if part)
    answer = await asking.app.push_screen_wait(
        ConfirmScreen(question, detail, asked_with="y" if "y" in keys else "", title=asking.action.label)
    )
    return answer is True
