"""What the operator chose before, so that it can be offered first."""

from __future__ import annotations

from collections.abc import Iterable

from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.engine.store import Store

Counted = dict[str, tuple[DirectoryEntry, int]]


class Choices:
    """Counts per backend and kind, in memory and in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted: dict[tuple[str, DirectoryKind], Counted] = {}

    async def load(self) -> None:
        self._counted = await self._store.choices()

    async def count(self, backend: str, kind: DirectoryKind, entry: DirectoryEntry) -> None:
        """One more choice of this."""
        counted = self._counted.setdefault((backend, kind), {})
        _, times = counted.pop(entry.id, (entry, 0))
        counted[entry.id] = (entry, times + 1)
        await self._store.chose(backend, kind, entry)

    def frequent(self, backend: str, kind: DirectoryKind) -> tuple[DirectoryEntry, ...]:
        """The most used first; of two used as often, the one used last."""
        counted = list(reversed(self._counted.get((backend, kind), {}).values()))
        return tuple(entry for entry, _ in sorted(counted, key=lambda pair: -pair[1]))

    def sorted(
        self, backend: str, kind: DirectoryKind, entries: Iterable[DirectoryEntry]
    ) -> tuple[DirectoryEntry, ...]:
        """A directory's answer with the most used first, else in its own order."""
        counted = self._counted.get((backend, kind), {})
        return tuple(sorted(entries, key=lambda entry: -_times(counted, entry)))


def _times(counted: Counted, entry: DirectoryEntry) -> int:
    """A team may have been chosen by its name where the directory has an id."""
    return max(counted.get(entry.id, (entry, 0))[1], counted.get(entry.name, (entry, 0))[1])
