"""What is offered while a query is written."""

from __future__ import annotations

import pytest

from vagt.domain.query_complete import Vocabulary, complete
from vagt.domain.query_fields import FIELDS

NAMES = Vocabulary({"team": ("Service Desk", "NOC"), "assignee": ("bo", "anna"), "service": ("Mail", "VPN")})


def offered(text: str) -> list[str]:
    """The whole text after each offer, `|` in `text` being the cursor."""
    cursor = text.index("|")
    plain = text.replace("|", "")
    return [plain[: offer.start] + offer.text + plain[offer.end :] for offer in complete(plain, cursor, NAMES)]


def test_an_empty_line_offers_the_fields() -> None:
    assert offered("|")[:3] == ["is:", "p", "team:"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("te|", "team:"),
        ("own|", "assignee:"),
        ("is:unac|", "is:unacknowledged"),
        ("p<=2 is:o|", "p<=2 is:open"),
        ("team:|", "team:mine"),
        ("team:no|", "team:none"),
        ("team:noc|", "team:NOC"),
        ("team:serv|", 'team:"Service Desk"'),
        ("team:desk|", 'team:"Service Desk"'),
        ("team:noc,ser|", 'team:noc,"Service Desk"'),
        ("-team:mi|", "-team:mine"),
        ("(is:ma|", "(is:major"),
        ("assignee:b|o p:1", "assignee:bo p:1"),
        ("tea|m:noc", "team:noc"),
        ("major|", "is:major"),
        ("noc|", "team:NOC"),
    ],
)
def test_the_likeliest_comes_first(text: str, first: str) -> None:
    assert offered(text)[0] == first


def test_names_come_by_how_often_they_occur_after_the_special_ones() -> None:
    assert offered("assignee:|") == ["assignee:me", "assignee:nobody", "assignee:bo", "assignee:anna"]


def test_nothing_is_offered_within_quotes() -> None:
    assert offered('"dis|') == []


def test_every_offer_says_what_it_is() -> None:
    for text in ("", "is:", "has:", "team:", "p<", "sla<"):
        assert all(offer.help for offer in complete(text, len(text), NAMES))
    assert all(field.help and field.example for field in FIELDS)
