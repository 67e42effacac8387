"""Level "reads", the queue: that what the console shows is what the backend holds, now and after each poll."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from vagt.adapters.conformance.checks import Level, NotShown, collected, require
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.conformance.rig import Rig
from vagt.adapters.conformance.tools import AWKWARD, connected, long_title, one

_AT_ONCE = 20
"""Incidents where an adapter has no pages, and lists all at once."""


async def listing_shows_what_is_there(rig: Rig) -> None:
    """A full listing holds every open incident once, with its number, title, state and times in UTC."""
    ids = await rig.seed([f"plain {n}" for n in range(3)])
    async with connected(rig) as session:
        mirror = Mirror(session)
        await mirror.poll()
    for id in ids:
        require(id in mirror.incidents, f"the incident {id} is open in the backend but not in the listing")
        incident = mirror.incidents[id]
        require(bool(incident.number) and bool(incident.native_state), f"{id} has no number or no native state")
        require(incident.is_open, f"{id} is open but listed as {incident.state.value}")
        for name in ("created_at", "updated_at"):
            moment = getattr(incident, name)
            utc = moment is not None and moment.utcoffset() == datetime.now(UTC).utcoffset()
            require(utc, f"{name} of {id} is {moment!r}, not a time in UTC")


async def a_listing_agrees_with_a_read(rig: Rig) -> None:
    """What the listing says of an incident is what `get` says: above all its version, state and assignee."""
    fresh, given = await rig.seed(["nobody has it", "a colleague has it"])
    await rig.give(given)
    async with connected(rig) as session:
        mirror = Mirror(session)
        await mirror.poll()
        for id in (fresh, given):
            read, listed = await one(session, id), mirror.incidents[id]
            for name in ("number", "title", "state", "native_state", "assignee", "team", "priority", "version"):
                told, got = getattr(listed, name), getattr(read, name)
                require(told == got, f"{name} is {told!r} in the listing and {got!r} when read")


async def unicode_survives(rig: Rig) -> None:
    """Titles keep every letter, quote and backslash."""
    (id,) = await rig.seed([AWKWARD])
    async with connected(rig) as session:
        incident = await one(session, id)
    require(incident.title == AWKWARD, f"the title came back as {incident.title!r}")


async def long_titles_survive(rig: Rig) -> None:
    """A title as long as the backend keeps comes back whole."""
    title = long_title(rig.title_length)
    (id,) = await rig.seed([title])
    async with connected(rig) as session:
        incident = await one(session, id)
        mirror = Mirror(session)
        await mirror.poll()
    require(incident.title == title, f"of {len(title)} characters {len(incident.title)} came back")
    require(mirror.incidents[id].title == title, "the listing cuts the title")


async def paging_loses_and_doubles_nothing(rig: Rig) -> None:
    """More than two pages of incidents are all listed, and a page comes no second time."""
    ids = await rig.seed([f"page {n}" for n in range((rig.page_size or _AT_ONCE) * 2 + 3)])
    async with connected(rig) as session:
        mirror = Mirror(session)
        await mirror.poll()
    missing = set(ids) - mirror.incidents.keys()
    require(not missing, f"{len(missing)} of {len(ids)} incidents are missing after {mirror.pages} pages")
    if rig.page_size:
        size = rig.page_size
        require(mirror.pages > 2, f"{len(ids)} incidents came in {mirror.pages} pages: is page_size {size} right?")
    require(
        mirror.repeated <= len(mirror.incidents) * 0.2 + rig.page_size,
        f"{mirror.repeated} of {len(mirror.incidents)} incidents came again as they were: pages are doubled",
    )


async def paging_holds_while_rows_change(rig: Rig) -> None:
    """Rows that change, leave and arrive between two pages are neither lost nor kept."""
    ids = await rig.seed([f"moving {n}" for n in range((rig.page_size or _AT_ONCE) * 2 + 3)])
    async with connected(rig) as session:
        mirror = Mirror(session)
        more = await mirror.step()
        await rig.change(ids[0])
        await rig.change(ids[-1])
        await rig.finish(ids[1])
        (late,) = await rig.seed(["arrived while paging"])
        if more:
            await mirror.poll()
        await mirror.poll()
    expected = (set(ids) | {late}) - {ids[1]}
    missing = expected - mirror.open_ids
    require(not missing, f"{len(missing)} incidents were lost while rows moved between pages")
    require(ids[1] not in mirror.open_ids, "an incident that was resolved while paging is still shown as open")


async def changes_arrive_by_increment(rig: Rig) -> None:
    """What a colleague changed, registered or resolved is there after the next poll."""
    touched, finished, untouched = await rig.seed(["will change", "will be resolved", "stays"])
    async with connected(rig) as session:
        mirror = Mirror(session)
        await mirror.poll()
        before = mirror.incidents[touched]
        await rig.change(touched)
        await rig.finish(finished)
        (arrived,) = await rig.seed(["arrived"])
        await mirror.poll()
    after = mirror.incidents[touched]
    require(after != before, "a changed incident came back as it was")
    if before.version is not None:
        require(after.version != before.version, "the version is the same although the incident changed")
    require(finished not in mirror.open_ids, "a resolved incident is still open after the next poll")
    require(arrived in mirror.open_ids, "a new incident is not there after the next poll")
    require(untouched in mirror.open_ids, "an incident that nobody touched disappeared")


async def cursor_outlives_the_session(rig: Rig) -> None:
    """A cursor is text, and a later session goes on from it."""
    (first,) = await rig.seed(["before the restart"])
    async with connected(rig) as session:
        mirror = Mirror(session)
        await mirror.poll()
    require(isinstance(mirror.cursor, str), f"the cursor is {type(mirror.cursor).__name__}, not text")
    (second,) = await rig.seed(["after the restart"])
    async with connected(rig) as session:
        mirror.session = session
        await mirror.poll()
    require({first, second} <= mirror.open_ids, "the new session lost an incident")


async def what_disappears_is_gone(rig: Rig) -> None:
    """An incident that is deleted or hidden is gone after the next full listing at the latest."""
    removed, stays = await rig.seed(["will be removed", "stays"])
    async with connected(rig) as session:
        mirror = Mirror(session)
        await mirror.poll()
        if not await rig.remove(removed):
            raise NotShown("this rig removes nothing")
        await mirror.poll()
        await mirror.resync()
        got = await session.get([removed, stays])
    shown = mirror.incidents if rig.manifest.keeps_past else mirror.open_ids
    require(removed not in shown, "a removed incident is still shown")
    require(stays in mirror.open_ids, "an incident that was not removed disappeared")
    require([incident.id for incident in got] == [stays], "`get` gives a removed incident, or not the other one")


async def a_cancelled_listing_leaves_the_session_usable(rig: Rig) -> None:
    """A call that is cancelled half way leaves the session as good as before."""
    (id,) = await rig.seed(["cancelled"])
    async with connected(rig) as session:
        for steps in range(1, 12):
            task = asyncio.ensure_future(session.changes(None))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        mirror = Mirror(session)
        await mirror.poll()
    require(id in mirror.open_ids, "after a cancelled call the listing is incomplete")


CHECKS = collected(
    Level.READS,
    listing_shows_what_is_there,
    a_listing_agrees_with_a_read,
    unicode_survives,
    long_titles_survive,
    paging_loses_and_doubles_nothing,
    paging_holds_while_rows_change,
    changes_arrive_by_increment,
    cursor_outlives_the_session,
    what_disappears_is_gone,
    a_cancelled_listing_leaves_the_session_usable,
)
