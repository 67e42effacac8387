"""One line and the bell: an update that is due, a text that waits for the operator, an own one that was decided on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from vagt.comms.approval import Proposal, Standing, same_person
from vagt.comms.courier import Due
from vagt.comms.office import Office, Seen
from vagt.domain.incident import Incident
from vagt.ui.messages import Tone
from vagt_widgets.safe_text import cut

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

TITLE = 30
"""Characters of an incident's title in a line."""


class Notices:
    """What the console says unasked about words to those affected. What comes at once is told in one line."""

    def __init__(self, app: VagtApp, office: Office) -> None:
        self._app = app
        self._office = office
        self._due: list[Due] = []
        self._standings: dict[str, Standing] = {}

    def due(self, due: Due) -> None:
        """A clock is about to run out."""
        self._due.append(due)
        if len(self._due) == 1:
            self._app.call_later(self._remind)

    def _remind(self) -> None:
        due, self._due = sorted(self._due, key=lambda one: gravity(self._app, one)), []
        if due:
            more = f" · and {len(due) - 1} more" if len(due) > 1 else ""
            words = due[0].words(self._app.engine.clock.now(), self._named(due[0]))
            self._say(f"{words} · {self._app.keymap.shown('due_update')} writes it{more}", Tone.WARN)

    def _named(self, due: Due) -> str:
        incident = self._app.engine.board.get(due.key)
        return self._app.name_of(due.ref) if incident is None else self._called(incident)

    def _called(self, incident: Incident) -> str:
        level = f"P{incident.priority} " if incident.priority else ""
        return f"{level}{self._app.name_of(incident.ref)} {cut(incident.title, TITLE)}"

    def seen(self, seen: Seen) -> None:
        """Somebody has read a timeline: does a text wait there for me, or was mine decided on?"""
        for proposal in seen.proposals:
            before = self._standings.get(proposal.id)
            self._standings[proposal.id] = proposal.standing
            if before is not proposal.standing and (words := self._words(seen.incident, proposal, before)):
                self._say(f"{self._called(seen.incident)}: {words}", Tone.WARN)

    def _words(self, incident: Incident, proposal: Proposal, before: Standing | None) -> str:
        keys = self._app.keymap
        mine = any(same_person(name, proposal.by) for name in self._office.my_names(incident.backend))
        if proposal.standing is Standing.WAITING and not mine:
            return f"an update to {proposal.audience} waits for approval, by {proposal.by} · {keys.shown('approvals')}"
        if not mine or before is not Standing.WAITING:
            return ""
        match proposal.standing:
            case Standing.RETURNED:
                back = f"{proposal.decided_by} sent your update to {proposal.audience} back: {proposal.words}"
                return f"{back} · {keys.shown('update')} opens it"
            case Standing.APPROVED | Standing.SENT:
                return f"your update to {proposal.audience} was approved" + (
                    f" by {proposal.decided_by}" if proposal.decided_by else ""
                )
            case Standing.VOID if proposal.words and "newer" not in proposal.words:
                return f"your update to {proposal.audience} cannot be approved any more: {proposal.words}"
            case _:
                return ""

    def released(self, incident: Incident, proposal: Proposal, why: str) -> None:
        """What a colleague approved was sent from here by itself, as nobody else had; `why` not, where it was not."""
        what = f"the update to {proposal.audience}, approved by {proposal.decided_by},"
        if why:
            self._say(f"{self._called(incident)}: {what} did not go out: {why}", Tone.BAD)
        else:
            self._app.say(f"{self._called(incident)}: {what} is on its way from here", Tone.GOOD, seconds=15)

    def _say(self, words: str, tone: Tone) -> None:
        self._app.say(words, tone, seconds=30)
        self._app.bell()


def gravity(app: VagtApp, due: Due) -> tuple[int, datetime]:
    """What sorts the updates that are due: the gravest incident, and of those the one longest overdue."""
    incident = app.engine.board.get(due.key)
    level = incident.priority if incident is not None else None
    return level or 9, due.clock.due_at or app.engine.clock.now()
