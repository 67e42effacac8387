"""Every verb, carried out on one incident inside the transaction of its caller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from vagt.adapters.embedded import transitions as ways
from vagt.adapters.embedded.links import linked
from vagt.adapters.embedded.organisation import LEVELS, Organisation, Team, nearest
from vagt.adapters.embedded.record import Entry, Row
from vagt.adapters.embedded.rules import (
    CANCELLED,
    OBSERVING,
    DeskRules,
    is_over,
    judged,
    moved,
    next_wake,
    opened,
)
from vagt.adapters.embedded.store import Store
from vagt.adapters.protocol import InvalidError, TransitionError
from vagt.domain import commands as c
from vagt.domain.incident import State
from vagt.domain.priority import LEVELS as PRIORITY_LEVELS
from vagt.domain.priority import PRIORITY_WORDS
from vagt.domain.timeline import EntryKind


@dataclass(frozen=True, slots=True)
class Outcome:
    """The incident after it, and what is worth telling beyond "done"."""

    row: Row
    message: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does something, and when. `operated`: it is an operator of the console, nobody simulated."""

    by: str
    at: datetime
    operated: bool = True


class ServiceDesk:
    """Carries out changes by the rules; raises InvalidError, TransitionError or NotFoundError in words."""

    def __init__(self, store: Store, organisation: Organisation, rules: DeskRules) -> None:
        self.store = store
        self.organisation = organisation
        self.rules = rules

    def carry_out(self, row: Row, change: c.Change, deed: Deed) -> Outcome:
        """Do one thing to one incident, with its lines in the timeline."""
        match change:
            case c.Acknowledge():
                return self._acknowledge(row, deed)
            case c.Take():
                return self._take(row, deed)
            case c.Assign():
                return self._assign(row, change, deed)
            case c.SetPriority():
                return self._judge(row, change, deed)
            case c.Hold():
                return self._hold(row, change, deed)
            case c.Snooze(until=until):
                self._in_future("until", until, deed)
                self._open(row, "snoozed")
                return self._saved(
                    replace(row, snoozed_until=until), deed, EntryKind.OTHER, f"Snoozed until {_minute(until)}"
                )
            case c.Note(text=text):
                return self._saved(row, deed, EntryKind.NOTE, _required("text", text))
            case c.Comment(text=text):
                return self._saved(row, deed, EntryKind.COMMENT, _required("text", text), public=True)
            case c.Resolve():
                return self._resolve(row, change, deed)
            case c.Close():
                if row.state is not State.RESOLVED:
                    raise TransitionError(
                        "It is closed already."
                        if row.state is State.CLOSED
                        else "It is not resolved: resolve it first."
                    )
                return self._saved(moved(row, State.CLOSED, deed.at), deed, EntryKind.STATE, "Closed")
            case c.Reopen(fields=fields):
                return self._reopen(row, dict(fields).get("text", ""), deed)
            case c.MoveTo():
                return self._move(row, change, deed)
            case c.SetMajor(on=on):
                return self._major(row, on, deed)
            case c.LinkTo():
                return Outcome(linked(self, row, change, deed))
            case c.Escalate():
                return self._escalate(row, change, deed)
            case c.Create():
                raise InvalidError("A new incident has no subject.")

    def create(self, change: c.Create, deed: Deed, *, source: str = "") -> Outcome:
        """Register an incident; where no team is named, the service's own gets it."""
        title = " ".join(_required("title", change.title).split())
        if len(title) > ways.TITLE_LENGTH:
            raise InvalidError(f"The title is longer than {ways.TITLE_LENGTH} characters.", (("title", "too long"),))
        organisation = self.organisation
        service = organisation.service(change.service) if change.service else None
        if change.service and service is None:
            raise _unknown("service", change.service, [s.name for s in organisation.services])
        team = self._team(change.team) if change.team else None
        category = None
        if change.category:
            category = next((k for k in organisation.categories if k.casefold() == change.category.casefold()), None)
            if category is None:
                raise _unknown("category", change.category, organisation.categories)
        row = opened(
            self.rules,
            at=deed.at,
            by=deed.by,
            title=title,
            description=change.description,
            impact=_level("impact", change.impact or 3),
            urgency=_level("urgency", change.urgency or 3),
            team=team.name if team else service.team if service else None,
            service=service.name if service else None,
            category=category,
            caller=change.caller or None,
            source=source,
        )
        row = self.store.add(replace(row, operated=deed.operated, wake_at=next_wake(row, deed.at)))
        self.store.tell(row.pk, Entry(deed.at, deed.by, EntryKind.STATE, "Registered", public=True))
        return Outcome(row, f"registered as {row.number}")

    def wake(self, until: datetime) -> None:
        """Let happen what happens by itself up to `until`: waiting and snoozing end, clocks run out."""
        while rows := self.store.waking(until):
            for row in rows:
                at = row.wake_at or until
                if row.state is State.WAITING and is_over(row.waiting_until, at):
                    woken = moved(row, State.ACTIVE, at)
                    self._saved(
                        woken, Deed("", at, row.operated), EntryKind.STATE, "Waiting is over: in progress again"
                    )
                    continue
                if is_over(row.snoozed_until, at):
                    row = replace(row, snoozed_until=None)
                self.store.save(replace(row, wake_at=next_wake(row, at)), silently=True)

    def saved(self, row: Row, deed: Deed, kind: EntryKind, text: str, *, public: bool = False) -> Row:
        """Store the row as this deed left it, with one line in the timeline."""
        row = replace(
            row,
            updated_at=max(deed.at, row.created_at),
            updated_by=deed.by or row.updated_by,
            operated=row.operated or deed.operated,
        )
        row = self.store.save(replace(row, wake_at=next_wake(row, deed.at)))
        self.store.tell(row.pk, Entry(deed.at, deed.by or "Service desk", kind, text, public))
        return row

    def _saved(self, row: Row, deed: Deed, kind: EntryKind, text: str, *, public: bool = False) -> Outcome:
        return Outcome(self.saved(row, deed, kind, text, public=public))

    def _name(self, login: str | None) -> str:
        return self.organisation.name_of(login) or "nobody"

    def _acknowledge(self, row: Row, deed: Deed) -> Outcome:
        self._open(row, "acknowledged")
        mine = row.assignee is None
        if row.state is State.WAITING or (row.acknowledged_at and row.state is State.ACTIVE and not mine):
            return Outcome(row, f"already acknowledged, {self._name(row.assignee)} has it")
        if mine:
            row = replace(row, assignee=deed.by)
        native = row.native if row.state is State.ACTIVE else ""
        return self._saved(moved(row, State.ACTIVE, deed.at, native), deed, EntryKind.STATE, "Acknowledged")

    def _take(self, row: Row, deed: Deed) -> Outcome:
        self._open(row, "taken")
        if row.assignee == deed.by:
            return Outcome(row, "already yours")
        text = f"Taken over from {self._name(row.assignee)}" if row.assignee else "Taken"
        return self._saved(replace(row, assignee=deed.by), deed, EntryKind.ASSIGNMENT, text)

    def _assign(self, row: Row, change: c.Assign, deed: Deed) -> Outcome:
        self._open(row, "assigned")
        team = self._team(change.team) if change.team else self.organisation.team(row.team or "")
        message = ""
        if change.team and team:
            if row.assignee and change.to is None and row.assignee not in team.members:
                message = f"{self._name(row.assignee)} is not in {team.name}: nobody has it now"
                row = replace(row, assignee=None)
            row = replace(row, team=team.name, level=row.level if row.team == team.name else 0)
        elif change.team == "":
            row = replace(row, team=None, level=0)
            team = None
        if change.to is not None:
            login = self._member(change.to, team) if change.to else None
            if login and team is None:
                own = self.organisation.teams_of(login)
                row = replace(row, team=own[0] if own else None)
            row = replace(row, assignee=login)
        parts = [row.team or "no team"] if change.team is not None else []
        if change.to is not None:
            parts.append(self._name(row.assignee))
        if not parts:
            raise InvalidError("Neither a team nor a person is named.", (("team", "required"), ("to", "required")))
        outcome = self._saved(row, deed, EntryKind.ASSIGNMENT, f"Assigned to {', '.join(parts)}")
        return replace(outcome, message=message)

    def _member(self, text: str, team: Team | None) -> str:
        person = self.organisation.person(text)
        if person is None:
            raise _unknown("to", text, [known.login for known in self.organisation.people])
        if team is not None and person.login not in (*team.members, team.lead):
            who = ", ".join(self._name(login) for login in team.members[:8]) or "nobody"
            raise InvalidError(
                f"{person.name} is not in {team.name} (its members: {who}); assign it to another team first.",
                (("to", f"not in {team.name}"),),
            )
        return person.login

    def _judge(self, row: Row, change: c.SetPriority, deed: Deed) -> Outcome:
        self._open(row, "judged")
        impact, urgency = change.impact, change.urgency
        if change.priority is not None and impact is None and urgency is None:
            matrix = self.rules.matrix
            if change.priority not in PRIORITY_WORDS:
                raise InvalidError("A priority is 1 to 5.", (("priority", "1 to 5"),))
            impact, urgency = matrix.nearest(change.priority)
            if matrix.priority(impact, urgency) != change.priority:
                raise InvalidError(
                    f"No impact and urgency give priority {change.priority} here.", (("priority", "not in the matrix"),)
                )
        elif impact is None and urgency is None:
            raise InvalidError("Impact or urgency is missing.", (("impact", "required"), ("urgency", "required")))
        before = row.priority
        row = judged(
            self.rules,
            row,
            _level("impact", row.impact if impact is None else impact),
            _level("urgency", row.urgency if urgency is None else urgency),
        )
        text = f"Priority {before} → {row.priority} (impact {row.impact}, urgency {row.urgency})"
        return replace(self._saved(row, deed, EntryKind.PRIORITY, text), message=f"priority {row.priority}")

    def _hold(self, row: Row, change: c.Hold, deed: Deed) -> Outcome:
        self._open(row, "held")
        if change.until is not None:
            self._in_future("until", change.until, deed)
        asked = change.reason or "other"
        known = {code.casefold(): words for code, words in self.organisation.reasons}
        by_words = {words.casefold(): words for words in known.values()}
        # Words of one's own are kept as they are: nobody should have to look up a code at three in the morning.
        reason = known.get(asked.casefold()) or by_words.get(asked.casefold()) or asked
        row = replace(moved(row, State.WAITING, deed.at), waiting_reason=reason, waiting_until=change.until)
        until = f" until {_minute(change.until)}" if change.until else ""
        return self._saved(row, deed, EntryKind.STATE, f"On hold{until}: {reason}")

    def _resolve(self, row: Row, change: c.Resolve, deed: Deed) -> Outcome:
        if not row.state.is_open:
            raise TransitionError(f"It is {row.native.lower()} already.")
        text = _required("text", change.text)
        code = self._code(change.code or dict(change.fields).get("code"))
        if row.major and code is None:
            raise InvalidError("A major incident is resolved with a resolution code.", (("code", "required"),))
        row = replace(moved(row, State.RESOLVED, deed.at), resolution=text, code=code)
        return self._saved(row, deed, EntryKind.STATE, f"Resolved: {text}", public=True)

    def _code(self, text: str | None) -> str | None:
        if not text:
            return None
        for code, words in self.organisation.codes:
            if text.casefold() in (code.casefold(), words.casefold()):
                return code
        raise _unknown("code", text, [code for code, _ in self.organisation.codes])

    def _reopen(self, row: Row, text: str, deed: Deed) -> Outcome:
        if row.state.is_open:
            raise TransitionError("It is open.")
        if row.duplicate_of is not None:
            survivor = self.store.row(row.duplicate_of)
            raise TransitionError(
                f"It was a duplicate and lives on in {survivor.number}."
                if survivor
                else "It was closed as a duplicate."
            )
        return self._saved(
            moved(row, State.ACTIVE, deed.at), deed, EntryKind.STATE, f"Reopened: {text}" if text else "Reopened"
        )

    def _move(self, row: Row, change: c.MoveTo, deed: Deed) -> Outcome:
        offered = {way.id: way for way in ways.transitions_of(row, self.organisation)}
        way = offered.get(change.transition)
        if way is None:
            raise TransitionError(
                f"“{change.label or change.transition}” is not possible while it is {row.native.lower()};"
                f" possible are: {', '.join(known.label for known in offered.values()) or 'none'}."
            )
        given = dict(change.fields)
        for spec in way.fields:
            if spec.required:
                _required(spec.name, given.get(spec.name, ""))
        match way.id:
            case ways.HOLD:
                until = given.get("until")
                return self._hold(row, c.Hold(given.get("reason", ""), _time("until", until) if until else None), deed)
            case ways.RESOLVE:
                return self._resolve(row, c.Resolve(given.get("text", ""), given.get("code")), deed)
            case ways.START:
                return self._acknowledge(row, deed)
            case ways.REOPEN:
                return self._reopen(row, given.get("text", ""), deed)
            case ways.CANCEL:
                row = replace(moved(row, State.CLOSED, deed.at, CANCELLED), resolution=given["text"])
                return self._saved(row, deed, EntryKind.STATE, f"Cancelled: {given['text']}", public=True)
            case ways.CLOSE:
                return self.carry_out(row, c.Close(), deed)
            case ways.OBSERVE:
                return self._saved(moved(row, State.ACTIVE, deed.at, OBSERVING), deed, EntryKind.STATE, way.label)
            case _:
                return self._saved(moved(row, State.ACTIVE, deed.at), deed, EntryKind.STATE, way.label)

    def _major(self, row: Row, on: bool, deed: Deed) -> Outcome:
        self._open(row, "major")
        if row.major is on:
            return Outcome(row, "already a major incident" if on else "not a major incident")
        text = "Declared a major incident" if on else "No longer a major incident"
        return self._saved(replace(row, major=on), deed, EntryKind.ESCALATION, text)

    def _escalate(self, row: Row, change: c.Escalate, deed: Deed) -> Outcome:
        self._open(row, "escalated")
        reason = _required("reason", change.reason)
        organisation = self.organisation
        team = organisation.team(row.team or "")
        level = change.level
        login: str | None
        if change.to:
            target = organisation.team(change.to)
            person = organisation.person(change.to)
            if target is None and person is None:
                names = [*(t.name for t in organisation.teams), *(p.login for p in organisation.people)]
                raise _unknown("to", change.to, names)
            if target is not None:
                level = level or 1
                login, team = self._on_call(target, level, deed.at), target
            else:
                assert person is not None
                login, level = person.login, level or row.level
                if team is None or login not in (*team.members, team.lead):
                    own = organisation.teams_of(login)
                    team = organisation.team(own[0]) if own else team
            where = target.name if target else self._name(login)
        else:
            if team is None:
                raise InvalidError("It has no team yet: escalate it to a team.", (("to", "required"),))
            level = row.level + 1 if level is None else level
            if level not in LEVELS:
                words = "It stands at the highest level already" if level > 3 else "A level is 1 to 3"
                raise InvalidError(f"{words}: escalate it to another team or a person.", (("level", "1 to 3"),))
            login = self._on_call(team, level, deed.at)
            where = f"level {level} of {team.name}"
        row = replace(row, team=team.name if team else None, assignee=login, level=level or 0)
        who = self._name(login)
        text = f"Escalated to {where}{'' if where == who else f' ({who})'}: {reason}"
        return replace(self._saved(row, deed, EntryKind.ESCALATION, text), message=f"{who} has it now")

    def _on_call(self, team: Team, level: int, at: datetime) -> str | None:
        return next((duty.who for duty in self.organisation.on_call(at, team, "") if duty.level == level), None)

    def _team(self, text: str) -> Team:
        team = self.organisation.team(text)
        if team is None:
            raise _unknown("team", text, [known.name for known in self.organisation.teams])
        return team

    @staticmethod
    def _open(row: Row, what: str) -> None:
        if not row.state.is_open:
            raise TransitionError(f"It is {row.native.lower()} and cannot be {what}: reopen it first.")

    @staticmethod
    def _in_future(name: str, moment: datetime, deed: Deed) -> None:
        if moment <= deed.at:
            raise InvalidError(f"{_minute(moment)} has passed.", ((name, "must be in the future"),))


def _required(name: str, text: str) -> str:
    if not text.strip():
        raise InvalidError(f"“{name}” is missing.", ((name, "required"),))
    if len(text) > ways.TEXT_LENGTH:
        raise InvalidError(f"“{name}” is longer than {ways.TEXT_LENGTH} characters.", ((name, "too long"),))
    return text.strip()


def _level(name: str, value: int) -> int:
    if value not in PRIORITY_LEVELS:
        raise InvalidError(f"{name} is 1 (high), 2 or 3 (low).", ((name, "1 to 3"),))
    return value


def _time(name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(f"“{text}” is not a time.", ((name, "not a time"),)) from error
    if moment.tzinfo is None:
        raise InvalidError(f"“{text}” has no time zone.", ((name, "no time zone"),))
    return moment


def _unknown(name: str, text: str, known: tuple[str, ...] | list[str]) -> InvalidError:
    return InvalidError(f"no {_NOUNS[name]} is called “{text}”{nearest(text, known)}", ((name, "unknown"),))


_NOUNS = {
    "to": "person or team",
    "team": "team",
    "service": "service",
    "category": "category",
    "code": "resolution code",
}


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
