"""From a document to frozen settings: checked as a whole, or refused with one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from vagt.config import schema as known
from vagt.config.document import Document
from vagt.config.errors import did_you_mean
from vagt.config.keymap import LATER_ACTIONS, clash, known_actions
from vagt.config.keynames import KeyNameError, names
from vagt.config.references import check_references
from vagt.config.response import (
    AudienceSettings,
    CalendarSettings,
    ChannelSettings,
    CommsSettings,
    EscalationSettings,
    OverrideSettings,
    PersonSettings,
    RotaSettings,
    SlaSettings,
    StepSettings,
)
from vagt.config.settings import PRACTICE, BackendSettings, ConsoleSettings, Settings, ViewSettings

_VIEW_KEYS = 9
_SHORTEST = 0.1
"""Seconds; a shorter timeout is a mistake."""
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_Table = TypeVar("_Table")


def settings_of(document: Document) -> Settings:
    """The settings that a document holds. Raises ConfigError."""
    document.refuse_secrets()
    _refuse_unknown_tables(document)
    console = _console(document)
    teams = console.pop("teams", ())
    backends = _many(document, known.BACKENDS, BackendSettings)
    keys, key_notices = _keys(document)
    priorities: dict[str, Any] = _one(document, known.PRIORITIES, dict) or {}
    settings = Settings(
        console=ConsoleSettings(**console),
        backends=backends or (PRACTICE,),
        views=_many(document, known.VIEWS, ViewSettings) or Settings().views,
        keys=keys,
        teams=teams,
        slas=_one(document, known.SLAS, SlaSettings),
        calendars=_many(document, known.CALENDARS, CalendarSettings),
        people=_many(document, known.PEOPLE, PersonSettings),
        rotas=_many(document, known.ROTAS, RotaSettings, {"overrides": OverrideSettings}),
        channels=_many(document, known.CHANNELS, ChannelSettings),
        escalations=_many(document, known.ESCALATIONS, EscalationSettings, {"steps": StepSettings}),
        audiences=_many(document, known.AUDIENCES, AudienceSettings),
        comms=_one(document, known.COMMS, CommsSettings),
        path=document.path,
        notices=(*_notices(document, backends), *key_notices),
        **priorities,
    )
    check_references(settings, document)
    return settings


def _refuse_unknown_tables(document: Document) -> None:
    tables = {table.name: table for table in known.TABLES}
    for name in document.data:
        if name in tables or name == "keys":
            continue
        if name in known.NOT_YET:
            raise document.error((name,), f"this version of Vagt does not have {known.NOT_YET[name]}; take it out")
        if isinstance(document.data[name], dict | list):
            remedy = did_you_mean(name, (*tables, "keys"), otherwise="tables are")
            raise document.error((name,), f"unknown table “{name}”; {remedy}")
        homes = [table.header for table in known.TABLES if table.key(name)]
        remedy = f"it belongs to {' or '.join(homes)}" if homes else "keys stand within a table, as under [console]"
        raise document.error((name,), f"unknown key “{name}” outside every table; {remedy}")


def _console(document: Document) -> dict[str, Any]:
    values: dict[str, Any] = _one(document, known.CONSOLE, dict) or {}
    if "refresh" in values and values["refresh"] < 1:
        raise document.error(("console", "refresh"), "must be at least 1 second, for the backends' sake")
    if "forgotten" in values:
        values["forgotten"] = document.data["console"]["forgotten"]
    return values


def _one(document: Document, spec: known.TableSpec, make: Callable[..., _Table]) -> _Table | None:
    if spec.name not in document.data:
        return None
    data = document.data[spec.name]
    if isinstance(data, list):
        raise document.error((spec.name,), f"there is one of it: write [{spec.name}], with one bracket on either side")
    return make(**document.read(data, spec, (spec.name,)))


def _many(
    document: Document,
    spec: known.TableSpec,
    make: Callable[..., _Table],
    nested: dict[str, Callable[..., Any]] | None = None,
) -> tuple[_Table, ...]:
    found = []
    lines: dict[str, int] = {}
    for position, data in enumerate(document.tables(spec.name)):
        place = (spec.name, position)
        values = document.read(data, spec, place)
        for name, make_inner in (nested or {}).items():
            inner = known.NESTED[(spec.name, name)]
            if name in values:
                values[name] = tuple(
                    make_inner(**document.read(item, inner, (*place, name, index)))
                    for index, item in enumerate(values[name])
                )
        name = values["name"]
        if name in lines:
            raise document.error(
                (*place, "name"),
                f"“{name}” is the name of {spec.name}[{lines[name] + 1}] already; each needs its own",
            )
        lines[name] = position
        if spec is known.BACKENDS:
            _check_backend(document, values, (spec.name, position))
        if spec is known.CHANNELS:
            _check_channel(document, values, (spec.name, position))
        found.append(make(**values))
    return tuple(found)


def _check_backend(document: Document, values: dict[str, Any], place: tuple[str, int]) -> None:
    for key, least in (("timeout", 0.1), ("refresh", 1.0)):
        if key in values and values[key] < least:
            raise document.error((*place, key), f"must be at least {least:g} seconds")


def _check_channel(document: Document, values: dict[str, Any], place: tuple[str, int]) -> None:
    if "timeout" in values and values["timeout"] < _SHORTEST:
        raise document.error((*place, "timeout"), f"must be at least {_SHORTEST:g} seconds")
    if "payload" in values and not values["url"].lower().startswith(("json://", "jsons://")):
        raise document.error((*place, "payload"), "belongs to an address that begins with json:// or jsons://")


def _keys(document: Document) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...]]:
    """The overrides of `[keys]`, and what to tell about those of later versions."""
    data = document.data.get("keys", {})
    if not isinstance(data, dict):
        raise document.error(("keys",), "must be a table; write [keys] on a line of its own")
    overrides = []
    notices = []
    for action, raw in data.items():
        place = ("keys", action)
        if action not in known_actions():
            remedy = did_you_mean(action, known_actions(), otherwise="actions are")
            raise document.error(place, f"unknown action “{action}”; {remedy}")
        parts = raw if isinstance(raw, list) else [raw]
        if not all(isinstance(part, str) for part in parts):
            raise document.error(place, 'must be a text like "t,f9"')
        try:
            keys = names(",".join(parts))
        except KeyNameError as error:
            raise document.error(place, str(error)) from error
        if action in LATER_ACTIONS:
            notices.append(f"[keys] {action}: this version of Vagt does not have that action yet")
        else:
            overrides.append((action, keys))
    found = clash(overrides)
    if found:
        key, action, other = found
        place = ("keys", action if action in data else other)
        raise document.error(
            place, f"the key “{key}” would mean both {action} and {other}; give one of them another key"
        )
    return tuple(overrides), tuple(notices)


def _notices(document: Document, backends: tuple[BackendSettings, ...]) -> list[str]:
    found = []
    if not backends:
        found.append(f"{document.path} has no [[backends]]; the practice shift runs instead")
    for backend in backends:
        url = urlsplit(backend.url)
        if url.scheme == "http" and url.hostname not in _LOCAL_HOSTS:
            found.append(f"backend {backend.name}: {backend.url} is not encrypted; who listens can read all of it")
    views = document.tables("views")
    if len(views) > _VIEW_KEYS:
        found.append(f"only the first {_VIEW_KEYS} of {len(views)} views have a key")
    return found
