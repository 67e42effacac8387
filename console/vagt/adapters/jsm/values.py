"""Fields of a screen: what to ask a person for, and the answer as Jira wants it ("Transitions", "Create metadata").

A screen tells each field's kind, whether it is required, and the values it allows. Validators may
demand more than is flagged; that is known only from the refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from vagt.adapters.jsm import people
from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.documents import clean, document
from vagt.adapters.jsm.wire import Row, id_of, part, parts, text
from vagt.adapters.lenient import moment_of
from vagt.adapters.protocol import InvalidError
from vagt.domain.fields import Choice, FieldKind, FieldSpec

_CHOSEN = frozenset({"option", "priority", "resolution", "version", "component", "issuetype", "securitylevel"})
_MANY = "array"
_MULTI = "Several are separated by commas."


def label_of(told: Row, name: str) -> str:
    """What people call the field."""
    return text(told, "name", 200) or name


def is_required(told: Row) -> bool:
    """Whether it must be filled in by us."""
    return told.get("required") is True and told.get("hasDefaultValue") is not True


def choices_of(told: Row) -> tuple[Choice, ...]:
    """The allowed values, by their names: names travel in commands, so that people can read them."""
    found = []
    for row in parts(told, "allowedValues"):
        label = text(row, "value", 300) or text(row, "name", 300)
        if label and row.get("disabled") is not True:
            found.append(Choice(label, label))
    return tuple(dict.fromkeys(found))


def spec_of(name: str, told: Row, *, called: str = "", default: str = "") -> FieldSpec:
    """How to ask for a field of Jira's; `called`: the name that the answer has, where that is another."""
    schema = part(told, "schema")
    kind, items = text(schema, "type", 100), text(schema, "items", 100)
    choices = choices_of(told)
    multi = kind == _MANY
    asked = FieldKind.TEXT
    match kind if not multi else items:
        case _ if choices and not multi:
            asked = FieldKind.CHOICE
        case "user":
            asked = FieldKind.PERSON
        case "team":
            asked = FieldKind.TEAM
        case "date" | "datetime":
            asked = FieldKind.TIME
        case "number":
            asked = FieldKind.NUMBER
        case "string" if _is_long(schema):
            asked = FieldKind.LONG_TEXT
    words = f"{_MULTI} Known: {', '.join(choice.label for choice in choices[:20])}" if multi and choices else ""
    if multi and not choices:
        words = _MULTI
    if asked is FieldKind.CHOICE and default and default not in {choice.value for choice in choices}:
        default = ""
    return FieldSpec(
        called or name,
        label_of(told, name),
        asked,
        required=is_required(told),
        choices=choices if asked is FieldKind.CHOICE else (),
        default=default,
        help=words,
    )


def _is_long(schema: Row) -> bool:
    long = text(schema, "custom", 200).endswith(":textarea")
    return long or text(schema, "system", 60) in ("description", "environment")


async def value_of(context: Context, name: str, told: Row, answer: str, called: str = "") -> object:
    """An answer as Jira wants it. Raises InvalidError that names the field."""
    field = called or name
    schema = part(told, "schema")
    kind, items = text(schema, "type", 100), text(schema, "items", 100)
    asked = _Asked(told, field, schema)
    answer = clean(answer).strip()
    if kind == _MANY:
        if items == "string" and not choices_of(told):
            return [one for one in answer.replace(",", " ").split() if one]
        return [await _one(context, items, one.strip(), asked) for one in answer.split(",") if one.strip()]
    return await _one(context, kind, answer, asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A field of a screen, and what our forms call it."""

    told: Row
    field: str
    schema: Row


async def _one(context: Context, kind: str, answer: str, asked: _Asked) -> object:
    told, field, schema = asked.told, asked.field, asked.schema
    if kind in _CHOSEN or choices_of(told):
        return {"id": _chosen(told, answer, field)}
    match kind:
        case "user":
            id, _ = await people.person(context, answer, field=field)
            return {"accountId" if await context.client.is_cloud() else "name": id}
        case "group":
            return {"name": answer}
        case "team":
            return (await people.team(context, answer))[0]
        case "number":
            try:
                return float(answer)
            except ValueError:
                raise InvalidError(f"“{answer}” is no number", ((field, "is no number"),)) from None
        case "date" | "datetime":
            when = moment_of(answer)
            if when is None:
                raise InvalidError(f"“{answer}” is no time", ((field, "is no time"),))
            return _date(when, kind)
        case "string" if _is_long(schema) and await context.client.is_cloud():
            return document(answer)
        case _:
            return answer


def _date(when: datetime, kind: str) -> str:
    utc = when.astimezone(UTC)
    return f"{utc:%Y-%m-%d}" if kind == "date" else f"{utc:%Y-%m-%dT%H:%M:%S}.000+0000"


def _chosen(told: Row, answer: str, field: str) -> str:
    low = answer.lower()
    for row in parts(told, "allowedValues"):
        names = (id_of(row), text(row, "value", 300), text(row, "name", 300))
        if low and low in (name.lower() for name in names):
            return id_of(row)
    offered = ", ".join(choice.label for choice in choices_of(told)[:12])
    raise InvalidError(f"Jira does not offer “{answer}” here: {offered or 'nothing'}", ((field, "is not known"),))
