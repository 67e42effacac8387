"""In which order incidents stand: `priority,-age`, and by what they are grouped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from vagt.domain.columns import Reader, reading
from vagt.domain.incident import Incident, State
from vagt.domain.query_error import QueryError, nearest
from vagt.domain.query_text import fold, natural
from vagt.domain.sla import next_clock

SortKey = tuple[Any, ...]
"""Compares as the order wants; its last item is the incident's `Key`, so that no two are equal."""

_FAR = float("inf")
_LAST = "\U0010ffff"


class SortField(StrEnum):
    """What can be sorted by. None comes last in either direction."""

    PRIORITY = "priority"
    """1 first; of one priority, the major ones first."""
    AGE = "age"
    """Youngest first; `-age`: oldest first."""
    CREATED = "created"
    """Earliest first."""
    UPDATED = "updated"
    """Longest untouched first."""
    SLA = "sla"
    """Due first, first."""
    NUMBER = "number"
    """Digits by their value: INC9 before INC10."""
    TITLE = "title"
    SERVICE = "service"
    TEAM = "team"
    ASSIGNEE = "assignee"
    STATE = "state"
    """New, active, waiting, resolved, closed."""
    BACKEND = "backend"
    IMPACT = "impact"
    URGENCY = "urgency"


_FEW = frozenset(
    {
        SortField.PRIORITY,
        SortField.SERVICE,
        SortField.TEAM,
        SortField.ASSIGNEE,
        SortField.STATE,
        SortField.BACKEND,
        SortField.IMPACT,
        SortField.URGENCY,
    }
)


class Grouping(StrEnum):
    """By what a view is divided."""

    SERVICE = "service"
    TEAM = "team"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"
    BACKEND = "backend"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Sort:
    """A total order: fields with their directions, then the number (2 before 10), and the identity last."""

    by: tuple[tuple[SortField, bool], ...]
    """(field, descending)"""

    def __str__(self) -> str:
        return ",".join(f"{'-' if descending else ''}{field}" for field, descending in self.by)

    def parts(self) -> list[tuple[Callable[[Incident], Any], bool]]:
        """What is compared, the most important first: (a function that gives it, it has few different values).

        Where all of these are equal, `number_length`, the number and the identity decide.
        """
        return [(_part(field, descending), field in _FEW) for field, descending in self.by]

    def key(self) -> Callable[[Incident], SortKey]:
        """A function that gives each incident its sort key. It does not depend on the time of day."""
        parts = [_part(field, descending) for field, descending in self.by]
        # The shorter number first is its value's order where numbers are of one form, and costs next to nothing.
        if len(parts) == 1:
            one = parts[0]
            return lambda incident: (one(incident), len(incident.number) or _FAR, incident.number, incident.key)
        if len(parts) == 2:
            first, second = parts
            return lambda incident: (
                first(incident),
                second(incident),
                len(incident.number) or _FAR,
                incident.number,
                incident.key,
            )
        return lambda incident: (
            *[part(incident) for part in parts],
            len(incident.number) or _FAR,
            incident.number,
            incident.key,
        )


def number_length(incident: Incident) -> float:
    """What is compared before the number, where all else is equal; the number, backend and id follow."""
    return len(incident.number) or _FAR


def parse_sort(text: str) -> Sort:
    """The order that `priority,-age` means; empty text is the default order. Raises QueryError."""
    by: list[tuple[SortField, bool]] = []
    at = 0
    for part in text.split(","):
        start, end = at, at + len(part)
        at = end + 1
        name = part.strip()
        if not name:
            if text.strip():
                raise QueryError("a sort key is missing; write for example priority,-age", start, end, incomplete=True)
            continue
        descending = name.startswith("-")
        name = name.lstrip("+-").strip().lower()
        try:
            field = SortField(_ALIASES.get(name, name))
        except ValueError:
            near = nearest(name, tuple(SortField))
            hint = f"; did you mean “{near}”?" if near else f"; there are {', '.join(SortField)}"
            raise QueryError(f"nothing can be sorted by “{name}”{hint}", start, end) from None
        if all(field is not known for known, _ in by):
            by.append((field, descending))
    return Sort(tuple(by)) if by else DEFAULT_SORT


