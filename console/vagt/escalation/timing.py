"""How long consoles wait for each other. All must agree: a version with other times would double steps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds."""

    lease: float = 120.0
    """A claim holds so long; a console that has not said “done” by then is taken for dead."""
    margin: float = 15.0
    """Before the end of its claim, by then everything must have been told, and “done” be written."""
    settle: float = 2.0
    """After that, every claim that the backend dates to the same second as ours can be read."""
    write: float = 30.0
    """Writing a claim may take so long; a backend that is slower is tried another time."""
    longest: float = 1800.0
    """Between two tries of a step that cannot be carried out, at the most."""
    stagger: float = 3.0
    """Over which consoles spread their claims, so that one claims and the others see it."""


USUAL = Timing()
