"""What can be done to an incident's state now, and which fields to ask for ("Incident states", "Data policies").

The Table API enforces no order of states: rules, data policies and access rules do, and tell only
when asked. Offered is the stock flow, and besides it the states that a site added.
"""

from __future__ import annotations

from collections.abc import Sequence

from vagt.adapters.protocol import Transition, TransitionError
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.mapping import state_of
from vagt.adapters.servicenow.wire import Row, shown, value
from vagt.domain.commands import Verb
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import LinkKind, State
from vagt.domain.priority import LEVEL_WORDS, LEVELS

TITLE_LENGTH = 160
OPEN = "resolve it first: only what is resolved is closed"
MAJOR = "major_incident_state"
NO_MAJOR = "this instance has no major incidents, or hides them from this account"
LINKS = {
    LinkKind.PARENT: "parent_incident",
    LinkKind.DUPLICATE: "parent_incident",
    LinkKind.RELATED: "parent",
    LinkKind.PROBLEM: "problem_id",
    LinkKind.CHANGE: "rfc",
}
"""The field that holds each relation, one record each; that to a child is held by the child."""
CANCELED = "8"
_MAILED = "The caller and the watch list are mailed at once."
_FLOW = {
    State.NEW: ("2", "3", "6", "8"),
    State.ACTIVE: ("3", "6", "8"),
    State.WAITING: ("2", "6", "8"),
    State.RESOLVED: ("2", "7"),
    State.CLOSED: (),
}
_STOCK = frozenset({"1", "2", "3", "4", "5", "6", "7", "8"})


def state_in(context: Context, row: Row) -> State:
    """What a row's state means, by its value, its label and whether it is active; asks nothing."""
    active = {"true": True, "false": False}.get(value(row, "active"))
    label = dict(context.choices.known("state")).get(value(row, "state"), "")
    return state_of(value(row, "state"), label, active, context.options)


async def transitions_of(context: Context, row: Row, *, may_close: bool) -> tuple[Transition, ...]:
    """The states that this incident can go to."""
    options = context.options
    choices = dict(await context.choices.of("state"))
    now = value(row, "state")
    told_active = value(row, "active") != "false"
    state = state_of(now, choices.get(now, ""), told_active, options)
    ours = {"2": options.active_state, "3": options.hold_state, "6": options.resolve_state, "7": options.close_state}
    wanted = [ours.get(to, to) for to in _FLOW[state]]
    if state.is_open:
        wanted += [stored for stored in choices if stored not in _STOCK and stored not in wanted]
    if not may_close:
        wanted = [to for to in wanted if to != options.close_state]
    return tuple([await _transition(context, state, to, choices[to]) for to in wanted if to in choices and to != now])


async def _transition(context: Context, now: State, to: str, label: str) -> Transition:
    options = context.options
    target = state_of(to, label, None, options)
    fields: tuple[FieldSpec, ...] = (_note(),)
    verb = None
    if to == options.hold_state:
        verb, fields = Verb.HOLD, (await _reason(context), _until(), _comment(), _note())
    elif to == options.resolve_state:
        verb, fields = Verb.RESOLVE, (_text("text"), await _code(context, "code"), _note())
    elif to == options.close_state:
        verb = Verb.CLOSE
    elif to == options.active_state:
        verb = {State.NEW: Verb.ACKNOWLEDGE, State.RESOLVED: Verb.REOPEN}.get(now)
    return Transition(id=to, label=label, to=target, native_to=label, fields=fields, verb=verb)


async def fields_of(context: Context, verb: Verb, row: Row | None) -> tuple[FieldSpec, ...]:
    """What to ask for; `row` is the incident, None for a new one or where none is meant.

    Raises TransitionError where its state does not allow the verb.
    """
    match verb:
        case Verb.RESOLVE:
            return (_text("text"), await _code(context, "code"))
        case Verb.HOLD:
            return (await _reason(context), _until(), _comment())
        case Verb.CLOSE:
            if row is not None and state_in(context, row).is_open:
                raise TransitionError(OPEN)
            missing: list[FieldSpec] = []
            if row is not None and not value(row, "close_notes"):
                missing.append(_text("close_notes"))
            if row is not None and not value(row, "close_code"):
                missing.append(await _code(context, "close_code"))
            return (*missing, _note())
        case Verb.REOPEN:
            return (_note(),)
        case Verb.NOTE:
            return (FieldSpec("text", "Work note", FieldKind.LONG_TEXT, required=True),)
        case Verb.COMMENT:
            return (FieldSpec("text", "Additional comment", FieldKind.LONG_TEXT, required=True, help=_MAILED),)
        case Verb.MAJOR:
            if row is not None and MAJOR not in row:
                raise TransitionError(NO_MAJOR)
            return ()
        case Verb.LINK:
            return (_relation(row),)
        case Verb.CREATE:
            return await _create(context)
        case _:
            return ()


