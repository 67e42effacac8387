"""An update being written: all that a screen shows of it and all that can be done with it, without a screen.

Everything is synchronous but `open`, `send`, `reload` and `standing`: a screen calls a setter at each
keystroke (they are `Writing`'s) and draws what the properties say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vagt.comms import answers as typed
from vagt.comms import asked, delivery, nudges, sending
from vagt.comms.approval import Proposal, Standing
from vagt.comms.audiences import Audience
from vagt.comms.contents import Situation
from vagt.comms.delivery import Delivery
from vagt.comms.drafts import Draft
from vagt.comms.holding import Hold, Opened, Version
from vagt.comms.leaks import Internal
from vagt.comms.message import Message, compose
from vagt.comms.nudges import Nudge
from vagt.comms.office import Office, Seen
from vagt.comms.progress import of_update
from vagt.comms.reopening import newest
from vagt.comms.writing import Writing
from vagt.domain import moments
from vagt.domain.incident import Key
from vagt.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Listener:
    """One audience as the composer lists it."""

    audience: Audience
    chosen: bool
    concerned: bool
    """The incident is theirs to hear of, by the config's query."""
    unable: str = ""
    """Why some channel of it cannot be used, in words."""
    waits: str = ""
    """When it is to hear again, or that a text to it waits for a colleague, in words."""


