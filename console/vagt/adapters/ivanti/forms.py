"""What to ask a person before something is done: the fields that a status requires and the record lacks.

Stock rules: Category, Service, Owner and OwnerTeam unless Logged; CauseCode and Resolution when
Resolved or Closed; Status, Subject, Symptom and a customer always ("Create-a-Business-Object").
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.lists import Lists
from vagt.adapters.ivanti.mapping import is_major, is_read_only, level_of, state_of
from vagt.adapters.ivanti.options import IvantiOptions
from vagt.adapters.ivanti.quick import PREFIX, Catalogue, spoken
from vagt.adapters.lenient import Row, text_of
from vagt.adapters.protocol import Transition, TransitionError
from vagt.domain.commands import Change, Hold, MoveTo, Verb
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import LinkKind, State
from vagt.domain.priority import LEVEL_WORDS, LEVELS

TITLE = 255
_LONG = 4000
_LEVELS = tuple(Choice(str(level), LEVEL_WORDS[level]) for level in LEVELS)
_ONCE_TAKEN = ("Service", "Category", "OwnerTeam", "Owner")
_LABELS = {"OwnerTeam": "Team", "CauseCode": "Cause code"}
_KINDS = {"Service": FieldKind.SERVICE, "OwnerTeam": FieldKind.TEAM, "Owner": FieldKind.PERSON}
MASTER = "IsMasterIncident"
"""The stock flag that stands for a major incident; Ivanti sets its own conditions for it."""
SPOKEN = {"Resolution": "text", "CauseCode": "code"}
"""What the words and the code of a resolution are called everywhere."""
_CHANGES = frozenset({Verb.RESOLVE, Verb.HOLD, Verb.CLOSE, Verb.REOPEN, Verb.MAJOR})
_WAITING = (
    FieldSpec("until", "Until", FieldKind.TIME, help="Kept in a note: Ivanti has no field for it."),
    FieldSpec("note", "Note", FieldKind.LONG_TEXT, help="Kept as an internal note."),
)


def refuse_closed(row: Row, options: IvantiOptions) -> None:
    """A closed record would take changes here that Ivanti itself does not allow. Raises TransitionError."""
    if is_read_only(row, options):
        status = text_of(row.get("Status")) or "closed"
        raise TransitionError(f"it is {status}: Ivanti allows no change to a closed incident")


def refuse_child(row: Row) -> None:
    """Raises TransitionError for an incident that is part of a master incident itself."""
    if text_of(row.get("MasterIncidentLink_RecID")):
        raise TransitionError("it is part of a master incident itself")


def meant(change: Change) -> Change:
    """The same change; a move to a waiting status that says until when or why is the hold that it means."""
    if not isinstance(change, MoveTo) or change.to is not State.WAITING:
        return change
    given = dict(change.fields)
    until, note = given.pop("until", ""), given.get("note", "")
    if not until and not note:
        return change
    moment = datetime.fromisoformat(until) if until else None
    return Hold(change.native_to, moment, tuple(given.items()))


class Forms:
    """Fields and transitions of one tenant."""

    def __init__(self, context: Context, lists: Lists, catalogue: Catalogue) -> None:
        self._context = context
        self._lists = lists
        self._catalogue = catalogue

    @property
    def _options(self) -> IvantiOptions:
        return self._context.options

    async def statuses(self) -> tuple[str, ...]:
        return await self._lists.values("Status")

    async def waiting(self) -> tuple[str, ...]:
        """The tenant's waiting statuses."""
        return tuple(
            name for name in await self.statuses() if state_of({"Status": name}, self._options) is State.WAITING
        )

    async def transitions(self, row: Row) -> tuple[Transition, ...]:
        """The statuses that it can be given, then the quick actions; none for a closed one."""
        if is_read_only(row, self._options):
            return ()
        now = text_of(row.get("Status"))
        found = [await self._to(row, status) for status in await self.statuses() if status.lower() != now.lower()]
        state = state_of(row, self._options)
        for name in await self._catalogue.actions():
            target = self._catalogue.leads_to(name)
            to = state_of({"Status": target}, self._options) if target else state
            fields = self._catalogue.asks(name)
            found.append(Transition(PREFIX + name, f"{spoken(name)} (action)", to, target or now, fields))
        return tuple(found)

    async def _to(self, row: Row, status: str) -> Transition:
        state = state_of({"Status": status}, self._options)
        fields = await self.needed(row, status)
        if state is State.WAITING:
            fields = (*_WAITING, *fields)
        elif state is State.RESOLVED:
            fields = tuple(replace(spec, name=SPOKEN.get(spec.name, spec.name)) for spec in fields)
        return Transition(status, status, state, status, fields, self._verb(state_of(row, self._options), state))

    def _verb(self, now: State, to: State) -> Verb | None:
        match to:
            case State.CLOSED:
                return Verb.CLOSE
            case State.RESOLVED:
                return Verb.RESOLVE
            case State.WAITING:
                return Verb.HOLD
            case State.ACTIVE if not now.is_open:
                return Verb.REOPEN
            case State.ACTIVE if now is State.NEW:
                return Verb.ACKNOWLEDGE
            case _:
                return None

    async def needed(self, row: Row, status: str) -> tuple[FieldSpec, ...]:
        """What the status `status` requires and the record lacks, under Ivanti's own field names."""
        fields: list[FieldSpec] = []
        over = not state_of({"Status": status}, self._options).is_open
        if over:
            if not text_of(row.get("Resolution")):
                fields.append(FieldSpec("Resolution", "Resolution", FieldKind.LONG_TEXT, True, max_length=_LONG))
            if not text_of(row.get("CauseCode")):
                fields.append(await self._choice("CauseCode"))
        if status.lower() != self._options.new_status.lower():
            fields += [await self._lacking(name, row) for name in _ONCE_TAKEN if not text_of(row.get(name))]
        return tuple(fields)

    async def _lacking(self, name: str, row: Row) -> FieldSpec:
        default = await self.default(name)
        help = ""
        if name == "Owner":
            team, mine = text_of(row.get("OwnerTeam")), (await self._context.me()).team
            if mine and team and team.lower() != mine.lower() and self._context.members_only is not False:
                default, help = "", f"A member of {team}; you are of {mine}."
        if name == "Category":
            return await self._choice(name, text_of(row.get("Service")) or await self.default("Service"), default)
        return FieldSpec(name, _LABELS.get(name, name), _KINDS[name], required=True, default=default, help=help)

    async def _choice(self, name: str, within: str = "", default: str = "") -> FieldSpec:
        values = await self._lists.values(name, within)
        choices = tuple(Choice(value, value) for value in values)
        kind = FieldKind.CHOICE if choices else FieldKind.TEXT
        return FieldSpec(
            name,
            _LABELS.get(name, name),
            kind,
            required=True,
            choices=choices,
            default=default if not choices or default in values else "",
        )

    async def default(self, name: str) -> str:
        """What an incident gets that lacks this field and must have it; empty where only a person can say."""
        options = self._options
        match name:
            case "Service":
                return options.default_service
            case "Category":
                return options.default_category
            case "OwnerTeam":
                return options.default_team or (await self._context.me()).team
            case "Owner":
                return (await self._context.me()).login
            case _:
                return ""

    async def fields(self, verb: Verb, row: Row | None) -> tuple[FieldSpec, ...]:
        """The form of a verb; `row` is the incident, None for a new one or where none is meant.

        Raises TransitionError where Ivanti does not allow it in the state that the incident is in.
        """
        options = self._options
        if row is not None and verb in _CHANGES:
            refuse_closed(row, options)
        match verb:
            case Verb.RESOLVE:
                text = FieldSpec("text", "Resolution", FieldKind.LONG_TEXT, required=True, max_length=_LONG)
                cause = await self._choice("CauseCode", default=text_of((row or {}).get("CauseCode")))
                code = FieldSpec("code", cause.label, cause.kind, True, cause.choices, cause.default)
                rest = await self.needed(row or {}, options.resolve_status) if row is not None else ()
                return (text, code, *(spec for spec in rest if spec.name not in ("Resolution", "CauseCode")))
            case Verb.HOLD:
                reasons = tuple(Choice(name, name) for name in await self.waiting())
                rest = await self.needed(row, options.hold_status or "-") if row is not None else ()
                return (
                    FieldSpec("reason", "Waits for", FieldKind.CHOICE, required=True, choices=reasons),
                    *_WAITING,
                    *rest,
                )
            case Verb.CLOSE:
                return await self.needed(row or {}, options.close_status) if row is not None else ()
            case Verb.REOPEN:
                return await self.needed(row, options.active_status) if row is not None else ()
            case Verb.MAJOR:
                return self._major(row)
            case Verb.NOTE:
                return (FieldSpec("text", "Note", FieldKind.LONG_TEXT, required=True),)
            case Verb.COMMENT:
                help = "Published: the customer sees it, and your tenant may mail it."
                return (FieldSpec("text", "Published note", FieldKind.LONG_TEXT, required=True, help=help),)
            case Verb.CREATE:
                return await self._create()
            case Verb.LINK:
                related = (LinkKind.RELATED,) if options.related_relation else ()
                kinds = (*related, LinkKind.PARENT, LinkKind.CHILD, LinkKind.PROBLEM, LinkKind.CHANGE)
                choices = tuple(Choice(kind.value, kind.value) for kind in kinds)
                return (FieldSpec("kind", "Relation", FieldKind.CHOICE, required=True, choices=choices),)
            case Verb.ESCALATE:
                to = FieldSpec("to", "To team", FieldKind.TEAM, default=options.escalation_team)
                return (FieldSpec("reason", "Reason", FieldKind.LONG_TEXT, required=True), to)
            case _:
                return ()

    def _major(self, row: Row | None) -> tuple[FieldSpec, ...]:
        """A master incident has high impact: it gets that with the flag. Raises TransitionError for a child."""
        options = self._options
        if row is None or options.major_field != MASTER or is_major(row, options):
            return ()
        refuse_child(row)
        if level_of(text_of(row.get("Impact")), options.impact_values) == 1:
            return ()
        help = "Only an incident with high impact can be a master incident; Ivanti calculates its priority anew."
        return (FieldSpec("impact", "Impact", FieldKind.CHOICE, True, (_LEVELS[0],), _LEVELS[0].value, help=help),)

    async def _create(self) -> tuple[FieldSpec, ...]:
        options = self._options
        me = await self._context.me()
        customer = options.default_customer or (me.login if me.id else "")
        categories = tuple(Choice(value, value) for value in await self._lists.values("Category"))
        return (
            FieldSpec("title", "Summary", required=True, max_length=TITLE),
            FieldSpec("description", "Description", FieldKind.LONG_TEXT, required=True, max_length=_LONG),
            FieldSpec("impact", "Impact", FieldKind.CHOICE, choices=_LEVELS),
            FieldSpec("urgency", "Urgency", FieldKind.CHOICE, choices=_LEVELS),
            FieldSpec("service", "Service", FieldKind.SERVICE, default=options.default_service),
            FieldSpec(
                "category",
                "Category",
                FieldKind.CHOICE if categories else FieldKind.TEXT,
                choices=categories,
                default=options.default_category,
                help="Depends on the service.",
            ),
            FieldSpec("team", "Team", FieldKind.TEAM, default=options.default_team or me.team),
            FieldSpec("caller", "Customer", FieldKind.PERSON, required=True, default=customer),
        )
