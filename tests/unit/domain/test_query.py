"""What the filter language finds, and what it says of mistakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from tests.bench.data import NOW, incident
from vagt.domain.incident import ClockState, Incident, Link, LinkKind, SlaClock, State
from vagt.domain.query import EVERYTHING, Facts, QueryError, parse, parse_typing

FACTS = Facts(now=NOW, me={"rt": "anna"}, teams={"rt": frozenset({"noc"})})
MAIL = Incident(
    backend="rt",
    id="10452",
    number="10452",
    title="Größe der Postfächer: quota reached",
    description="Outlook says “full”.",
    state=State.ACTIVE,
    native_state="open",
    priority=2,
    impact=1,
    urgency=3,
    team="NOC",
    assignee="anna",
    assignee_name="Anna Holm",
    caller="Kim Larsen",
    service="Mail",
    created_at=NOW - timedelta(hours=3),
    updated_at=NOW - timedelta(minutes=10),
    acknowledged_at=NOW - timedelta(hours=2),
    sla=(SlaClock("resolution", NOW + timedelta(minutes=20), ClockState.RUNNING),),
    links=(Link(LinkKind.PROBLEM, "PRB7", "Mail store too small"),),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        'is:open p<=2 team:noc assignee:me sla<30m age>2h service:mail "quota reached" -word',
        "GRÖSSE",
        "gro\u0308ße",
        "10452",
        "kim or nobody-else",
        "full not printer",
        "p:critical,high",
        "priority:P2",
        "impact=1 urgency>=3",
        "team=noc team:mine -team:none",
        "team!=db,web",
        "assignee:holm owner:ANNA",
        "state:open state:active -state:new",
        "number>999 number:45 ref=rt:10452",
        "link:problem has:problem link:prb7 -has:change",
        "updated<15m age<=3h age>=3h",
        "sla>0 sla<=20m",
        "created<=2026-11-24 created>2026-11-23 created:2026-11-24",
        "resolved:none -is:closed",
        "is:acked is:mine",
        "(p:1 or p:2) (team:db or team:noc)",
        "text:outlook title:quota -title:outlook",
        "- is an ordinary word or p:2",
    ],
)
def test_it_is_found(text: str) -> None:
    assert parse(text, zone=UTC).matches(MAIL, FACTS)


@pytest.mark.parametrize(
    "text",
    [
        "printer",
        '"reached quota"',
        '"reached Mail"',
        "p<2",
        "p:none",
        "team=no",
        "team!=noc,web",
        "-(p:2 or is:major)",
        "sla<0",
        "is:breached",
        "is:forgotten",
        "age>3h",
        "created>2026-11-24",
        "assignee:nobody",
        "number<999",
    ],
)
def test_it_is_not_found(text: str) -> None:
    assert not parse(text, zone=UTC).matches(MAIL, FACTS)


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("is:opn", "opn", "did you mean is:open"),
        ("p<=2 teem:noc", "teem", "did you mean “team”"),
        ("zzz:1", "zzz", "in quotes"),
        ("p<=9", "9", "p is 1 to 5"),
        ("p<none", "none", "p:none"),
        ("age>2x", "2x", "written like 90s"),
        ("sla:30m", "sla:", "sla<"),
        ("is<open", "is<", "is:"),
        ("created>2026-02-30", "2026-02-30", "not on the calendar"),
        ("created>2h", "2h", "age>2h"),
        ("p<1,2", "1,2", "only one value"),
        ("a) b", ")", "closes nothing"),
        ("or b", "or", "between two things"),
        ("a and and b", "and", "between two things"),
        ('a ""', '""', "nothing stands"),
    ],
)
def test_a_mistake_is_told_where_it_stands(text: str, at: str, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert text[error.start : error.end] == at
    assert words in str(error)


@pytest.mark.parametrize(
    ("typed", "meanwhile"),
    [
        ("p<=2 team:", "p<=2"),
        ("p<=2 is:op", "p<=2"),
        ("p<=2 -", "p<=2"),
        ("p<=2 or", "p<=2"),
        ("p<=2 and", "p<=2"),
        ('"disk fu', '"disk fu"'),
        ("(p<=2 or mail", "p<=2 or mail"),
        ("p<=2 sla<3", "p<=2"),
        ("p<=2 created>2026-1", "p<=2"),
        ("team:noc,", "team:noc"),
        ("or", ""),
    ],
)
def test_while_typing_what_is_there_counts_and_what_is_missing_is_told(typed: str, meanwhile: str) -> None:
    query, error = parse_typing(typed)
    assert query == parse(meanwhile)
    assert error is not None and error.incomplete
    with pytest.raises(QueryError):
        parse(typed)


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("is:open", False),
        ("is:open disk", False),
        ("disk", True),
        ("-is:open", True),
        ("is:resolved or is:new", True),
        ("state:new,waiting", False),
        ("state:rejected", True),
        ("sla<30m", False),
        ("-(is:open)", True),
        ("-(-is:open)", False),
        ("is:unacknowledged p<=2", False),
    ],
)
def test_whether_closed_ones_must_be_read_is_known_beforehand(text: str, wants: bool) -> None:
    assert parse(text).wants_closed is wants


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("is:closed", True),
        ("is:resolved p<=2", True),
        ("state:closed,new", True),
        ("-is:open mail", True),
        ("-(-is:closed)", True),
        ("state!=open", True),
        ("disk", False),
        ("-is:closed", False),
        ("state!=closed", False),
        ("-(-is:open)", False),
        ("is:open is:closed", False),
        ("closed", False),
    ],
)
def test_closed_ones_are_asked_for_by_name(text: str, asks: bool) -> None:
    assert parse(text).asks_closed is asks


@pytest.mark.parametrize(
    ("view", "widened"),
    [
        ("is:open", ""),
        ("is:open assignee:me", "assignee:me"),
        ("is:unacknowledged", ""),
        ("team:noc p<=2", "team:noc p<=2"),
        ("is:open or p<=2", "is:open or p<=2"),
    ],
)
def test_a_view_of_open_ones_is_widened_and_keeps_the_rest(view: str, widened: str) -> None:
    assert parse(view).with_closed() == parse(widened)


def test_empty_text_is_everything() -> None:
    assert parse("  ") == EVERYTHING
    assert EVERYTHING.describe() == "everything"


def test_a_filter_within_a_view_needs_both() -> None:
    both = parse("p<=2 or is:major").both(parse("mail or dns"))
    assert str(both) == "(p<=2 or is:major) (mail or dns)"
    assert parse(str(both)) == both


def test_it_is_said_in_words() -> None:
    said = parse('is:open p<=2 team:noc -"disk full" sla<30m').describe()
    assert said == "open, priority at most 2, team contains “noc”, not “disk full”, time to the next deadline under 30m"


def test_days_are_days_of_the_zone() -> None:
    late = replace(MAIL, created_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert parse("created:2026-11-25", zone=ZoneInfo("Europe/Copenhagen")).matches(late, FACTS)
    assert not parse("created:2026-11-25", zone=UTC).matches(late, FACTS)


@pytest.mark.parametrize(
    "text",
    [
        "age>15d",
        "age<=10d",
        "updated>4h",
        "updated<1d",
        "sla<30m",
        "sla<0",
        "sla>=-1h",
        "is:breached",
        "is:forgotten",
        "is:due",
        "is:snoozed",
        "-is:forgotten or sla<1h",
        "is:open p<=2 (age>1d or is:breached)",
    ],
)
def test_the_moment_at_which_time_changes_the_answer_is_foretold(text: str) -> None:
    query = parse(text)
    random = Random(text)
    answers = set()
    for number in range(60):
        one = incident(random, number)
        snoozed = {one.key: NOW + timedelta(minutes=random.randrange(2000))}
        facts = Facts(now=NOW, snoozed=snoozed)
        answer, flip = query.matches(one, facts), query.next_flip(one, facts)
        for step in range(1, 200):
            facts = Facts(now=NOW + timedelta(minutes=17 * step), snoozed=snoozed)
            if flip is not None and flip <= facts.now:
                answer, flip = query.matches(one, facts), query.next_flip(one, facts)
            assert query.matches(one, facts) is answer
            answers.add(answer)
    assert answers == {True, False}


@pytest.mark.parametrize(
    ("narrow", "wide", "shows"),
    [
        ("is:open disk", "is:open", True),
        ("is:open disk", "is:open dis", True),
        ("is:open DISK", "is:open isk", True),
        ("p<=2 is:open a b", "b is:open", True),
        ("is:open", "is:open disk", False),
        ("is:open disk", "is:open diskette", False),
        ("is:open -dis", "is:open -disk", False),
        ("is:open or disk", "is:open", False),
        ("sla<30m disk", "sla<30m", False),
        ("disk", "", True),
    ],
)
def test_what_narrows_what(narrow: str, wide: str, shows: bool) -> None:
    assert parse(narrow).narrows(parse(wide)) is shows
