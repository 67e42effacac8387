"""The outbox as rows of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from vagt.domain.durations import short
from vagt.engine.intent import Intent
from vagt.ui.screens.incident.facts import deed_words
from vagt.ui.screens.outbox.lines import ordered, since, stage_label, subject, why
from vagt_widgets.list_layout import Group
from vagt_widgets.list_model import RowState
from vagt_widgets.safe_text import fit

if TYPE_CHECKING:
    from vagt.engine.engine import Engine

_STUCK = Style(bold=True)
_WIDE = 100
"""Cells from which the reason stands in the row too."""


class OutboxModel:
    """Asks the engine anew on `look`; rows are known by their action's id."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._rows: list[Intent] = []
        self._at: dict[str, int] = {}
        self._groups: tuple[Group, ...] = ()
        self.look()

    def look(self) -> None:
        """Take in what the engine knows now."""
        self._rows, sections = ordered(self.engine.intents(), self.engine.recent())
        self._at = {intent.command.id: place for place, intent in enumerate(self._rows)}
        self._groups = tuple(Group(section.title, section.start, section.count) for section in sections)

    def intent(self, id_: str) -> Intent | None:
        """The action of this id, as last looked at."""
        place = self._at.get(id_)
        return None if place is None else self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def key_at(self, index: int) -> str:
        return self._rows[index].command.id

    def index_of(self, key: str) -> int | None:
        return self._at.get(key)

    def groups(self) -> Sequence[Group]:
        return self._groups

    def render(self, key: str, width: int, state: RowState) -> Sequence[Segment]:
        intent = self.intent(key)
        if intent is None:
            return []
        now = self.engine.clock.now()
        style = _STUCK if intent.stage.needs_person else Style()
        cells = [
            fit(short((now - since(intent)).total_seconds()), 5, "right"),
            fit(stage_label(intent), 10),
            fit(f"{intent.attempts}×" if intent.attempts else "", 3, "right"),
            fit(deed_words(intent.command.change), 14),
        ]
        parts = [Segment(f"{text} ", style) for text in cells]
        rest = max(10, width - sum(segment.cell_length for segment in parts))
        if width < _WIDE:
            return [*parts, Segment(fit(subject(intent), rest), style)]
        half = rest // 2
        reason = why(intent, now)
        return [*parts, Segment(fit(subject(intent), half - 1) + " ", style), Segment(fit(reason, rest - half), style)]

    def render_group(self, group: Group, width: int) -> Sequence[Segment]:
        return [Segment(fit(f"{group.title}  {group.count}", width))]
