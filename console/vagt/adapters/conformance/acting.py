"""Level "acts": what the adapter says is done is done, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vagt.adapters.conformance.checks import Level, NotShown, collected, require
from vagt.adapters.conformance.rig import Rig
from vagt.adapters.conformance.tools import (
    answers_for,
    at_work,
    error_of,
    filled,
    on_one,
    one,
    perform,
)
from vagt.adapters.protocol import Account, AdapterError, Session, Transition
from vagt.domain.answers import change_from
from vagt.domain.capability import Capability
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Change,
    Close,
    Hold,
    MoveTo,
    Reopen,
    Resolve,
    SetPriority,
    Snooze,
    Take,
    Verb,
)
from vagt.domain.incident import Incident, State

_COMMON = frozenset({Verb.HOLD, Verb.RESOLVE, Verb.CLOSE, Verb.REOPEN})


def _same(done: Incident | None, read: Incident) -> None:
    require(done is not None, "`Done.incident` is None although the incident can be read")
    require(done == read, f"`Done.incident` is not what a read gives:\n{done}\n{read}")


async def acknowledging_works(rig: Rig) -> None:
    """Acknowledging makes it active and mine where nobody has it, and takes it from nobody."""

    async def act(session: Session, account: Account, id: str) -> None:
        done = await perform(session, account, await one(session, id), Acknowledge())
        after = await one(session, id)
        _same(done.incident, after)
        require(after.state is State.ACTIVE, f"it is {after.state.value} after acknowledging")
        require(after.assignee == account.login, f"it is {after.assignee!r}'s, not {account.login!r}'s")
        require((await rig.truth(id)).assignee == account.login, "the backend itself does not know it as mine")
        (others,) = await rig.seed(["somebody has it"])
        await rig.give(others)
        await perform(session, account, await one(session, others), Acknowledge())
        truth = await rig.truth(others)
        require(truth.assignee == rig.colleague, f"acknowledging took it from {rig.colleague!r}: {truth.assignee!r}")

    await on_one(rig, Capability.ACKNOWLEDGE, "to acknowledge", act)


async def taking_works(rig: Rig) -> None:
    """Taking makes it mine, also from a colleague."""

    async def act(session: Session, account: Account, id: str) -> None:
        await rig.give(id)
        done = await perform(session, account, await one(session, id), Take())
        _same(done.incident, await one(session, id))
        truth = await rig.truth(id)
        require(truth.assignee == account.login, f"it is {truth.assignee!r}'s after taking it")

    await on_one(rig, Capability.TAKE, "to take", act)


async def assigning_a_person_works(rig: Rig) -> None:
    """Assigning gives it to that person, and an empty person gives it back to nobody."""

    async def act(session: Session, account: Account, id: str) -> None:
        await perform(session, account, await one(session, id), Assign(to=rig.colleague))
        require((await rig.truth(id)).assignee == rig.colleague, "the backend does not know it as the colleague's")
        await perform(session, account, await one(session, id), Assign(to=""))
        require((await rig.truth(id)).assignee is None, "an empty person did not release it")

    await on_one(rig, Capability.ASSIGN_PERSON, "to assign", act)


async def assigning_a_team_works(rig: Rig) -> None:
    """Assigning a team moves it there."""

    async def act(session: Session, account: Account, id: str) -> None:
        await perform(session, account, await one(session, id), Assign(team=rig.other_team))
        after = await one(session, id)
        require(rig.other_team in (after.team, after.team_id), f"the team is {after.team!r}")

    await on_one(rig, Capability.ASSIGN_TEAM, "to move", act)


async def priority_can_be_set(rig: Rig) -> None:
    """A priority from 1 to 5 is what the incident then has."""

    async def act(session: Session, account: Account, id: str) -> None:
        for wanted in (1, 3):
            await perform(session, account, await one(session, id), SetPriority(priority=wanted))
            after = await one(session, id)
            require(after.priority == wanted, f"the priority is {after.priority}, not {wanted}")

    await on_one(rig, Capability.SET_PRIORITY, "to prioritise", act)


async def impact_and_urgency_can_be_set(rig: Rig) -> None:
    """Impact and urgency are written, and the priority follows."""

    async def act(session: Session, account: Account, id: str) -> None:
        await perform(session, account, await one(session, id), SetPriority(impact=3, urgency=3))
        low = await one(session, id)
        await perform(session, account, low, SetPriority(impact=1, urgency=1))
        high = await one(session, id)
        require((high.impact, high.urgency) == (1, 1), f"impact and urgency are {high.impact}, {high.urgency}")
        require(
            low.priority is not None and high.priority is not None and high.priority < low.priority,
            f"the priority did not follow: {low.priority} for low, {high.priority} for high",
        )

    await on_one(rig, Capability.SET_IMPACT_URGENCY, "to judge", act)


async def holding_works(rig: Rig) -> None:
    """Holding makes it wait, with the fields that the backend requires."""

    async def act(session: Session, account: Account, id: str) -> None:
        incident = await at_work(session, rig, account, id)
        change = await filled(session, rig, Verb.HOLD, incident, "waits for the vendor")
        assert isinstance(change, Hold)
        await perform(session, account, incident, change)
        after = await one(session, id)
        require(after.state is State.WAITING, f"it is {after.state.value} after holding")

    await on_one(rig, Capability.HOLD, "to hold", act)


async def snoozing_works(rig: Rig) -> None:
    """Snoozing until a moment is accepted and leaves it open; a past moment wakes it, or is refused in words."""

    async def act(session: Session, account: Account, id: str) -> None:
        until = datetime.now(UTC) + timedelta(hours=1)
        incident = await at_work(session, rig, account, id)
        asked = {spec.name for spec in await session.fields(Verb.SNOOZE, id) if spec.required}
        done = await perform(session, account, incident, Snooze(until, "known 7f3a" if "reason" in asked else ""))
        require((await rig.truth(id)).is_open, "a snoozed incident is no longer open")
        after = await one(session, id)
        _same(done.incident, after)
        told = after.snoozed_until
        if told is not None:
            require(abs(told - until) < timedelta(seconds=2), f"it is snoozed until {told}, not {until}")
        error = await error_of(perform(session, account, after, Snooze(datetime.now(UTC) - timedelta(seconds=1))))
        if error is None:
            require((await one(session, id)).snoozed_until is None, "it is still snoozed after it was woken")
        else:
            require(isinstance(error, AdapterError) and bool(error.words), f"waking it raised {error!r}")

    await on_one(rig, Capability.SNOOZE, "to snooze", act)


async def resolving_works(rig: Rig) -> None:
    """Resolving with the required fields takes it out of the open set; reopening brings it back."""

    async def act(session: Session, account: Account, id: str) -> None:
        incident = await at_work(session, rig, account, id)
        change = await filled(session, rig, Verb.RESOLVE, incident, "restarted it")
        assert isinstance(change, Resolve)
        await perform(session, account, incident, change)
        after = await one(session, id)
        require(after.state in (State.RESOLVED, State.CLOSED), f"it is {after.state.value} after resolving")
        require(not (await rig.truth(id)).is_open, "the backend itself still holds it open")
        if Capability.REOPEN in rig.manifest.capabilities:
            reopen = await filled(session, rig, Verb.REOPEN, after, "not over")
            assert isinstance(reopen, Reopen)
            await perform(session, account, after, reopen)
            require((await rig.truth(id)).is_open, "it is not open after reopening")

    await on_one(rig, Capability.RESOLVE, "to resolve", act)


async def closing_works(rig: Rig) -> None:
    """Closing a resolved incident closes it."""

    async def act(session: Session, account: Account, id: str) -> None:
        await rig.finish(id)
        resolved = await one(session, id)
        change = await filled(session, rig, Verb.CLOSE, resolved, "closed")
        assert isinstance(change, Close)
        await perform(session, account, resolved, change)
        after = await one(session, id)
        require(after.state is State.CLOSED, f"it is {after.state.value} after closing")

    await on_one(rig, Capability.CLOSE, "to close", act)


async def transitions_are_offered_and_work(rig: Rig) -> None:
    """Every transition that is offered can be made with the fields it asks for."""

    async def act(session: Session, account: Account, id: str) -> None:
        offered = await session.transitions(id)
        require(bool(offered), "a new incident has no transition at all")
        for transition in offered:
            (fresh,) = await rig.seed([f"to {transition.label}"])
            incident = await one(session, fresh)
            same = next((t for t in await session.transitions(fresh) if t.id == transition.id), None)
            require(same is not None, f"“{transition.label}” is offered for one new incident and not for another")
            assert same is not None
            change = await _move(session, rig, same)
            await perform(session, account, incident, change)
            after = await one(session, fresh)
            require(after.state is same.to, f"“{same.label}” led to {after.state.value}, not {same.to.value}")

    await on_one(rig, Capability.TRANSITION, "to move on", act)


async def transitions_work_as_their_verbs(rig: Rig) -> None:
    """A transition that alone is a common verb (resolve, hold ...) can be made as that verb, with the same fields."""

    async def act(session: Session, account: Account, id: str) -> None:
        offered = await session.transitions(id)
        verbs = [transition.verb for transition in offered]
        alone = [t for t in offered if t.verb in _COMMON and verbs.count(t.verb) == 1]
        if not alone:
            raise NotShown("no transition of a new incident is a common verb")
        for transition in alone:
            (fresh,) = await rig.seed([f"to {transition.label} by its verb"])
            incident = await one(session, fresh)
            same = next((t for t in await session.transitions(fresh) if t.id == transition.id), transition)
            change = _as_verb(same, await answers_for(session, rig, same.fields, "moved on"))
            error = await error_of(perform(session, account, incident, change))
            require(error is None, f"“{same.label}” as “{change.verb.value}” with its fields raised {error!r}")
            after = await one(session, fresh)
            require(after.state is same.to, f"“{same.label}” led to {after.state.value}, not {same.to.value}")

    await on_one(rig, Capability.TRANSITION, "to move on by a verb", act)


def _as_verb(transition: Transition, answers: dict[str, str]) -> Change:
    """What the console sends: the common verb, with the transition's fields."""
    assert transition.verb is not None
    if transition.verb is Verb.RESOLVE and "text" not in answers:
        return Resolve("", answers.pop("code", None), tuple(answers.items()))
    return change_from(transition.verb, answers)


async def _move(session: Session, rig: Rig, transition: Transition) -> Change:
    answers = await answers_for(session, rig, transition.fields, "moved on")
    return MoveTo(
        transition=transition.id,
        label=transition.label,
        to=transition.to,
        native_to=transition.native_to,
        fields=tuple(answers.items()),
    )


CHECKS = collected(
    Level.ACTS,
    acknowledging_works,
    taking_works,
    assigning_a_person_works,
    assigning_a_team_works,
    priority_can_be_set,
    impact_and_urgency_can_be_set,
    holding_works,
    snoozing_works,
    resolving_works,
    closing_works,
    transitions_are_offered_and_work,
    transitions_work_as_their_verbs,
)
