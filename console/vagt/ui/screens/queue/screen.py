"""The queue screen: views, list, filter, frame, and the incident beside it where there is room."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from vagt.domain.actions import Scope
from vagt.domain.incident import Key
from vagt.ui import glyphs, paint
from vagt.ui.messages import BoardChanged, HealthChanged, Rang, SecondPassed, Tone
from vagt.ui.screens.base import VagtScreen
from vagt.ui.screens.due import DueBar
from vagt.ui.screens.incident.pane import IncidentPane
from vagt.ui.screens.keybar import KeyBar
from vagt.ui.screens.line import LineBar
from vagt.ui.screens.queue.empty import empty_words
from vagt.ui.screens.queue.filtering import FilterBar
from vagt.ui.screens.queue.framing import Framing
from vagt.ui.screens.queue.header import ColumnHeader
from vagt.ui.screens.queue.model import QueueModel
from vagt.ui.screens.queue.offers import Offering
from vagt.ui.screens.queue.seeing import Seeing
from vagt.ui.screens.queue.tabs import TopBar
from vagt.ui.screens.queue.views import Views, sort_words
from vagt.ui.screens.status import StatusBar
from vagt_widgets.list_model import Viewpoint
from vagt_widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap

MOVES = frozenset({"down", "up", "top", "bottom", "half_down", "half_up"})
VIEW = "view_"
WIDE = 140
"""Cells from which the incident stands beside the queue."""


class QueueScreen(VagtScreen):
    """Where the console opens."""

    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.QUEUE, Scope.INCIDENT, Scope.APP)
    HELP_TITLE = "The queue"

    def __init__(self, engine: Engine, keymap: Keymap) -> None:
        super().__init__(engine, keymap)
        self.signs = glyphs.for_terminal()
        self.views = Views(engine.board, engine.settings.views)
        self.framing = Framing(engine)
        self.seeing = Seeing(engine)
        self._filter_home: Viewpoint[Key] | None = None

    def compose(self) -> ComposeResult:
        yield TopBar()
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield DueBar()
                yield FilterBar(Offering(self.engine))
                yield ColumnHeader()
                yield VirtualList[Key](self._model(), glyphs=self.signs, id="rows")
            yield IncidentPane(self.engine, id="beside")
        yield StatusBar(self.engine)
        yield LineBar()
        yield KeyBar()

    def on_paste(self) -> None:
        """Text pasted outside a field is nobody's input, least of all keys."""
        self.vagt.say("Pasted text is not taken as keys.", Tone.WARN)

    def on_mount(self) -> None:
        self.vagt.listen(self)
        self.rows.focus()
        self._renew()
        if any(view.asks_closed for view in self.views.all):
            self._recall_closed()
        if self.views.unfinished:
            self.run_worker(self.vagt.guarded(self._finish_views()), group="views", exit_on_error=False)

    def on_unmount(self) -> None:
        self.views.close()

    # Its parts

    @property
    def rows(self) -> VirtualList[Key]:
        return self.query_one("#rows", VirtualList)

    @property
    def pane(self) -> IncidentPane:
        return self.query_one(IncidentPane)

    @property
    def filter_bar(self) -> FilterBar:
        return self.query_one(FilterBar)

    @property
    def is_wide(self) -> bool:
        return self.size.width >= WIDE

    @property
    def _in_pane(self) -> bool:
        return self.pane.has_focus or self.pane.has_focus_within

    def subjects(self) -> tuple[Key, ...]:
        if self._in_pane:
            return self.pane.subjects()
        return self.rows.selection

    def clear_marks(self) -> None:
        """Unmark everything."""
        self.rows.set_marks(())

    def unmark(self, keys: Collection[Key]) -> None:
        """Take these out of what is marked, whether or not the action has moved them out of sight already."""
        self.rows.unmark(keys)

    def mark(self, keys: set[Key], *, only_if_untouched: bool = False) -> None:
        """Mark these; `only_if_untouched`: not where the operator has begun to mark others."""
        if only_if_untouched and set(self.rows.marks) - keys:
            return
        self.rows.set_marks(keys)
        self.rows.refresh_model(keys)

    # What the engine tells

    @on(BoardChanged)
    def _board_changed(self, message: BoardChanged) -> None:
        model = self._model_now
        if model.widen():
            self.rows.forget(None)
            self.query_one(ColumnHeader).show(model)
        self.rows.refresh_model(message.keys)
        self._frame()

    @on(HealthChanged)
    def _frame_changed(self) -> None:
        self._frame()

    @on(SecondPassed)
    def _second(self) -> None:
        outdated = self._model_now.outdated(self.rows.visible_keys())
        seen = self.seeing.second(self.rows.cursor)
        if outdated or seen:
            self.rows.refresh_model(outdated | seen)
        self._frame()

    @on(Rang)
    def _rang(self, message: Rang) -> None:
        self.vagt.ring(message.keys)

    # Drawing

    @property
    def _model_now(self) -> QueueModel:
        model = self.rows.model
        assert isinstance(model, QueueModel)
        return model

    def _model(self) -> QueueModel:
        return QueueModel(
            self.engine,
            self.views.list,
            paints=paint.paints(self.app.theme_variables),
            signs=self.signs,
            failures=self.vagt.acting.watching.failures,
        )

    def _renew(self) -> None:
        """Another view, filter, order or theme: build the rows anew, and come back to where the operator was."""
        model = self._model()
        self.rows.set_model(model, self.views.now.viewpoint)
        self.query_one(ColumnHeader).show(model)
        self._frame()
        self._follow()

    def _reopen(self, viewpoint: Callable[[], Viewpoint[Key] | None] | None = None) -> None:
        """Work out the shown list anew: at once, or on a large board in the background."""
        if self.views.is_large:
            reopening = self.vagt.guarded(self._reopen_slowly(viewpoint))
            self.run_worker(reopening, exclusive=True, group="view", exit_on_error=False)
            return
        self.workers.cancel_group(self, "view")
        self.views.reopen()
        self._reopened(viewpoint)

    async def _reopen_slowly(self, viewpoint: Callable[[], Viewpoint[Key] | None] | None) -> None:
        await self.views.reopen_slowly()
        self._reopened(viewpoint)

    def _reopened(self, viewpoint: Callable[[], Viewpoint[Key] | None] | None) -> None:
        if viewpoint is not None:
            self.views.now.viewpoint = viewpoint()
        self._renew()

    async def _finish_views(self) -> None:
        async for at in self.views.finish():
            if at == self.views.at:
                await self.views.reopen_slowly()
                self._renew()
            self._frame()

    def _frame(self) -> None:
        top = self.query_one(TopBar)
        tabs, right, alarm = self.framing.top(self.views)
        top.show(tabs, right, alarm)
        self.query_one("#body").set_class(bool(alarm), "-alarm")
        if not len(self.views.list):
            self.rows.set_empty(empty_words(self.engine, self.views, self.keymap))
        self.query_one(LineBar).rest = self.framing.rest(self.views, self.rows)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self._frame)
        self._follow()

    def retheme(self) -> None:
        """The theme is another: colours of rows are kept in them, so draw them anew."""
        self._remember()
        self._renew()

    # The cursor

    @on(VirtualList.CursorMoved)
    def _moved(self, message: VirtualList.CursorMoved) -> None:
        seen = self.seeing.moved(message.key)
        if seen:
            self.rows.refresh_model(seen)
        self.query_one(KeyBar).refresh()
        self._follow()

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    @on(VirtualList.MarksChanged)
    def _marked(self) -> None:
        self.query_one(LineBar).rest = self.framing.rest(self.views, self.rows)
        self.query_one(KeyBar).refresh()

    @on(VirtualList.Scrolled)
    def _scrolled(self) -> None:
        self.query_one(LineBar).rest = self.framing.rest(self.views, self.rows)

    def _follow(self) -> None:
        if self.is_wide:
            self.pane.show(self.rows.cursor)

    # What its keys do

    def deed(self, name: str) -> Callable[..., None] | None:
        if name in MOVES:
            return partial(self._move, name)
        if name.startswith(VIEW):
            return partial(self.show_view, int(name.removeprefix(VIEW)) - 1)
        return super().deed(name)

    def _move(self, how: str) -> None:
        where = self.pane if self._in_pane else self.rows
        getattr(where, f"action_{how}")()

    def do_open(self) -> None:
        key = self.rows.cursor
        if key is None:
            return
        if self.is_wide:
            self._follow()
            self.pane.focus()
        else:
            self.vagt.open_incident(key)

    def do_next_pane(self) -> None:
        if self.is_wide and not self._in_pane:
            self.pane.focus()
        else:
            self.rows.focus()

    def do_mark(self) -> None:
        self.rows.action_mark()

    def do_mark_all(self) -> None:
        self.rows.action_mark_all()

    def do_filter(self) -> None:
        self._filter_home = self.rows.viewpoint
        self.filter_bar.open()

    def do_back(self) -> None:
        """Close what is on top: the pane's keyboard, the marks, the filter."""
        if self._in_pane:
            self.rows.focus()
        elif self.rows.marks:
            self.clear_marks()
        elif self.filter_bar.text:
            self.filter_bar.clear()

    def do_sort(self) -> None:
        self.use_sort(self.views.next_sort())

    def use_sort(self, order: str) -> None:
        """Show this view in another order; the cursor stays on its incident."""
        self._remember()
        self.views.now.sort = order
        self._reopen()
        self.vagt.say(f"Order: {sort_words(order)}")

    def do_group(self) -> None:
        self._remember()
        group = self.views.next_group()
        self._reopen()
        self.vagt.say(f"Grouped by {group}" if group else "Not grouped")

    def show_view(self, at: int) -> None:
        """Show the view number `at`, counted from 0."""
        if at >= len(self.views.all):
            self.vagt.say(f"There is no view {at + 1}; the config has {len(self.views.all)}.")
            return
        self._remember()
        if self.views.switch(at):
            self.filter_bar.set_text(self.views.now.filter_text)
            self._reopen()

    def _remember(self) -> None:
        self.views.now.viewpoint = self.rows.viewpoint

    @on(FilterBar.Changed)
    def _filtered(self, message: FilterBar.Changed) -> None:
        now = self.views.now
        before = now.asks_closed
        now.filter_text, now.filter_query = message.text, message.query_now
        self._reopen(self._home_in_filter)
        if now.asks_closed and not before:
            self._recall_closed()

    def _recall_closed(self) -> None:
        recalling = self.vagt.guarded(self.engine.recall_closed())
        self.run_worker(recalling, exclusive=True, group="closed", exit_on_error=False)

    def _home_in_filter(self) -> Viewpoint[Key] | None:
        """Where to come back to while the filter is typed: the incident that the cursor was on when typing began."""
        anchor = self._filter_home or self.rows.viewpoint
        row = None if anchor.cursor is None else self.views.list.index(anchor.cursor)
        if row is None:
            return None
        return Viewpoint(anchor.cursor, min(row, anchor.screen_line))

    @on(FilterBar.Closed)
    def _filter_closed(self) -> None:
        self._filter_home = None
        self.rows.focus()
