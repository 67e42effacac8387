"""Level "trusted", once and only once: lost answers, cancelled writes, and two who write at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime

from vagt.adapters.conformance.checks import Level, NotApplicable, NotShown, collected, require
from vagt.adapters.conformance.rig import Fault, Rig
from vagt.adapters.conformance.tools import (
    command,
    connected,
    during,
    error_of,
    filled,
    on_one,
    one,
    perform,
    some_change,
    some_words,
    times_written,
)
from vagt.adapters.protocol import Account, AdapterError, Done, ProtocolError, Seen, Session, UnavailableError
from vagt.domain.capability import Capability
from vagt.domain.commands import Assign, Change, Command, Verb

_UNREADABLE = (Fault.READS_LOST, Fault.READS_REFUSED, Fault.READS_THROTTLED)
"""The reads after a write fail: each is another error, and another mistake to make."""


async def a_lost_answer_is_found_out(rig: Rig) -> None:
    """After a write whose answer was lost, `seen` says that it arrived."""
    words = some_words(rig)
    (id,) = await rig.seed(["answer lost"])
    async with connected(rig) as session:
        account = await session.probe()
        incident = await one(session, id)
        doing = command(incident, words, backend=incident.backend, by=account.login)
        tried = datetime.now(UTC)
        async with during(rig, Fault.LOST_ANSWER):
            await _lost(session.perform(doing, incident.version))
        require(await times_written(rig, id) == 1, "the rig did not let the write through")
        answer = await session.seen(doing, tried)
    require(answer is Seen.YES, f"`seen` says {answer.value} of a write that arrived")


async def a_lost_change_is_found_out(rig: Rig) -> None:
    """After a change whose answer was lost, `seen` never says no: the second try would meet the first as a conflict."""
    change = some_change(rig)
    (id,) = await rig.seed(["change lost"])
    async with connected(rig) as session:
        account = await session.probe()
        incident = await one(session, id)
        doing = command(incident, change, backend=incident.backend, by=account.login)
        tried = datetime.now(UTC)
        async with during(rig, Fault.LOST_ANSWER):
            await _lost(session.perform(doing, incident.version))
        require(await one(session, id) != incident, "the rig did not let the change through")
        answer = await session.seen(doing, tried)
    require(answer is not Seen.NO, "`seen` says no of a change that arrived")


async def a_lost_registration_is_found_out(rig: Rig) -> None:
    """Of a new incident whose answer was lost `seen` never says no (it would be there twice); of one not sent, yes."""

    async def act(session: Session, account: Account, id: str) -> None:
        change = await filled(session, rig, Verb.CREATE, None, "registered once 7f3a")
        backend = (await one(session, id)).backend
        unsent, sent = (command(None, change, backend=backend, by=account.login) for _ in range(2))
        answer = await session.seen(unsent, datetime.now(UTC))
        require(answer is not Seen.YES, "`seen` says yes of a new incident that was never sent")
        tried = datetime.now(UTC)
        async with during(rig, Fault.LOST_ANSWER):
            await _lost(session.perform(sent, None))
        answer = await session.seen(sent, tried)
        require(answer is not Seen.NO, "`seen` says no of a new incident that is there")

    await on_one(rig, Capability.CREATE, "already there", act)


async def a_write_that_cannot_be_read_back_is_not_refused(rig: Rig) -> None:
    """A write that arrived is done, or `sent` and not denied by `seen`, also where the adapter cannot read after it."""
    faults = [fault for fault in _UNREADABLE if rig.inject(fault) is not None]
    if not faults:
        raise NotShown("this rig cannot let the reads after a write fail")
    for fault in faults:
        for change in _changes(rig):
            (id,) = await rig.seed([f"{fault.value} after a write"])
            async with connected(rig) as session:
                account = await session.probe()
                incident = await one(session, id)
                doing = command(incident, change, backend=incident.backend, by=account.login)
                began = datetime.now(UTC)
                async with during(rig, fault):
                    error = await error_of(session.perform(doing, incident.version))
                await _was_written(rig, session, doing, began, error)


def _changes(rig: Rig) -> tuple[Change, ...]:
    """Words, and a change that is compared where there is one."""
    words = some_words(rig)
    try:
        return (words, some_change(rig))
    except NotApplicable:
        return (words,)


async def _was_written(
    rig: Rig, session: Session, doing: Command, began: datetime, error: BaseException | None
) -> None:
    """It is there once, and what was said of it keeps the engine from refusing it or sending it again."""
    assert doing.base is not None
    if isinstance(doing.change, type(some_words(rig))):
        times = await times_written(rig, doing.base.id)
        require(times > 0, "the rig did not let the write through")
        require(times == 1, f"it is there {times} times")
    else:
        require(await one(session, doing.base.id) != doing.base, "the rig did not let the change through")
    if error is None:
        return
    require(
        isinstance(error, UnavailableError | ProtocolError), f"it is written, and raised {error!r}: it looks refused"
    )
    assert isinstance(error, UnavailableError | ProtocolError)
    require(error.sent, f"it is written, and {error!r} says by `sent` that it never left: it would be sent again")
    answer = await session.seen(doing, began)
    require(answer is not Seen.NO, "it is written, and `seen` says no: it would be sent again")


async def _lost(performed: Awaitable[object]) -> None:
    """It raised that the answer was lost, and that the request was sent."""
    error = await error_of(performed)
    require(isinstance(error, UnavailableError | ProtocolError), f"a lost answer raised {error!r}")
    assert isinstance(error, UnavailableError | ProtocolError)
    require(error.sent, "`sent` is False although the request arrived")


async def what_never_left_was_not_seen(rig: Rig) -> None:
    """`seen` says no for words that were never written, also where a colleague wrote others."""
    words = some_words(rig)
    (id,) = await rig.seed(["never sent"])
    async with connected(rig) as session:
        account = await session.probe()
        incident = await one(session, id)
        doing = command(incident, words, backend=incident.backend, by=account.login)
        tried = datetime.now(UTC)
        await rig.change(id)
        answer = await session.seen(doing, tried)
    require(answer is Seen.NO, f"`seen` says {answer.value} of a write that never left")


async def the_same_words_twice_are_two(rig: Rig) -> None:
    """Two notes with the same words by the same person are two: an older one does not stand for a newer."""
    words = some_words(rig)
    (id,) = await rig.seed(["said before"])
    async with connected(rig) as session:
        account = await session.probe()
        await perform(session, account, await one(session, id), words)
        await asyncio.sleep(rig.settle)
        incident = await one(session, id)
        doing = command(incident, words, backend=incident.backend, by=account.login)
        answer = await session.seen(doing, datetime.now(UTC))
    require(answer is not Seen.YES, "`seen` takes an older note for the new one: the new one would be lost")


async def a_write_cancelled_half_way_is_whole_or_nothing(rig: Rig) -> None:
    """A write that is cancelled anywhere happened once or not at all, and `seen` is never wrong about it."""
    words = some_words(rig)
    async with connected(rig) as session:
        account = await session.probe()
        ids = await rig.seed([f"cancelled write {n}" for n in range(8)])
        for steps, id in enumerate(ids):
            incident = await one(session, id)
            doing = command(incident, words, backend=incident.backend, by=account.login)
            tried = datetime.now(UTC)
            task = asyncio.ensure_future(session.perform(doing, incident.version))
            await asyncio.sleep(steps * 0.004)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.sleep(rig.settle)
            answer = await session.seen(doing, tried)
            times = await times_written(rig, id)
            require(times in (0, 1), f"a cancelled write is there {times} times")
            wrong = Seen.NO if times else Seen.YES
            require(answer is not wrong, f"`seen` says {answer.value}, and it is there {times} times")


async def a_race_has_one_answer(rig: Rig) -> None:
    """Two sessions that write on the same version at once: nobody is told "done" for what is not so."""
    if Capability.ASSIGN_PERSON not in rig.manifest.capabilities:
        raise NotApplicable("nothing can be assigned")
    (id,) = await rig.seed(["a race"])
    async with connected(rig) as first, connected(rig) as second:
        account = await first.probe()
        incident = await one(first, id)
        wanted = (account.login, rig.colleague)
        answers = await asyncio.gather(
            perform(first, account, incident, Assign(to=wanted[0])),
            perform(second, account, incident, Assign(to=wanted[1])),
            return_exceptions=True,
        )
        truth = await rig.truth(id)
    for answer in answers:
        require(
            not isinstance(answer, BaseException) or isinstance(answer, AdapterError),
            f"it raised {answer!r}, which is no adapter's error",
        )
    told = [(who, answer) for who, answer in zip(wanted, answers, strict=True) if isinstance(answer, Done)]
    require(bool(told), "both were refused")
    for who, done in told:
        shown = done.incident.assignee if done.incident else who
        require(shown == who, f"“done” was said of giving it to {who!r}, and it is {shown!r}'s")
    require(truth.assignee in wanted, f"it is {truth.assignee!r}'s, whom nobody gave it to")


CHECKS = collected(
    Level.TRUSTED,
    a_lost_answer_is_found_out,
    a_lost_change_is_found_out,
    a_lost_registration_is_found_out,
    a_write_that_cannot_be_read_back_is_not_refused,
    what_never_left_was_not_seen,
    the_same_words_twice_are_two,
    a_write_cancelled_half_way_is_whole_or_nothing,
    a_race_has_one_answer,
)
