"""The frame says how old each backend's data is, whatever the width, and old data never looks quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vagt.engine.health import Condition, Health
from vagt.ui.present.health import Mood, alarm, count_words, frame, said, untold

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def health(name: str = "rt", condition: Condition = Condition.FRESH, **more: object) -> Health:
    more.setdefault("last_good", NOW - timedelta(seconds=12))
    return Health(backend=name, condition=condition, **more)  # type: ignore[arg-type]


STALE = health(
    "ivanti",
    Condition.STALE,
    last_good=NOW - timedelta(minutes=14),
    problem="connection refused",
    next_try=NOW + timedelta(seconds=8),
)
NEVER = health("snow", Condition.NEVER, last_good=None, problem="name not known", next_try=NOW + timedelta(seconds=30))


def test_fresh_data_tells_its_age() -> None:
    assert said(health(), NOW).text == "rt 12 s"


def test_stale_data_says_so_with_age_problem_and_next_try() -> None:
    assert said(STALE, NOW).text == "ivanti STALE 14 min: connection refused, next try 8 s"


def test_never_reached_is_said_in_words() -> None:
    assert said(NEVER, NOW).text == "snow never reached: name not known, next try 30 s"


def test_loading_tells_how_far() -> None:
    loading = health(condition=Condition.LOADING, loaded=1200, total=5000, last_good=None)
    assert said(loading, NOW).text == "rt loading 1,200 of 5,000"
    again = health(condition=Condition.LOADING, last_good=NOW - timedelta(hours=9))
    assert said(again, NOW).text == "rt loading, data of 9 h ago"


def test_signed_out_and_throttled_are_told_apart() -> None:
    out = health(condition=Condition.SIGNED_OUT, problem="401 Unauthorized")
    assert said(out, NOW).text.startswith("rt SIGNED OUT")
    until = NOW + timedelta(minutes=4)
    waiting = health(condition=Condition.THROTTLED, next_try=until)
    assert f"throttled until {until.astimezone():%H:%M}" in said(waiting, NOW).text


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
def test_the_worst_stands_first_and_keeps_its_word_at_any_width(width: int) -> None:
    words = frame([health("a"), health("b"), STALE, health("c")], NOW, width)
    assert words[0].mood is Mood.BAD
    assert "STALE" in words[0].text
    assert sum(len(one.text) for one in words) + 3 * (len(words) - 1) <= width


def test_many_fresh_backends_are_told_together_with_the_age_of_the_oldest() -> None:
    backends = [health(f"backend-{n}", last_good=NOW - timedelta(seconds=n)) for n in range(12)]
    words = frame(backends, NOW, 40)
    assert [one.text for one in words] == ["12 fresh, oldest 11 s"]


def test_many_stale_backends_are_counted_where_there_is_no_room_for_their_names() -> None:
    backends = [health(f"backend-{n}", Condition.STALE) for n in range(9)]
    assert [one.text for one in frame(backends, NOW, 30)] == ["9 of 9 STALE"]


def test_the_alarm_names_who_cannot_be_trusted() -> None:
    assert alarm([health()]) == ""
    assert alarm([health(), STALE]) == "STALE: ivanti"
    assert alarm([STALE, NEVER]) == "STALE: no backend answers"


def test_a_count_never_takes_the_unknown_for_zero() -> None:
    first = health("snow", Condition.LOADING, last_good=None)
    assert count_words(3, [health()]) == "3"
    assert count_words(0, [first]) == "?"
    assert count_words(3, [health(), NEVER]) == "3+?"
    assert count_words(0, [health(), NEVER]) == "0+?"


def test_a_backend_whose_last_try_failed_is_not_called_fine_although_its_data_is_not_old_yet() -> None:
    failing = health("pd", problem="the certificate has expired", next_try=NOW + timedelta(seconds=4))
    told = said(failing, NOW)
    assert told.text == "pd 12 s, no answer: the certificate has expired, next try 4 s"
    assert told.mood is Mood.BUSY
    assert alarm([failing]) == "", "what is shown can still be trusted"
    assert said(health("pd", problem="the disk is full"), NOW).mood is Mood.GOOD, "that is not the backend's fault"


def test_where_not_all_words_fit_each_problem_keeps_its_beginning() -> None:
    long = "Unhandled system exception in line 4711 of a program that nobody here has ever seen"
    wrong = [health(name, Condition.STALE, problem=long, next_try=NOW + timedelta(seconds=8)) for name in "ab"]
    words = frame([*wrong, health("c")], NOW, 120)
    assert sum(len(one.text) for one in words) + 3 * (len(words) - 1) <= 120
    assert all("Unhandled system" in one.text and "…" in one.text and "next try 8 s" in one.text for one in words[:2])


def test_those_that_only_miss_a_poll_are_counted_where_there_is_no_room_for_their_names() -> None:
    failing = [health(f"backend-{n}", problem="boom", next_try=NOW + timedelta(seconds=4)) for n in range(5)]
    out = health("am", Condition.SIGNED_OUT, problem="401")
    words = frame([*failing, out, health("desk")], NOW, 60)
    assert [one.text for one in words] == ["am SIGNED OUT", "5 not answering", "1 fresh"]
    assert untold([*failing, out], words)
    assert not untold([failing[0]], frame([failing[0]], NOW, 80))
    assert not untold([health()], frame([health()], NOW, 80))
