"""The config's own deadlines (`[slas]`), for incidents whose backend gives none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.config.response import SlaSettings
from vagt.domain.incident import ClockState, Incident, Key, SlaClock, State
from vagt.domain.sla import RESPONSE, promises
from vagt.domain.working_time import WorkingTime

RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Paused:
    """How long an incident has waited, as far as this console saw it."""

    seconds: float = 0.0
    """Of time that counts, in holds that are over."""
    since: datetime | None = None
    """When the present hold began."""


class OwnDeadlines:
    """Response and resolution clocks by priority, in the hours that count, stopped while it waits."""

    def __init__(
        self,
        settings: SlaSettings,
        hours: Callable[[], WorkingTime | None],
        paused: Callable[[Key], Paused] = lambda _: Paused(),
    ) -> None:
        """`hours`: None for a clock that always runs."""
        self._settings = settings
        self._hours = hours
        self._paused = paused

    def clocks(self, incident: Incident) -> tuple[SlaClock, ...]:
        """Its clocks; () where its backend gives some, or where no deadline can be told."""
        if promises(incident) or not incident.is_open or incident.created_at is None or incident.priority is None:
            return ()
        found = []
        response = self._target(self._settings.response, incident)
        if response is not None:
            found.append(self._response(incident, incident.created_at, response))
        resolution = self._target(self._settings.resolution, incident)
        if resolution is not None:
            found.append(self._resolution(incident, incident.created_at, resolution))
        return tuple(clock for clock in found if clock is not None)

    def warnings(self, incident: Incident, clock: SlaClock) -> tuple[datetime, ...]:
        """The moments (UTC) at which one of its clocks warns, each a part of the time that counts; the last: breach."""
        if clock.due_at is None or clock.started_at is None or clock.state is not ClockState.RUNNING:
            return ()
        parts = self._settings.warn
        target = self._target(
            self._settings.response if clock.name == RESPONSE else self._settings.resolution, incident
        )
        if target is None or promises(incident):
            whole = clock.due_at - clock.started_at
            return (*(clock.started_at + part * whole for part in parts), clock.due_at)
        waited = 0.0 if clock.name == RESPONSE else self._paused(incident.key).seconds
        moments = (self._after(clock.started_at, part * target + waited) for part in parts)
        return (*(moment for moment in moments if moment is not None), clock.due_at)

    def length_between(self, start: datetime, end: datetime) -> float:
        """Seconds of time that counts between two moments."""
        hours = self._hours()
        return (end - start).total_seconds() if hours is None else hours.seconds_between(start, end)

    def _target(self, targets: tuple[float, ...], incident: Incident) -> float | None:
        place = (incident.priority or 0) - 1
        return targets[place] if 0 <= place < len(targets) else None

    def _after(self, start: datetime, seconds: float) -> datetime | None:
        hours = self._hours()
        return start + timedelta(seconds=seconds) if hours is None else hours.due(start, seconds)

    def _response(self, incident: Incident, created: datetime, target: float) -> SlaClock | None:
        due = self._after(created, target)
        if due is None:
            return None
        state = ClockState.RUNNING
        if incident.is_acknowledged:
            late = incident.acknowledged_at is not None and incident.acknowledged_at > due
            state = ClockState.BREACHED if late else ClockState.MET
        return SlaClock(RESPONSE, due, state, created)

    def _resolution(self, incident: Incident, created: datetime, target: float) -> SlaClock | None:
        paused = self._paused(incident.key)
        due = self._after(created, target + paused.seconds)
        if due is None:
            return None
        state = ClockState.PAUSED if incident.state is State.WAITING else ClockState.RUNNING
        return SlaClock(RESOLUTION, due, state, created)
