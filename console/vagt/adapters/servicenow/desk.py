"""Changing one incident safely: look, compare, write once, and believe only what the answer shows was stored.

ServiceNow has no ETag and no conditional write ("Table API": nothing is said of one). So the version
is compared just before the write, and `sys_mod_count` afterwards tells whether somebody, or a rule,
saved in between. It answers 200 to what it leaves out: fields that the account may not write, values
that are no choice, fields that a rule sets back. Every field sent is asked for in the answer and
compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vagt.adapters.protocol import (
    AdapterError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.diary import Diary, Said
from vagt.adapters.servicenow.journal import COMMENTS, WORK_NOTES
from vagt.adapters.servicenow.mapping import version_of
from vagt.adapters.servicenow.reading import Reader
from vagt.adapters.servicenow.wire import Row, number, readable, shown, time_of, value
from vagt.domain.commands import Command
from vagt.domain.incident import Incident

JOURNALS = (COMMENTS, WORK_NOTES)


@dataclass(slots=True)
class Written:
    """What came of a write."""

    row: Row
    notes: list[str] = field(default_factory=list)
    """What is worth telling beyond "done"."""
    said: list[Said] = field(default_factory=list)
    """Words that the instance has stored."""


class Desk:
    """One command's work on its incident."""

    def __init__(
        self, context: Context, reader: Reader, diary: Diary, command: Command, expected: str | None, *, id: str = ""
    ) -> None:
        self.context = context
        self._reader = reader
        self._diary = diary
        self.command = command
        self._expected = expected
        if not id:
            assert command.subject is not None, "only a new incident has no subject"
            id = command.subject.id
        self.id = id

    async def look(self) -> Row:
        """The incident now. Raises NotFoundError where it is deleted or hidden."""
        try:
            return await self.context.client.row("incident", self.id, await self.context.fields())
        except ForbiddenError as error:
            raise NotFoundError(f"this account may not see the incident: {error.words}") from None

    async def begin(self) -> Row:
        """Look, and compare with what the operator saw where the command wants that. Raises ConflictError."""
        row = await self.look()
        if self.command.is_guarded and self._expected is not None and version_of(row) != self._expected:
            (theirs,) = await self.incidents(row)
            who = theirs.updated_by or "somebody"
            me = await self.context.me()
            raise ConflictError(f"{'you' if who == me.login else who} changed it since you saw it", theirs)
        return row

    async def incidents(self, row: Row) -> tuple[Incident, ...]:
        """The row as an incident, with its clocks and children."""
        await self._reader.complete([row])
        return self.context.incidents([row])

    async def write(self, before: Row, values: Mapping[str, str]) -> Written:
        """Store `values`; an empty text clears a field. Nothing is sent where it already is so.

        Raises ForbiddenError or InvalidError where the answer shows that a field was not stored.
        """
        wanted = {name: text for name, text in values.items() if name in JOURNALS or not _is(before, name, text)}
        if not wanted:
            return Written(before)
        fields = tuple(dict.fromkeys((*await self.context.fields(), *wanted)))
        row = await self.context.client.patch("incident", self.id, wanted, fields)
        written = Written(row)
        saves = (number(row, "sys_mod_count") or 0) - (number(before, "sys_mod_count") or 0)
        self._compare(before, row, wanted, saves, written)
        for name in JOURNALS:
            if name in wanted:
                await self._said(row, name, wanted[name], saves, written)
        if saves > 1 and version_of(row) != value(row, "sys_updated_on"):
            written.notes.append("it was saved once more in the same moment, by a rule or by somebody else")
        return written

    def _compare(self, before: Row, row: Row, wanted: Mapping[str, str], saves: int, written: Written) -> None:
        lost, blanked, unseen = [], [], []
        for name, text in wanted.items():
            if name in JOURNALS or _is(row, name, text):
                continue
            if not readable(row, name):
                unseen.append(name)
            elif value(row, name) == value(before, name):
                lost.append(name)
            else:
                blanked.append(name)
        if unseen:
            names = ", ".join(unseen)
            if saves < 1:
                raise ForbiddenError(f"ServiceNow stored nothing, and hides {names} from this account")
            written.notes.append(
                f"ServiceNow hides {names} from this account, so that nobody can say whether it was stored"
            )
        if not lost and not blanked:
            return
        stored = [name for name in wanted if name not in (*lost, *blanked, *unseen) and name not in JOURNALS]
        words = [f"{name} stayed “{shown(row, name, limit=60)}”" for name in lost]
        words += [f"{name} became “{shown(row, name, limit=60)}”" for name in blanked]
        told = f"ServiceNow answered “done” and did not store what was sent: {', '.join(words)}"
        if stored or any(name in wanted for name in JOURNALS):
            told += f" (stored: {', '.join([*stored, *(name for name in JOURNALS if name in wanted)])})"
        if blanked:
            raise InvalidError(f"{told}; a rule changed it, or it is no value that this instance knows")
        raise ForbiddenError(f"{told}; this account may not write that, or a rule set it back")

    async def _said(self, row: Row, name: str, text: str, saves: int, written: Written) -> None:
        """Words are proved by the journal: in the answer, else in its table; else by the save having counted."""
        at = time_of(row, "sys_updated_on")
        wanted = text.strip()

        def proved() -> bool:
            return any(entry.element == name and entry.text.strip() == wanted for entry in entries)

        try:
            entries = await self._diary.in_row(row)
            if not proved():
                entries = await self._diary.entries(self.id)
        except AdapterError as error:
            raise UnavailableError(f"written perhaps; reading it back failed: {error.words}", sent=True) from None
        if not proved():
            if entries or saves < 1:
                raise ForbiddenError(
                    f"ServiceNow answered “done” and stored no {_WORDS[name]}: this account may not write it"
                )
            written.notes.append(
                "ServiceNow shows this account no journal, so that nobody can say whether it was stored"
            )
        written.said.append(Said(self.id, name, text, at))


_WORDS = {COMMENTS: "comment", WORK_NOTES: "work note"}


def _is(row: Row, name: str, text: str) -> bool:
    """Whether a field holds `text`; line ends and blanks at the ends are the instance's business."""
    if not readable(row, name):
        return False
    held, wanted = value(row, name), text
    if held == wanted:
        return True
    flat = " ".join(held.split())
    return bool(flat) and flat == " ".join(wanted.split())
