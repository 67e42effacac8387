"""Changing one incident safely: look, compare, write, look again; Ivanti has no versions and can keep old values.

An accepted write sometimes stores the old value; where the list row's key is known, the field is
then sent once more together with its `_Valid` companion. Every PATCH runs the tenant's workflows,
so nothing is written that is so already.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.forms import refuse_closed
from vagt.adapters.ivanti.mapping import looks_alike, readable, state_of
from vagt.adapters.ivanti.reading import Reader
from vagt.adapters.ivanti.wire import RECORD_ID
from vagt.adapters.lenient import Row, text_of
from vagt.adapters.protocol import (
    AdapterError,
    ConflictError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from vagt.domain.commands import Command, Escalate, Hold
from vagt.domain.incident import State

Body = dict[str, object]


class Desk:
    """One command's work on its incident."""

    def __init__(self, context: Context, reader: Reader, command: Command, expected: str | None) -> None:
        self.context = context
        self.reader = reader
        self.command = command
        self.expected = expected
        assert command.subject is not None, "only a new incident has no subject"
        self.id = command.subject.id
        self.row: Row = {}

    @property
    def status(self) -> str:
        return text_of(self.row.get("Status"))

    @property
    def state(self) -> State:
        return state_of(self.row, self.context.options)

    def holds(self, name: str) -> str:
        """What a field holds now."""
        return text_of(self.row.get(name))

    async def look(self) -> Row:
        """The incident now. Raises NotFoundError."""
        if not RECORD_ID.match(self.id):
            raise NotFoundError(f"“{self.id}” is not the key of an incident")
        self.row = await self.context.client.record(INCIDENTS, self.id)
        self.context.learn([self.row])
        return self.row

    async def begin(self) -> None:
        """Look, and compare with what the operator saw where the command wants that. Raises ConflictError."""
        await self.look()
        options = self.context.options
        if not self.command.is_guarded or self.expected is None or looks_alike(self.expected, self.row, options):
            return
        if not self._is_half_done(self.expected):
            raise await self.conflict()

    def _is_half_done(self, expected: str) -> bool:
        """Whether an earlier try of ours changed the incident and got no further: a note was still to come.

        Then the incident is as wanted, and with the operator's own sight of it put back it is as it was.
        """
        base, change, options = self.command.base, self.command.change, self.context.options
        match change:
            case Hold():
                halfway = self.state is State.WAITING
            case Escalate(to=to):
                halfway = self.holds("OwnerTeam").lower() == (to or options.escalation_team).lower()
            case _:
                return False
        if base is None or not halfway:
            return False
        before = {"Status": base.native_state, "Owner": base.assignee, "OwnerTeam": base.team}
        filled = {"Service": base.service, "Category": base.category}
        return looks_alike(expected, {**self.row, **before, **filled}, options)

    async def conflict(self) -> AdapterError:
        """A conflict that shows the incident as it is now."""
        theirs = await self.reader.get([self.id])
        if not theirs:
            return NotFoundError("the incident is out of sight")
        who = self.holds("LastModBy")
        return ConflictError(f"{who} changed it since" if who else "it changed since you saw it", theirs[0])

    def refuse_closed(self) -> None:
        """As `forms.refuse_closed`, for the incident as it was last read."""
        refuse_closed(self.row, self.context.options)

    async def write(self, wanted: Mapping[str, object]) -> None:
        """Set these fields, those that are not so already, and see that they are. Raises InvalidError where not."""
        body = {name: value for name, value in wanted.items() if not self.is_so(name, value)}
        if not body:
            return
        self.refuse_closed()
        await self.context.client.patch(INCIDENTS, self.id, body)
        await self._verify()
        await self._learn_of_owners(body)
        left = self._left(body)
        if left and (again := self._again(left)):
            await self.context.client.patch(INCIDENTS, self.id, again)
            await self._verify()
            left = self._left(body)
        if left:
            told = ", ".join(f"{name} is still “{_short(self.holds(name))}”" for name in left)
            raise InvalidError(
                f"Ivanti accepted the change and kept what it had: {told}",
                tuple((name, "was not taken over") for name in left),
            )

    async def _learn_of_owners(self, body: Mapping[str, object]) -> None:
        """Where I own what is another team's, the tenant does not insist on members."""
        if "Owner" not in body:
            return
        me = await self.context.me()
        mine = self.holds("Owner").lower() == me.login.lower()
        if mine and me.team and self.holds("OwnerTeam").lower() not in ("", me.team.lower()):
            self.context.members_only = False

    async def _verify(self) -> None:
        try:
            await self.look()
        except NotFoundError:
            raise
        except AdapterError as error:
            raise UnavailableError(f"done perhaps; reading it back failed: {error.words}", sent=True) from None

    def _left(self, body: Mapping[str, object]) -> Body:
        return {
            name: value for name, value in body.items() if not name.endswith("_Valid") and not self.is_so(name, value)
        }

    def _again(self, left: Body) -> Body:
        """The same in the other way that some tenants want; empty where there is none."""
        again: Body = {}
        for name, value in left.items():
            key = self.context.valid.get((name, text_of(value).lower()))
            if value is None:
                again[name] = ""
            elif key:
                again |= {name: value, f"{name}_Valid": key}
        return again

    def is_so(self, name: str, value: object) -> bool:
        """Whether a field already holds this."""
        held = self.row.get(name)
        if isinstance(value, bool):
            return (held is True or text_of(held).lower() in ("true", "yes", "1")) is value
        wanted = text_of(value)
        if name in self.context.options.html_fields:
            return _plain(readable(text_of(held))) == _plain(readable(wanted))
        return text_of(held).lower() == wanted.lower()

    def written(self, name: str, text: str) -> str:
        """A text as the field wants it: escaped where it holds HTML."""
        return as_html(text) if name in self.context.options.html_fields else text


def as_html(text: str) -> str:
    """Plain text as HTML that shows it line by line."""
    return html.escape(text.strip(), quote=False).replace("\r\n", "\n").replace("\n", "<br>")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
