"""What several checks need: sessions that are always closed, commands, and the sample change for each ability."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

from vagt.adapters.conformance.checks import NotApplicable, NotShown
from vagt.adapters.conformance.rig import Fault, Rig
from vagt.adapters.protocol import Account, Done, Session
from vagt.domain.answers import change_from
from vagt.domain.capability import Capability
from vagt.domain.commands import Acknowledge, Assign, Change, Command, Comment, Note, Resolve, SetPriority, Snooze, Verb
from vagt.domain.directory import DirectoryKind
from vagt.domain.fields import FieldKind, FieldSpec
from vagt.domain.incident import Incident, Key

AWKWARD = "Ærø 東京 🔥 “quotes” \\back\\slash 'single' % _ <b>&amp;</b>"
"""A title that breaks naive quoting, encoding and markup."""
AWKWARD_QUESTIONS = ("Ærø 東京 7f3a", "' OR '1'='1", '" OR id > 0 --', "../7f3a?x=1&y=2#z", "<b>7f3a</b>", "\\7f3a")
"""What a person or a script may ask for, and nothing is called."""
WORDS = "written once 7f3a"
"""What the kit writes where the words do not matter; no other check writes them on the same incident."""


def long_title(length: int) -> str:
    """A title of `length` characters, of one to four bytes each, with something else at its end than before."""
    return ("Ærø 東京 🔥 long " * (length // 10))[: length - 5].strip().ljust(length - 4, ".") + " end"


def long_words() -> str:
    """Words of some pages as a person pastes them: many lines, an empty one, indented ones, all kinds of letters."""
    return "\n".join(
        ["what we saw:", "", *(f"  {n:3} Ærø 東京 🔥 <td> & “{n}” \\ % line" for n in range(120)), "the end"]
    )


@asynccontextmanager
async def connected(rig: Rig) -> AsyncIterator[Session]:
    """A session that has signed in, and is closed whatever happens."""
    session = await rig.connect()
    try:
        await session.probe()
        yield session
    finally:
        await session.close()


async def one(session: Session, id: str) -> Incident:
    """The incident `id`, which must be there."""
    found = await session.get([id])
    assert len(found) == 1, f"get({id!r}) gave {len(found)} incidents"
    return found[0]


def command(base: Incident | None, change: Change, *, backend: str, by: str) -> Command:
    """A command of the operator `by`, as the console would make it now."""
    return Command(
        id=uuid.uuid4().hex,
        backend=backend,
        subject=Key(backend, base.id) if base else None,
        ref=base.ref if base else backend,
        change=change,
        by=by,
        at=datetime.now(UTC),
        base=base,
    )


async def perform(session: Session, account: Account, base: Incident, change: Change) -> Done:
    """Do `change` to `base`, comparing with the version that `base` had."""
    doing = command(base, change, backend=base.backend, by=account.login)
    return await session.perform(doing, base.version)


async def filled(session: Session, rig: Rig, verb: Verb, incident: Incident | None, marker: str) -> Change:
    """The change for `verb`, with every field that the backend requires filled in and `marker` as its text."""
    answers = await answers_for(session, rig, await session.fields(verb, incident.id if incident else None), marker)
    mandatory = {Verb.RESOLVE: "text", Verb.NOTE: "text", Verb.COMMENT: "text", Verb.CREATE: "title"}
    if verb in mandatory:
        answers[mandatory[verb]] = marker
    return change_from(verb, answers)


async def answers_for(session: Session, rig: Rig, specs: Sequence[FieldSpec], marker: str) -> dict[str, str]:
    """An acceptable value for each field that is required."""
    return {spec.name: await _answer(session, rig, spec, marker) for spec in specs if spec.required}


async def _answer(session: Session, rig: Rig, spec: FieldSpec, marker: str) -> str:
    if spec.default:
        return spec.default
    if spec.choices:
        return spec.choices[0].value
    match spec.kind:
        case FieldKind.PERSON:
            return rig.colleague
        case FieldKind.TEAM:
            return rig.other_team
        case FieldKind.SERVICE:
            entries = await session.directory(DirectoryKind.SERVICE, "")
            return entries[0].id if entries else marker
        case FieldKind.TIME:
            return (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        case FieldKind.DURATION | FieldKind.NUMBER:
            return "2"
        case FieldKind.FLAG:
            return "yes"
        case _:
            return marker


async def at_work(session: Session, rig: Rig, account: Account, id: str) -> Incident:
    """The incident, acknowledged where that is declared: some systems hold or resolve nothing that nobody works on."""
    incident = await one(session, id)
    if Capability.ACKNOWLEDGE not in rig.manifest.capabilities:
        return incident
    return (await perform(session, account, incident, Acknowledge())).incident or incident


async def error_of(awaitable: Awaitable[object]) -> BaseException | None:
    """What it raised; None where it did not."""
    try:
        await awaitable
    except Exception as error:  # the kit reports whatever an adapter raises
        return error
    return None


def during(rig: Rig, fault: Fault) -> AbstractAsyncContextManager[None]:
    """The fault, for as long as the context is open. Raises NotShown where the rig cannot bring it about."""
    context = rig.inject(fault)
    if context is None:
        raise NotShown(f"this rig cannot bring about “{fault.value}”")
    return context


def some_words(rig: Rig) -> Change:
    """A change that adds words, internal ones where that is declared; the reason of a snooze where nothing else can."""
    if Capability.NOTE in rig.manifest.capabilities:
        return Note(text=WORDS)
    if Capability.COMMENT in rig.manifest.capabilities:
        return Comment(text=WORDS)
    if Capability.SNOOZE in rig.manifest.capabilities:
        return Snooze(until=datetime.now(UTC) + timedelta(hours=1), reason=WORDS)
    raise NotApplicable("nothing can be written")


def some_change(rig: Rig) -> Change:
    """A change that overwrites something, so that it is compared with what the operator saw."""
    able = rig.manifest.capabilities
    if Capability.ASSIGN_PERSON in able:
        return Assign(to=rig.colleague)
    if Capability.SET_PRIORITY in able:
        return SetPriority(priority=2)
    if Capability.RESOLVE in able:
        return Resolve(text=WORDS)
    raise NotApplicable("nothing guarded is declared")


async def times_written(rig: Rig, id: str) -> int:
    """How often the backend holds the words of `some_words`."""
    truth = await rig.truth(id)
    return (*truth.internal, *truth.public).count(WORDS)


Act = Callable[[Session, Account, str], Awaitable[None]]
"""What a check does with a session, the account, and the id of a new incident."""


async def on_one(rig: Rig, capability: Capability, title: str, act: Act) -> None:
    """Run `act` on a session, its account and one new incident, where `capability` is declared and allowed."""
    if capability not in rig.manifest.capabilities:
        raise NotApplicable(f"“{capability.value}” is not declared")
    (id,) = await rig.seed([title])
    async with connected(rig) as session:
        account = await session.probe()
        if capability not in account.capabilities:
            raise NotApplicable(f"this account cannot: {account.capabilities.reason(capability)}")
        await act(session, account, id)


NEEDS: dict[Verb, frozenset[Capability]] = {
    Verb.ACKNOWLEDGE: frozenset({Capability.ACKNOWLEDGE}),
    Verb.TAKE: frozenset({Capability.TAKE}),
    Verb.ASSIGN: frozenset({Capability.ASSIGN_PERSON, Capability.ASSIGN_TEAM}),
    Verb.PRIORITY: frozenset({Capability.SET_PRIORITY, Capability.SET_IMPACT_URGENCY}),
    Verb.HOLD: frozenset({Capability.HOLD}),
    Verb.SNOOZE: frozenset({Capability.SNOOZE}),
    Verb.NOTE: frozenset({Capability.NOTE}),
    Verb.COMMENT: frozenset({Capability.COMMENT}),
    Verb.RESOLVE: frozenset({Capability.RESOLVE}),
    Verb.CLOSE: frozenset({Capability.CLOSE}),
    Verb.REOPEN: frozenset({Capability.REOPEN}),
    Verb.TRANSITION: frozenset({Capability.TRANSITION}),
    Verb.MAJOR: frozenset({Capability.MAJOR}),
    Verb.LINK: frozenset({Capability.LINK, Capability.MERGE}),
    Verb.CREATE: frozenset({Capability.CREATE}),
    Verb.ESCALATE: frozenset({Capability.ESCALATE}),
    Verb.ANNOUNCE: frozenset({Capability.JOURNAL, Capability.STATUS}),
    Verb.ATTACH: frozenset({Capability.ATTACH}),
}
"""Which abilities a verb needs: any one of them."""
