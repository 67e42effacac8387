"""Level "reads", what is asked: the manifest, the account, numbers, names, timelines, turns on call."""

from __future__ import annotations

from datetime import timedelta

from vagt.adapters.conformance.checks import Level, NotApplicable, NotShown, collected, require
from vagt.adapters.conformance.rig import Rig
from vagt.adapters.conformance.tools import AWKWARD_QUESTIONS, connected, error_of, one
from vagt.adapters.protocol import NotFoundError
from vagt.domain.capability import Capability
from vagt.domain.directory import DirectoryKind


async def manifest_is_sound(rig: Rig) -> None:
    """The manifest names a session, a way of signing in, no option or way twice, and what a way needs is an option."""
    manifest = rig.manifest
    require(":" in manifest.session, "manifest.session is not `module:function`")
    require(bool(manifest.auth), "manifest.auth is empty: even “none” is a way of signing in")
    for what, names in (
        ("way of signing in", [way.name for way in manifest.auth]),
        ("option", [option.name for option in manifest.options]),
    ):
        require(len(names) == len(set(names)), f"the manifest names a {what} twice: {names}")
    known = {option.name for option in manifest.options}
    for way in manifest.auth:
        strange = set(way.needs_options) - known
        require(not strange, f"“{way.name}” needs what is no option: {sorted(strange)}")


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


async def numbers_are_found(rig: Rig) -> None:
    """`find` gives the incident that people call by that number, and says "not found" for one that never was."""
    (id,) = await rig.seed(["to be found"])
    async with connected(rig) as session:
        incident = await one(session, id)
        found = await session.find(incident.number)
        error = await error_of(session.find("99999999"))
    require(found.id == id, f"find({incident.number!r}) gave {found.id!r}, not {id!r}")
    require(isinstance(error, NotFoundError), f"a number that never was raised {error!r}, not NotFoundError")


async def awkward_questions_are_answered(rig: Rig) -> None:
    """Quotes, wildcards and foreign letters in a number or a name find nothing, and break nothing."""
    await rig.seed(["not to be found by tricks"])
    async with connected(rig) as session:
        for text in AWKWARD_QUESTIONS:
            error = await error_of(session.find(text))
            require(isinstance(error, NotFoundError), f"find({text!r}) raised {error!r}, not NotFoundError")
            got = await session.get([text])
            require(not got, f"get([{text!r}]) found {[incident.id for incident in got]}")
            if Capability.ASSIGN_PERSON in rig.manifest.capabilities:
                people = await session.directory(DirectoryKind.PERSON, text)
                require(not people, f"{text!r} finds {[entry.id for entry in people]} among the people")


async def closed_ones_are_searched_on_request(rig: Rig) -> None:
    """`search` with `include_closed` shows a resolved incident, and without it does not."""
    if not rig.manifest.keeps_past:
        raise NotApplicable("the backend keeps no past")
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


async def who_is_on_call_is_told(rig: Rig) -> None:
    """Each turn names its team and who answers, with times in UTC; one team's are among all."""
    if Capability.ONCALL not in rig.manifest.capabilities:
        raise NotApplicable("“oncall” is not declared")
    async with connected(rig) as session:
        account = await session.probe()
        if Capability.ONCALL not in account.capabilities:
            raise NotApplicable(f"this account cannot: {account.capabilities.reason(Capability.ONCALL)}")
        everybody = await session.oncall(None)
        require(any(turn.who for turn in everybody), "nobody at all is on call")
        for turn in everybody:
            require(bool(turn.team), f"a turn names no team: {turn}")
            for moment in (turn.start, turn.until):
                require(moment is None or moment.utcoffset() == timedelta(0), f"{moment!r} is not a time in UTC")
        team = next(turn.team for turn in everybody if turn.who)
        narrowed = await session.oncall(team)
    require(bool(narrowed) and {turn.team for turn in narrowed} == {team}, f"oncall({team!r}) gave {narrowed}")


async def deadlines_are_told(rig: Rig) -> None:
    """Each clock of an incident has a name, and its times are in UTC."""
    if Capability.SLA not in rig.manifest.capabilities:
        raise NotApplicable("“sla” is not declared")
    (id,) = await rig.seed(["with deadlines"])
    async with connected(rig) as session:
        incident = await one(session, id)
    if not incident.sla:
        raise NotShown("what this rig seeds has no deadline")
    for clock in incident.sla:
        require(bool(clock.name), "a clock has no name")
        for moment in (clock.due_at, clock.started_at):
            require(moment is None or moment.utcoffset() == timedelta(0), f"{moment!r} is not a time in UTC")


CHECKS = collected(
    Level.READS,
    manifest_is_sound,
    probe_tells_who_we_are,
    numbers_are_found,
    awkward_questions_are_answered,
    closed_ones_are_searched_on_request,
    timeline_is_in_order,
    directories_narrow,
    who_is_on_call_is_told,
    deadlines_are_told,
)
