"""The line of column titles over the list."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from vagt.ui.screens.queue.model import QueueModel
from vagt.ui.sturdy import Sturdy
from vagt_widgets.safe_text import fit
from vagt_widgets.virtual_list import GUTTER, SCROLLBAR


class ColumnHeader(Sturdy, Widget):
    """Draws the titles exactly over the cells of the rows."""

    DEFAULT_CSS = """
    ColumnHeader { height: 1; width: 1fr; color: $dim; background: $surface; }
    """

    model: QueueModel | None = None

    def show(self, model: QueueModel) -> None:
        """The columns are those of this model now."""
        self.model = model
        self.refresh()

    def render(self) -> Content:
        inner = max(1, self.size.width - GUTTER - SCROLLBAR)
        if self.model is None:
            return Content("")
        columns, sizes = self.model.columns(inner)
        titles = (fit(column.title, size, column.align) for column, size in zip(columns, sizes, strict=True))
        return Content(" " * GUTTER + " ".join(titles))
