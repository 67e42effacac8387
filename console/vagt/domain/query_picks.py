"""Tests of one field for very many incidents at once: what they share, so that each costs one pass over a column."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from datetime import datetime, timedelta
from typing import Any

from vagt.domain.columns import Columns, Reader
from vagt.domain.query_check import Moments, Pick
from vagt.domain.query_facts import Facts


class Memo(dict[Any, Any]):
    """Answers each question once; the same few names occur thousands of times."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, asked: Any) -> Any:
        found = self[asked] = self._answer(asked)
        return found


def texts_with(there: Sequence[bytes], absent: Sequence[bytes] = ()) -> Pick:
    """All text holds each of these, folded and encoded, and none of those."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        texts, left = columns.texts, places
        for word in there:
            left = [at for at in left if word in texts[at]]
        for word in absent:
            left = [at for at in left if word not in texts[at]]
        return list(left)

    return pick


def true(read: Reader) -> Pick:
    """What is read counts as true."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column = columns.of(read)
        return [at for at in places if column[at]]

    return pick


def false(read: Reader) -> Pick:
    """What is read does not count as true."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column = columns.of(read)
        return [at for at in places if not column[at]]

    return pick


def given(read: Reader) -> Pick:
    """Something is read, be it 0."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column = columns.of(read)
        return [at for at in places if column[at] is not None]

    return pick


def same(read: Reader, wanted: object) -> Pick:
    """Exactly this is read: a member of an enum, whose hash costs more than all the rest, or None."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column = columns.of(read)
        return [at for at in places if column[at] is wanted]

    return pick


def among(read: Reader, wanted: Container[Any]) -> Pick:
    """One of these is read."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column = columns.of(read)
        return [at for at in places if column[at] in wanted]

    return pick


def outside(read: Reader, unwanted: Container[Any]) -> Pick:
    """None of these is read."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column = columns.of(read)
        return [at for at in places if column[at] not in unwanted]

    return pick


def fitting(read: Reader, fits: Callable[[Any], bool]) -> Pick:
    """What is read fits; each different thing is asked once, and that is remembered."""
    memo = Memo(fits)

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column = columns.of(read)
        if len(memo) > 10_000:
            memo.clear()
        return [at for at in places if memo[column[at]]]

    return pick


def fitting_now(read: Reader, fits: Callable[[Any, Facts], bool]) -> Pick:
    """The same, where the answer depends on who I am too."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column = columns.of(read)
        memo = Memo(lambda asked: fits(asked, facts))
        return [at for at in places if memo[column[at]]]

    return pick


def before(read: Reader, edge: Callable[[Facts], datetime], *, included: bool) -> Pick:
    """The moment that is read lies before one that depends on the time now; what has none does not fit."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column, limit = columns.of(read), edge(facts)
        if included:
            return [at for at in places if (moment := column[at]) is not None and moment <= limit]
        return [at for at in places if (moment := column[at]) is not None and moment < limit]

    return pick


def after(read: Reader, edge: Callable[[Facts], datetime], *, included: bool) -> Pick:
    """The moment that is read lies after one that depends on the time now; what has none does not fit."""

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        column, limit = columns.of(read), edge(facts)
        if included:
            return [at for at in places if (moment := column[at]) is not None and moment >= limit]
        return [at for at in places if (moment := column[at]) is not None and moment > limit]

    return pick


def moments(read: Reader, span: timedelta) -> Moments:
    """When so long a time after the moment that is read has gone by."""

    def coming(columns: Columns, places: Sequence[int], facts: Facts, until: datetime) -> list[tuple[datetime, int]]:
        column = columns.of(read)
        first, last = facts.now - span, until - span
        return [(moment + span, at) for at in places if (moment := column[at]) is not None and first <= moment <= last]

    return coming
