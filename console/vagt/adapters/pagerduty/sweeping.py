"""A full listing of the open set by offset, which is all that PagerDuty has, without gaps ("Pagination").

Incidents are listed by number, the newest first. One that is resolved meanwhile pulls all others up
one place, so that a page begins some rows before the end of the last one, and where it does not
reach back to a row that was seen it is asked for from further up. Beyond 10,000 the rest is listed
from the other end.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from vagt.adapters.lenient import Fields, Row
from vagt.adapters.pagerduty.client import DEEPEST, Page
from vagt.adapters.pagerduty.reading import Reader
from vagt.adapters.pagerduty.wire import id_of

_log = logging.getLogger(__name__)
_OVERLAP = 5
_IDLE = 3
"""So many pages without anything new are the end, whatever `more` says."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a listing has come."""

    offset: int = 0
    way: str = "desc"
    last: int | None = None
    """The number of the last row seen."""
    lowest: int | None = None
    """The last number from the newer end, while the other one is listed."""
    idle: int = 0


class Sweep:
    """One listing at a time."""

    def __init__(self, reader: Reader, size: int) -> None:
        self._reader = reader
        self._size = size
        self.listed: set[str] = set()

    async def page(self, place: Place | None) -> tuple[Page, Place | None]:
        """The next page, and where to go on; None at the end."""
        first = place is None
        if place is None:
            place, self.listed = Place(), set()
        page, offset = await self._joined(place, total=first)
        fresh = {id_of(row) for row in page.rows} - self.listed - {""}
        self.listed |= fresh
        idle = 0 if fresh else place.idle + 1
        numbers = _numbers(page.rows)
        if not page.more or not page.rows or idle >= _IDLE:
            return page, None
        if place.way == "asc" and place.lowest is not None and numbers and max(numbers) >= place.lowest:
            return page, None
        end = offset + len(page.rows)
        if end >= DEEPEST:
            return page, self._turned(place, numbers)
        last = numbers[-1] if numbers else place.last
        return page, Place(end - self._overlap(len(page.rows)), place.way, last, place.lowest, idle)

    def _turned(self, place: Place, numbers: Sequence[int]) -> Place | None:
        if place.way == "asc":
            _log.warning("PagerDuty lists at most %d open incidents; those in the middle are missing", 2 * DEEPEST)
            return None
        return Place(way="asc", lowest=min(numbers, default=None))

    async def _joined(self, place: Place, *, total: bool) -> tuple[Page, int]:
        """The page at this place, from further up where rows have left meanwhile."""
        offset = place.offset
        while True:
            limit = min(self._size, DEEPEST - offset)
            page = await self._reader.page(limit=limit, offset=offset, way=place.way, total=total)
            if offset == 0 or place.last is None or self._size == 1:
                return page, offset
            numbers = _numbers(page.rows)
            if numbers and (numbers[0] >= place.last if place.way == "desc" else numbers[0] <= place.last):
                return page, offset
            offset = max(0, offset - max(self._size // 2, 1))

    @staticmethod
    def _overlap(rows: int) -> int:
        return min(_OVERLAP, max(rows // 10, min(rows - 1, 1)))


def _numbers(rows: Sequence[Row]) -> list[int]:
    found = (Fields(row, "incident").number("incident_number") for row in rows)
    return [number for number in found if number is not None]
