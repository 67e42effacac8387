"""A Jira issue as an incident of ours: pure functions, lenient about what is missing ("Issues").

The state follows the status category, whose four keys are fixed; status names are free and
translated, so that waiting and closed are known by the stock names and by the config. “Waiting for
support” waits for us, so that it counts as open work and not as waiting. A status without a known
category counts as open. Issues are known by their id: a moved one gets another key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from vagt.adapters.jsm.clocks import clock_of
from vagt.adapters.jsm.documents import words_of
from vagt.adapters.jsm.fieldmap import FieldMap, TeamKind
from vagt.adapters.jsm.levels import Levels
from vagt.adapters.jsm.options import JsmOptions
from vagt.adapters.jsm.wire import NOTHING, Row, dropped, id_of, moment, part, parts, rows_of, text
from vagt.domain.incident import Incident, Link, LinkKind, SlaClock, State

_WAITING = frozenset({"pending", "waiting for customer", "on hold", "awaiting customer", "waiting", "blocked"})
_NEW = frozenset({"open", "to do", "new", "reopened", "backlog"})
_ACTIVE = frozenset({"in progress", "work in progress", "investigating"})
_OVER = frozenset({"resolved", "done", "completed"})
_CLOSED = frozenset({"closed", "canceled", "cancelled", "declined"})
_NAMED = (
    (_NEW, State.NEW),
    (_ACTIVE, State.ACTIVE),
    (_WAITING, State.WAITING),
    (_OVER, State.RESOLVED),
    (_CLOSED, State.CLOSED),
)
_CATEGORIES = {"new": State.NEW, "indeterminate": State.ACTIVE, "done": State.RESOLVED}
_IDS = {"2": "new", "4": "indeterminate", "3": "done"}
_NEVER = datetime.max.replace(tzinfo=UTC)
_MAJOR = frozenset({"major_incident", "yes", "true", "major"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a row does not tell of itself."""

    backend: str
    web: str
    """Where a browser finds issues, without a slash at the end."""
    cloud: bool
    options: JsmOptions
    fields: FieldMap
    levels: Levels


def state_of(status: Row, options: JsmOptions) -> State:
    """What a status means: as the config says, else by its category, and by the stock names."""
    id, name = id_of(status), text(status, "name", 200).lower()
    told = options.states.get(name) or options.states.get(id.lower())
    if told is not None:
        return told
    category = part(status, "statusCategory")
    key = text(category, "key", 40) or _IDS.get(id_of(category), "")
    state = _CATEGORIES.get(key, State.ACTIVE)
    if state is State.RESOLVED and name in _CLOSED:
        return State.CLOSED
    return State.WAITING if state.is_open and name in _WAITING else state


def state_named(name: str, id: str, options: JsmOptions) -> State | None:
    """What a status means that is told by its name alone, as a history does; None where that does not tell."""
    low = name.strip().lower()
    known = options.states.get(low) or options.states.get(id.lower())
    if known is not None:
        return known
    return next((state for names, state in _NAMED if low in names), None)


def version_of(row: Row) -> str | None:
    """Milliseconds of the last save; Jira has no other version."""
    when = moment(part(row, "fields"), "updated")
    return str(round(when.timestamp() * 1000)) if when else None


def incident_of(row: Row, frame: Frame) -> Incident | None:
    """The row as an incident; None only where it has no id to know it by."""
    id = id_of(row)
    if not id:
        dropped("the id", "an issue")
        return None
    key = text(row, "key", 100) or id
    of = f"issue {key}"
    held, fields = part(row, "fields"), frame.fields
    if not held:
        dropped("what there is", of)
    status = part(held, "status")
    state = state_of(status, frame.options)
    assignee, assignee_name = _person(held, "assignee", frame.cloud)
    priority = part(held, "priority")
    team_id, team = team_of(held.get(fields.team) if fields.team else None, fields.team_kind)
    resolved_at = moment(held, "resolutiondate", of)
    return Incident(
        backend=frame.backend,
        id=id,
        number=key,
        title=text(held, "summary"),
        state=state,
        native_state=text(status, "name", 200) or "?",
        description=words_of(held.get("description")),
        priority=frame.levels.priority(id_of(priority), text(priority, "name", 200)) if priority else None,
        impact=_level(held, fields.impact, frame.levels.impact),
        urgency=_level(held, fields.urgency, frame.levels.urgency),
        major=_is_major(held.get(fields.major) if fields.major else None),
        team=team or None,
        team_id=team_id or None,
        assignee=assignee or None,
        assignee_name=(assignee_name or assignee) if assignee else None,
        caller=_person(held, "reporter", frame.cloud)[1] or None,
        service=_services(held.get(fields.services) if fields.services else None),
        category=", ".join(text(one, "name", 200) for one in parts(held, "components")) or None,
        created_at=moment(held, "created", of),
        updated_at=moment(held, "updated", of),
        resolved_at=None if state.is_open else resolved_at,
        closed_at=resolved_at if state is State.CLOSED else None,
        resolution=None if state.is_open else text(part(held, "resolution"), "name", 200) or None,
        sla=_clocks(held, fields, of),
        links=links_of(held, frame.backend, frame.web),
        url=f"{frame.web}/browse/{key}",
        version=version_of(row),
        extra=_extra(held, frame),
    )


