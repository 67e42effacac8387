"""Options as adapters read them: the config's, else the manifest's; what is no choice is refused by its name."""

from __future__ import annotations

import pytest

from vagt.adapters.given import Given
from vagt.adapters.protocol import AuthMethod, InvalidError, Manifest, OptionKind, OptionSpec
from vagt.config.settings import BackendSettings, OptionValue

MANIFEST = Manifest(
    name="tiny",
    title="Tiny",
    session="tiny:open",
    auth=(AuthMethod("none", needs_secret=False),),
    capabilities=frozenset(),
    options=(
        OptionSpec("way", OptionKind.TEXT, "", default="up", choices=("up", "down", "left")),
        OptionSpec("teams", OptionKind.LIST, "", default=["night"]),
        OptionSpec("size", OptionKind.INTEGER, "", default=7),
    ),
)


def given(**options: OptionValue) -> Given:
    return Given(MANIFEST, BackendSettings(name="tiny", adapter="tiny", options=options))


def test_what_the_config_leaves_out_is_the_manifests() -> None:
    read = given()
    assert (read.text("way"), read.texts("teams"), read.value("size")) == ("up", ("night",), 7)


def test_what_the_config_says_counts_without_its_blanks() -> None:
    read = given(way=" down ", teams=[" a", "", " "], size=0)
    assert (read.text("way"), read.texts("teams"), read.value("size")) == ("down", ("a",), 0)


def test_what_is_no_choice_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidError, match="“way” cannot be used: it is up, down or left") as caught:
        given(way="sideways").text("way")
    assert [name for name, _ in caught.value.fields] == ["way"]
