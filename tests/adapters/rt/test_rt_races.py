"""A colleague who gives a ticket on between our write and our last look at it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.adapters.rt.acts import one, refused
from tests.adapters.rt.rig import RtRig
from vagt.adapters.protocol import ConflictError
from vagt.adapters.rt.reading import Reader
from vagt.domain.commands import Assign, Change, Take
from vagt.domain.incident import Incident


@pytest.mark.parametrize("change", [Take(), Assign(to="anna")], ids=["take", "assign"])
async def test_done_is_never_said_of_what_is_already_otherwise(
    rig: RtRig, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    (id,) = await rig.seed(["given on at once"])
    session = await rig.connect()
    seen = await one(session, id)
    read = Reader.get

    async def after_bo(reader: Reader, ids: Sequence[str], *, describe: bool = True) -> tuple[Incident, ...]:
        await rig.root.put(id, Owner="bo")
        return await read(reader, ids, describe=describe)

    monkeypatch.setattr(Reader, "get", after_bo)
    error = await refused(session, seen, change)
    assert isinstance(error, ConflictError)
    assert error.theirs.assignee == "bo"
    assert "bo has it" in error.words
