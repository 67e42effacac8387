"""What an incident can be linked to: the board's incidents, likely duplicates first, and problems and changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import TYPE_CHECKING

from vagt.adapters.protocol import AdapterError, NotFoundError
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.incident import Incident, LinkKind
from vagt.learning.duplicates import likely_duplicates
from vagt.ui.present.times import relative
from vagt.ui.screens.triage.inputs import NotFound
from vagt_widgets.fuzzy import PickItem

if TYPE_CHECKING:
    from vagt.engine.engine import Engine

LOOKED_AT = 3000
"""Open incidents, the newest first, that are searched as one types; older ones are found by their number."""
_RECORDS = {DirectoryKind.PROBLEM: LinkKind.PROBLEM, DirectoryKind.CHANGE: LinkKind.CHANGE}


@dataclass(frozen=True, slots=True)
class Other:
    """The record at the other end of a link; `kind` for problems and changes, None for an incident."""

    backend: str
    id: str
    ref: str
    title: str
    kind: LinkKind | None = None


class Others:
    """The records that `subjects`, all of one backend, can be linked to."""

    def __init__(self, engine: Engine, subjects: Sequence[Incident]) -> None:
        self.engine = engine
        self.subjects = tuple(subjects)
        self.backend = subjects[0].backend
        self._alone = subjects[0].key if len(subjects) == 1 else None
        self._known: dict[str, Other] = {}

    def of(self, item: PickItem) -> Other:
        """The record that a picked item stands for."""
        return self._known[item.id]

    def likely(self) -> list[PickItem]:
        """Open incidents of the backend, the likeliest first and told why, then the newest.

        Of several subjects each may be the one that the others go with: the oldest stands first.
        """
        nearby = self._newest()
        if len(self.subjects) > 1:
            first = [(one, "one of those marked") for one in sorted(self.subjects, key=_age)]
        else:
            found = likely_duplicates(self.subjects[0], nearby, most=10)
            first = [(likely.incident, f"likely the same: {likely.reason}") for likely in found]
        told = {one.key for one, _ in first}
        items = [self._incident(one, why, len(first) - place) for place, (one, why) in enumerate(first)]
        return [*items, *(self._incident(one) for one in nearby if one.key not in told)]

    async def look_up(self, text: str) -> Sequence[PickItem]:
        """What the backend itself finds: an incident of that number, problems and changes. Raises NotFound."""
        if not text:
            return ()
        asked = [self.engine.directory(self.backend, kind, text) for kind in _RECORDS]
        number = text if text.startswith(f"{self.backend}:") else f"{self.backend}:{text}"
        looks_like_number = any(letter.isdigit() for letter in text) and " " not in text
        found, *records = await asyncio.gather(
            self.engine.find(number) if looks_like_number else _nothing(), *asked, return_exceptions=True
        )
        items: list[PickItem] = []
        if isinstance(found, Incident):
            if found.key != self._alone:
                items.append(self._incident(found))
        elif isinstance(found, AdapterError) and not isinstance(found, NotFoundError):
            raise NotFound(f"{self.backend}: {found.words}")
        for kind, entries in zip(_RECORDS.values(), records, strict=True):
            # a backend without problems or changes has nothing to tell of them
            if isinstance(entries, tuple):
                items += [self._record(kind, entry) for entry in entries]
        return items

    def _newest(self) -> list[Incident]:
        known = self.engine.board.incidents.values()
        fitting = (one for one in known if one.is_open and one.backend == self.backend and one.key != self._alone)
        return nlargest(LOOKED_AT, fitting, key=_age)

    def _incident(self, incident: Incident, why: str = "", uses: int = 0) -> PickItem:
        self._known[incident.id] = Other(incident.backend, incident.id, incident.ref, incident.title)
        age = relative(incident.created_at, self.engine.clock.now()) if incident.created_at else ""
        parts = [why, incident.service or "", incident.state.value, age]
        return PickItem(incident.id, f"{incident.number} {incident.title}", " · ".join(filter(None, parts)), uses)

    def _record(self, kind: LinkKind, entry: DirectoryEntry) -> PickItem:
        id_ = f"{kind.value} {entry.id}"
        self._known[id_] = Other(self.backend, entry.id, f"{self.backend}:{entry.id}", entry.name, kind)
        return PickItem(id_, f"{entry.id} {entry.name}", " · ".join(filter(None, (kind.value, entry.detail))))


def _age(incident: Incident) -> tuple[float, str]:
    return incident.created_at.timestamp() if incident.created_at else 0.0, incident.number


async def _nothing() -> None:
    return None
