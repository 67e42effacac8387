"""Slow checks kept within a time, so that one that hangs holds up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

from vagt.checkup.finding import Finding, problem


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