_ALIASES = {"p": "priority", "due": "sla", "owner": "assignee", "changed": "updated"}

DEFAULT_SORT = Sort(((SortField.PRIORITY, False), (SortField.AGE, True)))
"""The most urgent first (without a priority: last), of those the major ones first, then the oldest."""


def group_of(grouping: Grouping) -> Callable[[Incident], tuple[Any, str]]:
    """A function that gives each incident its group: what groups are sorted by, and the title ("" for none)."""
    read, group = grouped_by(grouping)
    return lambda incident: group(read(incident))


def grouped_by(grouping: Grouping) -> tuple[Reader, Callable[[Any], tuple[Any, str]]]:
    """The same in two steps: what to read of an incident, and the group of what was read."""
    match grouping:
        case Grouping.PRIORITY:
            return reading("priority"), lambda priority: (priority or _FAR, f"P{priority}" if priority else "")
        case Grouping.STATE:
            return reading("state"), lambda state: (_STATE_RANK[state], state.value)
        case Grouping.ASSIGNEE:
            return _assignee, _titled
        case Grouping.SERVICE:
            return reading("service"), _titled
        case Grouping.TEAM:
            return reading("team"), _titled
        case Grouping.BACKEND:
            return reading("backend"), _titled


def _assignee(incident: Incident) -> str | None:
    return incident.assignee_name or incident.assignee


_STATE_RANK = {state: rank for rank, state in enumerate(State)}


def _titled(name: str | None) -> tuple[str, str]:
    return (fold(name), name) if name else (_LAST, "")


def _part(field: SortField, descending: bool) -> Callable[[Incident], Any]:
    sign = -1 if descending else 1
    match field:
        case SortField.PRIORITY:
            return lambda incident: (
                _FAR if incident.priority is None else sign * (incident.priority * 2 - incident.major)
            )
        case SortField.IMPACT:
            return lambda incident: _FAR if incident.impact is None else sign * incident.impact
        case SortField.URGENCY:
            return lambda incident: _FAR if incident.urgency is None else sign * incident.urgency
        case SortField.AGE:
            return lambda incident: _moment(incident.created_at, -sign)
        case SortField.CREATED:
            return lambda incident: _moment(incident.created_at, sign)
        case SortField.UPDATED:
            return lambda incident: _moment(incident.updated_at or incident.created_at, sign)
        case SortField.SLA:
            return lambda incident: _due(incident, sign)
        case SortField.STATE:
            return lambda incident: sign * _STATE_RANK[incident.state]
        case SortField.NUMBER:
            return _text(lambda incident: natural(incident.number), descending)
        case SortField.TITLE:
            return _text(lambda incident: fold(incident.title), descending)
        case SortField.SERVICE:
            return _text(lambda incident: fold(incident.service or ""), descending)
        case SortField.TEAM:
            return _text(lambda incident: fold(incident.team or ""), descending)
        case SortField.ASSIGNEE:
            return _text(lambda incident: fold(incident.assignee_name or incident.assignee or ""), descending)
        case SortField.BACKEND:
            return _text(lambda incident: fold(incident.backend), descending)


def _moment(moment: datetime | None, sign: int) -> float:
    return _FAR if moment is None else sign * moment.timestamp()


def _due(incident: Incident, sign: int) -> float:
    clock = next_clock(incident)
    return _FAR if clock is None or clock.due_at is None else sign * clock.due_at.timestamp()


class _Backwards(dict[int, str]):
    """For `str.translate`: turns the order of characters round."""

    def __missing__(self, code: int) -> str:
        turned = self[code] = chr(0x10FFFE - min(code, 0x10FFFE))
        return turned


_BACKWARDS = _Backwards()


def _text(read: Callable[[Incident], str], descending: bool) -> Callable[[Incident], str]:
    if not descending:
        return lambda incident: read(incident) or _LAST
    # the end mark makes "ab" come after "abc", as turning round demands
    return lambda incident: f"{value.translate(_BACKWARDS)}{_LAST}" if (value := read(incident)) else _LAST * 2
