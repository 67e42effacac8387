"""What is done for very many incidents at once gives what is done for one after another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from tests.bench.data import NOW, incident, incidents, key
from tests.property.queries import nodes
from tests.property.test_query import FACTS
from tests.property.test_views import sorts
from vagt.domain.columns import Columns
from vagt.domain.incident import Incident, Key
from vagt.domain.ordering import Grouping, Sort, SortField, group_of, parse_sort
from vagt.domain.query import Facts, Query
from vagt.domain.query_nodes import And, Node, Not, Op, Term, Word
from vagt.domain.query_terms import counting_due
from vagt.engine.ranking import Order
from vagt.engine.sharing import Sharing
from vagt.engine.sorting import RUN, at_once, sorted_rows

MANY = tuple(incidents(60))
seeds = st.integers(0, 2**32)


def filled(found: tuple[Incident, ...]) -> Columns:
    columns = Columns()
    for one in found:
        columns.put(one.key, one)
    return columns


ALL = filled(MANY)


@given(nodes, seeds)
@example(And((Word("größe"), Not(Word("disk")))), 1)
@example(Term("age", Op.LESS, ("36500d",)), 1)
@example(Term("sla", Op.MORE, ("-36500d",)), 1)
def test_a_query_asked_of_many_keeps_those_that_fit_singly_in_their_order(node: Node, seed: int) -> None:
    check = Query(node).check
    places = Random(seed).sample(range(len(MANY)), 40)
    found = check.sift(ALL, places, FACTS)
    assert found == [at for at in places if check.run(MANY[at], FACTS)]


@given(nodes, st.sampled_from([timedelta(0), timedelta(minutes=7), timedelta(hours=1), timedelta(days=9)]))
@example(Term("is", Op.HAS, ("forgotten", "breached", "due")), timedelta(hours=1))
@example(Not(Term("sla", Op.LESS, ("30m",))), timedelta(hours=1))
@example(Term("age", Op.LESS, ("36500d",)), timedelta(hours=1))
def test_between_two_moments_an_answer_changes_only_where_it_was_said_to(node: Node, ahead: timedelta) -> None:
    check = Query(node).check
    until = NOW + ahead
    told = {at for moment, at in check.flips(ALL, range(len(MANY)), FACTS, until) if NOW <= moment <= until}
    later = replace(FACTS, now=until)
    changed = {at for at, one in enumerate(MANY) if check.run(one, FACTS) is not check.run(one, later)}
    assert changed <= told
    for moment, at in check.flips(ALL, range(len(MANY)), FACTS, until):
        single = check.flip(MANY[at], FACTS) if check.flip is not None else None
        assert single is None or single <= moment, "whoever asks one alone is told no later"


@given(sorts, seeds, st.booleans())
@example(parse_sort("number"), 1, False)
@example(parse_sort("sla,-title"), 1, True)
@example(Sort(()), 1, False)
def test_sorting_one_thing_after_another_is_sorting_by_all_of_them(sort: Sort, seed: int, several: bool) -> None:
    random = Random(seed)
    made = [incident(random, random.randint(1, 400)) for _ in range(80)]
    if several:  # the same numbers in two backends
        made = [
            replace(one, backend=random.choice(("a", "b", "itsm")), number=f"{random.choice(('', 'X'))}7")
            for one in made
        ]
    found = list({one.key: one for one in made}.values())
    columns = filled(tuple(found))
    rows = at_once(sorted_rows(range(len(found)), columns.incidents, sort, few=0))
    key = sort.key()
    assert rows == sorted(range(len(found)), key=lambda at: key(found[at]))
    ties = at_once(sorted_rows(range(len(found)), columns.incidents, Sort(()), few=0))
    assert at_once(sorted_rows(ties, columns.incidents, sort, tied=True, few=0)) == rows


changes = st.lists(st.tuples(st.integers(1, 60), st.sampled_from(["other", "gone", "same"]), seeds), max_size=40)


@given(sorts, st.sampled_from([None, *Grouping]), st.lists(changes, max_size=4))
def test_rows_that_are_kept_in_order_stand_as_if_sorted_now(
    sort: Sort, group: Grouping | None, rounds: list[list[tuple[int, str, int]]]
) -> None:
    known = {one.key: one for one in MANY[:45]}
    columns = filled(tuple(known.values()))
    order = Order(columns, sort, group)
    order.build(columns.places())
    for batch in rounds:
        for number, what, seed in batch:
            _change(columns, order, known, number, what, seed)
        order.settle(lambda at: columns.incidents[at] is not None)
        fresh = Order(columns, sort, group)
        fresh.build(columns.places())
        keys = [columns.keys[at] for at in order.rows]
        assert order.rows == fresh.rows
        assert keys == _plainly(known, sort, group)
        assert order.groups() == fresh.groups()
        assert [order.index(at) for at in order.rows] == list(range(len(known)))


def _change(columns: Columns, order: Order, known: dict[Key, Incident], number: int, what: str, seed: int) -> None:
    subject = key(number)
    place = columns.place.get(subject)
    if place is not None:
        order.note(place, there=True)
    if what == "gone":
        known.pop(subject, None)
        columns.drop(subject)
        return
    if what == "other" or subject not in known:
        known[subject] = incident(Random(seed), number)
    order.note(columns.put(subject, known[subject]), there=False)


def _plainly(known: dict[Key, Incident], sort: Sort, group: Grouping | None) -> list[Key]:
    of = (lambda one: ()) if group is None else group_of(group)
    by = sort.key()
    return [one.key for one in sorted(known.values(), key=lambda one: (*of(one)[:1], *by(one)))]


@given(st.lists(st.tuples(st.integers(1, 30), st.sampled_from(["put", "drop"]), seeds), max_size=60))
def test_columns_hold_what_each_incident_says_whoever_had_the_place_before(told: list[tuple[int, str, int]]) -> None:
    columns = Columns()
    known: dict[Key, Incident] = {}
    check = Query(Term("team", Op.HAS, ("net",))).check
    for number, what, seed in told:
        check.sift(columns, columns.places(), FACTS)  # asks for the column while there are few
        if what == "put":
            known[key(number)] = incident(Random(seed), number)
            columns.put(key(number), known[key(number)])
        else:
            assert (columns.drop(key(number)) is not None) is (known.pop(key(number), None) is not None)
    assert columns.place.keys() == known.keys()
    assert len(columns) <= 30
    found = {columns.keys[at] for at in check.sift(columns, columns.places(), FACTS)}
    assert found == {subject for subject, one in known.items() if one.team == "Network"}


@given(st.lists(st.tuples(st.integers(1, 30), st.sampled_from(["put", "drop", "ask"]), seeds), max_size=20))
def test_a_column_that_is_made_in_steps_misses_nothing_that_happens_between_them(
    told: list[tuple[int, str, int]],
) -> None:
    columns = filled(tuple(MANY[:20]))
    known = {one.key: one for one in MANY[:20]}
    steps = columns.prepared(counting_due, 3)
    for number, what, seed in told:
        next(steps, None)
        if what == "put":
            known[key(number)] = incident(Random(seed), number)
            columns.put(key(number), known[key(number)])
        elif what == "drop":
            columns.drop(key(number))
            known.pop(key(number), None)
        else:
            columns.of(counting_due)
    for _ in steps:
        pass
    column = columns.of(counting_due)
    assert {subject: column[columns.place[subject]] for subject in known} == {
        subject: counting_due(one) for subject, one in known.items()
    }
    assert len(column) == len(columns)


@given(seeds, st.integers(1, 40))
def test_sharing_equal_names_changes_no_incident(seed: int, number: int) -> None:
    sharing = Sharing()
    for one in MANY[:20]:
        sharing.shared(one)
    made, twin = incident(Random(seed), number), incident(Random(seed), number)
    assert sharing.shared(made) is made
    assert made == twin
    again = sharing.shared(incident(Random(seed), number))
    assert again.team is made.team and again.service is made.service and again.native_state is made.native_state


def test_the_moment_now_is_what_the_facts_say() -> None:
    old = [replace(MANY[0], id=str(n), created_at=NOW - timedelta(minutes=n)) for n in range(5)]
    columns = filled(tuple(old))
    check = Query(Term("age", Op.AT_LEAST, ("3m",))).check
    for minutes in range(4):
        now: datetime = NOW + timedelta(minutes=minutes)
        facts = Facts(now=now)
        assert check.sift(columns, range(5), facts) == [at for at in range(5) if at + minutes >= 3]


def test_every_field_can_be_sorted_by_in_steps() -> None:
    assert {field for field, _ in parse_sort(",".join(SortField)).by} == set(SortField)


def test_runs_that_are_sorted_apart_are_merged_into_one_order() -> None:
    made = tuple(incidents(3 * RUN + 5))
    columns = filled(made)
    key = parse_sort("-updated").key()
    rows = at_once(sorted_rows(columns.places(), columns.incidents, parse_sort("-updated")))
    assert rows == sorted(columns.places(), key=lambda at: key(made[at]))
