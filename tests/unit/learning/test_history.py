"""The index of past incidents: who is alike, what is learnt anew, and that nothing is guessed from the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from vagt.domain.past import Past
from vagt.learning.history import History
from vagt.learning.judged import Judged
from vagt.learning.measure import Rehearsal
from vagt.learning.suggest import candidates

MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)


def past(number: int, title: str, **judged: object) -> Past:
    return Past(
        backend="b",
        id=str(number),
        title=title,
        created_at=MONDAY + timedelta(minutes=number),
        **judged,  # type: ignore[arg-type]
    )


def numbers(history: History, title: str, **told: object) -> list[int]:
    return [near.number for near in history.nearest(past(10_000, title, **told))]


def test_of_those_equally_alike_the_last_come_first() -> None:
    history = History(past(n, "Disk full on db") for n in range(40))
    assert numbers(history, "Disk full on db") == list(range(39, 27, -1))


def test_the_rarer_word_decides() -> None:
    history = History([past(n, f"Printer jam floor {'xyz'[n % 3]}") for n in range(30)])
    history.add(past(31, "Plotter jam"))
    assert numbers(history, "Plotter jam")[0] == 30


def test_a_word_in_every_title_still_finds_the_last_ones() -> None:
    history = History(past(n, "Alert: login fails", team="Identity" if n >= 4900 else "Desk") for n in range(5000))
    found = numbers(history, "Alert: login fails")
    assert len(found) == 12
    assert {history.value(number, Judged.TEAM) for number in found} == {"Identity"}


def test_another_service_is_less_alike_and_an_unknown_one_too() -> None:
    rows = [
        past(n, "Slow since the release", service=("Mail", "Shop")[n % 2], team=("M", "S")[n % 2]) for n in range(9)
    ]
    history = History(rows)
    found = numbers(history, "Slow since the release", service="Shop")
    assert [history.value(number, Judged.TEAM) for number in found[:4]] == ["S"] * 4
    assert len(history.nearest(past(99, "Slow since the release", service="Never heard of"), least=0.7)) == 0


def test_what_is_said_of_a_known_incident_now_holds() -> None:
    history = History(past(n, "Mail bounces", team="Desk") for n in range(3))
    history.add(past(1, "Mail bounces", team="Mail"))
    assert len(history) == 3
    assert sorted(str(history.value(number, Judged.TEAM)) for number in numbers(history, "Mail bounces")) == [
        "Desk", "Desk", "Mail",
    ]  # fmt: skip


def test_a_known_incident_that_is_called_otherwise_now_is_found_by_its_new_name_only() -> None:
    history = History(past(n, "Something is wrong") for n in range(3))
    history.add(past(1, "Certificate expired"))
    assert len(history) == 3
    assert len(numbers(history, "Something is wrong")) == 2
    assert len(numbers(history, "Certificate expired")) == 1


def test_nothing_alike_is_no_neighbour() -> None:
    history = History(past(n, "Disk full on db") for n in range(5))
    assert numbers(history, "Coffee machine") == []
    assert numbers(history, "") == []
    assert numbers(History(), "Disk full") == []


def test_each_is_guessed_from_what_came_before_it_only() -> None:
    rows = [past(n, "Disk full", impact=1) for n in range(10)] + [
        past(10 + n, "Disk full", impact=3) for n in range(10)
    ]
    rehearsal = Rehearsal(History(), sample=15)
    for row in rows:
        rehearsal.feed(row)
    assert len(rehearsal.history) == 5
    while rehearsal.step():
        continue
    assert len(rehearsal.history) == 20
    first_of_the_new_kind = rehearsal.tried[5]
    assert first_of_the_new_kind[0] is rows[10]
    (suggestion,) = first_of_the_new_kind[1]
    assert (suggestion.value, suggestion.agree, suggestion.of) == ("1", 10, 10)


def test_few_tries_do_not_pass_for_skill() -> None:
    rows = [past(n, "Disk full", impact=2) for n in range(18)]
    rehearsal = Rehearsal(History())
    for row in rows:
        rehearsal.feed(row)
    while rehearsal.step():
        continue
    assert set(rehearsal.thresholds().values()) == {None}


def test_what_an_incident_says_of_its_service_is_not_used_to_guess_the_service() -> None:
    rows = [past(n, "Slow since the release", service="Shop") for n in range(6)]
    found = {
        one.field: one for one in candidates(History(rows), replace(past(50, "Slow since the release"), service="Mail"))
    }
    assert found[Judged.SERVICE].value == "Shop"
