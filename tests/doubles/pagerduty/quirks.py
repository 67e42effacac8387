"""What an account may do differently, each a switch that is off by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Quirks:
    """Set in Python, or by hand with POST /_double/quirks."""

    abilities: set[str] = field(
        default_factory=lambda: {"teams", "urgencies", "priorities", "coordinated_responding", "status_updates"}
    )
    """What the account has paid for; anything else is answered 402."""
    reopen_refused: bool = False
    """A change of status on a resolved incident is 1001 instead of reopening it."""
    repeat_refused: bool = True
    """A status that is already reached is 1001 or 1002."""
    level_alone_unacks: bool = True
    """`escalation_level` puts an acknowledged incident back to triggered; else only a bare status does."""
    bare_trigger_refused: bool = False
    """`status: triggered` on an acknowledged incident is 1003."""
    snooze_needs_ack: bool = False
    """Snoozing a triggered incident is 1012."""
    nobody_refused: bool = False
    """A policy with nobody on call is 1015."""
    updates_in_log: bool = True
    """Status updates leave a log entry, of a type that no page names."""
    update_words_in_log: bool = True
    """... which also holds their words."""
    slim_log_incidents: bool = False
    """`include[]=incidents` of log entries gives references all the same."""
    stale_log_incidents: bool = False
    """... gives the incident as it was when the entry was written."""
    html_refused: bool = False
    """Status updates take no subject and HTML of their own."""
    oldest_first: bool = False
    """Log entries come oldest first."""
    log_delay: float = 0.0
    """Seconds until a log entry can be seen."""
    untold: set[str] = field(default_factory=set)
    """Kinds of changes that leave no log entry at all: title, priority, urgency ..."""
    flat_targets: bool = False
    """Responder requests take the flat form only, as the schema says; else the nested one, as the examples do."""
    users_by_name_only: bool = False
    """`query` of /users matches names, no addresses."""
    server_caps: int = 100
    """Rows that a page holds at most, whatever is asked for."""
    bots: bool = False
    """Notes carry the application as their user, not the person."""
    rate_limit: int = 0
    """Requests a minute; 0: nobody counts."""
    throttled: int = 0
    """Every request is 429 with so many seconds in ratelimit-reset."""
    bare_429: bool = False
    """Every request is 429 without headers or JSON."""
    read_only_account: bool = False
    """Every write is 403, whatever the key."""
    odd_errors: str = ""
    """How refusals look: as documented, "string" (`errors` is one), "list" (`error` is one), "empty" or "html"."""
    hidden_users: bool = False
    """Reading people is 403."""
    require_from: bool = True
    """A write that documents `From` and comes without is 400, also with a user's key."""

    def set(self, given: dict[str, Any]) -> None:
        """Turn switches by name."""
        for name, value in given.items():
            if not hasattr(self, name):
                raise KeyError(name)
            setattr(self, name, set(value) if isinstance(getattr(self, name), set) else value)
