"""The operator's own reminders: set with a note, rung once, and told through the operator's own channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from vagt.domain.commands import Notify
from vagt.domain.incident import Incident, Key
from vagt.engine.engine import Engine, Request
from vagt.escalation.carrying import Result
from vagt.escalation.me import person
from vagt.escalation.memory import Memory, Reminder
from vagt.escalation.people import People

_SPACE = UUID("8d3a1d3e-2c63-5a3f-9a52-5d5d8f7d4a10")


class Reminding:
    """Keeps and rings them."""

    def __init__(self, engine: Engine, memory: Memory, people: People) -> None:
        self._engine = engine
        self._memory = memory
        self._people = people
        self._heard: set[Key] = set()

    async def set(self, incident: Incident, at: datetime, note: str) -> Reminder:
        """Remind of an incident at a moment (UTC); an earlier reminder of it is replaced."""
        self._heard.discard(incident.key)
        made = Reminder(incident.key, incident.ref, at, note)
        await self._memory.remind(made)
        self._engine.clocks.changed([incident.key])
        return made

    async def dismiss(self, key: Key) -> None:
        """The operator has seen it."""
        await self._memory.dismiss(key)
        self._engine.clocks.changed([key])

    def all(self) -> tuple[Reminder, ...]:
        """Those that are set and those that have rung, the earliest first."""
        return self._memory.reminders()

    def rung(self) -> tuple[Reminder, ...]:
        """Those that have rung, and that nobody has dismissed."""
        return tuple(reminder for reminder in self._memory.reminders() if reminder.rung)

    async def ring(self) -> list[Result]:
        """Ring those whose time has come; where the operator has channels, they are told there too.

        Of several processes on one data folder the first one tells, and each rings its own bell.
        """
        await self._memory.look()
        now = self._engine.clock.now()
        fresh = {reminder.key for reminder in self.rung()} - self._heard
        self._heard |= fresh
        self._engine.ring(fresh)
        results = []
        for reminder in self._memory.reminders():
            if reminder.rung or reminder.at > now:
                continue
            incident = self._engine.board.get(reminder.key)
            over = incident is not None and not incident.is_open
            if over:
                await self._memory.dismiss(reminder.key)
                continue
            words = await self._tell(reminder)
            await self._memory.remind(replace(reminder, rung=True))
            self._heard.add(reminder.key)
            self._engine.tell_log("reminder", reminder.ref, "rung", reminder.note)
            self._engine.ring([reminder.key])
            results.append(Result(reminder.ref, "done", f"reminder: {reminder.note}{words}"))
        return results

    async def _tell(self, reminder: Reminder) -> str:
        me = person(self._engine, self._people)
        channels = () if me is None else me.channels
        if not channels:
            return ""
        id = uuid5(_SPACE, f"{reminder.key}|{reminder.at.isoformat()}|{reminder.note}").hex
        words = Notify(
            channel=channels[0],
            title=f"Reminder: {reminder.ref}",
            text=f"You wanted to be reminded of {reminder.ref}: {reminder.note}",
            purpose="reminder",
            to=self._engine.operator,
            insist=True,
            then=channels[1:],
            within=20.0 if channels[1:] else None,
        )
        await self._engine.submit([Request.notify(words, reminder.key, id)], undo=False)
        return f" (also by {channels[0]})"
