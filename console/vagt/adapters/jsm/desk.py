"""Changing one incident safely: look in the store, compare, write once, look again ("Edit issue", "Assign issue").

Jira has no ETag and no conditional write: the last save wins. So `updated` is compared just before
the write, and what was sent with what is there afterwards, since rules and automations set fields
back and say nothing. A 409 means that another save was under way: look again, and try once more
where nothing else changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from vagt.adapters.jsm.client import BusyError
from vagt.adapters.jsm.context import Context, identity
from vagt.adapters.jsm.mapping import version_of
from vagt.adapters.jsm.reading import Reader
from vagt.adapters.jsm.saying import Speaker
from vagt.adapters.jsm.timeline import history
from vagt.adapters.jsm.wire import Row, id_of, millis, moment, part, text
from vagt.adapters.protocol import AdapterError, ConflictError, InvalidError, NotFoundError, UnavailableError
from vagt.domain.commands import Command
from vagt.domain.incident import Incident


class Desk:
    """One command's work on its incident."""

    def __init__(
        self, context: Context, reader: Reader, speaker: Speaker, command: Command, expected: str | None, *, tried: bool
    ) -> None:
        """`tried`: part of the command may be done already."""
        self.context = context
        self._reader = reader
        self.speaker = speaker
        self.command = command
        self._expected = expected
        self._tried = tried
        assert command.subject is not None, "only a new incident has no subject"
        self.id = command.subject.id
        self.notes: list[str] = []
        """What is worth telling beyond "done"."""
        self.wrote = False

    async def look(self) -> Row:
        """The incident now, from the store. Raises NotFoundError."""
        if not self.id.isdigit():
            raise NotFoundError(f"“{self.id}” is no id of an issue")
        row = await self.context.client.issue(self.id, (await self.context.fields()).wanted)
        self._reader.saw([row], wrote=self.wrote)
        return row

    async def begin(self) -> Row:
        """Look, and compare with what the operator saw where the command wants that. Raises ConflictError."""
        row = await self.look()
        stale = self.command.is_guarded and self._expected is not None and version_of(row) != self._expected
        if stale and not (self._tried and await self._only_we()):
            raise ConflictError("it was changed since you saw it", await self.incident(row))
        return row

    async def _only_we(self) -> bool:
        """Whether nobody else changed a field since the operator saw it: our own first try is no conflict."""
        me, cloud = (await self.context.me()).id, await self.context.client.is_cloud()
        for change in await history(self.context, self.id):
            at = moment(change, "created")
            if (
                at is not None
                and millis(at) > int(self._expected or 0)
                and identity(part(change, "author"), cloud) != me
            ):
                return False
        return True

    async def incident(self, row: Row) -> Incident:
        found = await self.context.incidents([row])
        if not found:
            raise UnavailableError("Jira answered an issue without its id", sent=self.wrote)
        return found[0]

    async def again(self) -> Row:
        """Look once more after a write: what it says then is what happened."""
        try:
            return await self.look()
        except NotFoundError:
            raise
        except AdapterError as error:
            raise UnavailableError(f"done perhaps; reading it back failed: {error.words}", sent=True) from None

    async def once(self, before: Row, write: Callable[[], Awaitable[object]]) -> None:
        """Write; after a 409 once more, where the incident is as it was. Raises ConflictError where it is not."""
        try:
            await write()
        except BusyError:
            row = await self.look()
            if version_of(row) != version_of(before):
                raise ConflictError("somebody saved it at the same moment", await self.incident(row)) from None
            try:
                await write()
            except BusyError as error:
                raise UnavailableError(f"Jira is busy with this issue: {error}") from None
        self.wrote = True

    async def edit(self, before: Row, values: Mapping[str, object]) -> Row:
        """Store fields, and see that they are stored. Raises InvalidError or ConflictError where they are not."""
        wanted = {name: value for name, value in values.items() if not is_so(part(before, "fields").get(name), value)}
        if not wanted:
            return before
        client = self.context.client
        await self.once(before, lambda: client.put(f"/issue/{self.id}", {"fields": wanted}))
        row = await self.again()
        held = part(row, "fields")
        lost = [name for name, value in wanted.items() if name in held and not is_so(held.get(name), value)]
        if lost:
            names = (await self.context.fields()).names
            told = ", ".join(names.get(name, name) for name in lost)
            raise InvalidError(
                f"Jira answered “done”, and {told} is another than sent: a rule or automation set it back, or "
                "somebody else did"
            )
        return row

    async def assign(self, before: Row, who: str | None) -> Row:
        """Give it to somebody, or to nobody. Raises ConflictError where it is somebody else's afterwards."""
        key = "accountId" if await self.context.client.is_cloud() else "name"
        if _assignee(before, key) == (who or ""):
            return before
        client = self.context.client
        await self.once(before, lambda: client.put(f"/issue/{self.id}/assignee", {key: who}))
        row = await self.again()
        if _assignee(row, key) != (who or ""):
            theirs = await self.incident(row)
            name = theirs.assignee_name or "nobody"
            raise ConflictError(f"it is {name}'s: somebody was faster, or a rule gave it back", theirs)
        return row

    async def tell(self, row: Row, words: str, *, public: bool) -> None:
        """Write a note or a comment, and remember what has to be told of it."""
        speaker, mark = self.speaker, self.command.id
        told: list[str] = []

        async def write() -> None:
            told.append(await speaker.say(row, words, public=public, mark=mark))

        await self.once(row, write)
        self.notes += [text for text in told if text]


def _assignee(row: Row, key: str) -> str:
    return text(part(part(row, "fields"), "assignee"), key, 200)


def is_so(held: object, wanted: object) -> bool:
    """Whether a field's value as it is read is what was written: objects by the keys that were sent."""
    if wanted is None or wanted in ("", []):
        return held in (None, "", [])
    if isinstance(wanted, Mapping):
        if not isinstance(held, Mapping):
            return False
        return all(str(held.get(name)) == str(value) for name, value in wanted.items())
    if isinstance(wanted, list):
        rows = held if isinstance(held, list) else []
        return len(rows) == len(wanted) and all(any(is_so(row, value) for row in rows) for value in wanted)
    if isinstance(held, Mapping):
        # a Team is written as its bare id and read as an object; an option of an older site by its value
        return str(wanted) in (id_of(held), text(held, "value", 200), text(held, "name", 200))
    return str(held) == str(wanted)
