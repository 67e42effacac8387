"""Runs every check on an adapter and says which level it reaches and what is missing for the next."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vagt.adapters.conformance.catalogue import CHECKS
from vagt.adapters.conformance.checks import Check, Level, NotApplicable, NotShown, Unmet
from vagt.adapters.conformance.rig import Rig

MakeRig = Callable[[], Rig | Awaitable[Rig]]
"""Gives a rig, or something to wait for that does: a class, a function, an async function."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one check ended; `problem` is empty where the promise is kept."""

    check: Check
    problem: str = ""
    skipped: str = ""
    """Why the check says nothing about this adapter."""
    unproved: bool = False
    """Skipped because the rig cannot bring it about: the promise may be broken all the same."""

    @property
    def mark(self) -> str:
        if self.problem:
            return "✗"
        return "?" if self.unproved else "–" if self.skipped else "✓"


@dataclass(frozen=True, slots=True)
class Report:
    """How all of them ended."""

    adapter: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The highest level of which every check, and every check of those below, holds."""
        reached = Level.NONE
        for level in (Level.READS, Level.ACTS, Level.TRUSTED):
            if any(finding.problem for finding in self.findings if finding.check.level is level):
                break
            reached = level
        return reached

    @property
    def unproved(self) -> tuple[Finding, ...]:
        """What this rig could not show."""
        return tuple(finding for finding in self.findings if finding.unproved)

    def __str__(self) -> str:
        lines = []
        for finding in self.findings:
            lines.append(f"  {finding.mark} {finding.check.level.name.lower():8} {finding.check.name}")
            if finding.problem or finding.skipped:
                lines.append(f"      {finding.problem or finding.skipped}")
        lines.append(f"{self.adapter}: level “{self.level.name.lower()}”{self._as_far_as()}")
        if self.level < Level.TRUSTED:
            following = Level(self.level + 1)
            missing = [f.check for f in self.findings if f.problem and f.check.level is following]
            lines.append(f"For “{following.name.lower()}” it still lacks:")
            lines.extend(f"  {check.name}: {check.promise.splitlines()[0]}" for check in missing)
        return "\n".join(lines)

    def _as_far_as(self) -> str:
        count = len(self.unproved)
        return f", as far as this rig can show ({count} marked ? not tried)" if count else ""


async def examine(adapter: str, rig: MakeRig, *, checks: tuple[Check, ...] = CHECKS, limit: float = 120.0) -> Report:
    """Run `checks`, each on a rig of its own, which is closed afterwards, and within `limit` seconds."""
    return Report(adapter, tuple([await _tried(check, rig, limit) for check in checks]))


async def made(rig: MakeRig) -> Rig:
    """A new rig."""
    given = rig()
    return await given if inspect.isawaitable(given) else given


async def _tried(check: Check, rig: MakeRig, limit: float) -> Finding:
    one = await made(rig)
    try:
        await asyncio.wait_for(check.run(one), limit)
    except NotApplicable as why:
        return Finding(check, skipped=str(why), unproved=isinstance(why, NotShown))
    except TimeoutError as error:
        return Finding(check, problem=str(error) or f"no end within {limit:g} s")
    except Exception as error:  # an adapter under test may raise anything
        return Finding(check, problem=_told(error))
    finally:
        await one.close()
    return Finding(check)


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, Unmet) else f"{type(error).__name__}: {error}"
