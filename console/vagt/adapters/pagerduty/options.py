"""`[backends.options]` of a PagerDuty backend, checked and ready to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vagt.adapters.given import Given, wrong
from vagt.adapters.pagerduty.manifest import MANIFEST
from vagt.config.settings import BackendSettings
from vagt.domain.priority import PRIORITIES

_URGENCIES = ("high", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class PdOptions:
    """What the site decided, told by the config."""

    teams: tuple[str, ...]
    services: tuple[str, ...]
    urgencies: tuple[str, ...]
    priorities: Mapping[str, int]
    """Name of a priority (lower case) → 1 to 5; empty: by their order."""
    urgency_priorities: Mapping[str, int]
    major_type: str
    normal_type: str
    status_template: str
    client_id: str
    account: str
    scopes: tuple[str, ...]
    identity_url: str
    page_size: int


def read(settings: BackendSettings) -> PdOptions:
    """The options of `settings`, with the manifest's defaults. Raises InvalidError that names the option."""

    given = Given(MANIFEST, settings)
    value, text, texts = given.value, given.text, given.texts

    page_size = value("page_size")
    if not isinstance(page_size, int) or not 1 <= page_size <= 100:
        raise wrong("page_size", "PagerDuty gives at most 100 incidents at once")
    urgencies = tuple(one.lower() for one in texts("urgencies"))
    if any(one not in _URGENCIES for one in urgencies):
        raise wrong("urgencies", "they are high and low")
    by_urgency = _numbers("urgency_priorities", value("urgency_priorities"))
    if not set(by_urgency) <= set(_URGENCIES):
        raise wrong("urgency_priorities", "its keys are high and low")
    return PdOptions(
        teams=texts("teams"),
        services=texts("services"),
        urgencies=urgencies,
        priorities=_numbers("priorities", value("priorities")),
        urgency_priorities=by_urgency,
        major_type=text("major_type"),
        normal_type=text("normal_type"),
        status_template=text("status_template"),
        client_id=text("client_id"),
        account=text("account"),
        scopes=texts("scopes"),
        identity_url=text("identity_url"),
        page_size=page_size,
    )


def _numbers(name: str, given: object) -> dict[str, int]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise wrong(name, "it is a table")
    try:
        table = {str(key).lower(): int(str(number)) for key, number in given.items()}
    except ValueError:
        raise wrong(name, "its values are whole numbers from 1 to 5") from None
    if any(number not in PRIORITIES for number in table.values()):
        raise wrong(name, "its values are whole numbers from 1 to 5")
    return table
