"""The public comment: words that those affected can read."""

from __future__ import annotations

from vagt.domain.commands import Comment
from vagt.ui.screens.triage.abilities import notifies
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.composer import compose


async def ask(asking: Asking) -> Answer:
    """Compose one public comment on all subjects."""
    text = await compose(asking, kind="public", title=f"PUBLIC comment · {asking.what}", who=readers(asking))
    if text is None:
        return None
    return asking.same(Comment(text))


def readers(asking: Asking) -> str:
    """Who can read it, and whether it is mailed at once."""
    callers = list(dict.fromkeys(incident.caller for incident in asking.subjects if incident.caller))
    if len(callers) == 1:
        who = f"{callers[0]} and everybody else who can see the incident"
    elif callers:
        who = f"{len(callers)} callers and everybody else who can see the incidents"
    else:
        who = "Everybody who can see the incident, outside the team too,"
    mailing = [backend for backend in asking.backends if notifies(asking.engine, backend)]
    if not mailing:
        mailed = "No mail is sent for it."
    elif len(mailing) == len(asking.backends):
        mailed = "It is MAILED to them at once."
    else:
        mailed = f"It is MAILED at once by {', '.join(mailing)}."
    return f"{who} can read this. {mailed}"
