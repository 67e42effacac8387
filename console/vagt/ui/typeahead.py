"""Keeps what is typed while a form is about to open, and gives it to the form: no key means anything else meanwhile."""

from __future__ import annotations

from asyncio import Event, Task, create_task, timeout
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from textual.app import App

    _Base = App[int]
else:
    _Base = MessagePump

LOOK_EVERY = 0.01
"""Seconds between looks whether the form has the keyboard."""
MOVING = 0.2
"""Seconds after which a key that is no letter counts as done, whatever holds it up."""
LONGEST = 1.0
"""Seconds after which the keys go wherever the keyboard is."""


class TypeAhead(_Base):
    """To be named before App among the bases.

    Opening a form takes some hundredths of a second, more on a busy machine. Without this, the letters of a
    note that follow its key at once are taken for keys of the screen below: `R` in "Restarted" resolves.
    """

    _held: list[events.Key] | None = None
    _giving = False
    _giver: Task[None] | None = None
    _given: tuple[events.Key, ...] = ()
    """Those given just now: where one comes up again, nobody wanted it, and the app may."""

    @property
    def holds_keys(self) -> bool:
        """Keys are kept just now, or being given."""
        return self._held is not None

    def hold_keys(self) -> None:
        """From now on keys are kept, until a new screen has the keyboard or `release_keys`."""
        if self._held is None or self._giving:
            self._held = self._held or []
            self._giving = False
            self._look(self.screen, monotonic())

    def take_keys(self, early: Sequence[events.Key]) -> None:
        """Keep these, which went down earlier, and all that follow, until `release_keys`."""
        self._held = [*early, *(self._held or ())]
        self._giving = False

    def release_keys(self) -> None:
        """Give what was kept to whatever has the keyboard now, in the order in which it was typed."""
        if self._held is not None and not self._giving:
            self._giving = True
            # Keys that wait for the app already are kept too until then, or they would be first.
            self.call_later(self._begin_giving)

    def _begin_giving(self) -> None:
        self._given = ()
        # not in the app's own message: a key may need the app to move the keyboard before the next one
        self._giver = create_task(self._give())

    async def _give(self) -> None:
        try:
            while self._giving and self._held:
                self._held.sort(key=lambda event: event.time)
                event = self._held.pop(0)
                again = events.Key(event.key, event.character)
                self._given = (*self._given, again)
                again.time = event.time  # a screen may need to know what stood there when the key went down
                await super().on_event(again)
                if self._held and not again.is_printable:
                    # it may move the keyboard to another widget: the next key is for that one
                    await self._come_up()
        finally:
            # whatever went wrong, no key is kept for ever
            self._given = ()
            if self._giving:
                self._held, self._giving = None, False

    async def _come_up(self) -> None:
        """Let a key rise from the widget that has the keyboard to the app, and be done."""
        node: MessagePump | None = self.focused or self.screen
        while node is not None:
            passed = Event()
            node.call_later(passed.set)
            with suppress(TimeoutError):
                async with timeout(MOVING):
                    await passed.wait()
            node = node._parent

    def _look(self, below: object, since: float) -> None:
        if self._held is None or self._giving:
            return
        opened = self.screen is not below and self.screen.focused is not None
        if opened or monotonic() - since > LONGEST:
            self.release_keys()
        else:
            self.set_timer(LOOK_EVERY, lambda: self._look(below, since))

    async def on_event(self, event: events.Event) -> None:
        if self._held is not None and isinstance(event, events.Key) and not event.is_forwarded:
            self._held.append(event)
            return
        await super().on_event(event)

    async def _on_key(self, event: events.Key) -> None:
        # one that was already on its way up from the widget below when the form's key arrived
        if self._held is not None and not any(event is given for given in self._given):
            self._held.append(event)
            event.prevent_default()
            event.stop()
