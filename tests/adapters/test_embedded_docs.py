"""The examples of the embedded backend's page load, open, and name every option that there is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from tests.adapters.embedded import MORNING, connection
from vagt.adapters.checked import load_checked
from vagt.adapters.embedded.manifest import MANIFEST
from vagt.adapters.embedded.session import connect
from vagt.domain.clock import ManualClock

PAGE = Path(__file__).parents[2] / "docs" / "backends" / "embedded.md"


def examples() -> list[str]:
    return re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


async def test_every_example_opens_a_backend(tmp_path: Path) -> None:
    accounts = []
    for number, example in enumerate(examples()):
        config = tmp_path / f"{number}.toml"
        config.write_text(example, encoding="utf-8")
        (backend,) = load_checked(config).backends
        made = replace(connection(tmp_path / str(number), ManualClock(MORNING)), settings=backend)
        session = await connect(made)
        accounts.append(await session.probe())
        assert (await session.changes(None)).complete
        await session.close()
    assert [account.teams for account in accounts] == [("NOC",), ("NOC",)]
    assert not any("no team" in note for account in accounts for note in account.notes)


def test_every_option_stands_in_an_example() -> None:
    text = "\n".join(examples())
    for option in MANIFEST.options:
        assert re.search(rf"^({option.name} = |\[backends\.options\.{option.name}\])", text, re.MULTILINE), option.name
