"""What a form asks for, and the checks that need nobody's knowledge but the form's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from vagt_widgets.form_complete import Complete
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.fuzzy_picker import Source


class FieldType(StrEnum):
    """How a field is asked for."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    CHOICE = "choice"
    PICKER = "picker"
    """Looked up in `items` or by `lookup`; the value is the item's id."""
    TIME = "time"
    """A moment, in words that `check` understands: `+30m`, `14:15`, `2026-11-24 14:15`."""
    DURATION = "duration"
    """`90s`, `15m`, `4h`, `2d`."""
    NUMBER = "number"
    FLAG = "flag"
    """The value is `true` or empty."""


Check = Callable[[str], str]
"""Given a value that is not empty: what is wrong with it and the remedy, or the empty string."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing to ask for. All values are strings; an empty string is "not given"."""

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    choices: tuple[PickItem, ...] = ()
    """For CHOICE, and for PICKER what can be picked without asking."""
    lookup: Source | None = None
    default: str = ""
    default_label: str = ""
    """For PICKER: the words for `default`."""
    help: str = ""
    max_length: int | None = None
    check: Check | None = field(default=None, compare=False)
    complete: Complete | None = field(default=None, compare=False)
    """For what is typed on one line: what could be meant so far."""


_DURATION = re.compile(r"(?:\d+\s*[smhdw]\s*)+", re.IGNORECASE)
_TIME = re.compile(
    r"\+(?:\d+\s*[smhdw]\s*)+|(?:\d{4}-\d{2}-\d{2}[T ]\s*)?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?",
    re.IGNORECASE,
)


def problem(spec: FormField, value: str) -> str:
    """What is wrong with a value and how to put it right; empty where nothing is."""
    value = value.strip()
    if not value:
        if not spec.required:
            return ""
        how = "space or a letter chooses" if spec.type is FieldType.CHOICE else "fill it in"
        return f"{spec.label} is required: {how}."
    if spec.max_length is not None and len(value) > spec.max_length:
        return f"{len(value)} characters; at most {spec.max_length} fit. Shorten it by {len(value) - spec.max_length}."
    if spec.type is FieldType.NUMBER and not re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?", value):
        return "That is not a number: write digits, such as 3."
    if spec.type is FieldType.DURATION and not _DURATION.fullmatch(value):
        return "That is not a duration: write 90s, 15m, 4h or 2d."
    if spec.type is FieldType.TIME and spec.check is None and not _TIME.fullmatch(value):
        return "That is not a time: write +30m, 14:15 or 2026-11-24 14:15."
    if spec.type is FieldType.CHOICE and all(value != choice.id for choice in spec.choices):
        return "That is not one of the choices: " + ", ".join(choice.label for choice in spec.choices[:6]) + "."
    return spec.check(value) if spec.check is not None else ""
