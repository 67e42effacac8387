"""What to ask for before something is done: the screens of transitions, in words of ours where we have some."""

from __future__ import annotations

from collections.abc import Mapping

from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.documents import LIMIT
from vagt.adapters.jsm.escalating import targets_of
from vagt.adapters.jsm.evidence import NOTE
from vagt.adapters.jsm.fieldmap import TeamKind
from vagt.adapters.jsm.linking import kinds_of
from vagt.adapters.jsm.mapping import state_of
from vagt.adapters.jsm.moving import RESOLUTION, Move, check_state, moves_of, needed, verb_of
from vagt.adapters.jsm.values import choices_of, is_required, label_of, spec_of
from vagt.adapters.jsm.wire import Row, part, text
from vagt.adapters.protocol import Transition
from vagt.domain.commands import Verb
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import State
from vagt.domain.priority import LEVEL_WORDS, LEVELS

TITLE_LENGTH = 255
_MAILED = "The customer and the participants are mailed at once."
_ASKED_APART = frozenset(
    {"summary", "description", "project", "issuetype", "reporter", "assignee", "attachment", "issuelinks", "parent"}
)


_THERE: Mapping[Verb, tuple[State, ...]] = {
    Verb.HOLD: (State.WAITING,),
    Verb.CLOSE: (State.CLOSED,),
    Verb.REOPEN: (State.NEW, State.ACTIVE, State.WAITING),
}
"""Where no move is left to make."""


def reason_field(move: Move) -> str:
    """The field of a screen that holds why it waits: one called so, else the only choice that is required."""
    selects = {
        name: told
        for name, told in move.fields.items()
        if text(part(told, "schema"), "type", 60) == "option" and choices_of(told)
    }
    for name, told in selects.items():
        if "reason" in label_of(told, name).lower():
            return name
    required = [name for name, told in selects.items() if is_required(told)]
    return required[0] if len(required) == 1 else ""


def own_names(move: Move) -> dict[str, str]:
    """Field of the screen → what forms call it, where that is another name."""
    found = {}
    if move.to is State.WAITING and (name := reason_field(move)):
        found[name] = "reason"
    if not move.to.is_open and RESOLUTION in move.fields:
        found[RESOLUTION] = "code"
    return found


def screen_of(move: Move, context: Context) -> tuple[FieldSpec, ...]:
    """What a transition's screen asks for, what is required first."""
    called = own_names(move)
    specs = []
    for name, told in move.fields.items():
        if name in ("comment", "assignee") and not is_required(told):
            continue
        default = context.options.resolution if name == RESOLUTION else ""
        specs.append(spec_of(name, told, called=called.get(name, ""), default=default))
    return tuple(sorted(specs, key=lambda spec: not spec.required))


async def transitions_of(context: Context, id: str, now: State) -> tuple[Transition, ...]:
    """What can be done to the incident's state now, with the fields that each one asks for."""
    moves = await moves_of(context.client, id, context.options)
    found = []
    for move in moves:
        verb = verb_of(move, moves, now, context.options)
        fields = _form(context, verb, move)
        found.append(
            Transition(id=move.id, label=move.name, to=move.to, native_to=move.native_to, fields=fields, verb=verb)
        )
    return tuple(found)


def _form(context: Context, verb: Verb | None, move: Move | None) -> tuple[FieldSpec, ...]:
    """What a move asks for, as the verb that it is the way of doing; without a move what every workflow has."""
    specs = screen_of(move, context) if move is not None else ()
    match verb:
        case Verb.RESOLVE:
            return (_text(context), *specs)
        case Verb.HOLD:
            if not any(spec.name == "reason" for spec in specs):
                specs = (FieldSpec("reason", "Why it waits", help="Written as an internal note."), *specs)
            return (*specs, FieldSpec("until", "Until", FieldKind.TIME, help="Written into the note."))
        case _:
            return (*specs, FieldSpec(NOTE, "Internal note", FieldKind.LONG_TEXT, max_length=LIMIT))


