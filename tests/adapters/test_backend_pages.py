"""The page about each backend tells exactly the options, defaults and quirks that its adapter has."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vagt.adapters.alertmanager import manifest as alertmanager_manifest
from vagt.adapters.alertmanager import options as alertmanager_options
from vagt.adapters.checked import checked
from vagt.adapters.ivanti import manifest as ivanti_manifest
from vagt.adapters.ivanti import options as ivanti_options
from vagt.adapters.jsm import manifest as jsm_manifest
from vagt.adapters.jsm import options as jsm_options
from vagt.adapters.pagerduty import manifest as pagerduty_manifest
from vagt.adapters.pagerduty import options as pagerduty_options
from vagt.adapters.protocol import Manifest
from vagt.adapters.rt import manifest as rt_manifest
from vagt.adapters.rt import options as rt_options
from vagt.adapters.servicenow import manifest as servicenow_manifest
from vagt.adapters.servicenow import options as servicenow_options
from vagt.config.settings import BackendSettings, Settings

FOLDER = Path(__file__).parents[2] / "docs" / "backends"


@dataclass(frozen=True, slots=True)
class Page:
    """One page, the adapter that it is about, and what its examples leave out."""

    manifest: Manifest
    read: Callable[[BackendSettings], object]
    examples: int
    rest: str
    """The lines that an example of options alone does not repeat."""

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.manifest.name}.md"

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def option_rows(self) -> str:
        options = self.manifest.options
        return "\n".join(f"| `{option.name}` | {option.help} | {default_words(option.default)} |" for option in options)


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


PAGES = (
    Page(alertmanager_manifest.MANIFEST, alertmanager_options.read, 5, 'url = "http://am.example.org:9093"\n'),
    Page(ivanti_manifest.MANIFEST, ivanti_options.read, 6, 'url = "https://x.example.org"\nusername = "jsmith"\n'),
    Page(jsm_manifest.MANIFEST, jsm_options.read, 5, 'url = "https://acme.atlassian.net"\nusername = "anna"\n'),
    Page(pagerduty_manifest.MANIFEST, pagerduty_options.read, 5, 'url = "https://api.pagerduty.com"\n'),
    Page(rt_manifest.MANIFEST, rt_options.read, 4, 'url = "https://rt.example.org"\n'),
    Page(servicenow_manifest.MANIFEST, servicenow_options.read, 6, 'url = "https://acme.service-now.com"\n'),
)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.manifest.name)


@each_page
def test_every_option_stands_on_the_page_with_its_default(page: Page) -> None:
    if os.environ.get("VAGT_UPDATE_DOCS") == "1":
        table = r"(\| option \|.*\n\| --- .*\n)(?:\|.*\n)*"
        page.path.write_text(re.sub(table, lambda m: m[1] + page.option_rows + "\n", page.text), encoding="utf-8")
    assert page.option_rows in page.text


@each_page
def test_every_quirk_stands_on_the_page(page: Page) -> None:
    text = " ".join(page.text.split())
    for quirk in page.manifest.quirks:
        assert quirk in text


@each_page
def test_every_way_of_signing_in_stands_on_the_page(page: Page) -> None:
    for method in page.manifest.auth:
        assert f"| `{method.name}`" in page.text


@each_page
def test_the_examples_of_the_page_can_be_used(page: Page) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", page.text, re.DOTALL)
    assert len(blocks) == page.examples
    head = f'[[backends]]\nname = "desk"\nadapter = "{page.manifest.name}"\n{page.rest}'
    for block in blocks:
        text = block if block.startswith("[[backends]]") else head + block
        (backend,) = tomllib.loads(text)["backends"]
        if not block.startswith("[[backends]]") and page.manifest.auth_method("").needs_options:
            backend.setdefault("auth", "token")
        settings = BackendSettings(**{**backend, "options": backend.get("options", {})})
        (told,) = checked(Settings(backends=(settings,))).backends
        page.read(told)
