"""Keys come from the table of actions, the config's word wins, and the docs say the same."""

from __future__ import annotations

from pathlib import Path

from textual.keys import format_key

from vagt.domain.actions import ACTIONS, Scope
from vagt.ui.docs import keys_page
from vagt.ui.keymap import Keymap, key_words

QUEUE = (Scope.QUEUE, Scope.INCIDENT, Scope.APP)


def test_every_action_of_the_queue_has_a_binding_for_each_of_its_keys() -> None:
    bound = {(binding.id, binding.key) for binding in Keymap().bindings(QUEUE)}
    wanted = {
        (action.name, "full_stop" if key == "." else key)
        for action in ACTIONS
        if action.scope in QUEUE
        for key in action.keys
    }
    assert bound == wanted


def test_no_key_means_two_things_on_one_screen() -> None:
    keys = [binding.key for binding in Keymap().bindings(QUEUE)]
    assert len(keys) == len(set(keys))


def test_where_two_scopes_share_a_key_the_nearer_one_has_it() -> None:
    bindings = {binding.key: binding.id for binding in Keymap().bindings((Scope.OUTBOX, Scope.APP))}
    assert bindings["r"] == "outbox_retry"


def test_the_config_moves_a_key_and_frees_the_old_one() -> None:
    keymap = Keymap((("acknowledge", ("f2",)),))
    bindings = {binding.key: binding.id for binding in keymap.bindings(QUEUE)}
    assert bindings["f2"] == "acknowledge"
    assert "a" not in bindings
    assert keymap.shown("acknowledge") == "f2"


def test_an_action_without_keys_has_none_and_shows_none() -> None:
    keymap = Keymap((("close", ()),))
    assert keymap.shown("close") == ""
    assert "close" not in {binding.id for binding in keymap.bindings(QUEUE)}


def test_keys_are_shown_as_people_write_them() -> None:
    assert [key_words(key) for key in ("ctrl+p", "asterisk", "question_mark", "escape", "slash")] == [
        "ctrl+p", "*", "?", "esc", "/",
    ]  # fmt: skip


def test_every_key_name_is_one_that_the_toolkit_knows() -> None:
    for action in ACTIONS:
        for key in action.keys:
            assert format_key(key)


def test_the_page_of_keys_is_what_the_table_says() -> None:
    page = Path(__file__).parents[3] / "docs" / "keys.md"
    assert page.read_text(encoding="utf-8") == keys_page(), "run: python -m vagt.ui.docs > docs/keys.md"
