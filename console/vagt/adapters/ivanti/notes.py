"""Notes: internal ones, published ones, and who signs them ("Journal" samples of the help).

Which spelling of the parent's type a tenant wants (`Incident` or `Incident#`) is not documented: it
is taken from a note that is there, and the other one is tried where the first is refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.desk import as_html
from vagt.adapters.ivanti.mapping import note_text, record_id
from vagt.adapters.lenient import Row, moment_of, text_of
from vagt.adapters.protocol import (
    AdapterError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TransitionError,
    UnavailableError,
)

NOTES = "journal__notess"
NOTE_FIELDS = (
    "RecId Subject NotesBody Category PublishToWeb CreatedBy CreatedDateTime ParentLink_RecID ParentLink_Category"
).split()
_SPELLINGS = ("Incident", "Incident#")
_MARGIN = timedelta(seconds=2)
"""Ivanti tells whole seconds, and its clock is known to one."""


class Notes:
    """Writes and reads the notes of incidents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._spelling = ""
        self._signs = context.options.attribute

    async def write(self, id: str, text: str, *, public: bool, of: str, subject: str = "", category: str = "") -> None:
        """One note for the command `of`, checked by the answer. Raises InvalidError where it came to hang nowhere."""
        if not text.strip():
            raise InvalidError("there is nothing to write", (("text", "is empty"),))
        body: dict[str, object] = {
            "NotesBody": self._sent(text),
            "Category": category or self._context.options.note_category,
            "PublishToWeb": public,
            "ParentLink_RecID": id,
            **({"Subject": subject} if subject else {}),
        }
        row = await self._posted(body)
        self._context.confirmed[record_id(row)] = of
        if author := text_of(row.get("CreatedBy")):
            self._context.authors.add(author.lower())
        if "ParentLink_RecID" in row and text_of(row.get("ParentLink_RecID")).upper() != id.upper():
            await self._hang(record_id(row), id)
        if "PublishToWeb" in row and (row.get("PublishToWeb") is True) is not public:
            words = "internal, although it was to be published" if public else "published, although it was internal"
            raise InvalidError(f"Ivanti stored the note as {words}")

    def _sent(self, text: str) -> str:
        return as_html(text) if "NotesBody" in self._context.options.html_fields else text

    async def _posted(self, body: dict[str, object]) -> Row:
        spelling = await self.spelling()
        me = (await self._context.me()).login
        tried = {spelling}
        while True:
            sent = {**body, "ParentLink_Category": spelling, **({"CreatedBy": me} if self._signs and me else {})}
            try:
                row = await self._context.client.create(NOTES, sent)
            except (InvalidError, TransitionError) as error:
                if "CreatedBy" in sent and "CreatedBy" in error.words:
                    self._signs = False
                    self._context.settled["author"] = "the tenant does not let us sign: notes carry the key's account"
                    continue
                other = next((one for one in _SPELLINGS if one not in tried), "")
                if other and "parentlink" in error.words.lower():
                    tried.add(other)
                    spelling = other
                    continue
                raise
            self._spelling = spelling
            return row

    async def spelling(self) -> str:
        """How this tenant writes the type of a note's parent."""
        if not self._spelling:
            page = await self._context.client.rows(
                NOTES,
                where=filters.Compare("ParentLink_RecID", "ne", filters.NULL),
                select=("RecId", "ParentLink_Category"),
                order="CreatedDateTime desc",
                top=25,
            )
            met = [text_of(row.get("ParentLink_Category")) for row in page.rows]
            own = next((one for one in met if one in _SPELLINGS), "")
            hashed = any(one.endswith("#") for one in met)
            self._spelling = own or (_SPELLINGS[1] if hashed else _SPELLINGS[0])
            self._context.settled["parent"] = f"a note's ParentLink_Category is “{self._spelling}”, " + (
                "as on its newest notes" if own or hashed else "the documented spelling; no note shows otherwise"
            )
        return self._spelling

    async def _hang(self, note: str, id: str) -> None:
        """A note that was stored without its incident is joined to it."""
        try:
            await self._context.client.patch(
                NOTES, note, {"ParentLink_RecID": id, "ParentLink_Category": await self.spelling()}
            )
        except AdapterError as error:
            raise InvalidError(f"the note was stored without its incident: {error.words}") from None

    async def read(self, id: str) -> list[Row]:
        """The notes of an incident with their words, oldest first."""
        rows = await self._context.client.all_rows(
            NOTES, where=filters.eq("ParentLink_RecID", id), select=NOTE_FIELDS, order="CreatedDateTime asc"
        )
        for row in rows:
            author = text_of(row.get("CreatedBy"))
            if author:
                self._context.names.setdefault(author.lower(), author)
        return rows

    async def find(self, id: str, text: str, *, public: bool, since: datetime, of: str) -> str:
        """The author of the note with these words since then (our clock); empty where there is none.

        A note that was confirmed to another command than `of` does not count.
        """
        earliest = self._context.server_time(since).replace(microsecond=0) - _MARGIN
        try:
            rows = await self._context.client.all_rows(
                NOTES, where=filters.eq("ParentLink_RecID", id), select=NOTE_FIELDS, order="CreatedDateTime desc"
            )
        except (ForbiddenError, NotFoundError) as error:
            raise UnavailableError(error.words) from None
        wanted = " ".join(text.split())
        for row in rows:
            created = moment_of(text_of(row.get("CreatedDateTime")))
            if self._context.confirmed.get(record_id(row), of) != of or created is None or created < earliest:
                continue
            if (row.get("PublishToWeb") is True) is not public:
                continue
            if " ".join(note_text(text_of(row.get("NotesBody"))).split()) == wanted:
                return text_of(row.get("CreatedBy")) or "?"
        return ""
