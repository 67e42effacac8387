"""The rows of the queue as the virtual list wants them: a view of the board, drawn cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment

from vagt.domain.incident import Incident, Key
from vagt.ui.glyphs import Signs
from vagt.ui.paint import Paints
from vagt.ui.present.rows import SOON_FRACTION, Column, Look, Row, columns_for, widths
from vagt.ui.screens.queue.views import NoRows
from vagt_widgets.list_layout import Group
from vagt_widgets.list_model import RowState
from vagt_widgets.safe_text import cells, fit

if TYPE_CHECKING:
    from vagt.engine.board import View
    from vagt.engine.engine import Engine

_SCANNED = 300
"""Rows that are looked at to find how wide the numbers are."""


class QueueModel:
    """One view of the board, and how its rows look."""

    def __init__(
        self,
        engine: Engine,
        view: View | NoRows,
        *,
        paints: Paints,
        signs: Signs,
        failures: Mapping[Key, str],
    ) -> None:
        self.engine = engine
        self.view = view
        self.paints = paints
        self.signs = signs
        self.failures = failures
        self.several = len(engine.settings.backends) > 1
        slas = engine.settings.slas
        self._warn = slas.warn if slas is not None and slas.warn else (SOON_FRACTION,)
        self._number_width = 4
        self._drawn: dict[Key, tuple[str, ...]] = {}
        self._columns: tuple[int, tuple[Column, ...], tuple[int, ...]] | None = None
        self._scan()

    def __len__(self) -> int:
        return len(self.view)

    def key_at(self, index: int) -> Key:
        return self.view[index]

    def index_of(self, key: Key) -> int | None:
        return self.view.index(key)

    def groups(self) -> Sequence[Group]:
        return [Group(title or "none", start, count) for title, start, count in self.view.groups]

    def columns(self, width: int) -> tuple[tuple[Column, ...], tuple[int, ...]]:
        """The columns of a row `width` cells wide, and the width of each."""
        if self._columns is None or self._columns[0] != width:
            found = columns_for(width, number_width=self._number_width, several_backends=self.several)
            self._columns = (width, found, widths(found, width))
        return self._columns[1], self._columns[2]

    def render(self, key: Key, width: int, state: RowState) -> Sequence[Segment]:
        incident = self.engine.board.get(key)
        if incident is None:
            return []
        row = self._row(incident, state)
        columns, sizes = self.columns(width)
        styles = self.paints.on(cursor=state.cursor and state.focused, marked=state.marked)
        segments: list[Segment] = []
        times: list[str] = []
        for column, size in zip(columns, sizes, strict=True):
            if segments:
                segments.append(Segment(" ", styles[Look.PLAIN]))
            cell = column.cell(row)
            if column.name in _TIMED:
                times.append(cell.text)
            text = fit(cell.text, size, column.align, self.signs.ellipsis)
            segments.append(Segment(text, styles[cell.look]))
        self._drawn[key] = tuple(times)
        return segments

    def render_group(self, group: Group, width: int) -> Sequence[Segment]:
        return [Segment(fit(f"{self.signs.rule}{self.signs.rule} {group.title}  {group.count}", width))]

    def outdated(self, keys: Collection[Key]) -> set[Key]:
        """Those of `keys` whose ages and clocks would read differently now."""
        if self._columns is None:
            return set()
        timed = [column for column in self._columns[1] if column.name in _TIMED]
        found = set()
        for key in keys:
            incident = self.engine.board.get(key)
            if incident is None or key not in self._drawn:
                continue
            row = self._row(incident, RowState())
            if tuple(column.cell(row).text for column in timed) != self._drawn[key]:
                found.add(key)
        return found

    def widen(self) -> bool:
        """Look at the numbers again; True where the columns became wider."""
        before = self._number_width
        self._scan()
        return self._number_width != before

    def _row(self, incident: Incident, state: RowState) -> Row:
        board, key = self.engine.board, incident.key
        return Row(
            incident=incident,
            now=self.engine.clock.now(),
            pending=board.pending(key),
            new=board.is_new(key),
            changed=board.is_changed(key),
            snoozed=board.is_snoozed(key),
            failure=self.failures.get(key, "") if state.marked else "",
            me=self.engine.me(incident.backend),
            warn=self._warn,
            signs=self.signs,
        )

    def _scan(self) -> None:
        wide = self._number_width
        for index in range(min(len(self.view), _SCANNED)):
            incident = self.engine.board.get(self.view[index])
            if incident is not None:
                wide = max(wide, cells(incident.ref if self.several else incident.number))
        if wide != self._number_width:
            self._number_width = wide
            self._columns = None


_TIMED = frozenset({"age", "sla", "updated"})
