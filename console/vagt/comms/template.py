"""A message template: a file with a TOML part in front of a Jinja2 body, read and checked as far as it can be alone."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vagt.comms.catalogue import BY_NAME, Name, Origin
from vagt.config.errors import did_you_mean
from vagt.domain.fields import FieldKind

_FENCE = "+++"
_FILE = re.compile(
    r"(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)\.(?P<side>outside|inside)\.(?P<language>[a-z]{2,3}(?:-[A-Za-z]{2,4})?)\.j2"
)
_KEYS = ("title", "subject", "asks", "needs", "fields")
_FIELD_KEYS = ("label", "kind", "public", "translated", "max_length", "default", "help")
_KINDS = {
    kind.value: kind for kind in (FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.TIME, FieldKind.NUMBER, FieldKind.FLAG)
}
_FIELD = re.compile(r"[a-z][a-z0-9_]*")


class TemplateError(Exception):
    """A template cannot be used; the message names the file and says what is wrong with it."""


class Side(StrEnum):
    """For whom a template is written."""

    OUTSIDE = "outside"
    """Symptom, scope, workaround, next word: no cause, no host, nobody's name."""
    INSIDE = "inside"
    """Impact, actions, people."""


@dataclass(frozen=True, slots=True)
class Template:
    """One message in one language for one kind of audience."""

    name: str
    side: Side
    language: str
    title: str
    """What it is for, in the language of the operator."""
    subject: str
    """Jinja2, one line."""
    body: str
    """Jinja2 over light markup."""
    asks: tuple[str, ...]
    """The fields that are asked for, in this order."""
    needs: frozenset[str]
    """Those without which it cannot be sent."""
    own: tuple[Name, ...] = ()
    """Fields that only this template has."""
    defaults: tuple[tuple[str, str], ...] = ()
    path: str = ""
    """Where it was read, for words."""
    shipped: bool = True

    @property
    def key(self) -> tuple[str, Side, str]:
        return self.name, self.side, self.language

    def field(self, name: str) -> Name | None:
        """The field called so: its own first, then everybody's."""
        return next((own for own in self.own if own.name == name), BY_NAME.get(name))

    def default(self, name: str) -> str:
        """What stands there before anybody has typed."""
        return dict(self.defaults).get(name, "")


def parts_of(file: str) -> tuple[str, Side, str] | None:
    """(name, side, language) of a template's file name; None for any other file."""
    found = _FILE.fullmatch(file)
    return (found["name"], Side(found["side"]), found["language"]) if found else None


def parse(text: str, path: Path, *, shipped: bool) -> Template:
    """The template in a file called `NAME.outside|inside.LANGUAGE.j2`. Raises TemplateError."""
    parts = parts_of(path.name)
    if parts is None:
        raise TemplateError(f"{path}: a template's file is called NAME.outside.LANGUAGE.j2 or NAME.inside.LANGUAGE.j2")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != _FENCE or _FENCE not in [line.strip() for line in lines[1:]]:
        raise TemplateError(f"{path}: must begin with a TOML part between two lines of {_FENCE}")
    end = next(number for number, line in enumerate(lines) if number and line.strip() == _FENCE)
    try:
        front = tomllib.loads("\n".join(lines[1:end]))
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"{path}: the TOML part cannot be read: {error}") from error
    for key in front:
        if key not in _KEYS:
            raise TemplateError(f"{path}: unknown key “{key}”; {did_you_mean(key, _KEYS, otherwise='keys are')}")
    own, defaults = _own(front.get("fields", {}), path)
    names = {**BY_NAME, **{name.name: name for name in own}}
    asks, needs = _names(front, "asks", names, path), _names(front, "needs", names, path)
    for name in needs:
        if name not in asks:
            raise TemplateError(f"{path}: “{name}” is needed but not in `asks`")
    for name in asks:
        if names[name].origin is Origin.CONSOLE:
            raise TemplateError(f"{path}: “{name}” is worked out and cannot be asked for")
    if parts[1] is Side.OUTSIDE:
        hidden = [name for name in asks if not names[name].public and not name.startswith("expected_")]
        if hidden:
            raise TemplateError(f"{path}: “{hidden[0]}” is internal; a template for outside cannot ask for it")
    subject, title = front.get("subject"), front.get("title")
    if not isinstance(subject, str) or not subject.strip():
        raise TemplateError(f"{path}: needs a `subject`")
    if not isinstance(title, str) or not title.strip():
        raise TemplateError(f"{path}: needs a `title`: what it is for")
    body = "\n".join(lines[end + 1 :]).strip("\n")
    if not body.strip():
        raise TemplateError(f"{path}: has no text below its TOML part")
    return Template(
        *parts, title, subject, body, asks, frozenset(needs), own, defaults, path=str(path), shipped=shipped
    )


def _names(front: dict[str, object], key: str, names: dict[str, Name], path: Path) -> tuple[str, ...]:
    found = front.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise TemplateError(f"{path}: `{key}` must be a list of names")
    for name in found:
        if name not in names:
            raise TemplateError(f"{path}: {key}: no field is called “{name}”; {did_you_mean(name, names)}")
    return tuple(dict.fromkeys(found))


def _own(table: object, path: Path) -> tuple[tuple[Name, ...], tuple[tuple[str, str], ...]]:
    """The fields that the template brings along, and what stands in them at first."""
    if not isinstance(table, dict):
        raise TemplateError(f"{path}: `fields` must be a table of tables")
    own, defaults = [], []
    for name, data in table.items():
        if not _FIELD.fullmatch(name):
            raise TemplateError(f"{path}: fields: “{name}” must be small letters, digits and _")
        if not isinstance(data, dict):
            raise TemplateError(f"{path}: fields.{name} must be a table")
        for key in data:
            if key not in _FIELD_KEYS:
                raise TemplateError(f"{path}: fields.{name}: unknown key “{key}”; {did_you_mean(key, _FIELD_KEYS)}")
        kind = _KINDS.get(str(data.get("kind", "text")))
        if kind is None:
            raise TemplateError(f"{path}: fields.{name}: kind must be one of {', '.join(_KINDS)}")
        length = data.get("max_length")
        if length is not None and not (isinstance(length, int) and length > 0):
            raise TemplateError(f"{path}: fields.{name}: max_length must be a number of characters")
        if "default" in data:
            defaults.append((name, str(data["default"])))
        if name in BY_NAME:
            if set(data) != {"default"}:
                raise TemplateError(
                    f"{path}: fields.{name}: every template has that field; only its default can be set"
                )
            continue
        own.append(
            Name(
                name,
                str(data.get("label", name.replace("_", " ").capitalize())),
                Origin.ASKED,
                kind,
                public=data.get("public") is True,
                translated=data.get("translated") is True,
                help=str(data.get("help", "")),
                max_length=length,
            )
        )
    return tuple(own), tuple(defaults)
