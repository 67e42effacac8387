"""The page about Ivanti tells exactly the options, defaults and quirks that the adapter has."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

from vagt.adapters.checked import checked
from vagt.adapters.ivanti.manifest import MANIFEST
from vagt.adapters.ivanti.options import read
from vagt.config.settings import BackendSettings, Settings

PAGE = Path(__file__).parents[3] / "docs" / "backends" / "ivanti.md"


def default_words(default: object) -> str:
    if default is None:
        return "–"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, dict):
        return ", ".join(f"{key} = {value}" for key, value in default.items())
    if isinstance(default, list):
        return ", ".join(f"`{item}`" for item in default)
    return f"`{default}`"


def option_rows() -> str:
    rows = [f"| `{option.name}` | {option.help} | {default_words(option.default)} |" for option in MANIFEST.options]
    return "\n".join(rows)


def test_every_option_stands_on_the_page_with_its_default() -> None:
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("VAGT_UPDATE_DOCS") == "1":
        text = re.sub(r"(\| option \|.*\n\| --- .*\n)(?:\|.*\n)*", lambda m: m[1] + option_rows() + "\n", text)
        PAGE.write_text(text, encoding="utf-8")
    assert option_rows() in text


def test_every_quirk_stands_on_the_page() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for quirk in MANIFEST.quirks:
        assert quirk in text


def test_every_way_of_signing_in_stands_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for method in MANIFEST.auth:
        assert f"| `{method.name}`" in text


def test_the_examples_of_the_page_can_be_used() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 5
    head = '[[backends]]\nname = "ivanti"\nadapter = "ivanti"\nurl = "https://x.example.org"\nusername = "jsmith"\n'
    for block in blocks:
        text = block if block.startswith("[[backends]]") else head + block
        (backend,) = tomllib.loads(text)["backends"]
        options = backend.pop("options", {})
        settings = BackendSettings(**backend, options=options)
        checked(Settings(backends=(settings,)))
        read(settings)
