"""What is asked for where the backend cannot be asked what it wants: an action must be possible offline too."""

from __future__ import annotations

from vagt.domain.commands import Verb
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.priority import LEVEL_WORDS, LEVELS

_LEVELS = tuple(Choice(str(level), LEVEL_WORDS[level]) for level in LEVELS)

_USUAL: dict[Verb, tuple[FieldSpec, ...]] = {
    Verb.RESOLVE: (FieldSpec("text", "What restored the service", FieldKind.LONG_TEXT, required=True),),
    Verb.HOLD: (
        FieldSpec("reason", "Reason"),
        FieldSpec("until", "Until", FieldKind.TIME),
    ),
    Verb.CREATE: (
        FieldSpec("title", "Title", required=True),
        FieldSpec("description", "Description", FieldKind.LONG_TEXT),
        FieldSpec("impact", "Impact", FieldKind.CHOICE, choices=_LEVELS),
        FieldSpec("urgency", "Urgency", FieldKind.CHOICE, choices=_LEVELS),
        FieldSpec("service", "Service"),
        FieldSpec("team", "Team"),
        FieldSpec("caller", "Caller"),
    ),
}


def usual_fields(verb: Verb) -> tuple[FieldSpec, ...]:
    """The common fields of a verb; none for those that need none."""
    return _USUAL.get(verb, ())
