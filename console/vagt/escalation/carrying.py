"""One due step, carried out once however many consoles watch: claimed through the backend, done, and said to be done.

A claim is a note with a marker. Whoever wants to carry a step out writes one, waits until every
claim of the same second can be read, and reads the timeline back: the backend's first claim wins.
It is a lease: an owner who has not said “done” when it ends is taken for dead, and the next
console claims the step again, naming the first.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from random import Random
from uuid import UUID, uuid5

from vagt.adapters.protocol import AdapterError, NotFoundError
from vagt.domain import durations
from vagt.domain.actions import BY_NAME
from vagt.domain.commands import Note, Verb
from vagt.domain.incident import Incident, Key
from vagt.engine.engine import Engine, Request
from vagt.engine.errors import OutboxError
from vagt.engine.intent import Intent, Stage
from vagt.escalation.ladder import Ladder, Rung
from vagt.escalation.memory import Memory
from vagt.escalation.order import Order
from vagt.escalation.paths import TargetKind
from vagt.escalation.reach import Reaching
from vagt.escalation.record import Mark, MarkKind, Record, line_of
from vagt.escalation.records import Records
from vagt.escalation.standing import Standing
from vagt.escalation.timing import Timing

log = logging.getLogger("vagt.escalation")

_CLAIMS = UUID("5b6f0b0e-5f9c-5a39-8d43-1b1f0d6d0c02")
_CLOSED = 60.0
"""Seconds until it is looked at again where nothing may be written."""
_BUSY = 5.0
"""Seconds until a step is looked at again that could not be looked at now."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one step."""

    ref: str
    status: str
    """`done`, `queued` or `refused`."""
    message: str


