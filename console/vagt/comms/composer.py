"""An update being written: all that a screen shows of it and all that can be done with it, without a screen.

Everything is synchronous but `open`, `send`, `reload` and `standing`: a screen calls a setter at each
keystroke and draws what the properties say. Each setter has the draft on disk when it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from uuid import uuid4

from vagt.comms import answers as typed
from vagt.comms import asked, sending
from vagt.comms.answers import AnswerError
from vagt.comms.approval import Proposal, Standing
from vagt.comms.asked import Asked
from vagt.comms.audiences import Audience
from vagt.comms.contents import Situation
from vagt.comms.delivery import Delivery
from vagt.comms.drafts import Draft, Edited
from vagt.comms.library import STAGES
from vagt.comms.message import Message, compose
from vagt.comms.office import Office, Seen
from vagt.comms.record import UpdateRecord
from vagt.comms.template import Template
from vagt.comms.times import Completion, complete
from vagt.domain.fields import FieldKind
from vagt.domain.incident import Incident, Key
from vagt.engine.engine import Engine

NO_NEWS = "still-working"


@dataclass(frozen=True, slots=True)
class Listener:
    """One audience as the composer lists it."""

    audience: Audience
    chosen: bool
    concerned: bool
    """The incident is theirs to hear of, by the config's query."""
    unable: str = ""
    """Why some channel of it cannot be used, in words."""


