"""Who is on call, in words for people."""

from __future__ import annotations

import pytest

from vagt.domain.directory import OnCall


@pytest.mark.parametrize(
    ("who", "name", "shown"),
    [
        ("anna", "Anna Holm", "Anna Holm (anna)"),
        ("anna@acme.example", "Anna Holm", "Anna Holm (anna@acme.example)"),
        ("712020:5f1c-4f6b-8a31", "Anna Holm", "Anna Holm"),
        ("712020:5f1c-4f6b-8a31", "", "712020:5f1c-4f6b-8a31"),
        ("anna", "anna", "anna"),
        ("", "", ""),
    ],
)
def test_a_login_is_shown_beside_the_name_where_somebody_would_type_it(who: str, name: str, shown: str) -> None:
    assert OnCall("rota", "team", who, name).shown == shown
