"""The service desk: it registers incidents, keeps what a deed made of them, and lets happen what happens by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from vagt.adapters.embedded.checks import level, team_called, title, unknown
from vagt.adapters.embedded.organisation import Organisation
from vagt.adapters.embedded.record import Entry, Row
from vagt.adapters.embedded.rules import DeskRules, is_over, moved, next_wake, opened
from vagt.adapters.embedded.store import Store
from vagt.domain.commands import Create
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind

ITSELF = "Service desk"
"""Who did what happens by itself."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The incident after it, and what is worth telling beyond "done"."""

    row: Row
    message: str = ""


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does something, and when. `operated`: an operator of the console does it, nobody simulated."""

    by: str
    at: datetime
    operated: bool = True


class ServiceDesk:
    """What every verb (`verbs.carry_out`) works on, inside the transaction of its caller."""

    def __init__(self, store: Store, organisation: Organisation, rules: DeskRules) -> None:
        self.store = store
        self.organisation = organisation
        self.rules = rules

    def create(self, change: Create, doing: Doing, *, source: str = "") -> Outcome:
        """Register an incident; where no team is named, the service's own gets it. Raises InvalidError in words."""
        organisation = self.organisation
        service = organisation.service(change.service) if change.service else None
        if change.service and service is None:
            raise unknown("service", change.service, [s.name for s in organisation.services])
        team = team_called(organisation, change.team).name if change.team else None
        category = None
        if change.category:
            category = next((k for k in organisation.categories if k.casefold() == change.category.casefold()), None)
            if category is None:
                raise unknown("category", change.category, organisation.categories)
        row = opened(
            self.rules,
            at=doing.at,
            by=doing.by,
            title=title(change.title),
            description=change.description,
            impact=level("impact", 3 if change.impact is None else change.impact),
            urgency=level("urgency", 3 if change.urgency is None else change.urgency),
            team=team or (service.team if service else None),
            service=service.name if service else None,
            category=category,
            caller=change.caller or None,
            source=source,
        )
        row = self.store.add(replace(row, operated=doing.operated, wake_at=next_wake(row, doing.at)))
        self.store.tell(row.pk, Entry(doing.at, doing.by, EntryKind.STATE, "Registered", public=True))
        return Outcome(row, f"registered as {row.number}")

    def wake(self, until: datetime) -> None:
        """Let happen what happens by itself up to `until`: waiting and snoozing end, clocks run out."""
        while rows := self.store.waking(until):
            for row in rows:
                self._woken(row, row.wake_at or until)

    def _woken(self, row: Row, at: datetime) -> None:
        if row.state is State.WAITING and is_over(row.waiting_until, at):
            by_itself = Doing("", at, operated=row.operated)
            self.saved(moved(row, State.ACTIVE, at), by_itself, EntryKind.STATE, "Waiting is over: in progress again")
            return
        if is_over(row.snoozed_until, at):
            row = replace(row, snoozed_until=None)
        self.store.save(replace(row, wake_at=next_wake(row, at)), silently=True)

    def saved(self, row: Row, doing: Doing, kind: EntryKind, text: str, *, public: bool = False) -> Outcome:
        """Store the row as this deed left it, with one line in the timeline."""
        row = replace(
            row,
            updated_at=max(doing.at, row.created_at),
            updated_by=doing.by or ITSELF,
            operated=row.operated or doing.operated,
            wake_at=next_wake(row, doing.at),
        )
        row = self.store.save(row)
        self.store.tell(row.pk, Entry(doing.at, doing.by or ITSELF, kind, text, public))
        return Outcome(row)

    def unchanged(self, row: Row, message: str = "") -> Outcome:
        """It was so already; nothing is written."""
        return Outcome(row, message)

    def name_of(self, login: str | None) -> str:
        """For words: the full name; “nobody” for None."""
        return self.organisation.name_of(login) or "nobody"
