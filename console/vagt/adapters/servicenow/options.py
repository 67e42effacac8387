"""`[backends.options]` of a ServiceNow backend, checked and ready to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vagt.adapters.given import Given, wrong
from vagt.adapters.servicenow.manifest import MANIFEST
from vagt.config.settings import BackendSettings
from vagt.domain.incident import State


@dataclass(frozen=True, slots=True, kw_only=True)
class SnowOptions:
    """What the site's administrator decided, told by the config."""

    query: str
    groups: tuple[str, ...]
    client_id: str
    grant: str
    states: Mapping[str, State]
    """State value or label (lower case) → what it means."""
    active_state: str
    hold_state: str
    resolve_state: str
    close_state: str
    close_code: str
    priority_field: bool
    declare_major: bool
    may_close: bool
    sla: bool
    extra_fields: tuple[str, ...]
    page_size: int


def read(settings: BackendSettings) -> SnowOptions:
    """The options of `settings`, with the manifest's defaults. Raises InvalidError that names the option."""

    given = Given(MANIFEST, settings)
    value, text, texts = given.value, given.text, given.texts

    page_size = value("page_size")
    if not isinstance(page_size, int) or not 1 <= page_size <= 1000:
        raise wrong("page_size", "a page larger than 1000 rows runs into ServiceNow's 60 seconds")
    extra = texts("extra_fields")
    if any(not name.replace("_", "").replace(".", "").isalnum() for name in extra):
        raise wrong("extra_fields", "they are names of fields, such as u_site")
    return SnowOptions(
        query=settings.query.strip(),
        groups=texts("groups"),
        client_id=text("client_id"),
        grant=text("grant"),
        states=_states(value("states")),
        active_state=text("active_state"),
        hold_state=text("hold_state"),
        resolve_state=text("resolve_state"),
        close_state=text("close_state"),
        close_code=text("close_code"),
        priority_field=text("priority") == "field",
        declare_major=value("declare_major") is True,
        may_close=value("may_close") is True,
        sla=value("sla") is not False,
        extra_fields=extra,
        page_size=page_size,
    )


def _states(given: object) -> dict[str, State]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise wrong("states", "it is a table of state value or label to state")
    try:
        return {str(name).lower(): State(str(state).lower()) for name, state in given.items()}
    except ValueError:
        raise wrong("states", f"each value is one of {', '.join(state.value for state in State)}") from None
