"""Runs every check on an adapter and says which level it reaches and what is missing for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vagt.adapters.conformance.checks import CHECKS, Check, Level, NotApplicable
from vagt.adapters.conformance.rig import Rig


@dataclass(frozen=True, slots=True)
class Finding:
    """How one check ended; `problem` is empty where the promise is kept."""

    check: Check
    problem: str = ""
    skipped: str = ""
    """Why the check says nothing about this adapter."""


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

    def __str__(self) -> str:
        lines = [f"{self.adapter}: level “{self.level.name.lower()}”"]
        for finding in self.findings:
            mark = "✗" if finding.problem else ("–" if finding.skipped else "✓")
            lines.append(f"  {mark} {finding.check.level.name.lower():8} {finding.check.name}")
            if finding.problem or finding.skipped:
                lines.append(f"      {finding.problem or finding.skipped}")
        if self.level < Level.TRUSTED:
            following = Level(self.level + 1)
            missing = [f.check for f in self.findings if f.problem and f.check.level is following]
            lines.append(f"For “{following.name.lower()}” it still lacks:")
            lines.extend(f"  {check.promise}" for check in missing)
        return "\n".join(lines)


async def examine(
    adapter: str, rig: Callable[[], Awaitable[Rig]], *, checks: tuple[Check, ...] = CHECKS, limit: float = 120.0
) -> Report:
    """Run `checks`, each on a rig of its own and within `limit` seconds."""
    findings = []
    for check in checks:
        try:
            await asyncio.wait_for(check.run(await rig()), limit)
        except NotApplicable as why:
            findings.append(Finding(check, skipped=str(why)))
        except TimeoutError:
            findings.append(Finding(check, problem=f"no end within {limit:g} s"))
        except Exception as error:  # an adapter under test may raise anything
            findings.append(Finding(check, problem=f"{type(error).__name__}: {error}"))
        else:
            findings.append(Finding(check))
    return Report(adapter, tuple(findings))
