"""Level "reads": the queue that the console shows is the backend's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from vagt.adapters.conformance.checks import Level, NotApplicable, collected, require
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.conformance.rig import Rig
from vagt.adapters.conformance.tools import AWKWARD, connected, error_of, one
from vagt.adapters.protocol import NotFoundError
from vagt.domain.capability import Capability
from vagt.domain.directory import DirectoryKind


async def manifest_is_sound(rig: Rig) -> None:
    """The manifest names a session, a way of signing in, and no option or way twice."""
    manifest = rig.manifest
    require(":" in manifest.session, "manifest.session is not `module:function`")
    require(bool(manifest.auth), "manifest.auth is empty: even “none” is a way of signing in")
    for what, names in (
        ("way of signing in", [way.name for way in manifest.auth]),
        ("option", [option.name for option in manifest.options]),
    ):
        require(len(names) == len(set(names)), f"the manifest names a {what} twice: {names}")


async def probe_tells_who_we_are(rig: Rig) -> None:
    """`probe` gives our login and abilities within what the manifest declares, with a reason for each missing one."""
    async with connected(rig) as session:
        account = await session.probe()
    require(bool(account.login), "account.login is empty")
    beyond = account.capabilities.able - rig.manifest.capabilities
    require(not beyond, f"the account can what the manifest does not declare: {sorted(beyond)}")
    for missing in rig.manifest.capabilities - account.capabilities.able:
        given = dict(account.capabilities.unable).get(missing, "")
        require(bool(given), f"no reason is given why this account lacks “{missing.value}”")


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


async def unicode_survives(rig: Rig) -> None:
    """Titles keep every letter, quote and backslash."""
    (id,) = await rig.seed([AWKWARD])
    async with connected(rig) as session:
        incident = await one(session, id)
    require(incident.title == AWKWARD, f"the title came back as {incident.title!r}")


async def paging_loses_and_doubles_nothing(rig: Rig) -> None:
    """More than two pages of incidents are all listed, and a page comes no second time."""
    ids = await rig.seed([f"page {n}" for n in range(rig.page_size * 2 + 3)])
    async with connected(rig) as session:
        mirror = Mirror(session)
        await mirror.poll()
    missing = set(ids) - mirror.incidents.keys()
    require(not missing, f"{len(missing)} of {len(ids)} incidents are missing after {mirror.pages} pages")
    require(mirror.pages > 2, f"{len(ids)} incidents came in {mirror.pages} pages: is page_size {rig.page_size} right?")
    require(
        mirror.rows <= len(mirror.incidents) * 1.2 + rig.page_size,
        f"{mirror.rows} rows were sent for {len(mirror.incidents)} incidents: pages are doubled",
    )


async def paging_holds_while_rows_change(rig: Rig) -> None:
    """Rows that change, leave and arrive between two pages are neither lost nor kept."""
    ids = await rig.seed([f"moving {n}" for n in range(rig.page_size * 2 + 3)])
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
            raise NotApplicable("this backend deletes and hides nothing")
        await mirror.poll()
        await mirror.resync()
        got = await session.get([removed, stays])
    require(removed not in mirror.incidents, "a removed incident is still shown")
    require(stays in mirror.open_ids, "an incident that was not removed disappeared")
    require([incident.id for incident in got] == [stays], "`get` gives a removed incident, or not the other one")


async def numbers_are_found(rig: Rig) -> None:
    """`find` gives the incident that people call by that number, and says "not found" for one that never was."""
    (id,) = await rig.seed(["to be found"])
    async with connected(rig) as session:
        incident = await one(session, id)
        found = await session.find(incident.number)
        error = await error_of(session.find("99999999"))
    require(found.id == id, f"find({incident.number!r}) gave {found.id!r}, not {id!r}")
    require(isinstance(error, NotFoundError), f"a number that never was raised {error!r}, not NotFoundError")


async def closed_ones_are_searched_on_request(rig: Rig) -> None:
    """`search` with `include_closed` shows a resolved incident, and without it does not."""
    done, still = await rig.seed(["resolved one", "open one"])
    await rig.finish(done)
    async with connected(rig) as session:
        everything = {incident.id for incident in await session.search(include_closed=True, limit=500)}
        opened = {incident.id for incident in await session.search(include_closed=False, limit=500)}
    require({done, still} <= everything, "a resolved incident is not found when closed ones are asked for")
    require(done not in opened and still in opened, "without closed ones the answer is not the open set")


async def timeline_is_in_order(rig: Rig) -> None:
    """The timeline is sorted by time, and each entry says who, when and whether outsiders can read it."""
    if Capability.TIMELINE not in rig.manifest.capabilities:
        raise NotApplicable("no timeline is declared")
    (id,) = await rig.seed(["with a history"])
    await rig.change(id)
    async with connected(rig) as session:
        entries = await session.timeline(id)
    require(bool(entries), "the timeline of a changed incident is empty")
    moments = [entry.at for entry in entries]
    require(moments == sorted(moments), "the timeline is not in the order of time")


async def directories_narrow(rig: Rig) -> None:
    """People and teams can be looked up, and a text narrows the answer."""
    kinds = {Capability.ASSIGN_PERSON: DirectoryKind.PERSON, Capability.ASSIGN_TEAM: DirectoryKind.TEAM}
    asked = [kind for capability, kind in kinds.items() if capability in rig.manifest.capabilities]
    if not asked:
        raise NotApplicable("nothing can be assigned")
    async with connected(rig) as session:
        for kind in asked:
            everybody = await session.directory(kind, "")
            require(bool(everybody), f"the directory of {kind.value}s is empty")
            wanted = rig.colleague if kind is DirectoryKind.PERSON else rig.other_team
            narrowed = await session.directory(kind, wanted)
            require(wanted in {entry.id for entry in narrowed}, f"{wanted!r} is not found among the {kind.value}s")
            nothing = await session.directory(kind, "no such name 7f3a")
            require(not nothing, f"a name that nobody has finds {len(nothing)} {kind.value}s")


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
    manifest_is_sound,
    probe_tells_who_we_are,
    listing_shows_what_is_there,
    unicode_survives,
    paging_loses_and_doubles_nothing,
    paging_holds_while_rows_change,
    changes_arrive_by_increment,
    cursor_outlives_the_session,
    what_disappears_is_gone,
    numbers_are_found,
    closed_ones_are_searched_on_request,
    timeline_is_in_order,
    directories_narrow,
    a_cancelled_listing_leaves_the_session_usable,
)
