"""An update to those affected by the incident's journal: a published note, or an e-mail entry, that the tenant mails.

The interface has no way to send mail: a workflow of the tenant does it, for published notes of a
category or for e-mail entries ("Journal" pages of the help). Which, only the tenant's
administrator knows; until the option `journal` says so, nothing is written.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.desk import as_html
from vagt.adapters.ivanti.mapping import readable, record_id
from vagt.adapters.ivanti.notes import Notes
from vagt.adapters.lenient import moment_of, text_of
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from vagt.domain.commands import Announce

EMAILS = "journal__emails"
REASON = "nothing tells how your tenant mails those affected: set journal to “note” or “email”"
_MARGIN = timedelta(seconds=2)


class Journal:
    """Writes and finds updates in the way that the config names."""

    def __init__(self, context: Context, notes: Notes) -> None:
        self._context = context
        self._notes = notes

    async def write(self, id: str, change: Announce, *, of: str) -> None:
        """One update for the command `of`. Raises ForbiddenError where the config does not say how."""
        options = self._context.options
        if change.via != "journal":
            raise ForbiddenError(f"Ivanti has no “{change.via}” updates, only its journal")
        if options.journal == "note":
            await self._notes.write(
                id, change.text, public=True, of=of, subject=change.title, category=options.journal_category
            )
        elif options.journal == "email":
            await self._mail(id, change, of)
        else:
            raise ForbiddenError(REASON)

    async def _mail(self, id: str, change: Announce, of: str) -> None:
        if not change.text.strip():
            raise InvalidError("there is nothing to write", (("text", "is empty"),))
        options = self._context.options
        row = await self._context.client.create(
            EMAILS,
            {
                "Subject": change.title,
                options.journal_body: as_html(change.text),
                "Category": options.journal_category,
                "PublishToWeb": True,
                "ParentLink_RecID": id,
                "ParentLink_Category": await self._notes.spelling(),
            },
        )
        self._context.confirmed[record_id(row)] = of
        if "ParentLink_RecID" in row and text_of(row.get("ParentLink_RecID")).upper() != id.upper():
            raise InvalidError("Ivanti stored the e-mail without its incident")

    async def mailed(self, id: str, change: Announce, since: datetime, *, of: str) -> bool:
        """Whether an e-mail entry with this subject and text was made since then (our clock).

        One that was confirmed to another command than `of` does not count.
        """
        earliest = self._context.server_time(since).replace(microsecond=0) - _MARGIN
        try:
            rows = await self._context.client.all_rows(
                EMAILS, where=filters.eq("ParentLink_RecID", id), order="CreatedDateTime desc", most=100
            )
        except (ForbiddenError, InvalidError, NotFoundError) as error:
            raise UnavailableError(error.words) from None
        wanted = " ".join(change.text.split())
        for row in rows:
            created = moment_of(text_of(row.get("CreatedDateTime")))
            if self._context.confirmed.get(record_id(row), of) != of or created is None or created < earliest:
                continue
            body = readable(text_of(row.get(self._context.options.journal_body)))
            if text_of(row.get("Subject")) == change.title and " ".join(body.split()) == wanted:
                return True
        return False
