"""One form for several backends: what all of them want is asked once, what differs is asked for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vagt.domain.fields import FieldKind, FieldSpec

_SEPARATOR = "/"
"""Between a backend's name, which never holds one, and the field that only it asks for."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The fields of one form, and how its answers fall back to the backends that asked."""

    specs: tuple[FieldSpec, ...]
    origins: tuple[tuple[str, str, str], ...]
    """(backend, its field, the form's field)"""

    def answers_for(self, backend: str, answers: Mapping[str, str]) -> dict[str, str]:
        """What the form's answers say in `backend`'s own fields."""
        return {own: answers.get(shown, "") for whose, own, shown in self.origins if whose == backend}


def merged(wanted: Mapping[str, Sequence[FieldSpec]]) -> Merged:
    """One form for the fields that each backend wants (backend → fields, in its order).

    Fields of one name are asked once where one answer can serve all: the stricter of their limits
    holds. Choices that are not the same everywhere are asked for each backend.
    """
    specs: list[FieldSpec] = []
    origins: list[tuple[str, str, str]] = []
    for name in dict.fromkeys(spec.name for fields in wanted.values() for spec in fields):
        asking = {backend: spec for backend, fields in wanted.items() for spec in fields if spec.name == name}
        together = _together(list(asking.values()))
        if together is not None:
            specs.append(together)
            origins.extend((backend, name, name) for backend in asking)
            continue
        for backend, spec in asking.items():
            shown = f"{backend}{_SEPARATOR}{name}"
            specs.append(replace(spec, name=shown, label=f"{spec.label} ({backend})"))
            origins.append((backend, name, shown))
    return Merged(tuple(specs), tuple(origins))


def _together(specs: Sequence[FieldSpec]) -> FieldSpec | None:
    first = specs[0]
    if any(not _alike(first, other) for other in specs[1:]):
        return None
    limits = [spec.max_length for spec in specs if spec.max_length is not None]
    return replace(
        first,
        required=any(spec.required for spec in specs),
        max_length=min(limits) if limits else None,
        default=first.default if all(spec.default == first.default for spec in specs) else "",
    )


def _alike(one: FieldSpec, other: FieldSpec) -> bool:
    if one.kind is not other.kind:
        return False
    if one.kind is FieldKind.CHOICE:
        return one.choices == other.choices
    # who and what a directory knows is different on every backend
    return one.kind not in (FieldKind.PERSON, FieldKind.TEAM, FieldKind.SERVICE)
