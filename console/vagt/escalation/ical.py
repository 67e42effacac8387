"""Rotas and holidays that stand in iCalendar files (RFC 5545), as most rota tools export them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

Event = Any
"""One of icalendar's, whose values have as many types as the format has."""

REACH = timedelta(days=400)
"""So far to either side of the moment that is asked for, recurring events are written out."""
_MOST = 20_000
"""Occurrences that are written out at the most; a rota has some thousand."""


class CalendarError(ValueError):
    """The text is no calendar that can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One event of a rota. Times are UTC."""

    start: datetime
    until: datetime
    who: str


class Shifts:
    """A roster of shifts; where several are on call at once, whoever began earlier is called first."""

    def __init__(self, shifts: Iterable[Shift]) -> None:
        self._shifts = sorted(shifts, key=lambda shift: (shift.start, shift.until, shift.who))
        self._starts = [shift.start for shift in self._shifts]
        self._longest = max((shift.until - shift.start for shift in self._shifts), default=timedelta(0))
        self._edges = sorted({edge for shift in self._shifts for edge in (shift.start, shift.until)})

    def people_at(self, moment: datetime) -> tuple[str, ...]:
        first = bisect_right(self._starts, moment - self._longest)
        last = bisect_right(self._starts, moment)
        found = [shift.who for shift in self._shifts[first:last] if moment < shift.until]
        return tuple(dict.fromkeys(found))

    def next_boundary(self, moment: datetime) -> datetime | None:
        place = bisect_right(self._edges, moment)
        return self._edges[place] if place < len(self._edges) else None

    def last_boundary(self, moment: datetime) -> datetime | None:
        place = bisect_right(self._edges, moment)
        return self._edges[place - 1] if place else None


def shifts(
    text: str, zone: tzinfo, around: datetime, named: Callable[[tuple[str, ...]], str] | None = None
) -> tuple[Shift, ...]:
    """The shifts of a calendar near a moment.

    `named` turns what an event says (the attendees' addresses and names, then its title) into a
    person's name; without it the first of them is taken. Times without a zone are local to `zone`.
    Raises CalendarError.
    """
    pick = named or (lambda words: words[0])
    found = []
    for event, start, until in _occurrences(text, zone, around):
        words = _words(event)
        if words and until > start:
            found.append(Shift(start, until, pick(words)))
    return tuple(found)


def days(text: str, zone: tzinfo, around: datetime) -> frozenset[date]:
    """The days that the events of a calendar cover, as of a calendar of holidays. Raises CalendarError."""
    found: set[date] = set()
    for _, start, until in _occurrences(text, zone, around):
        day = start.astimezone(zone).date()
        last = (max(until, start + timedelta(seconds=1)) - timedelta(seconds=1)).astimezone(zone).date()
        while day <= last:
            found.add(day)
            day += timedelta(days=1)
    return frozenset(found)


def _occurrences(text: str, zone: tzinfo, around: datetime) -> Iterator[tuple[Event, datetime, datetime]]:
    """Every time that an event takes place near `around`, as (event, start, end) in UTC."""
    events = _events(text)
    moved = {
        (str(event.get("UID")), _utc(event["RECURRENCE-ID"].dt, zone)) for event in events if "RECURRENCE-ID" in event
    }
    count = 0
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED" or "DTSTART" not in event:
            continue
        length = _length(event, zone)
        for start in _starts(event, zone, around, length):
            if "RECURRENCE-ID" not in event and (str(event.get("UID")), start) in moved:
                continue
            count += 1
            if count > _MOST:
                raise CalendarError(f"it has more than {_MOST} events")
            yield event, start, _end(event, start, length, zone)


def _events(text: str) -> list[Event]:
    from icalendar import Calendar  # slow to import, and only for those who have such a file

    try:
        calendars = Calendar.from_ical(text, multiple=True)
        found: list[Event] = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise CalendarError(f"it is no iCalendar file: {error}") from error
    if not calendars:
        raise CalendarError("it is no iCalendar file: it has no calendar in it")
    return found


