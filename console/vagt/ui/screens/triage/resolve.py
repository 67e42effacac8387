"""Service is restored: how, with the fields that the backends require."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from vagt.domain.answers import change_from
from vagt.domain.commands import Change, Resolve, Verb
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.fields_form import ask_fields
from vagt.ui.screens.triage.wanted import still_able, wanted


async def ask(asking: Asking) -> Answer:
    """One form over all subjects."""
    looking = asyncio.create_task(wanted(asking, Verb.RESOLVE))
    answers = await ask_fields(asking, looking, title=asking.title, submit="resolves")
    if answers is None:
        return None
    found = looking.result()
    able = still_able(asking, found)
    if able is None:
        return None
    return able.each(lambda incident: resolved(found.answers_for(incident, answers)))


def resolved(answers: Mapping[str, str]) -> Change:
    """The change; its text is empty where the backend does not ask for one."""
    given = {name: value for name, value in answers.items() if name != "text"}
    if text := answers.get("text", ""):
        return change_from(Verb.RESOLVE, {"text": text, **given})
    own = tuple((name, value) for name, value in given.items() if value and name != "code")
    return Resolve("", given.get("code") or None, own)
