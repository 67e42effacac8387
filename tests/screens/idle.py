"""When a console under test has done all that it was given, and all of it stands on the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

AT_MOST = 20.0
"""Seconds that is waited; beyond that something is held up on purpose, and the test goes on."""


class Threads:
    """Counts what the running event loop has given to threads: the disk, mostly."""

    def __init__(self) -> None:
        self.busy = 0
        loop: Any = asyncio.get_running_loop()
        self._give = loop.run_in_executor
        loop.run_in_executor = self._count

    def _count(self, *job: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._give(*job)
        self.busy += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: asyncio.Future[Any]) -> None:
        self.busy -= 1


async def idle(app: App[Any], threads: Threads | None = None, *, drawn: bool = True) -> None:
    """Until nobody has an unread message or a job in a thread, for some turns of the event loop.

    `drawn`: and until all that has changed stands on the screen.
    """
    quiet = turns = 0
    end = time.monotonic() + AT_MOST
    while quiet <= 10 and not app._exit and time.monotonic() < end:
        turns += 1
        # what a thread or a frame takes is not waited for by spinning
        await asyncio.sleep(0.001 if turns % 50 == 0 else 0)
        busy = (threads is not None and threads.busy) or not _all_read(app) or (drawn and _to_draw(app))
        quiet = 0 if busy else quiet + 1


def _all_read(app: App[Any]) -> bool:
    pumps = [app, *app.screen_stack, *(app.screen.walk_children() if app.screen_stack else ())]
    return all(pump._message_queue.empty() and not pump._next_callbacks for pump in pumps)


def _to_draw(app: App[Any]) -> bool:
    if not app.screen_stack:
        return False
    screen = app.screen
    return bool(
        screen._dirty_widgets
        or screen._callbacks
        or screen._layout_required
        or screen._repaint_required
        or screen._scroll_required
        or screen._recompose_required
    )


@contextmanager
def patient_pilots() -> Iterator[None]:
    """Textual's own pilot takes a process for idle that merely gets no turn on a busy machine: let it wait as well."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("press", "pause"):
            patch.setattr(Pilot, name, _patient(getattr(Pilot, name)))
        yield


def _patient(do: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def patiently(pilot: Pilot[Any], *given: Any) -> None:
        await do(pilot, *given)
        await idle(pilot.app)

    return patiently
