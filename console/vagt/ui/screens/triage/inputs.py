"""From a backend's field to the form's: how it is asked for, where its values are looked up, how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from vagt.adapters.protocol import AdapterError
from vagt.domain import moments
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.fields import FieldKind, FieldSpec
from vagt.ui.screens.triage.when import read_moment
from vagt_widgets.form_fields import Check, FieldType, FormField
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.fuzzy_picker import Source

if TYPE_CHECKING:
    from vagt.engine.engine import Engine

_TYPES = {
    FieldKind.TEXT: FieldType.TEXT,
    FieldKind.LONG_TEXT: FieldType.LONG_TEXT,
    FieldKind.CHOICE: FieldType.CHOICE,
    FieldKind.PERSON: FieldType.PICKER,
    FieldKind.TEAM: FieldType.PICKER,
    FieldKind.SERVICE: FieldType.PICKER,
    FieldKind.TIME: FieldType.TIME,
    FieldKind.DURATION: FieldType.DURATION,
    FieldKind.NUMBER: FieldType.NUMBER,
    FieldKind.FLAG: FieldType.FLAG,
}
_DIRECTORIES = {
    FieldKind.PERSON: DirectoryKind.PERSON,
    FieldKind.TEAM: DirectoryKind.TEAM,
    FieldKind.SERVICE: DirectoryKind.SERVICE,
}


class NotFound(Exception):
    """A look-up failed; its words are for the operator."""


def form_field(engine: Engine, backend: str, spec: FieldSpec) -> FormField:
    """How `spec` of `backend` is asked for."""
    directory = _DIRECTORIES.get(spec.kind)
    choices = tuple(PickItem(choice.value, choice.label) for choice in spec.choices)
    if directory is not None:
        choices = picks(engine.frequent(directory, backend), used=True)
    elif choices and not spec.required and not spec.default:
        choices = (PickItem("", "–"), *choices)
    return FormField(
        spec.name,
        spec.label,
        _TYPES[spec.kind],
        required=spec.required,
        choices=choices,
        lookup=None if directory is None else source(engine, backend, directory),
        default=spec.default,
        help=" ".join(part for part in (spec.help, _USUAL_HELP.get(spec.kind, "")) if part),
        max_length=spec.max_length,
        check=_moment_check(engine) if spec.kind is FieldKind.TIME else None,
    )


_USUAL_HELP = {
    FieldKind.TIME: "Write 30m, 4h, 14:15 or 2026-12-31T08:00.",
    FieldKind.DURATION: "Write 30m, 4h or 2d.",
}


def picks(entries: Sequence[DirectoryEntry], *, used: bool = False) -> tuple[PickItem, ...]:
    """Directory entries as things to pick; `used`: they are in the order of use, most first."""
    count = len(entries)
    return tuple(
        PickItem(entry.id, entry.name, entry.detail, count - place if used else 0)
        for place, entry in enumerate(entries)
    )


def source(engine: Engine, backend: str, kind: DirectoryKind) -> Source:
    """Looks up what is typed in the backend's directory."""

    async def ask(text: str) -> Sequence[PickItem]:
        try:
            return picks(await engine.directory(backend, kind, text))
        except AdapterError as error:
            raise NotFound(f"{backend}: {error.words}") from error

    return ask


def _moment_check(engine: Engine) -> Check:
    def check(typed: str) -> str:
        try:
            read_moment(typed, engine.clock.now())
        except ValueError as error:
            return str(error)
        return ""

    return check


def sent(specs: Sequence[FieldSpec], answers: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The answers as they travel: moments in UTC, RFC 3339; everything else as it was given.

    Raises ValueError where a moment cannot be read; the form has checked that before.
    """
    timed = {spec.name for spec in specs if spec.kind is FieldKind.TIME}
    return {
        name: moments.rfc3339(read_moment(value, now)) if name in timed and value else value
        for name, value in answers.items()
    }
