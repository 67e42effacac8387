"""Level "trusted": right also when answers are lost, the network fails, and colleagues are faster."""

from __future__ import annotations

import asyncio
import traceback
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from vagt.adapters.conformance.checks import Level, NotApplicable, collected, require
from vagt.adapters.conformance.rig import Fault, Rig
from vagt.adapters.conformance.tools import command, connected, error_of, one, perform
from vagt.adapters.protocol import (
    AdapterError,
    AuthError,
    ProtocolError,
    Seen,
    ThrottledError,
    UnavailableError,
)
from vagt.domain.capability import Capability
from vagt.domain.commands import Assign, Change, Comment, Note


def _fault(rig: Rig, fault: Fault) -> AbstractAsyncContextManager[None]:
    context = rig.inject(fault)
    if context is None:
        raise NotApplicable(f"this rig cannot bring about “{fault.value}”")
    return context


def _words(rig: Rig) -> Change:
    if Capability.NOTE in rig.manifest.capabilities:
        return Note(text="written once 7f3a")
    if Capability.COMMENT in rig.manifest.capabilities:
        return Comment(text="written once 7f3a")
    raise NotApplicable("nothing can be written")


async def a_lost_answer_is_found_out(rig: Rig) -> None:
    """After a write whose answer was lost, `seen` says that it arrived."""
    words = _words(rig)
    (id,) = await rig.seed(["answer lost"])
    async with connected(rig) as session:
        account = await session.probe()
        incident = await one(session, id)
        doing = command(incident, words, backend=incident.backend, by=account.login)
        tried = datetime.now(UTC)
        async with _fault(rig, Fault.LOST_ANSWER):
            error = await error_of(session.perform(doing, incident.version))
        require(isinstance(error, UnavailableError | ProtocolError), f"a lost answer raised {error!r}")
        assert isinstance(error, UnavailableError | ProtocolError)
        require(error.sent, "`sent` is False although the request arrived")
        truth = await rig.truth(id)
        require(
            (*truth.internal, *truth.public).count("written once 7f3a") == 1, "the rig did not let the write through"
        )
        answer = await session.seen(doing, tried)
    require(answer is Seen.YES, f"`seen` says {answer.value} of a write that arrived")


async def what_never_left_was_not_seen(rig: Rig) -> None:
    """`seen` says no for words that were never written, also where a colleague wrote others."""
    words = _words(rig)
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
    words = _words(rig)
    (id,) = await rig.seed(["said before"])
    async with connected(rig) as session:
        account = await session.probe()
        await perform(session, account, await one(session, id), words)
        await asyncio.sleep(rig.settle)
        incident = await one(session, id)
        doing = command(incident, words, backend=incident.backend, by=account.login)
        answer = await session.seen(doing, datetime.now(UTC))
    require(answer is not Seen.YES, "`seen` takes an older note for the new one: the new one would be lost")


async def a_backend_that_is_down_is_unavailable(rig: Rig) -> None:
    """A refused connection is UnavailableError with `sent` False, and the session works again afterwards."""
    words = _words(rig)
    (id,) = await rig.seed(["while it is down"])
    async with connected(rig) as session:
        account = await session.probe()
        incident = await one(session, id)
        async with _fault(rig, Fault.DOWN):
            listing = await error_of(session.changes(None))
            write = await error_of(perform(session, account, incident, words))
        require(isinstance(listing, UnavailableError), f"listing raised {listing!r}")
        require(isinstance(write, UnavailableError), f"writing raised {write!r}")
        assert isinstance(write, UnavailableError)
        require(not write.sent, "`sent` is True although nothing could leave")
        await perform(session, account, await one(session, id), words)


async def a_throttle_tells_its_wait(rig: Rig) -> None:
    """A backend that wants us away is ThrottledError with the wait in seconds; the adapter does not sleep on it."""
    async with connected(rig) as session:
        async with _fault(rig, Fault.THROTTLED):
            error = await error_of(asyncio.wait_for(session.changes(None), 10))
        require(isinstance(error, ThrottledError), f"it raised {error!r}")
        assert isinstance(error, ThrottledError)
        require(0 < error.wait <= 86400, f"the wait is {error.wait}")


async def dead_credentials_are_signed_out(rig: Rig) -> None:
    """Credentials that no longer work are AuthError, never an empty queue."""
    await rig.seed(["not an empty queue"])
    async with connected(rig) as session:
        async with _fault(rig, Fault.SIGNED_OUT):
            error = await error_of(session.changes(None))
        require(isinstance(error, AuthError), f"it raised {error!r}")


async def nonsense_is_no_queue(rig: Rig) -> None:
    """An answer that is not the backend's is an error, never an empty queue."""
    await rig.seed(["not an empty queue either"])
    async with connected(rig) as session:
        async with _fault(rig, Fault.NONSENSE):
            error = await error_of(session.changes(None))
        require(isinstance(error, ProtocolError | UnavailableError), f"it raised {error!r}")


async def errors_keep_secrets(rig: Rig) -> None:
    """No error, with all its causes, shows a secret."""
    async with connected(rig) as session:
        seen = 0
        for fault in Fault:
            context = rig.inject(fault)
            if context is None:
                continue
            async with context:
                error = await error_of(asyncio.wait_for(session.changes(None), 30))
            if error is None:
                continue
            seen += 1
            text = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
            for secret in rig.secrets:
                require(secret not in text, f"a secret shows in the error of “{fault.value}”")
        if not seen:
            raise NotApplicable("this rig can bring about no fault")


async def a_write_cancelled_half_way_is_whole_or_nothing(rig: Rig) -> None:
    """A write that is cancelled anywhere happened once or not at all, and `seen` is never wrong about it."""
    words = _words(rig)
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
            truth = await rig.truth(id)
            times = (*truth.internal, *truth.public).count("written once 7f3a")
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
    winners = [who for who, answer in zip(wanted, answers, strict=True) if not isinstance(answer, BaseException)]
    require(bool(winners), "both were refused")
    require(truth.assignee in winners, f"it is {truth.assignee!r}'s, and only {winners} were told “done”")


CHECKS = collected(
    Level.TRUSTED,
    a_lost_answer_is_found_out,
    what_never_left_was_not_seen,
    the_same_words_twice_are_two,
    a_backend_that_is_down_is_unavailable,
    a_throttle_tells_its_wait,
    dead_credentials_are_signed_out,
    nonsense_is_no_queue,
    errors_keep_secrets,
    a_write_cancelled_half_way_is_whole_or_nothing,
    a_race_has_one_answer,
)
