"""The keys that move through a page or a list, for every screen that has one thing to move."""

from __future__ import annotations

from typing import Protocol

from vagt.ui.screens.base import VagtScreen


class Movable(Protocol):
    """What can be moved through: a reader, a pane, a list."""

    def action_down(self) -> None: ...

    def action_up(self) -> None: ...

    def action_half_down(self) -> None: ...

    def action_half_up(self) -> None: ...

    def action_top(self) -> None: ...

    def action_bottom(self) -> None: ...


class MovingScreen(VagtScreen):
    """A screen whose keys for moving all go to one part of it."""

    @property
    def moved(self) -> Movable:
        """The part that the keys move; each screen names its own."""
        raise NotImplementedError(type(self).__name__)

    def do_down(self) -> None:
        self.moved.action_down()

    def do_up(self) -> None:
        self.moved.action_up()

    def do_half_down(self) -> None:
        self.moved.action_half_down()

    def do_half_up(self) -> None:
        self.moved.action_half_up()

    def do_top(self) -> None:
        self.moved.action_top()

    def do_bottom(self) -> None:
        self.moved.action_bottom()
