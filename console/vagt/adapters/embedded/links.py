"""Relating incidents to each other, to problems and to changes; a duplicate is merged into the other one."""

from __future__ import annotations

from dataclasses import replace

from vagt.adapters.embedded.desk import Doing, Outcome, ServiceDesk
from vagt.adapters.embedded.record import Row, pk_of, pk_of_number
from vagt.adapters.embedded.rules import DUPLICATE, moved
from vagt.adapters.protocol import InvalidError, NotFoundError, TransitionError
from vagt.domain.commands import LinkTo
from vagt.domain.incident import LinkKind, State
from vagt.domain.timeline import EntryKind

_BACK = {
    LinkKind.PARENT: LinkKind.CHILD,
    LinkKind.CHILD: LinkKind.PARENT,
    LinkKind.RELATED: LinkKind.RELATED,
}
"""How the other incident sees the same relation."""


def linked(desk: ServiceDesk, row: Row, change: LinkTo, doing: Doing) -> Outcome:
    """The incident with the relation; both ends know of it."""
    if change.kind in (LinkKind.PROBLEM, LinkKind.CHANGE):
        return _to_record(desk, row, change, doing)
    other = _other(desk, change)
    if other.pk == row.pk:
        raise InvalidError("An incident cannot be linked to itself.", (("other", "the same incident"),))
    if change.kind is LinkKind.DUPLICATE:
        return _merged(desk, row, other, doing)
    if change.kind is LinkKind.PARENT:
        _refuse_circle(desk, child=row, parent=other)
    if change.kind is LinkKind.CHILD:
        _refuse_circle(desk, child=other, parent=row)
    if not desk.store.link(row.pk, change.kind, other=other.pk):
        return desk.unchanged(row, "linked already")
    desk.store.link(other.pk, _BACK[change.kind], other=row.pk)
    desk.saved(other, doing, EntryKind.OTHER, f"Linked: {row.number} is its {_BACK[change.kind].value}")
    return desk.saved(row, doing, EntryKind.OTHER, f"Linked: {other.number} is its {change.kind.value}")


def _to_record(desk: ServiceDesk, row: Row, change: LinkTo, doing: Doing) -> Outcome:
    wanted = _bare(change.other)
    known = desk.store.records(change.kind)
    record = next((r for r in known if r.number.casefold() == wanted.casefold()), None)
    if record is None:
        some = f"; known are: {', '.join(r.number for r in known[:8])}" if known else ""
        raise NotFoundError(f"There is no {change.kind.value} “{wanted}”{some}.")
    if not desk.store.link(row.pk, change.kind, record=record.number):
        return desk.unchanged(row, "linked already")
    return desk.saved(row, doing, EntryKind.OTHER, f"Linked: {change.kind.value} {record.number}, {record.title}")


def _merged(desk: ServiceDesk, row: Row, other: Row, doing: Doing) -> Outcome:
    """`row` ends as a duplicate of `other`, which inherits its relations and knows its caller."""
    if row.duplicate_of == other.pk:
        return desk.unchanged(row, "merged already")
    if row.duplicate_of is not None:
        raise TransitionError(f"{row.number} is a duplicate of another incident already.")
    if other.duplicate_of is not None:
        survivor = desk.store.row(other.duplicate_of)
        where = f": it lives on in {survivor.number}" if survivor else ""
        raise TransitionError(f"{other.number} is itself a duplicate{where}.")
    if not other.state.is_open and row.state.is_open:
        raise TransitionError(f"{other.number} is {other.native.lower()}: an open incident cannot live on in it.")
    _inherit(desk, row, other)
    desk.store.link(row.pk, LinkKind.DUPLICATE, other=other.pk)
    desk.store.link(other.pk, LinkKind.RELATED, other=row.pk)
    caller = f" Its caller: {row.caller}." if row.caller else ""
    desk.saved(other, doing, EntryKind.OTHER, f"{row.number} was merged into this one: {row.title}.{caller}")
    row = replace(
        moved(row, State.CLOSED, doing.at, DUPLICATE), duplicate_of=other.pk, resolution=f"Duplicate of {other.number}"
    )
    return desk.saved(row, doing, EntryKind.STATE, f"Closed as a duplicate of {other.number}", public=True)


def _inherit(desk: ServiceDesk, row: Row, other: Row) -> None:
    """The survivor gets the children, problems and changes of the one that ends."""
    for link in desk.store.links([row.pk]).get(row.pk, []):
        if link.kind is LinkKind.CHILD and link.incident is not None and link.incident != other.pk:
            desk.store.unlink(row.pk, LinkKind.CHILD, link.incident)
            desk.store.unlink(link.incident, LinkKind.PARENT, row.pk)
            desk.store.link(other.pk, LinkKind.CHILD, other=link.incident)
            desk.store.link(link.incident, LinkKind.PARENT, other=other.pk)
            child = desk.store.row(link.incident)
            if child is not None:
                desk.store.save(child, silently=True)
        elif link.record is not None:
            desk.store.link(other.pk, link.kind, record=link.record)


def _refuse_circle(desk: ServiceDesk, *, child: Row, parent: Row) -> None:
    seen = {child.pk}
    above = [parent.pk]
    while above:
        pk = above.pop()
        if pk in seen:
            raise InvalidError(
                f"{child.number} stands above {parent.number} already: that would be a circle.",
                (("other", "a circle"),),
            )
        links = desk.store.links([pk]).get(pk, [])
        above += [link.incident for link in links if link.kind is LinkKind.PARENT and link.incident is not None]


def _other(desk: ServiceDesk, change: LinkTo) -> Row:
    pk = pk_of(change.other) or pk_of_number(_bare(change.other))
    row = desk.store.row(pk)
    if row is None:
        raise NotFoundError(f"There is no incident “{_bare(change.other_ref) or change.other}”.")
    return row


def _bare(ref: str) -> str:
    """`backend:number` without the backend."""
    return ref.rpartition(":")[2].strip()
