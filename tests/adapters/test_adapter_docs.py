"""What docs/ says of adapters is what they, the protocol and the kit are."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from enum import EnumMeta
from pathlib import Path

import pytest

from vagt.adapters import docs, protocol
from vagt.adapters.conformance import BaseRig, Fault, Rig
from vagt.domain.capability import Capability
from vagt.domain.commands import CHANGES, Verb
from vagt.domain.fields import FieldKind
from vagt.domain.incident import Incident, State

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "example-adapter"
PAGE = (DOCS / "adapters.md").read_text(encoding="utf-8")
_QUOTED = re.compile(r"^`([\w/]+\.\w+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_pages_written_from_manifests_and_kit_are_up_to_date() -> None:
    overview = (DOCS / "backends" / "README.md").read_text(encoding="utf-8")
    assert overview == docs.backends(), "run python -m vagt.adapters.docs"
    assert docs.with_promises(PAGE) == PAGE, "run python -m vagt.adapters.docs"
    assert "| `a-quiet-poll-costs-little` | trusted |" in PAGE


def test_each_backend_has_a_page_of_its_own() -> None:
    linked = re.findall(r"\]\((\w+\.md)\)", docs.backends())
    assert {"embedded.md", "rt.md"} <= set(linked)
    assert [name for name in linked if not (DOCS / "backends" / name).exists()] == []


def test_what_is_quoted_stands_so_in_the_example() -> None:
    quoted = _QUOTED.findall(PAGE)
    assert len(quoted) >= 8
    for name, block in quoted:
        assert block in (EXAMPLE / name).read_text(encoding="utf-8"), f"{name} no longer holds\n{block}"


def _names() -> dict[str, list[str]]:
    errors = [
        name for name, value in vars(protocol).items() if isinstance(value, type) and issubclass(value, Exception)
    ]
    session = [name for name in vars(protocol.Session) if not name.startswith("_")]
    rig = [name for name in {**vars(Rig), **Rig.__annotations__} if not name.startswith("_")]
    return {
        "errors": [name for name in errors if name != "AdapterError"],
        "methods of a session": session,
        "parts of a rig": [*rig, *(name for name in vars(BaseRig) if not name.startswith("_"))],
        "fields of a manifest": [field.name for field in fields(protocol.Manifest)],
        "fields of an incident": [field.name for field in fields(Incident)],
        "fields of a connection": [field.name for field in fields(protocol.Connection)],
        "changes": [change.__name__ for change in CHANGES.values()],
        "fields of changes": [
            field.name
            for verb, change in CHANGES.items()
            for field in fields(change)
            # a channel's, no adapter's
            if verb is not Verb.NOTIFY and not field.name.endswith("_name")
        ],
    }


@pytest.mark.parametrize("kind", _names())
def test_the_guide_names_everything_that_an_author_meets(kind: str) -> None:
    missing = [name for name in _names()[kind] if not re.search(rf"\b{name}\b", PAGE)]
    assert missing == []


@pytest.mark.parametrize("closed_set", [Capability, FieldKind, State, Fault], ids=lambda kind: kind.__name__)
def test_the_guide_names_every_member_of_a_closed_set(closed_set: EnumMeta) -> None:
    words = [member.value if closed_set is Fault else member.name for member in closed_set]
    assert [word for word in words if word not in PAGE] == []


def test_the_example_is_small_and_imports_only_what_the_guide_allows() -> None:
    sources = sorted((EXAMPLE / "vagt_tidydesk").glob("*.py"))
    assert sum(len(source.read_text(encoding="utf-8").splitlines()) for source in sources) < 400
    allowed = re.compile(
        r"vagt\.(adapters\.(protocol|http|signin|redact|pacing)|domain\.\w+|config\.settings)|vagt_tidydesk\.\w+"
    )
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module and module.startswith("vagt"):
                assert allowed.fullmatch(module), f"{source.name} imports {module}"
