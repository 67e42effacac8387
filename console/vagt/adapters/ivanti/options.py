"""`[backends.options]` of an Ivanti backend, checked and ready to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vagt.adapters.given import Given, wrong
from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.manifest import MANIFEST
from vagt.adapters.protocol import InvalidError
from vagt.config.settings import BackendSettings
from vagt.domain.incident import State
from vagt.domain.priority import LEVELS, PRIORITIES

_SAVED = "saved:"
_FINDS_NOTHING = "IsInFinalState"
"""A field that looks like a filter for the open ones and finds no row for either value."""
STOCK_STATES: Mapping[str, State] = {
    "logged": State.NEW,
    "active": State.ACTIVE,
    "waiting for customer": State.WAITING,
    "waiting for 3rd party": State.WAITING,
    "waiting for resolution": State.WAITING,
    "resolved": State.RESOLVED,
    "closed": State.CLOSED,
    "cancelled": State.CLOSED,
}
"""The stock statuses, lower case; `Cancelled` is not among them but common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IvantiOptions:
    """What the tenant's administrator decided, told by the config. Names are as the tenant writes them."""

    base_path: str
    v2: bool
    role: str
    tenant: str
    operator: str
    """The Login ID of the person at the keyboard."""
    teams: tuple[str, ...]
    scope: filters.Node | None
    """What belongs to this queue, whatever its status."""
    saved: str
    """The saved search that is the queue; empty where a filter is."""
    states: Mapping[str, State]
    """Lower-case status → state: the config's, over the stock ones."""
    shut: tuple[str, ...]
    """Status names, as the tenant writes them, that leave the open set."""
    new_status: str
    active_status: str
    hold_status: str
    resolve_status: str
    close_status: str
    allow_close: bool
    statuses: tuple[str, ...]
    causes: tuple[str, ...]
    pick_lists: Mapping[str, str]
    impact_values: Mapping[int, str]
    urgency_values: Mapping[int, str]
    priorities: Mapping[str, int]
    direct_priority: bool
    default_service: str
    default_category: str
    default_team: str
    default_customer: str
    default_source: str
    handover_status: str
    take_moves_team: bool
    note_category: str
    journal: str
    """off, note or email: how the tenant mails those affected."""
    journal_category: str
    journal_body: str
    attribute: bool
    html_fields: frozenset[str]
    major_field: str
    major_value: str
    related_relation: str
    escalation_team: str
    escalate_action: str
    actions: Mapping[str, str]
    action_ids: Mapping[str, str]
    search_ids: Mapping[str, str]
    team_relation: str
    sla: bool
    extra_fields: tuple[str, ...]
    incident_url: str
    page_size: int

    def state(self, status: str) -> State | None:
        """What a status name means; None where nobody told."""
        return self.states.get(status.strip().lower())

    @property
    def still_open(self) -> filters.Node:
        """The filter for the open set: by status, since IsInFinalState cannot be filtered on."""
        return filters.both(*(filters.ne("Status", name) for name in self.shut))


