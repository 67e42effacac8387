"""Asks the questions of triage mode, one after the other where there are two; None where the operator backs out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vagt.domain.actions import BY_NAME
from vagt.domain.commands import LinkTo
from vagt.domain.incident import Incident, Key
from vagt.engine.request import Request
from vagt.learning.duplicates import Likely
from vagt.learning.judged import Judged
from vagt.ui.messages import Tone
from vagt.ui.screens.triage.asking import gather
from vagt.ui.screens.triage.link import KindQuestion
from vagt.ui.screens.triage.others import Other
from vagt.ui.screens.triagemode.correcting import LevelQuestion, SameQuestion, TeamQuestion
from vagt.ui.screens.triagemode.offer import Chosen, Row

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.app import VagtApp


async def ask_field(app: VagtApp, engine: Engine, incident: Incident, row: Row) -> Chosen | None:
    """Another value for one field. Must run in a worker."""
    if row.field is Judged.TEAM:
        return await app.push_screen_wait(TeamQuestion(engine, incident, row))
    return await app.push_screen_wait(LevelQuestion(incident, row))


async def ask_same(app: VagtApp, engine: Engine, key: Key, found: Sequence[Likely]) -> tuple[Request, ...] | None:
    """Which one it is where there are several, then how the two relate. Must run in a worker."""
    asking = gather(app, engine, BY_NAME["link"], (key,))
    if not asking.subjects:
        app.say(f"Link: {asking.refusals[0].reason}", Tone.WARN)
        return None
    picked = found[0] if len(found) == 1 else await app.push_screen_wait(SameQuestion(asking.subjects[0], found))
    if picked is None:
        return None
    one = picked.incident
    other = Other(one.backend, one.id, one.ref, one.title)
    kind = await app.push_screen_wait(KindQuestion(asking, other))
    return None if kind is None else asking.same(LinkTo(other.id, other.ref, kind))
