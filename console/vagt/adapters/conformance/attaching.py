"""Files, for adapters that declare them: whole, on the right incident, and found again after a lost answer."""

from __future__ import annotations

from vagt.adapters.conformance.checks import Level, NotApplicable, collected, require
from vagt.adapters.conformance.rig import Fault, Rig
from vagt.adapters.conformance.tools import connected, during, error_of, on_one, one
from vagt.adapters.protocol import (
    Account,
    ForbiddenError,
    NotFoundError,
    ProtocolError,
    Session,
    UnavailableError,
    attaching,
)
from vagt.domain.capability import Capability

_CONTENT = bytes(range(256)) * 40 + b"\r\n\n\x00end"
"""What breaks whoever takes a file for text, or a form's border for the end."""
_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body>{}</body></html>"
"""A file that looks like what a proxy answers instead of data."""


async def files_stay_whole(rig: Rig) -> None:
    """A file is listed once, by its name, on its incident alone, and comes back byte for byte; so does a web page."""

    async def act(session: Session, account: Account, id: str) -> None:
        (other,) = await rig.seed(["without files"])
        files = attaching(session)
        require(not await files.attachments(id), "a new incident has files")
        stored = await files.attach(id, "vagt 7f3a.txt", _CONTENT)
        listed = await files.attachments(id)
        require([file.name for file in listed] == ["vagt 7f3a.txt"], f"it lists {[file.name for file in listed]}")
        require(listed[0].id == stored.id, f"`attach` tells the id {stored.id!r}, the list {listed[0].id!r}")
        require(listed[0].size in (None, len(_CONTENT)), f"it tells {listed[0].size} bytes of {len(_CONTENT)}")
        require(await files.attached(id, stored.id) == _CONTENT, "the content is another one")
        require(not await files.attachments(other), "the file shows on another incident too")
        second = await files.attach(id, "Ærø 東京 “7f3a”.txt", _PAGE)
        require(await files.attached(id, second.id) == _PAGE, "the second file is not what was sent")
        require(len(await files.attachments(id)) == 2, "two files are not two")
        require((await one(session, id)).is_open, "attaching a file closed the incident")

    await on_one(rig, Capability.ATTACH, "with files", act)


async def files_that_are_not_there_are_not_found(rig: Rig) -> None:
    """Reading a file that does not exist or hangs on another incident, and attaching to none, is NotFoundError."""

    async def act(session: Session, account: Account, id: str) -> None:
        (other,) = await rig.seed(["whose file it is not"])
        files = attaching(session)
        stored = await files.attach(id, "vagt 7f3a.txt", b"7f3a")
        for where, what in ((id, "7f3a"), (id, "../7f3a?x=1"), (other, stored.id), ("7f3a", stored.id)):
            error = await error_of(files.attached(where, what))
            require(isinstance(error, NotFoundError), f"file {what!r} of {where!r} raised {error!r}")
        error = await error_of(files.attach("7f3a", "vagt 7f3a.txt", b"7f3a"))
        require(isinstance(error, NotFoundError), f"attaching to no incident raised {error!r}")

    await on_one(rig, Capability.ATTACH, "whose file it is", act)


async def undeclared_files_are_refused(rig: Rig) -> None:
    """Where files are not declared, the session either has no `attach` or refuses it with ForbiddenError."""
    if Capability.ATTACH in rig.manifest.capabilities:
        raise NotApplicable("files are declared")
    (id,) = await rig.seed(["no files here"])
    async with connected(rig) as session:
        try:
            files = attaching(session)
        except ForbiddenError:
            return
        error = await error_of(files.attach(id, "vagt 7f3a.txt", b"7f3a"))
        require(isinstance(error, ForbiddenError) and bool(error.words), f"it raised {error!r}")


async def a_file_that_is_not_allowed_is_forbidden(rig: Rig) -> None:
    """An account that may only read is told so with ForbiddenError, and nothing hangs on the incident."""

    async def act(session: Session, account: Account, id: str) -> None:
        files = attaching(session)
        async with during(rig, Fault.FORBIDDEN):
            error = await error_of(files.attach(id, "vagt 7f3a.txt", b"7f3a"))
        require(isinstance(error, ForbiddenError) and bool(error.words), f"without the right it raised {error!r}")
        require(not await files.attachments(id), "a refused file hangs on the incident")

    await on_one(rig, Capability.ATTACH, "not allowed", act)


async def a_lost_file_is_found_out(rig: Rig) -> None:
    """After an upload whose answer was lost, the error says that it was sent, and the list has the file, whole."""

    async def act(session: Session, account: Account, id: str) -> None:
        files = attaching(session)
        async with during(rig, Fault.LOST_ANSWER):
            error = await error_of(files.attach(id, "vagt 7f3a.txt", _CONTENT))
        told = isinstance(error, UnavailableError | ProtocolError) and error.sent
        require(told, f"a lost answer raised {error!r} (sent: {getattr(error, 'sent', None)})")
        listed = await files.attachments(id)
        require(len(listed) == 1, f"it lists {len(listed)} files after one upload")
        require(await files.attached(id, listed[0].id) == _CONTENT, "the content of the one that arrived is another")

    await on_one(rig, Capability.ATTACH, "file lost", act)


CHECKS = (
    *collected(
        Level.ACTS,
        files_stay_whole,
        files_that_are_not_there_are_not_found,
        undeclared_files_are_refused,
        a_file_that_is_not_allowed_is_forbidden,
    ),
    *collected(Level.TRUSTED, a_lost_file_is_found_out),
)
