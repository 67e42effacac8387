"""The questions behind the triage keys: each action's form, from the key to the requests it makes.

How it is used: `ui.acting` calls `ask` from within a Textual worker (it waits for a screen), with the
incidents that the key was bound to when it went down, and hands what comes back to `engine.submit`.

    requests = await ask(app, engine, BY_NAME["assign"], keys)
    if requests is None: ...        # the operator left the form; nothing is to happen
    await engine.submit(requests)

Every action of the table that has a verb may be given; those that ask nothing (acknowledge, take)
answer at once, without a screen. Incidents that cannot take the action are shown with the reason
before anything is sent, and are simply not among the requests. `subjects` is empty for `register`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vagt.domain.actions import Action
from vagt.domain.incident import Key

if TYPE_CHECKING:
    from textual.app import App

    from vagt.engine.engine import Engine, Request


async def ask(app: App[Any], engine: Engine, action: Action, subjects: Sequence[Key]) -> tuple[Request, ...] | None:
    """Ask what `action` needs to know and return the requests; None where the operator backed out.

    Must run in a worker. Raises nothing of the backend's: a look-up that fails is told in the form.
    """
    from vagt.ui.screens.triage.asking import run  # the forms are not needed for the first frame

    return await run(app, engine, action, tuple(subjects))
