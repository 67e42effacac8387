"""`[backends.options]` of an RT backend, checked and ready to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vagt.adapters.given import Given, wrong
from vagt.adapters.rt.manifest import MANIFEST
from vagt.config.settings import BackendSettings
from vagt.domain.incident import State
from vagt.domain.priority import LEVELS, PRIORITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class RtOptions:
    """What the site's administrator decided about RT, told by the config. Status names are lower case."""

    query: str
    """TicketSQL of what belongs to this queue, whatever its status."""
    queues: tuple[str, ...]
    default_queue: str
    groups: tuple[str, ...]
    thresholds: tuple[tuple[int, int], ...]
    """(our priority, lowest RT number), most urgent first."""
    numbers: Mapping[int, int]
    """The RT number that is written for each of our priorities."""
    states: Mapping[str, State]
    active_status: str
    hold_status: str
    resolve_status: str
    close_status: str
    resolve_text: str
    statuses: tuple[str, ...]
    impact_field: str
    urgency_field: str
    impact_values: Mapping[int, str]
    urgency_values: Mapping[int, str]
    service_field: str
    category_field: str
    resolution_code_field: str
    major_field: str
    major_value: str
    probe_rights: bool
    page_size: int

    @property
    def has_levels(self) -> bool:
        """Impact and urgency have a place in this RT."""
        return bool(self.impact_field and self.urgency_field)

    @property
    def open_clause(self) -> str:
        """TicketSQL for what counts as open: RT's own notion, corrected by what the config says of status names."""
        also = [quoted(name) for name, state in self.states.items() if state.is_open]
        never = [quoted(name) for name, state in self.states.items() if not state.is_open]
        clause = " OR ".join(["Status = '__Active__'", *(f"Status = {name}" for name in also)])
        return " AND ".join([f"({clause})", *(f"Status != {name}" for name in never)])

    @property
    def scope(self) -> str:
        """TicketSQL for everything that belongs to this backend's queue, open or not."""
        if self.query:
            return f"({self.query})"
        if self.queues:
            return "(" + " OR ".join(f"Queue = {quoted(name)}" for name in self.queues) + ")"
        return "id > 0"


def quoted(text: str) -> str:
    """A TicketSQL string: single quotes, backslash as the escape ("RT REST2": a doubled quote is refused)."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def read(settings: BackendSettings) -> RtOptions:
    """The options of `settings`, with the manifest's defaults. Raises InvalidError that names the option."""

    given = Given(MANIFEST, settings)
    value, text, texts = given.value, given.text, given.texts

    thresholds = tuple(sorted(_numbered("priorities", value("priorities")).items()))
    numbers = _numbered("priority_values", value("priority_values"))
    _check_priorities(thresholds, numbers)
    page_size = value("page_size")
    if not isinstance(page_size, int) or not 1 <= page_size <= 100:
        raise wrong("page_size", "RT gives at most 100 rows at once, so this is a number from 1 to 100")
    return RtOptions(
        query=settings.query.strip(),
        queues=texts("queues"),
        default_queue=text("default_queue"),
        groups=texts("groups"),
        thresholds=thresholds,
        numbers=numbers,
        states=_states(value("states")),
        active_status=text("active_status").lower(),
        hold_status=text("hold_status").lower(),
        resolve_status=text("resolve_status").lower(),
        close_status=text("close_status").lower(),
        resolve_text=text("resolve_text"),
        statuses=tuple(name.lower() for name in texts("statuses")),
        impact_field=text("impact_field"),
        urgency_field=text("urgency_field"),
        impact_values=_levels("impact_values", value("impact_values")),
        urgency_values=_levels("urgency_values", value("urgency_values")),
        service_field=text("service_field"),
        category_field=text("category_field"),
        resolution_code_field=text("resolution_code_field"),
        major_field=text("major_field"),
        major_value=text("major_value"),
        probe_rights=value("probe_rights") is not False,
        page_size=page_size,
    )


def priority_of(options: RtOptions, number: int) -> int:
    """Our priority for an RT number."""
    return next((ours for ours, lowest in options.thresholds if number >= lowest), options.thresholds[-1][0])


def _numbered(name: str, given: object) -> dict[int, int]:
    if not isinstance(given, Mapping):
        raise wrong(name, "it is a table")
    try:
        table = {int(key): int(str(number)) for key, number in given.items()}
    except (ValueError, TypeError):
        raise wrong(name, "its keys are 1 to 5 and its values whole numbers") from None
    if any(key not in PRIORITIES for key in table) or any(number < 0 for number in table.values()):
        raise wrong(name, "its keys are 1 to 5 and its values are not negative")
    if not table:
        raise wrong(name, "it is empty")
    return table


def _check_priorities(thresholds: tuple[tuple[int, int], ...], numbers: dict[int, int]) -> None:
    lowest = [number for _, number in thresholds]
    if lowest != sorted(lowest, reverse=True) or len(set(lowest)) != len(lowest):
        raise wrong("priorities", "a more urgent priority needs a higher number: in RT the higher is the worse")
    for ours, number in numbers.items():
        back = next((p for p, low in thresholds if number >= low), thresholds[-1][0])
        if back != ours:
            raise wrong("priority_values", f"{number} is written for priority {ours} but would be read as {back}")


def _levels(name: str, given: object) -> dict[int, str]:
    if not isinstance(given, Mapping):
        raise wrong(name, "it is a table")
    table = {str(key): str(value) for key, value in given.items()}
    if set(table) != {str(level) for level in LEVELS}:
        raise wrong(name, 'it has the keys "1" (high), "2" and "3" (low)')
    return {level: table[str(level)] for level in LEVELS}


def _states(given: object) -> dict[str, State]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise wrong("states", "it is a table of status name to state")
    try:
        return {str(name).lower(): State(str(state).lower()) for name, state in given.items()}
    except ValueError:
        words = ", ".join(state.value for state in State)
        raise wrong("states", f"each value is one of {words}") from None
