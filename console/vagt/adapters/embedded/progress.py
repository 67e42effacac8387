"""How far it is: holding, resolving, closing, reopening, and the desk's own transitions."""

from __future__ import annotations

from dataclasses import replace

from vagt.adapters.embedded import transitions as ways
from vagt.adapters.embedded.assignment import acknowledge
from vagt.adapters.embedded.checks import in_future, minute, moment, must_be_open, required, unknown
from vagt.adapters.embedded.desk import Doing, Outcome, ServiceDesk
from vagt.adapters.embedded.organisation import Organisation
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.rules import CANCELLED, OBSERVING, moved
from vagt.adapters.protocol import InvalidError, TransitionError
from vagt.domain.commands import Hold, MoveTo, Resolve, Snooze
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind


def hold(desk: ServiceDesk, row: Row, change: Hold, doing: Doing) -> Outcome:
    """Waiting for a listed reason or one in the operator's words, until a moment where that is known."""
    must_be_open(row, "held")
    given = dict(change.fields)
    until = change.until or (moment("until", given["until"]) if given.get("until") else None)
    if until is not None:
        in_future("until", until, doing.at)
    # Words of one's own are kept as they are: nobody should have to look up a code at three in the morning.
    asked = required("reason", change.reason or given.get("reason") or "other")
    listed = {name.casefold(): words for code, words in desk.organisation.reasons for name in (code, words)}
    reason = listed.get(asked.casefold(), asked)
    row = replace(moved(row, State.WAITING, doing.at), waiting_reason=reason, waiting_until=until)
    return desk.saved(row, doing, EntryKind.STATE, f"On hold{f' until {minute(until)}' if until else ''}: {reason}")


def snooze(desk: ServiceDesk, row: Row, change: Snooze, doing: Doing) -> Outcome:
    """Out of sight until a moment; one that has passed brings it back."""
    must_be_open(row, "snoozed")
    if change.until <= doing.at:
        return desk.saved(replace(row, snoozed_until=None), doing, EntryKind.OTHER, "No longer snoozed")
    text = f"Snoozed until {minute(change.until)}"
    return desk.saved(replace(row, snoozed_until=change.until), doing, EntryKind.OTHER, text)


def resolve(desk: ServiceDesk, row: Row, change: Resolve, doing: Doing) -> Outcome:
    """Service is restored. How is always told; a major incident needs a code too."""
    if not row.state.is_open:
        raise TransitionError(f"It is {row.native.lower()} already.")
    text = required("text", change.text)
    code = _code(desk.organisation, change.code or dict(change.fields).get("code"))
    if row.major and code is None:
        raise InvalidError("A major incident is resolved with a resolution code.", (("code", "required"),))
    row = replace(moved(row, State.RESOLVED, doing.at), resolution=text, code=code)
    return desk.saved(row, doing, EntryKind.STATE, f"Resolved: {text}", public=True)


def close(desk: ServiceDesk, row: Row, doing: Doing) -> Outcome:
    """Nothing more is to come of what was resolved."""
    if row.state.is_open:
        raise TransitionError("It is not resolved: resolve it first, or cancel it.")
    if row.state is State.CLOSED:
        raise TransitionError("It is closed already.")
    return desk.saved(moved(row, State.CLOSED, doing.at), doing, EntryKind.STATE, "Closed")


def reopen(desk: ServiceDesk, row: Row, text: str, doing: Doing) -> Outcome:
    """It is not over after all; what was merged away stays away."""
    if row.state.is_open:
        raise TransitionError("It is open.")
    if row.duplicate_of is not None:
        survivor = desk.store.row(row.duplicate_of)
        where = f" and lives on in {survivor.number}" if survivor else ""
        raise TransitionError(f"It was a duplicate{where}.")
    words = f"Reopened: {text.strip()}" if text.strip() else "Reopened"
    return desk.saved(moved(row, State.ACTIVE, doing.at), doing, EntryKind.STATE, words)


def move(desk: ServiceDesk, row: Row, change: MoveTo, doing: Doing) -> Outcome:
    """One of the transitions that this desk offers for the incident now, with its required fields."""
    offered = {way.id: way for way in ways.transitions_of(row, desk.organisation)}
    way = offered.get(change.transition)
    if way is None:
        raise TransitionError(
            f"“{change.label or change.transition}” is not possible while it is {row.native.lower()};"
            f" possible are: {', '.join(known.label for known in offered.values()) or 'none'}."
        )
    given = dict(change.fields)
    for spec in way.fields:
        if spec.required:
            required(spec.name, given.get(spec.name, ""))
    match way.id:
        case ways.START:
            return acknowledge(desk, row, doing)
        case ways.HOLD:
            return hold(desk, row, Hold(fields=change.fields), doing)
        case ways.RESOLVE:
            return resolve(desk, row, Resolve(given.get("text", ""), given.get("code")), doing)
        case ways.REOPEN:
            return reopen(desk, row, given.get("text", ""), doing)
        case ways.CLOSE:
            return close(desk, row, doing)
        case ways.CANCEL:
            text = required("text", given.get("text", ""))
            row = replace(moved(row, State.CLOSED, doing.at, CANCELLED), resolution=text)
            return desk.saved(row, doing, EntryKind.STATE, f"Cancelled: {text}", public=True)
        case ways.OBSERVE:
            return desk.saved(moved(row, State.ACTIVE, doing.at, OBSERVING), doing, EntryKind.STATE, way.label)
        case _:
            return desk.saved(moved(row, State.ACTIVE, doing.at), doing, EntryKind.STATE, way.label)


def _code(organisation: Organisation, text: str | None) -> str | None:
    if not text:
        return None
    for code, words in organisation.codes:
        if text.casefold() in (code.casefold(), words.casefold()):
            return code
    raise unknown("code", text, [code for code, _ in organisation.codes])
