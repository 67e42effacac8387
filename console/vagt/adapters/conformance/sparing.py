"""What is asked of the backend and how much: long queues, quiet polls, and limits that are obeyed."""

from __future__ import annotations

import asyncio
import time

from vagt.adapters.conformance.checks import Level, NotShown, collected, require
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.conformance.rig import Fault, Rig
from vagt.adapters.conformance.tools import connected, during, error_of
from vagt.adapters.protocol import ThrottledError

_ASKED_AGAIN = 5


async def a_crowd_is_listed_in_time(rig: Rig) -> None:
    """A queue of thousands is listed whole, in a bounded time, with no more requests than its pages need."""
    if not rig.crowd:
        raise NotShown("this rig seeds no crowd")
    ids = set(await rig.seed([f"one of many {n}" for n in range(rig.crowd)]))
    async with connected(rig) as session:
        mirror = Mirror(session, most_pages=rig.crowd)
        before = rig.requests()
        began = time.monotonic()
        await mirror.poll()
        took = time.monotonic() - began
        after = rig.requests()
    missing = len(ids - mirror.open_ids)
    require(not missing, f"{missing} of {len(ids)} incidents are missing after {mirror.pages} pages")
    require(took <= rig.crowd_seconds, f"listing {len(ids)} took {took:.1f} s, more than {rig.crowd_seconds:g} s")
    if before is not None and after is not None:
        most = rig.requests_a_page * (len(mirror.incidents) // (rig.page_size or len(mirror.incidents)) + 5)
        require(after - before <= most, f"{after - before} requests for {mirror.pages} pages, more than {most}")


async def a_quiet_poll_costs_little(rig: Rig) -> None:
    """While nothing changes, a poll costs a request or so, and says nothing new."""
    if rig.requests() is None:
        raise NotShown("this rig does not count requests")
    await rig.seed(["quiet"])
    async with connected(rig) as session:
        mirror = Mirror(session)
        await mirror.poll()
        await asyncio.sleep(rig.settle)
        await mirror.poll()
        for _ in range(3):
            before, known = rig.requests() or 0, dict(mirror.incidents)
            await mirror.poll()
            cost = (rig.requests() or 0) - before
            require(cost <= rig.quiet_requests, f"a poll without news cost {cost} requests, not {rig.quiet_requests}")
            require(mirror.incidents == known, "a poll tells of changes although nothing changed")


async def a_throttle_tells_its_wait(rig: Rig) -> None:
    """A backend that wants us away is ThrottledError with the wait in seconds; the adapter does not sleep on it."""
    async with connected(rig) as session:
        async with during(rig, Fault.THROTTLED):
            error = await error_of(asyncio.wait_for(session.changes(None), 10))
        require(isinstance(error, ThrottledError), f"it raised {error!r}")
        assert isinstance(error, ThrottledError)
        require(0 < error.wait <= 86400, f"the wait is {error.wait}")


async def a_throttled_backend_is_left_alone(rig: Rig) -> None:
    """Asked again while the wait lasts, the adapter says so again, at no more than one request a call."""
    async with connected(rig) as session, during(rig, Fault.THROTTLED):
        before = rig.requests()
        errors = [await error_of(asyncio.wait_for(session.changes(None), 10)) for _ in range(1 + _ASKED_AGAIN)]
        after = rig.requests()
    other = [error for error in errors if not isinstance(error, ThrottledError)]
    require(not other, f"asked again, it raised {other[:1]!r}")
    if before is None or after is None:
        raise NotShown("this rig does not count requests")
    require(after - before <= len(errors), f"{len(errors)} calls sent {after - before} requests to a busy backend")


CHECKS = (
    *collected(Level.READS, a_crowd_is_listed_in_time),
    *collected(Level.TRUSTED, a_throttle_tells_its_wait, a_throttled_backend_is_left_alone, a_quiet_poll_costs_little),
)
