"""Matchers: what people write in the config, what Alertmanager is asked, and which alerts fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.alertmanager import Alertmanager
from vagt.adapters.alertmanager.matchers import Matcher, MatcherError, equals, parse


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ('severity="critical"', (equals("severity", "critical"),)),
        ("severity=critical", (equals("severity", "critical"),)),
        ('{severity=~"a|b", team!="noc"}', (Matcher("severity", "a|b", True), Matcher("team", "noc", False, False))),
        ('a="1" b!~"x.*"', (equals("a", "1"), Matcher("b", "x.*", True, False))),
        ("a=1,b = 2", (equals("a", "1"), equals("b", "2"))),
        (r'desc="a \"q\" b\\c"', (equals("desc", 'a "q" b\\c'),)),
        ('team!=""', (Matcher("team", "", False, False),)),
        ('"my label"="x"', (equals("my label", "x"),)),
    ],
)
def test_they_are_read_as_people_write_them(text: str, found: tuple[Matcher, ...]) -> None:
    assert parse(text) == found


@pytest.mark.parametrize("text", ["severity", 'severity=="x"', '="x"', 'a="x', 'a=~"("', "a='x' b", "a=1 or b=2"])
def test_what_is_none_is_said_in_words(text: str) -> None:
    with pytest.raises(MatcherError, match="is no"):
        parse(text)


@given(st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True), st.text(), st.booleans())
def test_what_is_written_is_read_the_same(name: str, value: str, is_equal: bool) -> None:
    matcher = Matcher(name, value, False, is_equal)
    assert parse(matcher.text) == (matcher,)


def test_a_missing_label_counts_as_empty_and_expressions_are_anchored() -> None:
    labels = {"severity": "warning"}
    assert Matcher("team", "", False, True).matches(labels)
    assert not Matcher("team", "", False, False).matches(labels)
    assert not Matcher("severity", "warn", True, True).matches(labels)
    assert Matcher("severity", "warn.*", True, True).matches(labels)
    assert Matcher("severity", "crit", True, False).matches(labels)
    assert not Matcher("severity", "(?P<", True, True).matches(labels), "an expression that only Go understands"


@pytest.mark.parametrize("value", ["plain", 'a "q" b\\c', "line\nbreak", "Ærø 東京 🔥", "tab\there", "{a=b},c", "'x'"])
def test_a_real_alertmanager_understands_what_we_ask(alertmanager: Alertmanager, value: str) -> None:
    labels = {"alertname": "Quoting", "held": value}
    alertmanager.fire([{"labels": labels}, {"labels": {"alertname": "Quoting", "held": "other"}}])
    found = alertmanager.alerts('alertname="Quoting"', equals("held", value).text)
    assert [alert["labels"] for alert in found] == [labels]
    alertmanager.resolve([alert["labels"] for alert in alertmanager.alerts('alertname="Quoting"')])