class Carrier:
    """Carries steps out, one call for each incident at a time."""

    def __init__(
        self,
        engine: Engine,
        *,
        ladder: Ladder,
        records: Records,
        reaching: Reaching,
        memory: Memory,
        console: str,
        timing: Timing,
    ) -> None:
        """`console`: the owner of the claims, the same after a restart."""
        self._engine = engine
        self._ladder = ladder
        self._records = records
        self._reaching = reaching
        self._memory = memory
        self._console = console
        self._timing = timing
        self._rests: dict[Key, float] = {}
        """Until when nothing more is tried, on the monotonic clock."""
        self._clock = engine.clock

    async def attend(self, rung: Rung) -> Result | None:
        """Look at it now and do what is due; None where nothing is, or another console has it."""
        resting = self._rests.get(rung.key, 0.0) - self._clock.monotonic()
        if resting > 0:
            self._ladder.again_in(rung.key, resting)
            return None
        if closed := self._engine.unable(BY_NAME["escalate"], rung.key):
            self._rest(rung, closed, _CLOSED)
            return None
        try:
            return await self._attend(rung)
        except NotFoundError:
            self._ladder.look((), (rung.key,))
        except (AdapterError, OutboxError) as error:
            log.warning("the escalation of %s was not looked at: %s", rung.incident.ref, error)
            self._ladder.again_in(rung.key, _BUSY)
        return None

    def _rest(self, rung: Rung, why: str, seconds: float) -> None:
        """Leave it alone for a while: trying every second would help nobody."""
        log.warning("%s is not escalated now: %s", rung.incident.ref, why)
        self._rests[rung.key] = self._clock.monotonic() + seconds
        self._ladder.again_in(rung.key, seconds)

    async def _attend(self, rung: Rung) -> Result | None:
        if self._timing.stagger:
            # Of many consoles one claims, and the others see that when they look: no crowd of notes.
            await self._clock.sleep(Random(f"{self._console} {rung.key}").random() * self._timing.stagger)
        # It may have waited for its turn: what the board knows since then counts.
        now = await self._read(self._engine.board.get(rung.key) or rung.incident)
        if now is None or not self._wants(now):
            return None
        if now.standing.claim is None:
            trouble = await self._claim(now)
            now = await self._read(await self._engine.find(now.incident.ref))
            if now is not None and now.standing.is_due(self._engine.now_at(now.key.backend)) and trouble:
                self._rest(now, f"the step could not be claimed: {trouble}", _BUSY * 6)
            if now is None or not self._is_mine(now):
                return None
        return await self._carry_out(now)

    async def _read(self, incident: Incident) -> Rung | None:
        """Where it stands, by a timeline read now."""
        await self._records.read(incident)
        self._ladder.look((incident,))
        return self._ladder.get(incident.key)

    def _wants(self, rung: Rung) -> bool:
        """Whether it is ours to do something now."""
        return rung.standing.is_due(self._engine.now_at(rung.key.backend)) or self._is_mine(rung)

    def _is_mine(self, rung: Rung) -> bool:
        claim = rung.standing.claim
        return claim is not None and claim.id == self._claim_id(rung.incident, rung.standing)

    def _claim_id(self, incident: Incident, found: Standing, attempt: int | None = None) -> str:
        """The same for the same try of the same step, so that it is recognised as ours after a restart."""
        number = found.next.number if found.next is not None else 0
        system = self._engine.system(incident.backend)
        attempt = len(found.earlier) if attempt is None else attempt
        what = (self._console, system, incident.id, found.path.name, str(number), found.round, str(attempt))
        return uuid5(_CLAIMS, "|".join(what)).hex[:16]

    def _of_others(self, incident: Incident, found: Standing) -> tuple[Mark, ...]:
        """Earlier claims of other consoles: of our own ones the outbox knows what became of them."""
        own = {self._claim_id(incident, found, attempt) for attempt in range(len(found.earlier))}
        return tuple(claim for claim in found.earlier if claim.id not in own)

    async def _claim(self, rung: Rung) -> str:
        """Say that it is ours; whether that held shows when it is read back. In words why it may not have been said."""
        incident, found = rung.incident, rung.standing
        assert found.next is not None
        claim = Mark(
            kind=MarkKind.CLAIM,
            path=found.path.name,
            step=found.next.number,
            round=found.round,
            id=self._claim_id(incident, found),
            at=self._engine.now_at(incident.backend),
            by=self._engine.my_name(incident.backend),
        )
        words = f"Vagt escalates: step {found.next.number} on {found.path.name} is due ({found.next.to.words})."
        if found.earlier:
            first = found.earlier[0]
            words += f" {first.by or 'Another console'} began it at {first.at:%H:%M:%S} UTC and did not finish."
        self._engine.tell_log("escalation", incident.ref, "claimed", words, id=claim.id)
        if not self._records.in_backend(incident.backend):
            await self._records.keep(incident, claim)
            return ""
        intent = await self._written(incident, claim, f"{words}\n\n{line_of(claim)}")
        if intent.stage is Stage.DONE:
            return "the note that says so cannot be read back"
        return intent.reason or intent.stage.value

    async def _written(self, incident: Incident, claim: Mark, text: str) -> Intent:
        """The note of a claim, written and waited for; once more where an earlier one did not get through."""
        for attempt in count():
            id = uuid5(_CLAIMS, f"note {claim.id} {attempt}").hex
            (intent,) = await self._engine.submit([Request(incident.backend, incident.key, Note(text), id)], undo=False)
            if intent.stage is Stage.DONE:
                pause = min(self._timing.longest, self._timing.lease * 2.0 ** min(attempt, 10))
                if intent.command.at + timedelta(seconds=pause) > self._clock.now():
                    return intent
            elif intent.stage.needs_person:
                await self._engine.retry(id)
                break
            elif intent.stage.is_pending:
                break
        (intent,) = await self._engine.settled([id], self._timing.write)
        if intent.stage.is_pending:
            # Too late it would only be in the way of others; one that is on the wire is found in the timeline.
            try:
                await self._engine.discard(id)
            except OutboxError:
                log.info("the claim of %s is still on its way", incident.ref)
        await self._clock.sleep(self._timing.settle)
        return intent

    async def _carry_out(self, rung: Rung) -> Result | None:
        incident, found = rung.incident, rung.standing
        claim, step = found.claim, found.next
        assert claim is not None and step is not None
        ends = claim.at + timedelta(seconds=self._timing.lease - self._timing.margin)
        left = (ends - self._engine.now_at(incident.backend)).total_seconds()
        if left <= self._timing.margin:
            return None
        record = self._records.known(incident.key) or Record()
        reach = await self._reaching.step(incident, found.path, step)
        order = Order(
            incident=incident,
            system=self._engine.system(incident.backend),
            reach=reach,
            reason=_reason(rung),
            at=self._engine.now_at(incident.backend),
            path=found.path,
            step=step,
            round=found.round,
            back=found.back,
            earlier=self._of_others(incident, found),
            given=any(mark.kind is MarkKind.SENT and _same(mark, claim) for mark in record.marks),
            expires=self._clock.now() + timedelta(seconds=left),
        )
        intents = await self._do(order, left)
        return await self._said(order, claim, intents)

    async def _do(self, order: Order, seconds: float) -> tuple[Intent, ...]:
        """Give it and tell it; returns as soon as somebody has been told, or nothing more can come of it."""
        requests = [*order.giving(), *order.telling()]
        if not requests:
            return ()
        requests = [self._anew(request) for request in requests]
        ids = [request.id for request in requests if request.id]
        earlier = [intent for id in ids if (intent := self._engine.delivery(id)) is not None]
        await self._engine.submit(requests, undo=False)
        for intent in earlier:
            if intent.stage in (Stage.REFUSED, Stage.UNKNOWN) and intent.command.channel:
                # From an earlier try of ours: once more, and where it may have arrived it says so.
                await self._engine.retry(intent.command.id)
        ends = self._clock.monotonic() + seconds
        while True:
            intents = await self._engine.settled(ids, 0)
            if any(_reached(intent) for intent in intents) or not any(i.stage.is_pending for i in intents):
                return intents
            left = ends - self._clock.monotonic()
            if left <= 0:
                return intents
            await self._clock.sleep(min(0.25, left))

    def _anew(self, request: Request) -> Request:
        """What was dropped at an earlier try is no longer what is asked for: it is asked for again as another one."""
        for attempt in count(1):
            known = self._engine.delivery(request.id) if request.id and request.change.verb is not Verb.NOTIFY else None
            if known is None or known.stage is not Stage.DISCARDED:
                break
            request = replace(request, id=uuid5(_CLAIMS, f"{request.id} {attempt}").hex)
        return request

    async def _said(self, order: Order, claim: Mark, intents: Sequence[Intent]) -> Result:
        """Tell everybody that the step was carried out; a step that reached nobody it meant to reach is not."""
        words = outcome_words(order, intents)
        failed = bool(intents) and not any(_reached(intent) for intent in intents)
        given = [intent for intent in intents if intent.command.verb is Verb.ASSIGN]
        if failed and not order.reach.notify and any(intent.stage is Stage.DONE for intent in given):
            failed = False
        if failed:
            self._engine.tell_log("escalation", order.incident.ref, "failed", words, id=claim.id)
            self._ladder.again_in(order.incident.key, self._timing.lease)
            return Result(order.incident.ref, "refused", f"{order.name}: {words}")
        done = order.mark(MarkKind.DONE, claim.id, reached=_knows(order, intents))
        text = f"Escalated, {order.name}: {words}. Reason: {order.reason}"
        self._engine.tell_log("escalation", order.incident.ref, "done", text, id=claim.id)
        if self._records.in_backend(order.incident.backend):
            await self._engine.submit([order.note(text, done)], undo=False)
            note = order.note(text, done)
            await self._engine.settled([note.id or ""], self._timing.write)
        else:
            await self._records.keep(order.incident, done)
            words += f"; {order.incident.backend} takes no notes, so only this data folder knows of it"
        await self._read(self._engine.board.get(order.incident.key) or order.incident)
        return Result(order.incident.ref, "done", f"{order.name}: {words}")


