"""The service desk: every verb, carried out on one incident inside the transaction of its caller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from vagt.adapters.embedded import assignment, progress
from vagt.adapters.embedded.checks import level, must_be_open, required, title, unknown
from vagt.adapters.embedded.links import linked
from vagt.adapters.embedded.organisation import Organisation
from vagt.adapters.embedded.record import Entry, Row
from vagt.adapters.embedded.rules import DeskRules, is_over, judged, moved, next_wake, opened
from vagt.adapters.embedded.store import Store
from vagt.adapters.protocol import InvalidError
from vagt.domain import commands as c
from vagt.domain.incident import State
from vagt.domain.priority import PRIORITIES
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
    """Carries out changes by the rules. Raises InvalidError, TransitionError or NotFoundError in words."""

    def __init__(self, store: Store, organisation: Organisation, rules: DeskRules) -> None:
        self.store = store
        self.organisation = organisation
        self.rules = rules

    def carry_out(self, row: Row, change: c.Change, doing: Doing) -> Outcome:
        """Do one thing to one incident, with its lines in the timeline."""
        match change:
            case c.Acknowledge():
                return assignment.acknowledge(self, row, doing)
            case c.Take():
                return assignment.take(self, row, doing)
            case c.Assign():
                return assignment.assign(self, row, change, doing)
            case c.Escalate():
                return assignment.escalate(self, row, change, doing)
            case c.SetPriority():
                return self._judge(row, change, doing)
            case c.Hold():
                return progress.hold(self, row, change, doing)
            case c.Snooze():
                return progress.snooze(self, row, change, doing)
            case c.Resolve():
                return progress.resolve(self, row, change, doing)
            case c.Close():
                return progress.close(self, row, doing)
            case c.Reopen(fields=fields):
                return progress.reopen(self, row, dict(fields).get("text", ""), doing)
            case c.MoveTo():
                return progress.move(self, row, change, doing)
            case c.Note(text=text):
                return self.saved(row, doing, EntryKind.NOTE, required("text", text))
            case c.Comment(text=text):
                return self.saved(row, doing, EntryKind.COMMENT, required("text", text), public=True)
            case c.SetMajor(on=on):
                return self._major(row, on, doing)
            case c.LinkTo():
                return linked(self, row, change, doing)
            case c.Create():
                raise InvalidError("A new incident has no subject.")
            case c.Attach() | c.Notify() | c.Announce():
                raise InvalidError(f"This service desk has no “{change.verb.value}”.")

    def create(self, change: c.Create, doing: Doing, *, source: str = "") -> Outcome:
        """Register an incident; where no team is named, the service's own gets it."""
        organisation = self.organisation
        service = organisation.service(change.service) if change.service else None
        if change.service and service is None:
            raise unknown("service", change.service, [s.name for s in organisation.services])
        team = assignment.team_called(organisation, change.team).name if change.team else None
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

    def _judge(self, row: Row, change: c.SetPriority, doing: Doing) -> Outcome:
        """By impact and urgency; a bare priority becomes the most even pair that yields it."""
        must_be_open(row, "judged")
        impact, urgency = change.impact, change.urgency
        if impact is None and urgency is None:
            if change.priority is None:
                raise InvalidError("Impact or urgency is missing.", (("impact", "required"), ("urgency", "required")))
            impact, urgency = self._pair(change.priority)
        before = row.priority
        row = judged(
            self.rules,
            row,
            level("impact", row.impact if impact is None else impact),
            level("urgency", row.urgency if urgency is None else urgency),
        )
        text = f"Priority {before} → {row.priority} (impact {row.impact}, urgency {row.urgency})"
        return self.saved(row, doing, EntryKind.PRIORITY, text)

    def _pair(self, priority: int) -> tuple[int, int]:
        if priority not in PRIORITIES:
            raise InvalidError("A priority is 1 to 5.", (("priority", "1 to 5"),))
        impact, urgency = self.rules.matrix.nearest(priority)
        if self.rules.matrix.priority(impact, urgency) != priority:
            raise InvalidError(
                f"No impact and urgency give priority {priority} here.", (("priority", "not in the matrix"),)
            )
        return impact, urgency

    def _major(self, row: Row, on: bool, doing: Doing) -> Outcome:
        must_be_open(row, "declared")
        if row.major is on:
            return self.unchanged(row, "already a major incident" if on else "not a major incident")
        text = "Declared a major incident" if on else "No longer a major incident"
        return self.saved(replace(row, major=on), doing, EntryKind.ESCALATION, text)