def read(settings: BackendSettings) -> IvantiOptions:
    """The options of `settings`, with the manifest's defaults. Raises InvalidError that names the option."""

    given = Given(MANIFEST, settings)
    value, text, texts = given.value, given.text, given.texts

    def table(name: str) -> dict[str, str]:
        given = value(name)
        return {str(k).strip(): str(v).strip() for k, v in given.items()} if isinstance(given, Mapping) else {}

    page_size = value("page_size")
    if not isinstance(page_size, int) or not 1 <= page_size <= 100:
        raise wrong("page_size", "Ivanti gives at most 100 rows at once, so this is a number from 1 to 100")
    if text("major_field") and not text("major_value"):
        raise wrong("major_value", "it is empty")
    named = _states(table("states"))
    resolved, closed = text("resolve_status"), text("close_status")
    states = {**STOCK_STATES, resolved.lower(): State.RESOLVED, closed.lower(): State.CLOSED}
    states |= {text("new_status").lower(): State.NEW, text("active_status").lower(): State.ACTIVE}
    states |= {name.lower(): state for name, state in named.items()}
    shut = dict.fromkeys([closed, resolved, *(name for name, state in named.items() if not state.is_open)])
    saved = settings.query.strip()
    is_saved = saved.lower().startswith(_SAVED)
    v2 = text("odata") == "v2"
    options = IvantiOptions(
        base_path=text("base_path").rstrip("/"),
        v2=v2,
        role=text("role"),
        tenant=text("tenant"),
        operator=text("operator") or settings.username,
        teams=texts("teams"),
        scope=None if is_saved else _scope(settings.query, texts("teams")),
        saved=saved[len(_SAVED) :].strip() if is_saved else "",
        states=states,
        shut=tuple(name for name in shut if name and not states[name.lower()].is_open),
        new_status=text("new_status"),
        active_status=text("active_status"),
        hold_status=text("hold_status"),
        resolve_status=resolved,
        close_status=closed,
        allow_close=value("allow_close") is True,
        statuses=texts("statuses"),
        causes=texts("causes"),
        pick_lists=table("pick_lists"),
        impact_values=_levels("impact_values", table("impact_values")),
        urgency_values=_levels("urgency_values", table("urgency_values")),
        priorities=_priorities(table("priorities")),
        direct_priority=value("direct_priority") is True,
        default_service=text("default_service"),
        default_category=text("default_category"),
        default_team=text("default_team"),
        default_customer=text("default_customer"),
        default_source=text("default_source"),
        handover_status=text("handover_status"),
        take_moves_team=value("take_moves_team") is True,
        note_category=text("note_category"),
        journal=text("journal"),
        journal_category=text("journal_category"),
        journal_body=text("journal_body"),
        attribute=value("attribute") is True,
        html_fields=frozenset(texts("html_fields")),
        major_field=text("major_field"),
        major_value=text("major_value"),
        related_relation=text("related_relation"),
        escalation_team=text("escalation_team"),
        escalate_action=text("escalate_action"),
        actions=table("actions"),
        action_ids=table("action_ids"),
        search_ids=table("search_ids"),
        team_relation=text("team_relation"),
        sla=value("sla") is True,
        extra_fields=texts("extra_fields"),
        incident_url=text("incident_url"),
        page_size=page_size,
    )
    if not options.shut:
        raise wrong("states", "no status is left that means resolved or closed")
    for name, target in options.pick_lists.items():
        if "." not in target:
            raise wrong("pick_lists", f"{name} is “set.Field”, with a dot")
    _check_scope(options)
    return options


def _scope(query: str, teams: tuple[str, ...]) -> filters.Node | None:
    wanted = None
    if query.strip():
        try:
            wanted = filters.parse(query)
        except filters.FilterError as error:
            raise InvalidError(f"`query` cannot be used: {error}", (("query", str(error)),)) from None
        if _FINDS_NOTHING in filters.fields_in(wanted):
            words = f"Ivanti finds nothing by {_FINDS_NOTHING}; what is open Vagt tells by the status"
            raise InvalidError(f"`query` cannot be used: {words}", (("query", words),))
    mine = filters.any_of("OwnerTeam", teams) if teams else None
    return filters.both(wanted, mine) if wanted or mine else None


def _check_scope(options: IvantiOptions) -> None:
    """Whether what we will ask with it can be said at all."""
    try:
        filters.written(filters.both(options.scope, options.still_open), v2=options.v2)
    except filters.FilterError as error:
        raise InvalidError(f"`query` cannot be used: {error}", (("query", str(error)),)) from None


def _levels(name: str, given: Mapping[str, str]) -> dict[int, str]:
    if set(given) != {str(level) for level in LEVELS} or not all(given.values()):
        raise wrong(name, 'it has the keys "1" (high), "2" and "3" (low)')
    return {level: given[str(level)] for level in LEVELS}


def _priorities(given: Mapping[str, str]) -> dict[str, int]:
    try:
        table = {name.lower(): int(number) for name, number in given.items()}
    except ValueError:
        raise wrong("priorities", "its values are numbers from 1 to 5") from None
    if any(number not in PRIORITIES for number in table.values()):
        raise wrong("priorities", "its values are numbers from 1 to 5")
    return table or {str(number): number for number in PRIORITIES}


def _states(given: Mapping[str, str]) -> dict[str, State]:
    try:
        return {name: State(state.lower()) for name, state in given.items()}
    except ValueError:
        words = ", ".join(state.value for state in State)
        raise wrong("states", f"each value is one of {words}") from None
