"""The pages lead to each other: no link leads nowhere, and a newcomer reaches every page from the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vagt.adapters.checked import load_checked

ROOT = Path(__file__).parents[2]
PAGES = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def _prose(page: Path) -> str:
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def _links(page: Path) -> list[tuple[Path, str]]:
    found = []
    for link in _LINK.findall(_prose(page)):
        if not re.match(r"[a-z]+:", link):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            found.append((target / "README.md" if target.is_dir() else target, anchor))
    return found


def _anchors(page: Path) -> set[str]:
    """As the usual forges make them: lower case, blanks as hyphens, other signs dropped."""
    heads = re.findall(r"^#+ (.*)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in _links(page):
        assert target.exists(), target
        if anchor and target.suffix == ".md":
            assert anchor in _anchors(target), f"{target.name} has no heading for #{anchor}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        ahead += [target for target, _ in _links(page) if target.suffix == ".md"]
    assert [page for page in PAGES if page not in reached] == []


def test_the_readme_leads_to_each_page_of_the_documentation_itself() -> None:
    linked = {target for target, _ in _links(ROOT / "README.md")}
    assert [page for page in (ROOT / "docs").glob("*.md") if page not in linked] == []
    assert [page for page in (ROOT / "docs" / "backends").glob("*.md") if page not in linked] == []


def _examples(name: str) -> list[str]:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_what_the_pages_on_channels_escalation_and_updates_show_is_one_config_that_loads(tmp_path: Path) -> None:
    shown = [*_examples("channels.md"), *_examples("escalation.md"), *_examples("communication.md")]
    file = tmp_path / "config.toml"
    file.write_text('[[backends]]\nname = "desk"\nadapter = "embedded"\n' + "\n".join(shown), encoding="utf-8")
    found = load_checked(file)
    assert [one.name for one in found.audiences] == ["users", "managers"]
    assert [step.to for step in found.escalations[0].steps] == ["oncall:noc", "oncall:db", "manager"]
    assert not found.notices


@pytest.mark.parametrize("name", ["alertmanager", "ivanti", "jsm", "pagerduty", "rt", "servicenow"])
def test_the_first_lines_of_a_backends_page_load(name: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(_examples(f"backends/{name}.md")[0], encoding="utf-8")
    (backend,) = load_checked(file).backends
    assert backend.adapter == name
