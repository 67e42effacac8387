"""Level "acts", what is refused: in words, with the error that says why, and without changing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from vagt.adapters.conformance.checks import Level, NotApplicable, NotShown, collected, require
from vagt.adapters.conformance.rig import Rig
from vagt.adapters.conformance.tools import (
    NEEDS,
    answers_for,
    command,
    connected,
    error_of,
    on_one,
    one,
    perform,
    some_change,
    some_words,
    times_written,
)
from vagt.adapters.protocol import (
    Account,
    AdapterError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Session,
    TransitionError,
)
from vagt.domain.answers import change_from
from vagt.domain.capability import Capability
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Attach,
    Change,
    Close,
    Comment,
    Create,
    Escalate,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Reopen,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
    Take,
    Verb,
)
from vagt.domain.fields import FieldKind, FieldSpec
from vagt.domain.incident import LinkKind, State

_NO_CHOICE = "no such choice 7f3a"


async def an_unknown_person_is_refused(rig: Rig) -> None:
    """Assigning somebody who does not exist is an error in words, never a silent success."""

    async def act(session: Session, account: Account, id: str) -> None:
        before = await rig.truth(id)
        error = await error_of(perform(session, account, await one(session, id), Assign(to="nosuchperson7f3a")))
        require(isinstance(error, AdapterError) and bool(error.words), f"it raised {error!r}")
        require((await rig.truth(id)).assignee == before.assignee, "the assignee is another although it was refused")

    await on_one(rig, Capability.ASSIGN_PERSON, "to nobody real", act)


async def undeclared_verbs_are_refused(rig: Rig) -> None:
    """What the manifest does not declare is refused with ForbiddenError in words, and nothing happens."""
    undeclared = [change for change in _samples(rig) if not _needed(change) & rig.manifest.capabilities]
    if not undeclared:
        raise NotApplicable("everything is declared")
    (id,) = await rig.seed(["left alone"])
    async with connected(rig) as session:
        account = await session.probe()
        before = await one(session, id)
        for change in undeclared:
            base = None if isinstance(change, Create) else before
            doing = command(base, change, backend=before.backend, by=account.login)
            error = await error_of(session.perform(doing, base.version if base else None))
            told = isinstance(error, ForbiddenError) and bool(error.words)
            require(told, f"“{change.verb.value}” ({change}) raised {error!r}")
        after = await one(session, id)
    require(after == before, "a refused action changed the incident")


def _samples(rig: Rig) -> tuple[Change, ...]:
    """One change for each ability that can be asked for by itself."""
    return (
        Acknowledge(),
        Take(),
        Assign(to=rig.colleague),
        Assign(team=rig.other_team),
        SetPriority(priority=2),
        Hold(reason="no"),
        Snooze(until=datetime.now(UTC) + timedelta(hours=1)),
        Note(text="no"),
        Comment(text="no"),
        Resolve(text="no"),
        Close(),
        Reopen(),
        MoveTo(transition="7f3a", label="no", to=State.ACTIVE, native_to="no"),
        SetMajor(),
        LinkTo(other="1", other_ref="x:1", kind=LinkKind.RELATED),
        Create(title="no"),
        Escalate(reason="no"),
        Attach(name="no.txt", size=2, digest="0" * 64),
    )


def _needed(change: Change) -> frozenset[Capability]:
    """Any one of these makes `change` possible."""
    if isinstance(change, Assign):
        return frozenset({Capability.ASSIGN_PERSON if change.team is None else Capability.ASSIGN_TEAM})
    return NEEDS[change.verb]


async def what_is_required_is_asked_for(rig: Rig) -> None:
    """Without a field that `fields` requires, or with a choice that it does not offer, it is InvalidError in words.

    Where the error names fields, they are those of `fields`, so that a form can show it beside the right one.
    """
    tried = 0
    for verb, capability in (
        (Verb.RESOLVE, Capability.RESOLVE),
        (Verb.HOLD, Capability.HOLD),
        (Verb.SNOOZE, Capability.SNOOZE),
    ):
        if capability not in rig.manifest.capabilities:
            continue
        (id,) = await rig.seed([f"to {verb.value} wrongly"])
        async with connected(rig) as session:
            account = await session.probe()
            if capability not in account.capabilities:
                continue
            incident = await one(session, id)
            if Capability.ACKNOWLEDGE in account.capabilities:
                incident = (await perform(session, account, incident, Acknowledge())).incident or incident
            specs = await session.fields(verb, id)
            for spoiled, change in await _spoiled(session, rig, verb, specs):
                tried += 1
                error = await error_of(perform(session, account, incident, change))
                require(isinstance(error, InvalidError) and bool(error.words), f"{spoiled}: {error!r}")
                assert isinstance(error, InvalidError)
                strange = {name for name, _ in error.fields} - {spec.name for spec in specs}
                require(not strange, f"{spoiled}: the error names {sorted(strange)}, which no field is called")
            require((await one(session, id)).version == incident.version, "a refused action changed the incident")
    if not tried:
        raise NotShown("the backend requires nothing to resolve or to hold")


async def _spoiled(session: Session, rig: Rig, verb: Verb, specs: Sequence[FieldSpec]) -> list[tuple[str, Change]]:
    """Changes with one thing wrong each, and in words what."""
    answers = await answers_for(session, rig, specs, "7f3a")
    if verb is Verb.SNOOZE:
        answers["until"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wrong: list[tuple[str, dict[str, str]]] = []
    for spec in specs:
        if spec.required and not spec.default and not (verb is Verb.SNOOZE and spec.name == "until"):
            wrong.append((f"{verb.value} without “{spec.name}”", {**answers, spec.name: ""}))
        # a reason to hold may be words of one's own
        if spec.kind is FieldKind.CHOICE and spec.choices and spec.name != "reason":
            wrong.append((f"{verb.value} with an unknown “{spec.name}”", {**answers, spec.name: _NO_CHOICE}))
    return [(words, _made(verb, given)) for words, given in wrong]


def _made(verb: Verb, answers: dict[str, str]) -> Change:
    if verb is Verb.RESOLVE and not answers.get("text"):
        change = change_from(verb, {**answers, "text": "7f3a"})
        assert isinstance(change, Resolve)
        return Resolve(text="", code=change.code, fields=change.fields)
    return change_from(verb, answers)


async def what_is_over_is_not_acknowledged(rig: Rig) -> None:
    """Acknowledging a resolved incident is TransitionError in words, and does not reopen it."""

    async def act(session: Session, account: Account, id: str) -> None:
        await rig.finish(id)
        over = await one(session, id)
        error = await error_of(perform(session, account, over, Acknowledge()))
        require(isinstance(error, TransitionError) and bool(error.words), f"it raised {error!r}")
        require(not (await rig.truth(id)).is_open, "acknowledging reopened it")

    await on_one(rig, Capability.ACKNOWLEDGE, "over already", act)


async def what_is_gone_is_not_found(rig: Rig) -> None:
    """Acting on an incident that was deleted or hidden is NotFoundError, whether the action is compared or not."""
    changes = [change for make in (some_words, some_change) if (change := _possible(make, rig)) is not None]
    if not changes:
        raise NotApplicable("nothing can be written")
    (id,) = await rig.seed(["acted on too late"])
    async with connected(rig) as session:
        account = await session.probe()
        before = await one(session, id)
        if not await rig.remove(id):
            raise NotShown("this rig removes nothing")
        for change in changes:
            error = await error_of(perform(session, account, before, change))
            require(isinstance(error, NotFoundError), f"“{change.verb.value}” raised {error!r}")


def _possible(make: Callable[[Rig], Change], rig: Rig) -> Change | None:
    try:
        return make(rig)
    except NotApplicable:
        return None


async def a_stale_write_is_a_conflict(rig: Rig) -> None:
    """A write on an incident that a colleague changed meanwhile is a conflict showing theirs, and changes nothing."""
    change = some_change(rig)
    (id,) = await rig.seed(["two at once"])
    async with connected(rig) as session:
        account = await session.probe()
        seen = await one(session, id)
        if seen.version is None:
            raise NotApplicable("the backend has no versions")
        await rig.change(id)
        before = await rig.truth(id)
        error = await error_of(perform(session, account, seen, change))
        require(isinstance(error, ConflictError), f"a stale write raised {error!r}, not ConflictError")
        assert isinstance(error, ConflictError)
        now = await one(session, id)
        require(error.theirs.version == now.version, "the conflict does not show the incident as it is now")
        require((await rig.truth(id)).assignee == before.assignee, "the stale write went through all the same")
        await perform(session, account, error.theirs, change)


async def words_never_conflict(rig: Rig) -> None:
    """Words are added whatever happened to the incident meanwhile: they overwrite nothing."""
    words = some_words(rig)
    (id,) = await rig.seed(["words on something that changed"])
    async with connected(rig) as session:
        account = await session.probe()
        seen = await one(session, id)
        await rig.change(id)
        error = await error_of(perform(session, account, seen, words))
    require(error is None, f"words on an incident that changed meanwhile raised {error!r}")
    require(await times_written(rig, id) == 1, f"the words are there {await times_written(rig, id)} times")


CHECKS = collected(
    Level.ACTS,
    an_unknown_person_is_refused,
    undeclared_verbs_are_refused,
    what_is_required_is_asked_for,
    what_is_over_is_not_acknowledged,
    what_is_gone_is_not_found,
    a_stale_write_is_a_conflict,
    words_never_conflict,
)
