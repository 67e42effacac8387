"""Status updates ("Create a status update", "Render a template"): words for an incident's subscribers.

They go out at once and cannot be recalled, and nothing lists those that were sent. The log shows
them in a way that no page describes, so that what was confirmed is kept here, and whether the log
holds their words is learnt from the first one. `subject` and `html_message` are only valid together.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from vagt.adapters.lenient import Row, moment_of, text_of
from vagt.adapters.pagerduty.context import Context, Sent
from vagt.adapters.pagerduty.desk import Desk
from vagt.adapters.pagerduty.errors import MissingAbility, Refusal, as_error
from vagt.adapters.pagerduty.wire import clean, held, id_of, is_id, name_of
from vagt.adapters.protocol import AdapterError, InvalidError

_SHORTEST = 4


async def announce(desk: Desk, text: str, subject: str = "") -> None:
    """Send it, through the configured template where there is one. Raises InvalidError for no words."""
    message = clean(text).strip()
    if not message:
        raise InvalidError("there is nothing to send", (("text", "is empty"),))
    values = await _written(desk, message, subject)
    update = await _send(desk, values)
    if text_of(update.get("message")).strip() != values["message"].strip():
        # it is out, and cannot be recalled: called refused, it would be sent once more
        desk.notes.append("PagerDuty sent the status update with other words than it was given")
    at = moment_of(text_of(update.get("created_at"))) or desk.context.now
    desk.context.sent.setdefault(desk.id, []).append(Sent(id_of(update), at, message))
    await _learn(desk, values["message"])


async def _send(desk: Desk, values: Mapping[str, str]) -> Row:
    """Send it; where an account takes no mail of one's own, what was refused goes again without."""
    client = desk.context.client
    try:
        return await client.status_update(desk.id, values)
    except (Refusal, MissingAbility) as refusal:
        first = refusal
    if "html_message" in values:
        try:
            return await client.status_update(desk.id, {"message": values["message"]})
        except (Refusal, MissingAbility) as refusal:
            first = refusal
    raise as_error(first) if isinstance(first, Refusal) else first


def _as_html(text: str) -> str:
    """The same words as a mail."""
    parts = (escape(part).replace("\n", "<br>") for part in text.split("\n\n"))
    return "".join(f"<p>{part}</p>" for part in parts)


async def _written(desk: Desk, message: str, subject: str) -> dict[str, str]:
    wanted = desk.context.options.status_template
    if not wanted:
        # a subject is only taken together with a mail of its own
        return {"message": message} | ({"subject": subject, "html_message": _as_html(message)} if subject else {})
    template = await template_named(desk.context, wanted)
    told = await desk.context.client.render(id_of(template), desk.id, message)
    problems = "; ".join(text_of(one) for one in _texts(told.get("errors")))
    if problems:
        raise InvalidError(f"the template “{name_of(template)}” cannot be filled in: {problems}")
    fields = held(told, "templated_fields")
    values = {"message": text_of(fields.get("message")) or message}
    title, body = subject or text_of(fields.get("email_subject")), text_of(fields.get("email_body"))
    if title and body:
        values |= {"subject": title, "html_message": body}
    return values


def _texts(found: object) -> list[object]:
    return found if isinstance(found, list) else list(found.values()) if isinstance(found, Mapping) else []


async def template_named(context: Context, wanted: str) -> Row:
    """The status update template with this name or id. Raises InvalidError."""
    params = [("template_type", "status_update"), ("query", wanted)]
    found, _ = await context.client.every("/templates", "templates", params, pages=2)
    if is_id(wanted) and not found:
        found, _ = await context.client.every("/templates", "templates", params[:1], pages=5)
    fits = [row for row in found if wanted.lower() in (name_of(row).lower(), id_of(row).lower())]
    if not fits:
        words = f"PagerDuty has no status update template called “{wanted}”"
        raise InvalidError(words, (("status_template", "is not known"),))
    return fits[0]


async def _learn(desk: Desk, message: str) -> None:
    """Whether the log shows what was just sent; that it was sent is certain already."""
    context = desk.context
    me = await context.me()
    try:
        entries = await context.client.log(desk.id, pages=1)
    except AdapterError:
        return
    mine = [
        id_of(entry) for entry in entries if holds_words(entry, message) and context.is_me(held(entry, "agent"), me)
    ]
    context.updates_logged = bool(mine) or context.updates_logged
    desk.left += mine


def is_update(entry: Row) -> bool:
    """Whether a line of the log tells of a status update, as far as its type says."""
    return "status_update" in text_of(entry.get("type"))


def words_in(entry: Row) -> list[str]:
    """Every text of a line that may be somebody's words."""
    channel, details = held(entry, "channel"), held(entry, "event_details")
    found = [entry.get("note"), entry.get("message"), details.get("description"), details.get("message")]
    found += [channel.get(name) for name in ("message", "details", "summary", "description", "content")]
    found += [held(entry, "status_update").get("message"), entry.get("summary")]
    return [text for one in found if (text := text_of(one))]


def holds_words(entry: Row, message: str) -> bool:
    """Whether these words stand in a line of the log."""
    wanted = " ".join(message.split())
    texts = [" ".join(text.split()) for text in words_in(entry)]
    if wanted in texts:
        return True
    return len(wanted) >= _SHORTEST and is_update(entry) and any(wanted in text for text in texts)


async def subscribers(context: Context, id: str) -> int | None:
    """How many subscribe to an incident, as far as PagerDuty tells: those that were added through its interface."""
    try:
        return len(await context.client.subscribers(id))
    except AdapterError:
        return None