def _relation(row: Row | None) -> FieldSpec:
    """The relations that have room; a duplicate of its own parent is still one."""
    one = (LinkKind.PARENT, LinkKind.RELATED, LinkKind.PROBLEM, LinkKind.CHANGE)
    held = {kind: shown(row, LINKS[kind], limit=60) for kind in one if row and value(row, LINKS[kind])}
    choices = tuple(Choice(kind.value, kind.value) for kind in (*LINKS, LinkKind.CHILD) if kind not in held)
    told = ", ".join(f"{kind.value} {number}" for kind, number in held.items())
    help = f"Has room for one of each, and has: {told}." if told else ""
    return FieldSpec("kind", "Relation", FieldKind.CHOICE, required=True, choices=choices, help=help)


async def _create(context: Context) -> tuple[FieldSpec, ...]:
    options = context.options
    me = await context.me()
    team = options.groups[0] if len(options.groups) == 1 else ""
    fields = [
        FieldSpec("title", "Short description", required=True, max_length=TITLE_LENGTH),
        FieldSpec("description", "Description", FieldKind.LONG_TEXT),
        FieldSpec("team", "Assignment group", FieldKind.TEAM, default=team),
        FieldSpec("impact", "Impact", FieldKind.CHOICE, choices=await _levels(context, "impact"), default="3"),
        FieldSpec("urgency", "Urgency", FieldKind.CHOICE, choices=await _levels(context, "urgency"), default="3"),
        FieldSpec("service", "Service", FieldKind.SERVICE),
        FieldSpec("caller", "Caller", FieldKind.PERSON, default=me.login, help="You, where nobody else is named."),
    ]
    categories = _choices(await context.choices.of("category"))
    if categories:
        fields.append(FieldSpec("category", "Category", FieldKind.CHOICE, choices=categories))
    return tuple(fields)


async def _levels(context: Context, name: str) -> tuple[Choice, ...]:
    labels = dict(await context.choices.of(name))
    return tuple(Choice(str(level), labels.get(str(level), LEVEL_WORDS[level])) for level in LEVELS)


def _choices(pairs: Sequence[tuple[str, str]]) -> tuple[Choice, ...]:
    return tuple(Choice(stored, label) for stored, label in pairs)


def _text(name: str) -> FieldSpec:
    return FieldSpec(name, "Resolution notes", FieldKind.LONG_TEXT, required=True)


async def _code(context: Context, name: str) -> FieldSpec:
    choices = _choices(await context.choices.of("close_code"))
    default = context.options.close_code
    if choices and default:
        default = await context.choices.value_of("close_code", default) or ""
    if not choices:
        words = "One of your instance's resolution codes; it does not show them to this account."
        return FieldSpec(name, "Resolution code", required=not default, default=default, help=words)
    return FieldSpec(name, "Resolution code", FieldKind.CHOICE, required=True, choices=choices, default=default)


async def _reason(context: Context) -> FieldSpec:
    choices = _choices(await context.choices.of("hold_reason"))
    return FieldSpec("reason", "On hold reason", FieldKind.CHOICE, required=True, choices=choices)


def _until() -> FieldSpec:
    return FieldSpec("until", "Until", FieldKind.TIME, help="Kept in “Follow up”.")


def _comment() -> FieldSpec:
    words = f"{_MAILED} Many instances want one when the caller is waited for."
    return FieldSpec("comments", "Additional comment", FieldKind.LONG_TEXT, help=words)


def _note() -> FieldSpec:
    return FieldSpec("work_notes", "Work note", FieldKind.LONG_TEXT)
