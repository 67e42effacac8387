"""Which field is which on this site: found by what they are, since names are translated, doubled and free ("Fields").

Service-management fields are known by `schema.custom`. Impact and urgency are plain selects and have
only their names: of several fields with one name, that on the screen for new incidents counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from vagt.adapters.jsm.options import JsmOptions
from vagt.adapters.jsm.wire import Row, id_of, part, text
from vagt.adapters.protocol import InvalidError

_REQUEST_TYPE = "com.atlassian.servicedesk:vp-origin"
_SLA = "com.atlassian.servicedesk:sd-sla-field"
_MAJOR = "major-incident-entity-field-cftype"
_TEAM = (":atlassian-team", "com.atlassian.teams:")
_SERVICES = ":service-entity-field-cftype"
_GROUP = ":grouppicker"
_ALWAYS = (
    "summary",
    "description",
    "status",
    "priority",
    "assignee",
    "reporter",
    "created",
    "updated",
    "issuetype",
    "project",
    "resolution",
    "resolutiondate",
    "labels",
    "components",
    "issuelinks",
)


class _Named(Protocol):
    """Finds a field by id or name."""

    def __call__(self, wanted: str, option: str, *, must: bool) -> str: ...


class TeamKind(StrEnum):
    """What holds an incident's team."""

    NONE = "none"
    TEAM = "team"
    COMPONENTS = "components"
    GROUP = "group"
    SELECT = "select"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """Field ids; empty where the site has none."""

    request_type: str = ""
    slas: tuple[str, ...] = ()
    impact: str = ""
    urgency: str = ""
    major: str = ""
    major_is_text: bool = True
    team: str = ""
    team_kind: TeamKind = TeamKind.NONE
    services: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    """(field id, name)."""
    names: dict[str, str] = field(default_factory=dict)

    @property
    def wanted(self) -> tuple[str, ...]:
        """What to ask for of each issue."""
        found = (self.request_type, *self.slas, self.impact, self.urgency, self.major, self.team, self.services)
        return tuple(dict.fromkeys((*_ALWAYS, *(id for id in found if id), *(id for id, _ in self.extra))))


def field_map(rows: Sequence[Row], on_screen: Iterable[str], options: JsmOptions) -> FieldMap:
    """From what `/field` tells, and which fields the screen for new incidents has.

    Raises InvalidError where the config names a field that is not there.
    """
    screen = frozenset(on_screen)
    kinds = {id_of(row): text(part(row, "schema"), "custom", 300) for row in rows if id_of(row)}
    names = {id_of(row): text(row, "name", 200) for row in rows if id_of(row)}
    types = {id_of(row): text(part(row, "schema"), "type", 100) for row in rows if id_of(row)}

    def like(*endings: str) -> str:
        return next((id for id, kind in kinds.items() if kind and any(end in kind for end in endings)), "")

    def named(wanted: str, option: str, *, must: bool) -> str:
        low = wanted.lower()
        found = [id for id in names if low in (id.lower(), names[id].lower())]
        best = next((id for id in found if id in screen), found[0] if len(found) == 1 else "")
        if found and not best and must:
            words = f"the option “{option}” names “{wanted}”, as {len(found)} fields are called: name the id of one"
            raise InvalidError(words, ((option, "names several fields"),))
        if not best and must:
            words = f"the option “{option}” names “{wanted}”, and this Jira has no such field"
            raise InvalidError(words, ((option, "names no field"),))
        return best

    team, team_kind = _team(options, kinds, types, like(*_TEAM), named)
    major = named(options.major_field, "major_field", must=True) if options.major_field else like(_MAJOR)
    extra = tuple((id, names[id]) for name in options.extra_fields if (id := named(name, "extra_fields", must=True)))
    return FieldMap(
        request_type=like(_REQUEST_TYPE),
        slas=tuple(id for id, kind in kinds.items() if kind == _SLA),
        impact=named(options.impact_field, "impact_field", must=False) if options.impact_field else "",
        urgency=named(options.urgency_field, "urgency_field", must=False) if options.urgency_field else "",
        major=major,
        major_is_text=types.get(major, "string") == "string",
        team=team,
        team_kind=team_kind,
        services=like(_SERVICES),
        extra=extra,
        names=names,
    )


def _team(
    options: JsmOptions, kinds: dict[str, str], types: dict[str, str], native: str, named: _Named
) -> tuple[str, TeamKind]:
    if not options.team_field:
        return native, TeamKind.TEAM if native else TeamKind.NONE
    if options.team_field.lower() == "components":
        return "components", TeamKind.COMPONENTS
    id = named(options.team_field, "team_field", must=True)
    if any(part in kinds.get(id, "") for part in _TEAM):
        return id, TeamKind.TEAM
    if _GROUP in kinds.get(id, ""):
        return id, TeamKind.GROUP
    if types.get(id) == "option":
        return id, TeamKind.SELECT
    words = f"the option “team_field” names “{options.team_field}”, which is no Team, group picker or select"
    raise InvalidError(words, (("team_field", "cannot hold a team"),))
