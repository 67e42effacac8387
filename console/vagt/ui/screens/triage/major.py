"""Declaring a major incident, and taking that back: confirmed, or filled in where the backend requires something."""

from __future__ import annotations

import asyncio

from vagt.domain.commands import SetMajor, Verb
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.confirmation import confirmed
from vagt.ui.screens.triage.fields_form import ask_fields
from vagt.ui.screens.triage.wanted import still_able, wanted


async def ask(asking: Asking) -> Answer:
    """The opposite of what it is now; a form that had to be filled in is confirmation enough."""
    incident = asking.subjects[0]
    if incident.major:
        sure = await confirmed(asking, "No longer a major incident?", f"{incident.ref} {incident.title}")
        return asking.same(SetMajor(False)) if sure else None
    looking = asyncio.create_task(wanted(asking, Verb.MAJOR))
    answers = await ask_fields(
        asking, looking, title=asking.title, submit="declares it", ask_when=lambda found: found.required
    )
    if answers is None:
        return None
    if still_able(asking, looking.result()) is None:
        return None
    given = tuple((name, value) for name, value in answers.get(incident.backend, {}).items() if value)
    if not given and not await confirmed(asking, "Declare a major incident?", f"{incident.ref} {incident.title}"):
        return None
    return asking.same(SetMajor(True, given))
