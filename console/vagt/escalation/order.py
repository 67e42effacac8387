"""One step for one incident, as requests to the outbox: whom it is given to, who is told, in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from vagt.domain import durations
from vagt.domain.commands import Assign, Escalate, Note, Notify
from vagt.domain.incident import Incident
from vagt.engine.request import Request
from vagt.escalation.afresh import Afresh
from vagt.escalation.paths import Path, Step
from vagt.escalation.reach import Reach
from vagt.escalation.record import Mark, MarkKind, line_of
from vagt.escalation.standing import FIRST

_SPACE = UUID("0f0d6f7e-7d0c-5a54-9d0a-6f1a2c2f9b11")
"""The name space of the ids of steps: the same step has the same id on every console."""
_LONGEST = 1500
"""Characters of a note's words: a backend that cuts it short must not cut off the marker."""
_WITHIN = 20.0
"""Seconds after which a channel that cannot be reached is left for the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done. Times are UTC."""

    incident: Incident
    system: str
    """The backend's own name for itself, the same on every console."""
    reach: Reach
    reason: str
    at: datetime
    path: Path | None = None
    step: Step | None = None
    level: int | None = None
    """The backend's own level, where one was asked for."""
    round: str = FIRST
    back: Afresh | None = None
    """When it was reopened, or its acknowledgement withdrawn, where that is why it climbs."""
    by: str = ""
    """Who asked for it; empty: nobody did, its time has come."""
    nonce: str = ""
    """Of a step that a person asked for: what makes it another one than the last."""
    earlier: tuple[Mark, ...] = ()
    """Claims of the same step whose owners never said that it was done."""
    given: bool = False
    """The backend's own escalation has been asked for already, by one of those."""
    expires: datetime | None = None
    """After that, somebody else has the step."""

    @property
    def identity(self) -> str:
        """What this is, the same wherever and however often it is made."""
        number = self.step.number if self.step is not None else 0
        path = self.path.name if self.path is not None else ""
        return "|".join((self.system, self.incident.id, path, str(number), self.round, self.nonce))

    def id(self, part: str) -> str:
        """The id of one of its requests."""
        return uuid5(_SPACE, f"{self.identity}|{part}").hex

    def mark(self, kind: MarkKind, claim: str, *, reached: bool = True) -> Mark:
        """What is said of it in the timeline."""
        return Mark(
            kind=kind,
            path=self.path.name if self.path is not None else "",
            step=self.step.number if self.step is not None else 0,
            round=self.round,
            id=claim,
            at=self.at,
            by=self.by,
            reached=reached,
            manual=bool(self.by),
        )

    def giving(self) -> tuple[Request, ...]:
        """Whom it is given to, on the backend."""
        incident, reach = self.incident, self.reach
        if reach.native and not self.given:
            sent = line_of(self.mark(MarkKind.SENT, self.id("give")[:16])) if self.step is not None else ""
            to = reach.login or reach.team or None
            change = Escalate(f"{self.reason} {sent}".strip(), level=self.level, to=to, expires=self.expires)
            return (Request(incident.backend, incident.key, change, self.id("give")),)
        if (reach.team or reach.login) and not reach.native:
            person = reach.person
            name = person.full_name if reach.login and person is not None else None
            change_to = Assign(reach.team or None, reach.login or None, name, expires=self.expires)
            return (Request(incident.backend, incident.key, change_to, self.id("give")),)
        return ()

    def telling(self) -> tuple[Request, ...]:
        """Who is told, through their channels."""
        title, text = self.title, self.text
        made = []
        for first, *others in self.reach.notify:
            whom = self.reach.person.full_name if self._is_person(first) and self.reach.person else first
            words = Notify(
                channel=first,
                title=title,
                text=text,
                purpose="escalation",
                to=whom,
                insist=True,
                then=tuple(others),
                within=_WITHIN if others else None,
                expires=self.expires,
            )
            made.append(Request.notify(words, self.incident.key, self.id(f"tell {first}")))
        return tuple(made)

    def note(self, words: str, mark: Mark) -> Request:
        """A note that people can read and consoles too."""
        if len(words) > _LONGEST:
            words = f"{words[: _LONGEST - 1]}…"
        text = f"{words}\n\n{line_of(mark)}"
        return Request(self.incident.backend, self.incident.key, Note(text), self.id(f"note {mark.kind} {mark.id}"))

    @property
    def title(self) -> str:
        """One line, for a telephone's screen."""
        priority = f"P{self.incident.priority} " if self.incident.priority else ""
        return f"{priority}{self.incident.ref}: {self.incident.title}"

    @property
    def name(self) -> str:
        """Which step it is, in words."""
        if self.step is None or self.path is None:
            return self.reach.target.words
        return f"step {self.step.number} of {len(self.step_names)} on {self.path.name}: {self.reach.target.words}"

    @property
    def step_names(self) -> Sequence[str]:
        return [step.to.words for step in self.path.steps] if self.path is not None else []

    @property
    def text(self) -> str:
        """What whoever is told needs to decide."""
        incident = self.incident
        state = "nobody has acknowledged it" if not incident.is_acknowledged else f"it is {incident.state.value}"
        age = ""
        if incident.created_at is not None:
            since = durations.spoken(max(0.0, (self.at - incident.created_at).total_seconds()))
            age = f"; it came {incident.created_at:%H:%M} UTC, {since} ago"
        if self.back is not None:
            state = f"{self.back.words} at {self.back.at:%H:%M} UTC"
            state += f" by {self.back.by}" if self.back.by else ""
        facts = [
            ("Priority", str(incident.priority) if incident.priority else ""),
            ("Service", incident.service or ""),
            ("Team", incident.team or "none"),
            ("Assigned", incident.assignee_name or incident.assignee or "nobody"),
        ]
        lines = [f"{incident.ref}: {incident.title}", f"{state[0].upper()}{state[1:]}{age}.", ""]
        lines += [f"{label}: {value}" for label, value in facts if value]
        lines += ["", f"Why you: {self.name}.", f"Reason: {self.reason}"]
        if self.by:
            lines.append(f"Escalated by {self.by}.")
        if self.earlier:
            first = self.earlier[0]
            lines.append(
                f"This may be the second of its kind: {first.by or 'another console'} began this step at"
                f" {first.at:%H:%M:%S} UTC and has not said since whether anybody was told."
            )
        if incident.url:
            lines += ["", incident.url]
        return "\n".join(lines)

    def _is_person(self, channel: str) -> bool:
        person = self.reach.person
        return person is not None and bool(person.channels) and person.channels[0] == channel
