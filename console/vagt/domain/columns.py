"""What is asked of very many incidents at once, side by side: lists in which each incident has one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from vagt.domain.incident import Incident, Key
from vagt.domain.query_text import haystack
from vagt.domain.sla import next_clock

Reader = Callable[[Incident], Any]
"""Reads one thing of an incident. A column belongs to the function itself, so it must be one that lasts."""


@cache
def reading(name: str) -> Reader:
    """The one reader of the incident's attribute `name`."""
    return attrgetter(name)


@lru_cache(maxsize=20_000)
def once(*parts: Any) -> Any:
    """These as a tuple; equal ones are one object, so that a column of them needs little room."""
    return parts


_ALWAYS: tuple[Reader, ...] = (next_clock,)
"""Too dear to be worked out for all at the moment when somebody first asks."""


def as_bytes(text: str) -> bytes:
    """Folded text as it is searched: half as long as Python's own form where one letter is not Latin."""
    return text.encode("utf-8", "surrogatepass")


class Columns:
    """Incidents by place. A place keeps its number for as long as its incident is there; then another gets it.

    Going through a column costs a tenth of asking each incident: neighbours lie side by side, and equal
    names are one object. A column is made when it is first asked for, and kept up to date from then on.
    """

    def __init__(self) -> None:
        self.place: dict[Key, int] = {}
        self.keys: list[Key | None] = []
        self.incidents: list[Incident | None] = []
        self.texts: list[bytes] = []
        """All text that a bare word is looked for in, folded, in UTF-8."""
        self._free: list[int] = []
        self._made: dict[Reader, list[Any]] = {read: [] for read in _ALWAYS}
        self._making: dict[Reader, list[Any]] = {}
        """Columns of which the first part is there; kept up to date as the others are."""

    def __len__(self) -> int:
        """How many places there are, the free ones too."""
        return len(self.incidents)

    def places(self) -> list[int]:
        """All that are taken, in the order in which their incidents lie in memory, as far as that is known."""
        return list(self.place.values())

    def put(self, key: Key, incident: Incident) -> int:
        """Take in an incident, or what has become of it; returns its place."""
        at = self.place.get(key)
        if at is None:
            at = self.place[key] = self._free.pop() if self._free else self._grow()
            self.keys[at] = key
        self.incidents[at] = incident
        self.texts[at] = as_bytes(haystack(incident))
        for columns in (self._made, self._making):
            for read, column in columns.items():
                column[at] = read(incident)
        return at

    def drop(self, key: Key) -> int | None:
        """Forget an incident; returns the place that it had."""
        at = self.place.pop(key, None)
        if at is not None:
            self.keys[at] = self.incidents[at] = None
            self.texts[at] = b""
            for column in (*self._made.values(), *self._making.values()):
                column[at] = None
            self._free.append(at)
        return at

    def of(self, read: Reader) -> list[Any]:
        """What `read` gives for each incident, by place; None where nobody is."""
        column = self._made.get(read)
        if column is None:
            column = [None if one is None else read(one) for one in self.incidents]
            self._made[read] = column
            self._making.pop(read, None)
        return column

    def prepared(self, read: Reader, size: int) -> Iterator[int]:
        """Make a column in steps of `size` places, before somebody asks for it; whoever does gets it whole at once."""
        if read in self._made:
            return
        column = self._making[read] = [None] * len(self)
        start = 0
        while start < len(self) and read not in self._made:
            for at in range(start, min(start + size, len(self))):
                one = self.incidents[at]
                if one is not None:
                    column[at] = read(one)
            start += size
            yield size
        if read not in self._made:
            self._made[read] = self._making.pop(read)

    def _grow(self) -> int:
        self.keys.append(None)
        self.incidents.append(None)
        self.texts.append(b"")
        for column in (*self._made.values(), *self._making.values()):
            column.append(None)
        return len(self.incidents) - 1
