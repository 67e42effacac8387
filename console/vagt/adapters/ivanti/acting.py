"""Doing commands: which fields each one sets ("Update-a-Business-Object"), and what follows from a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vagt.adapters.ivanti import relations, wire
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.desk import Body, Desk
from vagt.adapters.ivanti.evidence import hold_words
from vagt.adapters.ivanti.forms import MASTER, SPOKEN, Forms, meant, refuse_child
from vagt.adapters.ivanti.journal import Journal
from vagt.adapters.ivanti.mapping import fingerprint, is_major, level_of, priority_of, state_of
from vagt.adapters.ivanti.notes import Notes
from vagt.adapters.ivanti.owning import assign, own
from vagt.adapters.ivanti.quick import PREFIX, Catalogue, spoken
from vagt.adapters.ivanti.reading import Reader
from vagt.adapters.ivanti.registering import register
from vagt.adapters.lenient import text_of
from vagt.adapters.protocol import AdapterError, Done, ForbiddenError, InvalidError, TransitionError
from vagt.domain.capability import Capability
from vagt.domain.commands import (
    Acknowledge,
    Announce,
    Assign,
    Close,
    Command,
    Comment,
    Create,
    Escalate,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Reopen,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
    Take,
    Verb,
)
from vagt.domain.fields import FieldKind, FieldSpec
from vagt.domain.incident import State

NEVER: Mapping[Capability, str] = {
    Capability.SNOOZE: "Ivanti cannot snooze an incident",
    Capability.ONCALL: "Ivanti keeps no rota",
    Capability.STATUS: "Ivanti has no status updates: the option journal says how it mails those affected",
    Capability.MERGE: "Ivanti merges nothing: make it a child of a master incident, which resolves it with itself",
}
CLOSE_REASON = "closing is switched off: allow_close = false"
MAJOR_REASON = "no field marks a major incident: major_field is empty"
ESCALATE_REASON = "nothing tells where to: set escalation_team or escalate_action, or name a team"
_OWN_NAMES = {
    Verb.RESOLVE: SPOKEN,
    Verb.TRANSITION: SPOKEN,
    Verb.ASSIGN: {"Owner": "to", "OwnerTeam": "team"},
    Verb.CREATE: {
        "Subject": "title",
        "Symptom": "description",
        "Service": "service",
        "Category": "category",
        "OwnerTeam": "team",
        "ProfileLink": "caller",
        "Impact": "impact",
        "Urgency": "urgency",
    },
}


class Actor:
    """Performs commands on incidents."""

    def __init__(self, context: Context, reader: Reader, notes: Notes, forms: Forms, catalogue: Catalogue) -> None:
        self._context = context
        self._reader = reader
        self._notes = notes
        self._journal = Journal(context, notes)
        self._forms = forms
        self._catalogue = catalogue

    async def perform(self, command: Command, expected: str | None) -> Done:
        """Do it once and read the incident back."""
        command = replace(command, change=meant(command.change))
        self._check_possible(command)
        try:
            if isinstance(command.change, Create):
                return await register(self._context, self._reader, command.change, command.id)
            desk = Desk(self._context, self._reader, command, expected)
            await desk.begin()
            message = await self._do(desk)
        except InvalidError as error:
            names = _OWN_NAMES.get(command.verb, {})
            raise InvalidError(error.words, tuple((names.get(n, n), words) for n, words in error.fields)) from None
        try:
            found = await self._reader.get([desk.id])
        except AdapterError as error:
            return Done(None, message or f"done; reading it back failed: {error.words}")
        return Done(found[0] if found else None, message)

    def _check_possible(self, command: Command) -> None:
        """What Ivanti or this config has no place for is refused before anything is sent. Raises ForbiddenError."""
        options = self._context.options
        match command.change:
            case Snooze():
                raise ForbiddenError(NEVER[Capability.SNOOZE])
            case LinkTo(kind=kind) if kind.value == "duplicate":
                raise ForbiddenError(NEVER[Capability.MERGE])
            case Close() if not options.allow_close:
                raise ForbiddenError(CLOSE_REASON)
            case SetMajor() if not options.major_field:
                raise ForbiddenError(MAJOR_REASON)
            case _:
                return

    async def _do(self, desk: Desk) -> str:
        options = self._context.options
        match desk.command.change:
            case Note(text=text):
                await self._notes.write(desk.id, text, public=False, of=desk.command.id)
            case Comment(text=text):
                await self._notes.write(desk.id, text, public=True, of=desk.command.id)
            case Announce() as update:
                await self._journal.write(desk.id, update, of=desk.command.id)
            case Acknowledge():
                await self._acknowledge(desk)
            case Take():
                if not desk.state.is_open:
                    raise TransitionError(f"it is {desk.status}: reopen it first")
                await own(desk, {"Owner": (await self._context.me()).login})
            case Assign(team=team, to=to):
                return await assign(desk, team, to)
            case SetPriority(priority=priority, impact=impact, urgency=urgency):
                return await self._prioritise(desk, priority, impact, urgency)
            case Hold() as hold:
                return await self._hold(desk, hold)
            case Resolve(text=text, code=code, fields=fields):
                told = {name: value for name, value in (("Resolution", text), ("CauseCode", code or "")) if value}
                body = {"CauseCode": desk.holds("CauseCode"), **dict(fields), **told}
                await self._move(desk, options.resolve_status, body)
            case Close(fields=fields):
                await self._move(desk, options.close_status, dict(fields))
            case Reopen(fields=fields):
                if not desk.state.is_open:
                    await self._move(desk, options.active_status, dict(fields))
            case MoveTo(transition=transition, native_to=to, fields=fields):
                if transition.startswith(PREFIX):
                    return await self._run(desk, transition.removeprefix(PREFIX), dict(fields))
                await self._move(desk, to, dict(fields))
            case SetMajor() as change:
                await self._set_major(desk, change)
            case LinkTo(other=other, kind=kind):
                await relations.link(desk, other, kind)
            case Escalate(reason=reason, to=to):
                return await self._escalate(desk, reason, to)
            case _:
                raise ForbiddenError(f"Ivanti has no “{desk.command.verb.value}”")
        return ""

    async def _acknowledge(self, desk: Desk) -> None:
        """The active status, and mine where nobody has it; never from another, never reopened."""
        if not desk.state.is_open:
            raise TransitionError(f"it is {desk.status}: reopen it first")
        me = await self._context.me()
        body: Body = {} if desk.holds("Owner") else {"Owner": me.login}
        if desk.state is State.NEW:
            body["Status"] = self._context.options.active_status
            body |= await self._filled(desk)
        await own(desk, body)

    async def _filled(self, desk: Desk) -> Body:
        """What a status beyond the first requires and the record lacks, as far as it can be told without asking."""
        found: Body = {}
        for name in ("Service", "Category", "OwnerTeam"):
            if not desk.holds(name) and (value := await self._forms.default(name)):
                found[name] = value
        return found

    async def _move(self, desk: Desk, status: str, given: Mapping[str, str]) -> None:
        """To a status, with what it requires. Raises TransitionError for a closed one, InvalidError for what lacks."""
        desk.refuse_closed()
        specs = await self._forms.needed(desk.row, status)
        known = {spec.name: spec for spec in specs}
        body: Body = {}
        native = {spoken_name: name for name, spoken_name in SPOKEN.items()}
        for name, value in given.items():
            if value.strip():
                body[native.get(name, name)] = desk.written(native.get(name, name), value)
        state = state_of({"Status": status}, self._context.options)
        for spec in specs:
            if spec.name not in body and spec.default and spec.name != "Owner":
                body[spec.name] = spec.default
            elif spec.name not in body and spec.name == "Owner" and state is not State.NEW:
                body["Owner"] = (await self._context.me()).login
        _require(body, list(known.values()))
        body["Status"] = status
        try:
            await desk.write(body)
        except InvalidError as error:
            if wire.is_missing(error, "ResolvedBy") and "ResolvedBy" not in body:
                # most tenants fill that in themselves; a refused change has changed nothing
                await desk.write({**body, "ResolvedBy": (await self._context.me()).login})
                return
            if not wire.is_unlisted(error, "Owner"):
                raise
            self._context.members_only = True
            team = text_of(body.get("OwnerTeam")) or desk.holds("OwnerTeam")
            raise InvalidError(f"only members of “{team}” may own it: name one of them", error.fields) from None

    async def _hold(self, desk: Desk, hold: Hold) -> str:
        """To a waiting status; words, and an end that Ivanti has no field for, become a note."""
        waiting = await self._forms.waiting()
        status = next((name for name in waiting if name.lower() == hold.reason.strip().lower()), "")
        if not hold.reason.strip() and len(waiting) == 1:
            status = waiting[0]
        elif not hold.reason.strip():
            raise InvalidError("“Waits for” is empty", (("reason", "must be filled in"),))
        if not status:
            status = self._context.options.hold_status
        if not status:
            words = f"it is one of: {', '.join(waiting)}; the option hold_status names the one for other reasons"
            raise InvalidError(f"“{hold.reason}” is no waiting status: {words}", (("reason", words),))
        given = {name: value for name, value in hold.fields if name != "note"}
        await self._move(desk, status, given)
        words = hold_words(hold, status)
        if not words:
            return ""
        try:
            await self._notes.write(desk.id, words, public=False, of=desk.command.id)
        except AdapterError as error:
            return f"it waits, but the note about it failed: {error.words}"
        return ""

    async def _prioritise(self, desk: Desk, priority: int | None, impact: int | None, urgency: int | None) -> str:
        """Impact and urgency, from which Ivanti calculates; a priority itself only where the config says so."""
        options = self._context.options
        if priority is not None and not (impact or urgency):
            if options.direct_priority:
                native = next((name for name, ours in options.priorities.items() if ours == priority), "")
                if not native:
                    raise InvalidError(f"no priority of the tenant is our {priority}", (("priority", "is unknown"),))
                await desk.write({"Priority": native})
                return ""
            impact, urgency = self._context.connection.matrix.nearest(priority)
        impact = impact or level_of(desk.holds("Impact"), options.impact_values)
        urgency = urgency or level_of(desk.holds("Urgency"), options.urgency_values)
        if not impact or not urgency:
            missing = "impact" if not impact else "urgency"
            raise InvalidError("impact and urgency are judged together", ((missing, "give both"),))
        await desk.write({"Impact": options.impact_values[impact], "Urgency": options.urgency_values[urgency]})
        reached = priority_of(desk.holds("Priority"), options)
        if priority is not None and reached != priority:
            return f"Ivanti calculates priority {desk.holds('Priority') or '–'} from that, not {priority}"
        return ""

    async def _set_major(self, desk: Desk, change: SetMajor) -> None:
        """The flag; what Ivanti requires of a master incident is written with it, in the one PATCH."""
        options = self._context.options
        desk.refuse_closed()
        body: Body = {}
        if options.major_field == MASTER and change.on and not is_major(desk.row, options):
            refuse_child(desk.row)
            impact = dict(change.fields).get("impact", "")
            if impact == "1":
                body["Impact"] = options.impact_values[1]
            elif level_of(desk.holds("Impact"), options.impact_values) != 1:
                words = "only an incident with high impact can be a master incident: raise the impact first"
                raise InvalidError(words, (("impact", "must be high"),))
        is_flag = options.major_value.lower() in ("true", "yes", "1")
        body[options.major_field] = change.on if is_flag else options.major_value if change.on else None
        await desk.write(body)

    async def _escalate(self, desk: Desk, reason: str, to: str | None) -> str:
        """The tenant's own action, or to another team; the reason becomes a note."""
        options = self._context.options
        if not reason.strip():
            raise InvalidError("a reason is needed", (("reason", "must be filled in"),))
        team = (to or options.escalation_team).strip()
        if options.escalate_action and not to:
            await self._run(desk, options.escalate_action, {})
        elif team:
            await assign(desk, team, None)
        else:
            raise ForbiddenError(ESCALATE_REASON)
        try:
            await self._notes.write(desk.id, reason, public=False, of=desk.command.id)
        except AdapterError as error:
            return f"escalated, but the note about it failed: {error.words}"
        return ""

    async def _run(self, desk: Desk, name: str, answers: Mapping[str, str]) -> str:
        """Run a quick action, and look what became of it."""
        desk.refuse_closed()
        address, action_id = await self._catalogue.action(name)
        asked = self._catalogue.asks(address)
        _require({key: value for key, value in answers.items() if value.strip()}, asked)
        before = (fingerprint(desk.row, self._context.options), desk.holds("LastModDateTime"))
        notes = await self._notes_count(desk.id)
        body = self._catalogue.body(action_id, desk.id, address, answers)
        self._catalogue.judge(address, await self._context.client.run(desk.id, address, body))
        await desk.look()
        target = self._catalogue.leads_to(address)
        if target and desk.status.lower() != target.lower():
            raise InvalidError(f"Ivanti accepted “{spoken(address)}”, but it is {desk.status}, not {target}")
        after = (fingerprint(desk.row, self._context.options), desk.holds("LastModDateTime"))
        if not target and after == before and await self._notes_count(desk.id) == notes:
            raise InvalidError(
                f"Ivanti accepted “{spoken(address)}”, but neither the incident nor its notes changed: it may work in "
                "the browser only, or have sent mail; look there before you try again"
            )
        return ""

    async def _notes_count(self, id: str) -> int:
        return len(await self._context.client.related(id, "IncidentContainsJournal"))


def _require(body: Mapping[str, object], specs: Sequence[FieldSpec]) -> None:
    """What the form asks for must be there, and a choice be one of those offered. Raises InvalidError."""
    missing = [spec for spec in specs if spec.required and not text_of(body.get(spec.name))]
    if missing:
        labels = ", ".join(f"“{spec.label}”" for spec in missing)
        raise InvalidError(f"still to be filled in: {labels}", tuple((s.name, "must be filled in") for s in missing))
    for spec in specs:
        value = text_of(body.get(spec.name))
        allowed = [choice.value.lower() for choice in spec.choices]
        if spec.kind is FieldKind.CHOICE and value and value.lower() not in allowed:
            raise InvalidError(f"“{value}” is not in the list for {spec.label}", ((spec.name, "is not in the list"),))
