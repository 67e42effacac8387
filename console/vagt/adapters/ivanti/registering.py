"""Registering an incident ("Create-a-Business-Object"): a customer is always needed, and the status is never left out.

Stock defaults make a new record Active and ours, so that the first status is always sent.
"""

from __future__ import annotations

from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.desk import as_html
from vagt.adapters.ivanti.forms import TITLE
from vagt.adapters.ivanti.mapping import record_id
from vagt.adapters.ivanti.reading import Reader
from vagt.adapters.lenient import text_of
from vagt.adapters.protocol import AdapterError, Done, InvalidError
from vagt.domain.commands import Create

_NOT_FIELDS = frozenset({"title", "description", "caller"})


def title_of(change: Create) -> str:
    """The summary as Ivanti keeps it: one line of at most 255 characters."""
    return " ".join(change.title.split())[:TITLE].strip()


async def register(context: Context, reader: Reader, change: Create, of: str) -> Done:
    """One new incident for the command `of`, read back. Raises InvalidError."""
    options = context.options
    title = title_of(change)
    if not title:
        raise InvalidError("a summary is needed", (("title", "must be filled in"),))
    description = change.description.strip() or title
    values: dict[str, object] = {
        "Subject": title,
        "Symptom": as_html(description) if "Symptom" in options.html_fields else description,
        "Status": options.new_status,
        "Source": options.default_source,
        "Impact": options.impact_values.get(change.impact or 0, ""),
        "Urgency": options.urgency_values.get(change.urgency or 0, ""),
        "Service": change.service or options.default_service,
        "Category": change.category or options.default_category,
        "OwnerTeam": change.team or options.default_team or (await context.me()).team,
        **{name: value for name, value in change.fields if name not in _NOT_FIELDS},
        "ProfileLink_RecID": await _customer(context, change.caller),
        "ProfileLink_Category": "Employee",
    }
    body = {name: value for name, value in values.items() if value not in ("", None)}
    me = await context.me()
    row = await _posted(context, body, me.login)
    id = record_id(row)
    context.confirmed[id] = of
    if author := text_of(row.get("CreatedBy")):
        context.authors.add(author.lower())
    try:
        found = await reader.get([id])
    except AdapterError as error:
        return Done(None, f"registered as {text_of(row.get('IncidentNumber'))}; reading it back failed: {error.words}")
    asked = (("Service", change.service), ("OwnerTeam", change.team), ("Category", change.category))
    other = [(name, text_of(row.get(name))) for name, wanted in asked if wanted and not _same(row.get(name), wanted)]
    told = ", ".join(f"{name} is {value or 'empty'}" for name, value in other)
    message = f"Ivanti chose otherwise: {told}" if told else ""
    return Done(found[0] if found else None, message)


def _same(held: object, wanted: str) -> bool:
    return text_of(held).lower() == wanted.strip().lower()


async def _posted(context: Context, body: dict[str, object], me: str) -> dict[str, object]:
    signed = {**body, "CreatedBy": me} if context.options.attribute and me and "author" not in context.settled else body
    try:
        return dict(await context.client.create(INCIDENTS, signed))
    except InvalidError as error:
        if "CreatedBy" not in signed or "CreatedBy" not in error.words:
            raise
        context.settled["author"] = "the tenant does not let us sign: notes carry the key's account"
        return dict(await context.client.create(INCIDENTS, body))


async def _customer(context: Context, caller: str | None) -> str:
    """The key of the customer: the one that is named, the config's, or ourselves. Raises InvalidError."""
    who = (caller or context.options.default_customer).strip()
    me = await context.me()
    if not who or who.lower() == me.login.lower():
        if me.id:
            return me.id
        words = "Ivanti wants a customer: name one, or set default_customer to a Login ID"
        raise InvalidError(words, (("caller", "must be filled in"),))
    row = await context.employee(who)
    if row is None:
        raise InvalidError(f"no customer is called “{who}”, or several are", (("caller", "is not known"),))
    return record_id(row)
