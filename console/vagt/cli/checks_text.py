"""Findings as lines for people: what stands how, and under it what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from vagt.checkup.finding import Finding, Status, counted
from vagt.cli import plain

_STATUS_CELLS = 8
_NAME_CELLS = 11
_MARGIN = " " * (_STATUS_CELLS + _NAME_CELLS + 4)


def lines(findings: Sequence[Finding], width: int) -> list[str]:
    """All of them, each backend under its name, and what they come to."""
    shown: list[str] = []
    before: str | None = None
    for finding in findings:
        if finding.backend != before:
            shown += [*([""] if shown else []), finding.backend or "This machine"]
            before = finding.backend
        shown += told(finding, width)
    return [*shown, "", _summary(findings)]


def told(finding: Finding, width: int) -> list[str]:
    """One of them."""
    head = f"  {finding.status.value:<{_STATUS_CELLS}} {finding.name:<{_NAME_CELLS}} "
    shown = wrapped(finding.message, head, _MARGIN, width)
    for detail in finding.details:
        shown += wrapped(detail, _MARGIN, f"{_MARGIN}  ", width)
    if finding.remedy:
        shown += wrapped(finding.remedy, f"{_MARGIN}→ ", f"{_MARGIN}  ", width)
    return shown


def wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    """Words on lines of at most `width` cells; a path is never cut."""
    return textwrap.wrap(
        plain.line(text),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def _summary(findings: Sequence[Finding]) -> str:
    problems, warnings = counted(findings, Status.PROBLEM), counted(findings, Status.WARNING)
    words = [f"{problems} problem{'s' * (problems != 1)}"] if problems else []
    words += [f"{warnings} warning{'s' * (warnings != 1)}"] if warnings else []
    return f"{' and '.join(words)}: the lines with → say what to do." if words else "All is well."
