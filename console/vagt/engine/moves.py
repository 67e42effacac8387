"""Every way in which an action moves through the outbox; each is one transaction.

The rules, per incident:
- Actions leave in the order in which they were taken; while one is under way, later ones wait.
- When one comes to a stop (conflict, refused), later ones that would overwrite something were
  made on top of it and stop with it, naming it; those that only add (notes, comments) go on.
- When a stopped one is tried again, those that stopped with it follow it in their old order.
  When it is given up, they stay stopped until the operator has looked at each.
- When one is done, the later ones are based on what it led to, so that my own change is no
  conflict with my next one.

Words through a channel have a lane of their own for each channel and incident, so that neither
waits for the other. They change nothing, so none of the rules above about later ones touch them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from vagt.domain.commands import Command, Notify, channel_backend
from vagt.domain.incident import Incident
from vagt.engine.intent import Intent, Stage
from vagt.engine.outbox_rows import Rows

__all__ = ["Rows"]

Overlay = Callable[[Incident, Command], Incident]
"""How an incident will look once a command is applied."""

GRACE = timedelta(seconds=2)
"""A request whose answer was lost may still be at work; so long we wait before asking whether it arrived."""
_CHAIN = uuid.UUID("6d0b7c0e-6d5c-5c8e-9a53-5f0f8f2f4d11")
"""The name space in which the id of a passed-on delivery is derived from the first one's."""
_SET_BACK = timedelta(seconds=60)
_WAITING = frozenset({Stage.HELD, Stage.QUEUED})
_STOPPED = {
    Stage.CONFLICT: "is in conflict",
    Stage.REFUSED: "was refused",
    Stage.UNKNOWN: "may or may not have arrived",
}


def is_due(intent: Intent, now: datetime) -> bool:
    """Whether its time has come; so it has where the clock was set back since, for its moment means nothing then."""
    return intent.not_before <= now or (intent.changed_at is not None and intent.changed_at - now > _SET_BACK)


def append(rows: Rows, intents: Sequence[Intent]) -> list[Intent]:
    """All of them or none. One whose id is known already is not added again: it comes back as it stands."""
    return [rows.get(intent.command.id) or rows.add(intent) for intent in intents]


def release(rows: Rows, backend: str) -> None:
    """What can no longer be taken back joins the queue."""
    for intent in rows.of(backend, Stage.HELD):
        if is_due(intent, rows.now):
            due = min(intent.not_before, rows.now)
            rows.put(replace(intent, stage=Stage.QUEUED, not_before=due, changed_at=rows.now))


def begin(rows: Rows, id: str) -> Intent | None:
    """On the wire from now on; None where it was taken back or given up meanwhile."""
    intent = rows.get(id)
    if intent is None or intent.stage is not Stage.QUEUED:
        return None
    return rows.put(
        replace(
            intent,
            stage=Stage.SENDING,
            attempts=intent.attempts + 1,
            first_tried=intent.first_tried or rows.now,
            reason="",
            changed_at=rows.now,
        )
    )


def recover(rows: Rows, backend: str) -> None:
    """What was on the wire when its process ended: nobody knows whether it arrived."""
    for intent in rows.of(backend, Stage.SENDING):
        tried = intent.changed_at or rows.now
        rows.put(
            replace(
                intent,
                stage=Stage.UNSURE,
                not_before=min(tried + GRACE, rows.now + GRACE),
                reason="the console ended while it was on its way",
                changed_at=rows.now,
            )
        )


def unsure(rows: Rows, id: str, reason: str, not_before: datetime) -> None:
    """The answer was lost."""
    intent = rows.get(id)
    if intent is not None and intent.stage in (Stage.SENDING, Stage.UNSURE):
        rows.put(replace(intent, stage=Stage.UNSURE, reason=reason, not_before=not_before, changed_at=rows.now))


def requeue(rows: Rows, id: str, reason: str, not_before: datetime) -> None:
    """It did not reach the backend; another try is due then."""
    intent = rows.get(id)
    if intent is None:
        return
    if intent.stage is Stage.UNSURE:
        rows.put(replace(intent, reason=reason, not_before=not_before))
    elif intent.stage in (Stage.SENDING, Stage.QUEUED):
        rows.put(replace(intent, stage=Stage.QUEUED, reason=reason, not_before=not_before, changed_at=rows.now))