class Composer(Writing):
    """One update on one incident. Use `open`."""

    def __init__(self, office: Office, seen: Seen, draft: Draft, *, resumed: bool, hold: Hold | None = None) -> None:
        super().__init__(office, seen, draft, hold)
        self.resumed = resumed
        """An earlier draft was found and goes on."""
        self.copied: Opened | None = None
        """Whoever writes the draft just now of which this one is a copy."""
        self.elsewhere: tuple[Opened, ...] = () if hold is None else hold.others()
        """Other terminals that have a draft on this incident open, as of the last `tick`."""
        self._known_sent: set[str] = set()
        self._internal: Internal = office.internal(seen)
        self._messages: tuple[Message, ...] | None = None
        self._situation: Situation | None = None

    @classmethod
    async def open(
        cls,
        engine: Engine,
        key: Key,
        *,
        office: Office | None = None,
        template: str = "",
        resume: bool = True,
        keep: bool = True,
    ) -> Composer:
        """The composer for an incident of the board, with its newest draft where there is one; reads its timeline.

        A draft that is open in another terminal stays with that one: this composer goes on with a copy.
        `template` chooses one, else the next stage is suggested; `resume=False` begins anew,
        `keep=False` leaves no draft behind. Raises KeyError where the board does not know the incident.
        """
        office = office or Office(engine)
        incident = engine.board.get(key)
        if incident is None:
            raise KeyError(key)
        seen = await office.look(incident)
        hold = Hold(office.drafts, key, engine.operator, office.now()) if keep else None
        version = await newest(office, seen, hold) if hold is not None and resume else None
        draft = hold.take(version) if hold is not None else None
        if version is not None and draft is not None and draft.sent:
            # it was taken back before it left, and goes on as a new update
            draft = replace(draft, id=Draft().id, sent=False)
        composer = cls(office, seen, draft or Draft(), resumed=draft is not None, hold=hold)
        composer.copied = version.opened if version is not None else None
        if draft is None:
            composer.begin(template)
        elif template:
            composer.choose(template)
        return composer

    def close(self) -> None:
        """Let other terminals go on with the draft. Safe to call twice."""
        if self._hold is not None:
            self._hold.close()

    @property
    def versions(self) -> tuple[Version, ...]:
        """Other drafts on this incident, the newest first: written in other terminals, or left there."""
        found = self._hold.versions() if self._hold is not None else ()
        gone = {update.id for update in self.seen.updates}
        return tuple(one for one in found if not one.draft.sent and one.draft.id not in gone)

    def switch(self, version: Version) -> None:
        """Go on with another draft; what was written in this one stays on disk beside it."""
        if self._hold is None:
            return
        draft = self._hold.take(version)
        self.copied, self.resumed = version.opened, True
        self._replace(draft or version.draft)

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
                audience,
                audience.name in self._draft.audiences,
                audience.name in concerned,
                sending.unable_words(self.office, self.incident, audience),
                self._waits(audience.name),
            )
            for audience in self.office.audiences
        ]
        return tuple(sorted(rows, key=lambda row: not row.concerned))

    def _waits(self, audience: str) -> str:
        if audience in self._with_colleague():
            return "a text to it waits for approval"
        awaited = next((one for one in self._awaited if one.audience == audience), None)
        if awaited is None:
            return ""
        now = self.office.now()
        when = moments.local(awaited.due_at, now, self.zone)
        late = (awaited.due_at - now).total_seconds() <= 0
        if awaited.first:
            return f"first word due since {when}" if late else f"first word due {when}"
        return f"next word due since {when}" if late else f"next word due {when}"

    @property
    def messages(self) -> tuple[Message, ...]:
        """What each chosen audience will get, exactly, or why it cannot be sent."""
        if self._messages is None:
            situation = self.situation()
            self._messages = tuple(
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
        return self._messages

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it cannot be sent as it stands, in words; empty: it can."""
        found: list[str] = []
        if self.office.settings.console.read_only:
            found.append("this console is read-only ([console] read_only in the config)")
        if not self.office.audiences:
            found.append("the config has no [[audiences]]: there is nobody to write to")
        elif not self.audiences:
            found.append("choose an audience")
        found += self._typed_problems()
        without = delivery.no_notes(self.office.engine, self.incident)
        found += [
            f"{audience.name}: approval is asked for by a note, and {without}"
            for audience in self.audiences
            if audience.approval and without
        ]
        for message in self.messages:
            if message.missing:
                found.append(f"{self.label(message.missing)} is missing")
            elif message.problem:
                found.append(f"{message.audience.name}: {message.problem}")
        return tuple(dict.fromkeys(found))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know although it can be sent."""
        found = [one.words for one in self.nudges]
        if self.seen.problem:
            found.append(f"earlier updates and notes are not known: {self.seen.problem}")
        if without := delivery.no_notes(self.office.engine, self.incident):
            found.append(f"other consoles will not know of it: {without}")
        found += self.beside
        if self.disk_problem:
            found.append(f"the draft is not on disk: {self.disk_problem}")
        found += [f"{row.audience.name}: {row.unable}" for row in self.listeners if row.chosen and row.unable]
        found += [f"{one.audience.name}: {words}" for one in self.messages for words in one.remarks]
        found += [
            f"{proposal.audience}: sent back by {proposal.decided_by}: {proposal.words}"
            for proposal in self.proposals
            if proposal.standing is Standing.RETURNED
        ]
        found += [f"{name}: the same text as last time" for name in self.repeated]
        found += list(self.office.library.problems)
        return tuple(dict.fromkeys(found))

    @property
    def beside(self) -> tuple[str, ...]:
        """That other terminals have a draft on this incident open."""
        return tuple(f"also open on {one.where}: what is written there is kept by itself" for one in self.elsewhere)

    @property
    def nudges(self) -> tuple[Nudge, ...]:
        """What may have been overlooked, with the input that it is about."""
        passing = nudges.passing(self, self.office.now())
        return (*((passing,) if passing is not None else ()), *nudges.languages(self))

    @property
    def changes(self) -> tuple[str, ...]:
        """What is another than in the last update, one line each; empty without one, or where nothing is."""
        if self.last is None:
            return ()
        found = [] if self.last.template == self.template else [f"{self.last.template} → {self.template}"]
        for key in dict.fromkeys((*self.last.answers, *self._draft.answers)):
            name = self.office.names.get(typed.split(key)[0])
            before, after = self.last.answers.get(key, ""), self._draft.answers.get(key, "")
            if name is None or before == after or key in ("next_update", "expected_sure"):
                continue
            shown = [asked.shown(name, text, self.office.now(), self.zone) or "–" for text in (before, after)]
            found.append(f"{self.label(key)}: {shown[0]} → {shown[1]}")
        return tuple(found)

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Texts that wait, or waited, for approval on this incident."""
        return self.seen.proposals

    @property
    def needs_approval(self) -> bool:
        """Whether sending now only asks for approval of a part."""
        return any(audience.approval for audience in self.audiences)

    async def reload(self) -> None:
        """Look at the incident and its timeline again; what was typed stays."""
        incident = self.office.engine.board.get(self.incident.key) or self.incident
        self.seen = await self.office.look(incident)
        self._internal = self.office.internal(self.seen)
        self._forget()

    @property
    def repeated(self) -> tuple[str, ...]:
        """Audiences that would get the very text which they got last time."""
        told: dict[str, str] = {}
        for update in self.seen.updates:
            told |= {name: update.digests.get(name, "") for name in update.reached}
        return tuple(
            one.audience.name
            for one in self.messages
            if one.text and told.get(one.audience.name) == delivery.text_digest(one.subject, one.text)
        )

    async def send(self, *, undo: bool = True, update_id: str = "") -> tuple[Delivery, ...]:
        """Hand it to the outbox: what needs approval is put to a colleague, the rest goes. The draft is then gone.

        `update_id` is the update's own where the caller derives it from what is sent; else the draft has one.
        Raises ValueError with the first problem where it cannot be sent, OutboxError where it could
        not be written: the draft stays in both cases.
        """
        self._forget()
        if self.problems:
            raise ValueError(self.problems[0])
        if not update_id:
            await self._still_mine()
        deliveries = await sending.send(
            self.office,
            self.seen,
            self.messages,
            update_id=update_id or self._draft.id,
            situation=self.situation(),
            template=self.template,
            typed_answers=self._draft.answers,
            undo=undo,
        )
        self._sent()
        self.close()
        return deliveries

    async def _still_mine(self) -> None:
        """See that no other terminal has sent this draft with other words. Raises ValueError, once for each."""
        kin = [self._draft.id, self._draft.family]
        if self._hold is not None:
            kin += [one.draft.id for one in self._hold.versions() if one.draft.family == self._draft.family]
        for id in dict.fromkeys(kin):
            known = await delivery.sent_as(self.office.engine, id, self.messages)
            if known is delivery.Sent.SAME:
                # sent again under its own name, nothing happens
                self._save(replace(self._draft, id=id), on_disk=False)
                return
            if known is delivery.Sent.NOT or id in self._known_sent:
                continue
            self._known_sent.add(id)
            if id == self._draft.id:
                self._save(replace(self._draft, id=Draft().id, origin=self._draft.family))
            if known is delivery.Sent.OTHER:
                await self.reload()
                raise ValueError(
                    "another terminal has sent this draft meanwhile, with other words or to others; look at what went "
                    "out, and send again if this is to follow it"
                )

    async def progress(self) -> tuple[Delivery, ...]:
        """How far the last update has come, as far as this data folder sent it: each audience and channel."""
        last = self.last
        if last is None:
            return ()
        return await of_update(self.office, last)

    async def standing(self, deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
        """How what was sent stands now."""
        return await delivery.standing(self.office.engine, deliveries)

    def tick(self) -> None:
        """Time has gone by: what is shown is worked out anew."""
        if self._hold is not None:
            self.elsewhere = self._hold.others()
        self._forget()

    def situation(self) -> Situation:
        """All that the messages are made from, as it was when they were made."""
        if self._situation is None:
            self._situation = self._looked()
        return self._situation

    def _looked(self) -> Situation:
        now = self.office.now()
        return Situation(
            incident=self.incident,
            answers=self.answers(),
            now=now,
            operator=self.office.me(self.incident.backend),
            updates=self.seen.updates,
            every=self.office.cadence.interval(self.incident, now),
        )

    def _forget(self) -> None:
        super()._forget()
        self._messages = None
        self._situation = None
