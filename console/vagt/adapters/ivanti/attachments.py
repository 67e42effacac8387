"""Files of an incident: listed, uploaded and read back ("Upload-Attachments").

Which form fields name the parent is not sure; where the upload was not joined to its incident, it
is joined afterwards. 300 means that a file was refused. Whether the parent exists nobody checks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from vagt.adapters.http import Answer
from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.mapping import is_read_only, record_id
from vagt.adapters.ivanti.wire import RECORD_ID
from vagt.adapters.lenient import Row, moment_of, text_of
from vagt.adapters.protocol import (
    AdapterError,
    Attachment,
    InvalidError,
    NotFoundError,
    ProtocolError,
    TransitionError,
    UnavailableError,
)

FILES = "attachments"
_TYPE = "Incident#"
_SHOWN = ("RecId", "ATTACHNAME", "CreatedBy", "CreatedDateTime", "ParentLink_RecID")


async def listed(context: Context, id: str) -> tuple[Attachment, ...]:
    """The incident's files, oldest first."""
    rows = await context.client.all_rows(
        FILES, where=filters.eq("ParentLink_RecID", id), select=_SHOWN, order="CreatedDateTime asc"
    )
    return tuple(_attachment(row) for row in rows if record_id(row))


async def content_of(context: Context, id: str, attachment: str) -> bytes:
    """The bytes of one file of the incident. Raises NotFoundError, also for a file of another record."""
    if not RECORD_ID.match(attachment):
        raise NotFoundError(f"“{attachment}” is not the key of a file")
    row = await context.client.record(FILES, attachment)
    if text_of(row.get("ParentLink_RecID")).upper() != id.upper():
        raise NotFoundError("that file hangs on another record")
    return await context.client.download(attachment)


async def upload(context: Context, id: str, name: str, content: bytes) -> Attachment:
    """Hang a file on an open incident. Raises InvalidError with Ivanti's reason, NotFoundError, TransitionError."""
    if not RECORD_ID.match(id):
        raise NotFoundError(f"“{id}” is not the key of an incident")
    row = await context.client.record(INCIDENTS, id)
    if is_read_only(row, context.options):
        raise TransitionError("Ivanti attaches nothing to a closed incident")
    form = {"ObjectID": id, "ObjectType": _TYPE}
    told = _uploaded(await context.client.upload(form, {"file": (name, content)}))
    words = context.client.http.redact.words(text_of(told.get("Message")))
    if told.get("IsUploaded") is not True:
        raise InvalidError(f"{name}: {words or 'refused without a word'}")
    key = text_of(told.get("Message"))
    if not RECORD_ID.match(key):
        raise ProtocolError(f"Ivanti took {name} without telling its key", sent=True)
    try:
        stored = await context.client.record(FILES, key)
        if text_of(stored.get("ParentLink_RecID")).upper() != id.upper():
            await context.client.patch(FILES, key, {"ParentLink_RecID": id, "ParentLink_Category": _TYPE})
            stored = await context.client.record(FILES, key)
            context.settled["upload"] = "uploads are not joined to their incident: Vagt joins them afterwards"
        else:
            context.settled["upload"] = "uploads understand ObjectID and ObjectType"
    except AdapterError as error:
        raise UnavailableError(f"{name} is uploaded; looking after it failed: {error.words}", sent=True) from None
    if text_of(stored.get("ParentLink_RecID")).upper() != id.upper():
        raise InvalidError(f"{name} is uploaded, but Ivanti does not join it to the incident")
    return _attachment(stored)


def _uploaded(answer: Answer) -> Mapping[str, object]:
    """The one result: a bare list, or a list in the error's envelope."""
    try:
        told = json.loads(answer.text)
    except ValueError:
        raise ProtocolError("the answer to an upload is not readable", sent=True) from None
    if isinstance(told, Mapping):
        told = told.get("message")
    first = told[0] if isinstance(told, list) and told else told
    if isinstance(first, str):
        return {"IsUploaded": False, "Message": first}
    if not isinstance(first, Mapping):
        raise ProtocolError("the answer to an upload is not readable", sent=True)
    return first


def _attachment(row: Row) -> Attachment:
    return Attachment(
        id=record_id(row),
        name=text_of(row.get("ATTACHNAME")) or "a file",
        by=text_of(row.get("CreatedBy")),
        at=moment_of(text_of(row.get("CreatedDateTime"))),
    )
