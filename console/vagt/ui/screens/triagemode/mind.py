"""What is thought of the one incident on the screen: likely duplicates, suggestions, the operator's corrections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vagt.domain.actions import BY_NAME
from vagt.domain.capability import Capability
from vagt.domain.incident import Incident, Key
from vagt.learning.duplicates import Likely, likely_duplicates_slowly
from vagt.learning.judged import Judged
from vagt.learning.suggest import Suggestion
from vagt.ui.screens.triage.abilities import able
from vagt.ui.screens.triagemode.offer import Can, Chosen, Offer, offer

if TYPE_CHECKING:
    from vagt.engine.board import Board
    from vagt.engine.engine import Engine
    from vagt.learning.learner import Learner

DUPLICATES = 3
"""Likely duplicates that are shown."""


class Mind:
    """Begun anew for each incident that comes on the screen; found once and then left alone."""

    def __init__(self) -> None:
        self._duplicates: tuple[Likely, ...] = ()
        self._suggestions: tuple[Suggestion, ...] | None = None
        self._corrections: dict[Judged, Chosen] = {}
        self._last: Incident | None = None

    def incident(self, board: Board, key: Key) -> Incident | None:
        """As the board shows it; as last seen where it is gone."""
        self._last = board.get(key) or self._last
        return self._last

    def duplicates(self, board: Board) -> tuple[Likely, ...]:
        """Those found that are still open, as they are now; the order never changes."""
        now = ((likely, board.get(likely.incident.key)) for likely in self._duplicates)
        return tuple(replace(likely, incident=one) for likely, one in now if one is not None and one.is_open)

    async def look_for_duplicates(self, engine: Engine, incident: Incident) -> None:
        """Among the backend's open incidents: only those can be linked."""
        others = (one for one in list(engine.board.incidents.values()) if one.backend == incident.backend)
        self._duplicates = await likely_duplicates_slowly(incident, others, engine.clock.monotonic, most=DUPLICATES)

    async def learn(self, learner: Learner, incident: Incident) -> None:
        """Ask how those like it were judged; waits until the past was read."""
        self._suggestions = await learner.suggest(incident)

    def correct(self, field: Judged, chosen: Chosen) -> None:
        self._corrections[field] = chosen

    def offer(self, engine: Engine, incident: Incident) -> Offer:
        """What can be accepted on the incident as it is now."""
        can = can_set(engine, incident.key)
        return offer(incident, self._suggestions or (), self._corrections, can, engine.settings.matrix)

    def why_silent(self, learner: Learner) -> str:
        """Why nothing at all is suggested; empty where that is because of this incident."""
        if self._suggestions is None:
            return "Still reading past incidents …"
        if all(threshold is None for threshold in learner.thresholds.values()):
            known = f"{len(learner):,} past incidents are known" if len(learner) else "No past incident is known yet"
            return f"Nothing: {known}, not enough to be right often enough."
        return ""


def can_set(engine: Engine, key: Key) -> Can:
    """What the account may set on this incident."""
    judging = not engine.unable(BY_NAME["priority"], key)
    levels = judging and able(engine, key.backend, Capability.SET_IMPACT_URGENCY)
    return Can(
        levels=levels,
        priority=judging and not levels and able(engine, key.backend, Capability.SET_PRIORITY),
        team=not engine.unable(BY_NAME["assign"], key) and able(engine, key.backend, Capability.ASSIGN_TEAM),
    )
