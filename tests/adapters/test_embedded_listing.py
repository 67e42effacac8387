"""What `changes` of the embedded backend promises: a whole listing first, then increments, whatever moves meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.embedded import Desk, desk
from vagt.adapters.embedded.cursor import Cursor, read
from vagt.adapters.embedded.listing import PAGE
from vagt.domain.commands import Note, Reopen, Resolve


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as opened:
        yield opened


async def many(anna: Desk, count: int) -> list[str]:
    return [(await anna.opened(f"incident {number}")).id for number in range(count)]


async def test_an_empty_backend_is_complete_at_once(anna: Desk) -> None:
    batch = await anna.session.changes(None)
    assert (batch.items, batch.restart, batch.complete, batch.more, batch.total) == ((), True, True, False, 0)


async def test_a_long_listing_comes_in_pages_and_says_how_long_it_is(anna: Desk) -> None:
    ids = await many(anna, PAGE + 30)
    first = await anna.session.changes(None)
    assert (len(first.items), first.restart, first.complete, first.more) == (PAGE, True, False, True)
    assert first.total == PAGE + 30
    second = await anna.session.changes(first.cursor)
    assert (len(second.items), second.restart, second.complete, second.more) == (30, False, True, False)
    assert second.total is None, "counted once: a count looks at every open row"
    assert [i.id for i in (*first.items, *second.items)] == ids


async def test_rows_that_change_between_pages_are_neither_lost_nor_shown_wrong(anna: Desk) -> None:
    ids = await many(anna, PAGE + 30)
    closed_before = ids[0]
    await anna.does(Resolve("Done."), closed_before)
    first = await anna.session.changes(None)
    anna.known = {incident.id: incident for incident in first.items}
    told, untold = ids[5], ids[-1]
    await anna.does(Resolve("Done."), told)
    await anna.does(Resolve("Done."), untold)
    await anna.does(Reopen(), closed_before)
    await anna.does(Note("Changed"), ids[6])
    new = (await anna.opened("came meanwhile")).id
    anna.cursor = first.cursor
    await anna.poll()
    truth = {incident.id for incident in await anna.session.search(include_closed=False, limit=1000)}
    assert anna.open_ids() == truth == (set(ids) - {told, untold}) | {new}
    for id in (told, ids[6], new):
        assert anna.known[id] == await anna.now(id)


async def test_an_increment_tells_only_what_changed_and_what_was_closed(anna: Desk) -> None:
    a, b, _ = await many(anna, 3)
    await anna.poll()
    assert await anna.poll() == set()
    await anna.does(Resolve("Done."), a)
    await anna.does(Note("Hm"), b)
    assert await anna.poll() == {a, b}
    assert not anna.known[a].is_open


async def test_many_changes_come_in_pages_too(anna: Desk) -> None:
    ids = await many(anna, PAGE + 30)
    await anna.poll()
    for id in ids:
        await anna.does(Note("Changed"), id)
    batch = await anna.session.changes(anna.cursor)
    assert (len(batch.items), batch.more, batch.restart) == (PAGE, True, False)
    assert await anna.poll() == set(ids)


async def test_a_deleted_row_is_gone_in_the_increment(anna: Desk) -> None:
    a, b = await many(anna, 2)
    await anna.poll()
    store = anna.session._store

    def delete() -> None:
        with store.writing():
            store.delete(int(a.removeprefix("i")))

    await anna.session._run(delete)
    batch = await anna.session.changes(anna.cursor)
    assert batch.gone == (a,)
    await anna.poll()
    assert set(anna.known) == {b}


@pytest.mark.parametrize("cursor", ["", "nonsense", "abc.1", "abc.1.2.3", "0.0"])
async def test_a_cursor_of_another_file_begins_anew(anna: Desk, cursor: str) -> None:
    await many(anna, 1)
    batch = await anna.session.changes(cursor)
    assert (batch.restart, batch.complete, len(batch.items)) == (True, True, 1)


async def test_a_cursor_from_the_future_begins_anew(anna: Desk) -> None:
    """The file was put back from a copy: what we think we know may not be so."""
    await anna.poll()
    assert anna.cursor is not None
    epoch = anna.cursor.split(".")[0]
    assert (await anna.session.changes(f"{epoch}.999999")).restart


@pytest.mark.parametrize("cursor", [Cursor("e", 7), Cursor("e", 7, 0), Cursor("e", 0, 12)])
def test_a_cursor_reads_back_as_it_was(cursor: Cursor) -> None:
    assert read(str(cursor), "e") == cursor
    assert read(str(cursor), "f") is None
