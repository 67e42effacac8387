"""What answers say about waiting, and what no text may show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vagt.adapters.html_text import html_to_text, is_html, page_title
from vagt.adapters.pacing import Pacer, moment
from vagt.adapters.protocol import ThrottledError
from vagt.adapters.redact import Redactor
from vagt.domain.clock import ManualClock

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        (str(int(NOW.timestamp()) + 90), 90.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("2026-11-24T12:02:00Z", 120.0),
        ("2026-11-24T12:02:00", 120.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("9" * 400, None),
    ],
)
def test_waits_are_read_in_every_form(text: str, seconds: float | None) -> None:
    assert moment(text, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"retry-after": "12"}, 12.0),
        (429, {"ratelimit-reset": "5"}, 5.0),
        (429, {"x-ratelimit-reset": "2026-11-24T12:01:00Z", "retry-after": "nonsense"}, 60.0),
        (429, {}, 30.0),
        (429, {"retry-after": "999999999"}, 6 * 3600.0),
        (503, {"retry-after": "3"}, 3.0),
        (503, {}, 0.0),
        (200, {"retry-after": "0"}, 0.0),
        (200, {"retry-after": "9"}, 0.0),
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 20)}, 20.0),
        (200, {"x-ratelimit-remaining": "7", "x-ratelimit-reset": "20"}, 0.0),
    ],
)
async def test_headers_say_how_long_to_stay_away(status: int, headers: dict[str, str], wait: float) -> None:
    clock = ManualClock(NOW)
    pacer = Pacer(clock)
    pacer.note(status, headers, "too fast")
    assert pacer.wait == pytest.approx(wait)
    if wait:
        with pytest.raises(ThrottledError) as caught:
            async with pacer.slot():
                raise AssertionError("it let us through")
        assert caught.value.wait == pytest.approx(wait)
        clock.advance(wait + 0.01)
    async with pacer.slot():
        assert pacer.wait == 0


def test_the_longest_wish_holds() -> None:
    pacer = Pacer(ManualClock(NOW))
    pacer.stay_away(50, "long")
    pacer.stay_away(5, "short")
    assert pacer.wait == 50


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key hunter2-x is bad", "key ••• is bad"),
        ("in a query: hunter2-x%21&x=1", "in a query: •••%21&x=1"),
        ("Basic YW5uYTpodW50ZXIyLXg= refused", "Basic ••• refused"),
        ("GET /x?token=abc&id=7", "GET /x?token=•••&id=7"),
        ("password=abc, next", "password=•••, next"),
        ("Bearer eyJhbGciOi1.abc", "Bearer •••"),
        ("see https://anna:pw@rt.example/x", "see https://•••@rt.example/x"),
        ("the token expired", "the token expired"),
        ("basic authentication is off", "basic authentication is off"),
    ],
)
def test_secrets_are_masked_in_every_form(text: str, shown: str) -> None:
    redact = Redactor()
    redact.learn("hunter2-x", "anna")
    assert redact(text) == shown
    assert "hunter2" not in repr(redact)


def test_words_are_one_short_line() -> None:
    assert Redactor().words("a\x1b[31m b\r\n\tc" + " d" * 500) == ("a [31m b c" + " d" * 500)[:299] + "…"


def test_a_tiny_secret_does_not_eat_the_words() -> None:
    redact = Redactor()
    redact.learn("a")
    assert redact("a banana") == "a banana"


def test_html_becomes_readable() -> None:
    head = "<head><title>T</title><style>p{}</style></head>"
    page = head + "<p>One &amp; <b>two</b></p><ul><li>x<li>y</ul><script>no</script>"
    assert html_to_text(page) == "One & two\n\n- x\n- y"
    assert html_to_text("no tags < at > all") == "no tags < at > all"
    assert page_title(page.encode()) == "T"
    assert is_html("text/html; charset=utf-8", b"") and is_html("", b" \n<!DOCTYPE HTML>")
    assert not is_html("application/json", b'{"a": "<html>"}')
