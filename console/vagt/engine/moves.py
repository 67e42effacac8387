"""Every way in which an action moves through the outbox; each is one transaction.

The rules, per incident:
- Actions leave in the order in which they were taken; while one is under way, later ones wait.
- When one comes to a stop (conflict, refused), later ones that would overwrite something were
  made on top of it and stop with it, naming it; those that only add (notes, comments) go on.
- When a stopped one is tried again, those that stopped with it follow it in their old order.
  When it is given up, they stay stopped until the operator has looked at each.
- When one is done, the later ones are based on what it led to, so that my own change is no
  conflict with my next one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from vagt.domain.commands import Command
from vagt.domain.incident import Incident
from vagt.engine.intent import Intent, Stage
from vagt.engine.outbox_rows import Rows

Overlay = Callable[[Incident, Command], Incident]
"""How an incident will look once a command is applied."""

GRACE = timedelta(seconds=2)
"""A request whose answer was lost may still be at work; so long we wait before asking whether it arrived."""
_SET_BACK = timedelta(seconds=60)
_WAITING = frozenset({Stage.HELD, Stage.QUEUED})


def is_due(intent: Intent, now: datetime) -> bool:
    """Whether its time has come; so it has where the clock was set back since, for its moment means nothing then."""
    return intent.not_before <= now or (intent.changed_at is not None and intent.changed_at - now > _SET_BACK)


def append(rows: Rows, intents: Sequence[Intent]) -> list[Intent]:
    """All of them or none."""
    return [rows.add(intent) for intent in intents]


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
    """It needs a person (CONFLICT or REFUSED), and so do later ones that were made on top of it."""
    intent = rows.get(id)
    if intent is None or not intent.stage.is_pending:
        return
    rows.put(replace(intent, stage=stage, reason=reason, theirs=theirs, changed_at=rows.now))
    if not intent.command.is_guarded:
        return
    what = "is in conflict" if stage is Stage.CONFLICT else "was refused"
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
        reason="",
        theirs=None,
        blocked_by="",
        not_before=rows.now,
        changed_at=rows.now,
    )
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
    maybe = "given up; it may have happened all the same" if intent.stage is Stage.UNSURE else intent.reason
    rows.put(replace(intent, stage=Stage.DISCARDED, reason=maybe, changed_at=rows.now))
    for later in rows.on(intent.command.subject):
        if later.blocked_by == id:
            reason = f"“{intent.command.verb.value}” before it was given up; look, then retry or discard"
            rows.put(replace(later, reason=reason, blocked_by="", changed_at=rows.now))
    return True


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