async def fields_of(context: Context, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
    """What to ask for; without an incident only what every workflow has.

    Raises TransitionError where its state or workflow does not allow the verb now.
    """
    match verb:
        case Verb.NOTE:
            return (FieldSpec("text", "Internal note", FieldKind.LONG_TEXT, required=True, max_length=LIMIT),)
        case Verb.COMMENT:
            words = FieldSpec("text", "Comment", FieldKind.LONG_TEXT, required=True, help=_MAILED, max_length=LIMIT)
            return (words,)
        case Verb.CREATE:
            return await _create(context)
        case Verb.LINK:
            choices = tuple(Choice(kind.value, kind.value) for kind in await kinds_of(context))
            return (FieldSpec("kind", "Relation", FieldKind.CHOICE, required=True, choices=choices),)
        case Verb.ESCALATE:
            return await _escalate(context, id)
        case Verb.RESOLVE | Verb.HOLD | Verb.CLOSE | Verb.REOPEN:
            return _form(context, verb, await _move(context, verb, id))
        case _:
            return ()


async def _move(context: Context, verb: Verb, id: str | None) -> Move | None:
    """The move that the verb means now; None where it is there already. Raises as `needed` does."""
    if id is None:
        return None
    status = part(part(await context.client.issue(id, ("status",)), "fields"), "status")
    state, native = state_of(status, context.options), text(status, "name", 100) or "?"
    check_state(verb, state, native)
    if state in _THERE.get(verb, ()):
        return None
    return needed(await moves_of(context.client, id, context.options), verb, context.options, native)


def _text(context: Context) -> FieldSpec:
    where = _MAILED if context.options.resolution_public else "Written as an internal note."
    return FieldSpec("text", "What was done", FieldKind.LONG_TEXT, required=True, help=where, max_length=LIMIT)


async def _create(context: Context) -> tuple[FieldSpec, ...]:
    screen, fields, levels = await context.screen(), await context.fields(), await context.levels()
    told = dict(screen.fields)
    specs = [
        FieldSpec("title", "Summary", required=True, max_length=TITLE_LENGTH),
        FieldSpec("description", "Description", FieldKind.LONG_TEXT, max_length=LIMIT),
    ]
    for name, field, options in (
        ("impact", fields.impact, levels.impacts),
        ("urgency", fields.urgency, levels.urgencies),
    ):
        if field in told and options:
            choices = tuple(Choice(str(level), LEVEL_WORDS[level]) for level in LEVELS)
            specs.append(FieldSpec(name, label_of(told[field], name), FieldKind.CHOICE, choices=choices))
    if fields.team_kind is not TeamKind.NONE and fields.team in told:
        specs.append(FieldSpec("team", label_of(told[fields.team], "Team"), FieldKind.TEAM))
    if "reporter" in told:
        specs.append(FieldSpec("caller", "Reporter", FieldKind.PERSON, help="You, where nobody else is named."))
    asked = {fields.impact, fields.urgency, fields.team, *_ASKED_APART}
    specs += [spec_of(name, held) for name, held in _others(told, asked)]
    return tuple(specs)


def _others(told: Mapping[str, Row], asked: set[str]) -> list[tuple[str, Row]]:
    """What else must be filled in, and the priority."""
    return [
        (name, held) for name, held in told.items() if name not in asked and (is_required(held) or name == "priority")
    ]


async def _escalate(context: Context, id: str | None) -> tuple[FieldSpec, ...]:
    rows = await context.client.issues([id], (await context.fields()).wanted) if id is not None else []
    team = next((incident.team or "" for incident in await context.incidents(rows)), "")
    targets, default = await targets_of(context, team)
    choices = tuple(Choice(target.name, f"{target.name} ({target.kind})") for target in targets)
    return (
        FieldSpec("reason", "Why", FieldKind.LONG_TEXT, required=True, max_length=LIMIT),
        FieldSpec("to", "To", FieldKind.CHOICE, choices=choices, default=default.name if default else ""),
    )
