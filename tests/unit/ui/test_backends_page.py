"""The page of all backends says of each in sentences what is wrong and when it is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vagt.adapters.protocol import Account
from vagt.domain.capability import Capabilities
from vagt.engine.health import Condition, Health
from vagt.ui.screens.backends.standing import page

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=8)


def health(name: str, condition: Condition, **more: object) -> Health:
    more.setdefault("last_good", NOW - timedelta(minutes=14))
    return Health(backend=name, condition=condition, **more)  # type: ignore[arg-type]


def text(*healths: Health, width: int = 78, **pending: int) -> list[str]:
    blocks = page(healths, pending, NOW, key="r", zone=UTC)
    return ["".join(part for _, part in line).rstrip() for block in blocks for line in block.lines(width)]


def test_each_says_what_is_wrong_and_when_it_is_asked_again() -> None:
    account = Account(login="anna", name="Anna Holm", capabilities=Capabilities(frozenset()), product="RT 5.0.3")
    lines = text(
        health("am", Condition.FRESH, last_good=NOW - timedelta(seconds=3), account=account),
        health("ivanti", Condition.STALE, problem="connection refused", next_try=SOON),
        health("snow", Condition.THROTTLED, problem="Rate limit exceeded", next_try=SOON),
        health("jira", Condition.SIGNED_OUT, problem="401 Unauthorized"),
        health("pd", Condition.NEVER, last_good=None, problem="certificate has expired", next_try=SOON),
        health("rt", Condition.FRESH, problem="no answer within 2 s", next_try=SOON),
        snow=2,
    )
    assert lines == [
        "ivanti",
        "  STALE: what is shown was read 14 min ago.",
        "  connection refused",
        "  Next try in 8 s (12:00); r asks now.",
        "",
        "jira",
        "  SIGNED OUT: what is shown was read 14 min ago.",
        "  401 Unauthorized",
        "  It is not asked again by itself, which could lock the account: r tries once",
        "  more.",
        "",
        "pd",
        "  Nothing was ever read from it.",
        "  certificate has expired",
        "  Next try in 8 s (12:00); r asks now.",
        "",
        "snow",
        "  It wants to be left alone for a while; what is shown was read 14 min ago.",
        "  Rate limit exceeded",
        "  Next try in 8 s (12:00), and not before that.",
        "  2 actions of yours wait for it.",
        "",
        "rt",
        "  It does not answer just now; read 14 min ago.",
        "  no answer within 2 s",
        "  Next try in 8 s (12:00); r asks now.",
        "",
        "am  RT 5.0.3, as Anna Holm",
        "  Fresh: read 3 s ago.",
        "",
    ]


def test_long_words_of_a_backend_stay_on_the_page_and_escapes_do_not() -> None:
    lines = text(health("x", Condition.STALE, problem="a \x1b[31mlong " + "story " * 30, next_try=SOON), width=40)
    assert all(len(line) <= 40 for line in lines)
    assert not any("\x1b" in line for line in lines)
    assert sum("story" in line for line in lines) > 4


def test_without_backends_it_says_so() -> None:
    assert text() == ["No backend is configured."]


def test_one_action_waits_and_several_wait() -> None:
    fresh = health("snow", Condition.FRESH, last_good=NOW)
    assert "  1 action of yours waits for it." in text(fresh, snow=1)
    assert "  2 actions of yours wait for it." in text(fresh, snow=2)
    assert not any("of yours" in line for line in text(fresh))
