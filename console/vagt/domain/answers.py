"""From what a person filled in to the change it makes: one rule for forms, arguments and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from datetime import datetime
from typing import Any

from vagt.domain.commands import CHANGES, Change, Verb

_MOMENTS = frozenset({"until"})
_NUMBERS = frozenset({"priority", "impact", "urgency", "level"})


def change_from(verb: Verb, answers: Mapping[str, str]) -> Change:
    """The change that `answers` (field name → value) describe.

    A field named like an attribute of the change is that attribute (`text`, `code`, `reason`,
    `until`, `title` ...); every other one is the backend's own and travels in `fields`. Times are
    RFC 3339. Empty answers are left out. Raises TypeError where a mandatory attribute is missing
    and ValueError where a time or number cannot be read.
    """
    kind = CHANGES[verb]
    own = {field.name for field in dataclass_fields(kind)}
    values: dict[str, Any] = {}
    native: list[tuple[str, str]] = []
    for name, answer in answers.items():
        if answer == "":
            continue
        if name in own and name != "fields":
            values[name] = _read(name, answer)
        elif "fields" in own:
            native.append((name, answer))
        else:
            raise ValueError(f"{verb.value} has no field “{name}”")
    if native:
        values["fields"] = tuple(native)
    return kind(**values)


def _read(name: str, answer: str) -> object:
    if name in _MOMENTS:
        moment = datetime.fromisoformat(answer)
        if moment.tzinfo is None:
            raise ValueError(f"{name}: “{answer}” has no time zone")
        return moment
    if name in _NUMBERS:
        return int(answer)
    return answer
