"""Declaring a major incident, and taking that back."""

from __future__ import annotations

from vagt.domain.commands import SetMajor
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.confirmation import confirmed


async def ask(asking: Asking) -> Answer:
    """Confirm the opposite of what it is now."""
    incident = asking.subjects[0]
    on = not incident.major
    question = "Declare a major incident?" if on else "No longer a major incident?"
    if not await confirmed(asking, question, f"{incident.ref} {incident.title}"):
        return None
    return asking.same(SetMajor(on))