def again(rows: Rows, id: str) -> None:
    """The backend says that it never arrived: it goes once more, at once."""
    intent = rows.get(id)
    if intent is not None and intent.stage is Stage.UNSURE:
        rows.put(replace(intent, stage=Stage.QUEUED, reason="", not_before=rows.now, changed_at=rows.now))


def insist(rows: Rows, id: str) -> None:
    """Nobody can tell whether it arrived: it goes once more, and says so."""
    intent = rows.get(id)
    if intent is not None and intent.stage is Stage.UNSURE:
        rows.put(
            replace(intent, stage=Stage.QUEUED, reason="", doubtful=True, not_before=rows.now, changed_at=rows.now)
        )


def pass_on(rows: Rows, id: str, why: str, known: Collection[str]) -> bool:
    """Let the next of the `known` channels try what this one could not; False where none is left.

    Both in one transaction, and the second one's id is the first one's with the channel's name,
    so that no crash loses or doubles it.
    """
    intent = rows.get(id)
    if intent is None or intent.stage not in (Stage.QUEUED, Stage.SENDING, Stage.UNSURE):
        return False
    change = intent.command.change
    left = [channel for channel in change.then if channel in known] if isinstance(change, Notify) else []
    if not isinstance(change, Notify) or not left:
        return False
    other, *rest = left
    command = replace(
        intent.command,
        id=next_id(id, other),
        backend=channel_backend(other),
        change=replace(change, channel=other, then=tuple(rest)),
        at=rows.now,
    )
    append(
        rows,
        [
            Intent(
                command=command,
                stage=Stage.QUEUED,
                seq=0,
                not_before=rows.now,
                doubtful=intent.doubtful or intent.stage is Stage.UNSURE,
                reason=f"{change.channel} failed: {why}",
                changed_at=rows.now,
            )
        ],
    )
    rows.put(
        replace(
            intent,
            stage=Stage.DISCARDED,
            reason=f"passed on to {other}: {why}",
            passed_to=command.id,
            changed_at=rows.now,
        )
    )
    return True


def next_id(id: str, channel: str) -> str:
    """The id of the delivery that takes over from `id` through another channel."""
    return uuid.uuid5(_CHAIN, f"{id} {channel}").hex


def rebase(rows: Rows, id: str, theirs: Incident, not_before: datetime, overlay: Overlay) -> None:
    """Nothing that matters has changed: go on from what is there now."""
    intent = rows.get(id)
    if intent is None or not (intent.stage.is_pending or intent.stage.needs_person):
        return
    rows.put(
        replace(
            _based(intent, theirs),
            stage=Stage.QUEUED,
            reason="",
            theirs=None,
            blocked_by="",
            not_before=not_before,
            changed_at=rows.now,
        )
    )
    _rebase_later(rows, intent, overlay(theirs, intent.command), overlay)


def finish(rows: Rows, id: str, message: str, result: Incident | None, *, carry: bool, overlay: Overlay) -> None:
    """It is done. `carry`: later ones go on from `result`, which holds nothing that the operator has not meant."""
    intent = rows.get(id)
    if intent is None or intent.stage in (Stage.DONE, Stage.UNDONE, Stage.DISCARDED):
        return
    made = result.ref if result is not None and intent.command.subject is None else ""
    rows.put(
        replace(
            intent,
            stage=Stage.DONE,
            reason=message,
            theirs=None,
            blocked_by="",
            result_ref=made,
            changed_at=rows.now,
        )
    )
    if carry and result is not None:
        _rebase_later(rows, intent, result, overlay)