def _reason(rung: Rung) -> str:
    incident, found = rung.incident, rung.standing
    if found.lapsed:
        quiet = durations.spoken(found.path.ack_timeout or 0)
        return f"it was acknowledged and then left untouched for {quiet}"
    after = durations.spoken(found.next.after) if found.next is not None and found.next.after else ""
    if found.back is not None:
        since = f"{after} after {found.back.words}" if after else f"since {found.back.words}"
        return f"nobody has acknowledged it {since}"
    if not after:
        return "it has come and nobody has acknowledged it"
    return f"nobody has acknowledged it {after} after it came" if incident.created_at else "nobody has acknowledged it"


def _same(mark: Mark, claim: Mark) -> bool:
    return (mark.path, mark.step, mark.round) == (claim.path, claim.step, claim.round)


def _reached(intent: Intent) -> bool:
    """Somebody was told, or the backend's own escalation was set going."""
    return intent.stage is Stage.DONE and intent.command.verb in (Verb.NOTIFY, Verb.ESCALATE)


def _knows(order: Order, intents: Sequence[Intent]) -> bool:
    """Whether somebody knows of it now: else the next step has nothing to wait for."""
    if any(_reached(intent) for intent in intents) or order.given:
        return True
    meant = order.reach.target.kind in (TargetKind.ONCALL, TargetKind.USER, TargetKind.MANAGER)
    return not order.reach.is_nobody and not (meant and order.reach.person is None)


def outcome_words(order: Order, intents: Sequence[Intent]) -> str:
    """What became of each part, for people."""
    parts = []
    if order.given:
        parts.append("escalated by the backend already")
    for intent in intents:
        match intent.command.verb:
            case Verb.NOTIFY:
                whom = getattr(intent.command.change, "to", "")
                named = whom and whom != intent.command.channel
                what = f"{whom} by {intent.command.channel}" if named else f"the channel {intent.command.channel}"
                parts.append(f"told {what}" if intent.stage is Stage.DONE else f"{what} {_trouble(intent)}")
            case Verb.ASSIGN:
                what = f"assigned to {' / '.join(filter(None, (order.reach.team, order.reach.login)))}"
                parts.append(what if intent.stage is Stage.DONE else f"{what}: {_trouble(intent)}")
            case _:
                what = "escalated by the backend"
                parts.append(what if intent.stage is Stage.DONE else f"{what}: {_trouble(intent)}")
    if order.reach.problem:
        parts.append(order.reach.problem)
    elif order.reach.person is not None and not order.reach.person.channels and not order.reach.native:
        parts.append(f"{order.reach.person.full_name} has no channel and was not told")
    return "; ".join(parts) or "nobody was told"


def _trouble(intent: Intent) -> str:
    if intent.stage.is_pending:
        return f"is on its way{f' ({intent.reason})' if intent.reason else ''}"
    return f"failed ({intent.reason or intent.stage.value})"
