"""What becomes of an action when the incident is not as the operator saw it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from vagt.domain.commands import Acknowledge, Command, Resolve
from vagt.domain.incident import Incident, State
from vagt.domain.overlay import Difference, differences, holds

_DERIVED = frozenset({"native_state", "priority", "title"})
"""What backends change on their own when one of my actions is applied."""


class Ruling(Enum):
    """How to go on."""

    ALREADY = "already"
    """The incident is as the action wants it: nothing is left to do."""
    REBASE = "rebase"
    """Only words were added: do it on what is there now."""
    CLASH = "clash"
    """Something that the decision rested on is different: a person decides."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ruling and the words for it."""

    ruling: Ruling
    words: str = ""


@dataclass(frozen=True, slots=True)
class Mine:
    """By which names a backend calls the operator."""

    login: str
    name: str = ""

    def __contains__(self, who: object) -> bool:
        return isinstance(who, str) and who in {self.login, self.name} - {""}


def judge(command: Command, theirs: Incident, mine: Mine, now: datetime) -> Verdict:
    """Compare what the operator saw (`command.base`) and wants with what is there now (`theirs`)."""
    base = command.base
    by_other = theirs.updated_by is not None and theirs.updated_by not in mine
    match command.change:
        case Acknowledge() if _taken_by_another(base, theirs, mine):
            return Verdict(Ruling.CLASH, acknowledged_words(theirs, now))
        case Acknowledge() if base is not None and base.state.is_open and not theirs.state.is_open:
            return Verdict(Ruling.CLASH, _changed_words(theirs, differences(base, theirs), mine, now))
        case Resolve(text=text) if (
            holds(theirs, command, mine.login) and by_other and theirs.resolution not in (None, text)
        ):
            words = f"{_who(theirs, mine)} {theirs.state.value} it{_ago(theirs, now)}, with other words than yours"
            return Verdict(Ruling.CLASH, words)
        case _ if holds(theirs, command, mine.login):
            return Verdict(Ruling.ALREADY, already_words(theirs, mine, now) if by_other else "")
        case _:
            found = differences(base, theirs) if base is not None else ()
            if not found:
                return Verdict(Ruling.REBASE)
            return Verdict(Ruling.CLASH, _changed_words(theirs, found, mine, now))


def overtaken(command: Command, theirs: Incident) -> str:
    """What of an incident has changed since so that nobody need be brought in any more; empty where nothing has."""
    base = command.base
    if not theirs.is_open:
        return f"it is {theirs.state.value} by now"
    if base is None:
        return ""
    if theirs.assignee != base.assignee:
        return f"{theirs.assignee_name or theirs.assignee or 'nobody'} has it by now"
    if theirs.is_acknowledged and not base.is_acknowledged:
        return "it is acknowledged by now"
    return f"{theirs.team or 'no team'} has it by now" if theirs.team != base.team else ""


def carries(done: Command, result: Incident, expected: Incident | None, mine: Mine) -> bool:
    """Whether my later actions may go on from the `result` of `done`; `expected` is how it should look now.

    Not so where somebody else's change came in between, which the operator has not seen: then
    the later ones must meet it as a conflict. A guarded write was compared by the backend; one
    that adds was not, and may hide another's change behind my own name.
    """
    if expected is None:
        return True
    changed = {difference.field for difference in differences(expected, result)} - _DERIVED
    if not done.is_guarded:
        return not changed - {"state"}
    return not changed or result.updated_by is None or result.updated_by in mine


def acknowledged_words(theirs: Incident, now: datetime) -> str:
    """“Bo acknowledged it 4 s ago”."""
    who = theirs.assignee_name or theirs.assignee or "somebody"
    return f"{who} acknowledged it{_since(theirs.acknowledged_at or theirs.updated_at, now)}"


def already_words(theirs: Incident, mine: Mine, now: datetime) -> str:
    """Why there was nothing left to do."""
    return f"it was so already: {_who(theirs, mine)} changed it{_ago(theirs, now)}"


def _taken_by_another(base: Incident | None, theirs: Incident, mine: Mine) -> bool:
    if base is None or theirs.assignee is None or theirs.assignee in mine:
        return False
    # The operator's own acknowledgement may be laid over what was seen; mine or nobody is no other's.
    had_nobody = base.assignee is None or base.assignee in mine
    return had_nobody and theirs.state is not State.NEW


def _changed_words(theirs: Incident, found: tuple[Difference, ...], mine: Mine, now: datetime) -> str:
    changes = ", ".join(
        f"{difference.field.replace('_', ' ')} {difference.before} → {difference.now}" for difference in _told(found)
    )
    return f"{_who(theirs, mine)} changed {changes or 'it'}{_ago(theirs, now)}"


def _told(found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Without the native state where the state itself tells it."""
    if any(difference.field == "state" for difference in found):
        return tuple(difference for difference in found if difference.field != "native_state")
    return found


def _who(theirs: Incident, mine: Mine) -> str:
    if theirs.updated_by is None:
        return "somebody"
    return "you yourself" if theirs.updated_by in mine else theirs.updated_by


def _ago(theirs: Incident, now: datetime) -> str:
    return _since(theirs.updated_at, now)


def _since(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    seconds = max(0, round((now - at).total_seconds()))
    if seconds < 120:
        return f" {seconds} s ago"
    if seconds < 7200:
        return f" {seconds // 60} min ago"
    if seconds < 172800:
        return f" {seconds // 3600} h ago"
    return f" {seconds // 86400} d ago"
