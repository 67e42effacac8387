"""What the engine tells whoever listens: references, never rows."""

from __future__ import annotations

from dataclasses import dataclass

from vagt.domain.incident import Key


@dataclass(frozen=True, slots=True)
class IncidentsChanged:
    """The board shows these differently now: new, changed, pending, or gone."""

    keys: frozenset[Key]
    arrived: frozenset[Key] = frozenset()
    """Those of them that were not known before."""


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """A backend's health is another."""

    backend: str


@dataclass(frozen=True, slots=True)
class OutboxChanged:
    """Actions were added, confirmed, refused or taken back."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rang:
    """Something arrived that the config's `bell` asks for."""

    keys: frozenset[Key]


Event = IncidentsChanged | HealthChanged | OutboxChanged | Rang
