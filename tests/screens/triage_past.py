"""A backend with a past to learn from, and a few incidents that nobody has."""

from __future__ import annotations

from tests.adapters.embedded import Desk
from vagt.domain.commands import Acknowledge, Assign, Close, Resolve
from vagt.domain.incident import Incident

PLACES = ("Aarhus", "Odense", "Vejle", "Ribe", "Skive", "Thisted")


class Past:
    """Closed incidents of two kinds, each always judged alike; then three new ones, of which one is like none."""

    vpn: Incident
    again: Incident
    odd: Incident

    def __init__(self, *, history: int = 20) -> None:
        self.history = history

    async def __call__(self, bo: Desk) -> None:
        for number in range(self.history):
            place = PLACES[number % len(PLACES)]
            await self._closed(bo, f"VPN drops in {place}", impact=2, urgency=1, team="Network", service="VPN")
            await self._closed(bo, f"Mail slow for {place}", impact=3, urgency=2, team="NOC", service="E-mail")
        bo.clock.advance(3600 * 24)
        self.vpn = await bo.opened("VPN drops in Esbjerg", impact=3, urgency=1, team="NOC", caller="Ole Hansen")
        bo.clock.advance(300)
        self.again = await bo.opened("VPN drops in Esbjerg too", impact=3, urgency=2, team="NOC", caller="Åse Berg")
        self.odd = await bo.opened("The coffee machine speaks Latin", impact=3, urgency=3)
        bo.clock.advance(60)

    async def _closed(self, bo: Desk, title: str, *, impact: int, urgency: int, team: str, service: str) -> None:
        one = await bo.opened(title, impact=impact, urgency=urgency, service=service)
        await bo.does(Assign(team=team), one.id)
        await bo.does(Acknowledge(), one.id)
        await bo.does(Resolve("Done.", "fixed"), one.id)
        await bo.does(Close(), one.id)
        bo.clock.advance(600)
