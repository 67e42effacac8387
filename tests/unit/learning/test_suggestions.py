"""What an incident is likely to be, from those like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vagt.domain.incident import Incident, State
from vagt.learning.duplicates import likely_duplicates
from vagt.learning.history import History
from vagt.learning.judged import Judged
from vagt.learning.measure import evidence, score, thresholds_from
from vagt.learning.suggest import Thresholds, suggest
from vagt.learning.words import words_of

MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)
OFTEN: Thresholds = dict.fromkeys(Judged, 0.8)


def past(number: int, title: str, *, team: str | None = None, impact: int | None = None) -> Incident:
    return Incident(
        backend="b",
        id=str(number),
        number=str(number),
        title=title,
        state=State.CLOSED,
        native_state="Closed",
        team=team,
        impact=impact,
        created_at=MONDAY + timedelta(minutes=number),
    )


def fresh(title: str, *, service: str | None = None, minutes: int = 0, id: str = "new") -> Incident:
    return Incident(
        backend="b",
        id=id,
        number=id,
        title=title,
        state=State.NEW,
        native_state="New",
        service=service,
        created_at=MONDAY + timedelta(minutes=minutes),
    )


def test_eleven_of_twelve_like_this_went_to_network() -> None:
    vpn = [past(n, f"VPN gateway vpn{n:02} drops connections", team="Network") for n in range(11)]
    odd = past(11, "VPN gateway vpn99 drops connections", team="Desktop")
    (suggestion,) = suggest(History([*vpn, odd]), fresh("VPN gateway vpn07 drops connections"), OFTEN)
    assert (suggestion.field, suggestion.value) == (Judged.TEAM, "Network")
    assert suggestion.reason == "11 of the last 12 like this went to Network"


def test_levels_are_told_in_words() -> None:
    rows = [past(n, "Mail queue grows on relay", impact=1) for n in range(5)]
    (suggestion,) = suggest(History(rows), fresh("Mail queue grows"), OFTEN)
    assert suggestion.reason == "5 of the last 5 like this had high impact"


def test_two_like_it_prove_nothing() -> None:
    rows = [past(n, "Printer on fire", team="Desktop") for n in range(2)]
    assert suggest(History(rows), fresh("Printer on fire"), OFTEN) == ()


def test_it_is_silent_where_those_like_it_disagree() -> None:
    rows = [past(n, "Login fails", team=("Identity", "Desktop")[n % 2]) for n in range(10)]
    assert suggest(History(rows), fresh("Login fails"), OFTEN) == ()


def test_an_incident_is_not_its_own_evidence() -> None:
    rows = [past(n, "Disk full on db", team="Database") for n in range(3)]
    assert len(History(rows).nearest(rows[0])) == 2


def test_numbers_in_names_do_not_keep_incidents_apart() -> None:
    assert words_of("db07: Disk full!") == words_of("DISK full on db12")


def test_a_field_that_follows_no_words_stays_silent_after_measuring() -> None:
    teams = ("Network", "Desktop", "Database")
    noise = [past(n, "Something is slow for callers", team=teams[(n * 7919) % 3]) for n in range(200)]
    clear = [past(1000 + n, "Disk full on db server", impact=2) for n in range(200)]
    mixed = [row for pair in zip(noise, clear, strict=True) for row in pair]
    thresholds = thresholds_from(mixed)
    assert thresholds[Judged.TEAM] is None
    assert thresholds[Judged.IMPACT] is not None
    scores = {result.field: result for result in score(thresholds, evidence(mixed, mixed[-100:]))}
    assert scores[Judged.TEAM].spoke == 0
    assert scores[Judged.IMPACT].precision == 1.0
    assert scores[Judged.IMPACT].coverage == 1.0


def test_the_same_words_about_the_same_service_are_likely_a_duplicate() -> None:
    first = fresh("Web shop is down", service="web shop", id="1")
    same = fresh("The web shop is down again", service="web shop", minutes=10, id="2")
    other = fresh("Printer jams", service="print", minutes=10, id="3")
    (likely,) = likely_duplicates(first, [first, same, other])
    assert likely.incident is same
    assert likely.reason == "the same words and the same service (web shop)"


def test_a_day_apart_is_hardly_the_same_interruption() -> None:
    first = fresh("Web shop is down", service="web shop", id="1")
    later = fresh("Web shop is down", service="web shop", minutes=24 * 60, id="2")
    assert likely_duplicates(first, [later]) == ()