def stop(rows: Rows, id: str, stage: Stage, reason: str, theirs: Incident | None) -> None:
    """It needs a person (CONFLICT, REFUSED or UNKNOWN), and so do later ones that were made on top of it."""
    intent = rows.get(id)
    if intent is None or not intent.stage.is_pending:
        return
    rows.put(replace(intent, stage=stage, reason=reason, theirs=theirs, changed_at=rows.now))
    if not intent.command.is_guarded:
        return
    what = _STOPPED[stage]
    for later in rows.on(intent.command.subject):
        if later.seq > intent.seq and later.stage in _WAITING and later.command.is_guarded:
            rows.put(
                replace(
                    later,
                    stage=Stage.CONFLICT,
                    reason=f"made on top of “{intent.command.verb.value}”, which {what}: {reason}",
                    theirs=theirs,
                    blocked_by=intent.command.id,
                    changed_at=rows.now,
                )
            )


def retry(rows: Rows, id: str, theirs: Incident | None, overlay: Overlay) -> None:
    """Once more, now; with `theirs`, mine on top of it. Those that stopped with it follow. Raises KeyError."""
    intent = rows.get(id)
    if intent is None:
        raise KeyError(id)
    if intent.stage.is_pending:
        if intent.stage in (Stage.QUEUED, Stage.UNSURE):
            rows.put(replace(intent, not_before=rows.now))
        return
    if not intent.stage.needs_person:
        return
    ready = replace(
        intent,
        stage=Stage.QUEUED,
        doubtful=intent.doubtful or intent.stage is Stage.UNKNOWN,
        reason="",
        theirs=None,
        blocked_by="",
        not_before=rows.now,
        changed_at=rows.now,
    )
    if isinstance(ready.command.change, Notify) and ready.command.change.purpose != "update":
        # Whoever tries it again wants it told, however late it is; a time that has passed is told to nobody.
        ready = replace(ready, command=replace(ready.command, change=replace(ready.command.change, expires=None)))
    rows.put(ready if theirs is None else _based(ready, theirs))
    for later in rows.on(intent.command.subject):
        if later.blocked_by == id and later.stage is Stage.CONFLICT:
            rows.put(
                replace(
                    later,
                    stage=Stage.QUEUED,
                    reason="",
                    theirs=None,
                    blocked_by="",
                    not_before=rows.now,
                    changed_at=rows.now,
                )
            )
    if theirs is not None:
        _rebase_later(rows, intent, overlay(theirs, intent.command), overlay)


def discard(rows: Rows, id: str) -> bool:
    """Given up; False where it is on the wire just now. Raises KeyError."""
    intent = rows.get(id)
    if intent is None:
        raise KeyError(id)
    if intent.stage is Stage.SENDING:
        return False
    if not (intent.stage.is_pending or intent.stage.needs_person):
        return True
    unclear = intent.stage in (Stage.UNSURE, Stage.UNKNOWN)
    maybe = "given up; it may have happened all the same" if unclear else intent.reason
    rows.put(replace(intent, stage=Stage.DISCARDED, reason=maybe, changed_at=rows.now))
    for later in rows.on(intent.command.subject):
        if later.blocked_by == id:
            reason = f"“{intent.command.verb.value}” before it was given up; look, then retry or discard"
            rows.put(replace(later, reason=reason, blocked_by="", changed_at=rows.now))
    return True


def drop(rows: Rows, id: str, why: str) -> None:
    """What a console wanted by itself, and what has passed before it could leave, is given up; nobody is asked."""
    intent = rows.get(id)
    if intent is not None and intent.stage in (Stage.QUEUED, Stage.SENDING):
        rows.put(replace(intent, reason=why, stage=Stage.QUEUED))
        discard(rows, id)


def undo(rows: Rows, ids: Collection[str]) -> None:
    """Take back those that are still held."""
    for id in ids:
        intent = rows.get(id)
        if intent is not None and intent.stage is Stage.HELD and not is_due(intent, rows.now):
            rows.put(replace(intent, stage=Stage.UNDONE, changed_at=rows.now))


def _based(intent: Intent, incident: Incident) -> Intent:
    return replace(intent, command=replace(intent.command, base=incident), expected=incident.version)


def _rebase_later(rows: Rows, intent: Intent, shown: Incident, overlay: Overlay) -> None:
    """Let the later ones on this incident go on from `shown`, each with those before it applied."""
    for later in rows.on(intent.command.subject):
        if later.seq > intent.seq and later.stage in _WAITING:
            rows.put(_based(later, shown))
            shown = overlay(shown, later.command)
