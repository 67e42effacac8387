"""The app, with its own type, from any of its widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.dom import DOMNode

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp


def vagt_of(node: DOMNode) -> VagtApp:
    """The console that `node` is part of."""
    return cast("VagtApp", node.app)
