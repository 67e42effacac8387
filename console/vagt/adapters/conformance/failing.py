"""Level "trusted", what fails: each kind of trouble is the error that says so, and none shows a secret."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

from vagt.adapters.conformance.checks import Level, NotShown, collected, require
from vagt.adapters.conformance.rig import Fault, Rig
from vagt.adapters.conformance.tools import connected, during, error_of, one, perform, some_words, times_written
from vagt.adapters.protocol import AuthError, ForbiddenError, ProtocolError, Session, UnavailableError
from vagt.domain.commands import Change


async def a_backend_that_is_down_is_unavailable(rig: Rig) -> None:
    """A refused connection is UnavailableError with `sent` False, and the session works again afterwards."""
    words = some_words(rig)
    (id,) = await rig.seed(["while it is down"])
    async with connected(rig) as session:
        account = await session.probe()
        incident = await one(session, id)
        async with during(rig, Fault.DOWN):
            listing = await error_of(session.changes(None))
            write = await error_of(perform(session, account, incident, words))
        require(isinstance(listing, UnavailableError), f"listing raised {listing!r}")
        require(isinstance(write, UnavailableError), f"writing raised {write!r}")
        assert isinstance(write, UnavailableError)
        require(not write.sent, "`sent` is True although nothing could leave")
        await perform(session, account, await one(session, id), words)


async def dead_credentials_are_signed_out(rig: Rig) -> None:
    """Credentials that no longer work are AuthError, never an empty queue."""
    await rig.seed(["not an empty queue"])
    async with connected(rig) as session:
        async with during(rig, Fault.SIGNED_OUT):
            error = await error_of(session.changes(None))
        require(isinstance(error, AuthError), f"it raised {error!r}")


async def nonsense_is_no_queue(rig: Rig) -> None:
    """An answer that is not the backend's is an error, never an empty queue."""
    await rig.seed(["not an empty queue either"])
    async with connected(rig) as session:
        async with during(rig, Fault.NONSENSE):
            error = await error_of(session.changes(None))
        require(isinstance(error, ProtocolError | UnavailableError), f"it raised {error!r}")


async def what_is_not_allowed_is_forbidden(rig: Rig) -> None:
    """A refusal for want of rights is ForbiddenError in words: nothing is written, and reading goes on."""
    words = some_words(rig)
    (id,) = await rig.seed(["not allowed"])
    async with connected(rig) as session:
        account = await session.probe()
        incident = await one(session, id)
        async with during(rig, Fault.FORBIDDEN):
            error = await error_of(perform(session, account, incident, words))
            read = await one(session, id)
        require(isinstance(error, ForbiddenError) and bool(error.words), f"it raised {error!r}")
        require(await times_written(rig, id) == 0, "it is written although it was forbidden")
        require(read.id == id, "what may be read cannot be read any more")
        await perform(session, account, await one(session, id), words)


async def trouble_keeps_secrets(rig: Rig) -> None:
    """Whatever goes wrong, no error with all its causes and no line of the log, at any level, shows a secret."""
    secrets, words = _secrets(rig), some_words(rig)
    (id,) = await rig.seed(["secrets in errors"])
    with _listening() as lines:
        async for fault, error in _failures(rig, id, words):
            text = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
            for secret in secrets:
                require(secret not in text, f"a secret shows in the error of “{fault.value}”")
    for secret in secrets:
        shown = next((line for line in lines if secret in line), None)
        require(shown is None, f"a secret shows in a line of the log: {(shown or '').replace(secret, '•••')}")


async def objects_keep_secrets(rig: Rig) -> None:
    """Neither the session nor what it holds shows a secret when it is printed, before and after signing in."""
    _secrets(rig)
    session = await rig.connect()
    try:
        _quiet(rig, session)
        await session.probe()
        await session.changes(None)
        _quiet(rig, session)
    finally:
        await session.close()


def _quiet(rig: Rig, session: Session) -> None:
    shown = {"the session": repr(session)}
    held = getattr(session, "__dict__", {})
    shown |= {f"session.{name}": repr(value) for name, value in held.items() if not isinstance(value, str)}
    for what, text in shown.items():
        for secret in rig.secrets:
            require(secret not in text, f"a secret shows in repr({what})")


def _secrets(rig: Rig) -> Sequence[str]:
    if not rig.secrets:
        raise NotShown("this rig names no secret")
    return rig.secrets


async def _failures(rig: Rig, id: str, words: Change) -> AsyncIterator[tuple[Fault, BaseException]]:
    """Each fault that the rig can bring about, with what reading and writing then raise."""
    seen = 0
    for fault in Fault:
        async with connected(rig) as session:
            account = await session.probe()
            incident = await one(session, id)
            context = rig.inject(fault)
            if context is None:
                continue
            async with context:
                errors = [
                    await error_of(asyncio.wait_for(session.changes(None), 30)),
                    await error_of(asyncio.wait_for(perform(session, account, incident, words), 30)),
                ]
        for error in errors:
            if error is not None:
                seen += 1
                yield fault, error
    if not seen:
        raise NotShown("this rig can bring about no fault")


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Every line that anybody logs meanwhile, with its traceback."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    root, ear = logging.getLogger(), Ear(logging.DEBUG)
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(ear)


CHECKS = collected(
    Level.TRUSTED,
    a_backend_that_is_down_is_unavailable,
    dead_credentials_are_signed_out,
    what_is_not_allowed_is_forbidden,
    nonsense_is_no_queue,
    trouble_keeps_secrets,
    objects_keep_secrets,
)
