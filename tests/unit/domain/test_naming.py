"""Logins that people can read are shown, ids are not."""

from __future__ import annotations

import pytest

from vagt.domain.naming import for_people


@pytest.mark.parametrize(
    ("login", "name", "shown"),
    [
        ("anna", "Anna Holm", "anna"),
        ("anna@example.org", "Anna Holm", "anna@example.org"),
        ("712020:5b2b4c1e-4f6b-8a31", "Anna Holm", "Anna Holm"),
        ("5b10ac8d82e05b22cc7d4ef5", "Anna Holm", "Anna Holm"),
        ("PXPGF42", "Anna Holm", "Anna Holm"),
        ("712020:5b2b4c1e-4f6b-8a31", None, "712020:5b2b4c1e-4f6b-8a31"),
        ("PETER", "Peter", "PETER"),
        (None, None, ""),
    ],
)
def test_people_are_called_by_what_people_can_read(login: str | None, name: str | None, shown: str) -> None:
    assert for_people(login, name) == shown
