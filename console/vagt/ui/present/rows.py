"""One incident as the cells of a queue row; which columns there are follows from the width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from vagt.domain.durations import short
from vagt.domain.incident import ClockKind, ClockState, Incident, SlaClock, State
from vagt.domain.sla import is_breached, next_clock, seconds_left, used_fraction
from vagt.ui.glyphs import UNICODE_SIGNS, Signs

SOON_FRACTION = 0.8
SOON_SECONDS = 900.0
SOON_STEP = 60.0
_CLOCK_WORDS = {ClockKind.ESCALATION: "esc", ClockKind.UPDATE: "upd", ClockKind.REMINDER: "rem"}
"""A clock whose start is not known is called urgent when so little of its time is left."""


class Look(StrEnum):
    """What a cell means; the theme gives each meaning its colour, the text says it without."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"
    P4 = "p4"
    P5 = "p5"
    NEW = "new"
    LATE = "late"
    SOON = "soon"
    CALM = "calm"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Cell:
    """The words of one column, not yet cut to its width or made safe."""

    text: str
    look: Look = Look.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """All that a row says, gathered before it is drawn."""

    incident: Incident
    now: datetime
    pending: int = 0
    """Actions of mine that the backend has not confirmed."""
    new: bool = False
    changed: bool = False
    snoozed: bool = False
    failure: str = ""
    """Why the last bulk action did not succeed here."""
    me: str = ""
    warn: tuple[float, ...] = (SOON_FRACTION,)
    """Parts of a deadline's time from which it draws the eye; from the last one, with a sign."""
    signs: Signs = UNICODE_SIGNS


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its place in the order, and from which width of the list it is there."""

    name: str
    title: str
    width: int
    """Cells; 0: what is left over."""
    cell: Callable[[Row], Cell]
    align: Literal["left", "right"] = "left"
    from_width: int = 0


def _seen(row: Row) -> Cell:
    if row.new:
        return Cell(row.signs.new, Look.NEW)
    return Cell(row.signs.changed if row.changed else "", Look.NEW)


_PRIORITY_LOOK = {1: Look.P1, 2: Look.P2, 3: Look.P3, 4: Look.P4, 5: Look.P5}


def _priority(row: Row) -> Cell:
    level = row.incident.priority
    if level is None:
        return Cell(row.signs.dash, Look.DIM)
    return Cell(f"P{level}", _PRIORITY_LOOK.get(level, Look.PLAIN))


def _major(row: Row) -> Cell:
    return Cell(row.signs.major if row.incident.major else "", Look.P1)


def _age(row: Row) -> Cell:
    created = row.incident.created_at
    if created is None:
        return Cell(row.signs.dash, Look.DIM)
    return Cell(short(max(0.0, (row.now - created).total_seconds())))


def sla_cell(row: Row) -> Cell:
    """The next deadline: `4h10`, `! 9m` when most of its time is gone, `late 12m` once it has passed."""
    clock = next_clock(row.incident)
    if clock is None:
        return Cell("")
    if clock.state is ClockState.PAUSED:
        return Cell(f"{row.signs.paused} paused", Look.DIM)
    left = seconds_left(clock, row.now)
    if left is None:
        return Cell("")
    if clock.kind is not ClockKind.SLA:
        return _coming(clock, left)
    if is_breached(clock, row.now):
        return Cell(f"late {short(max(0.0, -left))}", Look.LATE)
    used = used_fraction(clock, row.now)
    first, last = row.warn[0], row.warn[-1]
    if left < SOON_SECONDS if used is None else used >= last:
        return Cell(f"! {short(left)}", Look.SOON)
    return Cell(short(left), Look.SOON if used is not None and used >= first else Look.CALM)


def _coming(clock: SlaClock, left: float) -> Cell:
    """What comes next and breaks no promise, with a word for which clock it is: `esc 9m`, `upd due`."""
    word = _CLOCK_WORDS[clock.kind]
    if left < 1:
        return Cell(f"{word} due", Look.LATE)
    return Cell(f"{word} {short(left)}", Look.SOON if left <= SOON_STEP else Look.CALM)


def _number(row: Row) -> Cell:
    return Cell(row.incident.number, Look.STRONG if row.new else Look.PLAIN)


def _ref(width: int) -> Callable[[Row], Cell]:
    """The reference in at most `width` cells: of a longer one the backend is cut, as numbers differ at their end."""

    def cell(row: Row) -> Cell:
        incident = row.incident
        text, room = incident.ref, width - len(incident.number) - 2
        if len(text) > width:
            text = f"{incident.backend[:room]}{row.signs.ellipsis}:{incident.number}" if room > 0 else incident.number
        return Cell(text, Look.STRONG if row.new else Look.PLAIN)

    return cell


def _pending(row: Row) -> Cell:
    return Cell(f"+{min(row.pending, 99)}" if row.pending else "", Look.PENDING)


def _title(row: Row) -> Cell:
    if row.failure:
        return Cell(f"{row.failure} {row.signs.dot} {row.incident.title}", Look.FAILED)
    return Cell(row.incident.title, Look.STRONG if row.new else Look.PLAIN)


def _state(row: Row) -> Cell:
    incident = row.incident
    if row.snoozed:
        return Cell("snoozed", Look.DIM)
    quiet = incident.state in (State.WAITING, State.RESOLVED, State.CLOSED)
    return Cell(incident.state.value, Look.DIM if quiet else Look.PLAIN)


def _assignee(row: Row) -> Cell:
    incident = row.incident
    if incident.assignee is None:
        return Cell("nobody", Look.DIM)
    if row.me and incident.assignee == row.me:
        return Cell("me", Look.STRONG)
    return Cell(incident.assignee_name or incident.assignee)


def _text(value: Callable[[Incident], str | None]) -> Callable[[Row], Cell]:
    def cell(row: Row) -> Cell:
        words = value(row.incident)
        return Cell(words) if words else Cell(row.signs.dash, Look.DIM)

    return cell


def _updated(row: Row) -> Cell:
    at = row.incident.updated_at
    return Cell(row.signs.dash if at is None else short(max(0.0, (row.now - at).total_seconds())), Look.DIM)


def columns_for(width: int, *, number_width: int = 8, several_backends: bool = False) -> tuple[Column, ...]:
    """The columns of a list whose rows are `width` cells wide; the title takes what is left.

    `number_width` is what the longest number (or reference, with several backends) needs.
    """
    room = max(6, min(number_width, 12 if width < 64 else 16 if width < 100 else 20))
    number = Column("number", "number", room, _ref(room) if several_backends else _number)
    wanted = (
        Column("seen", "", 1, _seen),
        Column("priority", "p", 2, _priority),
        Column("major", "", 1, _major),
        Column("age", "age", 5, _age, "right", 34),
        Column("sla", "sla", 9, sla_cell, "right", 48),
        number,
        Column("pending", "", 3, _pending, "left", 56),
        Column("title", "title", 0, _title),
        Column("state", "state", 8, _state, "left", 96),
        Column("assignee", "assignee", 10 if width < 130 else 16, _assignee, "left", 84),
        Column("team", "team", 12 if width < 150 else 16, _text(lambda i: i.team), "left", 108),
        Column("service", "service", 12 if width < 170 else 18, _text(lambda i: i.service), "left", 126),
        Column("backend", "backend", 10, _text(lambda i: i.backend), "left", 150),
        Column("updated", "changed", 7, _updated, "right", 140),
        Column("native", "in its words", 14, _text(lambda i: i.native_state), "left", 176),
    )
    return tuple(
        column for column in wanted if column.from_width <= width and (column.name != "backend" or several_backends)
    )


def widths(columns: Sequence[Column], width: int) -> tuple[int, ...]:
    """The width of each column; the one without a width of its own takes what is left, at least one cell."""
    fixed = sum(column.width for column in columns) + len(columns) - 1
    return tuple(column.width or max(1, width - fixed) for column in columns)
