"""Times that can be typed with one key: as they are typed, and as each audience will read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from vagt.comms.audiences import Audience
from vagt.domain import moments

_SPANS = ("+15m", "+30m", "+1h", "+2h", "+4h")
_BACK = ("-5m", "-15m", "-30m", "-1h", "-2h")
_QUARTERS = 8


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing that tab can put into an input."""

    text: str
    label: str
    """What it means, for the list beside it."""


def complete(text: str, now: datetime, zone: tzinfo | None, audiences: Sequence[Audience]) -> tuple[Completion, ...]:
    """Spans from now, and the next quarters of the hour, that begin with what was typed."""
    stripped = text.strip()
    begun = (now + timedelta(minutes=15)).astimezone(zone)
    begun -= timedelta(minutes=begun.minute % 15, seconds=begun.second, microseconds=begun.microsecond)
    quarters = [f"{begun + timedelta(minutes=15 * step):%H:%M}" for step in range(_QUARTERS)]
    offered = [one for one in (*_SPANS, *quarters) if one.startswith(stripped) and one != stripped]
    if stripped and not offered:
        offered = [stripped]
    found = []
    for one in offered:
        try:
            moment = moments.parse(one, now, zone)
        except moments.MomentError:
            continue
        found.append(Completion(one, told(moment, now, audiences)))
    return tuple(found)


def complete_past(
    text: str, now: datetime, read: Callable[[str], datetime | None], audiences: Sequence[Audience]
) -> tuple[Completion, ...]:
    """The same for a moment that has come: spans back from now; `read` knows what is typed, None where it does not."""
    stripped = text.strip()
    offered = [one for one in _BACK if one.startswith(stripped) and one != stripped]
    found = [(one, read(one)) for one in offered or ([stripped] if stripped else [])]
    return tuple(Completion(one, told(moment, now, audiences)) for one, moment in found if moment is not None)


def told(moment: datetime, now: datetime, audiences: Sequence[Audience]) -> str:
    """The moment on the clocks of each zone that somebody reads it in: `14:30 Europe/Copenhagen`."""
    zones = {str(audience.zone) if audience.zone else "": audience.zone for audience in audiences} or {"": None}
    return ", ".join(
        f"{moments.local(moment, now, zone)} {name.rpartition('/')[2].replace('_', ' ') or 'here'}"
        for name, zone in zones.items()
    )
