"""How often the suggestions of triage mode are right, and what learning costs (processor time, memory)."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from time import process_time

from tests.bench.known import Case, Report, cases, reports
from tests.bench.table import Figure
from vagt.domain.past import Past
from vagt.learning.duplicates import likely_duplicates
from vagt.learning.history import History
from vagt.learning.measure import Rehearsal, Score, Tried, score
from vagt.learning.suggest import Thresholds, candidates

ASKED = 600
"""Incidents that come after the past, each guessed before it is learnt."""
CAUSES = 120


def learnt(past: list[Past]) -> Rehearsal:
    """The past, learnt and tried as the console does it."""
    rehearsal = Rehearsal(History())
    for one in past:
        rehearsal.feed(one)
    while rehearsal.step():
        continue
    return rehearsal


def guessed(history: History, after: list[Case]) -> list[Tried]:
    """What is suggested for each when it comes, with the right answers beside it."""
    tried: list[Tried] = []
    for case in after:
        tried.append((case.ended, candidates(history, case.told)))
        history.add(case.ended)
    return tried


def scores(count: int) -> tuple[Score, ...]:
    """After a past of `count`: how each field does on what comes then, at the thresholds learnt from the past alone."""
    known = list(cases(count + ASKED))
    rehearsal = learnt([Past.of(case.ended) for case in known[:count]])
    return score(rehearsal.thresholds(), guessed(rehearsal.history, known[count:]))


def duplicate_scores(found: list[Report], *, most: int = 3) -> tuple[float, float]:
    """(part of the first ones suggested that are the same, part of those with another report that get a right one)."""
    incidents = [report.incident for report in found]
    cause = {report.incident.key: report.cause for report in found}
    several = {one for one in cause.values() if list(cause.values()).count(one) > 1}
    spoke = right = with_others = helped = 0
    for report in found:
        likely = likely_duplicates(report.incident, incidents, most=most)
        spoke += bool(likely)
        right += bool(likely) and cause[likely[0].incident.key] == report.cause
        if report.cause in several:
            with_others += 1
            helped += any(cause[one.incident.key] == report.cause for one in likely)
    return right / spoke if spoke else 0.0, helped / with_others if with_others else 0.0


def figures(count: int) -> Iterator[Figure]:
    """The rows of the table for a past of so many incidents."""
    known = list(cases(count + ASKED))
    past = [Past.of(case.ended) for case in known[:count]]
    history = History()
    rehearsal = Rehearsal(history)
    gc.collect()
    start = process_time()
    for one in past:
        rehearsal.feed(one)
    longest = 0.0
    while True:
        before = process_time()
        if not rehearsal.step():
            break
        longest = max(longest, process_time() - before)
    yield Figure("learn the past", count, (process_time() - start) * 1000, "ms", 3000)
    yield Figure("longest step of that", count, longest * 1000, "ms", 10)
    thresholds: Thresholds = rehearsal.thresholds()
    tried = guessed(history, known[count:])
    for result in score(thresholds, tried):
        if result.precision is not None:
            yield Figure(f"suggested {result.field}, right", count, 100 * result.precision, "%")
        yield Figure(f"suggested {result.field}, said", count, 100 * result.coverage, "%")
    right, helped = duplicate_scores(reports(CAUSES))
    yield Figure("likely duplicates, the first is one", count, 100 * right, "%")
    yield Figure("likely duplicates, found where there is one", count, 100 * helped, "%")
    yield Figure("memory of what was learnt", count, _memory(past), "MiB", 150)


def _memory(past: list[Past]) -> float:
    gc.collect()
    tracemalloc.start()
    history = History(past)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(history) == len(past)
    return size / 2**20
