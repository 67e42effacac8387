"""A config file as read: its data, where each key stands, and errors that point there."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from vagt.config.errors import ConfigError, did_you_mean, nearest
from vagt.config.schema import TABLES, TableSpec
from vagt.config.secretlike import looks_secret
from vagt.config.source import Path as Place
from vagt.config.source import key_lines, line_of
from vagt.config.values import READERS, Kind, ValueProblem

_LONGEST = 8 << 20
"""Bytes; what is longer is no config, and may have no end."""
_PEOPLES_WORDS_FROM = 5
"""From this depth on (`backends`, position, `options`, option, key) keys are names that people gave."""
_EXACTLY_SECRET = frozenset({"password", "passwd", "token", "api_key", "apikey", "secret"})
_WHERE_SECRETS_GO = (
    "a secret never stands in the config: keep it in the keyring (vagt secret set NAME), in the environment "
    "($VAGT_SECRET_<NAME>), in $CREDENTIALS_DIRECTORY, or let secret_command print it"
)


@dataclass(frozen=True)
class Document:
    """One config file. Raises ConfigError from every method that finds something wrong."""

    path: Path
    text: str
    data: dict[str, Any]

    @classmethod
    def open(cls, path: Path) -> Document:
        """Read and parse the file."""
        try:
            # what stands in front of it where a Windows editor wrote it is no part of the text
            text = _read(path).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise ConfigError(f"{path}:{line}: is not UTF-8 text; save it as UTF-8") from error
        except FileNotFoundError as error:
            raise ConfigError(
                f"{path}: there is no such file; check the path ($VAGT_CONFIG or --config), or “vagt init” writes one"
            ) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConfigError(f"{path}: cannot be read: {reason}; check the path and who may read it") from error
        return cls.parse(text, path)

    @classmethod
    def parse(cls, text: str, path: Path) -> Document:
        """Parse `text`, which stands in `path`."""
        try:
            return cls(path, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: is not valid TOML: {error}") from error
        except (RecursionError, ValueError) as error:
            raise ConfigError(f"{path}: cannot be read as TOML: {error}") from error

    @cached_property
    def _lines(self) -> dict[Place, int]:
        return key_lines(self.text)

    def error(self, place: Place, problem: str) -> ConfigError:
        """The error that says what is wrong at `place`: file, line and key stand in front."""
        line = line_of(self._lines, place)
        where = f"{self.path}:{line}" if line else str(self.path)
        return ConfigError(f"{where}: {spelled(place)}: {problem}" if place else f"{where}: {problem}")

    def refuse_secrets(self) -> None:
        """Raise where a key is named like one that holds a secret."""
        for place, key in _keys(self.data, ()):
            exact = key.lower().replace("-", "_") in _EXACTLY_SECRET
            if place[0] != "keys" and (exact or (len(place) < _PEOPLES_WORDS_FROM and looks_secret(key))):
                raise self.error(place, f"“{key}” looks like a secret; {_WHERE_SECRETS_GO}")

    def refuse_unknown(self, data: dict[str, Any], spec: TableSpec, place: Place) -> None:
        """Raise where the table holds a key that it does not have."""
        known = [key.name for key in spec.keys]
        for name in data:
            if name in known:
                continue
            elsewhere = [table.header for table in TABLES if table.key(name) and table.name != spec.name]
            if elsewhere and not nearest(name, known):
                remedy = f"it belongs to {' or '.join(elsewhere)}"
            else:
                remedy = did_you_mean(name, known, otherwise=f"{spec.header} knows")
            raise self.error((*place, name), f"unknown key “{name}”; {remedy}")

    def read(self, data: object, spec: TableSpec, place: Place) -> dict[str, Any]:
        """The values of one table by the names that the settings have for them; only those that stand there."""
        if not isinstance(data, dict):
            wanted = f"write {spec.header} on a line of its own"
            raise self.error(place, f"must be a table; {wanted}")
        self.refuse_unknown(data, spec, place)
        values: dict[str, Any] = {}
        for key in spec.keys:
            if key.name not in data:
                if key.required:
                    raise self.error(place, f"has no `{key.name}`: {key.help}")
                continue
            where = (*place, key.name)
            value = self.value(data[key.name], key.kind, where)
            if key.choices and value not in key.choices:
                raise self.error(where, f"“{value}” is not known; {did_you_mean(str(value), key.choices)}")
            if key.required and value == "" and key.kind is not Kind.QUERY:
                raise self.error(where, f"must not be empty: {key.help}")
            values[key.field] = value
        return values

    def value(self, raw: object, kind: Kind, place: Place) -> Any:
        """One value of one kind; paths are taken from the folder of the config."""
        if kind is Kind.FILE and isinstance(raw, str):
            raw = str(self.path.parent / Path(raw).expanduser())
        try:
            return READERS[kind](raw)
        except ValueProblem as problem:
            raise self.error(place, str(problem)) from problem

    def tables(self, name: str) -> list[object]:
        """The `[[name]]` tables; none where there are none."""
        found = self.data.get(name, [])
        if not isinstance(found, list):
            raise self.error((name,), f"must stand under [[{name}]], with two brackets on either side")
        return list(found)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        found = file.read(_LONGEST + 1)
    if len(found) > _LONGEST:
        raise ConfigError(f"{path}: is larger than {_LONGEST >> 20} MiB; is that the config?")
    return found


def spelled(place: Place) -> str:
    """A place as people read it: `backends[2].options.shift`; positions count from 1."""
    words = ""
    for part in place:
        if isinstance(part, int):
            words += f"[{part + 1}]"
        else:
            words += f".{part}" if words else part
    return words


def _keys(data: object, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*place, key), key
            yield from _keys(value, (*place, key))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from _keys(value, (*place, position))
