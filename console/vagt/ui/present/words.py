"""Words for what was done, how long ago, and how many."""

from __future__ import annotations

from datetime import datetime

from vagt.domain.commands import Change, Create

DONE = {
    "acknowledge": "Acknowledged",
    "take": "Took",
    "assign": "Assigned",
    "priority": "Set the priority of",
    "state": "Moved",
    "snooze": "Snoozed",
    "resolve": "Resolved",
    "reopen": "Reopened",
    "close": "Closed",
    "link": "Linked",
    "major": "Changed major on",
    "register": "Registered",
    "note": "Noted on",
    "comment": "Commented on",
}
DOING = {
    "acknowledge": "Acknowledging",
    "take": "Taking",
    "assign": "Assigning",
    "priority": "Setting the priority of",
    "state": "Moving",
    "snooze": "Snoozing",
    "resolve": "Resolving",
    "reopen": "Reopening",
    "close": "Closing",
    "link": "Linking",
    "major": "Changing major on",
    "register": "Registering",
    "note": "Noting on",
    "comment": "Commenting on",
}


def counted(number: int, noun: str) -> str:
    """`1 incident`, `1,200 incidents`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def ref_words(ref: str, change: Change) -> str:
    """What a line says an action was done to."""
    return f"“{change.title}” at {ref}" if isinstance(change, Create) else ref


def span(seconds: float) -> str:
    """A length of time in at most four characters: `45s`, `12m`, `3h`, `26h`, `4d`, `20w`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m"
    if whole < 48 * 3600:
        return f"{whole // 3600}h"
    if whole < 100 * 86400:
        return f"{whole // 86400}d"
    return f"{min(whole // (7 * 86400), 999)}w"


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, as `span`; a dash where it is not known."""
    return "–" if then is None else span((now - then).total_seconds())


def long_span(seconds: float) -> str:
    """A length of time as a sentence has it: `8 s`, `14 min`, `3 h 20 min`, `2 d`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        minutes = whole % 3600 // 60
        return f"{whole // 3600} h {minutes} min" if minutes else f"{whole // 3600} h"
    return f"{whole // 86400} d"
