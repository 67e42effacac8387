"""Nothing more is to come: confirmed, or filled in where the backend requires something."""

from __future__ import annotations

import asyncio

from vagt.domain.answers import change_from
from vagt.domain.commands import Verb
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.confirmation import confirmed
from vagt.ui.screens.triage.fields_form import ask_fields
from vagt.ui.screens.triage.wanted import still_able, wanted


async def ask(asking: Asking) -> Answer:
    """Close all subjects; a form that had to be filled in is confirmation enough."""
    looking = asyncio.create_task(wanted(asking, Verb.CLOSE))
    answers = await ask_fields(
        asking, looking, title=asking.title, submit="closes", ask_when=lambda found: found.required
    )
    if answers is None:
        return None
    found = looking.result()
    able = still_able(asking, found)
    if able is None:
        return None
    if not any(answers.values()):
        single = len(able.subjects) == 1
        question = f"Close {able.subjects[0].ref}?" if single else f"Close {len(able.subjects)} incidents?"
        if not await confirmed(able, question, able.subjects[0].title if single else ""):
            return None
    return able.each(lambda incident: change_from(Verb.CLOSE, found.answers_for(incident, answers)))
