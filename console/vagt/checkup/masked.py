"""A config as a stranger may see it: what it is made of, without secrets, hosts, people or free text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vagt.adapters.protocol import OptionKind
from vagt.adapters.registry import BrokenAdapter, UnknownAdapter, manifest
from vagt.config.schema import NESTED, TABLES, KeySpec, TableSpec
from vagt.config.secretlike import looks_secret
from vagt.config.values import Kind

_TELLING = frozenset(
    {
        Kind.FLAG, Kind.SECONDS, Kind.DURATION, Kind.DURATIONS, Kind.FRACTIONS, Kind.ZONE, Kind.SORT,
        Kind.LOCAL_TIME, Kind.MATRIX, Kind.HOURS,
    }
)  # fmt: skip
"""Kinds of values that say nothing of anybody."""
_NAMES = {("backends", "name"), ("backends", "adapter"), ("backends", "auth"), ("console", "theme")}
_OPTIONS = frozenset({OptionKind.INTEGER, OptionKind.NUMBER, OptionKind.FLAG, OptionKind.DURATION})


def masked(path: Path) -> str:
    """The file's tables and keys as TOML; what could tell on somebody is replaced by what kind of thing it is.

    Comments are left out. Where it is not TOML, a sentence says so.
    """
    import tomli_w  # only whoever writes a config or a bundle needs it

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return f"# cannot be read: {error.strerror or error}\n"
    except (ValueError, RecursionError):
        return "# is not TOML, so nothing of it is shown\n"
    specs = {table.name: table for table in TABLES}
    return tomli_w.dumps({name: _table(value, specs.get(name), name) for name, value in data.items()})


def _table(value: object, spec: TableSpec | None, name: str) -> Any:
    if isinstance(value, list):
        return [_table(item, spec, name) for item in value]
    if not isinstance(value, dict):
        return _kind_of(value)
    if name == "keys":
        # the actions' own names, and keys of the keyboard
        return {
            key: inner if isinstance(inner, str) and len(inner) < 12 else _kind_of(inner)
            for key, inner in value.items()
        }
    return {key: _value(key, inner, spec, value) for key, inner in value.items()}


def _value(name: str, value: object, spec: TableSpec | None, whole: Mapping[str, object]) -> Any:
    key = spec.key(name) if spec is not None else None
    if spec is None or key is None or looks_secret(name):
        return _kind_of(value)
    if key.kind is Kind.OPTIONS and isinstance(value, dict):
        return _options(value, str(whole.get("adapter", "")))
    if key.kind is Kind.TABLES and (spec.name, name) in NESTED:
        return _table(value, NESTED[(spec.name, name)], name)
    if key.kind is Kind.ADDRESS and isinstance(value, str):
        return _address(value)
    return value if _tells_nothing(spec, key) and _is_plain(value) else _kind_of(value)


def _tells_nothing(spec: TableSpec, key: KeySpec) -> bool:
    return key.kind in _TELLING or bool(key.choices) or (spec.name, key.name) in _NAMES


def _options(options: Mapping[str, object], adapter: str) -> dict[str, Any]:
    try:
        known = {option.name: option for option in manifest(adapter).options}
    except (UnknownAdapter, BrokenAdapter):
        known = {}
    shown: dict[str, Any] = {}
    for name, value in options.items():
        option = known.get(name)
        telling = option is not None and (option.kind in _OPTIONS or value in option.choices)
        shown[name] = value if telling and _is_plain(value) else _kind_of(value)
    return shown


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return _kind_of(value)
    return f"{parts.scheme}://‹host›{port}{'/‹path›' if parts.path.strip('/') else ''}"


def _is_plain(value: object) -> bool:
    """Whether it is as short and simple as what belongs there."""
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return isinstance(value, bool | int | float | date | datetime) or (isinstance(value, str) and len(value) < 40)


def _kind_of(value: object) -> str:
    match value:
        case str():
            return f"‹text of {len(value)}›"
        case list():
            return f"‹list of {len(value)}›"
        case dict():
            return f"‹table of {len(value)}›"
        case _:
            return f"‹{type(value).__name__}›"
