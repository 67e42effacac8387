"""How a headless player decides: by knowing the truth, carelessly, or not at all."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.adapters.embedded.shift.ledger import Ledger, Told
from vagt.adapters.embedded.shift.truth import CauseNow, Role, Truth
from vagt.adapters.embedded.shift.world import OPERATORS_TEAM
from vagt.domain import commands as c
from vagt.domain.incident import LinkKind, State
from vagt.domain.priority import PriorityMatrix
from vagt.drill import promises

Decisions = list[tuple[str, c.Change]]
"""What to do, as (the backend's id, change), in this order."""
_SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a player looks at."""

    ledger: Ledger
    me: str
    now: datetime
    tick: int
    rng: random.Random


Policy = Callable[[View], Decisions]


def idle(view: View) -> Decisions:
    """Looks on."""
    del view
    return []


def perfect(view: View) -> Decisions:
    """Knows what is true, and does at once what should be done."""
    decided: Decisions = []
    for told, truth in _open(view.ledger):
        cause = view.ledger.causes[truth.cause]
        first = _first(view.ledger, truth.cause)
        if truth.role is Role.REPORT and first is not None and first.row.pk != told.row.pk:
            decided.append((told.row.id, _link(first, LinkKind.DUPLICATE)))
            continue
        decided += [(told.row.id, change) for change in _tended(view, told, truth, cause, first)]
    return decided


def _tended(view: View, told: Told, truth: Truth, cause: CauseNow, first: Told | None) -> list[c.Change]:
    row = told.row
    changes: list[c.Change] = []
    if row.priority != _true_priority(truth):
        changes.append(c.SetPriority(impact=truth.impact, urgency=truth.urgency))
    if row.state is State.NEW:
        changes.append(c.Acknowledge())
    if truth.role is Role.SYMPTOM and first is not None and not told.links:
        changes.append(_link(first, LinkKind.PARENT))
    if cause.major and first is told and _true_priority(truth) == 1 and not row.major:
        changes += [c.SetMajor(True), c.Comment("We know of it and work on it. Next word in 5 minutes.")]
    if _word_is_due(view, told, truth):
        changes.append(c.Comment("We are still on it; nothing new yet."))
    mine = row.assignee == view.me or row.assignee is None
    if cause.mended is not None and mine:
        changes.append(c.Resolve("Service is restored, seen and confirmed.", "fixed"))
    elif cause.team != OPERATORS_TEAM and (row.assignee == view.me or row.state is State.NEW or row.team != cause.team):
        changes.append(c.Assign(team=cause.team, to=""))
    return changes


def sloppy(view: View) -> Decisions:
    """One thing at a time and the loudest first; believes what it reads, forgets what it said."""
    if view.tick % 3:
        return []
    rng, decided = view.rng, Decisions()
    queue = sorted(_open(view.ledger), key=lambda pair: (pair[0].row.priority, pair[0].row.pk))
    for told, truth in queue:
        if len(decided) >= 3:
            break
        cause, row = view.ledger.causes[truth.cause], told.row
        first = _first(view.ledger, truth.cause)
        if row.state is State.NEW:
            decided.append((row.id, c.Acknowledge()))
            if row.priority != _true_priority(truth) and rng.random() < 0.4:
                decided.append((row.id, c.SetPriority(impact=truth.impact, urgency=truth.urgency)))
            if first is not None and first is not told and rng.random() < 0.4:
                decided.append((row.id, _link(first, LinkKind.DUPLICATE)))
            elif rng.random() < 0.3:
                decided.append((row.id, c.Comment("We look at it and tell you more in 5 minutes.")))
        elif row.assignee == view.me and (cause.mended is not None or rng.random() < 0.1):
            decided.append((row.id, c.Resolve("Should work again.", "fixed")))
        elif row.assignee == view.me and rng.random() < 0.3:
            decided.append((row.id, c.Assign(team=cause.team, to="")))
    return decided


POLICIES: dict[str, Policy] = {"perfect": perfect, "sloppy": sloppy, "idle": idle}


def _open(ledger: Ledger) -> list[tuple[Told, Truth]]:
    return [
        (told, told.truth)
        for told in ledger.incidents
        if told.truth is not None and told.truth.role is not Role.NOTICE and told.row.state.is_open
    ]


def _first(ledger: Ledger, cause: str) -> Told | None:
    """The open report of that cause that the others belong to: the oldest."""
    return next((t for t, truth in _open(ledger) if truth.cause == cause and truth.role is Role.REPORT), None)


def _true_priority(truth: Truth) -> int:
    return PriorityMatrix().priority(truth.impact, truth.urgency)


def _link(other: Told, kind: LinkKind) -> c.LinkTo:
    return c.LinkTo(other.row.id, other.row.number, kind)


def _word_is_due(view: View, told: Told, truth: Truth) -> bool:
    speakers = frozenset({view.me}) | frozenset(
        e.by for e in told.entries if truth.promised and e.text == truth.promised
    )
    made: Sequence[promises.Promise] = promises.spoken(told.row.pk, told.entries, speakers, view.ledger.speed)
    return any(
        view.now >= promise.due - _SOON / view.ledger.speed
        and not any(entry.public and entry.by == view.me and entry.at > promise.made for entry in told.entries)
        for promise in made
    )
