"""What one session has learnt about its Alertmanager: its clock, its start, its silences."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vagt.adapters.alertmanager.client import Client, Status
from vagt.adapters.alertmanager.options import Options
from vagt.adapters.alertmanager.wire import Group, Silence
from vagt.adapters.protocol import Connection

_SILENCES_LAST = 60.0
"""Seconds after which silences are read again where some hold: an edit keeps the id, so that nothing else shows it."""


@dataclass(slots=True)
class Context:
    """Shared by the parts of one session."""

    connection: Connection
    client: Client
    options: Options
    web: str
    status: Status | None = None
    started: datetime | None = None
    """When Alertmanager, or the youngest of its peers that answered, was started."""
    skew: float | None = None
    """Seconds that Alertmanager's clock is ahead of ours."""
    silences: dict[str, Silence] = field(default_factory=dict)
    confirmed: dict[tuple[str, datetime | None], str] = field(default_factory=dict)
    """(id, updated_at) of silences that a command of ours made and saw → that command: of others they prove nothing."""
    _read_at: float | None = None

    @property
    def backend(self) -> str:
        return self.connection.settings.name

    @property
    def author(self) -> str:
        """Who stands in silences: the option, the user name, or the login name on this machine."""
        return self.options.author or self.connection.settings.username or self.connection.operator

    @property
    def now(self) -> datetime:
        """By Alertmanager's clock, as far as it is known."""
        return self.connection.clock.now() + timedelta(seconds=self.skew or 0.0)

    @property
    def receiver(self) -> str:
        """The receivers of the config as the one expression that Alertmanager takes; it anchors it itself."""
        return "|".join(re.escape(name) for name in self.options.receivers)

    async def ask_status(self) -> Status:
        """What the server tells of itself now; its clock is compared with ours."""
        clock = self.connection.clock
        before = clock.now()
        status = await self.client.status()
        if status.now is not None:
            middle = before + (clock.now() - before) / 2
            # The header tells whole seconds, cut off: half a second is the best guess of the rest.
            skew = (status.now - middle).total_seconds() + 0.5
            self.skew = 0.0 if abs(skew) < 1 else skew
        self.status = status
        # of several peers behind one address, the one that was started last is the one that may lack something
        known = [moment for moment in (self.started, status.started_at) if moment is not None]
        self.started = max(known, default=None)
        return status

    async def groups(self) -> tuple[Group, ...]:
        """Everything that belongs to this queue."""
        return await self.client.groups(self.options.filters, self.receiver)

    async def know_silences(self, ids: Iterable[str]) -> None:
        """Read the silences where one of these is unknown, or what is known is old. Nothing where there are none."""
        wanted = set(ids)
        clock = self.connection.clock
        if not wanted:
            return
        fresh = self._read_at is not None and clock.monotonic() - self._read_at < _SILENCES_LAST
        if not fresh or not wanted <= self.silences.keys():
            await self.read_silences()

    async def read_silences(self) -> dict[str, Silence]:
        """All silences, now."""
        self.silences = {silence.id: silence for silence in await self.client.silences()}
        self._read_at = self.connection.clock.monotonic()
        return self.silences
