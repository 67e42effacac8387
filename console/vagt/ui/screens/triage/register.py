"""Registering a new incident: on which backend, then the fields that it asks for."""

from __future__ import annotations

import asyncio

from textual.app import ComposeResult

from vagt.domain.answers import change_from
from vagt.domain.capability import Capability
from vagt.domain.commands import Verb
from vagt.engine.engine import Request
from vagt.ui.messages import Tone
from vagt.ui.screens.triage.abilities import able
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.fields_form import ask_fields
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.question import Question
from vagt.ui.screens.triage.wanted import wanted_for_new
from vagt.ui.typed import vagt_of


async def ask(asking: Asking) -> Answer:
    """Ask where, if there is a choice, and what."""
    names = [b.name for b in asking.engine.settings.backends if able(asking.engine, b.name, Capability.CREATE)]
    if not names:
        vagt_of(asking.app).say("No backend here can register incidents.", Tone.WARN)
        return None
    backend = names[0] if len(names) == 1 else await asking.app.push_screen_wait(BackendQuestion(names))
    if backend is None:
        return None
    looking = asyncio.create_task(wanted_for_new(asking, backend))
    answers = await ask_fields(
        asking, looking, title=f"New incident · {backend}", submit="registers", part=backend, ask_when=lambda _: True
    )
    if answers is None:
        return None
    return (Request(backend, None, change_from(Verb.CREATE, answers[backend])),)


class BackendQuestion(Question[str]):
    """Returns the backend's name."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("New incident · where?", hint="a digit picks · esc back")
        self.names = names

    def parts(self) -> ComposeResult:
        yield Options([Option(str(n) if n < 10 else "", name, "", name) for n, name in enumerate(self.names, 1)])
