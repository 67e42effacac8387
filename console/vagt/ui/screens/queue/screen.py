"""The queue screen: views, list, filter, status frame, and the incident pane where there is room."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from vagt.domain.actions import Scope
from vagt.domain.incident import Key
from vagt.ui.screens.base import VagtScreen
from vagt.ui.screens.line import LineBar


class QueueScreen(VagtScreen):
    """Where the console opens."""

    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.QUEUE, Scope.INCIDENT, Scope.APP)
    HELP_TITLE = "The queue"

    def compose(self) -> ComposeResult:
        yield LineBar()

    def clear_marks(self) -> None:
        """Unmark everything."""

    def mark(self, keys: set[Key], *, only_if_untouched: bool = False) -> None:
        """Mark these; `only_if_untouched`: not where the operator has begun to mark others."""
