"""The one thing that can be done: a silence with an author and a comment, made, changed or ended ("POST /silences")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from vagt.adapters.alertmanager.cases import Case, exact_matchers, is_exact
from vagt.adapters.alertmanager.context import Context
from vagt.adapters.alertmanager.reading import Reader
from vagt.adapters.alertmanager.wire import Silence
from vagt.adapters.protocol import (
    AdapterError,
    Done,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    Seen,
    UnavailableError,
)
from vagt.domain.capability import Capability
from vagt.domain.commands import Assign, Command, Snooze, Verb
from vagt.domain.fields import FieldKind, FieldSpec

NEVER: dict[Capability, str] = {
    Capability.ACKNOWLEDGE: "Alertmanager keeps no acknowledgement; a snooze silences it for all, with your reason",
    Capability.TAKE: "nobody has an alert in Alertmanager",
    Capability.ASSIGN_PERSON: "nobody has an alert in Alertmanager",
    Capability.ASSIGN_TEAM: "Alertmanager's routes say who gets an alert",
    Capability.SET_PRIORITY: "the priority is the alert's severity, which its rule in Prometheus says",
    Capability.SET_IMPACT_URGENCY: "the priority is the alert's severity, which its rule in Prometheus says",
    Capability.HOLD: "Alertmanager can hold nothing but its tongue: snooze it",
    Capability.NOTE: "Alertmanager keeps no notes; a snooze takes a reason with it",
    Capability.COMMENT: "Alertmanager keeps no comments; a snooze takes a reason with it",
    Capability.RESOLVE: "an alert is over when what it watches is well again; Alertmanager cannot be told so",
    Capability.CLOSE: "an alert is over when what it watches is well again; Alertmanager cannot be told so",
    Capability.REOPEN: "an alert fires again by itself",
    Capability.TRANSITION: "an alert fires or it does not; nobody moves it",
    Capability.CREATE: "alerts come from Prometheus; Vagt registers none",
    Capability.LINK: "Alertmanager relates nothing to anything",
    Capability.MERGE: "Alertmanager's routes say what is one group",
    Capability.MAJOR: "Alertmanager marks no major incidents",
    Capability.ESCALATE: "Alertmanager escalates nothing; its receivers do",
    Capability.ONCALL: "Alertmanager keeps no rota",
    Capability.SLA: "Alertmanager knows no deadlines",
    Capability.ATTACH: "Alertmanager keeps no files",
    Capability.JOURNAL: "Alertmanager tells those on call, and nobody who is affected",
    Capability.STATUS: "Alertmanager has no status updates",
}
_REFUSALS: dict[Verb, Capability] = {
    Verb.ACKNOWLEDGE: Capability.ACKNOWLEDGE,
    Verb.TAKE: Capability.TAKE,
    Verb.ASSIGN: Capability.ASSIGN_PERSON,
    Verb.PRIORITY: Capability.SET_PRIORITY,
    Verb.HOLD: Capability.HOLD,
    Verb.NOTE: Capability.NOTE,
    Verb.COMMENT: Capability.COMMENT,
    Verb.RESOLVE: Capability.RESOLVE,
    Verb.CLOSE: Capability.CLOSE,
    Verb.REOPEN: Capability.REOPEN,
    Verb.TRANSITION: Capability.TRANSITION,
    Verb.MAJOR: Capability.MAJOR,
    Verb.LINK: Capability.LINK,
    Verb.CREATE: Capability.CREATE,
    Verb.ESCALATE: Capability.ESCALATE,
}
_EARLY = timedelta(minutes=10)
"""A silence that begins in the past begins now; one in the future, by a clock that is behind ours, would wait."""
_SAME = timedelta(seconds=1)
"""Alertmanager keeps milliseconds."""
_CLOCKS = timedelta(seconds=5)
"""How far off our idea of Alertmanager's clock may be."""
_LOOKS = 3
_GOSSIP = 0.4
"""Seconds; members tell each other of a silence within 0.2 s."""
_LOOK_AGAIN = 0.15
"""Seconds; a silence holds at the next look, at another peer of a cluster a fifth of a second later."""

REASON = FieldSpec(
    "reason",
    "Reason",
    FieldKind.TEXT,
    required=True,
    help="Stands in Alertmanager as the silence's comment, with your name.",
)


def fields_of(verb: Verb) -> tuple[FieldSpec, ...]:
    """What is asked for."""
    return (REASON,) if verb is Verb.SNOOZE else ()


