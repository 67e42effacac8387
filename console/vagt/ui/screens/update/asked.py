"""From what an update asks for to the fields of the form."""

from __future__ import annotations

from collections.abc import Sequence

from vagt.comms.asked import Asked
from vagt.comms.composer import Composer
from vagt.domain.fields import FieldKind
from vagt_widgets.form_complete import Offer
from vagt_widgets.form_fields import Check, FieldType, FormField
from vagt_widgets.fuzzy import PickItem

_TYPES = {
    FieldKind.LONG_TEXT: FieldType.LONG_TEXT,
    FieldKind.CHOICE: FieldType.CHOICE,
    FieldKind.FLAG: FieldType.FLAG,
    FieldKind.NUMBER: FieldType.NUMBER,
}
_COMPLETED = frozenset({"expected_by", "people"})


def form_fields(composer: Composer) -> tuple[FormField, ...]:
    """Every input of the form, in the order in which they are asked."""
    return tuple(_field(composer, asked) for asked in composer.fields)


def values(fields: Sequence[Asked]) -> dict[str, str]:
    """What stands in each."""
    return {asked.key: asked.shown for asked in fields}


def first_open(fields: Sequence[Asked]) -> str:
    """Where to begin typing: the first that is needed and empty, else the first empty text, else the first."""
    needed = [asked.key for asked in fields if asked.spec.required and not asked.shown]
    texts = [asked.key for asked in fields if asked.spec.kind is FieldKind.LONG_TEXT and not asked.shown]
    return next(iter((*needed, *texts, *(asked.key for asked in fields))), "")


def _field(composer: Composer, asked: Asked) -> FormField:
    spec = asked.spec
    offered = spec.kind is FieldKind.TIME or asked.name.name in _COMPLETED
    return FormField(
        asked.key,
        f"{spec.label} · as last time" if asked.carried else spec.label,
        _TYPES.get(spec.kind, FieldType.TEXT),
        required=spec.required,
        choices=tuple(PickItem(choice.value, choice.label) for choice in spec.choices),
        default=spec.default,
        help=spec.help,
        max_length=spec.max_length,
        check=_check(composer, asked.key),
        complete=(lambda text: _offers(composer, asked.key, text)) if offered else None,
    )


def _check(composer: Composer, key: str) -> Check:
    """What is wrong with what was typed, as the composer found when it was typed."""

    def check(_: str) -> str:
        return next((asked.problem for asked in composer.fields if asked.key == key), "")

    return check


def _offers(composer: Composer, key: str, text: str) -> tuple[Offer, ...]:
    return tuple(Offer(one.text, one.label) for one in composer.complete(key, text))
