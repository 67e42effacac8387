"""The texts that wait, as rows of a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.segment import Segment
from rich.style import Style

from vagt.comms.approvals import Waiting
from vagt.domain.durations import short
from vagt_widgets.list_layout import Group
from vagt_widgets.list_model import RowState
from vagt_widgets.safe_text import cut, fit


class WaitingModel:
    """Rows are known by their proposal's id; the longest waiting first."""

    def __init__(self) -> None:
        self.now = datetime.min
        self._rows: list[Waiting] = []
        self._at: dict[str, int] = {}

    def show(self, waiting: Sequence[Waiting], now: datetime) -> None:
        """These are there now."""
        self.now = now
        self._rows = sorted(waiting, key=lambda one: one.proposal.at or now)
        self._at = {one.proposal.id: place for place, one in enumerate(self._rows)}

    @property
    def rows(self) -> Sequence[Waiting]:
        """All that are shown."""
        return tuple(self._rows)

    def find(self, id: str) -> Waiting | None:
        place = self._at.get(id)
        return None if place is None else self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def key_at(self, index: int) -> str:
        return self._rows[index].proposal.id

    def index_of(self, key: str) -> int | None:
        return self._at.get(key)

    def groups(self) -> Sequence[Group]:
        return ()

    def render(self, key: str, width: int, state: RowState) -> Sequence[Segment]:
        waiting = self.find(key)
        if waiting is None:
            return []
        proposal = waiting.proposal
        age = "" if proposal.at is None else short(max(0.0, (self.now - proposal.at).total_seconds()))
        cells = [fit(age, 5, "right"), fit(waiting.seen.incident.ref, 16), fit(proposal.audience, 12)]
        cells.append(fit(proposal.by, 14))
        if proposal.decided_by:
            cells.append(f"approved by {cut(proposal.decided_by, 14)}")
        parts = [Segment(f"{text} ", Style()) for text in cells]
        rest = max(10, width - sum(segment.cell_length for segment in parts))
        return [*parts, Segment(fit(proposal.subject, rest), Style())]

    def render_group(self, group: Group, width: int) -> Sequence[Segment]:
        return [Segment(fit(group.title, width))]
