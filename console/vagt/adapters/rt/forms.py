"""What can be done to a ticket's state now, and which fields to ask for ("RT REST2", section 4.3)."""

from __future__ import annotations

from vagt.adapters.protocol import Transition
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.evidence import SUBJECT_BYTES
from vagt.adapters.rt.moving import REPLY, Step, hold_steps, state_at, step_to
from vagt.adapters.rt.wire import Row, actions_of, text_of
from vagt.domain.commands import Verb
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import State
from vagt.domain.priority import LEVEL_WORDS, LEVELS

_MAILED = "Mailed to the requestor at once."
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
    return Transition(
        id=step.to,
        label=step.label,
        to=to,
        native_to=step.to,
        fields=words_for(step, required=True) if step.says else (),
        verb=_verb(context, state_at(context, row, now), to, step.to.lower()),
    )


def _verb(context: Context, now: State, to: State, status: str) -> Verb | None:
    if status == context.options.close_status:
        return Verb.CLOSE
    if status == context.options.resolve_status:
        return Verb.RESOLVE
    if to is State.WAITING:
        return Verb.HOLD
    if to is State.ACTIVE and not now.is_open:
        return Verb.REOPEN
    if to is State.ACTIVE and now is State.NEW:
        return Verb.ACKNOWLEDGE
    return None


def fields_of(context: Context, verb: Verb, row: Row | None) -> tuple[FieldSpec, ...]:
    """What to ask for; `row` is the ticket, None for a new one or where none is meant."""
    options = context.options
    match verb:
        case Verb.RESOLVE:
            step = step_to(row or {}, options.resolve_status)
            mailed = options.resolve_text == "reply" or (options.resolve_text == "auto" and step.says == REPLY)
            text = FieldSpec(
                "text",
                "Resolution",
                FieldKind.LONG_TEXT,
                required=True,
                help=_MAILED if mailed else "An internal comment.",
            )
            if not options.resolution_code_field:
                return (text,)
            return (text, FieldSpec("code", options.resolution_code_field))
        case Verb.HOLD:
            steps = hold_steps(row or {}, options)
            says = steps[0].says if steps else ""
            return (
                FieldSpec(
                    "reason",
                    "Waits for",
                    FieldKind.LONG_TEXT,
                    required=bool(says),
                    help=_MAILED if says == REPLY else "An internal comment.",
                ),
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
    """The words that go with a change of state, in the field "comment"."""
    if step.says == REPLY:
        return (FieldSpec("comment", "Reply", FieldKind.LONG_TEXT, required=required, help=_MAILED),)
    return (FieldSpec("comment", "Comment", FieldKind.LONG_TEXT, required=required, help="An internal comment."),)
