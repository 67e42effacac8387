"""What can be done to a ticket's state now, and which fields to ask for ("RT REST2", section 4.3)."""

from __future__ import annotations

from vagt.adapters.protocol import Transition
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.evidence import SUBJECT_BYTES
from vagt.adapters.rt.moving import COMMENT, REPLY, SAID_AS, Step, hold_steps, state_at, step_to
from vagt.adapters.rt.wire import Row, actions_of, text_of
from vagt.domain.commands import Verb
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import State
from vagt.domain.priority import LEVEL_WORDS, LEVELS

_MAILED = "Mailed to the requestor at once."
_INTERNAL = "An internal comment."
_COMMON = frozenset({Verb.HOLD, Verb.RESOLVE, Verb.CLOSE, Verb.REOPEN})
_LEVELS = tuple(Choice(str(level), LEVEL_WORDS[level]) for level in LEVELS)


def transitions_of(context: Context, row: Row) -> tuple[Transition, ...]:
    """The lifecycle's labelled actions, then the statuses that the config offers besides."""
    now = text_of(row.get("Status")).strip().lower()
    names = [action.to for action in actions_of(row)]
    listed = {name.lower() for name in names}
    names += [name for name in context.options.statuses if name not in listed and name != now]
    return tuple(_transition(context, row, now, step_to(row, name)) for name in names)


def _transition(context: Context, row: Row, now: str, step: Step) -> Transition:
    to = state_at(context, row, step.to)
    verb = _verb(context, row, state_at(context, row, now), to, step.to.lower())
    words = words_for(step, required=True) if step.says else ()
    # What is a common verb is done by it, and so with its fields.
    fields = fields_of(context, verb, row) if verb in _COMMON else words
    return Transition(id=step.to, label=step.label, to=to, native_to=step.to, fields=fields, verb=verb)


def _verb(context: Context, row: Row, now: State, to: State, status: str) -> Verb | None:
    """The common verb that goes to this very status; None for the other ways to a state of its kind."""
    options = context.options
    if status == options.close_status:
        return Verb.CLOSE
    if status == options.resolve_status:
        return Verb.RESOLVE
    if to is State.WAITING:
        ways = hold_steps(row, options)
        first = next((way for way in ways if way.listed), ways[0] if ways else None)
        return Verb.HOLD if first is not None and first.to.lower() == status else None
    if to is State.ACTIVE and not now.is_open:
        return Verb.REOPEN if status == options.active_status else None
    if to is State.ACTIVE and now is State.NEW:
        return Verb.ACKNOWLEDGE
    return None


def fields_of(context: Context, verb: Verb, row: Row | None) -> tuple[FieldSpec, ...]:
    """What to ask for; `row` is the ticket, None for a new one or where none is meant."""
    options = context.options
    match verb:
        case Verb.RESOLVE:
            step = step_to(row or {}, options.resolve_status)
            fixed = {REPLY: _MAILED, COMMENT: _INTERNAL}.get(options.resolve_text, "")
            told = " ".join(filter(None, (doubt(row, step), fixed)))
            fields = [FieldSpec("text", "Resolution", FieldKind.LONG_TEXT, required=True, help=told)]
            if not fixed:
                fields.append(said_as(step.says))
            if options.resolution_code_field:
                fields.append(FieldSpec("code", options.resolution_code_field))
            return tuple(fields)
        case Verb.HOLD:
            steps = hold_steps(row or {}, options)
            says = steps[0].says if steps else ""
            asked = says == REPLY
            reason_help = "" if asked else _INTERNAL
            return (
                FieldSpec("reason", "Waits for", FieldKind.LONG_TEXT, required=bool(says), help=reason_help),
                *((said_as(says),) if asked else ()),
                FieldSpec("until", "Until", FieldKind.TIME, help="Written into the comment: RT has no field for it."),
            )
        case Verb.CLOSE:
            return words_for(step_to(row or {}, options.close_status), required=False)
        case Verb.REOPEN:
            return words_for(step_to(row or {}, options.active_status), required=False)
        case Verb.NOTE:
            return (FieldSpec("text", "Comment", FieldKind.LONG_TEXT, required=True),)
        case Verb.COMMENT:
            return (FieldSpec("text", "Reply", FieldKind.LONG_TEXT, required=True, help=_MAILED),)
        case Verb.CREATE:
            return _create(context)
        case _:
            return ()


def doubt(row: Row | None, step: Step) -> str:
    """That RT may refuse the step, said before anybody writes: a lifecycle can allow what it gives no label."""
    now = text_of((row or {}).get("Status")).strip()
    offered = [action.to for action in actions_of(row or {})]
    if step.listed or not offered or now.lower() == step.to.lower():
        return ""
    return (
        f"RT offers no way from “{now}” to “{step.to}” here and may refuse it; it offers {', '.join(offered)}. "
        "Acknowledge it first, or choose another way with the list of states."
    )


def _create(context: Context) -> tuple[FieldSpec, ...]:
    options = context.options
    only = options.queues[0] if len(options.queues) == 1 else ""
    queue = options.default_queue or only
    fields = [
        FieldSpec("title", "Title", required=True, max_length=SUBJECT_BYTES),
        FieldSpec("description", "Description", FieldKind.LONG_TEXT),
        FieldSpec("team", "Queue", FieldKind.TEAM, required=not queue and len(context.queues) != 1, default=queue),
        FieldSpec("impact", "Impact", FieldKind.CHOICE, choices=_LEVELS),
        FieldSpec("urgency", "Urgency", FieldKind.CHOICE, choices=_LEVELS),
    ]
    if options.service_field:
        fields.append(FieldSpec("service", options.service_field, FieldKind.SERVICE))
    if options.category_field:
        fields.append(FieldSpec("category", options.category_field))
    fields.append(FieldSpec("caller", "Requestor", help="Login or address; you where empty. RT may mail them."))
    return tuple(fields)


def words_for(step: Step, *, required: bool) -> tuple[FieldSpec, ...]:
    """The words that go with a change of state: the field is called "reply" where they are mailed, else "comment"."""
    if step.says == REPLY:
        return (FieldSpec(REPLY, "Reply", FieldKind.LONG_TEXT, required=required, help=_MAILED),)
    return (FieldSpec(COMMENT, "Comment", FieldKind.LONG_TEXT, required=required, help=_INTERNAL),)


def said_as(says: str) -> FieldSpec:
    """Who reads the words, decided in the form: what RT offers may be another by the time they are sent."""
    return FieldSpec(
        SAID_AS,
        "Said as",
        FieldKind.CHOICE,
        choices=(Choice(COMMENT, "internal comment"), Choice(REPLY, "reply, mailed to the requestor")),
        default=REPLY if says == REPLY else COMMENT,
    )
