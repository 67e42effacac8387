"""What the frame of the queue says: counts, clock, alarm, and how the list stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vagt.domain.incident import Key
from vagt.domain.naming import for_people
from vagt.ui.present import health
from vagt.ui.present.words import counted
from vagt.ui.screens.queue.tabs import Tab
from vagt.ui.screens.queue.views import Views, sort_words
from vagt_widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from vagt.engine.engine import Engine

_LOOKED_AT = 500
"""Rows above the screen that are looked at for new ones."""


class Framing:
    """Asks the engine and answers in words."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def top(self, views: Views) -> tuple[tuple[Tab, ...], tuple[str, ...], str]:
        """The views with their counts; operator and time of day; the alarm."""
        healths = self.engine.healths()
        more = "+" if self.engine.reading else ""
        tabs = tuple(
            Tab(view.settings.name, "…" if count is None else health.count_words(count, healths) + more, at == views.at)
            for at, (view, count) in enumerate(zip(views.all, views.counts, strict=True))
        )
        accounts = {known.backend: known.account.name for known in healths if known.account}
        backends = [backend.name for backend in self.engine.settings.backends]
        names = dict.fromkeys(for_people(self.engine.me(name), accounts.get(name)) for name in backends)
        time = f"{self.engine.clock.now().astimezone():%H:%M}"
        return tabs, (*(name for name in list(names)[:1]), time), health.alarm(healths)

    def rest(self, views: Views, rows: VirtualList[Key]) -> str:
        """What the line says while there is nothing to report: what is marked, and how the list stands."""
        parts = []
        marks = len(rows.marks)
        if marks:
            parts.append(f"{counted(marks, 'incident')} marked")
        now = views.now
        shown = len(views.list)
        whole = views.counts[views.at]
        if now.filter_query is not None:
            if now.asks_closed:
                parts.append(f"{shown} fit, of closed ones among those read before; “vagt list --all” asks for all")
            else:
                parts.append(f"{shown} of {whole or 0} fit the filter")
        if now.sort != now.orders[0]:
            parts.append(f"order: {sort_words(now.sort)}")
        if now.group is not None:
            parts.append(f"by {now.group}")
        new = self._new_above(views, rows)
        if new:
            parts.append(f"{new} above")
        elif rows.hidden_above or rows.hidden_below:
            parts.append(f"{rows.hidden_above} above, {rows.hidden_below} below")
        return " · ".join(parts)

    def _new_above(self, views: Views, rows: VirtualList[Key]) -> str:
        """How many unseen ones stand above the screen, and how urgent the worst of them is; empty: none."""
        shown = rows.visible_keys() if rows.hidden_above else ()
        # The cursor's own row may be held out of its place.
        edge = next((key for key in shown if key != rows.cursor), None)
        first = None if edge is None else views.list.index(edge)
        if not first:
            return ""
        board = self.engine.board
        keys = [views.list[at] for at in range(min(first, _LOOKED_AT))]
        new = [incident for key in keys if board.is_new(key) and (incident := board.get(key)) is not None]
        if not new:
            return ""
        worst = min((incident.priority for incident in new if incident.priority is not None), default=None)
        return f"{len(new)} new{f' (P{worst})' if worst is not None else ''}"
