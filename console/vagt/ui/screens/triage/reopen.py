"""It is not over after all: asks only where the backend wants to know something."""

from __future__ import annotations

import asyncio

from vagt.domain.answers import change_from
from vagt.domain.commands import Verb
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.fields_form import ask_fields
from vagt.ui.screens.triage.wanted import still_able, wanted


async def ask(asking: Asking) -> Answer:
    """Reopen all subjects."""
    looking = asyncio.create_task(wanted(asking, Verb.REOPEN))
    answers = await ask_fields(asking, looking, title=asking.title, submit="reopens")
    if answers is None:
        return None
    found = looking.result()
    able = still_able(asking, found)
    if able is None:
        return None
    return able.each(lambda incident: change_from(Verb.REOPEN, found.answers_for(incident, answers)))
