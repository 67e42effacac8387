"""What a check found: one line for a person, with what to do where something is not well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How it stands."""

    OK = "ok"
    WARNING = "warning"
    """It works, and somebody should look at it before it does not."""
    PROBLEM = "problem"
    SKIPPED = "skipped"
    """Nothing to check here, or something else must be put right first; the message says which."""


class Trouble(StrEnum):
    """What a problem is about, where scripts tell it from others."""

    HERE = "here"
    """Something on this machine."""
    CONFIG = "config"
    AWAY = "away"
    """A backend that cannot be reached or signed in to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check."""

    name: str
    """What was checked, in a word or two."""
    status: Status
    message: str
    details: tuple[str, ...] = ()
    """Further lines that belong to it."""
    remedy: str = ""
    """What to do about it; empty where all is well."""
    backend: str = ""
    """Which backend it is about; empty: this machine."""
    trouble: Trouble = Trouble.HERE


def ok(name: str, message: str, *, backend: str = "") -> Finding:
    """All is well."""
    return Finding(name=name, status=Status.OK, message=message, backend=backend)


def skipped(name: str, message: str, *, backend: str = "") -> Finding:
    """Not checked, and why."""
    return Finding(name=name, status=Status.SKIPPED, message=message, backend=backend)


def warning(name: str, message: str, remedy: str, *, backend: str = "") -> Finding:
    """Works, but not for ever, or not as well as it could."""
    return Finding(name=name, status=Status.WARNING, message=message, remedy=remedy, backend=backend)


def problem(name: str, message: str, remedy: str, *, backend: str = "", trouble: Trouble = Trouble.HERE) -> Finding:
    """Does not work."""
    return Finding(name=name, status=Status.PROBLEM, message=message, remedy=remedy, backend=backend, trouble=trouble)


def counted(findings: Sequence[Finding], status: Status) -> int:
    """How many stand so."""
    return sum(finding.status is status for finding in findings)
