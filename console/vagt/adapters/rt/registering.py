"""Registering a new ticket, and telling what RT silently left out of it ("RT REST2", section 8)."""

from __future__ import annotations

from vagt.adapters.protocol import AdapterError, Done, InvalidError
from vagt.adapters.rt.context import Context, Queue
from vagt.adapters.rt.evidence import SUBJECT_BYTES, sendable, subject_of
from vagt.adapters.rt.reading import Reader
from vagt.adapters.rt.wire import clean
from vagt.domain.commands import Create
from vagt.domain.incident import Incident


async def register(context: Context, reader: Reader, change: Create) -> Done:
    """Create the ticket and read it back. Raises InvalidError where title or queue are missing."""
    title = subject_of(change.title)
    if not title:
        raise InvalidError("a new ticket needs a title", (("title", "is empty"),))
    queue = await target_queue(context, change.team)
    body: dict[str, object] = {"Queue": queue, "Subject": title}
    if change.description.strip():
        body["Content"] = sendable(change.description)
    if change.caller:
        body["Requestor"] = [clean(change.caller).strip()]
    body |= _judgement(context, change)
    fields = _fields(context, change)
    if fields:
        body["CustomFields"] = fields
    id = await context.client.create(body)
    context.confirmed.add(id)
    if change.description.strip():
        context.describe(id, sendable(change.description).strip("\n"))
    try:
        found = await reader.get([id])
    except AdapterError as error:
        return Done(None, f"registered as {id}; reading it back failed: {error.words}")
    if not found:
        return Done(None, f"registered as {id}, which this account cannot see")
    return Done(found[0], _left_out(context, change, found[0]))


async def target_queue(context: Context, team: str | None) -> str:
    """The queue for a new ticket: the team given, the configured one, or the only one in sight."""
    name = team or context.options.default_queue
    if not name:
        names = context.options.queues or tuple(queue.name for queue in await visible_queues(context))
        if len(names) != 1:
            raise InvalidError("RT needs a queue for a new ticket", (("team", "name the queue"),))
        name = names[0]
    known = await context.queue_named(name)
    return known.name if known else name


async def visible_queues(context: Context) -> tuple[Queue, ...]:
    """The queues that the account sees, by name."""
    if not context.queues:
        await context.load_queues()
    return tuple(sorted(context.queues.values(), key=lambda queue: queue.name.lower()))


def _judgement(context: Context, change: Create) -> dict[str, object]:
    """RT's priority from impact and urgency by the config's matrix: RT has none of its own."""
    if not (change.impact and change.urgency):
        return {}
    ours = context.connection.matrix.priority(change.impact, change.urgency)
    number = context.options.numbers.get(ours)
    return {} if number is None else {"Priority": number}


def _fields(context: Context, change: Create) -> dict[str, object]:
    options = context.options
    fields: dict[str, object] = {
        name: value for name, value in change.fields if name not in ("Queue", "Subject", "id", "Type")
    }
    if options.has_levels and change.impact and change.urgency:
        fields[options.impact_field] = options.impact_values[change.impact]
        fields[options.urgency_field] = options.urgency_values[change.urgency]
    chosen = ((options.service_field, change.service), (options.category_field, change.category))
    return fields | {name: value for name, value in chosen if name and value}


def _left_out(context: Context, change: Create, made: Incident) -> str:
    """What RT dropped without a word: it answers "created" to unknown people and values."""
    lost = []
    if clean(change.title).strip() != made.title:
        lost.append(f"the title was cut to {SUBJECT_BYTES} bytes or put on one line")
    for what, wanted, got in (
        ("service", change.service, made.service),
        ("category", change.category, made.category),
        ("impact", change.impact if context.options.has_levels else None, made.impact),
        ("urgency", change.urgency if context.options.has_levels else None, made.urgency),
    ):
        if wanted and str(wanted) != str(got):
            lost.append(f"RT did not take the {what} “{wanted}”")
    if change.caller and not made.caller:
        lost.append(f"RT did not take the caller “{change.caller}”")
    return "; ".join(lost)
