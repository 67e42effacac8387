"""How each backend does: what the frame of the screen must never hide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vagt.adapters.protocol import Account


class Condition(StrEnum):
    """What can be said of a backend's data right now."""

    NEVER = "never reached"
    """Nothing was ever read from it: no number of it means anything."""
    LOADING = "loading"
    """The first listing is under way."""
    FRESH = "fresh"
    STALE = "stale"
    """It has not answered for longer than three polls."""
    SIGNED_OUT = "signed out"
    """It refuses our credentials; a person must act."""
    THROTTLED = "throttled"
    """It asked us to stay away for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of one backend's connection. Times are UTC."""

    backend: str
    condition: Condition
    last_good: datetime | None = None
    """When it last answered a listing in full."""
    problem: str = ""
    """What went wrong last, in the backend's words; empty while all is well."""
    next_try: datetime | None = None
    loaded: int = 0
    total: int | None = None
    """Of the first listing, where the backend tells: for progress."""
    account: Account | None = None
    """Who we are there; None until the first sign-in."""
