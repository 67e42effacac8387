"""What every screen shares: its keys from the table, and one way from a key to a deed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingsMap
from textual.screen import Screen

from vagt.domain.actions import BY_NAME, Action, Scope
from vagt.domain.incident import Key
from vagt.ui.sturdy import Sturdy

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.app import VagtApp
    from vagt.ui.keymap import Keymap


OF_THE_QUEUE = frozenset(
    {"mark", "mark_all", "filter", "sort", "group", "next_pane", *(f"view_{number}" for number in range(1, 10))}
)
"""Actions of the queue's scope that mean nothing where only its keys for moving are wanted."""


class VagtScreen(Sturdy, Screen[None], inherit_bindings=False):
    """A full screen. A subclass names its scopes and has a method `do_NAME` for actions that are its own."""

    DEFAULT_CSS = """
    VagtScreen.-long-line LineBar { height: 2; }
    VagtScreen.-long-line KeyBar { display: none; }
    """

    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.APP,)
    WITHOUT: ClassVar[frozenset[str]] = frozenset()
    """Actions of these scopes that mean nothing here."""
    HELP_TITLE: ClassVar[str] = ""
    """What the help calls this screen."""

    def __init__(self, engine: Engine, keymap: Keymap) -> None:
        super().__init__()
        self.engine = engine
        self.keymap = keymap
        # the config's keys are not known when the class is made, so its BINDINGS cannot hold them
        self._bindings = BindingsMap(keymap.bindings(self.SCOPES, self.WITHOUT))

    @property
    def vagt(self) -> VagtApp:
        return cast("VagtApp", self.app)

    def subjects(self) -> tuple[Key, ...]:
        """What an action would act on now: what is marked, else what is under the cursor."""
        return ()

    def actions(self) -> tuple[Action, ...]:
        """The actions that this screen's keys reach, for help, footer and palette."""
        return tuple(a for a in self.keymap.actions(self.SCOPES) if a.name not in self.WITHOUT)

    def deed(self, name: str) -> Callable[..., None] | None:
        """What this screen itself does for the action called `name`; None: it is everybody's."""
        found: Callable[..., None] | None = getattr(self, f"do_{name}", None)
        return found

    def action_act(self, name: str) -> None:
        """A key of the table went down: bind it to its subjects before anything else can happen."""
        self.vagt.acting.press(BY_NAME[name], self)

    def do_back(self) -> None:
        self.dismiss()
