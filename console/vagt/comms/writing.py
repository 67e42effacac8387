"""What was typed for one update: the chosen template and audiences, the answers, and the draft on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from uuid import uuid4

from vagt.comms import answers as typed
from vagt.comms import asked, returned
from vagt.comms.answers import AnswerError
from vagt.comms.asked import Asked
from vagt.comms.audiences import Audience
from vagt.comms.cadence import Awaited
from vagt.comms.catalogue import SURENESS, Name
from vagt.comms.drafts import Draft, Edited
from vagt.comms.holding import Hold
from vagt.comms.library import STAGES
from vagt.comms.office import Office, Seen
from vagt.comms.record import UpdateRecord
from vagt.comms.template import Template
from vagt.comms.times import Completion, complete, complete_past
from vagt.domain.fields import FieldKind
from vagt.domain.incident import Incident

NO_NEWS = "still-working"


class Writing:
    """The half of the composer that is typed into. Each setter has the draft on disk when it returns."""

    def __init__(self, office: Office, seen: Seen, draft: Draft, hold: Hold | None = None) -> None:
        """Without a `hold` no draft is left on disk, and none that is there is touched."""
        self._hold = hold
        self.office = office
        self.seen = seen
        self.disk_problem = ""
        """Why the draft could not be written, in words; empty where it could."""
        self._wrong: dict[str, tuple[str, str]] = {}
        self._known_templates: tuple[Template, ...] | None = None
        self._carried = self._from_last()
        self._replace(draft)

    def _replace(self, draft: Draft) -> None:
        """Go on with this one."""
        self._draft = draft
        self._wrong.clear()
        for key, text in draft.typed.items():
            self._read(key, text)
        self._forget()

    @property
    def incident(self) -> Incident:
        return self.seen.incident

    @property
    def template(self) -> str:
        """The chosen template's name: the stage, or one of the others."""
        return self._draft.template

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
    def earlier(self) -> tuple[UpdateRecord, ...]:
        """The updates that went out, the newest first."""
        return tuple(reversed(self.seen.updates))

    @property
    def last(self) -> UpdateRecord | None:
        return self.earlier[0] if self.earlier else None

    @property
    def zone(self) -> tzinfo | None:
        """In which times are typed and shown: that of the first chosen audience; None: the machine's."""
        return next((audience.zone for audience in self.audiences if audience.zone is not None), None)

    def complete(self, key: str, text: str) -> tuple[Completion, ...]:
        """What tab offers in an input: times as each audience will read them, names of people."""
        name = self.office.names.get(typed.split(key)[0])
        if name is None:
            return ()
        if name.kind is FieldKind.TIME and name.past:
            return complete_past(text, self.office.now(), lambda one: self._moment(name, one), self.audiences)
        if name.kind is FieldKind.TIME:
            return complete(text, self.office.now(), self.zone, self.audiences)
        if name.kind is FieldKind.CHOICE:
            return tuple(Completion(one, "") for one in SURENESS if one.startswith(text))
        if name.name in ("expected_by", "people"):
            people = [person.full_name or person.name for person in self.office.settings.people]
            known = [self.incident.assignee_name or "", self.office.me(self.incident.backend), *people]
            return tuple(Completion(one, "") for one in dict.fromkeys(known) if one and text.lower() in one.lower())
        return ()

    def _moment(self, name: Name, text: str) -> datetime | None:
        try:
            canonical = typed.read(name, text, now=self.office.now(), zone=self.zone)
        except AnswerError:
            return None
        return typed.moment_of({name.name: canonical}, name.name)

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

        Raises KeyError for a field that there is not.
        """
        if typed.split(key)[0] not in self.office.names:
            raise KeyError(key)
        answers = self._read(key, text)
        wrong = {name: kept for name, (kept, _) in self._wrong.items()}
        self._save(replace(self._draft, answers=answers, typed=wrong))
        return self._wrong[key][1] if key in self._wrong else ""

    def choose_audiences(self, names: Sequence[str]) -> None:
        """Exactly these. Raises KeyError for one that the config does not have."""
        for name in names:
            if self.office.audience(name) is None:
                raise KeyError(name)
        self._save(
            replace(self._draft, audiences=tuple(one.name for one in self.office.audiences if one.name in names))
        )

    def edit(self, audience: str, subject: str, text: str) -> None:
        """The whole message of one audience, written over by hand."""
        self._save(replace(self._draft, edited={**self._draft.edited, audience: Edited(subject, text)}))

    def unedit(self, audience: str) -> None:
        """Back to what the template makes."""
        kept = {name: one for name, one in self._draft.edited.items() if name != audience}
        self._save(replace(self._draft, edited=kept))

    def no_change(self) -> None:
        """“No change, next at …”: still working, with everything else as it was last time."""
        self._wrong.clear()
        answers = dict(self._carried)
        self._save(replace(self._draft, template=NO_NEWS, answers=answers, audiences=self._told(), edited={}, typed={}))

    def discard(self) -> None:
        """Give the draft up and begin anew."""
        if self._hold is not None:
            self._hold.drop()
        self._draft = Draft()
        self._wrong.clear()
        self.begin()

    def begin(self, template: str = "") -> None:
        """A new draft: the next stage, those concerned, and what was said last time."""
        known = self.office.library.names()
        again = returned.last(self.seen, self.office.my_names(self.incident.backend)) if not template else None
        if again is not None and again.template in known:
            # what a colleague sent back is written again, for those who have not heard of it
            answers = typed.carried(again.answers, self.office.names, self.office.now())
            draft = replace(self._draft, template=again.template, audiences=again.audiences, answers=answers)
            self._save(draft, on_disk=False)
            return
        chosen = template if template in known else self.suggested()
        answers = dict(self._carried)
        self._save(replace(self._draft, template=chosen, audiences=self._usual(), answers=answers), on_disk=False)

    def suggested(self) -> str:
        """What is most likely to be said next."""
        last = self.last.template if self.last is not None else ""
        if not self.incident.is_open:
            return "post-incident-summary" if last in ("resolved", "post-incident-summary") else "resolved"
        if not last:
            return STAGES[0]
        waits = {one.audience for one in self._awaited if one.first}
        if waits and waits.issuperset(self._usual()):
            # they have not heard that there is anything: “no news” would tell them nothing
            return next((one.template for one in self.earlier if one.template in STAGES), STAGES[0])
        return last if last in ("identified", "monitoring") else NO_NEWS

    def answers(self) -> dict[str, str]:
        """What was typed, and the defaults of what was not."""
        found = dict(self._draft.answers)
        promised = self.office.cadence.next_update(self.incident, self.office.now())
        for name in asked.names_asked(self._templates()):
            if not found.get(name.name) and name.name not in self._wrong:
                default = asked.default_of(name, self._templates(), self.incident, promised)
                if default and (name.name != "expected_sure" or found.get("expected")):
                    found[name.name] = default
        return {key: text for key, text in found.items() if text}

    def label(self, key: str) -> str:
        """How a field is called on the screen."""
        name, language = typed.split(key)
        field = self.office.names.get(name)
        label = field.label if field is not None else name
        return f"{label} ({language})" if language else label

    @property
    def _awaited(self) -> tuple[Awaited, ...]:
        """Who is to hear of it, and when, the earliest first."""
        return self.office.awaited(self.incident)

    def _with_colleague(self) -> frozenset[str]:
        """Audiences for whom a text waits for approval, or is approved and about to be sent."""
        return frozenset(one.audience for one in self.seen.proposals if one.standing.is_open)

    def _usual(self) -> tuple[str, ...]:
        """Those who are due; where nobody is, everybody concerned. A text that a colleague reads just now stays his."""
        names = tuple(audience.name for audience in self.office.concerned(self.incident))
        if not names:
            return tuple(self.last.audiences) if self.last is not None else ()
        names = tuple(name for name in names if name not in self._with_colleague()) or names
        now = self.office.now()
        # once others have been told, whoever has heard nothing is due whatever the clock says
        told = self.last is not None
        due = {one.audience for one in self._awaited if one.is_due(now) or (told and one.first)}
        return tuple(name for name in names if name in due) or names

    def _told(self) -> tuple[str, ...]:
        """Those of the usual ones who have heard of it; where none of them has, all who have."""
        heard = self.office.promises.words(self.incident.key)
        usual = tuple(name for name in self._usual() if name in heard)
        return usual or tuple(one.name for one in self.office.audiences if one.name in heard)

    def _from_last(self) -> dict[str, str]:
        last = self.last
        return typed.carried(last.answers, self.office.names, self.office.now()) if last is not None else {}

    def _read(self, key: str, text: str) -> dict[str, str]:
        """The answers with this one in; one that does not do stands in `_wrong` instead."""
        answers = {known: kept for known, kept in self._draft.answers.items() if known != key}
        name = self.office.names.get(typed.split(key)[0])
        self._wrong.pop(key, None)
        if name is None:
            return answers
        try:
            value = typed.read(name, text, now=self.office.now(), zone=self.zone)
        except AnswerError as error:
            self._wrong[key] = (text, str(error))
            return answers
        if value:
            answers[key] = value
        return answers

    def _typed_problems(self) -> Sequence[str]:
        """What was typed and cannot stand."""
        found = [f"{self.label(key)}: {why}" for key, (_, why) in self._wrong.items()]
        answers, now = self.answers(), self.office.now()
        asked_for = {name.name for name in asked.names_asked(self._templates())}
        if "next_update" in asked_for and (why := typed.times(answers, "next_update", now)):
            found.append(f"{self.label('next_update')}: {why}")
        expected = typed.expected_of(answers)
        if "expected" in asked_for and expected is not None and (why := expected.problem(now)):
            found.append(f"{self.label('expected')}: {why}")
        return found

    def _templates(self) -> tuple[Template, ...]:
        if self._known_templates is None:
            self._known_templates = asked.templates_for(self.office.library, self.template, self.audiences)
        return self._known_templates

    def _forget(self) -> None:
        """What was worked out from the draft is worked out anew."""
        self._known_templates = None

    def _save(self, draft: Draft, *, on_disk: bool = True) -> None:
        now = self.office.now()
        self._draft = replace(draft, saved_at=now)
        self._forget()
        if not on_disk or self._hold is None:
            return
        try:
            if self._hold.is_strange():
                self._hold.move_aside()
                self._draft = replace(self._draft.copy(), saved_at=now)
            self._hold.save(self._draft, now)
            self.disk_problem = ""
        except OSError as error:
            self.disk_problem = error.strerror or str(error)

    def _sent(self) -> None:
        """The draft has gone out: it is kept in case that it is taken back, and a new one takes its place."""
        self._save(replace(self._draft, sent=True))
        self._draft = replace(self._draft, id=uuid4().hex, typed={}, edited={}, sent=False, origin="")
        self._forget()
