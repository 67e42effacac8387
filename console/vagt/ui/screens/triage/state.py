"""Holding, resuming, and every other way the backend has of moving the subjects, with the fields each one wants."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult

from vagt.domain.actions import BY_NAME
from vagt.domain.answers import change_from
from vagt.domain.commands import Change, MoveTo, Verb
from vagt.domain.incident import Incident, Key
from vagt.ui.present.times import local
from vagt.ui.screens.triage.asking import Answer, Asking, gather
from vagt.ui.screens.triage.fields_form import ask_fields
from vagt.ui.screens.triage.moves import Move, Moves, moves
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.question import Question
from vagt.ui.screens.triage.resolve import resolved
from vagt.ui.screens.triage.wanted import Wanted, alike
from vagt.ui.typed import vagt_of

if TYPE_CHECKING:
    from textual.app import App

    from vagt.engine.engine import Engine


async def ask(asking: Asking) -> Answer:
    """Pick one move for all subjects, then what it wants to know."""
    looking = asyncio.create_task(moves(asking))
    move = await asking.app.push_screen_wait(StateQuestion(asking, looking))
    return None if move is None else await go(asking, move)


async def go(asking: Asking, move: Move) -> Answer:
    """Ask what the move wants to know; None where the operator left."""
    answers = await ask_fields(
        asking,
        asyncio.create_task(_known(move.wanted)),
        title=f"{move.label} · {asking.what}",
        submit="sends",
        part=move.label,
    )
    if answers is None:
        return None
    return asking.each(lambda incident: change_of(move, incident, dict(answers.get(incident.backend, {}))))


async def offered(app: App[Any], engine: Engine, key: Key) -> tuple[Asking, tuple[Move, ...]]:
    """Every way on for one incident, the backend's own actions among them; none where it cannot be asked now."""
    asking = gather(app, engine, BY_NAME["state"], (key,))
    if not asking.subjects:
        return asking, ()
    found = await moves(asking)
    return asking, () if found.problem else found.all


async def _known(wanted: Wanted) -> Wanted:
    return wanted


def change_of(move: Move, incident: Incident, answers: dict[str, str]) -> Change | None:
    """The change that `move` is for one incident; None where it cannot go that way.

    Of the answers those count that this incident was asked for: what others lack, it has already.
    """
    transition = move.ways.get(alike(incident))
    if transition is None:
        return None
    asked = {spec.name for spec in transition.fields}
    answers = {name: value for name, value in answers.items() if name in asked}
    verb = move.verb
    if verb is Verb.RESOLVE:
        return resolved(answers)
    if verb is not None:
        return change_from(verb, answers)
    fields = tuple((name, value) for name, value in answers.items() if value)
    return MoveTo(transition.id, transition.label, transition.to, transition.native_to, fields)


class StateQuestion(Question[Move]):
    """Returns the move."""

    def __init__(self, asking: Asking, looking: asyncio.Task[Moves]) -> None:
        super().__init__(asking.title, hint="a digit picks · enter · esc back", refusals=asking.refusals)
        self.asking = asking
        self._looking = looking

    def parts(self) -> ComposeResult:
        yield Options()

    def on_mount(self) -> None:
        self.run_worker(vagt_of(self).guarded(self._wait()), exit_on_error=False)

    async def _wait(self) -> None:
        found = await self.look_up("Asking what can be done", self._looking)
        if found is None:
            return
        known = {incident.native_state for incident in self.asking.subjects}
        self.query_one(Options).set_options([option(place, move, known) for place, move in enumerate(found.all, 1)])
        if found.problem:
            self.tell(found.problem, bad=True)
        elif not found.all:
            self.tell(
                "No move is common to all of them: mark fewer."
                if len(self.asking.subjects) > 1
                else "The backend offers nothing to do with its state now.",
                bad=True,
            )
        elif len(self.asking.subjects) == 1:
            self.tell(now_words(self.asking))


def option(place: int, move: Move, now: Collection[str]) -> Option:
    """One line of the list: where it leads and what it will ask; `now`: how the subjects are called as they stand."""
    parts = [leads_words(move, now)]
    names = [spec.label.lower() for specs in move.wanted.fields.values() for spec in specs]
    if names:
        parts.append(f"asks: {', '.join(dict.fromkeys(names))}")
    return Option(str(place) if place < 10 else "", move.label, "   ".join(filter(None, parts)), move)


def leads_words(move: Move, now: Collection[str]) -> str:
    """Where a move leads, unless its name says so already, or nobody knows before it was tried."""
    if move.verb is None and {way.native_to or way.to.value for way in move.ways.values()} == set(now):
        return "an action of the backend"
    return "" if move.leads_to.casefold() == move.label.casefold() else f"→ {move.leads_to}"


def now_words(asking: Asking) -> str:
    """How the one subject stands now."""
    incident = asking.subjects[0]
    now = asking.engine.clock.now()
    words = f"Now: {incident.native_state or incident.state.value}"
    if incident.waiting_reason and incident.waiting_reason != incident.native_state:
        words += f", {incident.waiting_reason}"
    if incident.waiting_until is not None:
        words += f", until {local(incident.waiting_until, now)}"
    return words
