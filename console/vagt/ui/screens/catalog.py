"""The screens that open over the queue, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vagt.ui.screens.base import VagtScreen

if TYPE_CHECKING:
    from vagt.domain.incident import Key
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap


def make(name: str, engine: Engine, keymap: Keymap) -> VagtScreen:
    """The screen called `name`: "outbox", "oncall", "backends" … Raises KeyError."""
    if name == "outbox":
        from vagt.ui.screens.outbox.screen import OutboxScreen

        return OutboxScreen(engine, keymap)
    if name == "oncall":
        from vagt.ui.screens.oncall.screen import OnCallScreen

        return OnCallScreen(engine, keymap)
    if name == "backends":
        from vagt.ui.screens.backends.screen import BackendsScreen

        return BackendsScreen(engine, keymap)
    if name == "approvals":
        from vagt.ui.screens.approvals.screen import ApprovalsScreen

        return ApprovalsScreen(engine, keymap)
    if name == "triage":
        from vagt.ui.screens.triagemode.screen import TriageScreen

        return TriageScreen(engine, keymap)
    if name == "handover":
        from vagt.ui.screens.handover.screen import HandoverScreen

        return HandoverScreen(engine, keymap)
    raise KeyError(name)


def incident(engine: Engine, keymap: Keymap, key: Key) -> VagtScreen:
    """One incident, instead of the queue."""
    from vagt.ui.screens.incident.screen import IncidentScreen

    return IncidentScreen(engine, keymap, key)
