"""From the key that escalates to the outbox, and what became of it in words: who knows now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vagt.domain.actions import BY_NAME
from vagt.domain.commands import Verb
from vagt.domain.incident import Key
from vagt.engine.intent import Intent, Stage
from vagt.escalation.carrying import outcome_words
from vagt.escalation.order import Order
from vagt.ui.messages import Tone
from vagt.ui.watchkeeping import watch_of

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

FOLLOWED = 600.0
"""Seconds for which the console tells what became of it; afterwards the outbox does."""


def escalate(app: VagtApp, subjects: tuple[Key, ...]) -> None:
    """Ask whom, and why; says where it cannot be done."""
    action = BY_NAME["escalate"]
    if not subjects:
        app.say("No incident is selected.", Tone.WARN)
        return
    if len(subjects) > 1:
        app.say(f"{action.label} works on one incident at a time; {len(subjects)} are marked.", Tone.WARN)
        return
    if reason := app.engine.unable(action, subjects[0]):
        app.say(f"{action.label}: {reason}", Tone.WARN)
        return
    app.hold_keys()
    app.run_worker(app.guarded(_escalate(app, subjects)), group="acting", exit_on_error=False)


async def _escalate(app: VagtApp, subjects: tuple[Key, ...]) -> None:
    from vagt.ui.screens.triage.asking import gather  # forms are not needed for the first frame
    from vagt.ui.screens.triage.escalate import ask_order

    action = BY_NAME["escalate"]
    try:
        order = await ask_order(gather(app, app.engine, action, subjects))
        if order is None:
            return
        requests = watch_of(app).escalation.requests(order)
        intents = await app.engine.submit(requests)
        app.unmark(set(subjects))
        app.acting.remember(action, requests[0])
        _say_sent(app, order)
    finally:
        app.release_keys()
    await _follow(app, order, [intent.command.id for intent in intents])


def _say_sent(app: VagtApp, order: Order) -> None:
    undo = app.engine.settings.console.undo
    words = f"Escalating {app.name_of(order.incident.ref)}: {order.reach.words()}"
    if undo > 0:
        app.say(f"{words} · {app.keymap.shown('undo')} undoes", Tone.GOOD, seconds=undo, countdown=True)
    else:
        app.say(words, Tone.GOOD)


async def _follow(app: VagtApp, order: Order, ids: Sequence[str]) -> None:
    """Tell who knows now, once nothing of it is under way any more."""
    intents = await app.engine.settled(ids, FOLLOWED)
    if all(intent.stage is Stage.UNDONE for intent in intents):
        return
    parts = [intent for intent in intents if intent.command.verb is not Verb.NOTE]
    good = all(intent.stage is Stage.DONE for intent in intents)
    words = f"{app.name_of(order.incident.ref)}: {outcome_words(order, parts)}"
    lost = _without_note(intents)
    more = "" if good else f"{lost} · {app.keymap.shown('outbox')} decides"
    app.say(f"{words}{more}", Tone.GOOD if good else Tone.BAD, seconds=10 if good else 20)


def _without_note(intents: Sequence[Intent]) -> str:
    missing = [i for i in intents if i.command.verb is Verb.NOTE and i.stage is not Stage.DONE]
    return "; its timeline does not say so yet" if missing else ""
