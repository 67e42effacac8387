"""Keeps the console alive: what a message handler raises is written down and shown, and the next message comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from vagt.ui.typed import vagt_of

if TYPE_CHECKING:
    from textual.dom import DOMNode

    _Base = DOMNode
else:
    _Base = object


class Sturdy(_Base):
    """To be named before a screen or widget among the bases.

    Textual ends a widget's message loop at the first exception, and the program with it; on call that is
    worse than one handler that did not finish.
    """

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # whatever it was, the operator goes on
            vagt_of(self).trouble(error)
