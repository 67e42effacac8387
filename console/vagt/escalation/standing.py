"""Where an incident stands on its path: what was taken, which step is next, and when it is due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vagt.domain.incident import Incident, State
from vagt.escalation.afresh import Afresh, afresh, is_taken_up
from vagt.escalation.paths import Path, Step
from vagt.escalation.record import Mark, MarkKind, Record
from vagt.escalation.timing import USUAL, Timing

FIRST = "0"
"""The round in which nobody has acknowledged it yet."""
ON_TIME = 120.0
"""Seconds by which a step may be told late without moving those above it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One incident on its path. Times are the backend's, in UTC."""

    path: Path
    round: str = FIRST
    taken: tuple[Mark, ...] = ()
    """Steps that were carried out since it came, or came back, in any round, as the timeline tells them."""
    next: Step | None = None
    """The step that comes next; None: none does, while things stay as they are."""
    due_at: datetime | None = None
    claim: Mark | None = None
    """Whoever is carrying the next step out just now."""
    earlier: tuple[Mark, ...] = ()
    """Claims of the next step whose owners never said “done”."""
    held: Mark | None = None
    """Who holds the next step, and until when."""
    lapsed: bool = False
    """It was acknowledged and left alone for too long: that is why it climbs."""
    back: Afresh | None = None
    """When it was reopened, or its acknowledgement withdrawn; None: never."""

    def is_due(self, now: datetime) -> bool:
        """Whether the next step should be carried out, and nobody is at it."""
        return self.next is not None and self.due_at is not None and self.due_at <= now and self.claim is None

    @property
    def level(self) -> int:
        """The highest step that was taken; 0: none yet."""
        return max((mark.step for mark in self.taken), default=0)


def touched_at(incident: Incident, record: Record) -> datetime | None:
    """When a person last did something to it, what consoles do by themselves left out."""
    updated = incident.updated_at
    moments = [incident.acknowledged_at, record.touched_at]
    # A change that no entry tells of is a person's, unless it came with our own.
    if updated is not None and (record.ours_at is None or updated > record.ours_at + timedelta(seconds=10)):
        moments.append(updated)
    return max((moment for moment in moments if moment is not None), default=incident.created_at)


def lapse_at(incident: Incident, path: Path, record: Record) -> datetime | None:
    """When its acknowledgement runs out; None where it has none, or none that can."""
    if path.ack_timeout is None or incident.state is not State.ACTIVE:
        return None
    touched = touched_at(incident, record)
    return None if touched is None else touched + timedelta(seconds=path.ack_timeout)


def standing(incident: Incident, path: Path, record: Record, now: datetime, timing: Timing = USUAL) -> Standing:
    """Where it stands. `now`: by the backend's clock."""
    back = afresh(incident, record, now) if incident.is_open else None
    marks = [mark for mark in record.marks if mark.path == path.name and _counts(mark, back)]
    taken = tuple(mark for mark in marks if mark.kind is MarkKind.DONE)
    rest = Standing(path, taken=taken, back=back)
    if not incident.is_open:
        return rest
    if _is_nobodys(incident, record, back):
        base = incident.created_at if back is None else back.at
        if base is None:
            return rest
        found = replace(rest, round=FIRST if back is None else back.round)
        return _next(found, (base, 0.0), rest.level + 1, marks, now, timing)
    lapse = lapse_at(incident, path, record)
    if lapse is None:
        return rest
    round = str(int(lapse.timestamp()))
    before = max((mark.step for mark in taken if mark.round != round), default=0)
    begin = min(before + 1, len(path.steps))
    since = max((mark.step for mark in taken if mark.round == round), default=begin - 1) + 1
    lapsed = replace(rest, round=round, lapsed=True)
    return _next(lapsed, (lapse, path.steps[begin - 1].after), since, marks, now, timing)


def _is_nobodys(incident: Incident, record: Record, back: Afresh | None) -> bool:
    """Whether nobody has acknowledged it: since it came, or since it came back."""
    if back is None or incident.state is State.WAITING:
        return not incident.is_acknowledged
    return not is_taken_up(incident, record, back)


def _counts(mark: Mark, back: Afresh | None) -> bool:
    """Whether it was said since the incident came back; what was under way before goes by its round."""
    return back is None or mark.round == back.round or mark.at >= back.at


def _next(  # noqa: PLR0917  all of them are the climb's own
    rest: Standing,
    begun: tuple[datetime, float],
    first: int,
    marks: Collection[Mark],
    now: datetime,
    timing: Timing,
) -> Standing:
    """The first step, from `first` up, that is anybody's to do: a step in somebody's hands holds up those above it.

    `begun`: when the climb began, and which step's `after` that moment stands for.
    """
    best: Standing | None = None
    path, round = rest.path, rest.round
    base, offset = begun[0], begun[1] - _lateness(rest, begun)
    for step in path.steps[first - 1 :]:
        claims = [m for m in marks if m.kind is MarkKind.CLAIM and m.step == step.number and m.round == round]
        due = base + timedelta(seconds=step.after - offset)
        holds = [m for m in marks if m.kind is MarkKind.HOLD and m.step == step.number and m.round == round]
        held = max((m for m in holds if m.until is not None), key=lambda m: m.until or m.at, default=None)
        if step.number > 1:
            missed = [m.at for m in rest.taken if m.step == step.number - 1 and m.round == round and not m.reached]
            # The step below reached nobody: there is nothing to wait for.
            due = min([due, *missed])
        if held is not None and held.until is not None:
            due = max(due, held.until)
            held = held if held.until > now else None
        tries = tries_of(claims, timing.lease - timing.margin)
        last = tries[-1] if tries else None
        if last is not None and last.at + timedelta(seconds=timing.lease) > now:
            return replace(rest, next=step, due_at=due, claim=last, earlier=tries[:-1], held=held)
        if last is not None:
            pause = min(timing.longest, timing.lease * 2 ** min(len(tries) - 1, 10))
            due = max(due, last.at + timedelta(seconds=pause))
        found = replace(rest, next=step, due_at=due, earlier=tries, held=held)
        if best is None or (best.due_at is not None and due < best.due_at):
            best = found
        if not claims:
            break
    return best or rest


def _lateness(rest: Standing, begun: tuple[datetime, float]) -> float:
    """Seconds by which the steps above move, for those below were told late.

    What came due together, because the incident came under this path late or nobody watched, is so
    told with the path's distances: whoever was told has the time to act that the path gives.
    """
    late = 0.0
    for mark in sorted(
        (mark for mark in rest.taken if mark.round == rest.round), key=lambda mark: (mark.step, mark.at)
    ):
        step = rest.path.step(mark.step)
        if step is None or not mark.reached:
            continue
        behind = (mark.at - begun[0]).total_seconds() - (step.after - begun[1] + late)
        if behind > ON_TIME:
            late += behind
    return late


def tries_of(claims: Collection[Mark], seconds: float) -> tuple[Mark, ...]:
    """The claims that held, in order: the backend's first each time; within a second the ids decide, for all alike.

    Whoever claimed within `seconds` of a claim that held has lost, and is no try: five who raced are
    one. That is a little less than a claim holds, for clocks and dates to the second differ.
    """
    taken_over = timedelta(seconds=seconds)
    tries: list[Mark] = []
    for claim in sorted(claims, key=lambda claim: (claim.at.replace(microsecond=0), claim.id)):
        if not tries or claim.at >= tries[-1].at + taken_over:
            tries.append(claim)
    return tuple(tries)
