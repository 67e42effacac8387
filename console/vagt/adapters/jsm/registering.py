"""Registering a new incident once ("Create issue"): never sent again blindly, and found by the mark that it bears.

The mark is a property of the issue, sent in the same request. A screen's template may put its own
text in place of what it does not ask for, and say nothing: what was sent is compared.
"""

from __future__ import annotations

from collections.abc import Mapping

from vagt.adapters.jsm import people
from vagt.adapters.jsm.client import BusyError
from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.desk import is_so
from vagt.adapters.jsm.documents import clean, document, words_of
from vagt.adapters.jsm.evidence import Evidence
from vagt.adapters.jsm.fieldmap import TeamKind
from vagt.adapters.jsm.reading import Reader
from vagt.adapters.jsm.saying import MARK
from vagt.adapters.jsm.values import is_required, label_of, value_of
from vagt.adapters.jsm.wire import Row, id_of, part
from vagt.adapters.protocol import AdapterError, Done, ForbiddenError, InvalidError, UnavailableError
from vagt.domain.commands import Command, Create

NO_SCREEN = "this account may create nothing in the project, or Jira does not show it the screen for that"
_OURS = {"summary": "title", "reporter": "caller"}
_TITLE = 255


async def register(context: Context, reader: Reader, command: Command, evidence: Evidence) -> Done:
    """Create it and tell what Jira left out. Raises InvalidError that names fields as our form does."""
    assert isinstance(command.change, Create)
    values = await _values(context, command.change)
    screen = await context.screen()
    fields = {"project": {"key": screen.project}, "issuetype": {"id": screen.type_id}, **values}
    body = {"fields": fields, "properties": [{"key": MARK, "value": {"id": command.id}}]}
    evidence.trying(command)
    try:
        told = await context.client.post("/issue", body)
    except BusyError as error:
        raise UnavailableError(f"Jira is busy: {error}") from None
    except InvalidError as error:
        raise await _named(context, error) from None
    id = id_of(told)
    if not id:
        raise UnavailableError("Jira took the new incident and did not say its id", sent=True)
    try:
        rows = await context.client.issues([id], (await context.fields()).wanted)
    except AdapterError as error:
        raise UnavailableError(f"registered perhaps; reading it back failed: {error.words}", sent=True) from None
    if not rows:
        return Done(None, "registered; Jira does not show it yet")
    reader.saw(rows, wrote=True)
    incidents = await context.incidents(rows)
    held = part(rows[0], "fields")
    names = (await context.fields()).names
    lost = [
        names.get(name, name)
        for name, value in values.items()
        if name in held
        and not (_same_text(held.get(name), value) if name == "description" else is_so(held.get(name), value))
    ]
    return Done(
        incidents[0] if incidents else None, f"registered, but Jira did not store: {', '.join(lost)}" if lost else ""
    )


def _same_text(held: object, sent: object) -> bool:
    return " ".join(words_of(held).split()) == " ".join(words_of(sent).split())


async def _values(context: Context, change: Create) -> dict[str, object]:
    screen, fields, levels = await context.screen(), await context.fields(), await context.levels()
    told = dict(screen.fields)
    if not screen.type_id:
        raise ForbiddenError(NO_SCREEN)
    title = " ".join(clean(change.title).split())
    if not title:
        raise InvalidError("a new incident needs a summary", (("title", "is empty"),))
    values: dict[str, object] = {"summary": title[:_TITLE]}
    if change.description.strip():
        words = clean(change.description)
        values["description"] = document(words) if await context.client.is_cloud() else words
    for name, level, field, option in (
        ("impact", change.impact, fields.impact, levels.impact_for),
        ("urgency", change.urgency, fields.urgency, levels.urgency_for),
    ):
        if level is None:
            continue
        if not field or not option(level):
            raise InvalidError(f"this Jira asks for no {name}", ((name, "is not asked for"),))
        values[field] = {"id": option(level)}
    if change.team:
        if fields.team_kind is TeamKind.NONE:
            raise InvalidError("no field of this Jira is an incident's team", (("team", "is not asked for"),))
        values[fields.team] = await people.team_value(context, change.team)
    if change.caller:
        id, _ = await people.person(context, change.caller, field="caller")
        values["reporter"] = {"accountId" if await context.client.is_cloud() else "name": id}
    for name, answer in (("service", change.service), ("category", change.category)):
        if answer:
            raise InvalidError(f"Vagt cannot fill in a {name} here", ((name, "is not asked for"),))
    for name, answer in change.fields:
        if name not in told:
            raise InvalidError(f"“{name}” is no field of a new incident", ((name, "is not known"),))
        values[name] = await value_of(context, name, told[name], answer)
    _check_required(context, told, values)
    return values


def _check_required(context: Context, told: Mapping[str, Row], values: dict[str, object]) -> None:
    for name, held in told.items():
        if is_required(held) and name not in values and name not in ("project", "issuetype", "reporter"):
            raise InvalidError(f"Jira asks for {label_of(held, name)}", ((_OURS.get(name, name), "is empty"),))


async def _named(context: Context, error: InvalidError) -> InvalidError:
    fields = await context.fields()
    ours = {**_OURS, fields.impact: "impact", fields.urgency: "urgency", fields.team: "team"}
    return InvalidError(error.words, tuple((ours.get(name, name), words) for name, words in error.fields))
