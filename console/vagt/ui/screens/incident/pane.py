"""Everything known of one incident, as a pane that stands beside the queue or fills a screen.

How it is used: `IncidentPane(engine)` is composed anywhere; `show(key)` gives it an incident (None:
an invitation to choose one). It follows the engine's events by itself, asks for the timeline in the
background, keeps what it last knew when that fails, and keeps its scroll position when it is updated.
`subjects()` is what the triage keys act on while it has the focus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll

from vagt.domain.incident import Key

if TYPE_CHECKING:
    from vagt.engine.engine import Engine


class IncidentPane(VerticalScroll):
    """One incident with its clocks, links, pending actions and timeline."""

    def __init__(self, engine: Engine, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.engine = engine
        self.key: Key | None = None

    def show(self, key: Key | None) -> None:
        """Show another incident, or none."""
        self.key = key

    def subjects(self) -> tuple[Key, ...]:
        """What the triage keys act on here."""
        return () if self.key is None else (self.key,)
