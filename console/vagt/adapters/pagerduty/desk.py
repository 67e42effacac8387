"""Changing one incident safely: look, compare, write once, and believe only what the answer shows.

PagerDuty has no versions and no conditional write, and ignores fields that it does not know without
a word. So the incident is compared just before the write, and the answer, which is the incident as
it then is, is held against what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from vagt.adapters.lenient import Row, moment_of, text_of
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.errors import ALREADY_ACKNOWLEDGED, ALREADY_RESOLVED, DATA_CHANGED, Refusal, as_error
from vagt.adapters.pagerduty.mapping import version_of
from vagt.adapters.pagerduty.reading import Reader
from vagt.adapters.pagerduty.wire import held, id_of, name_of, rows
from vagt.adapters.protocol import AdapterError, ConflictError, InvalidError, NotFoundError, TransitionError
from vagt.domain.commands import Command
from vagt.domain.incident import Incident

Check = Callable[[Row], bool]
_LOGGED = timedelta(seconds=5)
"""How far the log's entry of a change may be from the time of the change."""


class Desk:
    """One command's work on its incident."""

    def __init__(self, context: Context, reader: Reader, command: Command, expected: str | None) -> None:
        self.context = context
        self.reader = reader
        self.command = command
        self.expected = expected
        assert command.subject is not None, "only a new incident has no subject"
        self.id = command.subject.id
        self.notes: list[str] = []
        """What is worth telling beyond "done"."""
        self.left: list[str] = []
        """Notes and log entries that PagerDuty has confirmed."""
        self.done = False
        """All that the command wants was confirmed; what fails from here on is only a look."""

    async def finish(self, after: Row | None = None) -> Row:
        """All is written and confirmed: the incident afterwards, looked at where the answer did not bring it."""
        self.done = True
        return after if after is not None else await self.look()

    async def look(self) -> Row:
        """The incident now. Raises NotFoundError where it is gone or hidden."""
        return await self.reader.row(self.id)

    async def begin(self) -> Row:
        """Look, and compare with what the operator saw where the command wants that. Raises ConflictError."""
        row = await self.look()
        if self.command.is_guarded and self.expected is not None and version_of(row) != self.expected:
            raise await self.conflict(row)
        return row

    async def conflict(self, row: Row, words: str = "") -> ConflictError:
        """A conflict that shows the incident as it is in `row`, and what its log says last.

        `last_status_change_by` is who changed its status, which need not be what changed now.
        """
        theirs = await self.incident(row)
        entry = await self._newest()
        at, by = moment_of(text_of(entry.get("created_at"))), name_of(held(entry, "agent"))
        if by and at is not None and theirs.updated_at is not None and at >= theirs.updated_at - _LOGGED:
            theirs = replace(theirs, updated_by=by)
        told = name_of(entry)
        last = f"; the last in its log: {told}" if told else ""
        return ConflictError(words or f"it changed since you saw it{last}", theirs)

    async def _newest(self) -> Row:
        """The log's newest entry; nothing where it cannot be read: that takes nothing from the conflict."""
        try:
            entries = await self.context.client.log(self.id, [("is_overview", "true")], pages=1)
        except AdapterError:
            return {}
        return max(entries, key=lambda entry: text_of(entry.get("created_at")), default={})

    async def incident(self, row: Row) -> Incident:
        """The row as an incident. Raises NotFoundError where it has no id."""
        found = await self.context.incidents([row])
        if not found:
            raise NotFoundError("PagerDuty answered an incident without an id")
        return found[0]

    async def put(self, values: Mapping[str, object], done: Check, what: str) -> Row:
        """Write `values`; the incident afterwards. `what` says in words what `done` looks for.

        A state that was reached meanwhile is no refusal. Raises an AdapterError where it is not as wanted.
        """
        try:
            row = await self.context.client.put(self.id, values)
        except Refusal as refusal:
            row = await self._after(refusal, done)
        if not done(row):
            raise InvalidError(f"PagerDuty answered “done”, and {what} is not so: {standing(row)}")
        return row

    async def _after(self, refusal: Refusal, done: Check) -> Row:
        if refusal.code == DATA_CHANGED:
            raise await self.conflict(await self.look(), refusal.words) from None
        if refusal.code in (ALREADY_RESOLVED, ALREADY_ACKNOWLEDGED):
            row = await self.look()
            if done(row):
                return row
            raise TransitionError(refusal.words) from None
        raise as_error(refusal) from None


def status_of(row: Row) -> str:
    return text_of(row.get("status")).lower()


def assignees(row: Row) -> list[str]:
    """The ids of those who have it."""
    return [id for one in rows(row.get("assignments")) if (id := id_of(held(one, "assignee")))]


def acknowledgers(row: Row) -> list[str]:
    return [id for one in rows(row.get("acknowledgements")) if (id := id_of(held(one, "acknowledger")))]


def policy_of(row: Row) -> str:
    return id_of(held(row, "escalation_policy"))


def is_over(row: Row) -> bool:
    return status_of(row) == "resolved"


def standing(row: Row) -> str:
    """How an incident stands, in words."""
    who = ", ".join(name_of(held(one, "assignee")) for one in rows(row.get("assignments"))) or "nobody"
    return f"it is {status_of(row) or '?'}, with {who}, under {name_of(held(row, 'escalation_policy')) or '?'}"


def must_be_open(row: Row) -> None:
    """Raises TransitionError where it is resolved: some writes would reopen it."""
    if is_over(row):
        raise TransitionError("it is resolved: reopen it first")