def _starts(event: Event, zone: tzinfo, around: datetime, length: timedelta) -> Iterator[datetime]:
    first = event["DTSTART"].dt
    since, upto = around - REACH, around + REACH
    starts: set[datetime] = set()
    if "RRULE" in event:
        for rule in _listed(event["RRULE"]):
            starts.update(_recurring(rule, first, zone, since - length, upto))
    else:
        starts.add(_utc(first, zone))
    starts.update(_moments(event.get("RDATE"), zone))
    starts -= _moments(event.get("EXDATE"), zone)
    return iter(sorted(start for start in starts if since - length <= start <= upto))


def _recurring(rule: Any, first: date | datetime, zone: tzinfo, since: datetime, upto: datetime) -> Iterator[datetime]:
    """The moments of a rule, counted on the clocks of the event's own zone."""
    # the part of its own requirements that icalendar leaves the writing out of rules to
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

    own = first.tzinfo if isinstance(first, datetime) and first.tzinfo is not None else zone
    begin = _naive(first, own)
    parts = dict(rule)
    if {str(each).upper() for each in _listed(parts.get("FREQ"))} & {"SECONDLY", "MINUTELY"}:
        raise CalendarError("it has an event for every minute, which is no rota")
    until = parts.pop("UNTIL", None)
    text = ";".join(f"{name}={','.join(_part(each) for each in _listed(value))}" for name, value in parts.items())
    if until:
        last = _listed(until)[0]
        ends = _naive(last, own) if isinstance(last, datetime) else datetime.combine(last, time.max)
        text += f";UNTIL={ends:%Y%m%dT%H%M%S}"
    try:
        found = rrulestr(text, dtstart=begin)
        for count, naive in enumerate(found.xafter(_naive(since, own), inc=True)):
            moment = naive.replace(tzinfo=own).astimezone(UTC)
            if moment > upto or count > _MOST:
                return
            yield moment
    except (ValueError, TypeError) as error:
        raise CalendarError(f"the rule “{text}” cannot be read: {error}") from error


def _part(value: Any) -> str:
    made = value.to_ical() if hasattr(value, "to_ical") else value
    return made.decode() if isinstance(made, bytes) else str(made)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _moments(value: Any, zone: tzinfo) -> set[datetime]:
    if value is None:
        return set()
    found = set()
    for group in _listed(value):
        for each in getattr(group, "dts", ()):
            moment = each.dt[0] if isinstance(each.dt, tuple) else each.dt
            found.add(_utc(moment, zone))
    return found


def _length(event: Event, zone: tzinfo) -> timedelta:
    start = event["DTSTART"].dt
    if "DTEND" in event:
        return _utc(event["DTEND"].dt, zone) - _utc(start, zone)
    if "DURATION" in event:
        lasting: timedelta = event["DURATION"].dt
        return lasting
    return timedelta(0) if isinstance(start, datetime) else timedelta(days=1)


def _end(event: Event, start: datetime, length: timedelta, zone: tzinfo) -> datetime:
    """The end of one occurrence, on the event's own clocks: a turn of a week ends at the hour at which it began."""
    first = event["DTSTART"].dt
    own = first.tzinfo if isinstance(first, datetime) and first.tzinfo is not None else zone
    if "DTEND" not in event:
        return start + length if isinstance(first, datetime) else _shifted(start, length, own)
    wall = _naive(event["DTEND"].dt, own) - _naive(first, own)
    return _shifted(start, wall, own)


def _shifted(start: datetime, wall: timedelta, own: tzinfo) -> datetime:
    return (_naive(start, own) + wall).replace(tzinfo=own).astimezone(UTC)


def _naive(value: date | datetime, zone: tzinfo) -> datetime:
    """On the clocks of `zone`, without saying so."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time.min)
    return value if value.tzinfo is None else value.astimezone(zone).replace(tzinfo=None)


def _utc(value: date | datetime, zone: tzinfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time.min, zone).astimezone(UTC)
    return (value if value.tzinfo is not None else value.replace(tzinfo=zone)).astimezone(UTC)


def _words(event: Event) -> tuple[str, ...]:
    """What an event says of who it is for: attendees' names and addresses, then its title."""
    words: list[str] = []
    for attendee in _listed(event.get("ATTENDEE", [])):
        name = str(getattr(attendee, "params", {}).get("CN", "")).strip()
        words += [word for word in (name, str(attendee).removeprefix("mailto:").removeprefix("MAILTO:")) if word]
    title = str(event.get("SUMMARY", "")).strip()
    return (*words, title) if title else tuple(words)
