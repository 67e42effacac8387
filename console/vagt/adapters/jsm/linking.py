"""Relating an incident to another issue ("Issue links"): a link says nothing back, so that it is looked for afterwards.

In a request the inward issue is where the link begins: it is read with the outward words (“A blocks
B”). Stock types are used unless the config names others. A link that is there already is not made
again, although Jira would not mind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.desk import Desk
from vagt.adapters.jsm.mapping import links_of
from vagt.adapters.jsm.reading import Reader
from vagt.adapters.jsm.wire import Row, part, parts, text
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError
from vagt.domain.commands import LinkTo
from vagt.domain.incident import Link, LinkKind

if TYPE_CHECKING:
    from vagt.adapters.jsm.stepping import Stepper

_STOCK = {
    LinkKind.RELATED: ("relates", "related"),
    LinkKind.DUPLICATE: ("duplicate",),
    LinkKind.PROBLEM: ("problem/incident", "problem", "relates"),
    LinkKind.CHANGE: ("change", "relates"),
    LinkKind.PARENT: (),
    LinkKind.CHILD: (),
}
_FROM_OTHER = frozenset({LinkKind.PROBLEM, LinkKind.PARENT})
"""The other one comes first: it causes or contains this one."""


async def link(desk: Desk, reader: Reader, stepper: Stepper, row: Row, wanted: LinkTo) -> Row:
    """Relate it. Raises NotFoundError where the other is not there, InvalidError where that cannot be said here."""
    context = desk.context
    other = await _other(context, reader, wanted)
    key = text(row, "key", 100)
    if other == key:
        raise InvalidError("an issue is not related to itself", (("other", "is the same"),))
    type_ = await _type(context, wanted.kind)
    if not _is_linked(row, other, type_, wanted.kind):
        first, second = (other, key) if wanted.kind in _FROM_OTHER else (key, other)
        body = {"type": {"name": type_}, "inwardIssue": {"key": first}, "outwardIssue": {"key": second}}
        await desk.once(row, lambda: context.client.post("/issueLink", body))
        row = await desk.again()
        if not any(found.ref.partition(":")[2] == other for found in _links(context, row)):
            raise ForbiddenError("Jira answered “done” and made no link: this account may not, or a rule took it away")
    return await stepper.duplicate(row) if wanted.kind is LinkKind.DUPLICATE else row


def _links(context: Context, row: Row) -> tuple[Link, ...]:
    return links_of(part(row, "fields"), context.backend, context.web)


def _is_linked(row: Row, other: str, type_: str, kind: LinkKind) -> bool:
    side = "inwardIssue" if kind in _FROM_OTHER else "outwardIssue"
    sides = ("inwardIssue", "outwardIssue") if kind is LinkKind.RELATED else (side,)
    return any(
        text(part(one, "type"), "name", 200) == type_ and text(part(one, name), "key", 100) == other
        for one in parts(part(row, "fields"), "issuelinks")
        for name in sides
    )


async def kinds_of(context: Context) -> tuple[LinkKind, ...]:
    """The kinds for which this Jira has a link type."""
    names = await _names(context)
    return tuple(kind for kind in LinkKind if _fitting(context, kind, names))


async def _names(context: Context) -> list[str]:
    told = await context.client.get("/issueLinkType")
    return [text(one, "name", 200) for one in parts(told, "issueLinkTypes")]


def _fitting(context: Context, kind: LinkKind, names: Sequence[str]) -> str:
    wanted = context.options.link_types.get(kind)
    for name in (wanted.lower(),) if wanted else _STOCK[kind]:
        for known in names:
            if known.lower() == name:
                return known
    return ""


async def _type(context: Context, kind: LinkKind) -> str:
    names = await _names(context)
    if found := _fitting(context, kind, names):
        return found
    words = (
        f"this Jira has no link type for “{kind.value}”; it has {', '.join(names)}: name one in the option link_types"
    )
    raise InvalidError(words, (("kind", "is not possible"),))


async def _other(context: Context, reader: Reader, wanted: LinkTo) -> str:
    """The other one's key."""
    ref = wanted.other.strip()
    if ref.isdigit():
        found = await reader.get([ref])
        if found:
            return found[0].number
    try:
        return (await reader.find(ref)).number
    except NotFoundError:
        raise NotFoundError(f"there is no issue {wanted.other_ref}, or this account may not see it") from None