class Composer:
    """One update on one incident. Use `open`."""

    def __init__(self, office: Office, seen: Seen, draft: Draft, *, resumed: bool) -> None:
        self.office = office
        self.seen = seen
        self.resumed = resumed
        """An earlier draft was found and goes on."""
        self.disk_problem = ""
        """Why the draft could not be written, in words; empty where it could."""
        self._draft = draft
        self._wrong: dict[str, tuple[str, str]] = {key: (text, "") for key, text in draft.typed.items()}
        self._carried = self._from_last()
        self._internal = office.internal(seen)
        self._templates_cached: tuple[Template, ...] | None = None
        self._messages_cached: tuple[Message, ...] | None = None
        for key, (text, _) in list(self._wrong.items()):
            self._read(key, text)

    @classmethod
    async def open(
        cls, engine: Engine, key: Key, *, office: Office | None = None, template: str = "", resume: bool = True
    ) -> Composer:
        """The composer for an incident of the board, with its draft where there is one; reads its timeline.

        `template` chooses one, else the next stage is suggested; `resume=False` begins anew. Raises
        KeyError where the board does not know the incident.
        """
        office = office or Office(engine)
        incident = engine.board.get(key)
        if incident is None:
            raise KeyError(key)
        seen = await office.look(incident)
        draft = office.drafts.load(key) if resume else None
        if draft is not None and any(update.id == draft.id for update in seen.updates):
            # it went out, and only the file was not taken away
            office.drafts.drop(key)
            draft = None
        resumed = draft is not None
        composer = cls(office, seen, draft or Draft(), resumed=resumed)
        if not resumed:
            composer._begin(template)
        elif template:
            composer.choose(template)
        return composer

    # what the screen shows

    @property
    def incident(self) -> Incident:
        return self.seen.incident

    @property
    def template(self) -> str:
        """The chosen template's name: the stage, or one of the others."""
        return self._draft.template

    @property
    def templates(self) -> tuple[tuple[str, str], ...]:
        """What can be chosen, as (name, what it is for)."""
        known = self.office.library
        titles = {one.name: one.title for one in known.all()}
        return tuple((name, titles[name]) for name in known.names())

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Every audience of the config, those concerned first."""
        concerned = {audience.name for audience in self.office.concerned(self.incident)}
        rows = [
            Listener(
                audience, audience.name in self._draft.audiences, audience.name in concerned, self._unable(audience)
            )
            for audience in self.office.audiences
        ]
        return tuple(sorted(rows, key=lambda row: not row.concerned))

    @property
    def audiences(self) -> tuple[Audience, ...]:
        """The chosen ones."""
        return tuple(one for one in self.office.audiences if one.name in self._draft.audiences)

    @property
    def fields(self) -> tuple[Asked, ...]:
        """The inputs, in the order in which they are asked."""
        now = self.office.now()
        return asked.inputs(
            self._templates(),
            self.incident,
            self._draft.answers,
            self._wrong,
            first_language=self.office.settings.console.language,
            promised=self.office.cadence.next_update(self.incident, now),
            carried=self._carried,
            now=now,
            zone=self.zone,
        )

    @property
    def messages(self) -> tuple[Message, ...]:
        """What each chosen audience will get, exactly, or why it cannot be sent."""
        if self._messages_cached is None:
            situation = self.situation()
            self._messages_cached = tuple(
                compose(
                    situation,
                    audience,
                    self.template,
                    self.office.library,
                    self._internal,
                    edited=self._draft.edited.get(audience.name),
                    limits=self.office.limits,
                )
                for audience in self.audiences
            )
        return self._messages_cached

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it cannot be sent as it stands, in words; empty: it can."""
        found: list[str] = []
        if not self.office.audiences:
            found.append("the config has no [[audiences]]: there is nobody to write to")
        elif not self.audiences:
            found.append("choose an audience")
        found += [f"{self._label(key)}: {why}" for key, (_, why) in self._wrong.items() if why]
        found += self._time_problems()
        for message in self.messages:
            if message.missing:
                found.append(f"{self._label(message.missing)} is missing")
            elif message.problem:
                found.append(f"{message.audience.name}: {message.problem}")
        return tuple(dict.fromkeys(found))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know although it can be sent."""
        found = []
        if self.seen.problem:
            found.append(f"earlier updates and notes are not known: {self.seen.problem}")
        if self.disk_problem:
            found.append(f"the draft is not on disk: {self.disk_problem}")
        found += [f"{row.audience.name}: {row.unable}" for row in self.listeners if row.chosen and row.unable]
        found += [f"{one.audience.name}: {words}" for one in self.messages for words in one.remarks]
        found += [
            f"{proposal.audience}: sent back by {proposal.decided_by}: {proposal.words}"
            for proposal in self.proposals
            if proposal.standing is Standing.RETURNED
        ]
        found += list(self.office.library.problems)
        return tuple(dict.fromkeys(found))

    @property
    def changes(self) -> tuple[str, ...]:
        """What is another than in the last update, one line each; empty without one, or where nothing is."""
        if self.last is None:
            return ()
        now, found = self._draft.answers, []
        if self.last.template != self.template:
            found.append(f"{self.last.template} → {self.template}")
        for key in dict.fromkeys((*self.last.answers, *now)):
            if key in ("next_update", "expected_sure") or typed.split(key)[0] not in self.office.names:
                continue
            before, after = self.last.answers.get(key, ""), now.get(key, "")
            if before != after:
                name = self.office.names[typed.split(key)[0]]
                shown = [asked.shown(name, text, self.office.now(), self.zone) or "–" for text in (before, after)]
                found.append(f"{self._label(key)}: {shown[0]} → {shown[1]}")
        return tuple(found)

    @property
    def earlier(self) -> tuple[UpdateRecord, ...]:
        """The updates that went out, the newest first."""
        return tuple(reversed(self.seen.updates))

    @property
    def last(self) -> UpdateRecord | None:
        return self.earlier[0] if self.earlier else None

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Texts that wait, or waited, for approval on this incident."""
        return self.seen.proposals

    @property
    def needs_approval(self) -> bool:
        """Whether sending now only asks for approval of a part."""
        return any(audience.approval for audience in self.audiences)

    @property
    def zone(self) -> tzinfo | None:
        """In which times are typed and shown: that of the first chosen audience; None: the machine's."""
        return next((audience.zone for audience in self.audiences if audience.zone is not None), None)

    def complete(self, key: str, text: str) -> tuple[Completion, ...]:
        """What tab offers in an input: times as each audience will read them, names of people."""
        name = self.office.names.get(typed.split(key)[0])
        if name is None:
            return ()
        if name.kind is FieldKind.TIME:
            return complete(text, self.office.now(), self.zone, self.audiences)
        if name.kind is FieldKind.CHOICE:
            return tuple(Completion(one, "") for one in ("certain", "likely", "guess") if one.startswith(text))
        if name.name in ("expected_by", "people"):
            people = [person.full_name or person.name for person in self.office.settings.people]
            known = [self.incident.assignee_name or "", self.office.me(self.incident.backend), *people]
            return tuple(Completion(one, "") for one in dict.fromkeys(known) if one and text.lower() in one.lower())
        return ()

    # what the operator does

    def choose(self, template: str) -> None:
        """Another stage or template; the answers stay. Raises KeyError for one that there is not."""
        if template not in self.office.library.names():
            raise KeyError(template)
        self._save(replace(self._draft, template=template, edited={}))

    def toggle(self, audience: str) -> None:
        """Choose an audience, or leave it out. Raises KeyError for one that the config does not have."""
        if self.office.audience(audience) is None:
            raise KeyError(audience)
        chosen = set(self._draft.audiences) ^ {audience}
        self._save(
            replace(self._draft, audiences=tuple(one.name for one in self.office.audiences if one.name in chosen))
        )

    def set(self, key: str, text: str) -> str:
        """What was typed in an input; why it does not do, in words, "" where it does. It is kept either way.

        Raises KeyError for a field that no chosen template asks for.
        """
        if typed.split(key)[0] not in self.office.names:
            raise KeyError(key)
        answers = self._read(key, text)
        wrong = {name: kept for name, (kept, _) in self._wrong.items()}
        self._save(replace(self._draft, answers=answers, typed=wrong))
        return self._wrong[key][1] if key in self._wrong else ""

    def edit(self, audience: str, subject: str, text: str) -> None:
        """The whole message of one audience, written over by hand."""
        self._save(replace(self._draft, edited={**self._draft.edited, audience: Edited(subject, text)}))

    def unedit(self, audience: str) -> None:
        """Back to what the template makes."""
        self._save(
            replace(self._draft, edited={name: one for name, one in self._draft.edited.items() if name != audience})
        )

    def no_change(self) -> None:
        """“No change, next at …”: still working, with everything else as it was last time."""
        self._save(
            replace(
                self._draft, template=NO_NEWS, answers=dict(self._carried), audiences=self._usual(), edited={}, typed={}
            )
        )
        self._wrong.clear()

    def discard(self) -> None:
        """Give the draft up."""
        self.office.drafts.drop(self.incident.key)
        self._draft = Draft()
        self._wrong.clear()
        self._begin("")

    async def reload(self) -> None:
        """Look at the incident and its timeline again; what was typed stays."""
        incident = self.office.engine.board.get(self.incident.key) or self.incident
        self.seen = await self.office.look(incident)
        self._internal = self.office.internal(self.seen)
        self._forget()

    async def send(self, *, undo: bool = True) -> tuple[Delivery, ...]:
        """Hand it to the outbox: what needs approval is put to a colleague, the rest goes. The draft is then gone.

        Raises ValueError with the first problem where it cannot be sent, OutboxError where it could
        not be written: the draft stays in both cases.
        """
        self._forget()
        if self.problems:
            raise ValueError(self.problems[0])
        deliveries = await sending.send(
            self.office,
            self.seen,
            self.messages,
            update_id=self._draft.id,
            situation=self.situation(),
            template=self.template,
            typed_answers=self._draft.answers,
            undo=undo,
        )
        self.office.drafts.drop(self.incident.key)
        self._draft = replace(self._draft, id=uuid4().hex, typed={}, edited={})
        return deliveries

    # how it works inside

    def situation(self) -> Situation:
        """All that the messages are made from, as it is at this moment."""
        now = self.office.now()
        return Situation(
            incident=self.incident,
            answers=self._answers(),
            now=now,
            operator=self.office.me(self.incident.backend),
            updates=self.seen.updates,
            every=self.office.cadence.interval(self.incident, now),
            widened=self.office.cadence.widens(self.incident, now, self.last),
        )

    def _answers(self) -> dict[str, str]:
        """What was typed, and the defaults of what was not."""
        found = dict(self._draft.answers)
        promised = self.office.cadence.next_update(self.incident, self.office.now())
        for name in asked.names_asked(self._templates()):
            if not found.get(name.name) and name.name not in self._wrong:
                default = asked.default_of(name, self._templates(), self.incident, promised)
                if default and (name.name != "expected_sure" or found.get("expected")):
                    found[name.name] = default
        return {key: text for key, text in found.items() if text}

    def _begin(self, template: str) -> None:
        """A new draft: the next stage, those concerned, and what was said last time."""
        self._save(
            replace(
                self._draft,
                template=template if template in self.office.library.names() else self.suggested(),
                audiences=self._usual(),
                answers=dict(self._carried),
            ),
            on_disk=False,
        )

    def suggested(self) -> str:
        """What is most likely to be said next."""
        last = self.last.template if self.last is not None else ""
        if not self.incident.is_open:
            return "post-incident-summary" if last in ("resolved", "post-incident-summary") else "resolved"
        if not last:
            return STAGES[0]
        return last if last in ("identified", "monitoring") else NO_NEWS

    def _usual(self) -> tuple[str, ...]:
        concerned = tuple(audience.name for audience in self.office.concerned(self.incident))
        return concerned or (tuple(self.last.audiences) if self.last is not None else ())

    def _from_last(self) -> dict[str, str]:
        last = self.seen.updates[-1] if self.seen.updates else None
        return typed.carried(last.answers, self.office.names, self.office.now()) if last is not None else {}

    def _read(self, key: str, text: str) -> dict[str, str]:
        """The answers with this one in; one that does not do stands in `_wrong` instead."""
        name = self.office.names[typed.split(key)[0]]
        answers = {known: kept for known, kept in self._draft.answers.items() if known != key}
        self._wrong.pop(key, None)
        try:
            value = typed.read(name, text, now=self.office.now(), zone=self.zone)
        except AnswerError as error:
            self._wrong[key] = (text, str(error))
            return answers
        if value:
            answers[key] = value
        return answers

    def _time_problems(self) -> Sequence[str]:
        answers, now = self._answers(), self.office.now()
        found = []
        if why := typed.times(answers, "next_update", now):
            found.append(f"{self._label('next_update')}: {why}")
        expected = typed.expected_of(answers)
        if expected is not None and (why := expected.problem(now)):
            found.append(f"{self._label('expected')}: {why}")
        return found

    def _label(self, key: str) -> str:
        name, language = typed.split(key)
        field = self.office.names.get(name)
        label = field.label if field is not None else name
        return f"{label} ({language})" if language else label

    def _templates(self) -> tuple[Template, ...]:
        if self._templates_cached is None:
            self._templates_cached = asked.templates_for(self.office.library, self.template, self.audiences)
        return self._templates_cached

    def _unable(self, audience: Audience) -> str:
        return sending.unable_words(self.office, self.incident, audience)

    def _forget(self) -> None:
        self._templates_cached = None
        self._messages_cached = None

    def _save(self, draft: Draft, *, on_disk: bool = True) -> None:
        now: datetime = self.office.now()
        self._draft = replace(draft, saved_at=now)
        self._forget()
        if not on_disk:
            return
        try:
            self.office.drafts.save(self.incident.key, self._draft, now)
            self.disk_problem = ""
        except OSError as error:
            self.disk_problem = error.strerror or str(error)
