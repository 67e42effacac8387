"""Clocks that the config gives and no backend does: laid over an incident on the board, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import islice

from vagt.domain.incident import ClockKind, Incident, Key, SlaClock
from vagt.engine.board import Board
from vagt.engine.events import IncidentsChanged

Giver = Callable[[Incident], tuple[SlaClock, ...]]
"""Clocks of one incident as it is shown: pure and cheap, for it is asked whenever the incident changes."""
_SLICE = 200


class Clocks:
    """Everybody who gives clocks. Without any, nothing costs anything."""

    def __init__(self, board: Board, publish: Callable[[IncidentsChanged], None]) -> None:
        self._board = board
        self._publish = publish
        self._givers: list[Giver] = []

    def add(self, giver: Giver) -> None:
        """From now on `giver` is asked too; what is on the board already is asked for by `changed`."""
        self._givers.append(giver)
        self._board.lay(self._laid)

    def changed(self, keys: Collection[Key]) -> None:
        """What the givers say of these may be another now."""
        if self._givers and keys:
            self._publish(self._board.again(keys))

    async def all_changed(self) -> None:
        """The same for every incident, in slices, so that keys are answered meanwhile."""
        keys = iter(tuple(self._board.incidents))
        while piece := tuple(islice(keys, _SLICE)):
            self.changed(piece)
            await asyncio.sleep(0)

    def _laid(self, incident: Incident) -> Incident:
        if not incident.is_open:
            return incident
        more = [clock for giver in self._givers for clock in giver(incident)]
        return replace(incident, sla=(*incident.sla, *more)) if more else incident


def bare(incident: Incident | None) -> Incident | None:
    """The incident with its deadlines only: what is kept of it, as somebody saw it."""
    if incident is None or all(clock.kind is ClockKind.SLA for clock in incident.sla):
        return incident
    return replace(incident, sla=tuple(clock for clock in incident.sla if clock.kind is ClockKind.SLA))
