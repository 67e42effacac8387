"""The console's one desk for escalation: opened when the config has something to watch, or a key asks for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vagt.domain.commands import Acknowledge, Take
from vagt.domain.incident import Key, State
from vagt.escalation.desk import Escalation
from vagt.ui.messages import Tone
from vagt.ui.screens.due import is_urgent

if TYPE_CHECKING:
    from vagt.engine.engine import Request
    from vagt.escalation.carrying import Result
    from vagt.ui.app import VagtApp


class WatchKeeping:
    """Escalation for as long as the console is open."""

    def __init__(self, app: VagtApp) -> None:
        self.app = app
        self.escalation = Escalation(app.engine, act=app.engine.settings.console.watch)
        self.escalation.watch.on_result = self._tell
        self._opened: asyncio.Future[None] | None = None
        self._started = False

    async def opened(self) -> Escalation:
        """The desk, once what this data folder keeps has been read. Raises DataError."""
        if self._opened is None:
            self._opened = asyncio.ensure_future(self.escalation.open())
        await asyncio.shield(self._opened)
        return self.escalation

    async def start(self) -> None:
        """Watch from now on."""
        await self.opened()
        if not self._started:
            self._started = True
            self.escalation.start()

    async def stop(self) -> None:
        """The console ends."""
        if self._opened is not None:
            await self.escalation.stop()

    async def answer(self) -> None:
        """Put away the reminder that is shown, or hold the step that is announced. Raises OutboxError."""
        rung = self.escalation.reminding.rung()
        proposals = self.escalation.watch.proposals()
        if rung and not is_urgent(proposals):
            await self.escalation.reminding.dismiss(rung[0].key)
            self.app.say(f"Put away: the reminder for {self.app.name_of(rung[0].ref)}", Tone.GOOD)
            return
        if not proposals:
            self.app.say("No escalation is announced, and no reminder shown.")
            return
        found = proposals[0].rung
        until = await self.escalation.hold(found)
        step = found.standing.next
        words = f"step {step.number}, {step.to.words}, " if step is not None else ""
        name = self.app.name_of(found.incident.ref)
        self.app.say(
            f"{name}: {words}is held until {until.astimezone():%H:%M}, on every console", Tone.GOOD, seconds=12
        )

    def comes_back(self, key: Key) -> bool:
        """Whether it climbs because it was reopened, while its state says that somebody works on it."""
        rung = self.escalation.ladder.get(key)
        if rung is None or rung.incident.state is State.NEW:
            return False
        return rung.standing.back is not None and not rung.standing.lapsed

    def in_hand(self, request: Request, me: str) -> Request:
        """The same; where it would tell the backend nothing new, what tells every console that somebody has it."""
        rung = None if request.subject is None else self.escalation.ladder.get(request.subject)
        incident = None if request.subject is None else self.app.engine.board.theirs(request.subject)
        if rung is None or incident is None or not isinstance(request.change, Acknowledge | Take):
            return request
        if request.change == Take() and incident.assignee != me:
            return request
        if incident.assignee is None:
            return request
        return self.escalation.in_hand(incident, rung.standing) or request

    def _tell(self, result: Result) -> None:
        tone = Tone.GOOD if result.status == "done" else Tone.BAD
        self.app.say(f"{self.app.name_of(result.ref)}: {result.message}", tone, seconds=12)


def watch_of(app: VagtApp) -> WatchKeeping:
    """The console's own."""
    if app.keeping is None:
        app.keeping = WatchKeeping(app)
    return app.keeping
