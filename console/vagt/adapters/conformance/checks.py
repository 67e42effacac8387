"""What a check is, and how those of one level are collected."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum

from vagt.adapters.conformance.rig import Rig


class Level(IntEnum):
    """How far an adapter can be relied on."""

    NONE = 0
    READS = 1
    """The queue it shows is the backend's."""
    ACTS = 2
    """What it says is done is done, and nothing else."""
    TRUSTED = 3
    """Also when answers are lost, the network fails and colleagues work on the same incident."""


class Unmet(AssertionError):
    """The adapter does not do what the console relies on."""


class NotApplicable(Exception):
    """The check says nothing about this adapter, which does not declare the ability."""


class NotShown(NotApplicable):
    """The check was not tried, as the rig cannot bring it about: the promise stands unproved."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the console relies on."""

    name: str
    level: Level
    promise: str
    """In words, for the report."""
    run: Callable[[Rig], Awaitable[None]]

    def __str__(self) -> str:
        return self.name


def require(condition: bool, words: str) -> None:
    """Raise Unmet with `words` unless `condition` holds."""
    if not condition:
        raise Unmet(words)


def collected(level: Level, *functions: Callable[[Rig], Awaitable[None]]) -> tuple[Check, ...]:
    """Checks of one level: the function's name is the check's, its docstring the promise."""
    return tuple(
        Check(function.__name__.replace("_", "-"), level, (function.__doc__ or "").strip(), function)
        for function in functions
    )
