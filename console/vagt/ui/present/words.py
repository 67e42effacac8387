"""Words for what was done, how long ago, and how many."""

from __future__ import annotations

from collections.abc import Sequence

from vagt.domain.commands import Assign, Attach, Change, Create, MoveTo, SetMajor, SetPriority
from vagt.domain.incident import Incident
from vagt_widgets.safe_text import safe_text

DONE = {
    "acknowledge": "Acknowledged",
    "take": "Took",
    "assign": "Assigned",
    "escalate": "Escalated",
    "priority": "Set the priority of",
    "state": "Moved",
    "snooze": "Snoozed",
    "resolve": "Resolved",
    "reopen": "Reopened",
    "close": "Closed",
    "link": "Linked",
    "major": "Major incident",
    "register": "Registered",
    "note": "Noted on",
    "comment": "Commented on",
    "attach": "Attached to",
    "triage_accept": "Accepted for",
}
DOING = {
    "acknowledge": "Acknowledging",
    "take": "Taking",
    "assign": "Assigning",
    "escalate": "Escalating",
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
    "attach": "Attaching to",
    "triage_accept": "Sending what was accepted for",
}


def counted(number: int, noun: str) -> str:
    """`1 incident`, `1,200 incidents`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def ref_words(ref: str, change: Change) -> str:
    """What a line says an action was done to."""
    if isinstance(change, Attach):
        return f"{ref}: {change.name}"
    if isinstance(change, Create):
        return f"“{change.title}” at {ref}"
    return f"{ref}{aim_words(change)}"


def aim_words(change: Change) -> str:
    """Where a change leads, as that may not be what the operator meant: ` to NOC / Bo Friis`, ` to P2`, `: On Hold`."""
    match change:
        case Assign(team=team, team_name=team_name, to=to, to_name=to_name):
            person = "nobody" if to == "" else to_name or to
            names = [name for name in (team_name or team, person) if name]
            return f" to {' / '.join(names)}" if names else ""
        case SetPriority(priority=int(priority)):
            return f" to P{priority}"
        case SetPriority(impact=impact, urgency=urgency):
            levels = [f"{name} {level}" for name, level in (("impact", impact), ("urgency", urgency)) if level]
            return f" to {', '.join(levels)}"
        case MoveTo(label=label):
            return f": {label}"
        case SetMajor(on=on):
            return ": declared" if on else ": taken back"
        case _:
            return ""


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


def outbox_words(waiting: int, needing: int) -> str:
    """What the frame says of the outbox; empty while it is."""
    parts = []
    if waiting:
        parts.append(f"{waiting:,} wait" if waiting > 1 else "1 waits")
    if needing:
        parts.append(f"{needing:,} need you" if needing > 1 else "1 needs you")
    return f"outbox: {' / '.join(parts)}" if parts else ""


def rang_words(incidents: Sequence[Incident]) -> str:
    """What a bell is for, safe to write to a terminal: the most urgent, and how many more."""
    first = min(incidents, key=lambda incident: (incident.priority or 9, not incident.major, incident.ref))
    level = f"P{first.priority} " if first.priority else ""
    more = f" and {len(incidents) - 1} more" if len(incidents) > 1 else ""
    return safe_text(f"{level}{first.ref} {first.title}", limit=120) + more
