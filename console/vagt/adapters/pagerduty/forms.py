"""What a person is asked before something is done to an incident, and what can be done to its state."""

from __future__ import annotations

from vagt.adapters.lenient import Row
from vagt.adapters.pagerduty.announcing import subscribers
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.desk import status_of
from vagt.adapters.pagerduty.escalating import level_of
from vagt.adapters.pagerduty.merging import merged_into
from vagt.adapters.protocol import Transition
from vagt.domain.commands import Verb
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import LinkKind, State

TITLE_LENGTH = 1024
_RESOLUTION = FieldSpec(
    "text", "Resolution", FieldKind.LONG_TEXT, help="Stands in the timeline; PagerDuty's own web page does not show it."
)


def transitions_of(row: Row) -> tuple[Transition, ...]:
    """The ways on from where it stands."""
    resolve = Transition("resolve", "Resolve", State.RESOLVED, "resolved", (_RESOLUTION,), Verb.RESOLVE)
    match status_of(row):
        case "triggered":
            return (
                Transition("acknowledge", "Acknowledge", State.ACTIVE, "acknowledged", (), Verb.ACKNOWLEDGE),
                resolve,
            )
        case "acknowledged":
            return (Transition("unacknowledge", "Back to triggered (pages again)", State.NEW, "triggered"), resolve)
        case _ if merged_into(row):
            return ()
        case _:
            return (
                Transition("reopen", "Reopen as acknowledged, yours", State.ACTIVE, "acknowledged", (), Verb.REOPEN),
                Transition("retrigger", "Reopen as triggered (pages again)", State.NEW, "triggered"),
            )


async def fields_of(context: Context, verb: Verb, row: Row | None) -> tuple[FieldSpec, ...]:
    """What to ask for; `row` is the incident, None for a new one or where none is meant."""
    match verb:
        case Verb.RESOLVE:
            return (_RESOLUTION,)
        case Verb.SNOOZE:
            # a reason is noted where one is given, but asking for it would put a form behind each snooze
            return (FieldSpec("until", "Until", FieldKind.TIME, required=True, help="At most seven days."),)
        case Verb.NOTE:
            return (FieldSpec("text", "Note", FieldKind.LONG_TEXT, required=True, help="For responders only."),)
        case Verb.COMMENT:
            return (FieldSpec("text", "Status update", FieldKind.LONG_TEXT, True, help=await _readers(context, row)),)
        case Verb.LINK:
            merge = (Choice(LinkKind.DUPLICATE.value, "duplicate"),)
            return (FieldSpec("kind", "Relation", FieldKind.CHOICE, required=True, choices=merge),)
        case Verb.ESCALATE:
            return await _escalate(context, row)
        case Verb.CREATE:
            return await _create(context)
        case _:
            return ()


async def _readers(context: Context, row: Row | None) -> str:
    words = "at once, and cannot be recalled."
    count = await subscribers(context, str(row.get("id"))) if row is not None else None
    if count is None:
        return f"It goes to the incident's subscribers {words}"
    return f"It goes to {count} subscriber{'' if count == 1 else 's'}, and those of its services, {words}"


async def _escalate(context: Context, row: Row | None) -> tuple[FieldSpec, ...]:
    reason = FieldSpec("reason", "Reason", FieldKind.LONG_TEXT, required=True, help="Goes into a note.")
    to = FieldSpec(
        "to", "Person or policy", help="Asked to help by a responder request; the incident stays with whoever has it."
    )
    if row is None:
        return (reason, FieldSpec("level", "Level", FieldKind.NUMBER), to)
    standing = await level_of(context, row)
    choices = []
    for level in range(1, standing.levels + 1):
        people = ", ".join(standing.on_call.get(level, ())) or "nobody on call"
        here = ", now" if level == standing.level else ""
        choices.append(Choice(str(level), f"{level}: {people}{here}"))
    following = standing.level + 1
    default = str(following) if following <= standing.levels else ""
    return (reason, FieldSpec("level", "Level", FieldKind.CHOICE, choices=tuple(choices), default=default), to)


async def _create(context: Context) -> tuple[FieldSpec, ...]:
    known = context.priorities if context.priorities is not None else await context.load_priorities()
    scope = await context.scope()
    service = context.options.services[0] if len(scope.services) == 1 else ""
    fields = [
        FieldSpec("title", "Title", required=True, max_length=TITLE_LENGTH),
        FieldSpec("service", "Service", FieldKind.SERVICE, required=True, default=service),
        FieldSpec("description", "Details", FieldKind.LONG_TEXT),
        FieldSpec(
            "urgency",
            "Urgency",
            FieldKind.CHOICE,
            choices=(Choice("1", "high"), Choice("3", "low")),
            help="Where left out, the service decides.",
        ),
        FieldSpec("team", "Escalation policy", FieldKind.TEAM, help="The service's own where left out."),
        FieldSpec("assignee", "Assignee", FieldKind.PERSON, help="Instead of a policy; yourself: nobody is paged."),
    ]
    if known:
        choices = tuple(Choice(one.name, one.name) for one in known.values())
        fields.append(FieldSpec("priority", "Priority", FieldKind.CHOICE, choices=choices))
    return tuple(fields)
