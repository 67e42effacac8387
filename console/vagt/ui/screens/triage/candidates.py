"""Whom an incident can be given to: teams and people of all subjects' backends, the most used first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vagt.adapters.protocol import AdapterError
from vagt.domain.capability import Capability
from vagt.domain.commands import Assign
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.ui.screens.triage.abilities import able
from vagt.ui.screens.triage.inputs import NotFound
from vagt_widgets.fuzzy import PickItem

if TYPE_CHECKING:
    from vagt.engine.engine import Engine

NOBODY = PickItem("nobody", "nobody", "give it back, unassigned", uses=-1)
"""Always last: enter alone must not take an incident from whoever has it."""
_NEEDS = {DirectoryKind.TEAM: Capability.ASSIGN_TEAM, DirectoryKind.PERSON: Capability.ASSIGN_PERSON}
_WORDS = {DirectoryKind.TEAM: "team", DirectoryKind.PERSON: "person"}


@dataclass(slots=True)
class Candidates:
    """Teams and people by the name that the picker knows them under.

    On one backend each entry stands for itself; across several, entries of one name are taken for the same.
    """

    engine: Engine
    backends: tuple[str, ...]
    known: dict[str, dict[str, DirectoryEntry]] = field(default_factory=dict)
    """Item id → backend → entry."""

    def used_before(self) -> list[PickItem]:
        """Those chosen before, the most used first; no network."""
        items = []
        for kind in _NEEDS:
            for backend in self._able(kind):
                found = self.engine.frequent(kind, backend)
                items += [self._item(kind, backend, entry, len(found) - place) for place, entry in enumerate(found)]
        return self._merged(items)

    async def look_up(self, text: str) -> Sequence[PickItem]:
        """Ask every backend for both kinds; nobody is among the answers. Raises NotFound where none could answer."""
        asked = [(kind, backend) for kind in _NEEDS for backend in self._able(kind)]
        answers = await asyncio.gather(
            *(self.engine.directory(backend, kind, text) for kind, backend in asked), return_exceptions=True
        )
        items: list[PickItem] = []
        problem = ""
        for (kind, backend), answer in zip(asked, answers, strict=True):
            if isinstance(answer, AdapterError):
                problem = f"{backend}: {answer.words}"
            elif isinstance(answer, BaseException):
                raise answer
            else:
                items += [self._item(kind, backend, entry, 0) for entry in answer]
        if problem and not items:
            raise NotFound(problem)
        if self._able(DirectoryKind.PERSON):
            items.append(NOBODY)
        return self._merged(items)

    def assignment(self, picked: Sequence[PickItem], backend: str) -> Assign | None:
        """What the picked ones mean on `backend`; None where it knows none of them."""
        team = person = None
        nobody = any(item.id == NOBODY.id for item in picked)
        for item in picked:
            entry = self.known.get(item.id, {}).get(backend)
            if entry is not None and is_team(item):
                team = entry
            elif entry is not None:
                person = entry
        if team is None and person is None and not nobody:
            return None
        return Assign(
            team=None if team is None else team.id,
            to=person.id if person is not None else "" if nobody else None,
            to_name=None if person is None else person.name,
            team_name=None if team is None else team.name,
        )

    def _able(self, kind: DirectoryKind) -> list[str]:
        return [backend for backend in self.backends if able(self.engine, backend, _NEEDS[kind])]

    def _item(self, kind: DirectoryKind, backend: str, entry: DirectoryEntry, uses: int) -> PickItem:
        name = entry.id if len(self.backends) == 1 else entry.name.casefold()
        id_ = f"{_WORDS[kind]} {name}"
        self.known.setdefault(id_, {})[backend] = entry
        detail = entry.detail
        if kind is DirectoryKind.TEAM:
            detail = f"team, {detail}" if detail else "team"
        if len(self.backends) > 1:
            detail = f"{detail} · {', '.join(self.known[id_])}" if detail else ", ".join(self.known[id_])
        return PickItem(id_, entry.name, detail, uses)

    @staticmethod
    def _merged(items: Sequence[PickItem]) -> list[PickItem]:
        # the last word on an item names all backends that know it; its use is the most of any
        uses: dict[str, int] = {}
        last: dict[str, PickItem] = {}
        for item in items:
            uses[item.id] = max(uses.get(item.id, item.uses), item.uses)
            last[item.id] = item
        return [PickItem(item.id, item.label, item.detail, uses[item.id]) for item in last.values()]


def is_team(item: PickItem) -> bool:
    """Whether a picked item is a team."""
    return item.id.startswith("team ")
