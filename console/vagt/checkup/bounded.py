"""Blocking work and slow checks kept within a time, so that one that hangs holds up nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from vagt.checkup.finding import Finding, problem

T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    """Do blocking `work` in a thread of its own; where it hangs for ever, it does not keep the program from ending.

    Raises what `work` raises.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value: T | None = None
        failure: BaseException | None = None
        try:
            value = work()
        except Exception as error:  # handed on to whoever waits
            failure = error
        try:
            loop.call_soon_threadsafe(settle, value, failure)
        except RuntimeError:
            return  # nobody waits any more

    threading.Thread(target=run, name="checkup", daemon=True).start()
    return await answer


async def within(seconds: float, name: str, check: Awaitable[Sequence[Finding]]) -> tuple[Finding, ...]:
    """What `check` finds; a finding that says so where it takes longer than `seconds` or fails itself."""
    try:
        async with asyncio.timeout(seconds):
            return tuple(await check)
    except TimeoutError:
        remedy = "try again; where it stays so, something on this machine hangs (a network disk, a name server)"
        return (problem(name, f"could not be checked within {seconds:g} s", remedy),)
    except Exception as error:  # one check that fails must not hide what the others found
        words = f"could not be checked: {type(error).__name__}: {error}"
        return (problem(name, words, "please report this, with `vagt doctor --bundle FILE`"),)