def _person(held: Row, name: str, cloud: bool) -> tuple[str, str]:
    user = part(held, name)
    identity = text(user, "accountId", 200) if cloud else text(user, "name", 200)
    return identity, text(user, "displayName", 200)


def _level(held: Row, field: str, level: Callable[[str, str], int | None]) -> int | None:
    option = part(held, field) if field else NOTHING
    return level(id_of(option), text(option, "value", 200)) if option else None


def _is_major(value: object) -> bool:
    """A text, an option, a flag or labels, by the site's age."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, list):
        return any(_is_major(item) for item in value)
    return isinstance(value, str) and value.strip().lower() in _MAJOR


def team_of(value: object, kind: TeamKind) -> tuple[str, str]:
    """(id, name) of an incident's team; of several components the first."""
    if kind is TeamKind.NONE:
        return "", ""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, Mapping)), None)
    if isinstance(value, str):
        return value, value
    if not isinstance(value, Mapping):
        return "", ""
    name = text(value, "name", 200) or text(value, "title", 200) or text(value, "value", 200)
    if kind is TeamKind.GROUP:
        return name, name
    id = id_of(value)
    return id or name, name or id


def _services(value: object) -> str | None:
    names = [text(one, "name", 200) or text(one, "label", 200) for one in rows_of(value)]
    return ", ".join(name for name in names if name) or None


def _clocks(held: Row, fields: FieldMap, of: str) -> tuple[SlaClock, ...]:
    clocks = [clock for field in fields.slas if (clock := clock_of(held.get(field), of)) is not None]
    return tuple(sorted(clocks, key=lambda clock: (clock.due_at or _NEVER, clock.name)))


def links_of(held: Row, backend: str, web: str) -> tuple[Link, ...]:
    """The issues that this one is linked with, each once."""
    found: dict[tuple[LinkKind, str], Link] = {}
    parent = part(held, "parent")
    if key := text(parent, "key", 100):
        found[LinkKind.PARENT, key] = _link(LinkKind.PARENT, parent, backend, web)
    for child in parts(held, "subtasks"):
        if key := text(child, "key", 100):
            found[LinkKind.CHILD, key] = _link(LinkKind.CHILD, child, backend, web)
    for row in parts(held, "issuelinks"):
        outward = part(row, "outwardIssue")
        other = outward or part(row, "inwardIssue")
        if key := text(other, "key", 100):
            kind = _kind(part(row, "type"), other, outward=bool(outward))
            found.setdefault((kind, key), _link(kind, other, backend, web))
    return tuple(found.values())


def _kind(type_: Row, other: Row, *, outward: bool) -> LinkKind:
    if "duplicate" in text(type_, "name", 200).lower():
        # the one that goes on is the one that we point to
        return LinkKind.DUPLICATE if outward else LinkKind.RELATED
    what = text(part(part(other, "fields"), "issuetype"), "name", 200).lower()
    if "problem" in what:
        return LinkKind.PROBLEM
    return LinkKind.CHANGE if "change" in what else LinkKind.RELATED


def _link(kind: LinkKind, other: Row, backend: str, web: str) -> Link:
    key = text(other, "key", 100)
    return Link(kind, f"{backend}:{key}", text(part(other, "fields"), "summary", 300), f"{web}/browse/{key}")


def _extra(held: Row, frame: Frame) -> tuple[tuple[str, str], ...]:
    told = [("Type", text(part(held, "issuetype"), "name", 200))]
    priority = part(held, "priority")
    if priority:
        told.append(("Priority", text(priority, "name", 200)))
    for field, label in ((frame.fields.impact, "Impact"), (frame.fields.urgency, "Urgency")):
        if field:
            told.append((label, shown(held.get(field))))
    told.append(("Labels", shown(held.get("labels"))))
    if frame.fields.request_type:
        told.append(("Request type", text(part(part(held, frame.fields.request_type), "requestType"), "name", 200)))
    told += [(name, shown(held.get(field))) for field, name in frame.fields.extra]
    return tuple((label, words) for label, words in told if words)


def shown(value: object, limit: int = 500) -> str:
    """Any field's value in a few words."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)[:limit]
    if isinstance(value, list):
        return ", ".join(words for item in value if (words := shown(item, limit)))[:limit]
    if isinstance(value, Mapping):
        if value.get("type") == "doc":
            return words_of(value)[:limit]
        for name in ("value", "name", "displayName", "key"):
            if isinstance(value.get(name), str):
                return str(value[name])[:limit]
    return ""
