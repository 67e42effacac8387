"""From the key for a stakeholder update to the composer, and from there to the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vagt.comms import delivery
from vagt.comms.composer import Composer
from vagt.comms.delivery import Delivery, Status
from vagt.comms.office import Office
from vagt.domain.actions import BY_NAME
from vagt.domain.incident import Key
from vagt.ui.messages import Tone
from vagt.ui.notices import gravity
from vagt.ui.offices import courier_of, office_of
from vagt.ui.screens.update.opening import OpeningScreen
from vagt.ui.screens.update.screen import UpdateScreen
from vagt.ui.screens.update.words import sent_words

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

FOLLOWED = 600.0
"""Seconds for which the console tells what became of an update; afterwards the outbox does."""


def update(app: VagtApp, subjects: tuple[Key, ...]) -> None:
    """Open the composer on one incident; where the config knows no audiences, the public comment."""
    office = office_of(app)
    if not office.audiences:
        app.acting.start(BY_NAME["comment"], subjects)
        return
    if not subjects:
        app.say("No incident is selected.", Tone.WARN)
        return
    if len(subjects) > 1:
        app.say(f"An update tells of one incident at a time; {len(subjects)} are marked.", Tone.WARN)
        return
    app.hold_keys()
    app.run_worker(app.guarded(_write(app, office, subjects[0])), group="acting", exit_on_error=False)


def due_update(app: VagtApp) -> None:
    """Open the composer on the incident whose next word is due, or soon will be: the gravest, then the latest."""
    office = office_of(app)
    if not office.audiences:
        app.say("The config has no audiences: no update is ever due.", Tone.WARN)
        return
    due = courier_of(app).due()
    if not due:
        app.say("No update is due.")
        return
    update(app, (min(due, key=lambda one: gravity(app, one)).key,))


async def _write(app: VagtApp, office: Office, key: Key) -> None:
    try:
        composer = await app.push_screen_wait(OpeningScreen(Composer.open(app.engine, key, office=office)))
        if composer is None:
            return
        try:
            deliveries = await app.push_screen_wait(UpdateScreen(composer))
        finally:
            composer.close()
    finally:
        app.release_keys()
    if deliveries is not None:
        tell_sent(app, sent_words(deliveries, composer.template))
        if await follow(app, deliveries):
            app.say(f"Not sent; {app.keymap.shown('update')} goes on with what you wrote", seconds=12)


def tell_sent(app: VagtApp, words: str) -> None:
    """It is in the outbox, and can still be taken back for as long as the undo window lasts."""
    undo = app.engine.settings.console.undo
    if undo > 0:
        app.say(f"{words} · {app.keymap.shown('undo')} undoes", Tone.GOOD, seconds=undo, countdown=True)
    else:
        app.say(words, Tone.GOOD)


async def follow(app: VagtApp, deliveries: tuple[Delivery, ...]) -> bool:
    """Tell what became of it, once nothing of it is under way any more; whether all of it was taken back."""
    ids = [one.id for one in deliveries if one.id]
    if not ids:
        return False
    await app.engine.settled(ids, FOLLOWED)
    now = await delivery.standing(app.engine, deliveries)
    if all("taken back" in one.message for one in now if one.id):
        return True
    gone = tuple(one for one in now if one.status is not Status.AWAITING)
    if not gone:
        return False
    good = all(one.status is Status.SENT for one in gone)
    stuck = any(one.id and one.status is not Status.SENT for one in gone)
    words = f"Update {delivery.summary(gone)}"
    app.say(
        f"{words} · {app.keymap.shown('outbox')} decides" if stuck else words,
        Tone.GOOD if good else Tone.BAD,
        seconds=8 if good else 20,
    )
    return False
