"""What a backend, or one account on it, can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    """One ability; an action needs at most one of them."""

    ACKNOWLEDGE = "acknowledge"
    TAKE = "take"
    ASSIGN_PERSON = "assign-person"
    ASSIGN_TEAM = "assign-team"
    SET_PRIORITY = "set-priority"
    """The priority can be written directly."""
    SET_IMPACT_URGENCY = "set-impact-urgency"
    """Impact and urgency can be written; the backend derives the priority."""
    HOLD = "hold"
    SNOOZE = "snooze"
    """The backend itself knows how to be quiet for a while; else the console does it on its own."""
    NOTE = "note"
    COMMENT = "comment"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    TRANSITION = "transition"
    """Has named transitions of its own that can be asked for per incident."""
    CREATE = "create"
    LINK = "link"
    MERGE = "merge"
    """Linking as a duplicate makes one incident of two, for good."""
    MAJOR = "major"
    ESCALATE = "escalate"
    ONCALL = "oncall"
    TIMELINE = "timeline"
    SLA = "sla"
    """Has SLA clocks of its own."""
    ATTACH = "attach"
    """Files hang on an incident: they can be listed, read and added."""
    JOURNAL = "journal"
    """Mails those affected through a journal of its own, as an audience's channel `journal`."""
    STATUS = "status"
    """Has status updates with readers of their own, as an audience's channel `status`."""

    @property
    def words(self) -> str:
        """It as the end of a sentence that begins with “can”."""
        return _WORDS.get(self, self.value)


_WORDS = {
    Capability.ASSIGN_PERSON: "assign to a person",
    Capability.ASSIGN_TEAM: "give to a team",
    Capability.SET_PRIORITY: "set the priority",
    Capability.SET_IMPACT_URGENCY: "set impact and urgency",
    Capability.HOLD: "put on hold",
    Capability.NOTE: "write notes",
    Capability.COMMENT: "write to the caller",
    Capability.TRANSITION: "change to the system's own states",
    Capability.CREATE: "register new ones",
    Capability.MAJOR: "declare major incidents",
    Capability.ONCALL: "tell who is on call",
    Capability.TIMELINE: "tell the history",
    Capability.SLA: "tell deadlines",
    Capability.ATTACH: "list and attach files",
    Capability.JOURNAL: "mail those affected itself",
    Capability.STATUS: "publish status updates",
}
"""Where the capability's own name does not complete “can …”."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The abilities of one account, and in words why the missing ones are missing."""

    able: frozenset[Capability]
    unable: tuple[tuple[Capability, str], ...] = ()

    def __contains__(self, capability: Capability) -> bool:
        return capability in self.able

    def reason(self, capability: Capability) -> str:
        """Why this account lacks `capability`; empty where it does not."""
        if capability in self.able:
            return ""
        for missing, words in self.unable:
            if missing is capability:
                return words
        return f"this backend cannot {capability.words}"
