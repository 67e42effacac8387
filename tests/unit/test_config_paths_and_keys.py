"""Where config and data live, who may read them, and which keys mean what."""

from __future__ import annotations

from pathlib import Path

import pytest

from vagt.config import keymap, keynames, paths
from vagt.config.errors import ConfigError
from vagt.domain.actions import ACTIONS


def test_the_data_folder_is_made_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGT_DATA_DIR", str(tmp_path / "deep" / "data"))
    folder = paths.data_dir()
    assert folder == tmp_path / "deep" / "data"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_option_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGT_DATA_DIR", str(tmp_path / "a"))
    monkeypatch.setenv("VAGT_CONFIG", str(tmp_path / "a.toml"))
    assert paths.data_dir(tmp_path / "b") == tmp_path / "b"
    assert paths.config_file(tmp_path / "b.toml") == tmp_path / "b.toml"
    assert paths.config_file() == tmp_path / "a.toml"
    assert not (tmp_path / "a").exists()


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be used as data folder"):
        paths.data_dir(tmp_path / "file")


def test_a_data_folder_that_everybody_can_write_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigError, match="chmod 700"):
        paths.data_dir(tmp_path)


def test_no_two_actions_share_a_key() -> None:
    assert keymap.clash(()) is None


def test_every_key_of_the_table_can_be_written_in_the_config() -> None:
    for action in ACTIONS:
        for key in action.keys:
            assert keynames.name(key) == key


def test_a_key_may_be_given_to_another_once_it_is_free() -> None:
    assert keymap.clash([("take", ("a",))]) == ("a", "take", "acknowledge")
    assert keymap.clash([("take", ("a",)), ("acknowledge", ("t",))]) is None


def test_a_key_may_mean_something_else_on_another_screen() -> None:
    assert keymap.clash([("outbox_discard", ("a",))]) is None


def test_overrides_replace_the_keys_of_the_table() -> None:
    keys = keymap.effective([("take", ("f9",)), ("close", ())])
    assert (keys["take"], keys["close"], keys["assign"]) == (("f9",), (), ("A",))


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("?", "question_mark"),
        ("/", "slash"),
        ("*", "asterisk"),
        (":", "colon"),
        ("-", "minus"),
        ("_", "underscore"),
        (".", "."),
        ("A", "A"),
        ("æ", "æ"),
        ("esc", "escape"),
        ("PgDn", "pagedown"),
        ("Ctrl+D", "ctrl+d"),
        ("shift+a", "A"),
        ("shift+ctrl+left", "ctrl+shift+left"),
        ("alt++", "alt+plus"),
    ],
)
def test_keys_as_people_write_them(written: str, key: str) -> None:
    assert keynames.name(written) == key


@pytest.mark.parametrize("written", ["entr", "ctl+a", "ab", "f25", "\x07", "ctrl+nope"])
def test_what_is_no_key(written: str) -> None:
    with pytest.raises(keynames.KeyNameError):
        keynames.name(written)


def test_the_toolkit_calls_punctuation_the_same() -> None:
    from textual.keys import _character_to_key

    for char in "!\"#$%&'()*+,-/:;<=>?@[\\]^_`{|}~":
        assert keynames.name(char) == _character_to_key(char)
