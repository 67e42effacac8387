"""The public comment: words that those affected can read."""

from __future__ import annotations

import asyncio

from vagt.adapters.protocol import AdapterError
from vagt.domain.commands import Comment, Verb
from vagt.ui.screens.triage.abilities import notifies
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.composer import compose
from vagt.ui.screens.triage.wanted import AT_ONCE


async def ask(asking: Asking) -> Answer:
    """Compose one public comment on all subjects."""
    words = await own_words(asking)
    text = await compose(asking, kind="public", title=f"PUBLIC comment · {asking.what}", who=readers(asking, words))
    if text is None:
        return None
    return asking.same(Comment(text))


async def own_words(asking: Asking) -> str:
    """How the backend itself says to whom a comment goes, where it mails it and says so at once; else empty."""
    if len(asking.subjects) != 1 or not notifies(asking.engine, asking.backends[0]):
        return ""
    (incident,) = asking.subjects
    try:
        async with asyncio.timeout(AT_ONCE):
            specs = await asking.engine.fields(Verb.COMMENT, incident.key, incident.backend)
    except (AdapterError, TimeoutError):
        return ""
    return next((spec.help for spec in specs if spec.name == "text"), "")


def readers(asking: Asking, words: str = "") -> str:
    """Who can read it, and whether it is mailed at once; `words`: the backend's own on that."""
    callers = list(dict.fromkeys(incident.caller for incident in asking.subjects if incident.caller))
    if len(callers) == 1:
        who = f"{callers[0]} and everybody else who can see the incident"
    elif callers:
        who = f"{len(callers)} callers and everybody else who can see the incidents"
    else:
        who = "Everybody who can see the incident, outside the team too,"
    mailing = [backend for backend in asking.backends if notifies(asking.engine, backend)]
    if words:
        mailed = words
    elif not mailing:
        mailed = "No mail is sent for it."
    elif len(mailing) == len(asking.backends):
        mailed = "It is MAILED to them at once."
    else:
        mailed = f"It is MAILED at once by {', '.join(mailing)}."
    return f"{who} can read this. {mailed}"
