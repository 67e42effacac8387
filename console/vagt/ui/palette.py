"""The palette: every action by name, and besides them views, orders, groupings and themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from vagt.domain.actions import BY_NAME, Scope
from vagt.ui.screens.base import VagtScreen
from vagt.ui.screens.queue.views import sort_words
from vagt.ui.typed import vagt_of
from vagt_widgets.safe_text import safe_text

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that the palette offers."""

    name: str
    help: str
    run: Callable[[], None]


def commands(app: VagtApp, screen: VagtScreen) -> Iterator[Command]:
    """All that can be done from `screen`; actions are bound to what is selected there now."""
    subjects = screen.subjects()
    for action in screen.actions():
        if action.name == "palette" or action.name.startswith("view_"):
            continue
        key = screen.keymap.all_shown(action.name)
        needs = subjects if action.scope is Scope.INCIDENT else ()
        reason = screen.engine.unable(action, needs[0] if needs else None) if action.verb is not None else ""
        words = f"Not now: {safe_text(reason)}" if reason else action.help
        name = f"{action.label}  ({key})" if key else action.label
        yield Command(name, words, partial(app.acting.run, action, needs, screen))
    yield from _queue_commands(app)
    for theme in sorted(name for name in app.available_themes if name.startswith("vagt-")):
        yield Command(f"Theme: {theme}", "Change the colours for this session.", partial(app.use_theme, theme))


def _queue_commands(app: VagtApp) -> Iterator[Command]:
    queue = app.queue
    for at, view in enumerate(queue.views.all):
        name = safe_text(view.settings.name)
        yield Command(f"View: {name}  ({at + 1})", safe_text(view.settings.query), partial(app.show_view, at))
    for order in queue.views.now.orders:
        yield Command(f"Order: {sort_words(order)}", "Show this view in that order.", partial(queue.use_sort, order))


async def moves_of(app: VagtApp, screen: VagtScreen) -> list[Command]:
    """What the backend itself can do with the one incident that is selected: its transitions and own actions."""
    from vagt.ui.screens.triage import state  # forms are not needed for the first frame

    subjects = screen.subjects()
    if len(subjects) != 1 or screen.engine.unable(BY_NAME["state"], subjects[0]):
        return []
    asking, moves = await state.offered(app, screen.engine, subjects[0])
    found = []
    for place, move in enumerate(moves):
        detail = state.option(place, move, {asking.subjects[0].native_state}).detail
        words = f"{app.name_of(asking.subjects[0].ref)}: {' '.join(detail.split())}"
        found.append(Command(f"Do: {safe_text(move.label)}", safe_text(words), partial(app.acting.go, asking, move)))
    return found


class CommandProvider(Provider):
    """What Textual's palette asks; a subclass has the commands."""

    _commands: Sequence[Command] = ()

    async def discover(self) -> Hits:
        for command in self._commands:
            yield DiscoveryHit(Content(command.name), command.run, text=command.name, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands:
            score = matcher.match(command.name)
            if not score and query.casefold() in command.help.casefold():
                score = 0.1
            if score > 0:
                yield Hit(score, matcher.highlight(command.name), command.run, text=command.name, help=command.help)


class ActionProvider(CommandProvider):
    """The console's own commands."""

    async def startup(self) -> None:
        screen = self.screen
        self._commands = list(commands(vagt_of(screen), screen)) if isinstance(screen, VagtScreen) else []


class MoveProvider(CommandProvider):
    """The backend's moves, once it has told them; the others do not wait for it."""

    async def startup(self) -> None:
        screen = self.screen
        if isinstance(screen, VagtScreen):
            self._commands = await moves_of(vagt_of(screen), screen)
