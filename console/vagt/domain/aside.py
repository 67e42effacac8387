"""Blocking work in a thread of its own, so that one that hangs holds up neither the loop nor our end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T], *, name: str = "aside") -> T:
    """Do blocking `work`; where it hangs for ever, it does not keep the program from ending.

    Raises what `work` raises. Cancelled, it no longer waits, but the work goes on to its end.
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

    threading.Thread(target=run, name=name, daemon=True).start()
    return await answer
