"""What is wrong with a query, where, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class QueryError(ValueError):
    """A query that cannot be understood: a sentence, and the characters that it is about."""

    def __init__(self, message: str, start: int, end: int, *, incomplete: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        """Offset of the first character it is about."""
        self.end = end
        """Offset behind the last."""
        self.incomplete = incomplete
        """More typing can mend it."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None."""
    names = list(known)
    starting = [one for one in names if name and one.startswith(name)]
    if starting:
        return min(starting, key=len)
    found = get_close_matches(name, names, n=1, cutoff=0.6)
    return found[0] if found else None