class Silencer:
    """Performs snoozes, and finds out whether an earlier try arrived."""

    def __init__(self, context: Context, reader: Reader) -> None:
        self._context = context
        self._reader = reader

    async def perform(self, command: Command) -> Done:
        """Silence it until then, or wake it where that moment is not in the future."""
        change = command.change
        if not isinstance(change, Snooze) or command.subject is None:
            capability = _refusal_of(command)
            raise ForbiddenError(NEVER[capability] if capability else "Alertmanager cannot do that")
        case, neighbours = await self._reader.case(command.subject.id)
        if change.until <= self._context.connection.clock.now():
            return await self._wake(case)
        reason = change.reason.strip()
        if not reason:
            raise InvalidError("say why it may be silent", (("reason", "is missing"),))
        return await self._silence(case, neighbours, change.until.astimezone(UTC), reason, command.id)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        """Whether a silence as this command wants it is there, made since then and not by another command.

        In a cluster, what one member took may be on its way to the others: “no” is believed only after a while.
        """
        found = await self._seen(command, first_tried)
        for _ in range(_LOOKS if len(self._context.client.members.names) > 1 else 0):
            if found is not Seen.NO:
                break
            await self._context.connection.clock.sleep(_GOSSIP)
            found = await self._seen(command, first_tried)
        return found

    async def _seen(self, command: Command, first_tried: datetime) -> Seen:
        change = command.change
        if not isinstance(change, Snooze) or command.subject is None:
            return Seen.NO
        try:
            case, _ = await self._reader.case(command.subject.id)
        except NotFoundError:
            remembered = self._reader.remembered(command.subject.id)
            if remembered is None:
                return Seen.UNKNOWN
            case = remembered
        elsewhere = {silence.id: silence for silence in await self._context.client.silences_elsewhere()}
        mine = self._mine({**elsewhere, **await self._context.read_silences()}, case)
        if change.until <= self._context.connection.clock.now():
            return Seen.NO if mine else Seen.YES
        since = first_tried + timedelta(seconds=self._context.skew or 0.0) - _CLOCKS
        for silence in mine:
            made_by = self._context.confirmed.get((silence.id, silence.updated_at), command.id)
            late = silence.updated_at is None or silence.updated_at >= since
            if late and made_by == command.id and _says(silence, change.until, change.reason.strip()):
                return Seen.YES
        return Seen.NO

    async def _silence(
        self, case: Case, neighbours: Sequence[Case], until: datetime, reason: str, command: str
    ) -> Done:
        context = self._context
        matchers = exact_matchers(case, neighbours)
        mine = self._mine(await context.read_silences(), case)
        earlier = max(mine, key=lambda silence: silence.ends_at or until, default=None)
        body: dict[str, object] = {
            "matchers": [matcher.body() for matcher in matchers],
            "startsAt": _text(
                context.connection.clock.now() + timedelta(seconds=min(0.0, context.skew or 0.0)) - _EARLY
            ),
            "endsAt": _text(until),
            "createdBy": context.author,
            "comment": reason,
        }
        if earlier is not None:
            # Alertmanager keeps the id where matchers and start stay the same, else it makes a new one and ends the old
            body |= {"id": earlier.id, "startsAt": earlier.starts_text}
        id = await context.client.post_silence(body)
        try:
            silence = await self._read_back(id)
        except AdapterError as error:
            if isinstance(error, ProtocolError) and error.sent:
                raise
            # it may hold: raised as it is, this would count as unsent, or as refused
            raise UnavailableError(f"silenced perhaps; reading it back failed: {error.words}", sent=True) from None
        if not _says(silence, until, reason) or silence.by != context.author:
            raise ProtocolError("Alertmanager stored another silence than the one it was sent", sent=True)
        try:
            done = await self._shown(case, silence)
        except AdapterError as error:
            done = Done(None, f"silenced; reading it back failed: {error.words}")
        # not before nothing can cancel us any more: whoever is not told must find it when asking
        context.confirmed[(silence.id, silence.updated_at)] = command
        return done

    async def _read_back(self, id: str) -> Silence:
        silence = await self._context.client.silence(id)
        if silence is None:
            raise ProtocolError("Alertmanager took the silence and does not have it", sent=True)
        self._context.silences[id] = silence
        return silence

    async def _shown(self, case: Case, silence: Silence) -> Done:
        """The incident once the silence holds, and what it does not cover."""
        now = case
        for look in range(_LOOKS):
            if look:
                await self._context.connection.clock.sleep(_LOOK_AGAIN)
            found = await self._reader.cases([case.id])
            if case.id not in found:
                return Done(None, "silenced; it fires no longer")
            now = found[case.id]
            if all(silence.id in alert.silenced_by for alert in now.alerts if silence.covers(alert.labels)):
                break
        left = sum(not silence.covers(alert.labels) for alert in now.alerts)
        message = f"{left} of its {len(now.alerts)} alerts do not fit the silence and stay loud" if left else ""
        return Done(await self._reader.show(now), message)

    async def _wake(self, case: Case) -> Done:
        """End our own silences of exactly this; others are left alone. Raises ForbiddenError where only such hold."""
        context = self._context
        mine = self._mine(await context.read_silences(), case)
        for silence in mine:
            await context.client.expire_silence(silence.id)
        try:
            silences = await context.read_silences()
            found = (await self._reader.cases([case.id])).get(case.id)
        except AdapterError as error:
            if not mine:
                raise
            return Done(None, f"yours has ended; reading it back failed: {error.words}")
        if found is None:
            return Done(None, "it fires no longer")
        ids = sorted({id for alert in found.alerts for id in alert.silenced_by})
        others = [_whose(silences[id]) for id in ids if id in silences and silences[id].holds]
        if others and not mine:
            raise ForbiddenError("; ".join(others) + ": that cannot be ended from here")
        return Done(await self._reader.show(found), f"yours has ended; {'; '.join(others)}" if others else "")

    def _mine(self, silences: dict[str, Silence], case: Case) -> list[Silence]:
        """Our own silences of exactly this case that hold."""
        author = self._context.author
        return [one for one in silences.values() if one.holds and one.by == author and is_exact(one, case.labels)]


def _refusal_of(command: Command) -> Capability | None:
    change = command.change
    if isinstance(change, Assign) and change.team is not None:
        return Capability.ASSIGN_TEAM
    return _REFUSALS.get(command.verb)


def _says(silence: Silence, until: datetime, reason: str) -> bool:
    ends = silence.ends_at
    return ends is not None and abs(ends - until) <= _SAME and silence.comment == reason and silence.holds


def _whose(silence: Silence) -> str:
    until = "" if silence.ends_at is None else f" until {silence.ends_at:%Y-%m-%d %H:%M} UTC"
    what = ", ".join(matcher.text for matcher in silence.matchers)
    return f"{silence.by or 'somebody'} silences {what}{until} ({silence.comment})"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
