"""The queue as a whole, compared with pictures in plain text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.screens.queue.doubles import START, PuppetEngine, incident
from tests.screens.queue.stage import stage
from tests.screens.snapshot import assert_snapshot
from vagt.domain.incident import ClockState, SlaClock, State
from vagt.engine.health import Condition


def morning() -> PuppetEngine:
    """A shift with one of everything that a row can say."""
    late = SlaClock("response", START - timedelta(minutes=12), ClockState.BREACHED, START - timedelta(hours=1))
    paused = SlaClock("resolution", START + timedelta(hours=3), ClockState.PAUSED)
    rows = [
        incident(1, "Card payments fail in the web shop", priority=1, major=True, assignee="anna"),
        incident(2, "Core router in Aarhus does not answer", priority=1, sla=(late,)),
        incident(3, "メールが届かない：東京オフィス全員", priority=2, service="mail"),
        incident(4, "Printer prints [red]???[/red] instead of labels", priority=3, state=State.WAITING, sla=(paused,)),
        incident(5, "No priority, no age", priority=None, created_at=None, sla=()),
        incident(6, "Sign-in takes minutes for everybody who works from home on the new gateway", assignee="bo"),
    ]
    engine = PuppetEngine(rows)
    engine.board.apply([replace(rows[2], title=rows[2].title + " (again)", updated_at=START)])
    engine.board.apply([incident(7, "Arrived a moment ago", priority=4)])
    return engine


@pytest.mark.parametrize(("width", "height"), [(40, 10), (80, 24), (120, 24), (200, 50)])
async def test_the_queue(width: int, height: int) -> None:
    async with stage(morning(), size=(width, height)) as play:
        await play.press("6", "g", "space")
        await play.second()
        await play.pilot.pause(0.3)
        await assert_snapshot(play.app, f"queue-{width}x{height}")


async def test_stale_and_with_work_in_the_outbox() -> None:
    async with stage(morning(), size=(80, 24)) as play:
        await play.press("6", "g", "a")
        play.engine.set_health(
            condition=Condition.STALE,
            last_good=START - timedelta(minutes=14),
            problem="connection refused",
            next_try=START + timedelta(seconds=8),
        )
        await play.settle()
        await assert_snapshot(play.app, "queue-stale")


async def test_grouped_and_filtered() -> None:
    async with stage(morning(), size=(80, 24)) as play:
        await play.press("6", "slash")
        await play.write("p<=2 te")
        await play.press("backspace", "backspace", "backspace", "enter", "B")
        await assert_snapshot(play.app, "queue-grouped")
