"""The faults that the conformance kit asks for, as a proxy in front of any backend brings them about."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tests.servers.cutter import Cutter, Wanted, http_answer, reads_after_a_write, writes
from vagt.adapters.conformance import Fault

WAIT = 7
"""Seconds that a throttled backend wants us away."""
WEB_PAGE = http_answer("200 OK", "<html><title>Sign in</title></html>", content_type="text/html")
BUSY = http_answer("429 Too Many Requests", '{"message":"slow down"}', f"Retry-After: {WAIT}")
FORBIDDEN = http_answer("403 Forbidden", '{"message":"Permission Denied"}')


@asynccontextmanager
async def at_the_proxy(
    cutter: Cutter, fault: Fault, writing: Wanted = writes, *, busy: bytes = BUSY, forbidden: bytes = FORBIDDEN
) -> AsyncIterator[None]:
    """The fault while the context is open; `writing` tells which requests change something.

    What only the backend itself can bring about (SIGNED_OUT) is a ValueError.
    """
    reading = reads_after_a_write(writing)
    match fault:
        case Fault.LOST_ANSWER:
            with cutter.losing_answers(writing):
                yield
        case Fault.DOWN:
            await cutter.stop()
            try:
                yield
            finally:
                await cutter.start()
        case Fault.THROTTLED:
            with cutter.answering(busy):
                yield
        case Fault.FORBIDDEN:
            with cutter.answering(forbidden, writing):
                yield
        case Fault.NONSENSE:
            with cutter.answering(WEB_PAGE):
                yield
        case Fault.READS_LOST:
            with cutter.losing_answers(reading):
                yield
        case Fault.READS_REFUSED:
            with cutter.answering(forbidden, reading):
                yield
        case Fault.READS_THROTTLED:
            # it ends at once, so that what is asked afterwards is answered
            with cutter.answering(http_answer("429 Too Many Requests", "", "Retry-After: 0"), reading):
                yield
        case _:
            raise ValueError(f"no proxy can bring about “{fault.value}”")


@contextmanager
def switched(switches: object, **values: object) -> Iterator[None]:
    """The attributes of `switches` have these values while the context is open, and then their old ones again."""
    before = {name: getattr(switches, name) for name in values}
    for name, value in values.items():
        setattr(switches, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(switches, name, value)
