"""`[backends.options]` of a Jira Service Management backend, checked and ready to use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vagt.adapters.given import Given, wrong
from vagt.adapters.jsm.manifest import MANIFEST
from vagt.adapters.protocol import InvalidError
from vagt.config.settings import BackendSettings
from vagt.domain.commands import Verb
from vagt.domain.incident import LinkKind, State

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}")
_MOVES = frozenset({Verb.ACKNOWLEDGE, Verb.HOLD, Verb.RESOLVE, Verb.CLOSE, Verb.REOPEN})
_ORDER = re.compile(r"(?i)\border\s+by\b")


class Deployment(StrEnum):
    """Which Jira it is, where the config says so."""

    AUTO = "auto"
    CLOUD = "cloud"
    DATA_CENTER = "datacenter"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsmOptions:
    """What the site's administrator decided, told by the config."""

    query: str
    projects: tuple[str, ...]
    issue_types: tuple[str, ...]
    deployment: Deployment
    gateway: bool
    gateway_url: str
    operations: bool
    escalation: str
    states: Mapping[str, State]
    """Status name or id (lower case) → what it means."""
    moves: Mapping[Verb, str]
    """Verb → name or id of the transition (lower case)."""
    resolution: str
    resolution_public: bool
    notes_by_request: bool
    team_field: str
    priorities: Mapping[str, int]
    """Priority name or id (lower case) → 1 to 5."""
    impact_field: str
    urgency_field: str
    major_field: str
    link_types: Mapping[LinkKind, str]
    issue_type: str
    extra_fields: tuple[str, ...]
    page_size: int


def read(settings: BackendSettings) -> JsmOptions:
    """The options of `settings`, with the manifest's defaults. Raises InvalidError that names the option."""

    given = Given(MANIFEST, settings)
    value, text, texts = given.value, given.text, given.texts

    def table(name: str) -> dict[str, object]:
        given = value(name)
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            raise wrong(name, "it is a table")
        return {str(key).strip().lower(): held for key, held in given.items()}

    projects = texts("projects")
    if not projects:
        raise wrong("projects", "name at least one project; Jira does not list issues of all of them")
    if bad := next((key for key in projects if not _KEY.fullmatch(key)), ""):
        raise wrong("projects", f"“{bad}” is no project key")
    if _ORDER.search(settings.query):
        raise InvalidError("the query has an order of its own; leave “order by” out", (("query", "has an order"),))
    page_size = value("page_size")
    if not isinstance(page_size, int) or not 1 <= page_size <= 1000:
        raise wrong("page_size", "it is a number from 1 to 1000")
    gateway_url = text("gateway_url").rstrip("/")
    if not gateway_url.startswith(("https://", "http://")):
        raise wrong("gateway_url", "it is an address that begins with https://")
    return JsmOptions(
        query=settings.query.strip(),
        projects=projects,
        issue_types=texts("issue_types"),
        deployment=Deployment(text("deployment")),
        gateway=value("gateway") is True,
        gateway_url=gateway_url,
        operations=value("operations") is not False,
        escalation=text("escalation"),
        states=_states(table("states")),
        moves=_moves(table("moves")),
        resolution=text("resolution"),
        resolution_public=text("resolution_text") == "public",
        notes_by_request=text("notes_by") == "request",
        team_field=text("team_field"),
        priorities=_priorities(table("priorities")),
        impact_field=text("impact_field"),
        urgency_field=text("urgency_field"),
        major_field=text("major_field"),
        link_types=_link_types(table("link_types")),
        issue_type=text("issue_type"),
        extra_fields=texts("extra_fields"),
        page_size=page_size,
    )


def _states(given: Mapping[str, object]) -> dict[str, State]:
    try:
        return {name: State(str(state).lower()) for name, state in given.items()}
    except ValueError:
        raise wrong("states", f"each value is one of {', '.join(state.value for state in State)}") from None


def _moves(given: Mapping[str, object]) -> dict[Verb, str]:
    known = {verb.value: verb for verb in _MOVES}
    if strange := given.keys() - known.keys():
        raise wrong("moves", f"“{min(strange)}” is none of {', '.join(sorted(known))}")
    return {known[name]: str(move).strip().lower() for name, move in given.items()}


def _priorities(given: Mapping[str, object]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, level in given.items():
        if not str(level).isdigit() or not 1 <= int(str(level)) <= 5:
            raise wrong("priorities", f"“{name}” is given {level}, which is no number from 1 to 5")
        found[name] = int(str(level))
    return found


def _link_types(given: Mapping[str, object]) -> dict[LinkKind, str]:
    try:
        return {LinkKind(kind): str(name).strip() for kind, name in given.items()}
    except ValueError:
        raise wrong("link_types", f"each name is one of {', '.join(kind.value for kind in LinkKind)}") from None
